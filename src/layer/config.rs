use std::{sync::Arc, time::SystemTime};

use http::{Method, Request, header::CONTENT_LENGTH};
use http_body::Body;

use super::claim::Claimed;
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
    fn chat_limit(&self) -> usize {
        self.max_body.unwrap_or(256 * 1024)
    }

    /// How large the body of a callback of the RTC Engine may be.
    #[cfg(feature = "rtc")]
    fn rtc_limit(&self) -> usize {
        self.max_body.unwrap_or(1024 * 1024)
    }

    /// What a webhook claims to be, so far as its URL or its headers prove it, and on which terms it is received.
    #[inline]
    pub(super) fn claim(&self, request: &Request<impl Body>) -> Result<(Claimed, Terms), Rejection> {
        let Self { receiver, failure, .. } = self;
        #[cfg(feature = "rtc")]
        if receiver.is_rtc_request(request.uri(), request.headers()) {
            let claimed = Claimed::Rtc(receiver.verify_rtc_map(request.headers())?);
            let limit = self.rtc_limit();
            return Ok((claimed, Terms { policy: failure.clone(), limit, max_body: limit }));
        }
        let context = receiver.verify_uri(request.uri(), SystemTime::now())?;
        let limit = self.chat_limit();
        let (policy, max_body) = match receiver.options().check_url(context.command()) {
            Ok(()) => (failure.clone(), limit),
            Err(rejection) if !may_be_blank(request.body()) => return Err(rejection),
            // It is rejected unless it turns out to be the console's check of the URL, so the policy has no say.
            Err(_) => (None, BLANK.min(limit)),
        };
        Ok((Claimed::Chat(context), Terms { policy, limit, max_body }))
    }

    /// Whether a request is a webhook.
    pub(super) fn is_webhook<B>(&self, request: &Request<B>) -> bool {
        request.method() == Method::POST && self.path.as_deref().is_none_or(|path| path == request.uri().path())
    }
}

/// The terms on which a webhook is received.
pub(super) struct Terms {
    /// `None` as well for a request that is about to be rejected.
    pub(super) policy: Option<Arc<FailurePolicy>>,
    /// The length that it may claim.
    pub(super) limit: usize,
    /// How much of its body is read.
    pub(super) max_body: usize,
}

/// The size of the body of the console's check of the URL: an empty object.
const BLANK: usize = 2;

fn may_be_blank(body: &impl Body) -> bool {
    body.size_hint().upper().is_some_and(|upper| upper <= BLANK as u64)
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
