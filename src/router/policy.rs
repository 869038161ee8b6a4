use bytes::Bytes;
use http::{Response, StatusCode};

use crate::{Event, FriendVerdict, Phase, Reply, Webhook, reply};

/// What a before-event is answered when its handler fails, panics or is past the deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// HTTP 500: Chat follows the policy that the console has for this.
    #[default]
    Reject,
    /// Let it happen.
    Allow,
    /// Refuse it.
    Refuse,
}

impl OnError {
    /// The answer, made while the event is still at hand. `None` is HTTP 500.
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

/// The answer that is none.
pub(super) fn failed(status: StatusCode, info: &'static str) -> Response<Bytes> {
    reply::json(status, reply::failure(status, &info))
}
