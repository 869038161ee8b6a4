//! Typed handlers: one async function for each event, which returns the answer that fits it.
//!
//! A handler takes the [`Webhook`](crate::Webhook) of its event, and optionally the request's head, for what other
//! layers put into the extensions. It returns [`Ack`](crate::Ack) for an after-event, its own
//! [`Verdict`](crate::Verdict) for a before-event, or a `Result` of these; anything else does not compile.
//!
//! [`WebhookRouter`] is a service, to be wrapped in [`WebhookLayer`](crate::WebhookLayer), and a layer: requests without
//! a webhook then go on to the service that it wraps.
//!
//! ```
//! use http::{StatusCode, request::Parts};
//! use http_body_util::BodyExt;
//! use std::time::SystemTime;
//! use tower::{Layer, ServiceExt};
//! use tower_tencent_webhook::{
//!     Ack, App, MsgElem, Verdict, VerdictError, Webhook, WebhookLayer, WebhookRouter, event::{c2c, follow, state},
//!     signer::Signer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let webhooks = WebhookRouter::new()
//!     .on(async |hook: Webhook<follow::AfterFollowDelete>| {
//!         println!("{} left {:?}", hook.from_account, hook.to_account);
//!         Ack::ok()
//!     })
//!     .on(async |hook: Webhook<c2c::BeforeSendMsg>| -> Result<_, VerdictError> {
//!         if hook.msg_body.contains(&MsgElem::text("spam")) {
//!             return Verdict::refuse_with(120_001, "no spam, please");
//!         }
//!         Ok(Verdict::allow())
//!     })
//!     .on(async |hook: Webhook<state::StateChange>, head: Parts| {
//!         println!("{} {:?} by {:?}", hook.info.to_account, hook.info.action, head.headers.get("user-agent"));
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
//! # Placement in a stack
//!
//! Inside of [`WebhookLayer`](crate::WebhookLayer): in axum, whose last layer is the outermost, `.layer(router)` comes
//! before `.layer(WebhookLayer…)`. In the wrong order the router sees no webhook, and everything goes on to the inner
//! service, with the webhooks in the extensions. What layers outside of the router put into the extensions, an auth layer
//! for example, its handlers find in the head.
//!
//! # What is answered when
//!
//! | | before-event | after-event |
//! |---|---|---|
//! | nobody handles it | 200, code 0: goes ahead | 200, code 0 |
//! | the handler fails or panics | fails: HTTP 500 | fails: HTTP 500 |
//! | the handler exceeds the `deadline` | fails: HTTP 503; the handler is dropped | 200, code 0; the handler runs on |
//! | … with `Late::Fail`, or too many run on | | fails: HTTP 503; the handler is dropped |
//! | `ack_first`, within the limit | – | 200, code 0; the handler runs in the background |
//! | `ack_first`, beyond the limit | – | fails: HTTP 503 |
//!
//! On anything but HTTP 200, Chat follows the console's policy for a before-event. An after-event is lost: Chat repeats it
//! only after a time-out, and only if the console says so. So what fails is answered as the
//! [`FailurePolicy`](crate::FailurePolicy) of the layer says.

#[cfg(feature = "tokio")]
mod background;
mod body;
mod dispatch;
mod future;
mod handler;
mod policy;
mod service;

#[cfg(feature = "tokio")]
pub use self::policy::Late;
pub use self::{
    future::ResponseFuture,
    handler::{Handler, IntoAnswer},
    service::{RouterService, WebhookRouter},
};
