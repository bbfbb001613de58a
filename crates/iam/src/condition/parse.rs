//! Reading a condition: the operator's name and the values in the operator's type.

use super::test::{self, Comparison, Test};
use super::{Condition, Quantifier};
use crate::pattern::{TextMode, TextPattern};

/// An operator, read from its name.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    name: String,
    quantifier: Quantifier,
    if_exists: bool,
    negated: bool,
    family: Family,
}

#[derive(Debug, Clone, Copy)]
enum Family {
    Text(TextMode),
    Number(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    Ip,
    Null,
}

impl Operator {
    /// Reads an operator such as `ForAnyValue:StringLikeIfExists`; none if AWS has no such operator.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (quantifier, base) = match lower.split_once(':') {
            None => (Quantifier::Single, lower.as_str()),
            Some(("foranyvalue", base)) => (Quantifier::Any, base),
            Some(("forallvalues", base)) => (Quantifier::All, base),
            Some(_) => return None,
        };
        let (base, if_exists) = match base.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        let (family, negated) = family(base)?;
        if matches!(family, Family::Null) && if_exists {
            return None;
        }
        Some(Self { name: name.to_owned(), quantifier, if_exists, negated, family })
    }

    /// Compiles a condition; the error is the index of the value that has not the operator's type, and the
    /// type that it should have.
    pub(crate) fn condition(
        &self,
        key: &str,
        values: Vec<String>,
        variables: bool,
    ) -> Result<Condition, (usize, &'static str)> {
        let test = match self.family {
            Family::Text(mode) => {
                Test::Text(values.iter().map(|v| TextPattern::new(v, mode, variables)).collect())
            }
            Family::Number(comparison) => {
                Test::Number(comparison, read(&values, test::number, "a number")?)
            }
            Family::Date(comparison) => {
                let wanted = "a date (2026-01-31T12:00:00Z) or seconds since 1970";
                Test::Date(comparison, read(&values, test::date, wanted)?)
            }
            Family::Bool => {
                read(
                    &values,
                    |v| (v.contains("${") || boolean(v).is_some()).then_some(()),
                    "true or false",
                )?;
                let pattern = |v: &String| TextPattern::new(v, TextMode::IgnoreCase, variables);
                Test::Bool(values.iter().map(pattern).collect())
            }
            Family::Binary => {
                Test::Binary(values.iter().map(|v| test::unpadded(v).to_owned()).collect())
            }
            Family::Ip => Test::Ip(read(&values, test::network, "an IP address or CIDR block")?),
            Family::Null => Test::Null(read(&values, boolean, "true or false")?),
        };
        Ok(Condition {
            operator: self.name.clone(),
            key: key.to_owned(),
            key_lower: key.to_ascii_lowercase(),
            values,
            quantifier: self.quantifier,
            if_exists: self.if_exists,
            negated: self.negated,
            test,
        })
    }
}

fn family(base: &str) -> Option<(Family, bool)> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    Some(match base {
        "stringequals" => (Family::Text(TextMode::Exact), false),
        "stringnotequals" => (Family::Text(TextMode::Exact), true),
        "stringequalsignorecase" => (Family::Text(TextMode::IgnoreCase), false),
        "stringnotequalsignorecase" => (Family::Text(TextMode::IgnoreCase), true),
        "stringlike" => (Family::Text(TextMode::Like), false),
        "stringnotlike" => (Family::Text(TextMode::Like), true),
        // "ArnEquals and ArnLike behave identically."
        "arnequals" | "arnlike" => (Family::Text(TextMode::Arn), false),
        "arnnotequals" | "arnnotlike" => (Family::Text(TextMode::Arn), true),
        "numericequals" => (Family::Number(Equal), false),
        "numericnotequals" => (Family::Number(Equal), true),
        "numericlessthan" => (Family::Number(Less), false),
        "numericlessthanequals" => (Family::Number(LessOrEqual), false),
        "numericgreaterthan" => (Family::Number(Greater), false),
        "numericgreaterthanequals" => (Family::Number(GreaterOrEqual), false),
        "dateequals" => (Family::Date(Equal), false),
        "datenotequals" => (Family::Date(Equal), true),
        "datelessthan" => (Family::Date(Less), false),
        "datelessthanequals" => (Family::Date(LessOrEqual), false),
        "dategreaterthan" => (Family::Date(Greater), false),
        "dategreaterthanequals" => (Family::Date(GreaterOrEqual), false),
        "bool" => (Family::Bool, false),
        "binaryequals" => (Family::Binary, false),
        "ipaddress" => (Family::Ip, false),
        "notipaddress" => (Family::Ip, true),
        "null" => (Family::Null, false),
        _ => return None,
    })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn read<T>(
    values: &[String],
    one: impl Fn(&str) -> Option<T>,
    wanted: &'static str,
) -> Result<Vec<T>, (usize, &'static str)> {
    values.iter().enumerate().map(|(i, v)| one(v).ok_or((i, wanted))).collect()
}
