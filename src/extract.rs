//! Integration with axum: [`Webhook`] as an extractor, and answers as responses.
//!
//! ```
//! use axum::{Router, routing::post};
//! use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, event::follow};
//!
//! async fn unfollowed(hook: Webhook<follow::AfterFollowDelete>) -> Ack {
//!     println!("{} left {:?}", hook.from_account, hook.to_account);
//!     Ack::ok()
//! }
//!
//! let app: Router = Router::new()
//!     .route("/im", post(unfollowed))
//!     .layer(WebhookLayer::new(App::unsigned(1400000000)).path("/im"));
//! ```

use std::fmt;

use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{
    command::Command,
    event::FromEvent,
    rejection::Rejection,
    reply::{Ack, Reply, SignalAnswer, failure, json_response},
    verdict::{Verdict, VerdictError},
    webhook::Webhook,
};

/// Moves the webhook out of the request's extensions without cloning it: only one argument of a handler can extract it.
impl<S: Sync, E: FromEvent> FromRequestParts<S> for Webhook<E> {
    type Rejection = WebhookRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebhookRejection> {
        let hook = parts.extensions.remove::<Webhook>().ok_or(WebhookRejection::MissingWebhook)?;
        hook.downcast().map_err(|hook| {
            let rejection = WebhookRejection::OtherEvent { found: hook.context().command().clone() };
            // Leave it for another extractor.
            parts.extensions.insert(hook);
            rejection
        })
    }
}

/// Why [`Webhook`] could not be extracted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// The request has no webhook: [`WebhookLayer`](crate::WebhookLayer) is missing or configured for another path, the
    /// request is not a POST, or another argument has already extracted it. HTTP 500.
    MissingWebhook,
    /// The webhook is of a different event than the handler expects. HTTP 501.
    OtherEvent {
        /// The command of the webhook.
        found: Command,
    },
}

impl WebhookRejection {
    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingWebhook => StatusCode::INTERNAL_SERVER_ERROR,
            Self::OtherEvent { .. } => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingWebhook => f.write_str("no webhook in this request: does WebhookLayer wrap this handler?"),
            Self::OtherEvent { found } => write!(f, "{} is not handled here", found.escaped()),
        }
    }
}

impl std::error::Error for WebhookRejection {}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        json_response(self.status(), failure(self.status(), &self))
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        Reply::into_response::<Body>(self)
    }
}

impl IntoResponse for Ack {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

impl IntoResponse for SignalAnswer {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

impl<E> IntoResponse for Verdict<E> {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

/// HTTP 500: the handler failed to build its verdict.
impl IntoResponse for VerdictError {
    fn into_response(self) -> Response {
        json_response(StatusCode::INTERNAL_SERVER_ERROR, failure(StatusCode::INTERNAL_SERVER_ERROR, &self))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Rejection::into_response::<Body>(self)
    }
}
