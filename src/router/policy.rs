//! What the app has chosen for handlers that do not answer in time, or at all.

use crate::{command::Phase, event::Event, reply::Reply, verdict::FriendVerdict, webhook::Webhook};

/// How a before-event is answered if its handler fails, panics or exceeds the deadline.
///
/// ```
/// use tower_tencent_webhook::{OnError, Webhook, WebhookRouter, event::c2c};
///
/// let router = WebhookRouter::new()
///     .on(async |hook: Webhook<c2c::BeforeSendMsg>| Err::<tower_tencent_webhook::Verdict<_>, _>("no database"))
///     .on_error(OnError::Refuse);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// HTTP 500: Chat follows the policy set in the console.
    #[default]
    Reject,
    /// Let it happen.
    Allow,
    /// Refuse it.
    Refuse,
}

/// The options of a router.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) on_error: OnError,
    #[cfg(feature = "tokio")]
    pub(super) deadline: Option<std::time::Duration>,
    #[cfg(feature = "tokio")]
    pub(super) ack_first: Option<std::sync::Arc<tokio::sync::Semaphore>>,
    #[cfg(feature = "tokio")]
    pub(super) background: super::background::Background,
}

impl OnError {
    /// The answer, built while the event is still at hand. `None` is HTTP 500.
    pub(super) fn answer(self, hook: &Webhook) -> Option<Reply> {
        let allow = match (self, hook.context().command().phase()) {
            (Self::Reject, _) | (_, Phase::After) => return None,
            (Self::Allow, Phase::Before) => true,
            (Self::Refuse, Phase::Before) => false,
        };
        let friend = || if allow { FriendVerdict::allow() } else { FriendVerdict::refused() };
        Some(match hook.event() {
            Event::SnsPrevFriendAdd(event) => event.verdict(|_| friend()).into(),
            Event::SnsPrevFriendResponse(event) => event.verdict(|_| friend()).into(),
            _ if allow => Reply::OK,
            _ => Reply::REFUSED,
        })
    }
}
