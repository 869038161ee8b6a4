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
//!
//! The layer checks that the answer fits the event, which the compiler cannot: an [`Ack`] to a before-event, or the
//! [`Verdict`] on another event, is not sent. It is a failure, about which the [`FailurePolicy`](crate::FailurePolicy)
//! decides.
//!
//! A handler that also serves other requests takes an `Option<Webhook<E>>`: `None` is a request without a webhook.

use std::fmt;

use axum_core::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{
    command::Command,
    event::{FromEvent, WebhookEvent, bot::OnC2CSignalMessage},
    observe::Outcome,
    rejection::Rejection,
    reply::{Ack, AnswerTo, Reply, SignalAnswer, failure, json_response},
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

/// `None` if the request has no webhook. A webhook of another event is a rejection.
impl<S: Sync, E: FromEvent> OptionalFromRequestParts<S> for Webhook<E> {
    type Rejection = WebhookRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, WebhookRejection> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(hook) => Ok(Some(hook)),
            Err(WebhookRejection::MissingWebhook) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// Why [`Webhook`] could not be extracted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// The request has no webhook: [`WebhookLayer`](crate::WebhookLayer) is missing or configured for another path, the
    /// request is not a POST, or another argument has already extracted it. HTTP 404.
    MissingWebhook,
    /// The webhook is of a different event than the handler expects. HTTP 200 with code 0, as nobody handles it: an error
    /// would block some operations.
    OtherEvent {
        /// The command of the webhook.
        found: Command,
    },
}

impl WebhookRejection {
    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingWebhook => StatusCode::NOT_FOUND,
            Self::OtherEvent { .. } => StatusCode::OK,
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
        match self {
            Self::MissingWebhook => json_response(self.status(), failure(self.status(), &self)),
            Self::OtherEvent { .. } => Outcome::Unhandled.tag(Reply::OK.into_response()),
        }
    }
}

/// Unlike an [`Ack`] or a [`Verdict`], it is not checked against the webhook's event.
impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        Reply::into_response::<Body>(self)
    }
}

fn answer(reply: impl Into<Reply>, to: AnswerTo) -> Response {
    let mut response = Reply::into_response(reply.into());
    response.extensions_mut().insert(to);
    response
}

impl IntoResponse for Ack {
    fn into_response(self) -> Response {
        answer(self, AnswerTo::AfterEvents)
    }
}

impl IntoResponse for SignalAnswer {
    fn into_response(self) -> Response {
        answer(self, AnswerTo::Only(OnC2CSignalMessage::COMMAND))
    }
}

impl<E: WebhookEvent> IntoResponse for Verdict<E> {
    fn into_response(self) -> Response {
        answer(self, AnswerTo::Only(E::COMMAND))
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
