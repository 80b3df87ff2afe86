//! Truth with a third value, after Kleene: what the records cannot say is neither yes nor no.

use std::ops::Not;

/// Whether a sentence holds. The order is that of `No < Unknown < Yes`, so that "and" is the smaller of two and "or"
/// the greater (S. C. Kleene, Introduction to Metamathematics, 1952, § 64: the strong tables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    No,
    /// The records do not say: it may hold.
    Unknown,
    /// It holds.
    Yes,
}

impl Truth {
    /// Holds where both do.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Holds where one does.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}
