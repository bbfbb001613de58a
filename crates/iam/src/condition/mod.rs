//! One condition of a statement: an operator, a key and the values that the policy wants.
//!
//! Source: IAM User Guide, "Condition operators" and "Set operators for multivalued context keys".

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
            let absent = match found {
                Lookup::Unknown => {
                    let either = wanted.contains(&true) && wanted.contains(&false);
                    return if either { Tri::True } else { Tri::Unknown };
                }
                Lookup::Absent => true,
                Lookup::Many(values) => values.is_empty(),
                Lookup::One(_) => false,
            };
            return wanted.contains(&absent).into();
        }
        match found {
            Lookup::Unknown => Tri::Unknown,
            Lookup::Absent => self.without_value().into(),
            Lookup::One(value) => self.value_passes(value, request),
            Lookup::Many([]) => self.without_value().into(),
            Lookup::Many(values) => match self.quantifier {
                // A multi-valued key needs a set operator.
                Quantifier::Single => Tri::False,
                Quantifier::Any => Tri::any(values.iter().map(|v| self.value_passes(v, request))),
                Quantifier::All => Tri::all(values.iter().map(|v| self.value_passes(v, request))),
            },
        }
    }

    /// The result for a key that the request does not carry, or carries with no value.
    fn without_value(&self) -> bool {
        match self.quantifier {
            Quantifier::All => true,
            Quantifier::Any => self.if_exists,
            Quantifier::Single => self.if_exists || self.negated,
        }
    }

    fn value_passes(&self, value: &str, request: &Request) -> Tri {
        let found = self.test.any_matches(value, request);
        if self.negated { !found } else { found }
    }

    /// The keys whose values the condition needs, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key_lower.as_str()).chain(self.test.variable_keys())
    }
}
