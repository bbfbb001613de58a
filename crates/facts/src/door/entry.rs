//! What every handler needs: reading the request, reading the answer defensively, and the rules that turn an outcome
//! into [`Known`]. It knows no service.

use super::answer::Outcome;
use crate::known::{Answers, Known};
use crate::target::Target;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// One cleaned answer on its way in.
pub(super) struct Entry<'a> {
    pub call: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    pub params: &'a Value,
    pub outcome: &'a Outcome,
    pub targets: &'a [Target],
}

/// What is wrong with an answer: `services[2].desiredCount: invalid type ...`.
pub(super) type Nonsense = String;

impl<'a> Entry<'a> {
    /// A text of the request.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Texts of the request; the AWS CLI takes a single text for a list of one.
    pub fn params(&self, name: &str) -> Vec<String> {
        match self.params.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(items)) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The answer, where there is one.
    pub fn output(&self) -> Option<&'a Value> {
        match self.outcome {
            Outcome::Answered { output, .. } => Some(output),
            _ => None,
        }
    }

    /// Whether pages are missing: told by the caller, or by a token left in the answer.
    pub fn is_cut(&self) -> bool {
        let Outcome::Answered { output, cut } = self.outcome else { return false };
        let token = |name: &str| {
            output.get(name).and_then(Value::as_str).is_some_and(|token| !token.is_empty())
        };
        let flag = |name: &str| output.get(name).and_then(Value::as_bool) == Some(true);
        *cut || ["NextToken", "nextToken", "NextMarker"].into_iter().any(token)
            || flag("IsTruncated")
            || flag("Truncated")
            || flag("AdditionalRoutesAvailable")
    }

    /// A text of the answer, else of the request.
    pub fn subject(&self, output: &str, param: &str) -> Option<&'a str> {
        self.output()
            .and_then(|value| value.get(output))
            .and_then(Value::as_str)
            .or_else(|| self.param(param))
    }

    /// A text of the request, else of the answer.
    pub fn subject_asked_first(&self, param: &str, output: &str) -> Option<&'a str> {
        self.param(param).or_else(|| self.output()?.get(output)?.as_str())
    }

    /// Why nothing is known of the subject; `None` when AWS answered.
    pub fn problem<T>(&self) -> Option<Known<T>> {
        match self.outcome {
            Outcome::Answered { .. } => None,
            Outcome::NotFound => Some(Known::Absent),
            Outcome::Denied { action, .. } => Some(Known::Denied { action: action.clone() }),
            Outcome::Failed { why } => Some(Known::Failed { why: why.clone() }),
        }
    }

    /// [`Self::problem`] for a request about several subjects, where "not found" does not say which one is missing.
    pub fn problem_of_each<T>(&self, subjects: usize) -> Option<Known<T>> {
        match self.problem() {
            Some(Known::Absent) if subjects > 1 => Some(Known::Failed {
                why: format!(
                    "one of the {subjects} that {} was asked about does not exist; AWS does not say which",
                    self.call
                ),
            }),
            other => other,
        }
    }

    /// The knowledge about a request's only subject. `read` gives `None` for proven absence.
    pub fn known<T>(&self, read: impl FnOnce(&Value) -> Result<Option<T>, Nonsense>) -> Known<T> {
        let Outcome::Answered { output, .. } = self.outcome else {
            return self.problem().unwrap_or_default();
        };
        if self.is_cut() {
            return self.cut();
        }
        match read(output) {
            Ok(Some(value)) => Known::Present(value),
            Ok(None) => Known::Absent,
            Err(nonsense) => self.nonsense(&nonsense),
        }
    }

    /// Keeps a list of items that carry their own subjects. `keys` gives an item's subjects, `asked` those of the
    /// request: what was asked and is not there is absent, if the answer is complete and readable.
    pub fn batch<T: DeserializeOwned>(
        &self,
        answers: &mut Answers<T>,
        asked: &[String],
        field: &str,
        keys: impl Fn(&Value) -> Vec<String>,
    ) {
        if let Some(problem) = self.problem_of_each::<T>(asked.len()) {
            put_each(answers, asked, || copy(&problem));
            return;
        }
        let items = match self.items(field) {
            Ok(items) => items,
            Err(nonsense) => return put_each(answers, asked, || self.nonsense(&nonsense)),
        };
        let mut seen = BTreeSet::new();
        let mut unnamed = None;
        for (place, item) in items.iter().enumerate() {
            let subjects = keys(item);
            if subjects.is_empty() {
                unnamed = Some(format!("{field}[{place}]: it does not say what it is"));
            }
            for subject in subjects {
                let answer = match parse(item) {
                    Ok(value) => Known::Present(value),
                    Err(why) => self.nonsense(&format!("{field}[{place}].{why}")),
                };
                answers.put(subject.clone(), answer);
                seen.insert(subject);
            }
        }
        let missing: Vec<String> =
            asked.iter().filter(|subject| !seen.contains(*subject)).cloned().collect();
        put_each(answers, &missing, || match &unnamed {
            Some(nonsense) => self.nonsense(nonsense),
            None if self.is_cut() => self.cut(),
            None => Known::Absent,
        });
    }

    /// A list of the answer.
    pub fn items(&self, field: &str) -> Result<&'a [Value], Nonsense> {
        match self.output().and_then(|output| output.get(field)) {
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(format!("{field}: not a list")),
            None => Err(format!("{field}: missing")),
        }
    }

    /// A list of the answer whose items all have to be readable.
    pub fn list<T: DeserializeOwned>(&self, field: &str) -> Result<Vec<T>, Nonsense> {
        let read = |(place, item)| parse(item).map_err(|why| format!("{field}[{place}].{why}"));
        self.items(field)?.iter().enumerate().map(read).collect()
    }

    /// The answer cannot be read.
    pub fn nonsense<T>(&self, what: &str) -> Known<T> {
        Known::Failed { why: format!("{} answered nonsense at {what}", self.call) }
    }

    /// The answer is not complete.
    pub fn cut<T>(&self) -> Known<T> {
        Known::Failed { why: format!("the answer of {} was cut before its end", self.call) }
    }
}

