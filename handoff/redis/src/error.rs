//! What goes wrong, without passwords.

use std::{error, fmt};

use redis::{ErrorKind as Kind, RedisError, ServerErrorKind};

/// Why Redis has not done what it was asked for. Its text is for logs, and has no password.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: Option<String>,
}

/// The kinds of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Redis has not answered in time. It may have done what it was asked for.
    Timeout,
    /// Redis cannot be reached, is loading its data, or has no master.
    Unavailable,
    /// Redis has answered that it will not do this: the password is wrong, its memory is full, scripts are not allowed.
    Rejected,
}

impl ErrorKind {
    /// The kind in one word: the `error.type` of the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
        }
    }
}

impl Error {
    pub(crate) const TIMEOUT: Self = Self { kind: ErrorKind::Timeout, detail: None };

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::Timeout => "Redis has not answered in time",
            ErrorKind::Unavailable => "Redis is unavailable",
            ErrorKind::Rejected => "Redis has rejected this",
        })?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}

impl error::Error for Error {}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        let kind = match error.kind() {
            _ if error.is_timeout() => ErrorKind::Timeout,
            // A standby, or a server that starts.
            Kind::Io
            | Kind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::TryAgain,
            ) => ErrorKind::Unavailable,
            _ => ErrorKind::Rejected,
        };
        Self { kind, detail: Some(error.to_string()) }
    }
}

/// The URL is not one of Redis: `redis://user:password@host:6379/database`.
///
/// It does not quote the URL, which has a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError(pub(crate) ());

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the URL of Redis cannot be read; it is like redis://user:password@host:6379/database")
    }
}

impl error::Error for ConfigError {}
