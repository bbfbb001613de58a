//! The comparison that a condition operator makes between one value of the request and the policy's values.
//!
//! Source: IAM User Guide, "Condition operators". A value of the request that has not the operator's type
//! equals nothing.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::pattern::TextPattern;
use crate::request::Request;
use crate::tri::Tri;

/// How an ordered value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds<T: PartialOrd>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
        }
    }
}

/// The values of a condition, compiled for its operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Text(Vec<TextPattern>),
    /// `true` or `false`, in any case.
    Bool(Vec<TextPattern>),
    Number(Comparison, Vec<f64>),
    /// Instants in nanoseconds since 1970.
    Date(Comparison, Vec<i128>),
    /// Base64, without padding.
    Binary(Vec<String>),
    Ip(Vec<IpNet>),
    Null(Vec<bool>),
}

impl Test {
    /// Whether any of the policy's values matches this value of the request.
    pub(crate) fn any_matches(&self, value: &str, request: &Request) -> Tri {
        match self {
            Self::Text(patterns) | Self::Bool(patterns) => {
                Tri::any(patterns.iter().map(|p| p.matches(value, request)))
            }
            Self::Number(comparison, wanted) => number(value)
                .is_some_and(|found| wanted.iter().any(|w| comparison.holds(&found, w)))
                .into(),
            Self::Date(comparison, wanted) => date(value)
                .is_some_and(|found| wanted.iter().any(|w| comparison.holds(&found, w)))
                .into(),
            Self::Binary(wanted) => wanted.iter().any(|w| w == unpadded(value)).into(),
            Self::Ip(wanted) => value
                .parse::<IpAddr>()
                .is_ok_and(|found| wanted.iter().any(|network| network.contains(&found)))
                .into(),
            // Judged by the presence of the key, before its value.
            Self::Null(_) => Tri::False,
        }
    }

    /// Whether every variable in the values has a value or a default.
    pub(crate) fn resolves(&self, request: &Request) -> Tri {
        let templates = self.patterns().iter().filter_map(TextPattern::template);
        Tri::all(templates.map(|template| template.resolves(request)))
    }

    /// The keys that variables in the values name.
    pub(crate) fn variable_keys(&self) -> impl Iterator<Item = &str> {
        let templates = self.patterns().iter().filter_map(TextPattern::template);
        templates.flat_map(|template| template.keys())
    }

    /// The texts that the values of the policy match.
    pub(crate) fn patterns(&self) -> &[TextPattern] {
        match self {
            Self::Text(patterns) | Self::Bool(patterns) => patterns,
            _ => &[],
        }
    }
}

impl Test {
    /// The numbers of a numeric test.
    pub(crate) fn numbers(&self) -> Option<&[f64]> {
        if let Self::Number(_, numbers) = self { Some(numbers) } else { None }
    }

    /// The instants of a date test.
    pub(crate) fn dates(&self) -> Option<&[i128]> {
        if let Self::Date(_, dates) = self { Some(dates) } else { None }
    }

    /// The networks of an address test.
    pub(crate) fn networks(&self) -> Option<&[IpNet]> {
        if let Self::Ip(networks) = self { Some(networks) } else { None }
    }
}

/// Reads a decimal number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_decimal =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|_| is_decimal)
}

/// Reads an instant: one of the W3C forms of ISO 8601, or seconds since 1970.
pub(crate) fn date(text: &str) -> Option<i128> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>()
        && text.len() != 4
    {
        return Some(i128::from(seconds) * 1_000_000_000);
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_nanosecond());
    }
    // Without an offset the time is UTC; a year or a month stands for its first day.
    let civil = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let time = civil.parse::<jiff::civil::DateTime>().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?.as_nanosecond())
}

/// Reads a network, or an address as a network of one.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Base64 without its padding.
pub(crate) fn unpadded(text: &str) -> &str {
    text.trim_end_matches('=')
}
