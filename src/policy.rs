//! What to do with commands that are not known.

/// What to do with a command that this crate does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Reject it, with HTTP 400.
    Reject,
    /// Forward it as [`Event::Other`](crate::Event::Other).
    #[default]
    Forward,
}
