//! The answers' common envelope, and [`Ack`], the answer to an after-event.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    command::{Command, Phase},
    message::MsgElem,
};

/// An answer in the vendor's JSON, ready to send: every [`Ack`], [`SignalAnswer`] and [`Verdict`](crate::Verdict)
/// becomes one.
///
/// ```
/// use bytes::Bytes;
/// use tower_tencent_webhook::{Ack, Reply};
///
/// let response: http::Response<Bytes> = Reply::from(Ack::ok()).into_response();
/// assert_eq!(response.headers()["content-type"], "application/json");
/// assert_eq!(&response.body()[..], br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
/// ```
///
/// The answer to a command that this crate does not know yet is made by hand. Nothing checks that it is one which the
/// vendor documents for the command; a [`Verdict`](crate::Verdict) is.
///
/// ```
/// use tower_tencent_webhook::Reply;
///
/// let allowed = Reply::allow();
/// let refused = Reply::refuse(10_100, "not tonight")?;
/// let other = Reply::json(&serde_json::json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "Tide": "high" }))?;
///
/// assert_eq!(allowed.body(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
/// assert_eq!(refused.body(), r#"{"ActionStatus":"OK","ErrorCode":10100,"ErrorInfo":"not tonight"}"#);
/// assert_eq!(other.body(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","Tide":"high"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[doc(alias("ActionStatus", "ErrorCode", "ErrorInfo"))]
pub struct Reply {
    body: Bytes,
}

impl Reply {
    /// Code 0: acknowledged, or allowed.
    pub(crate) const OK: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    /// Code 1: refused.
    pub(crate) const REFUSED: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#);
    /// Code 2: dropped, but the sender is told that it succeeded.
    pub(crate) const DISCARDED: Self = Self::constant(r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#);

    const fn constant(json: &'static str) -> Self {
        Self { body: Bytes::from_static(json.as_bytes()) }
    }

    /// Fails only on a message element that JSON cannot represent.
    pub(crate) fn new(envelope: &Envelope<'_>) -> Result<Self, serde_json::Error> {
        Self::json(envelope)
    }

    /// For envelopes without message elements.
    pub(crate) fn text(envelope: &Envelope<'_>) -> Self {
        Self::new(envelope).expect("numbers and strings are always JSON")
    }

    /// Code 0: the operation goes ahead, or the event is acknowledged.
    pub const fn allow() -> Self {
        Self::OK
    }

    /// This value as JSON, whatever the command wants.
    ///
    /// Chat expects an object with `ActionStatus`, `ErrorCode` and `ErrorInfo`. This is not checked.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as JSON.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Self { body: serde_json::to_vec(value)?.into() })
    }

    /// The JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The HTTP response: status 200, `application/json`.
    #[inline]
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        json_response(StatusCode::OK, self.body)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", String::from_utf8_lossy(&self.body))
    }
}

/// Which events a response answers. It travels in the extensions of responses that types alone cannot check: those of
/// axum's handlers.
#[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only axum's handlers make them"))]
#[derive(Clone, Debug)]
pub(crate) enum AnswerTo {
    AfterEvents,
    Only(Command),
}

impl AnswerTo {
    pub(crate) fn fits(&self, command: &Command) -> bool {
        match self {
            Self::AfterEvents => command.phase() == Phase::After,
            Self::Only(only) => only == command,
        }
    }
}

/// The answer to an after-event: acknowledged.
///
/// ```
/// # use tower_tencent_webhook::{Ack, Reply};
/// assert_eq!(&Reply::from(Ack::ok()).body()[..], br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "ActionStatus")]
pub struct Ack(());

impl Ack {
    /// Acknowledges the event.
    pub const fn ok() -> Self {
        Self(())
    }
}

impl From<Ack> for Reply {
    fn from(_: Ack) -> Self {
        Self::OK
    }
}

/// The answer to a signal to a chatbot,
/// [`bot::OnC2CSignalMessage`](crate::event::bot::OnC2CSignalMessage): data for the client that sent it.
///
/// ```
/// use tower_tencent_webhook::{Reply, SignalAnswer};
///
/// let answer = SignalAnswer::json(&serde_json::json!({ "ok": true }))?;
/// assert_eq!(
///     &Reply::from(answer).body()[..],
///     br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RspData":"{\"ok\":true}"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Vendor docs: <https://cloud.tencent.com/document/product/269/103730>
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "RspData")]
pub struct SignalAnswer(Reply);

impl SignalAnswer {
    /// An answer without data.
    pub const fn empty() -> Self {
        Self(Reply::OK)
    }

    /// An answer with this text as its `RspData`.
    pub fn text(rsp_data: impl AsRef<str>) -> Self {
        Self(Reply::text(&Envelope { rsp_data: Some(rsp_data.as_ref()), ..Envelope::default() }))
    }

    /// An answer with the JSON of this value as its `RspData`.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as JSON.
    pub fn json(rsp_data: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        serde_json::to_string(rsp_data).map(Self::text)
    }
}

impl From<SignalAnswer> for Reply {
    fn from(answer: SignalAnswer) -> Self {
        answer.0
    }
}

/// The JSON envelope of all answers.
pub(crate) struct Envelope<'a> {
    pub(crate) action_status: &'static str,
    pub(crate) error_code: u32,
    pub(crate) error_info: &'a dyn fmt::Display,
    pub(crate) msg_body: Option<&'a [MsgElem]>,
    pub(crate) cloud_custom_data: Option<&'a str>,
    /// The refused users, and the name of their list in the event's answer.
    pub(crate) refused: Option<(&'static str, &'a [String])>,
    pub(crate) result_item: Option<&'a [FriendResult<'a>]>,
    pub(crate) rsp_data: Option<&'a str>,
}

/// An item of `ResultItem`.
pub(crate) struct FriendResult<'a> {
    pub(crate) to_account: &'a str,
    pub(crate) result_code: u32,
    pub(crate) result_info: &'a str,
}

impl Serialize for FriendResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("To_Account", self.to_account)?;
        map.serialize_entry("ResultCode", &self.result_code)?;
        map.serialize_entry("ResultInfo", self.result_info)?;
        map.end()
    }
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
            rsp_data: None,
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
        if let Some(rsp_data) = self.rsp_data {
            map.serialize_entry("RspData", rsp_data)?;
        }
        map.end()
    }
}

/// The JSON of an error response.
pub(crate) fn failure(status: StatusCode, info: &dyn fmt::Display) -> Bytes {
    let code = status.as_u16().into();
    Reply::text(&Envelope { action_status: "FAIL", error_code: code, error_info: info, ..Envelope::default() }).body
}

#[inline]
pub(crate) fn json_response<B: From<Bytes>>(status: StatusCode, body: Bytes) -> Response<B> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error response: not an answer that Chat can use.
pub(crate) fn error_response<B: From<Bytes>>(status: StatusCode, info: &'static str) -> Response<B> {
    json_response(status, failure(status, &info))
}
