//! What is answered: the envelope that all answers share, and [`Ack`], the answer to an after-event.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::message::MsgElem;

/// An answer in the vendor's JSON, ready to be sent: every [`Ack`] and [`Verdict`](crate::Verdict) turns into one.
///
/// ```
/// use bytes::Bytes;
/// use tower_tencent_webhook::{Ack, Reply};
///
/// let response: http::Response<Bytes> = Reply::from(Ack::ok()).into_response();
/// assert_eq!(response.headers()["content-type"], "application/json");
/// assert_eq!(&response.body()[..], br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    body: Bytes,
}

impl Reply {
    /// Code 0: the event is acknowledged, or not intervened in.
    pub(crate) const OK: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    /// Code 1: refused.
    pub(crate) const REFUSED: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#);
    /// Code 2: dropped, and the sender told that all went well.
    pub(crate) const DISCARDED: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#);

    const fn constant(json: &'static str) -> Self {
        Self { body: Bytes::from_static(json.as_bytes()) }
    }

    /// Fails on a message element that JSON cannot hold, and on nothing else.
    pub(crate) fn new(envelope: &Envelope<'_>) -> Result<Self, serde_json::Error> {
        Ok(Self { body: serde_json::to_vec(envelope)?.into() })
    }

    /// For envelopes without message elements.
    pub(crate) fn text(envelope: &Envelope<'_>) -> Self {
        Self::new(envelope).expect("numbers and strings are always JSON")
    }

    /// The JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The HTTP response: status 200, `application/json`.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        json(StatusCode::OK, self.body)
    }
}

impl<B: From<Bytes>> From<Reply> for Response<B> {
    fn from(reply: Reply) -> Self {
        reply.into_response()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", String::from_utf8_lossy(&self.body))
    }
}

/// The answer to an after-event: it has been taken.
///
/// ```
/// # use tower_tencent_webhook::{Ack, Reply};
/// assert_eq!(&Reply::from(Ack::ok()).body()[..], br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ack(());

impl Ack {
    /// The event has been taken.
    pub const fn ok() -> Self {
        Self(())
    }
}

impl From<Ack> for Reply {
    fn from(_: Ack) -> Self {
        Self::OK
    }
}

/// The JSON that all answers share.
pub(crate) struct Envelope<'a> {
    pub(crate) action_status: &'static str,
    pub(crate) error_code: u32,
    pub(crate) error_info: &'a dyn fmt::Display,
    pub(crate) msg_body: Option<&'a [MsgElem]>,
    pub(crate) cloud_custom_data: Option<&'a str>,
    /// The refused users, and the name that the event's answer has for them.
    pub(crate) refused: Option<(&'static str, &'a [String])>,
    pub(crate) result_item: Option<&'a [FriendResult<'a>]>,
}

/// One line of `ResultItem`.
#[derive(Serialize)]
pub(crate) struct FriendResult<'a> {
    #[serde(rename = "To_Account")]
    pub(crate) to_account: &'a str,
    #[serde(rename = "ResultCode")]
    pub(crate) result_code: u32,
    #[serde(rename = "ResultInfo")]
    pub(crate) result_info: &'a str,
}

impl Default for Envelope<'_> {
    fn default() -> Self {
        Self {
            action_status: "OK",
            error_code: 0,
            error_info: &"",
            msg_body: None,
            cloud_custom_data: None,
            refused: None,
            result_item: None,
        }
    }
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ActionStatus", self.action_status)?;
        map.serialize_entry("ErrorCode", &self.error_code)?;
        map.serialize_entry("ErrorInfo", &format_args!("{}", self.error_info))?;
        if let Some(msg_body) = self.msg_body {
            map.serialize_entry("MsgBody", msg_body)?;
        }
        if let Some(cloud_custom_data) = self.cloud_custom_data {
            map.serialize_entry("CloudCustomData", cloud_custom_data)?;
        }
        if let Some((name, accounts)) = self.refused {
            map.serialize_entry(name, accounts)?;
        }
        if let Some(result_item) = self.result_item {
            map.serialize_entry("ResultItem", result_item)?;
        }
        map.end()
    }
}

/// The JSON of an answer that is no answer to the event: it was refused, or failed here.
pub(crate) fn failure(status: StatusCode, info: &dyn fmt::Display) -> Bytes {
    let code = status.as_u16().into();
    Reply::text(&Envelope { action_status: "FAIL", error_code: code, error_info: info, ..Envelope::default() }).body
}

pub(crate) fn json<B: From<Bytes>>(status: StatusCode, body: Bytes) -> Response<B> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
