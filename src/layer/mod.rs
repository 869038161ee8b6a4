//! The Tower middleware: intercepts the POSTs that are webhooks, verifies and parses them, and passes them on.
//!
//! Requests that are not POSTs, or not on the [path](WebhookLayer::path), reach the inner service unchanged. For the
//! others:
//!
//! 1. The URL and its signature are verified, before a byte of the body is read.
//! 2. A `Content-Length` above the [limit](WebhookLayer::max_body) is rejected.
//! 3. The body is read, and rejected if it grows above the limit. A body of one frame is not copied.
//! 4. The body is parsed into an event, and the request goes on with a `Webhook<Event>` in its extensions. Its method,
//!    URI, headers, other extensions, body and trailers are as they came.
//!
//! A rejected webhook is answered here, and the inner service is never called.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_tencent_webhook::{Ack, App, Reply, Webhook, WebhookBody, WebhookLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = WebhookLayer::new(App::unsigned(1400000000)).path("/im").layer(service_fn(
//!     async |request: Request<WebhookBody<Full<Bytes>>>| {
//!         let hook: &Webhook = request.extensions().get().expect("only webhooks come to /im here");
//!         assert_eq!(hook.command().as_str(), "State.StateChange");
//!         Ok::<_, std::convert::Infallible>(Reply::from(Ack::ok()).into_response::<Full<Bytes>>())
//!     },
//! ));
//!
//! let webhook = |app| {
//!     Request::post(format!("/im?SdkAppid={app}&CallbackCommand=State.StateChange"))
//!         .body(Full::from(r#"{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}"#))
//! };
//! assert_eq!(service.clone().oneshot(webhook(1400000000)?).await?.status(), StatusCode::OK);
//! assert_eq!(service.clone().oneshot(webhook(7)?).await?.status(), StatusCode::FORBIDDEN);
//! # Ok(())
//! # }
//! ```
//!
//! # Placement in a stack
//!
//! * Outside of layers that require the user's own credentials: Tencent's servers have none. An auth layer goes around
//!   the rest of the app, inside of this layer or beside it.
//! * Inside of layers that limit connections and time: this layer waits for the body as long as the connection lasts.
//! * The inner service is called on the very instance that was polled ready, so its place in a `ConcurrencyLimit` or a
//!   `Buffer` is taken while the body comes in. Put such a limit outside of this layer if slow senders must not hold
//!   places.

mod body;
mod config;
mod future;
#[expect(clippy::module_inception, reason = "the quartet of Tower: layer, service, future, body")]
mod layer;
mod service;

pub use self::{body::WebhookBody, future::ResponseFuture, layer::WebhookLayer, service::WebhookService};
