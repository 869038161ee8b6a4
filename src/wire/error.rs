//! Errors in a body, by position.

use std::fmt;

/// A part of a body that could not be used.
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
    /// The position of the value whose path is reported. Names further inside may be personal data.
    pub(crate) within: usize,
    pub(crate) expected: Expected,
}

/// What was expected at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A piece of JSON's syntax. `ends` is true if the text ends before it.
    Syntax { expected: &'static str, ends: bool },
    /// A value of this type.
    Value(&'static str),
    /// A field with this name.
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

    /// Reports the path of the value at a position, without anything inside it.
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
