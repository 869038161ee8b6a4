//! What `tracing` and `metrics` are told.

mod bodies;

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tower::{Layer, ServiceExt};
use tower_tencent_webhook::{
    Ack, App, Verdict, Webhook, WebhookBody, WebhookLayer, WebhookRouter,
    event::{c2c, follow, sns},
    router::NoBody,
    signer::Signer,
};
use tracing_subscriber::fmt::format::FmtSpan;

const TOKEN: &str = "hunter2";
const UNFOLLOW: (&str, &str) =
    ("Follow.CallbackAfterFollowDelete", r#"{"From_Account":"secret_ada","To_Account":["linus"],"EventTime":1}"#);
const MESSAGE: (&str, &str) = (
    "C2C.CallbackBeforeSendMsg",
    r#"{"From_Account":"secret_ada","To_Account":"grace","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"k","MsgBody":[]}"#,
);

fn app() -> App {
    App::signed(1_400_000_000, TOKEN).unwrap()
}

fn genuine((command, body): (&str, &'static str)) -> Request<Full<Bytes>> {
    Signer::new(&app()).request(command, body, SystemTime::now())
}

fn forged((command, body): (&str, &'static str)) -> Request<Full<Bytes>> {
    Signer::new(&App::signed(1_400_000_000, "a guess").unwrap()).request(command, body, SystemTime::now())
}

fn router() -> WebhookRouter {
    WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok())
        .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("the disk is full"))
        .on(async |_: Webhook<sns::FriendAdd>| -> Ack { panic!("of the test") })
}

async fn send(router: WebhookRouter, request: Request<Full<Bytes>>) -> Response<WebhookBody<WebhookBody<NoBody>>> {
    WebhookLayer::new(app()).layer(router).oneshot(request).await.unwrap()
}

/// `tracing` asks once for each place in the code whether anybody listens: tests that overlap would answer for others.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// All that is logged on this thread until the guard is dropped, spans as they close.
    fn capture(&self) -> (tracing::subscriber::DefaultGuard, MutexGuard<'static, ()>) {
        let alone = alone();
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        (tracing::subscriber::set_default(subscriber), alone)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn a_span_for_each_webhook() {
    let log = Log::default();
    let guard = log.capture();
    send(router(), genuine(UNFOLLOW)).await;
    send(router(), genuine(MESSAGE)).await;
    send(router(), genuine(("Moon.CallbackAfterRise", "{}"))).await;
    drop(guard);

    let text = log.text();
    let span = |command: &str| {
        let start = format!("webhook{{command=\"{command}\" app=1400000000 ");
        text.lines().find(|line| line.contains(&start) && line.contains(": close ")).unwrap_or_else(|| panic!("{text}"))
    };
    let unfollow = span("Follow.CallbackAfterFollowDelete");
    assert!(unfollow.contains("phase=After verified=true outcome=\"answered\" latency_us="), "{unfollow}");
    assert!(span("C2C.CallbackBeforeSendMsg").contains("phase=Before verified=true outcome=\"failed\""));
    assert!(span("other").contains("outcome=\"unhandled\""));
    let failed: Vec<_> = text.lines().filter(|line| line.contains("webhook handler failed")).collect();
    assert!(
        matches!(failed[..], [line] if line.contains("error=the disk is full") && line.contains("ERROR")),
        "{text}"
    );
}

#[tokio::test]
async fn an_event_for_each_refusal() {
    let log = Log::default();
    let guard = log.capture();
    send(router(), forged(UNFOLLOW)).await;
    send(router(), genuine((UNFOLLOW.0, r#"{"secret":1}"#))).await;
    drop(guard);

    let text = log.text();
    let refusals: Vec<_> = text.lines().filter(|line| line.contains("webhook refused")).collect();
    let [forged, malformed] = refusals[..] else { panic!("{text}") };
    assert!(forged.contains("WARN") && forged.contains("kind=\"invalid_sign\" command=\"other\""), "{forged}");
    assert!(malformed.contains("kind=\"malformed\" command=\"Follow.CallbackAfterFollowDelete\""), "{malformed}");
}

#[tokio::test]
async fn no_secret_is_told() {
    let log = Log::default();
    let guard = log.capture();
    let requests = [genuine(UNFOLLOW), genuine(MESSAGE), forged(UNFOLLOW), genuine((UNFOLLOW.0, "secret"))];
    let signs: Vec<_> =
        requests.iter().map(|request| request.uri().query().unwrap().rsplit('=').next().unwrap().to_owned()).collect();
    for request in requests {
        send(router(), request).await;
    }
    drop(guard);
    let text = log.text();
    for secret in signs.iter().map(String::as_str).chain([TOKEN, "secret", "Sign=", "SdkAppid="]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Each metric with its labels, as `name{label=value}`, and its value.
fn metrics(snapshotter: &Snapshotter) -> Vec<(String, DebugValue)> {
    let metrics = snapshotter.snapshot().into_vec().into_iter();
    metrics
        .map(|(key, _, _, value)| {
            let key = key.key();
            let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            (format!("{}{{{}}}", key.name(), labels.join(",")), value)
        })
        .collect()
}

/// Runs a test with a recorder of its own.
fn recorded(test: impl Future<Output = ()>) -> Vec<(String, DebugValue)> {
    let _alone = alone();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(test));
    metrics(&snapshotter)
}

fn counter(metrics: &[(String, DebugValue)], name: &str) -> u64 {
    match metrics.iter().find(|(key, _)| key == name) {
        Some((_, DebugValue::Counter(count))) => *count,
        other => panic!("{name}: {other:?} in {metrics:?}"),
    }
}

#[test]
fn counters_by_command_and_outcome() {
    let metrics = recorded(async {
        for _ in 0..3 {
            send(router(), genuine(UNFOLLOW)).await;
        }
        send(router(), genuine(MESSAGE)).await;
        let (command, body) = bodies::samples().find(|(command, _)| **command == "Sns.CallbackFriendAdd").unwrap();
        send(router(), genuine((command.as_str(), body))).await;
        send(router(), forged(MESSAGE)).await;
        send(router(), genuine((UNFOLLOW.0, "{}"))).await;
        // Nobody waits for this one.
        drop(WebhookLayer::new(app()).layer(router()).oneshot(genuine(UNFOLLOW)));
    });
    let webhooks = |labels: &str| counter(&metrics, &format!("tencent_webhooks_total{{{labels}}}"));
    assert_eq!(webhooks("command=Follow.CallbackAfterFollowDelete,outcome=answered"), 3);
    assert_eq!(webhooks("command=C2C.CallbackBeforeSendMsg,outcome=failed"), 1);
    assert_eq!(webhooks("command=Sns.CallbackFriendAdd,outcome=panicked"), 1);
    assert_eq!(webhooks("command=other,outcome=invalid_sign"), 1);
    assert_eq!(webhooks("command=Follow.CallbackAfterFollowDelete,outcome=malformed"), 1);
    let handlers = |labels: &str| counter(&metrics, &format!("tencent_webhook_handlers_total{{{labels}}}"));
    assert_eq!(handlers("command=Follow.CallbackAfterFollowDelete,outcome=answered"), 3);
    assert_eq!(handlers("command=C2C.CallbackBeforeSendMsg,outcome=failed"), 1);
    assert_eq!(handlers("command=Sns.CallbackFriendAdd,outcome=panicked"), 1);

    let seconds = "tencent_webhook_handler_seconds{command=Follow.CallbackAfterFollowDelete}";
    match metrics.iter().find(|(key, _)| key == seconds) {
        Some((_, DebugValue::Histogram(times))) => assert_eq!(times.len(), 3),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gauge_of_the_handlers_behind() {
    let behind = "tencent_webhook_handlers_behind{}";
    let metrics = recorded(async {
        let router = router().answer_first(2);
        let drained = router.drain();
        send(router.clone(), genuine(UNFOLLOW)).await;
        send(router.clone(), genuine(UNFOLLOW)).await;
        send(router, genuine(UNFOLLOW)).await;
        drained.await;
    });
    let gauge = metrics.iter().find(|(key, _)| key == behind).map(|(_, value)| value);
    assert!(matches!(gauge, Some(DebugValue::Gauge(value)) if value.0 == 0.0), "{gauge:?}");
    let webhooks = |outcome: &str| {
        let labels = format!("command=Follow.CallbackAfterFollowDelete,outcome={outcome}");
        counter(&metrics, &format!("tencent_webhooks_total{{{labels}}}"))
    };
    assert_eq!((webhooks("first"), webhooks("overloaded")), (2, 1));
}

#[test]
fn strangers_cannot_make_labels() {
    let metrics = recorded(async {
        for i in 0..1000 {
            let command = format!("Moon.CallbackAfterRise{i}");
            let request = Signer::new(&app()).request(&command, "{}", SystemTime::now());
            send(router().fallback(async |_: Webhook| Ack::ok()), request).await;
        }
    });
    let names: BTreeSet<_> = metrics.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "tencent_webhook_handler_seconds{command=other}",
            "tencent_webhook_handlers_total{command=other,outcome=answered}",
            "tencent_webhooks_total{command=other,outcome=answered}",
        ])
    );
    assert_eq!(counter(&metrics, "tencent_webhooks_total{command=other,outcome=answered}"), 1000);
}
