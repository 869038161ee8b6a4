//! The two wire formats, as the layer has to tell them apart: what a request claims to be, and how it is answered.

#[cfg(feature = "rtc")]
use bytes::Bytes;
#[cfg(feature = "rtc")]
use http::Response;

#[cfg(feature = "rtc")]
use super::body::WebhookBody;
use crate::{rejection::Rejection, webhook::WebhookContext};

/// What a request claims to be, while its body is being read.
pub(super) enum Claimed {
    /// A webhook of Chat. Its URL was verified.
    Chat(WebhookContext),
    /// A callback of the RTC Engine. Nothing is verified before its body is in.
    #[cfg(feature = "rtc")]
    Rtc(crate::rtc::Claim),
}

impl Claimed {
    pub(super) fn wire(&self) -> Wire {
        match self {
            Self::Chat(_) => Wire::Chat,
            #[cfg(feature = "rtc")]
            Self::Rtc(_) => Wire::Rtc,
        }
    }

    /// What is verified without the body.
    pub(super) fn verified(&self) -> Option<&WebhookContext> {
        match self {
            Self::Chat(context) => Some(context),
            #[cfg(feature = "rtc")]
            Self::Rtc(_) => None,
        }
    }

    /// Adds the command to a rejection, if it is verified.
    pub(super) fn reject(&self, rejection: Rejection) -> Rejection {
        match self.verified() {
            Some(context) => rejection.of(context.command().clone()),
            None => rejection,
        }
    }
}

/// The wire format of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire {
    Chat,
    #[cfg(feature = "rtc")]
    Rtc,
}

/// Turns what the layer is about to answer to a callback into an answer of its wire format.
///
/// Whatever has status 200 becomes `{"code":0}`, with no header but its type: the vendor ignores the body, and wants headers
/// and body together to stay below 2,000 bytes. The extensions stay, for outer layers.
#[cfg(feature = "rtc")]
pub(super) fn acknowledged<R>(response: Response<WebhookBody<R>>) -> Response<WebhookBody<R>> {
    use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

    const BODY: Bytes = Bytes::from_static(br#"{"code":0}"#);
    const JSON: HeaderValue = HeaderValue::from_static("application/json");

    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // The inner service's own code.
    crate::panic::quietly(|| drop(body));
    let is_json = head.headers.get(CONTENT_TYPE).is_some_and(|it| it == JSON);
    if !is_json || head.headers.len() > 1 {
        head.headers.clear();
        head.headers.insert(CONTENT_TYPE, JSON);
    }
    Response::from_parts(head, WebhookBody::from(BODY))
}