/// Reads an AWS shape; the error names the field.
pub(super) fn parse<T: DeserializeOwned>(value: &Value) -> Result<T, Nonsense> {
    // Serde reads a list as a structure's fields in their order; AWS never means that.
    if value.is_array() {
        return Err("an object was expected, not a list".to_owned());
    }
    serde_path_to_error::deserialize(value).map_err(|error| error.to_string())
}

/// A member of an answer, read as an AWS shape.
pub(super) fn member<T: DeserializeOwned>(value: &Value, field: &str) -> Result<T, Nonsense> {
    let inner = value.get(field).ok_or_else(|| format!("{field}: missing"))?;
    parse(inner).map_err(|why| format!("{field}.{why}"))
}

/// A text member of an answer, `None` when it is not there.
pub(super) fn optional_text(value: &Value, field: &str) -> Result<Option<String>, Nonsense> {
    match value.get(field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) if other.is_object() => Ok(Some(other.to_string())),
        Some(_) => Err(format!("{field}: not text")),
    }
}

/// The text of a member, as the only subject of an item.
pub(super) fn named(field: &'static str) -> impl Fn(&Value) -> Vec<String> {
    move |item| item.get(field).and_then(Value::as_str).map(str::to_owned).into_iter().collect()
}

/// Puts one answer under each subject.
pub(super) fn put_each<T>(
    answers: &mut Answers<T>,
    subjects: &[String],
    answer: impl Fn() -> Known<T>,
) {
    for subject in subjects {
        answers.put(subject.clone(), answer());
    }
}

/// The same reason for not knowing, of whatever type.
pub(super) fn copy<T, U>(problem: &Known<T>) -> Known<U> {
    problem.as_ref().and_then(|_| Known::NotAsked)
}

/// The request's subject in a few words: its texts, without cluster-wide settings.
pub(super) fn subject(params: &Value) -> String {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(members) => members.values().for_each(|member| texts(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(params, &mut found);
    let more = found.len().saturating_sub(4);
    found.truncate(4);
    let mut text = found.join(" ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
