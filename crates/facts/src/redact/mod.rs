//! Masks what looks secret and strips terminal control characters, as facts enter a snapshot.
//! Names, hosts, ports, error classes, ARNs, digests and account ids stay. It knows no service.

mod clean;
mod names;
mod patterns;
#[cfg(test)]
mod tests;
mod walk;

pub use clean::clean;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// Whether secrets are masked. Control characters are stripped either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Masks them.
    #[default]
    On,
    /// Keeps them: for local use only.
    Off,
}

/// A text of people or programs: a log line, a reason, a message.
pub fn text(text: &str, redaction: Redaction) -> String {
    let clean = clean::text(text).into_owned();
    match redaction {
        Redaction::On => patterns::masked(clean),
        Redaction::Off => clean,
    }
}

/// A JSON document in AWS's shapes, all of its texts. Members that are `null` are taken out: AWS has none.
pub fn value(value: &mut serde_json::Value, redaction: Redaction) {
    clean(value);
    if redaction == Redaction::On {
        walk::mask(value);
    }
}
