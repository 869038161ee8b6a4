//! What to do with webhooks that are not as expected.

/// What to do with a webhook that is not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Reject it, with HTTP 400.
    Reject,
    /// Forward it; each option's docs say as what.
    Forward,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Policies {
    pub(crate) unknown: Policy,
    pub(crate) malformed: Policy,
    pub(crate) mismatch: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        Self { unknown: Policy::Forward, malformed: Policy::Reject, mismatch: Policy::Reject }
    }
}
