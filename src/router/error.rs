//! Why a webhook that was handled without HTTP has no answer.

use std::{error::Error, fmt};

use bytes::Bytes;
use http::Response;

use crate::{
    command::Command,
    failure::{Failure, FailureCause, Origin},
    rejection::BoxError,
    webhook::WebhookContext,
};

/// Why [`WebhookRouter::handle`](crate::WebhookRouter::handle) has no answer: the handler failed or panicked, took too
/// long, or was one too many.
///
/// Its `Display` is for logs; its source is the handler's own error, if that is the cause.
pub struct HandleError {
    failed: Box<Failed>,
}

struct Failed {
    webhook: Origin,
    cause: FailureCause<'static>,
    source: Option<BoxError>,
}

impl HandleError {
    pub(super) fn new(webhook: Origin, cause: FailureCause<'static>, source: Option<BoxError>) -> Self {
        Self { failed: Box::new(Failed { webhook, cause, source }) }
    }

    /// What went wrong.
    pub fn cause(&self) -> FailureCause<'static> {
        self.failed.cause
    }

    /// The context of the webhook.
    pub fn context(&self) -> &WebhookContext {
        self.failed.webhook.context()
    }

    /// The command of the webhook.
    pub fn command(&self) -> &Command {
        self.context().command()
    }

    /// The failure, for [`FailurePolicy::reply`](crate::FailurePolicy::reply).
    pub fn failure(&self) -> Failure<'_> {
        self.failed.webhook.failure(self.failed.cause)
    }

    /// The response if it is to be rejected: HTTP 500 or 503, without the handler's own error.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        self.cause().response()
    }
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.command().escaped(), self.cause())
    }
}

/// Without the answers to friends, which name these.
impl fmt::Debug for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failed { webhook, cause, source } = &*self.failed;
        f.debug_struct("HandleError")
            .field("context", webhook.context())
            .field("cause", cause)
            .field("source", source)
            .finish()
    }
}

impl Error for HandleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.failed.source.as_deref().map(|error| error as _)
    }
}
