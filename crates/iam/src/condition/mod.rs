//! One condition of a statement: an operator, a key and the values that the policy wants.
//!
//! Source: IAM User Guide, "Condition operators" and "Set operators for multivalued context keys".

pub(crate) mod classes;
mod parse;
mod test;

pub(crate) use parse::Operator;
pub(crate) use test::Test;

use crate::request::{Lookup, Request};
use crate::tri::Tri;

/// The set operator before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// None: the key must be single-valued.
    Single,
    /// `ForAnyValue`.
    Any,
    /// `ForAllValues`.
    All,
}

/// A condition, compiled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The key in lower case.
    pub key_lower: String,
    /// The values as written.
    pub values: Vec<String>,
    pub quantifier: Quantifier,
    pub if_exists: bool,
    /// Whether the operator is the negation of `test` (`StringNotEquals`).
    pub negated: bool,
    pub test: Test,
}

impl Condition {
    /// Whether the condition holds for the request.
    pub(crate) fn holds(&self, request: &Request) -> Tri {
        let found = request.lookup(&self.key_lower);
        if let Test::Null(wanted) = &self.test {
            return self.null_holds(wanted, found);
        }
        match found {
            Lookup::Unknown => Tri::Unknown,
            Lookup::Absent => self.without_value().into(),
            Lookup::One(value) if self.is_set() && value.is_empty() => self.without_value().into(),
            Lookup::One(value) => self.value_passes(value, request),
            Lookup::Many([]) => self.without_value().into(),
            Lookup::Many(values) if self.is_set() && values.iter().all(String::is_empty) => {
                self.without_value().into()
            }
            Lookup::Many(values) => match self.quantifier {
                // A multi-valued key needs a set operator.
                Quantifier::Single => Tri::False,
                Quantifier::Any => Tri::any(values.iter().map(|v| self.value_passes(v, request))),
                Quantifier::All => Tri::all(values.iter().map(|v| self.value_passes(v, request))),
            },
        }
    }

    /// With a set operator, `Null` is constant: "they always return a true or false respectively" (IAM Access
    /// Analyzer, "Null with qualifier").
    fn null_holds(&self, wanted: &[bool], found: Lookup<'_>) -> Tri {
        let absent = match (self.quantifier, found) {
            (Quantifier::All, _) => return Tri::True,
            (Quantifier::Any, _) => return Tri::False,
            (Quantifier::Single, Lookup::Unknown) => {
                return match (wanted.contains(&true), wanted.contains(&false)) {
                    (true, true) => Tri::True,
                    (false, false) => Tri::False,
                    _ => Tri::Unknown,
                };
            }
            (Quantifier::Single, Lookup::Absent) => true,
            (Quantifier::Single, Lookup::Many(values)) => values.is_empty(),
            (Quantifier::Single, Lookup::One(_)) => false,
        };
        wanted.contains(&absent).into()
    }

    fn is_set(&self) -> bool {
        self.quantifier != Quantifier::Single
    }

    /// The result for a key that the request does not carry, or whose value is "an empty data set (for example,
    /// an empty string)" for a set operator.
    fn without_value(&self) -> bool {
        match self.quantifier {
            Quantifier::All => true,
            Quantifier::Any => self.if_exists,
            Quantifier::Single => self.if_exists || self.negated,
        }
    }

    /// An unresolved variable equals nothing, and its negation does not hold either: "any attempt to match it
    /// fails and causes the statement to be invalid" (IAM User Guide, "Variables and tags").
    fn value_passes(&self, value: &str, request: &Request) -> Tri {
        let found = self.test.any_matches(value, request);
        if self.negated { !found & self.test.resolves(request) } else { found }
    }

    /// The keys whose values the condition needs, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key_lower.as_str()).chain(self.test.variable_keys())
    }
}
