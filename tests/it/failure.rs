//! The failure policy: whatever goes wrong with a verified webhook, the app decides the answer.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    task::{Context, Waker},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::{
    Request, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tower::{Layer, Service, service_fn};
use tower_tencent_webhook::{
    Ack, AfterFailure, App, BeforeFailure, FailurePolicy, RejectionKind, Verdict, Webhook, WebhookBody, WebhookEvent,
    WebhookRouter,
    event::{c2c, follow, sns},
    signer::Signer,
};

use crate::common::*;

/// A request whose body breaks off.
fn cut_off(command: &str) -> Request<Body> {
    let (head, _) = signed_sample(command).into_parts();
    Request::from_parts(head, Body::new(Frames::of(["{"]).then_error(std::io::Error::other("reset"))))
}

fn boxed(request: Request<Full<Bytes>>) -> Request<Body> {
    request.map(Body::new)
}

/// Every way in which the body of a verified webhook cannot be read.
pub(crate) fn unreadable(command: &str) -> Vec<(RejectionKind, Request<Body>)> {
    let large = format!(r#"{{"X":"{}"}}"#, "x".repeat(300 * 1024));
    let mut claims = boxed(signed_sample(command));
    claims.headers_mut().insert(CONTENT_LENGTH, "999999999999".parse().unwrap());
    vec![
        (RejectionKind::Malformed, boxed(signed_with(command, "nonsense"))),
        (RejectionKind::Malformed, boxed(signed_with(command, r#"{"From_Account":{}}"#))),
        (RejectionKind::CommandMismatch, boxed(signed_with(command, r#"{"CallbackCommand":"State.StateChange"}"#))),
        (RejectionKind::BodyTooLarge, boxed(signed_with(command, large))),
        (RejectionKind::BodyTooLarge, claims),
        (RejectionKind::BodyFailed, cut_off(command)),
    ]
}

/// The layer with a policy, in front of something that takes any webhook and allows or acknowledges it.
async fn receive(policy: &FailurePolicy, request: Request<Body>) -> Answer {
    let router = WebhookRouter::new().fallback(async |_: Webhook| Ack::ok());
    call(layer().on_failure(policy.clone()).layer(router), request).await
}

/// With a typed handler, a message that cannot be read must not go ahead unmoderated.
#[tokio::test]
async fn a_malformed_message_is_never_allowed_by_silence() {
    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::allow());
    for policy in [FailurePolicy::new(), before(BeforeFailure::Refuse)] {
        for (_, request) in unreadable(MESSAGE) {
            let (status, body) = send(layer().on_failure(policy.clone()).layer(router.clone()), request).await;
            assert!(status != 200 || body["ErrorCode"] == 1, "{status} {body}");
        }
    }
}

/// What is not verified is never answered by the policy, and neither is what the app itself excludes.
#[tokio::test]
async fn the_policy_covers_verified_webhooks_only() {
    let generous = FailurePolicy::new().before(BeforeFailure::Allow).after(AfterFailure::Acknowledge);
    let stranger = Signer::new(&App::signed(APP, "another token").unwrap()).url("/im");
    for command in [MESSAGE, FOLLOW] {
        for body in ["nonsense".to_owned(), samples_of(command)[0].to_string()] {
            let request = stranger.request(command, body, std::time::SystemTime::now());
            assert_eq!(receive(&generous, boxed(request)).await.status(), 401);
        }
        let layer = || layer().on_failure(generous.clone());
        let strict = layer().allow_commands(["State.StateChange"]).layer(WebhookRouter::new());
        assert_eq!(send(strict, signed_sample(command)).await.0, 403);
        let known = layer().on_unknown(tower_tencent_webhook::Policy::Reject).layer(WebhookRouter::new());
        assert_eq!(send(known, signed_with("Moon.CallbackAfterRise", r#"{"Phase":"full"}"#)).await.0, 400);
    }
}

/// Chat looks for each friend's own verdict, and for nothing else. Where it finds none, the request goes ahead.
#[tokio::test]
async fn friend_requests_are_refused_one_by_one_or_not_at_all() {
    async fn ask<E: WebhookEvent>(list: &str, friends: Value) -> (u16, Value) {
        let mut body = samples_of(E::COMMAND.as_str())[0].clone();
        body[list] = friends;
        let policy = before(BeforeFailure::Refuse);
        let router = WebhookRouter::new().fallback(async |_: Webhook| Err::<Ack, _>("no"));
        send(layer().on_failure(policy).layer(router), signed_with(E::COMMAND.as_str(), body.to_string())).await
    }

    for known in [json!([{ "To_Account": "eve" }]), json!([{ "To_Account": "eve", "Remark": {}, "AddWording": 7 }])] {
        let (status, answer) = ask::<sns::PrevFriendAdd>("FriendItem", known).await;
        let result = json!([{ "To_Account": "eve", "ResultCode": 38_000, "ResultInfo": "" }]);
        assert_eq!((status, &answer["ResultItem"]), (200, &result));
    }
    let eve = json!({ "To_Account": "eve" });
    for unknown in [
        Value::Null,
        json!([]),
        json!("eve"),
        json!([{ "UserID": "eve" }]),
        json!([eve, { "To_Account": { "id": "linus" } }]),
        json!([eve, 7]),
        // More oddities than are kept, and a friend behind them.
        Value::from_iter((0..40).map(|_| json!({ "To_Account": "eve", "Remark": {} })).chain([json!(7)])),
    ] {
        assert_eq!(ask::<sns::PrevFriendAdd>("FriendItem", unknown.clone()).await, handler_failed(), "{unknown}");
        let response = ask::<sns::PrevFriendResponse>("ResponseFriendItem", unknown.clone()).await;
        assert_eq!(response, handler_failed(), "{unknown}");
    }
}

/// What Chat would not take for a decision leaves it to the failure policy.
#[tokio::test]
async fn nothing_and_html_decide_nothing() {
    fn service(
        content_type: Option<&'static str>,
        body: &'static str,
    ) -> impl Service<
        Request<WebhookBody<Full<Bytes>>>,
        Response = Response<Full<Bytes>>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send {
        let response = move || {
            let response =
                content_type.into_iter().fold(Response::builder(), |it, value| it.header(CONTENT_TYPE, value));
            response.body(Full::<Bytes>::from(body)).unwrap()
        };
        service_fn(move |_| async move { Ok(response()) })
    }

    let page = "<!doctype html><title>An app</title>";
    for (content_type, body, decides) in [
        (None, "", false),
        (Some("application/json"), "", false),
        (Some("text/html; charset=utf-8"), page, false),
        (Some("Text/HTML"), page, false),
        (None, OK, true),
        (Some("text/plain; charset=utf-8"), OK, true),
        (Some("application/json"), OK, true),
    ] {
        let policy = before(BeforeFailure::Refuse).after(AfterFailure::Reject);
        let decided = layer().on_failure(policy).layer(service(content_type, body));
        let answer = call(decided.clone(), signed_sample(MESSAGE)).await;
        match decides {
            true => assert_eq!(answer.body, OK),
            false => assert_eq!(answer.json(), code(1), "{content_type:?} {body}"),
        }
        // That an after-event has arrived is said by the status alone.
        assert_eq!(call(decided, signed_sample(FOLLOW)).await.body, body);
        let rejects = layer().layer(service(content_type, body));
        assert_eq!(call(rejects, signed_sample(MESSAGE)).await.status(), if decides { 200 } else { 500 });
    }
}

#[tokio::test]
async fn what_succeeds_is_left_alone() {
    let policy = FailurePolicy::new()
        .before_with(|_| -> BeforeFailure { panic!("nothing failed") })
        .after_with(|_| -> AfterFailure { panic!("nothing failed") });
    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    assert_eq!(ask_under(&policy, &router, MESSAGE).await, code(1));
    assert_eq!(ask_under(&policy, &router, FOLLOW).await, ok(), "nobody handles it");
}

/// The connection survives, and the webhook is rejected.
#[tokio::test]
async fn a_panic_of_the_policy_rejects() {
    let policy = FailurePolicy::new().before_with(|_| panic!("which is what is tested here"));
    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("no"));
    assert_eq!(ask_under(&policy, &router, MESSAGE).await, handler_failed());
}

#[tokio::test(start_paused = true)]
async fn answers_are_withheld_until_the_client_has_hung_up_and_no_more_than_the_limit() {
    let policy = FailurePolicy::new().after(AfterFailure::Withhold).withhold_limit(2);
    let router = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Err::<Ack, _>("no"));
    let service = layer().on_failure(policy).layer(router);
    let ask = || Box::pin(send(service.clone(), signed_sample(FOLLOW)));
    let (mut one, mut two) = (ask(), ask());
    for asking in [&mut one, &mut two] {
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(ask().await, handler_failed(), "both places are taken");
    drop(one);
    let start = tokio::time::Instant::now();
    assert_eq!(ask().await.0, 503, "hanging up frees a place");
    assert_eq!(start.elapsed().as_millis(), 2500);
    drop(two);
}

/// Chat hangs up after two seconds and sends the event once more: it arrives twice, and is handled once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withheld_event_is_sent_again_and_handled_once() {
    let seen: Arc<Mutex<Vec<_>>> = Arc::default();
    let handled: Arc<Mutex<std::collections::HashSet<_>>> = Arc::default();
    let (sees, handles) = (seen.clone(), handled.clone());
    let router = WebhookRouter::new().on(move |hook: Webhook<follow::AfterFollowAdd>| {
        let identity = hook.identity().expect("it says when it happened");
        sees.lock().unwrap().push(identity);
        let first = sees.lock().unwrap().len() == 1;
        let handles = handles.clone();
        async move {
            if first {
                return Err("the database is gone");
            }
            assert!(handles.lock().unwrap().insert(identity));
            Ok(Ack::ok())
        }
    });
    let policy = FailurePolicy::new().after(AfterFailure::Withhold);
    let address = serve(layer().on_failure(policy).layer(router)).await;
    assert_eq!(crate::deadline::deliver(address, FOLLOW).await, None, "Chat hangs up");
    let again = crate::deadline::deliver(address, FOLLOW).await.expect("an answer");
    assert!(again.starts_with("HTTP/1.1 200 OK"), "{again}");
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen[0] == seen[1], handled.lock().unwrap().len()), (2, true, 1));
}

/// A stream that is reset frees its place, and its connection goes on.
///
/// On one thread: once the handler has run, its answer is withheld before anything else happens.
#[tokio::test]
async fn over_http2_a_reset_stream_frees_its_place() {
    let (runs, mut ran) = tokio::sync::mpsc::unbounded_channel();
    let router = WebhookRouter::new().on(move |_: Webhook<follow::AfterFollowAdd>| {
        runs.send(()).unwrap();
        async { Err::<Ack, _>("no") }
    });
    let policy = FailurePolicy::new().after(AfterFailure::Withhold).withhold_limit(1);
    let address = serve(layer().on_failure(policy).layer(router)).await;
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (client, connection) =
        within(hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)).await.unwrap();
    tokio::spawn(connection);
    let ask = || {
        let mut client = client.clone();
        async move { client.send_request(signed_sample(FOLLOW)).await.unwrap().status().as_u16() }
    };
    let first = tokio::spawn(ask());
    within(ran.recv()).await.unwrap();
    assert_eq!(within(ask()).await, 500, "the place is taken");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    // 500 until the reset has arrived, then withheld: 503.
    within(async { while ask().await == 500 {} }).await;
    assert_eq!(within(ask()).await, 503, "the connection goes on");
}

/// Hanging handlers must not keep the places of others for ever.
#[tokio::test(start_paused = true)]
async fn a_timeout_frees_the_places_of_hanging_handlers() {
    let router = WebhookRouter::new()
        .ack_first(2)
        .background_timeout(Duration::from_secs(30))
        .on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { std::future::pending().await });
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(router.background_handlers(), 2);
    assert_eq!(ask(&router, FOLLOW).await, error(503, "too many events are being handled"));
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(router.background_handlers(), 0);
    assert_eq!(ask(&router, FOLLOW).await, ok());
}

#[tokio::test(start_paused = true)]
async fn how_many_late_handlers_run_on_is_bounded() {
    let router = WebhookRouter::new()
        .deadline(Duration::from_secs(1))
        .late_limit(1)
        .on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { std::future::pending().await });
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(ask(&router, FOLLOW).await, error(503, "too many events are being handled"));
    assert_eq!(router.background_handlers(), 1);
}
