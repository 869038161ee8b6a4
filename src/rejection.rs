//! Why a webhook was refused, and how that is answered.

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_path_to_error::Track;

use crate::{app::SdkAppId, command::Command, reply};

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a webhook was refused.
///
/// [`kind`](Rejection::kind) is for programs, the `Display` for people and for the answer's `ErrorInfo`. It holds
/// neither token nor signature, nor a value out of the body; of the query at most the app and the command. The layer
/// puts it into the extensions of its answer, for outer layers to log and count.
#[derive(Clone, Debug)]
pub struct Rejection {
    kind: RejectionKind,
    detail: Detail,
}

#[derive(Clone, Debug)]
enum Detail {
    None,
    Parameter(Parameter),
    App(SdkAppId),
    Command(Command),
    Limit(usize),
    Shape(Arc<Shape>),
    Body(Arc<dyn Error + Send + Sync>),
}

/// A parameter of the URL, under the name that the vendor's pages give it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter {
    SdkAppId,
    CallbackCommand,
    WebhookCommand,
    ClientIp,
    OptPlatform,
    RequestTime,
    Sign,
}

impl Parameter {
    pub(crate) const ALL: [Self; 7] = [
        Self::SdkAppId,
        Self::CallbackCommand,
        Self::WebhookCommand,
        Self::ClientIp,
        Self::OptPlatform,
        Self::RequestTime,
        Self::Sign,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SdkAppId => "SdkAppid",
            Self::CallbackCommand => "CallbackCommand",
            Self::WebhookCommand => "WebhookCommand",
            Self::ClientIp => "ClientIP",
            Self::OptPlatform => "OptPlatform",
            Self::RequestTime => "RequestTime",
            Self::Sign => "Sign",
        }
    }

    /// The parameter of a name, without regard to case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            // Chat's own spelling: a plain comparison is the cheaper one.
            "SdkAppid" => Self::SdkAppId,
            "CallbackCommand" => Self::CallbackCommand,
            "ClientIP" => Self::ClientIp,
            "OptPlatform" => Self::OptPlatform,
            "RequestTime" => Self::RequestTime,
            "Sign" => Self::Sign,
            _ => return Self::ALL.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(name)),
        })
    }
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
            /// A short name, for logs and as the label of a counter.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )* }
            }

            /// The status of the answer.
            pub fn status(self) -> StatusCode {
                match self { $( Self::$kind => StatusCode::$status, )* }
            }
        }
    };
}

rejection_kinds! {
    /// The URL has no `SdkAppid`, or one that is not a number.
    InvalidSdkAppId, "invalid_sdk_app_id", BAD_REQUEST;
    /// The URL has no `CallbackCommand`.
    MissingCommand, "missing_command", BAD_REQUEST;
    /// The URL has a parameter twice, with different values.
    RepeatedParameter, "repeated_parameter", BAD_REQUEST;
    /// A parameter of the URL is not percent-encoded UTF-8.
    InvalidEncoding, "invalid_encoding", BAD_REQUEST;
    /// The `SdkAppid` is none of ours.
    UnknownApp, "unknown_app", FORBIDDEN;
    /// The app's webhooks are signed, and this one has no `Sign` or no `RequestTime`.
    MissingSign, "missing_sign", UNAUTHORIZED;
    /// None of the app's tokens made this `Sign`.
    InvalidSign, "invalid_sign", UNAUTHORIZED;
    /// The `Sign` is genuine, but its `RequestTime` is too far from our clock.
    Stale, "stale", UNAUTHORIZED;
    /// The command is not in the allow-list.
    CommandNotAllowed, "command_not_allowed", FORBIDDEN;
    /// The command is not in the catalogue, and such are to be refused.
    UnknownCommand, "unknown_command", BAD_REQUEST;
    /// The body is, or claims to be, larger than the limit.
    BodyTooLarge, "body_too_large", PAYLOAD_TOO_LARGE;
    /// The body could not be read to its end.
    BodyFailed, "body_failed", BAD_REQUEST;
    /// The body is not JSON, or has not the shape of its event.
    Malformed, "malformed", BAD_REQUEST;
    /// The body names another command than the URL.
    CommandMismatch, "command_mismatch", BAD_REQUEST;
}

