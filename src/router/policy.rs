//! When handlers run, and for how long.

/// What to do with an after-event whose handler exceeds the [`deadline`](crate::WebhookRouter::deadline).
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Late {
    /// Acknowledge it. Its handler runs on in the background.
    #[default]
    Acknowledge,
    /// Drop its handler, and answer HTTP 503 or what the [`FailurePolicy`](crate::FailurePolicy) says.
    Fail,
}

/// The options of a router.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    #[cfg(feature = "tokio")]
    pub(super) deadline: Option<std::time::Duration>,
    #[cfg(feature = "tokio")]
    pub(super) late: Late,
    #[cfg(feature = "tokio")]
    pub(super) ack_first: Option<crate::places::Places>,
    /// How many copies of before-events may be on their way.
    #[cfg(feature = "tokio")]
    pub(super) copies: Option<crate::places::Places>,
    #[cfg(feature = "tokio")]
    pub(super) background: super::background::Background,
}

#[cfg(feature = "tokio")]
impl Policies {
    /// Hands a copy of a webhook off, in the background.
    pub(super) fn copy(
        &self,
        hand_off: &super::route::Route,
        hook: crate::webhook::Webhook,
        places: &crate::places::Places,
    ) {
        use tokio::runtime::Handle;

        match places.take() {
            Some(place) => {
                let handler = super::handler::Hook::apart(hook, |hook, head| hand_off.call(hook, head));
                self.background.spawn(&Handle::current(), handler, place);
            }
            None => crate::observe::copy_lost(hook.context()),
        }
    }
}
