//! Typed handlers: one async function for each event, which returns the answer that fits it.
//!
//! A handler takes the [`Webhook`](crate::Webhook) of its event; before it the app's state, or extractors of axum; after
//! it the request's head, for what other layers put into the extensions. [`EventHandler`] has all forms. It returns
//! [`Ack`](crate::Ack) for an after-event, its own [`Verdict`](crate::Verdict) for a before-event, or a `Result` of
//! these; anything else does not compile.
//!
//! [`WebhookRouter`] is a service, to be wrapped in [`WebhookLayer`](crate::WebhookLayer), and a layer: requests without
//! a webhook then go on to the service that it wraps.
//!
//! ```
//! use http::{StatusCode, request::Parts};
//! use http_body_util::BodyExt;
//! use std::{sync::Arc, time::SystemTime};
//! use tower::{Layer, ServiceExt};
//! use tower_tencent_webhook::{
//!     Ack, App, MsgElem, Verdict, VerdictError, Webhook, WebhookLayer, WebhookRouter,
//!     event::{c2c, follow, state},
//!     signer::Signer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! /// The app's state: what all handlers share.
//! #[derive(Clone)]
//! struct Moderation {
//!     forbidden: Arc<[MsgElem]>,
//! }
//!
//! impl Moderation {
//!     async fn decide(
//!         self,
//!         hook: Webhook<c2c::BeforeSendMsg>,
//!     ) -> Result<Verdict<c2c::BeforeSendMsg>, VerdictError> {
//!         if hook.msg_body.iter().any(|element| self.forbidden.contains(element)) {
//!             return Verdict::refuse_with(120_001, "no spam, please");
//!         }
//!         Ok(Verdict::allow())
//!     }
//! }
//!
//! let moderation = Moderation { forbidden: [MsgElem::text("spam")].into() };
//! let webhooks = WebhookRouter::new()
//!     .on_with(&moderation, Moderation::decide)
//!     .on(async |hook: Webhook<follow::AfterFollowDelete>| {
//!         println!("{} left {:?}", hook.from_account, hook.to_account);
//!         Ack::ok()
//!     })
//!     .on(async |hook: Webhook<state::StateChange>, head: Parts| {
//!         println!("{:?}, says {:?}", hook.info.action, head.headers.get("user-agent"));
//!         Ack::ok()
//!     });
//!
//! let app = App::signed(1400000000, "token of the console")?;
//! let service = WebhookLayer::new(app.clone()).layer(webhooks);
//!
//! let message = r#"{"From_Account":"ada","To_Account":"grace",
//!                   "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"spam"}}]}"#;
//! let request = Signer::new(&app).request("C2C.CallbackBeforeSendMsg", message, SystemTime::now());
//! let response = service.oneshot(request).await?;
//! assert_eq!(response.status(), StatusCode::OK);
//! let answer = response.into_body().collect().await?.to_bytes();
//! assert_eq!(answer, r#"{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":"no spam, please"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # Which handler is called
//!
//! | a handler of … | is added by | and answers |
//! |---|---|---|
//! | one event | [`on`](WebhookRouter::on), [`on_with`](WebhookRouter::on_with) | what fits the event, or it does not compile |
//! | one event, as a Tower service | [`on_service`](WebhookRouter::on_service) | the same |
//! | one command, with a type of your own | [`on_command`](WebhookRouter::on_command), [`on_command_with`](WebhookRouter::on_command_with) | [any answer](IntoReply) |
//! | everything else | [`fallback`](WebhookRouter::fallback), [`fallback_with`](WebhookRouter::fallback_with) | [any answer](IntoReply) |
//!
//! Each `…_with` takes the state, of which each call gets a clone. Routers with different states are
//! [merged](WebhookRouter::merge). [`handle`](WebhookRouter::handle) handles a webhook that came by another way than a
//! request.
//!
//! # Placement in a stack
//!
//! Inside of [`WebhookLayer`](crate::WebhookLayer). The first layer of a `ServiceBuilder` is the outermost one:
//!
//! ```
//! # use tower_tencent_webhook::{App, WebhookLayer, WebhookRouter};
//! # let (layer, webhooks) = (WebhookLayer::new(App::unsigned(1400000000)), WebhookRouter::new());
//! # let app: axum::Router = axum::Router::new();
//! let service = tower::ServiceBuilder::new()
//!     .layer(layer.path("/im"))
//!     .layer(webhooks)
//!     .service(app);
//! ```
//!
//! axum's last layer is:
//!
//! ```
//! # use tower_tencent_webhook::{App, WebhookLayer, WebhookRouter};
//! # let (layer, webhooks) = (WebhookLayer::new(App::unsigned(1400000000)), WebhookRouter::new());
//! let app: axum::Router = axum::Router::new().layer(webhooks).layer(layer.path("/im"));
//! ```
//!
//! In the wrong order the router sees no webhook, and **everything goes on to the inner service**, with the webhooks in
//! the extensions. The same happens below axum's `nest`, whose router must have a route, as axum drops the layers of its
//! default fallback:
//!
//! ```
//! # use tower::Layer;
//! # use tower_tencent_webhook::{App, WebhookLayer, WebhookRouter};
//! # let (layer, webhooks) = (WebhookLayer::new(App::unsigned(1400000000)), WebhookRouter::new());
//! # use axum::Router;
//! let callbacks: Router = Router::new().route_service("/im", layer.layer(webhooks));
//! let app: Router = Router::new().nest("/callbacks", callbacks);
//! ```
//!
//! A webhook that no service takes from the extensions is counted, as `tencent_webhooks_untaken_total` with the feature
//! `metrics`, and logged with the feature `tracing`: the first one as a warning. A service that has no use for it, but
//! only for its verified request, says so by a look at it: `request.extensions().get().map(Webhook::context)`.
//!
//! What layers outside of the router put into the extensions, an auth layer for example, its handlers find in the head.
//!
//! # What is answered when
//!
//! | | before-event | after-event |
//! |---|---|---|
//! | nobody handles it | 200, code 0: goes ahead; for friends, each is allowed | 200, code 0 |
//! | the handler fails or panics | fails: HTTP 500 | fails: HTTP 500 |
//! | the handler exceeds the `deadline` | fails: HTTP 503; the handler is dropped | 200, code 0; the handler runs on |
//! | … with `Late::Fail`, or too many run on | | fails: HTTP 503; the handler is dropped |
//! | `ack_first`, within the limit | – | 200, code 0; the handler runs in the background |
//! | `ack_first`, beyond the limit | – | fails: HTTP 503 |
//!
//! On anything but HTTP 200, Chat follows the console's policy for a before-event. An after-event is lost: Chat repeats it
//! only after a time-out, and only if the console says so. So what fails is answered as the
//! [`FailurePolicy`](crate::FailurePolicy) of the layer says.

mod answer;
#[cfg(feature = "tokio")]
mod background;
mod body;
mod dispatch;
mod error;
#[cfg(feature = "axum")]
mod extractors;
mod future;
mod handler;
mod policy;
mod route;
mod service;

#[cfg(feature = "tokio")]
pub use self::policy::Late;
pub use self::{
    answer::{IntoAnswer, IntoReply},
    error::HandleError,
    future::ResponseFuture,
    handler::EventHandler,
    service::{RouterService, WebhookRouter},
};
