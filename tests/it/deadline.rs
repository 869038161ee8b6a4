//! In real time, over TCP: a client that hangs up after two seconds, like Chat, and a deadline shortly before that.

use std::time::{Duration, Instant};

use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tower::Layer;
use tower_tencent_webhook::{
    Ack, BeforeFailure, FailurePolicy, Verdict, Webhook, WebhookRouter,
    event::{c2c, follow},
};

use crate::common::{self, *};

/// How long Chat waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server whose handlers take three seconds.
async fn serve(
    router: WebhookRouter,
    policy: FailurePolicy,
    probe: &Probe,
) -> (std::net::SocketAddr, impl Future<Output = ()>) {
    let work = |probe: &Probe| {
        let running = probe.start();
        async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            running.finish();
        }
    };
    let (after, before) = (probe.clone(), probe.clone());
    let router = router
        .on(move |_: Webhook<follow::AfterFollowAdd>| {
            let work = work(&after);
            async {
                work.await;
                Ack::ok()
            }
        })
        .on(move |_: Webhook<c2c::BeforeSendMsg>| {
            let work = work(&before);
            async {
                work.await;
                Verdict::refuse()
            }
        });
    let drained = router.drain();
    (common::serve(layer().on_failure(policy).layer(router)).await, drained)
}

/// Sends a webhook and hangs up after [`PATIENCE`]: the response, if it came in time.
pub async fn deliver(address: std::net::SocketAddr, command: &str) -> Option<String> {
    let (head, body): (_, Full<_>) = signed_sample(command).into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let request = Request::from_parts(head, ());
    let target = request.uri().to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST {target} HTTP/1.1\r\nhost: im\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    match timeout(PATIENCE, stream.read_to_string(&mut answer)).await {
        Ok(Ok(_)) => Some(answer),
        Ok(Err(error)) => panic!("{error}"),
        Err(_) => None,
    }
}

fn code_of(answer: &str) -> (&str, i64) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    (head.lines().next().unwrap(), body["ErrorCode"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_response_comes_before_the_client_gives_up() {
    let deadline = Duration::from_millis(1800);

    let (after, before) = (Probe::default(), Probe::default());
    let (one, drained) = serve(WebhookRouter::new().deadline(deadline), FailurePolicy::new(), &after).await;
    let (two, _) = serve(WebhookRouter::new().deadline(deadline), common::before(BeforeFailure::Allow), &before).await;
    let start = Instant::now();
    let (acknowledged, allowed) = tokio::join!(deliver(one, FOLLOW), deliver(two, MESSAGE));
    assert!(start.elapsed() >= deadline, "nothing was answered before the deadline");

    assert_eq!(code_of(&acknowledged.expect("it was late")), ("HTTP/1.1 200 OK", 0));
    within(drained).await;
    assert_eq!(after.counts(), (1, 1, 0), "the after-event's handler finished in the background");

    assert_eq!(code_of(&allowed.expect("it was late")), ("HTTP/1.1 200 OK", 0));
    assert_eq!(before.counts(), (1, 0, 1), "the before-event's handler was dropped");
}

/// The handler is dropped with its connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_deadline_the_client_gives_up() {
    let probe = Probe::default();
    let (address, _) = serve(WebhookRouter::new(), FailurePolicy::new(), &probe).await;
    assert_eq!(deliver(address, FOLLOW).await, None);
    within(async {
        while probe.counts() != (1, 0, 1) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_long_deadline_the_handler_outlives_its_client() {
    let probe = Probe::default();
    let router = WebhookRouter::new().deadline(Duration::from_secs(60));
    let (address, drained) = serve(router, FailurePolicy::new(), &probe).await;
    assert_eq!(deliver(address, FOLLOW).await, None);
    within(async {
        while probe.counts() != (1, 1, 0) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    within(drained).await;
}
