//! Tower middleware that receives the webhooks of Tencent Cloud Chat (即时通信 IM) and its sister products, and the
//! callbacks of the RTC Engine (实时音视频 TRTC): verified, bounded, typed.
//!
//! [`WebhookLayer`] goes in front of any `http` service. It verifies that a webhook is for this app, genuine and fresh,
//! before it reads a byte of the body; reads the body up to a limit; parses it into one typed [`Event`]; and passes it to
//! the inner service as a [`Webhook`] in the request's extensions. It owns no server, no runtime and no socket.
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
//!     .layer(WebhookLayer::new(App::signed(1400000000, "token of the console")?).path("/im"));
//! # Ok::<(), tower_tencent_webhook::ConfigError>(())
//! ```
//!
//! # Where things are
//!
//! | to … | see |
//! |---|---|
//! | put it in front of a service | [`WebhookLayer`] and [`layer`] |
//! | check and parse without Tower, or without the `http` crate | [`Receiver`] |
//! | receive the webhooks of apps that come and go | [`WebhookLayer::from_lookup`] |
//! | give each event a typed handler, with the app's state | [`WebhookRouter`] and [`router`] |
//! | handle a command that has no type here yet | [`WebhookRouter::on_command`] |
//! | handle webhooks without HTTP: from a queue, in another framework | [`WebhookRouter::handle`], [`FailurePolicy::reply`] |
//! | find an event and its fields | [`event`] and [`Event`] |
//! | answer | [`Ack`] after something has happened, [`Verdict`] before it does, [`SignalAnswer`] to a chatbot's signal, [`Reply`] to anything |
//! | find out why something is rejected | [`Rejection`] and [`RejectionKind`] |
//! | decide what happens if something fails | [`FailurePolicy`] |
//! | recognise repeated deliveries | [`Webhook::identity`] and [`repeats`] |
//! | see what of a body had to be dropped | [`Webhook::drift`] |
//! | acknowledge an event once an engine has it | [`WebhookRouter::hand_off`] |
//! | keep webhooks in a queue, and handle them later | [`Webhook`](Webhook#later-from-a-queue), `CloudEvent` |
//! | test a handler | `signer` |
//! | know what the crate protects, and what it cannot | [Security](_documentation::security) |
//! | see what has changed | [Changelog](_documentation::changelog) |
//!
//! # Features
//!
//! None is on by default.
//!
//! * **`axum`**: [`Webhook`] as an argument of axum handlers, answers as axum responses, axum's extractors as arguments
//!   of the router's handlers. For apps on axum.
//! * **`tokio`**: deadlines for handlers, handlers in the background, and answers that are withheld:
//!   `WebhookRouter::deadline`, `ack_first`, `drain`, `AfterFailure::Withhold`.
//! * **`cloudevents`**: webhooks as CloudEvents, to be handed to an engine or kept in a file: `Webhook::cloud_event`.
//! * **`tracing`**: a span for each webhook, an event for each rejection.
//! * **`metrics`**: counters by command and outcome, histograms of durations and of age, gauges of what is limited; their
//!   names are in `metrics`.
//! * **`rtc`**: the callbacks of the RTC Engine, behind the same layer; their typed events are in `rtc`.
//! * **`schemars`**: JSON Schema of all events and verdicts, for teams in other languages.
//! * **`signer`**: genuine webhooks and requests, for your tests.
//!
//! # Errors and panics
//!
//! What comes from outside gives an error: a token that is too long is a [`ConfigError`], a webhook that is not one a
//! [`Rejection`]. A mistake in the code that sets things up panics, with a message: a path without a slash, a second
//! handler for one event, a second app with one id. For a path and apps that come from a configuration there are
//! [`try_path`](WebhookLayer::try_path), [`try_app`](WebhookLayer::try_app) and [`from_apps`](WebhookLayer::from_apps).
//!
//! # What the signature covers
//!
//! `Sign` is computed from the token and the time only. **It covers neither the body nor the command**: anyone who sees one
//! URL can send any body until the window closes, a minute later. So keep the URL secret, serve over TLS, keep the
//! [window](WebhookLayer::tolerance) as small as the clocks allow, and look an event up through the REST API before you
//! act on something valuable.
//!
//! A callback of the RTC Engine is signed the other way round: the signature covers its body, and nothing else. See
//! [Security](_documentation::security).

#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc(test(attr(deny(warnings), allow(unused))))]

mod app;
mod apps;
mod catalogue;
#[cfg(feature = "cloudevents")]
mod cloud_event;
mod command;
mod config;
pub mod event;
#[cfg(feature = "axum")]
pub mod extract;
mod failure;
mod identity;
pub mod layer;
pub mod message;
#[cfg(feature = "metrics")]
pub mod metrics;
mod observe;
mod panic;
#[cfg(feature = "tokio")]
mod places;
mod platform;
mod policy;
mod query;
mod random;
mod receiver;
mod rejection;
pub mod repeats;
mod reply;
pub mod router;
#[cfg(feature = "rtc")]
pub mod rtc;
#[cfg(feature = "schemars")]
pub mod schema;
#[cfg(feature = "signer")]
pub mod signer;
mod stored;
mod taken;
pub mod verdict;
mod webhook;
mod wire;

/// Documents of the repository. There is no code here, and nothing to import.
#[cfg(doc)]
pub mod _documentation {
    #[doc = include_str!("../CHANGELOG.md")]
    pub mod changelog {}

    #[doc = include_str!("../SECURITY.md")]
    pub mod security {}
}

#[cfg(feature = "cloudevents")]
#[doc(inline)]
pub use self::cloud_event::{CloudEvent, CloudEventError};
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use self::router::Late;
#[doc(inline)]
pub use self::{
    app::App,
    command::{Command, Phase},
    config::{ConfigError, SdkAppId},
    event::{Event, WebhookEvent},
    failure::{AfterFailure, BeforeFailure, Failure, FailureCause, FailurePolicy},
    identity::Identity,
    layer::{WebhookBody, WebhookLayer, WebhookService},
    message::MsgElem,
    platform::Platform,
    policy::Policy,
    receiver::Receiver,
    rejection::{Rejection, RejectionKind},
    reply::{Ack, Reply, SignalAnswer},
    router::WebhookRouter,
    verdict::{FriendVerdict, Verdict, VerdictError},
    webhook::{Drift, Webhook, WebhookContext},
    wire::{UnixMillis, UnixSeconds},
};
