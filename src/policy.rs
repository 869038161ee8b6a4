//! What to do with webhooks that have no type of this crate.

/// What to do with a webhook of a command that this crate does not know, or of which it cannot read the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Reject it, with HTTP 400.
    Reject,
    /// Forward it as [`Event::Other`](crate::Event::Other), or as the `Other` of `rtc::Event`.
    #[default]
    Forward,
}
