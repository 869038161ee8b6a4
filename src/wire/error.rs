//! What is wrong with a body, by position.

use std::fmt;

/// Something in a body that could not be used, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drift {
    /// Its position.
    pub(crate) at: usize,
    pub(crate) expected: Expected,
}

/// Why a body cannot be read at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The position at which the reader gave up.
    pub(crate) at: usize,
    /// The position of the value whose path is told: the names further inside may be people's.
    pub(crate) within: usize,
    pub(crate) expected: Expected,
}

/// What a body was expected to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This, for it to be JSON.
    Syntax { expected: &'static str, ends: bool },
    /// A value of another type.
    Value(&'static str),
    /// A field of this name in this object.
    Field(&'static str),
    /// The command of the event.
    Command,
}

impl Fault {
    pub(crate) fn other_command(at: usize) -> Self {
        Self { at, within: at, expected: Expected::Command }
    }

    /// For a body that is larger than any that is received.
    pub(crate) fn too_large(at: usize) -> Self {
        Self { at, within: at, expected: Expected::Value("a smaller body") }
    }

    /// Tells the path of the value at a position, and of nothing inside it.
    pub(crate) fn within(self, at: usize) -> Self {
        Self { within: at, ..self }
    }
}

impl From<Drift> for Fault {
    fn from(Drift { at, expected }: Drift) -> Self {
        Self { at, within: at, expected }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { expected, ends: false } => write!(f, "not JSON, expected {expected}"),
            Self::Syntax { expected, ends: true } => write!(f, "not JSON, ends before {expected}"),
            Self::Value(expected) => write!(f, "expected {expected}"),
            Self::Field(_) => f.write_str("missing field"),
            Self::Command => f.write_str("expected the command of the event"),
        }
    }
}
