//! The layer among others: in stacks of Tower, and in front of axum's handlers.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, load_shed::error::Overloaded};
use tower_http::{
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};
use tower_tencent_webhook::{
    Ack, BeforeFailure, Command, Event, Phase, RejectionKind, Reply, SignalAnswer, Verdict, Webhook,
    event::{c2c, follow, group, state},
    extract::WebhookRejection,
};

use crate::common::{self, *};

/// A signed webhook with another body.
fn signed_with_body<B>(body: B) -> Request<B> {
    signed().map(|_| body)
}

fn state_change() -> Request<Full<Bytes>> {
    let body = r#"{"Info":{"Action":"Login","To_Account":"ada","Reason":"Register"}}"#;
    signer().request("State.StateChange", body, SystemTime::now())
}

fn message() -> Request<Full<Bytes>> {
    let body = r#"{"From_Account":"ada","To_Account":"linus","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"1_2_3",
                   "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]}"#;
    signer().request("C2C.CallbackBeforeSendMsg", body, SystemTime::now())
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Calls this very instance once it is ready, without waiting for its response.
async fn call_once_ready<S, B>(service: &mut S, request: Request<B>) -> S::Future
where
    S: Service<Request<B>, Error: std::fmt::Debug>,
{
    poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
    service.call(request)
}

// Tower's contract.

/// Panics if it is called without having been polled ready: a clone of it has not been.
#[derive(Debug, Default)]
struct Probe {
    ready: bool,
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl<B> Service<Request<B>> for Probe {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        assert!(mem::take(&mut self.ready), "called without having been polled ready");
        ready(Ok(Reply::from(Ack::ok()).into_response()))
    }
}

#[test]
#[should_panic(expected = "called without having been polled ready")]
fn the_readiness_check_works() {
    let mut probe = Probe { ready: true };
    drop(Service::<Request<()>>::call(&mut probe.clone(), Request::default()));
    drop(Service::<Request<()>>::call(&mut probe, Request::default()));
}

#[tokio::test]
async fn the_instance_polled_ready_is_the_one_called() {
    let mut service = layer().layer(Probe::default());
    for (request, status) in [
        (signed(), 200),
        (signed(), 200),
        (Request::new(Full::default()), 200),
        (forged(), 401),
        (forged(), 401),
        (signed(), 200),
        (common::post(signed_uri(), "nonsense"), 400),
        (Request::new(Full::default()), 200),
        (signed(), 200),
    ] {
        let response = call_once_ready(&mut service, request).await.await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn the_instance_polled_ready_is_called_while_several_bodies_arrive() {
    let mut service = layer().layer(Probe::default());
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let (sender, body) = channel();
        let mut response = Box::pin(call_once_ready(&mut service, signed_with_body(body)).await);
        assert!(poll_once(response.as_mut()).await.is_pending());
        waiting.push((sender, response));
    }
    while let Some((sender, response)) = waiting.pop() {
        sender.send(BODY.into()).unwrap();
        drop(sender);
        assert_eq!(within(response).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn the_instance_polled_ready_is_called_behind_a_server_and_a_buffer() {
    let server = serve(layer().layer(Probe::default())).await;
    let buffered = ServiceBuilder::new().buffer(4).layer(layer()).service(Probe::default());
    for (request, status) in [(signed(), 200), (forged(), 401), (signed(), 200)] {
        assert_eq!(fetch(server, request.clone()).await.status(), status);
        assert_eq!(call(buffered.clone(), request).await.status(), status);
    }
}

#[tokio::test]
async fn the_inner_services_errors_pass_through() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Mine {
        NotReady,
        Failed,
    }

    #[derive(Clone)]
    struct Failing(Result<(), Mine>);

    impl<B> Service<Request<B>> for Failing {
        type Response = Response<Full<Bytes>>;
        type Error = Mine;
        type Future = Ready<Result<Self::Response, Mine>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Mine>> {
            Poll::Ready(self.0)
        }

        fn call(&mut self, _: Request<B>) -> Self::Future {
            ready(Err(Mine::Failed))
        }
    }

    let fails = layer().layer(Failing(Ok(())));
    assert_eq!(fails.clone().oneshot(signed()).await.unwrap_err(), Mine::Failed);
    assert_eq!(fails.clone().oneshot(Request::new(Full::default())).await.unwrap_err(), Mine::Failed);
    assert_eq!(fails.oneshot(forged()).await.unwrap().status(), 401);
    let not_ready = layer().layer(Failing(Err(Mine::NotReady)));
    assert_eq!(not_ready.oneshot(signed()).await.unwrap_err(), Mine::NotReady);
}

// With other layers.

#[tokio::test]
async fn two_layers_may_have_a_path_each() {
    let inner = Inner::default();
    let service = ServiceBuilder::new().layer(layer()).layer(layer().path("/im2")).service(inner.clone());
    assert_eq!(call(service.clone(), signed()).await.status(), 200);
    assert_eq!(call(service.clone(), common::post(signed_uri().replace("/im?", "/im2?"), BODY)).await.status(), 200);
    assert!(inner.take_seen().iter().all(|seen| seen.hook().body() == BODY));
    assert_eq!(call(service.clone(), forged()).await.status(), 401);
    assert_eq!(call(service, common::post("/im2", BODY)).await.status(), 400);
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn a_trace_layer_may_be_on_either_side() {
    let inner = Inner::default();
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(layer())
        .layer(TraceLayer::new_for_http())
        .service(inner.clone());
    assert_eq!(call(service.clone(), signed()).await.body, OK);
    let answer = call(service.clone(), forged()).await;
    assert_eq!(answer.rejection().kind(), RejectionKind::InvalidSign, "an outer layer can see why");
    assert_eq!(fetch(serve(service).await, signed()).await.body, OK);
    assert_eq!(inner.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_the_layer_covers_the_body() {
    let inner = Inner::default();
    let service = ServiceBuilder::new()
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(2)))
        .layer(layer())
        .service(inner.clone());
    let (_sender, body) = channel();
    assert_eq!(call(service.clone(), signed_with_body(body)).await.status(), 408);
    let (sender, body) = channel();
    sender.send(BODY.into()).unwrap();
    drop(sender);
    assert_eq!(call(service, signed_with_body(body)).await.status(), 200);
    assert_eq!(inner.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_timeout_is_a_failed_body() {
    let inner = Inner::default();
    let service = ServiceBuilder::new()
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(2)))
        .layer(layer())
        .service(inner.clone());
    let (sender, body) = channel();
    sender.send("{".into()).unwrap();
    let answer = call(service, signed_with_body(body)).await;
    assert_eq!((answer.status(), answer.rejection().kind()), (400, RejectionKind::BodyFailed));
    assert_eq!(inner.calls(), 0);
}

#[tokio::test]
async fn an_inner_concurrency_limit_is_held_while_a_body_arrives() {
    let inner = Inner::default();
    let service = layer().layer(ServiceBuilder::new().concurrency_limit(1).service(inner.clone()));
    let (sender, body) = channel();
    let mut first = Box::pin(service.clone().oneshot(signed_with_body(body)));
    assert!(poll_once(first.as_mut()).await.is_pending());
    let (other_sender, other_body) = channel();
    drop(other_sender);
    let mut second = Box::pin(service.clone().oneshot(Request::new(other_body)));
    assert!(poll_once(second.as_mut()).await.is_pending());
    assert_eq!(inner.calls(), 0);

    sender.send(BODY.into()).unwrap();
    drop(sender);
    assert_eq!(within(&mut first).await.unwrap().status(), 200);
    drop(first);
    assert_eq!(within(second).await.unwrap().status(), 200);
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn an_inner_concurrency_limit_is_released_when_a_body_is_rejected_or_dropped() {
    let inner = Inner::default();
    let mut service = layer().layer(ServiceBuilder::new().concurrency_limit(1).service(inner.clone()));
    for request in [common::post(signed_uri(), "nonsense"), signed()] {
        let response = within(async { call_once_ready(&mut service, request).await.await }).await.unwrap();
        assert!([200, 400].contains(&response.status().as_u16()));
        let (_sender, body) = channel();
        let mut dropped = Box::pin(service.clone().oneshot(signed_with_body(body)));
        assert!(poll_once(dropped.as_mut()).await.is_pending());
    }
    assert_eq!(within(service.oneshot(signed())).await.unwrap().status(), 200);
    assert_eq!(inner.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_inner_concurrency_limit_is_released_when_a_url_is_rejected() {
    let mut service = layer().layer(ServiceBuilder::new().concurrency_limit(1).service(Inner::default()));
    let response = call_once_ready(&mut service, forged()).await.await.unwrap();
    assert_eq!(response.status(), 401);
    // The instance that rejected it lives on, as that of a connection does, and must not keep the only permit.
    assert_eq!(call(service.clone(), signed()).await.status(), 200);
    drop(service);
}

#[tokio::test]
async fn load_can_be_shed_outside_the_layer() {
    let inner = Inner::default();
    let service = ServiceBuilder::new().load_shed().concurrency_limit(1).layer(layer()).service(inner.clone());
    let (sender, body) = channel();
    let mut first = Box::pin(service.clone().oneshot(signed_with_body(body)));
    assert!(poll_once(first.as_mut()).await.is_pending());
    let (_sender, body) = channel();
    let shed = within(service.clone().oneshot(signed_with_body(body))).await.unwrap_err();
    assert!(shed.is::<Overloaded>());

    sender.send(BODY.into()).unwrap();
    drop(sender);
    assert_eq!(within(first).await.unwrap().status(), 200);
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn load_can_be_shed_inside_the_layer() {
    let inner = Inner::default();
    let service = layer().layer(ServiceBuilder::new().load_shed().concurrency_limit(1).service(inner.clone()));
    let (_sender, body) = channel();
    let mut first = Box::pin(service.clone().oneshot(signed_with_body(body)));
    assert!(poll_once(first.as_mut()).await.is_pending());
    let (sender, body) = channel();
    sender.send(BODY.into()).unwrap();
    drop(sender);
    let shed: BoxError = within(service.oneshot(signed_with_body(body))).await.unwrap_err();
    assert!(shed.is::<Overloaded>());
    assert_eq!(inner.calls(), 0);
}

#[tokio::test]
async fn buffers_may_be_on_both_sides() {
    let inner = Inner::default();
    let service = ServiceBuilder::new().buffer(2).layer(layer()).buffer(2).service(inner.clone());
    for (request, status) in [(signed(), 200), (forged(), 401), (Request::new(Full::default()), 200)] {
        assert_eq!(call(service.clone(), request).await.status(), status);
    }
    assert_eq!(inner.calls(), 2);
}

// axum.

fn hello() -> Router {
    Router::new()
        .route(
            "/hello",
            get(async || "hello").post(async |headers: HeaderMap, body: String| {
                format!("{} {body}", headers["x-name"].to_str().unwrap())
            }),
        )
        .fallback(async || (StatusCode::NOT_FOUND, "nothing here"))
}

async fn unfollowed(hook: Webhook<follow::AfterFollowDelete>) -> Ack {
    assert_eq!(hook.from_account, "ada");
    Ack::ok()
}

#[tokio::test]
async fn other_routes_of_an_axum_app_are_unchanged() {
    let app = hello().route("/im", post(unfollowed)).layer(layer());
    assert_eq!(call(app.clone(), signed()).await.body, OK);
    assert_eq!(call(app.clone(), forged()).await.rejection().kind(), RejectionKind::InvalidSign);

    let server = serve(app.clone()).await;
    for request in [
        (Request::get("/hello").body(Full::default()), 200, "hello"),
        (Request::post("/hello").header("x-name", "ada").body(Full::from("says hello")), 200, "ada says hello"),
        (Request::post("/nowhere").body(Full::default()), 404, "nothing here"),
        (Request::get("/im").body(Full::<Bytes>::default()), 405, ""),
    ] {
        let (request, status, body) = (request.0.unwrap(), request.1, request.2);
        let answer = call(app.clone(), request.clone()).await;
        assert_eq!((answer.status(), &answer.body[..]), (status, body.as_bytes()));
        let answer = fetch(server, request).await;
        assert_eq!((answer.status(), &answer.body[..]), (status, body.as_bytes()));
    }
    assert_eq!(fetch(server, signed()).await.body, OK);
    assert_eq!(fetch(server, forged()).await.status(), 401);
}

#[tokio::test]
async fn the_layer_may_wrap_a_single_axum_route() {
    let inner = Inner::default();
    let app = hello().route_service("/im", layer().layer(inner.clone()));
    assert_eq!(call(app.clone(), signed()).await.body, OK);
    assert_eq!(call(app.clone(), forged()).await.rejection().kind(), RejectionKind::InvalidSign);
    assert_eq!(inner.calls(), 1);
    let hello = Request::get("/hello").body(Full::<Bytes>::default()).unwrap();
    assert_eq!(call(app, hello).await.body, "hello");
}

#[tokio::test]
async fn inside_a_nested_router_the_path_has_lost_its_prefix() {
    let app = Router::new().nest("/hooks", Router::new().route("/im", post(unfollowed)).layer(layer()));
    let request = |uri: String| common::post(uri, BODY);
    assert_eq!(call(app.clone(), request(format!("/hooks{}", signed_uri()))).await.body, OK);
    assert_eq!(call(app.clone(), request("/hooks/im".to_owned())).await.status(), 400);
    assert_eq!(call(app, request(signed_uri())).await.status(), 404);
}

#[tokio::test]
async fn an_axum_handler_can_extract_a_webhook() {
    async fn any(State(name): State<&'static str>, hook: Webhook, body: Bytes) -> String {
        assert_eq!(hook.body(), &body, "the raw body is there for others");
        assert!(matches!(hook.event(), Event::FollowAfterFollowDelete(_)));
        format!("{name} got {}", hook.context().command())
    }

    let app = Router::new().route("/im", post(any)).layer(layer()).with_state("bob");
    assert_eq!(call(app, signed()).await.body, format!("bob got {COMMAND}"));
    let app = Router::new().route("/im", post(unfollowed)).layer(layer());
    assert_eq!(call(app, signed()).await.body, OK);
}

#[tokio::test]
async fn extracting_a_webhook_without_the_layer_is_a_404() {
    // No layer, a layer on another path, and a method that webhooks do not have.
    let without = Router::new().route("/im", post(unfollowed));
    let elsewhere = without.clone().layer(layer().path("/elsewhere"));
    let put = Router::new().route("/im", axum::routing::put(unfollowed)).layer(layer());
    let mut put_request = signed();
    *put_request.method_mut() = http::Method::PUT;
    for (app, request) in [(without, signed()), (elsewhere, signed()), (put, put_request)] {
        let answer = call(app, request).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.head.headers["content-type"], "application/json");
        let info = error_info(&answer.body, 404);
        assert_eq!(info, WebhookRejection::MissingWebhook.to_string());
    }
}

#[tokio::test]
async fn an_event_that_no_handler_takes_is_let_be() {
    let app = Router::new().route("/im", post(unfollowed)).layer(layer());
    for request in [state_change(), signed_sample("Live.CallbackBeforeSendGift")] {
        let answer = call(app.clone(), request).await;
        assert_eq!(answer.head.headers["content-type"], "application/json");
        assert_eq!(answer.json(), ok());
    }
}

/// The compiler cannot know which event a webhook has.
#[tokio::test]
async fn the_answer_to_another_event_is_a_failure() {
    async fn ack(_: Webhook) -> Ack {
        Ack::ok()
    }
    async fn discard(_: Webhook) -> Verdict<group::BeforeSendMsg> {
        Verdict::discard()
    }
    async fn signal(_: Webhook) -> SignalAnswer {
        SignalAnswer::text("hi")
    }

    const GROUP: &str = "Group.CallbackBeforeSendMsg";
    const SIGNAL: &str = "Chatbot.OnC2CSignalMessage";
    let wrong = error(500, "the webhook was answered with what is no answer to its event");
    for command in Command::ALL {
        let handlers = [
            (post(ack), command.phase() == Phase::After),
            (post(discard), command == GROUP),
            (post(signal), command == SIGNAL),
        ];
        for (handler, fits) in handlers {
            let app = Router::new().route("/im", handler);
            let answer = send(layer().layer(app.clone()), signed_sample(command.as_str())).await;
            assert!(if fits { answer.0 == 200 } else { answer == wrong }, "{command}: {answer:?}");
            if !fits && command.phase() == Phase::Before && !command.as_str().starts_with("Sns.") {
                let refuses = layer().on_failure(before(BeforeFailure::Refuse)).layer(app);
                assert_eq!(send(refuses, signed_sample(command.as_str())).await, code(1));
            }
        }
    }
}

#[tokio::test]
async fn an_axum_handler_can_take_the_extractors_rejection() {
    type Extracted<E> = Result<Webhook<E>, WebhookRejection>;

    async fn either(follow: Extracted<follow::AfterFollowDelete>, state: Extracted<state::StateChange>) -> String {
        let follow = follow.map(|hook| hook.from_account.clone());
        let state = state.map(|hook| hook.info.to_account.clone());
        match (follow, state) {
            (Ok(follower), Err(WebhookRejection::MissingWebhook)) => format!("{follower} unfollowed, and is taken"),
            (Err(WebhookRejection::OtherEvent { found }), Ok(user)) => format!("{user} is here, by {found}"),
            other => format!("{other:?}"),
        }
    }

    let app = Router::new().route("/im", post(either)).layer(layer());
    assert_eq!(call(app.clone(), signed()).await.body, "ada unfollowed, and is taken");
    assert_eq!(call(app, state_change()).await.body, "ada is here, by State.StateChange");
}

/// For a handler that also serves other requests.
#[tokio::test]
async fn an_axum_handler_can_extract_an_optional_webhook() {
    async fn either(hook: Option<Webhook<follow::AfterFollowDelete>>) -> String {
        hook.map_or("no webhook".to_owned(), |hook| hook.from_account.clone())
    }

    let app = Router::new().route("/im", post(either)).route("/other", post(either)).layer(layer());
    assert_eq!(call(app.clone(), signed()).await.body, "ada");
    assert_eq!(call(app.clone(), common::post("/other", BODY)).await.body, "no webhook");
    // An event that it does not take is let be, as by any handler.
    assert_eq!(call(app, state_change()).await.json(), ok());
}

#[tokio::test]
async fn replies_are_axum_responses() {
    async fn refuse(hook: Webhook<c2c::BeforeSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
        assert_eq!(hook.to_account, "linus");
        Verdict::refuse()
    }

    async fn explain(_: Webhook<c2c::BeforeSendMsg>) -> Result<Verdict<c2c::BeforeSendMsg>, StatusCode> {
        Verdict::refuse_with(120_001, "no hellos").map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    async fn reply(_: Webhook) -> Reply {
        Verdict::<c2c::BeforeSendMsg>::allow().into()
    }

    for (handler, body) in [
        (post(refuse), r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#),
        (post(explain), r#"{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":"no hellos"}"#),
        (post(reply), OK),
    ] {
        let answer = call(Router::new().route("/im", handler).layer(layer()), message()).await;
        assert_eq!((answer.status(), &answer.body[..]), (200, body.as_bytes()));
        assert_eq!(answer.head.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_rejection_is_an_axum_response() {
    let (head, _) = forged().into_parts();
    let rejection = tower_tencent_webhook::Receiver::new(app()).verify(&head, SystemTime::now()).unwrap_err();
    let answer = Answer::read(rejection.into_response::<axum::body::Body>()).await;
    let (head, _) = forged().into_parts();
    let rejection = tower_tencent_webhook::Receiver::new(app()).verify(&head, SystemTime::now()).unwrap_err();
    let same = Answer::read(IntoResponse::into_response(rejection)).await;
    for answer in [answer, same] {
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.head.headers["content-type"], "application/json");
        assert_eq!(error_info(&answer.body, 401), answer.rejection().to_string());
    }
}
