//! What comes back.

use std::fmt::Debug;

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt};
use tower_tencent_webhook::{
    BeforeFailure, FailurePolicy, Rejection, RejectionKind, Webhook, WebhookLayer, WebhookRouter, WebhookService,
};

use super::{BoxError, FRIENDS, Inner, Seen, fetch, layer, samples_of, serve, signed_sample, within};

/// The body of `Ack::ok()`, and of a verdict that allows.
pub const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// A response, its body read.
#[derive(Debug)]
pub struct Answer {
    pub head: http::response::Parts,
    pub body: Bytes,
}

impl Answer {
    pub async fn read<R>(response: Response<R>) -> Self
    where
        R: Body,
        R::Error: Debug,
    {
        let (head, body) = response.into_parts();
        Self { head, body: body.collect().await.unwrap().to_bytes() }
    }

    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// The status, and the body as JSON: as a string where it is not JSON.
    pub fn json(&self) -> (u16, Value) {
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        (self.status(), serde_json::from_slice(&self.body).unwrap_or_else(|_| text()))
    }

    #[track_caller]
    pub fn rejection(&self) -> &Rejection {
        self.head.extensions.get().expect("no rejection in the response's extensions")
    }
}

/// [`Answer::json`] of an `Ack`, and of a verdict that allows.
pub fn ok() -> (u16, Value) {
    code(0)
}

/// [`Answer::json`] of a verdict with this code.
pub fn code(code: u32) -> (u16, Value) {
    (200, json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": "" }))
}

/// [`Answer::json`] of an error response.
pub fn error(status: u16, info: &str) -> (u16, Value) {
    (status, json!({ "ActionStatus": "FAIL", "ErrorCode": status, "ErrorInfo": info }))
}

/// [`Answer::json`] of a handler that failed.
pub fn handler_failed() -> (u16, Value) {
    error(500, "the handler failed")
}

/// [`Answer::json`] of a handler that exceeded its deadline.
pub fn late() -> (u16, Value) {
    error(503, "the handler took too long")
}

/// [`Answer::json`] of the same verdict on each friend of [`FRIENDS`]'s first sample.
pub fn each_friend(code: u32) -> (u16, Value) {
    let friends = samples_of(FRIENDS)[0]["FriendItem"].as_array().unwrap().clone();
    assert!(friends.len() > 1);
    let result = |friend: &Value| json!({ "To_Account": friend["To_Account"], "ResultCode": code, "ResultInfo": "" });
    let results: Vec<_> = friends.iter().map(result).collect();
    (200, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ResultItem": results }))
}

/// The `ErrorInfo` of a body that must be an error response, to the byte.
#[track_caller]
pub fn error_info(body: &[u8], status: u16) -> String {
    let json: Value = serde_json::from_slice(body).expect("an error response is JSON");
    let info = json["ErrorInfo"].as_str().expect("ErrorInfo is a string");
    let quoted = serde_json::to_string(info).unwrap();
    let exactly = format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{status},"ErrorInfo":{quoted}}}"#);
    assert_eq!(String::from_utf8_lossy(body), exactly);
    info.to_owned()
}

/// Calls a service once.
pub async fn call<S, B, R>(service: S, request: Request<B>) -> Answer
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    R: Body,
    R::Error: Debug,
{
    within(async { Answer::read(service.oneshot(request).await.unwrap()).await }).await
}

/// Calls a service once: status and JSON of the response.
pub async fn send<S, B, R>(service: S, request: Request<B>) -> (u16, Value)
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    R: Body,
    R::Error: Debug,
{
    call(service, request).await.json()
}

/// The router as an endpoint of its own, behind the layer.
pub fn endpoint(router: &WebhookRouter) -> WebhookService<WebhookRouter> {
    layer().layer(router.clone())
}

/// Sends the command's first sample to a router.
pub async fn ask(router: &WebhookRouter, command: &str) -> (u16, Value) {
    call(endpoint(router), signed_sample(command)).await.json()
}

/// [`ask`], with a failure policy around the router.
pub async fn ask_under(policy: &FailurePolicy, router: &WebhookRouter, command: &str) -> (u16, Value) {
    send(layer().on_failure(policy.clone()).layer(router.clone()), signed_sample(command)).await
}

/// The policy that answers before-events like this, and rejects after-events.
pub fn before(answer: BeforeFailure) -> FailurePolicy {
    FailurePolicy::new().before(answer)
}

/// What came of a request that was sent through a layer to [`Inner`].
#[derive(Debug)]
pub struct Outcome {
    pub answer: Answer,
    pub calls: usize,
    pub seen: Vec<Seen>,
}

impl Outcome {
    /// What reached the inner service of a webhook that must have been accepted.
    #[track_caller]
    pub fn accepted(mut self) -> Seen {
        assert_eq!(self.answer.status(), 200, "{:?}", self.answer.body);
        assert_eq!(self.answer.body, OK);
        assert_eq!((self.calls, self.seen.len()), (1, 1));
        self.seen.remove(0)
    }

    /// The `ErrorInfo` of a webhook that must have been rejected for this reason.
    #[track_caller]
    pub fn rejected(self, status: u16, kind: RejectionKind) -> String {
        assert_eq!(self.answer.status(), status, "{:?}", self.answer.body);
        assert_eq!(self.answer.head.headers[CONTENT_TYPE], "application/json");
        assert_eq!(self.answer.rejection().kind(), kind);
        assert_eq!(self.answer.rejection().status().as_u16(), status);
        let info = error_info(&self.answer.body, status);
        assert_eq!(info, self.answer.rejection().to_string());
        assert_eq!(self.calls, 0, "the inner service was called");
        info
    }
}

/// Sends a request through a layer in memory.
pub async fn deliver_in_memory<B>(layer: &WebhookLayer, request: Request<B>) -> Outcome
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Debug,
{
    let inner = Inner::default();
    let answer = call(layer.layer(inner.clone()), request).await;
    Outcome { answer, calls: inner.calls(), seen: inner.take_seen() }
}

/// Sends a request through a layer, in memory and over TCP. Both must have the same outcome.
pub async fn deliver(layer: &WebhookLayer, request: Request<Full<Bytes>>) -> Outcome {
    let memory = deliver_in_memory(layer, request.clone()).await;

    let inner = Inner::default();
    let server = serve(layer.layer(inner.clone())).await;
    let answer = fetch(server, request).await;
    assert_eq!(answer.status(), memory.answer.status());
    assert_eq!(answer.body, memory.answer.body);
    assert_eq!(answer.head.headers.get(CONTENT_TYPE), memory.answer.head.headers.get(CONTENT_TYPE));
    assert_eq!(inner.calls(), memory.calls);
    for (tcp, memory) in inner.take_seen().iter().zip(&memory.seen) {
        assert_eq!(tcp.head.extensions.get::<Webhook>(), memory.head.extensions.get());
        assert_eq!(tcp.body, memory.body);
    }
    memory
}
