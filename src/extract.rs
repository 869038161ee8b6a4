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
//!
//! # In a handler of the router
//!
//! A handler of [`WebhookRouter`](crate::WebhookRouter) takes extractors as well: before the webhook, up to eight types
//! that implement [`FromRequestParts`], axum's or your own. Their state is that of
//! [`on_with`](crate::WebhookRouter::on_with).
//!
//! ```
//! use axum::{Router, extract::{ConnectInfo, State}};
//! use http::HeaderMap;
//! use std::net::SocketAddr;
//! use tower_tencent_webhook::{Ack, Verdict, Webhook, WebhookLayer, WebhookRouter, event::{c2c, follow}};
//!
//! #[derive(Clone)]
//! struct App {
//!     muted: bool,
//! }
//!
//! async fn moderate(State(app): State<App>, _: Webhook<c2c::BeforeSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
//!     if app.muted { Verdict::refuse() } else { Verdict::allow() }
//! }
//!
//! async fn followed(
//!     ConnectInfo(peer): ConnectInfo<SocketAddr>,
//!     headers: HeaderMap,
//!     hook: Webhook<follow::AfterFollowAdd>,
//! ) -> Ack {
//!     println!("{} followed, says {peer}, {:?}", hook.from_account, headers.get("user-agent"));
//!     Ack::ok()
//! }
//!
//! let webhooks = WebhookRouter::new().on_with(&App { muted: true }, moderate).on(followed);
//! let app: Router = Router::new()
//!     .layer(webhooks)
//!     .layer(WebhookLayer::new(tower_tencent_webhook::App::unsigned(1400000000)).path("/im"));
//! // As in any app on axum, the peer is known if the app is served with it.
//! let service = app.into_make_service_with_connect_info::<SocketAddr>();
//! ```
//!
//! An extractor that rejects the request is a failure of the handler, about which the failure policy decides. The status
//! of its rejection is in the log; the rest of it goes nowhere, as no client of the app's own is there to read it.
//!
//! The state itself may come first: `App::moderate`, with `async fn moderate(self, ConnectInfo(peer): …, hook: …)`. Where
//! the state is also an extractor of itself, the compiler cannot tell the two apart: take it as `State<App>`.

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
            let found = hook.context().command().clone();
            let rejection = match hook.is_unread() {
                true => WebhookRejection::Unread { found },
                false => WebhookRejection::OtherEvent { found },
            };
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
    /// The body could not be read, and was [kept](crate::WebhookLayer::on_malformed) without its type: `Webhook` takes it.
    /// HTTP 500, about which the failure policy decides, as it is not to be acknowledged by silence.
    Unread {
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
            Self::Unread { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingWebhook => f.write_str("no webhook in this request: does WebhookLayer wrap this handler?"),
            Self::OtherEvent { found } => write!(f, "{} is not handled here", found.escaped()),
            Self::Unread { found } => write!(f, "the body cannot be read as one of {}", found.escaped()),
        }
    }
}

impl std::error::Error for WebhookRejection {}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        match self {
            Self::MissingWebhook => json_response(self.status(), failure(self.status(), &self)),
            Self::OtherEvent { .. } => {
                let mut response = Reply::OK.into_response();
                Outcome::Unhandled.tag(&mut response);
                response
            }
            Self::Unread { .. } => {
                let mut response = json_response(self.status(), failure(self.status(), &self));
                Outcome::Failed.tag(&mut response);
                response
            }
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
