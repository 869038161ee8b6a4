//! What the tests of the router share: an app, its genuine webhooks, and their answers.

#![allow(dead_code, unreachable_pub)] // Each test file needs its own part of it.

use std::{
    fmt::Debug,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt};
use tower_tencent_webhook::{
    App, WebhookLayer, WebhookRouter, WebhookService,
    signer::{self, Signer},
};

pub const APP: u64 = 1_400_000_000;
pub const TOKEN: &str = "correct horse battery staple";

/// An after-event.
pub const FOLLOW: &str = "Follow.CallbackAfterFollowAdd";
/// Another after-event.
pub const UNFOLLOW: &str = "Follow.CallbackAfterFollowDelete";
/// A before-event.
pub const MESSAGE: &str = "C2C.CallbackBeforeSendMsg";
/// A before-event that is decided friend by friend.
pub const FRIENDS: &str = "Sns.CallbackPrevFriendAdd";

pub fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

/// The layer of all tests: on `/im`.
pub fn layer() -> WebhookLayer {
    WebhookLayer::new(app()).path("/im")
}

/// The samples of a command, to be changed.
pub fn samples(command: &str) -> Vec<Value> {
    let samples = signer::samples(&command.into()).into_iter();
    samples.map(|body| serde_json::from_slice(body).unwrap()).collect()
}

/// A genuine webhook with the command's first sample.
pub fn genuine(command: &str) -> Request<Full<Bytes>> {
    with_body(command, signer::sample(&command.into()))
}

pub fn with_body(command: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Signer::new(&app()).url("/im").request(command, body, SystemTime::now())
}

/// A request that is no webhook.
pub fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).unwrap()
}

/// The router as an endpoint of its own, behind the layer.
pub fn endpoint(router: &WebhookRouter) -> WebhookService<WebhookRouter> {
    layer().layer(router.clone())
}

/// Status and body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(pub u16, pub Value);

impl Answer {
    pub fn ok() -> Self {
        Self::code(0)
    }

    pub fn code(code: u32) -> Self {
        Self(200, json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": "" }))
    }

    pub fn failed(status: u16, info: &str) -> Self {
        Self(status, json!({ "ActionStatus": "FAIL", "ErrorCode": status, "ErrorInfo": info }))
    }

    /// That of a handler that failed.
    pub fn error() -> Self {
        Self::failed(500, "the handler failed")
    }

    pub async fn read<R>(response: Response<R>) -> Self
    where
        R: Body,
        R::Error: Debug,
    {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        Self(head.status.as_u16(), serde_json::from_slice(&body).unwrap_or_else(|_| text()))
    }
}

/// Calls a service once.
pub async fn send<S, B, R>(service: S, request: Request<B>) -> Answer
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    R: Body,
    R::Error: Debug,
{
    within(async { Answer::read(service.oneshot(request).await.unwrap()).await }).await
}

/// Sends the command's sample to a router.
pub async fn ask(router: &WebhookRouter, command: &str) -> Answer {
    send(endpoint(router), genuine(command)).await
}

/// Guards against a test that hangs; no test measures time by it.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this hangs")
}

/// Whether a handler began, and how it went on.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    began: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Probe {
    /// What a handler holds while it works.
    pub fn begin(&self) -> Working {
        self.began.fetch_add(1, Ordering::SeqCst);
        Working { probe: self.clone(), ended: false }
    }

    /// How many handlers began, came to their end, and were dropped before.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.began.load(Ordering::SeqCst), self.ended.load(Ordering::SeqCst), self.dropped.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
pub struct Working {
    probe: Probe,
    ended: bool,
}

impl Working {
    pub fn end(mut self) {
        self.ended = true;
    }

    /// Never ends.
    pub async fn hang(self) -> ! {
        pending::<()>().await;
        unreachable!()
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let count = if self.ended { &self.probe.ended } else { &self.probe.dropped };
        count.fetch_add(1, Ordering::SeqCst);
    }
}
