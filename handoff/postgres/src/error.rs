//! What goes wrong, without what must not be said: passwords, and what is in the rows.

use std::{error, fmt};

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// Why the database has not done what it was asked for.
///
/// Its text is for logs. It has neither the password of the connection nor anything of a webhook.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: Option<String>,
    /// It is about what is in a row: without that row the statement may succeed.
    row: bool,
}

/// The kinds of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// As many webhooks as the [`Outbox`](crate::Outbox) may hold are waiting for the database already.
    Overloaded,
    /// The database has not answered in time. It may have done what it was asked for.
    Timeout,
    /// The database cannot be reached, is shutting down, or is short of something.
    Unavailable,
    /// The database has answered that it will not do this: the password is wrong, a table is missing, a row is too large.
    Rejected,
}

impl ErrorKind {
    /// The kind in one word: the `error.type` of the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
        }
    }
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, detail: None, row: false }
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn is_of_a_row(&self) -> bool {
        self.row
    }

    /// The same for each of the rows that failed together.
    pub(crate) fn copy(&self) -> Self {
        Self { kind: self.kind, detail: self.detail.clone(), row: self.row }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::Overloaded => "too many webhooks are waiting for the database",
            ErrorKind::Timeout => "the database has not answered in time",
            ErrorKind::Unavailable => "the database is unavailable",
            ErrorKind::Rejected => "the database has rejected this",
        })?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}

impl error::Error for Error {}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        // Not the whole of it: an error's detail and context quote the row.
        let Some(db) = error.as_db_error() else {
            let cause = error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            return Self { kind: ErrorKind::Unavailable, detail: Some(format!("{error}{cause}")), row: false };
        };
        let kind = match db.code() {
            &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => ErrorKind::Timeout,
            // The server has become a standby, or is one.
            &SqlState::READ_ONLY_SQL_TRANSACTION => ErrorKind::Unavailable,
            // Connections, resources, operators, rollbacks, and the system below.
            code if ["08", "53", "57", "40", "58"].contains(&&code.code()[..2]) => ErrorKind::Unavailable,
            _ => ErrorKind::Rejected,
        };
        // Data, constraints, limits.
        let row = ["22", "23", "54"].contains(&&db.code().code()[..2]);
        Self { kind, detail: Some(format!("{} (SQLSTATE {})", db.message(), db.code().code())), row }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => Self::new(ErrorKind::Timeout),
            _ => Self::new(ErrorKind::Unavailable),
        }
    }
}

/// A mistake in the configuration of a [`Database`](crate::Database).
///
/// It does not quote the URL, which has a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The URL is not one of PostgreSQL.
    Url,
    /// The name of the schema is not 1 to 40 lower-case letters, digits and underscores, the first of them no digit.
    Schema,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => {
                "the URL of the database cannot be read; it is like postgres://user:password@host:5432/database"
            }
            Self::Schema => {
                "the name of a schema is 1 to 40 lower-case letters, digits and underscores, the first of them no digit"
            }
        })
    }
}

impl error::Error for ConfigError {}
