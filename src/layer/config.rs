use std::sync::Arc;

use http::{Method, Request, header::CONTENT_LENGTH};
use http_body::Body;

use crate::{failure::FailurePolicy, receiver::Receiver, rejection::Rejection};

/// The configuration that a layer and its services share.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) receiver: Receiver,
    pub(super) path: Option<String>,
    /// `None` for the default of each wire format.
    pub(super) max_body: Option<usize>,
    /// `None` if it would leave every answer as it is.
    pub(super) failure: Option<Arc<FailurePolicy>>,
}

impl Config {
    /// How large the body of a webhook of Chat may be.
    pub(super) fn chat_limit(&self) -> usize {
        self.max_body.unwrap_or(256 * 1024)
    }

    /// How large the body of a callback of the RTC Engine may be.
    #[cfg(feature = "rtc")]
    pub(super) fn rtc_limit(&self) -> usize {
        self.max_body.unwrap_or(1024 * 1024)
    }

    /// Whether a request is a webhook.
    pub(super) fn is_webhook<B>(&self, request: &Request<B>) -> bool {
        request.method() == Method::POST && self.path.as_deref().is_none_or(|path| path == request.uri().path())
    }
}

/// Checks the length that a request claims for its body.
pub(super) fn check_length(request: &Request<impl Body>, limit: usize) -> Result<(), Rejection> {
    // A length that cannot be parsed may be a number beyond `u64`, so it counts as too large.
    let claimed = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let claimed = claimed.map_or(0, |length| length.trim().parse().unwrap_or(u64::MAX));
    if claimed.max(request.body().size_hint().lower()) > limit as u64 {
        return Err(Rejection::body_too_large(limit));
    }
    Ok(())
}
