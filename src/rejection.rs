//! Rejections: why a webhook was rejected, and the response to it.

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::{
    apps::LookupFailed,
    command::Command,
    config::SdkAppId,
    query::{Parameter, QueryError},
    reply::{self, Reply},
    wire::JsonError,
};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why a webhook was rejected.
///
/// [`kind`](Rejection::kind) is for programs; the `Display` text is for people and for the response's `ErrorInfo`. The
/// text has no token, no signature and no value from the body, and at most the app and the command from the query. The
/// layer puts the rejection into the response's extensions, where outer layers can log and count it.
///
/// One kind is no failure: [`UrlCheck`](RejectionKind::UrlCheck) is answered with HTTP 200.
///
/// ```
/// use tower_tencent_webhook::{Event, RejectionKind};
///
/// let rejection = Event::parse("State.StateChange", r#"{"Info":{"Action":"Login"}}"#).unwrap_err();
/// assert_eq!(rejection.kind(), RejectionKind::Malformed);
/// assert_eq!(rejection.to_string(), "malformed body at Info.To_Account: missing field");
/// ```
///
/// A layer outside that counts rejections by kind:
///
/// ```
/// use std::{
///     collections::HashMap,
///     sync::{Arc, Mutex},
/// };
///
/// use axum::{body::Body, extract::Request};
/// use http::Response;
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_tencent_webhook::{App, Rejection, RejectionKind, WebhookLayer, WebhookRouter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rejected: Arc<Mutex<HashMap<RejectionKind, u64>>> = Arc::default();
/// let counts = rejected.clone();
/// let service = ServiceBuilder::new()
///     .map_response(move |response: Response<_>| {
///         if let Some(rejection) = response.extensions().get::<Rejection>() {
///             *counts.lock().unwrap().entry(rejection.kind()).or_default() += 1;
///         }
///         response
///     })
///     .layer(WebhookLayer::new(App::signed(1400000000, "token of the console")?))
///     .service(WebhookRouter::new());
///
/// let uri = "/?SdkAppid=1400000000&CallbackCommand=State.StateChange";
/// let unsigned = Request::post(uri).body(Body::empty())?;
/// assert_eq!(service.oneshot(unsigned).await?.status(), 401);
/// assert_eq!(*rejected.lock().unwrap(), HashMap::from([(RejectionKind::MissingSign, 1)]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[doc(alias("ErrorCode", "ErrorInfo"))]
pub struct Rejection {
    kind: RejectionKind,
    detail: Detail,
    command: Option<Command>,
}

#[derive(Clone, Debug)]
enum Detail {
    None,
    Parameter(Parameter),
    App(SdkAppId),
    Command(Command),
    Limit(usize),
    Json(Arc<JsonError>),
    Body(Arc<dyn Error + Send + Sync>),
    /// It is about a callback of the RTC Engine.
    #[cfg(feature = "rtc")]
    Rtc,
    #[cfg(feature = "rtc")]
    Header(&'static str),
}

macro_rules! rejection_kinds {
    ($( $(#[$doc:meta])* $kind:ident, $word:literal, $status:ident; )*) => {
        /// The kinds of [`Rejection`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $( $(#[$doc])* #[doc = concat!("\n\nHTTP `", stringify!($status), "`.")] $kind, )*
        }

        impl RejectionKind {
            /// A short name, for logs and metric labels.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )* }
            }

            /// The status of the response.
            pub fn status(self) -> StatusCode {
                match self { $( Self::$kind => StatusCode::$status, )* }
            }
        }
    };
}

rejection_kinds! {
    /// The URL, or a callback of the RTC Engine, has no `SdkAppid`, or it is not a number.
    InvalidSdkAppId, "invalid_sdk_app_id", BAD_REQUEST;
    /// The URL has no `CallbackCommand`.
    MissingCommand, "missing_command", BAD_REQUEST;
    /// The URL repeats a parameter, or a callback of the RTC Engine a header, with a different value.
    RepeatedParameter, "repeated_parameter", BAD_REQUEST;
    /// A parameter of the URL is not percent-encoded UTF-8.
    InvalidEncoding, "invalid_encoding", BAD_REQUEST;
    /// The `SdkAppid` is not one of the configured apps, or that app has only the other of Chat and the RTC Engine.
    UnknownApp, "unknown_app", FORBIDDEN;
    /// The lookup of apps panicked, or found another app than the one with this `SdkAppid`.
    LookupFailed, "lookup_failed", INTERNAL_SERVER_ERROR;
    /// The app's webhooks must be signed, but this one has no `Sign` or no `RequestTime`; or its callbacks of the RTC
    /// Engine must be, but this one has no `Sign`.
    MissingSign, "missing_sign", UNAUTHORIZED;
    /// The `Sign` does not match any of the app's tokens, or the `RequestTime` has more than 20 characters. Or the `Sign`
    /// of a callback of the RTC Engine is not the Base64 of 32 bytes, or none of the app's keys made it for this body.
    InvalidSign, "invalid_sign", UNAUTHORIZED;
    /// The `Sign` is genuine, but its `RequestTime` is too far from this server's clock; or the callback of the RTC Engine
    /// was sent too far from it, or does not say when.
    Stale, "stale", UNAUTHORIZED;
    /// Not a webhook, but the console's check of the URL: the signature is genuine and fresh, and there is no command, or
    /// a body that is empty or an empty object.
    ///
    /// The console sends it when the URL is entered, and accepts the URL only if the answer is that of a webhook that was
    /// handled. Nothing happened, so there is nothing to hand on. Its command need not be allowed. It may also lack the
    /// `SdkAppid`: the signature may then be that of any configured app, provided that there are at most 8 of them. Apps
    /// of a [lookup](crate::Receiver::from_lookup) are found by their `SdkAppid` only.
    UrlCheck, "url_check", OK;
    /// The command is not in the allow-list.
    CommandNotAllowed, "command_not_allowed", FORBIDDEN;
    /// This crate does not know the command, or the type of event of the RTC Engine, and the policy rejects unknown ones.
    /// Or a URL has a [command of the RTC Engine](Command::is_rtc), which none has.
    UnknownCommand, "unknown_command", BAD_REQUEST;
    /// The body or its `Content-Length` exceeds the limit.
    BodyTooLarge, "body_too_large", PAYLOAD_TOO_LARGE;
    /// The body could not be read to its end.
    BodyFailed, "body_failed", BAD_REQUEST;
    /// The body is not a JSON object, or lacks a required field.
    Malformed, "malformed", BAD_REQUEST;
    /// The body and the URL name different commands.
    CommandMismatch, "command_mismatch", BAD_REQUEST;
}

impl Rejection {
    /// The kind, for programs.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The command of the webhook, if its URL was verified, or the body of a callback of the RTC Engine.
    pub fn command(&self) -> Option<&Command> {
        self.command.as_ref()
    }

    /// The body of the response, which is JSON, for a framework that makes its responses by other means than
    /// [`into_response`](Rejection::into_response).
    ///
    /// ```
    /// use tower_tencent_webhook::{App, Receiver};
    ///
    /// let receiver = Receiver::new(App::unsigned(1400000000));
    /// let rejection = receiver.verify_query("SdkAppid=1400000000", std::time::SystemTime::now()).unwrap_err();
    /// assert_eq!(rejection.status().as_u16(), 400);
    /// assert_eq!(
    ///     rejection.body(),
    ///     r#"{"ActionStatus":"FAIL","ErrorCode":400,"ErrorInfo":"the URL has no CallbackCommand"}"#,
    /// );
    /// ```
    pub fn body(&self) -> Bytes {
        match self.kind {
            RejectionKind::UrlCheck => Reply::OK.body().clone(),
            _ => reply::failure(self.status(), self),
        }
    }

    /// The response:
    /// `{"ActionStatus":"FAIL","ErrorCode":<the status>,"ErrorInfo":"<the Display>"}` as `application/json`.
    ///
    /// For [`UrlCheck`](RejectionKind::UrlCheck) it is `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let mut response = reply::json_response(self.status(), self.body());
        response.extensions_mut().insert(self);
        response
    }

    const fn new(kind: RejectionKind, detail: Detail) -> Self {
        Self { kind, detail, command: None }
    }

    /// Adds the command of a verified webhook.
    pub(crate) fn of(self, command: Command) -> Self {
        Self { command: Some(command), ..self }
    }

    pub(crate) const fn plain(kind: RejectionKind) -> Self {
        Self::new(kind, Detail::None)
    }

    /// Of a callback of the RTC Engine.
    #[cfg(feature = "rtc")]
    pub(crate) const fn rtc(kind: RejectionKind) -> Self {
        Self::new(kind, Detail::Rtc)
    }

    #[cfg(feature = "rtc")]
    pub(crate) fn repeated_header(name: &'static str) -> Self {
        Self::new(RejectionKind::RepeatedParameter, Detail::Header(name))
    }

    pub(crate) fn unknown_app(app: SdkAppId) -> Self {
        Self::new(RejectionKind::UnknownApp, Detail::App(app))
    }

    pub(crate) fn command_not_allowed(command: Command) -> Self {
        Self::new(RejectionKind::CommandNotAllowed, Detail::Command(command))
    }

    pub(crate) fn unknown_command(command: Command) -> Self {
        Self::new(RejectionKind::UnknownCommand, Detail::Command(command))
    }

    pub(crate) fn command_mismatch(command: Command) -> Self {
        Self::new(RejectionKind::CommandMismatch, Detail::Command(command))
    }

    pub(crate) fn body_too_large(limit: usize) -> Self {
        Self::new(RejectionKind::BodyTooLarge, Detail::Limit(limit))
    }

    pub(crate) fn body_failed(error: impl Into<BoxError>) -> Self {
        Self::new(RejectionKind::BodyFailed, Detail::Body(error.into().into()))
    }

    pub(crate) fn malformed(error: JsonError) -> Self {
        Self::new(RejectionKind::Malformed, Detail::Json(Arc::new(error)))
    }
}

impl From<LookupFailed> for Rejection {
    fn from(LookupFailed(app): LookupFailed) -> Self {
        Self::new(RejectionKind::LookupFailed, Detail::App(app))
    }
}

impl From<QueryError> for Rejection {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Repeated(parameter) => {
                Self::new(RejectionKind::RepeatedParameter, Detail::Parameter(parameter))
            }
            QueryError::Encoding(parameter) => Self::new(RejectionKind::InvalidEncoding, Detail::Parameter(parameter)),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RejectionKind::*;

        match (&self.detail, self.kind) {
            (Detail::Parameter(parameter), RepeatedParameter) => {
                write!(f, "the URL has {} twice, with different values", parameter.name())
            }
            (Detail::Parameter(parameter), _) => write!(f, "{} is not percent-encoded UTF-8", parameter.name()),
            (Detail::App(app), LookupFailed) => write!(f, "the app {app} could not be looked up"),
            (Detail::App(app), _) => write!(f, "the app {app} is not served here"),
            (Detail::Command(command), CommandNotAllowed) => {
                write!(f, "the command {} is not allowed here", command.escaped())
            }
            (Detail::Command(command), CommandMismatch) => {
                write!(f, "the body's CallbackCommand is not the URL's, {}", command.escaped())
            }
            (Detail::Command(command), _) => write!(f, "the command {} is not known", command.escaped()),
            (Detail::Limit(limit), _) => write!(f, "the body is larger than {limit} bytes"),
            (Detail::Json(error), _) if error.path().is_empty() => write!(f, "malformed body: {}", error.reason()),
            (Detail::Json(error), _) => write!(f, "malformed body at {}: {}", error.path(), error.reason()),
            (Detail::Body(_), _) => f.write_str("the body could not be read to its end"),
            #[cfg(feature = "rtc")]
            (Detail::Header(name), _) => write!(f, "the header {name} is there twice, with different values"),
            #[cfg(feature = "rtc")]
            (Detail::Rtc, kind) => f.write_str(match kind {
                InvalidSdkAppId => "there is no header SdkAppId that is a number",
                MissingSign => "there is no header Sign",
                InvalidSign => "the header Sign is not valid",
                Stale => "the callback was not sent at about the time of this server's clock",
                kind => kind.as_str(),
            }),
            (Detail::None, kind) => f.write_str(match kind {
                InvalidSdkAppId => "the URL has no SdkAppid that is a number",
                MissingCommand => "the URL has no CallbackCommand",
                MissingSign => "the URL has no Sign and RequestTime",
                InvalidSign => "Sign is not valid",
                Stale => "RequestTime is too far from this server's clock",
                UrlCheck => "not a webhook, but a check of the URL",
                kind => kind.as_str(),
            }),
        }
    }
}

impl Error for Rejection {
    /// The body's own error if it could not be read; the position in the JSON if it is malformed.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.detail {
            Detail::Body(error) => Some(&**error),
            Detail::Json(error) => Some(&**error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_error_is_the_source() {
        let rejection = Rejection::body_failed(std::io::Error::other("reset"));
        assert_eq!(rejection.source().unwrap().to_string(), "reset");
        assert_eq!(rejection.status(), StatusCode::BAD_REQUEST);
        assert!(!rejection.to_string().contains("reset"));
    }

    #[test]
    fn a_rejection_can_go_into_extensions() {
        fn assert<T: Clone + Send + Sync + 'static>() {}
        assert::<Rejection>();
    }
}
