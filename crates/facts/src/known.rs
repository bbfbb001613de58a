//! What became of a query: an answer, a proven absence, or the reason why nothing is known.

use serde::{Deserialize, Serialize};

/// The answer to one query (an operation and its subject), never to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known<T> {
    /// AWS answered with this.
    Present(T),
    /// AWS said that the subject does not exist.
    Absent,
    /// The caller may not ask; `action` is the IAM action that would settle it.
    Denied {
        /// IAM action, such as `ecr:DescribeImages`.
        action: String,
    },
    /// The call failed, was cut short or returned nonsense.
    Failed {
        /// One sentence for people.
        why: String,
    },
    /// Nobody asked.
    #[default]
    NotAsked,
}

impl<T> Known<T> {
    /// The same knowledge, by reference.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Present(value) => Known::Present(value),
            Self::Absent => Known::Absent,
            Self::Denied { action } => Known::Denied { action: action.clone() },
            Self::Failed { why } => Known::Failed { why: why.clone() },
            Self::NotAsked => Known::NotAsked,
        }
    }

    /// The value, where there is one.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            _ => None,
        }
    }

    /// The same knowledge about something derived from the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        self.and_then(|value| Known::Present(f(value)))
    }

    /// The knowledge that follows from the value.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Self::Present(value) => f(value),
            Self::Absent => Known::Absent,
            Self::Denied { action } => Known::Denied { action },
            Self::Failed { why } => Known::Failed { why },
            Self::NotAsked => Known::NotAsked,
        }
    }

    /// `Some` value or proven absence (`None`); an error for everything that settles nothing.
    ///
    /// # Errors
    /// The [`Gap`] that says which call on which subject would settle it.
    pub fn settled(self, call: &str, subject: &str) -> Result<Option<T>, Gap> {
        let why = match self {
            Self::Present(value) => return Ok(Some(value)),
            Self::Absent => return Ok(None),
            Self::Denied { action } => GapReason::Denied { action },
            Self::Failed { why } => GapReason::Failed { why },
            Self::NotAsked => GapReason::NotAsked,
        };
        Err(Gap { call: call.to_owned(), subject: subject.to_owned(), why })
    }
}

/// A fact that is missing, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Service and operation, such as `ecr:DescribeImages`.
    pub call: String,
    /// What was asked about: a name, an id or an ARN.
    pub subject: String,
    /// Why it is not known.
    pub why: GapReason,
}

/// Why a fact is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The caller lacks this IAM action.
    Denied {
        /// IAM action.
        action: String,
    },
    /// The call failed.
    Failed {
        /// One sentence for people.
        why: String,
    },
    /// Nobody asked.
    NotAsked,
    /// No call of this account settles it: a value that exists only in the request that AWS sees, the far side of a
    /// gateway, a firewall's rules.
    Unknowable {
        /// Half a sentence for people, with the name of what it is about.
        why: String,
    },
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { call, subject, why } = self;
        match why {
            GapReason::Denied { action } => {
                write!(f, "{call} on {subject} was denied: allow {action}")
            }
            GapReason::Failed { why } => write!(f, "{call} on {subject} failed: {why}"),
            GapReason::NotAsked => write!(f, "{call} on {subject} was not asked"),
            GapReason::Unknowable { why } => f.write_str(why),
        }
    }
}

/// A type that is the answer of one AWS call.
pub trait Fact {
    /// The call, such as `ecr:DescribeImages`.
    const CALL: &'static str;
}

/// Answers of one kind, keyed by the subject of the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers<T>(std::collections::BTreeMap<String, Known<T>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(std::collections::BTreeMap::new())
    }
}

impl<T> Answers<T> {
    /// What is known of a subject.
    pub fn get(&self, subject: &str) -> Known<&T> {
        self.0.get(subject).map_or(Known::NotAsked, Known::as_ref)
    }

    /// Keeps an answer. An answer that settles something is never replaced by one that does not.
    pub fn put(&mut self, subject: impl Into<String>, answer: Known<T>) {
        let settles = |known: &Known<T>| matches!(known, Known::Present(_) | Known::Absent);
        let slot = self.0.entry(subject.into()).or_default();
        if settles(&answer) || !settles(slot) {
            *slot = answer;
        }
    }

    /// Every subject that was asked about, with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Known<T>)> {
        self.0.iter().map(|(subject, known)| (subject.as_str(), known))
    }

    /// Every answer that is there.
    pub fn present(&self) -> impl Iterator<Item = (&str, &T)> {
        self.iter().filter_map(|(subject, known)| Some((subject, known.present()?)))
    }

    /// A mutable view of an answer that is there; for changing a model of the account.
    pub fn present_mut(&mut self, subject: &str) -> Option<&mut T> {
        match self.0.get_mut(subject) {
            Some(Known::Present(value)) => Some(value),
            _ => None,
        }
    }

    /// Removes what is known of a subject.
    pub fn forget(&mut self, subject: &str) {
        self.0.remove(subject);
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Fact> Answers<T> {
    /// The answer, or proven absence (`None`).
    ///
    /// # Errors
    /// The gap, naming the call that would settle it.
    pub fn ask(&self, subject: &str) -> Result<Option<&T>, Gap> {
        self.get(subject).settled(T::CALL, subject)
    }
}
