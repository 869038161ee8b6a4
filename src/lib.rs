//! Tower middleware that receives the webhooks of Tencent Cloud Chat (即时通信 IM) and its sister products: verified,
//! bounded, typed.
//!
//! [`WebhookLayer`] stands in front of any `http` service. It proves that a webhook is for this app, genuine and fresh,
//! before it reads a byte of the body; reads the body with a limit; makes one typed [`Event`] of it; and hands it to
//! the inner service as a [`Webhook`] in the request's extensions. It owns no server, no runtime and no socket.
//!
//! ```
//! use axum::{Router, routing::post};
//! use tower_tencent_webhook::{Ack, App, Event, Webhook, WebhookLayer};
//!
//! async fn receive(hook: Webhook) -> Ack {
//!     match hook.event() {
//!         Event::FollowAfterFollowDelete(event) => println!("{} left {:?}", event.from_account, event.to_account),
//!         other => println!("{} is not for us", other.command()),
//!     }
//!     Ack::ok()
//! }
//!
//! let app: Router = Router::new()
//!     .route("/im", post(receive))
//!     .layer(WebhookLayer::new(App::signed(1400000000, "token of the console")?).path("/im"));
//! # Ok::<(), tower_tencent_webhook::ConfigError>(())
//! ```
//!
//! # Where things are
//!
//! | to … | see |
//! |---|---|
//! | put it in front of a service | [`WebhookLayer`] and [`layer`] |
//! | check and parse without Tower | [`Receiver`] |
//! | give each event a typed handler | [`WebhookRouter`] and [`router`] |
//! | find an event and its fields | [`event`] and [`Event`] |
//! | answer | [`Ack`] after something happened, [`Verdict`] before it does |
//! | know why something is refused | [`Rejection`] and [`RejectionKind`] |
//!
//! # Features
//!
//! None is on by default.
//!
//! * **`axum`**: [`Webhook`] as an argument of axum's handlers, answers as its responses. For apps on axum.
//! * **`tokio`**: deadlines of handlers, and handlers that run behind: `WebhookRouter::deadline`, `ack_first`, `drain`.
//! * **`tracing`**: a span for each webhook, an event for each refusal.
//! * **`metrics`**: counters by command and outcome, a histogram of handling time, a gauge of handlers that run behind.
//! * **`schemars`**: JSON Schema of all events and verdicts, for teams in other languages.
//! * **`signer`**: makes genuine webhook requests. For your tests.
//!
//! # What the signature covers
//!
//! `Sign` is made of the token and the time. **It covers neither the body nor the command**: whoever sees one URL can
//! send any body until the window closes, one minute later. So keep the URL secret, receive over TLS, keep the
//! [window](WebhookLayer::tolerance) as small as the clocks allow, and look an event up through the REST API before you
//! act on something precious.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc(test(attr(deny(warnings), allow(unused))))]

mod app;
mod command;
mod dedup;
pub mod event;
#[cfg(feature = "axum")]
pub mod extract;
pub mod layer;
pub mod message;
mod observe;
mod policy;
mod query;
mod receiver;
mod rejection;
mod reply;
pub mod router;
#[cfg(feature = "schemars")]
pub mod schema;
#[cfg(feature = "signer")]
pub mod signer;
pub mod verdict;
mod webhook;
mod wire;

pub use self::{
    app::{App, ConfigError, SdkAppId},
    command::{Command, Phase},
    event::{Event, WebhookEvent},
    layer::{WebhookBody, WebhookLayer, WebhookService},
    message::MsgElem,
    policy::Policy,
    receiver::Receiver,
    rejection::{Rejection, RejectionKind},
    reply::{Ack, Reply},
    router::{OnError, WebhookRouter},
    verdict::{FriendVerdict, Verdict, VerdictError},
    webhook::{Platform, Webhook, WebhookContext},
    wire::{UnixMillis, UnixSeconds},
};
