//! The Tower middleware: intercepts the POSTs that are webhooks, verifies and parses them, and passes them on.
//!
//! Requests that are not POSTs, or not on the [path](WebhookLayer::path), reach the inner service unchanged. All others
//! go through these steps:
//!
//! 1. The URL and its signature are verified, before any of the body is read, and so is that the command is
//!    [allowed](WebhookLayer::allow_commands). Only if it is not, but the body has at most two bytes, are these read: it
//!    may be the console's check of the URL.
//! 2. A `Content-Length` above the [limit](WebhookLayer::max_body) is rejected.
//! 3. The body is read, and rejected if it exceeds the limit. A body of one frame is not copied.
//! 4. The body is parsed into an event, and the inner service is called with a `Webhook<Event>` in the request's
//!    extensions. The method, URI, headers, other extensions, body and trailers are unchanged.
//!
//! With the feature `rtc`, the callbacks of the RTC Engine come in at the same URL, if an app
//! [has them](crate::App). A request with a header `SdkAppId` or `Sign`, and no command in its URL, is one; what its
//! body says makes no difference. Its signature covers the body, so the order is another one:
//!
//! 1. The headers are checked: the app is configured, and `Sign` is the Base64 of 32 bytes.
//! 2. A `Content-Length` above the limit is rejected, and the body is read up to the limit, which is 1 MiB by default.
//! 3. The signature of the body is verified, against each of the app's keys. Until here a rejection is just that.
//! 4. The body is parsed, and the inner service called. Whatever it answers with status 200 becomes `{"code":0}`, the
//!    answer of that wire format.
//!
//! The layer answers a rejected webhook itself, and never calls the inner service. If it was verified, the answer is
//! the [`FailurePolicy`](crate::FailurePolicy)'s, as it is if the inner service fails or its status is not 200.
//! The console's [check of the URL](crate::RejectionKind::UrlCheck) is answered with HTTP 200. An answer before the end
//! of the body says `Connection: close` over HTTP/1: a server that does not read a body closes the connection, and a
//! proxy that kept it would send the next webhook to nobody.
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
//! * Put this layer outside the service that takes the webhooks. axum drops the layers of a nested router's default
//!   fallback: below `nest`, give that router a route. A webhook that no service takes is
//!   [reported](crate::router#placement-in-a-stack).
//! * Put this layer outside layers that require user credentials, because Tencent's servers have none. An auth layer
//!   goes around the rest of the app, inside this layer or beside it.
//! * Put this layer inside layers that limit connections and time, because it waits for the body as long as the
//!   connection lasts.
//! * The instance of the inner service that was polled ready is the one that is called, so it holds its place in a
//!   `ConcurrencyLimit` or a `Buffer` while the body is read. Put such a limit outside this layer if slow senders must
//!   not hold places.

mod body;
mod claim;
mod config;
mod future;
#[expect(clippy::module_inception, reason = "the quartet of Tower: layer, service, future, body")]
mod layer;
mod service;

pub use self::{body::WebhookBody, future::ResponseFuture, layer::WebhookLayer, service::WebhookService};