impl Rejection {
    /// The kind, for programs.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The answer:
    /// `{"ActionStatus":"FAIL","ErrorCode":<the status>,"ErrorInfo":"<the Display>"}` as `application/json`.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let body = reply::failure(self.status(), &self);
        let mut response = reply::json(self.status(), body);
        response.extensions_mut().insert(self);
        response
    }

    const fn new(kind: RejectionKind, detail: Detail) -> Self {
        Self { kind, detail }
    }

    pub(crate) const fn plain(kind: RejectionKind) -> Self {
        Self::new(kind, Detail::None)
    }

    pub(crate) fn invalid_encoding(parameter: Parameter) -> Self {
        Self::new(RejectionKind::InvalidEncoding, Detail::Parameter(parameter))
    }

    pub(crate) fn repeated(parameter: Parameter) -> Self {
        Self::new(RejectionKind::RepeatedParameter, Detail::Parameter(parameter))
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

    pub(crate) fn malformed(shape: Shape) -> Self {
        Self::new(RejectionKind::Malformed, Detail::Shape(Arc::new(shape)))
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
            (Detail::App(app), _) => write!(f, "the app {app} is not served here"),
            (Detail::Command(command), CommandNotAllowed) => {
                write!(f, "the command {} is not allowed here", command.shown())
            }
            (Detail::Command(command), CommandMismatch) => {
                write!(f, "the body's CallbackCommand is not the URL's, {}", command.shown())
            }
            (Detail::Command(command), _) => write!(f, "the command {} is not known", command.shown()),
            (Detail::Limit(limit), _) => write!(f, "the body is larger than {limit} bytes"),
            (Detail::Shape(shape), _) if shape.path == "." => write!(f, "malformed body: {}", shape.reason),
            (Detail::Shape(shape), _) => write!(f, "malformed body at {}: {}", shape.path, shape.reason),
            (Detail::Body(_), _) => f.write_str("the body could not be read to its end"),
            (Detail::None, kind) => f.write_str(match kind {
                InvalidSdkAppId => "the URL has no SdkAppid that is a number",
                MissingCommand => "the URL has no CallbackCommand",
                MissingSign => "the URL has no Sign and RequestTime",
                InvalidSign => "Sign is not valid",
                Stale => "RequestTime is too far from this server's clock",
                kind => kind.as_str(),
            }),
        }
    }
}

impl Error for Rejection {
    /// The body's own error where it could not be read; where in the JSON it is malformed.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.detail {
            Detail::Body(error) => Some(&**error),
            Detail::Shape(shape) => Some(&**shape),
            _ => None,
        }
    }
}

/// What is wrong with a body's JSON, without its values: they are people's messages and names.
#[derive(Debug)]
pub(crate) struct Shape {
    path: String,
    reason: String,
    line: usize,
    column: usize,
}

impl Shape {
    /// Reads JSON slowly, and says where it is not what it should be.
    pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let mut track = Track::new();
        T::deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track))
            .and_then(|value| deserializer.end().map(|()| value))
            .map_err(|error| Self {
                path: Shown(&track.path().to_string(), 256).to_string(),
                reason: without_value(&error.to_string()),
                line: error.line(),
                column: error.column(),
            })
    }

    /// The path and the reason, for the value of a field that is read on its own.
    pub(crate) fn within(&self, field: &str) -> String {
        match self.path.as_str() {
            "." => format!("{field}: {}", self.reason),
            path => format!("{field}.{path}: {}", self.reason),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.reason, self.line, self.column)
    }
}

impl Error for Shape {}

/// A text of a stranger for texts that end in logs: so many characters of it, and none of control.
pub(crate) struct Shown<'a>(pub(crate) &'a str, pub(crate) usize);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(self.1).try_for_each(|char| char.escape_debug().fmt(f))
    }
}

/// Takes the value and the position out of a message such as
/// ``invalid type: string "my secret", expected u64 at line 1 column 2``.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    match (message.strip_prefix("invalid "), message.rsplit_once(", expected ")) {
        (Some(what), Some((_, expected))) => {
            let (what, value) = what.split_once(": ").unwrap_or((what, ""));
            // `string "x"`, `integer `1``, `floating point `1.0``, `map`: the kind stands before the value.
            let kind = value.split(['"', '`', ',']).next().unwrap_or("").trim();
            format!("invalid {what}: {kind}, expected {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_hold_no_values() {
        for (message, reason) in [
            (
                r#"invalid type: string "my, expected "secret"", expected u64 at line 1 column 2"#,
                "invalid type: string, expected u64",
            ),
            (
                "invalid type: floating point `1.5`, expected an integer",
                "invalid type: floating point, expected an integer",
            ),
            ("invalid type: map, expected a string at line 3 column 4", "invalid type: map, expected a string"),
            ("invalid type: null, expected a string", "invalid type: null, expected a string"),
            ("missing field `Info` at line 1 column 2", "missing field `Info`"),
            ("EOF while parsing a value at line 1 column 0", "EOF while parsing a value"),
        ] {
            assert_eq!(without_value(message), reason);
        }
    }

    #[test]
    fn a_body_error_is_the_source() {
        let rejection = Rejection::body_failed(std::io::Error::other("reset"));
        assert_eq!(rejection.source().unwrap().to_string(), "reset");
        assert_eq!(rejection.status(), StatusCode::BAD_REQUEST);
        assert!(!rejection.to_string().contains("reset"));
    }

    #[test]
    fn it_can_go_into_extensions() {
        fn assert<T: Clone + Send + Sync + 'static>() {}
        assert::<Rejection>();
    }
}
