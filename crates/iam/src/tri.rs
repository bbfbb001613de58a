//! Three-valued logic (Kleene): true, false, and not known.

use std::ops::{BitAnd, BitOr, Not};

/// A truth value that may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// Certainly false.
    False,
    /// Depends on something that is not known.
    Unknown,
    /// Certainly true.
    True,
}

impl Tri {
    /// True when any item is true; stops at the first true one.
    pub fn any(items: impl IntoIterator<Item = Tri>) -> Tri {
        let mut result = Tri::False;
        for item in items {
            result = result | item;
            if result == Tri::True {
                break;
            }
        }
        result
    }

    /// True when all items are true; stops at the first false one.
    pub fn all(items: impl IntoIterator<Item = Tri>) -> Tri {
        let mut result = Tri::True;
        for item in items {
            result = result & item;
            if result == Tri::False {
                break;
            }
        }
        result
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Tri::True } else { Tri::False }
    }
}

impl BitAnd for Tri {
    type Output = Tri;
    fn bitand(self, other: Tri) -> Tri {
        self.min(other)
    }
}

impl BitOr for Tri {
    type Output = Tri;
    fn bitor(self, other: Tri) -> Tri {
        self.max(other)
    }
}

impl Not for Tri {
    type Output = Tri;
    fn not(self) -> Tri {
        match self {
            Tri::False => Tri::True,
            Tri::Unknown => Tri::Unknown,
            Tri::True => Tri::False,
        }
    }
}
