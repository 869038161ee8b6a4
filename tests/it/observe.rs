//! What `tracing` and `metrics` record: enough, never a secret, and with bounded cardinality.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, SystemTime},
};

use axum::response::IntoResponse;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use tokio::{runtime, sync::Semaphore};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::trace::TraceLayer;
use tower_tencent_webhook::{
    Ack, AfterFailure, App, BeforeFailure, FailurePolicy, Policy, RejectionKind, Verdict, Webhook, WebhookLayer,
    WebhookRouter,
    event::{c2c, follow, state},
    signer::Signer,
};
use tracing::{
    Dispatch, Event, Id, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Record},
};
use tracing_subscriber::{
    fmt::{MakeWriter, format::FmtSpan},
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::{
    common::*,
    secrets::{assert_none_in, presented, rejections, secrets, strict},
};

pub(crate) type Fields = BTreeMap<String, String>;

/// Collects what this crate logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    spans: BTreeMap<u64, Fields>,
    /// Each with its span.
    events: Vec<(Fields, Option<u64>)>,
}

struct Collect<'a>(&'a mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target().starts_with("tower_tencent_webhook") {
            let mut fields = Fields::from([("name".to_owned(), metadata.name().to_owned())]);
            attributes.record(&mut Collect(&mut fields));
            assert!(self.0.lock().unwrap().spans.insert(id.into_u64(), fields).is_none());
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        if let Some(fields) = self.0.lock().unwrap().spans.get_mut(&id.into_u64()) {
            values.record(&mut Collect(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target().starts_with("tower_tencent_webhook") {
            let mut fields = Fields::from([("level".to_owned(), event.metadata().level().to_string())]);
            event.record(&mut Collect(&mut fields));
            let span = context.event_span(event).map(|span| span.id().into_u64());
            self.0.lock().unwrap().events.push((fields, span));
        }
    }
}

/// Everything that was logged, as text.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Text {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything that was logged and counted.
pub(crate) struct Recorded {
    pub(crate) spans: Vec<Fields>,
    /// Each with the fields of its span. Without those of webhooks that went well.
    pub(crate) events: Vec<(Fields, Option<Fields>)>,
    /// The outcomes of webhooks that went well, each an event of its own.
    went_well: Vec<String>,
    /// The same and what other crates logged, at all levels.
    pub(crate) log: String,
    pub(crate) counters: BTreeMap<String, u64>,
    gauges: BTreeMap<String, f64>,
    /// How many values each has.
    histograms: BTreeMap<String, usize>,
}

impl Recorded {
    pub(crate) fn text(&self) -> String {
        let Self { spans, events, counters, gauges, histograms, .. } = self;
        format!("{spans:?}{events:?}{counters:?}{gauges:?}{histograms:?}")
    }

    /// The labels of all metrics.
    fn labels(&self) -> BTreeSet<&str> {
        self.counters.keys().chain(self.gauges.keys()).chain(self.histograms.keys()).map(String::as_str).collect()
    }
}

/// Runs a test in a runtime of its own, and records what it logs and counts. Time passes only where it must.
pub(crate) fn record(test: impl Future<Output = ()>) -> Recorded {
    record_in(runtime::Builder::new_current_thread().enable_all().start_paused(true), test)
}

/// The same for a test over TCP, which must not run ahead of its sockets.
fn record_in_real_time(test: impl Future<Output = ()>) -> Recorded {
    record_in(runtime::Builder::new_current_thread().enable_all(), test)
}

/// While there is but one subscriber, `tracing` asks only that of the thread which comes to a span or an event first,
/// and what a thread without any comes to first is lost to all others. So there is always another one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

fn record_in(runtime: &mut runtime::Builder, test: impl Future<Output = ()>) -> Recorded {
    LazyLock::force(&ANOTHER);
    let (log, text, recorder) = (Log::default(), Text::default(), DebuggingRecorder::new());
    let runtime = runtime.build().unwrap();
    let formatted =
        tracing_subscriber::fmt::layer().with_span_events(FmtSpan::FULL).with_ansi(false).with_writer(text.clone());
    let subscriber = tracing_subscriber::registry().with(log.clone()).with(formatted);
    tracing::subscriber::with_default(subscriber, || {
        metrics::with_local_recorder(&recorder, || runtime.block_on(test));
    });
    drop(runtime);

    let Records { spans, events } = std::mem::take(&mut *log.0.lock().unwrap());
    let (well, events): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|(event, _)| event["message"] == "webhook answered");
    assert!(well.iter().all(|(event, span)| event["level"] == "DEBUG" && span.is_some()));
    let went_well = well.into_iter().map(|(mut event, _)| event.remove("outcome").unwrap()).collect();
    let events =
        events.into_iter().map(|(event, span)| (event, span.and_then(|span| spans.get(&span).cloned()))).collect();
    let spans = spans.into_values().collect();
    let log = String::from_utf8(std::mem::take(&mut *text.0.lock().unwrap())).unwrap();
    let mut recorded = Recorded {
        spans,
        events,
        went_well,
        log,
        counters: BTreeMap::new(),
        gauges: BTreeMap::new(),
        histograms: BTreeMap::new(),
    };
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let (name, mut labels) = key.key().clone().into_parts();
        labels.sort();
        let labels: Vec<_> = labels.iter().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{} {}", name.as_str(), labels.join(" ")).trim().to_owned();
        match value {
            DebugValue::Counter(count) => _ = recorded.counters.insert(name, count),
            DebugValue::Gauge(value) => _ = recorded.gauges.insert(name, value.into_inner()),
            DebugValue::Histogram(values) => {
                // The RTC Engine's samples are as old as they say.
                let most = if name.contains("age") { f64::MAX } else { 60.0 };
                assert!(values.iter().all(|seconds| (0.0..most).contains(&seconds.into_inner())));
                recorded.histograms.insert(name, values.len());
            }
        }
    }
    recorded
}

fn fields<'a>(recorded: impl IntoIterator<Item = (&'a str, &'a str)>) -> Fields {
    recorded.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn counters<'a>(recorded: impl IntoIterator<Item = (&'a str, u64)>) -> BTreeMap<String, u64> {
    recorded.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[test]
fn a_webhook_has_a_span_and_is_counted() {
    let recorded = record(async {
        let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
        assert_eq!(ask(&router, MESSAGE).await, code(1));
    });
    let [span] = &recorded.spans[..] else { panic!("{:?}", recorded.spans) };
    let mut span = span.clone();
    let latency: u64 = span.remove("latency_us").unwrap().parse().unwrap();
    assert!(latency < 60_000_000);
    let expected = [
        ("name", "webhook"),
        ("command", MESSAGE),
        ("app", "1400000000"),
        ("phase", "Before"),
        ("verified", "true"),
        ("outcome", "answered"),
    ];
    assert_eq!(span, fields(expected));
    assert!(recorded.events.is_empty(), "{:?}", recorded.events);

    let of = |name, rest| format!("{name} command={MESSAGE}{rest}");
    let webhooks = of("tencent_webhooks_total", " outcome=answered");
    let handlers = of("tencent_webhook_handlers_total", " outcome=answered");
    assert_eq!(recorded.counters, counters([(&*webhooks, 1), (&*handlers, 1)]));
    assert_eq!(recorded.went_well, ["answered"]);
    let measured =
        ["tencent_webhook_age_seconds", "tencent_webhook_duration_seconds", "tencent_webhook_handler_duration_seconds"];
    assert_eq!(recorded.histograms, measured.iter().map(|name| (of(name, ""), 1)).collect());
    assert_eq!(recorded.gauges, BTreeMap::from([("tencent_webhooks_in_flight".to_owned(), 0.0)]));
}

#[test]
fn an_unsigned_app_is_not_verified() {
    let recorded = record(async {
        let app = App::unsigned(7);
        let request = Signer::new(&app).request(FOLLOW, samples_of(FOLLOW)[0].to_string(), SystemTime::now());
        let service = WebhookLayer::new(app).layer(WebhookRouter::new());
        assert_eq!(send(service, request).await, ok());
    });
    let [span] = &recorded.spans[..] else { panic!("{:?}", recorded.spans) };
    for (name, value) in [("verified", "false"), ("app", "7"), ("phase", "After"), ("outcome", "unhandled")] {
        assert_eq!(span[name], value);
    }
}

/// Each way in which a webhook can end is an outcome of its own.
#[test]
fn every_outcome_is_recorded() {
    async fn late(_: Webhook<state::StateChange>) -> Ack {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ack::ok()
    }

    let recorded = record(async {
        let gate = Arc::new(Semaphore::new(0));
        let waits = gate.clone();
        let router = WebhookRouter::new()
            .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("the database is gone"))
            .on(async |_: Webhook<follow::AfterFollowDelete>| -> Ack { panic!("which is what is tested here") })
            .on(late);
        assert_eq!(ask_under(&before(BeforeFailure::Allow), &router, MESSAGE).await, ok());
        assert_eq!(ask(&router, UNFOLLOW).await, handler_failed());
        assert_eq!(ask(&router.clone().deadline(Duration::from_secs(1)), "State.StateChange").await, ok());
        within(router.drain()).await;

        let first = WebhookRouter::new().ack_first(1).on(move |_: Webhook<follow::AfterFollowAdd>| {
            let waits = waits.clone();
            async move {
                waits.acquire().await.unwrap().forget();
                Err::<Ack, _>("nobody waits")
            }
        });
        assert_eq!(ask(&first, FOLLOW).await, ok());
        assert_eq!(ask(&first, FOLLOW).await.0, 503);
        gate.add_permits(1);
        within(first.drain()).await;

        // A client that leaves.
        let hanging =
            WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { std::future::pending().await });
        let mut asking = Box::pin(endpoint(&hanging).oneshot(signed_sample(FOLLOW)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(_ = asking.as_mut().poll(cx))).await;
        drop(asking);
    });

    let webhooks = |command: &str, outcome: &str| {
        recorded.counters.get(&format!("tencent_webhooks_total command={command} outcome={outcome}")).copied()
    };
    assert_eq!(webhooks(MESSAGE, "failed"), Some(1));
    assert_eq!(webhooks(UNFOLLOW, "panicked"), Some(1));
    assert_eq!(webhooks("State.StateChange", "deadline_exceeded"), Some(1));
    assert_eq!(webhooks(FOLLOW, "acked_first"), Some(1));
    assert_eq!(webhooks(FOLLOW, "overloaded"), Some(1));
    assert_eq!(webhooks(FOLLOW, "dropped"), Some(1));
    let handlers = |command: &str, outcome: &str| {
        recorded.counters.get(&format!("tencent_webhook_handlers_total command={command} outcome={outcome}")).copied()
    };
    assert_eq!(handlers(MESSAGE, "failed"), Some(1));
    assert_eq!(handlers(UNFOLLOW, "panicked"), Some(1));
    assert_eq!(handlers("State.StateChange", "answered"), Some(1), "late and in the background, but to its end");
    assert_eq!(handlers(FOLLOW, "failed"), Some(1));
    assert_eq!(handlers(FOLLOW, "dropped"), Some(1));
    // With what the policy answered.
    assert_eq!(recorded.counters.len(), 12);

    for gauge in [
        "tencent_webhooks_in_flight",
        "tencent_webhook_places_taken place=ack_first",
        "tencent_webhook_places_taken place=late",
    ] {
        assert_eq!(recorded.gauges[gauge], 0.0, "{gauge}");
    }
    let seconds = |command| recorded.histograms[&format!("tencent_webhook_handler_duration_seconds command={command}")];
    assert_eq!([MESSAGE, UNFOLLOW, "State.StateChange", FOLLOW].map(seconds), [1, 1, 1, 2]);

    // Failures are logged in the span of their webhook, wherever they happen.
    let failures: Vec<_> = recorded
        .events
        .iter()
        .map(|(event, span)| {
            let message = (event["level"].as_str(), event["message"].as_str());
            (message, event.get("error").map(String::as_str), span.as_ref().expect("no span")["command"].as_str())
        })
        .collect();
    let failed = ("ERROR", "webhook handler failed");
    let late = ("WARN", "webhook not handled in time");
    let expected = [
        (failed, Some("the database is gone"), MESSAGE),
        (("ERROR", "webhook handler panicked"), None, UNFOLLOW),
        (late, None, "State.StateChange"),
        (late, None, FOLLOW),
        (failed, Some("nobody waits"), FOLLOW),
    ];
    assert_eq!(failures, expected);
    let reasons = recorded.events.iter().filter_map(|(event, _)| {
        Some((event.get("outcome")?.as_str(), event["command"].as_str(), event["reason"].as_str()))
    });
    let expected = [
        ("deadline_exceeded", "State.StateChange", "the handler took too long"),
        ("overloaded", FOLLOW, "too many events are being handled"),
    ];
    assert_eq!(reasons.collect::<Vec<_>>(), expected);
}

/// An error whose `Display` panics, and a future whose drop does.
#[test]
fn panics_of_an_error_and_of_a_drop_are_recorded_as_panics() {
    #[derive(Debug)]
    struct Unspeakable;

    impl fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("this panics when displayed, which is what is tested here")
        }
    }

    impl std::error::Error for Unspeakable {}

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("this panics when dropped, which is what is tested here");
        }
    }

    let recorded = record(async {
        let router = WebhookRouter::new()
            .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>(Unspeakable))
            .on(|_: Webhook<follow::AfterFollowAdd>| {
                let bomb = Bomb;
                std::future::poll_fn(move |_| {
                    _ = &bomb;
                    std::task::Poll::Ready(Ack::ok())
                })
            })
            .on(|_: Webhook<follow::AfterFollowDelete>| {
                let bomb = Bomb;
                std::future::poll_fn(move |_| -> std::task::Poll<Ack> {
                    _ = &bomb;
                    std::task::Poll::Pending
                })
            });
        assert_eq!(ask(&router, MESSAGE).await, handler_failed());
        assert_eq!(ask(&router, FOLLOW).await, handler_failed());
        let mut asking = Box::pin(endpoint(&router).oneshot(signed_sample(UNFOLLOW)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(_ = asking.as_mut().poll(cx))).await;
        drop(asking);
        // In the background, where nobody waits.
        let router = router.ack_first(1);
        assert_eq!(ask(&router, FOLLOW).await, ok());
        within(router.drain()).await;
    });
    let count = |of: &str, command, outcome: &str| {
        recorded.counters.get(&format!("tencent_webhook{of}_total command={command} outcome={outcome}")).copied()
    };
    assert_eq!(count("s", MESSAGE, "panicked"), Some(1));
    assert_eq!(count("_handlers", MESSAGE, "panicked"), Some(1));
    assert_eq!(count("s", FOLLOW, "panicked"), Some(1));
    assert_eq!(count("_handlers", FOLLOW, "panicked"), Some(2));
    assert_eq!(count("s", UNFOLLOW, "dropped"), Some(1));
    assert_eq!(count("_handlers", UNFOLLOW, "panicked"), Some(1));
    let messages: Vec<_> = recorded.events.iter().map(|(event, _)| event["message"].as_str()).collect();
    assert_eq!(messages, ["webhook handler panicked"; 4]);
}

/// A handler may put a nickname into its error.
#[test]
fn no_text_of_a_sender_can_forge_a_line_of_the_log() {
    const TEXT: &str = "no user \r\n2030-01-01 ERROR forged\u{1b}[2K\u{2028}\u{202e}";
    let recorded = record(async {
        let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>(TEXT));
        assert_eq!(ask(&router, MESSAGE).await, handler_failed());
        // Nor can a command, which only its sender knows.
        let body = json!({ "CallbackCommand": "Moon\n2030 ERROR" }).to_string();
        let request = signed_with("Sun\n2030 ERROR \u{1b}\u{202e}", body);
        assert_eq!(send(endpoint(&router), request).await.0, 400);
    });
    let [(error, _), (rejected, _)] = &recorded.events[..] else { panic!("{:?}", recorded.events) };
    assert_eq!(error["error"], r"no user \r\n2030-01-01 ERROR forged\u{1b}[2K\u{2028}\u{202e}");
    assert!(rejected["reason"].contains(r"Sun\n2030 ERROR \u{1b}\u{202e}"), "{rejected:?}");
    assert!(!recorded.log.contains("\n2030") && !recorded.log.contains(['\u{1b}', '\u{2028}', '\u{202e}']));
}

/// A handler that goes on when its client has left still belongs to its webhook.
#[test]
fn a_handler_that_outlives_its_client_keeps_its_span() {
    let recorded = record(async {
        let router =
            WebhookRouter::new().deadline(Duration::from_secs(3600)).on(async |_: Webhook<follow::AfterFollowAdd>| {
                tokio::task::yield_now().await;
                Err::<Ack, _>("nobody waits")
            });
        let mut asking = Box::pin(endpoint(&router).oneshot(signed_sample(FOLLOW)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(_ = asking.as_mut().poll(cx))).await;
        drop(asking);
        within(router.drain()).await;
    });
    let [(event, Some(span))] = &recorded.events[..] else { panic!("{:?}", recorded.events) };
    assert_eq!((event["error"].as_str(), span["command"].as_str()), ("nobody waits", FOLLOW));
}

#[test]
fn the_gauges_tell_how_many_places_are_taken_of_how_many() {
    let recorded = record(async {
        let router = WebhookRouter::new()
            .ack_first(10)
            .on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { std::future::pending().await });
        for _ in 0..3 {
            assert_eq!(ask(&router, FOLLOW).await, ok());
        }
    });
    let expected = [
        ("tencent_webhook_places_limit place=ack_first", 10.0),
        ("tencent_webhook_places_taken place=ack_first", 3.0),
        ("tencent_webhooks_in_flight", 0.0),
    ];
    assert_eq!(recorded.gauges, expected.map(|(name, value)| (name.to_owned(), value)).into());

    // Withheld answers, until the client has gone; late handlers, until they are done.
    let recorded = record(async {
        let failing = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Err::<Ack, _>("no database"));
        let policy = FailurePolicy::new().after(AfterFailure::Withhold).withhold_limit(7);
        let service = layer().on_failure(policy).layer(failing);
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let mut asking = Box::pin(service.clone().oneshot(signed_sample(FOLLOW)));
            std::future::poll_fn(|cx| std::task::Poll::Ready(_ = asking.as_mut().poll(cx))).await;
            waiting.push(asking);
        }
        drop(waiting.pop());
        std::mem::forget(waiting);
        let late = WebhookRouter::new().deadline(Duration::from_secs(1)).on(async |_: Webhook<state::StateChange>| {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ack::ok()
        });
        assert_eq!(ask(&late, "State.StateChange").await, ok());
        within(late.drain()).await;
    });
    assert_eq!(recorded.gauges["tencent_webhook_places_limit place=withheld"], 7.0);
    assert_eq!(recorded.gauges["tencent_webhook_places_taken place=withheld"], 1.0);
    assert_eq!(recorded.gauges["tencent_webhook_places_taken place=late"], 0.0);
    let withheld = format!("tencent_webhook_failures_total answer=withheld command={FOLLOW}");
    assert_eq!(recorded.counters[&withheld], 2);
}

/// In flight is what was received and is not answered: a body that is on its way, a handler at work.
#[test]
fn what_is_in_flight_is_counted_until_it_is_answered_or_gone() {
    let recorded = record(async {
        let hanging =
            WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { std::future::pending().await });
        let mut asking = Box::pin(endpoint(&hanging).oneshot(signed_sample(FOLLOW)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(_ = asking.as_mut().poll(cx))).await;
        std::mem::forget(asking);
        let mut gone = Box::pin(endpoint(&hanging).oneshot(signed_sample(FOLLOW)));
        std::future::poll_fn(|cx| std::task::Poll::Ready(_ = gone.as_mut().poll(cx))).await;
        drop(gone);
        assert_eq!(ask(&hanging, UNFOLLOW).await, ok());
        assert_eq!(send(endpoint(&hanging), signed_with(FOLLOW, "[]")).await.0, 400);
    });
    assert_eq!(recorded.gauges["tencent_webhooks_in_flight"], 1.0);
}

/// The names, labels and kinds that are recorded are those of the contract, and every one of these is recorded.
#[test]
fn the_metrics_are_those_of_the_contract() {
    use tower_tencent_webhook::metrics::{ALL, Kind};

    let recorded = record(async {
        let router = WebhookRouter::new()
            .ack_first(1)
            .copy_before_events(0)
            .hand_off(service_fn(async |_: Webhook| Ok::<_, std::convert::Infallible>(())))
            .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("failed"))
            .on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok());
        assert_eq!(ask_under(&before(BeforeFailure::Allow), &router, MESSAGE).await, ok());
        assert_eq!(ask(&router, FOLLOW).await, ok());
        within(router.drain()).await;
        let follow = json!({ "From_Account": "ada", "FollowList": [{ "To": "eve" }], "EventTime": "soon" });
        send(endpoint(&router), signed_with(FOLLOW, follow.to_string())).await;
        within(router.drain()).await;
        let blind = service_fn(async |_: Request<_>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
        });
        assert_eq!(send(layer().layer(blind), signed_sample(FOLLOW)).await.0, 200);
    });
    let kinds = [
        (Kind::Counter, recorded.counters.keys().collect::<Vec<_>>()),
        (Kind::Gauge, recorded.gauges.keys().collect()),
        (Kind::Histogram, recorded.histograms.keys().collect()),
    ];
    let mut found = BTreeSet::new();
    for (kind, keys) in kinds {
        for key in keys {
            let mut words = key.split(' ');
            let name = words.next().unwrap();
            let metric =
                ALL.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name} is in no contract"));
            let labels: Vec<_> = words.map(|label| label.split('=').next().unwrap()).collect();
            let mut expected = metric.labels.to_vec();
            expected.sort();
            assert_eq!((metric.kind, labels), (kind, expected), "{name}");
            found.insert(name);
        }
    }
    assert_eq!(found, ALL.iter().map(|metric| metric.name).collect());
}

/// The tables in the docs are the contract's.
#[test]
fn the_tables_of_metrics_are_up_to_date() {
    use tower_tencent_webhook::metrics::{ALL, Kind};

    let mut table = "| metric | kind | labels | |\n|---|---|---|---|\n".to_owned();
    for metric in ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            kind => panic!("{kind:?} has no word here"),
        };
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        table += &format!("| `{}` | {kind} | {} | {} |\n", metric.name, labels.join(", "), metric.help);
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(root.join("src/metrics.md")).unwrap();
    assert_eq!(docs.replace('\r', ""), table, "src/metrics.md");
    let page = std::fs::read_to_string(root.join("docs/observe.md")).unwrap();
    assert!(page.replace('\r', "").contains(&table), "docs/observe.md has another table than src/metrics.md");
}

/// Whoever has no token can neither fill the log nor hide in it.
#[test]
fn a_hundred_thousand_forgeries_write_no_line() {
    let text = Text::default();
    let writer = text.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false).with_writer(writer).finish();
    LazyLock::force(&ANOTHER);
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let mut service = endpoint(&WebhookRouter::new());
            for _ in 0..100_000 {
                assert_eq!(service.call(forged()).await.unwrap().status(), 401);
            }
        });
    });
    let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    assert!(text.is_empty(), "{text}");
}

/// The inner service need not be a router.
#[test]
fn any_inner_service_is_observed() {
    const GROUP: &str = "Group.CallbackBeforeCreateGroup";

    let recorded = record(async {
        for (status, command) in [(200, FOLLOW), (418, UNFOLLOW)] {
            let inner = service_fn(move |request: Request<_>| async move {
                assert_eq!(request.extensions().get::<Webhook>().unwrap().command(), command);
                let response = http::Response::builder().status(status).body(Full::<Bytes>::default()).unwrap();
                Ok::<_, std::convert::Infallible>(response)
            });
            assert_eq!(send(layer().layer(inner), signed_sample(command)).await.0, status);
        }
        let fails = service_fn(async |request: Request<_>| {
            drop(request.extensions().get::<Webhook>().cloned());
            Err::<http::Response<Full<Bytes>>, _>("broken")
        });
        assert_eq!(layer().layer(fails).oneshot(signed_sample(MESSAGE)).await.unwrap_err(), "broken");
        // An axum handler that acknowledges what it should decide.
        let acknowledges = service_fn(async |request: Request<_>| {
            drop(request.extensions().get::<Webhook>().cloned());
            Ok::<_, std::convert::Infallible>(Ack::ok().into_response())
        });
        assert_eq!(send(layer().layer(acknowledges), signed_sample(GROUP)).await.0, 500);
    });
    let answered = format!("tencent_webhooks_total command={FOLLOW} outcome=answered");
    let failed = format!("tencent_webhooks_total command={UNFOLLOW} outcome=failed");
    let broken = format!("tencent_webhooks_total command={MESSAGE} outcome=failed");
    let wrong = format!("tencent_webhooks_total command={GROUP} outcome=wrong_answer");
    assert_eq!(recorded.counters, counters([(&*answered, 1), (&*failed, 1), (&*broken, 1), (&*wrong, 1)]));
    let spans: Vec<_> = recorded.spans.iter().map(|span| (&*span["command"], &*span["outcome"])).collect();
    let outcomes = [(FOLLOW, "answered"), (UNFOLLOW, "failed"), (MESSAGE, "failed"), (GROUP, "wrong_answer")];
    assert_eq!(spans, outcomes);
    let (event, _) = recorded.events.last().unwrap();
    assert_eq!((&*event["level"], &*event["command"]), ("ERROR", GROUP));
    assert_eq!(event["message"], "webhook answered with what is no answer to its event");
}

/// What is kept although it cannot be read has not gone unnoticed.
#[test]
fn a_body_that_is_kept_unread_is_reported() {
    let recorded = record(async {
        let keeps = WebhookRouter::new().fallback(async |_: Webhook| Ack::ok());
        let layer = || layer().on_malformed(tower_tencent_webhook::Policy::Forward);
        assert_eq!(send(layer().layer(keeps), signed_with(FOLLOW, r#"{"From_Account":"a""#)).await, ok());
        assert_eq!(send(layer().layer(WebhookRouter::new()), signed_with(UNFOLLOW, "{}}")).await, handler_failed());
    });
    let told = recorded.events.iter().map(|(event, _)| event).filter(|event| event["level"] == "WARN");
    let told: Vec<_> = told.map(|event| (&*event["command"], &*event["kind"], &*event["reason"])).collect();
    let reasons = [
        (FOLLOW, "malformed", "malformed body at From_Account: not JSON, ends before a comma or the end of the list"),
        (UNFOLLOW, "malformed", "malformed body: not JSON, expected the end"),
    ];
    assert_eq!(told, reasons);
    for command in [FOLLOW, UNFOLLOW] {
        assert_eq!(recorded.counters[&format!("tencent_webhooks_drifted_total command={command}")], 1);
    }
}

// Webhooks that nobody takes.

/// What is reported of them: the log's levels, and the counters' labels.
fn untaken(recorded: &Recorded) -> (Vec<&str>, Vec<(&str, u64)>) {
    let events = recorded.events.iter().filter(|(event, _)| event["message"].starts_with("no service took"));
    let counted = recorded
        .counters
        .iter()
        .filter_map(|(name, count)| Some((name.strip_prefix("tencent_webhooks_untaken_total command=")?, *count)));
    (events.map(|(event, _)| &*event["command"]).collect(), counted.collect())
}

fn boxed(request: Request<Full<Bytes>>) -> axum::extract::Request {
    request.map(axum::body::Body::new)
}

#[test]
fn a_webhook_that_no_service_takes_is_reported() {
    let router = || WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let reports = |app: axum::Router, status: u16| {
        let recorded = record(async {
            assert_eq!(send(app.clone(), boxed(signed_sample(MESSAGE))).await.0, status);
            assert_eq!(send(app, boxed(signed_with("Moon.CallbackAfterRise", "{\"At\":1}"))).await.0, status);
        });
        assert_eq!(untaken(&recorded), (vec![MESSAGE, "other"], vec![(MESSAGE, 1), ("other", 1)]));
        // In the span of the webhook.
        assert!(recorded.events.iter().all(|(_, span)| span.is_some()), "{:?}", recorded.events);
    };
    // The router is outside of the layer.
    reports(axum::Router::new().layer(layer()).layer(router()), 404);
    let handler = axum::routing::post(async || "rest");
    reports(axum::Router::new().route("/im", handler).layer(layer()).layer(router()), 200);
    // axum drops the layers of a nested router's default fallback.
    let nested = axum::Router::new().layer(router());
    reports(axum::Router::new().nest("/im", nested).layer(layer()), 404);
}

/// Whatever a service does with it, and also if it is another event than it wants.
#[test]
fn a_webhook_that_a_service_takes_is_not_reported() {
    let is_taken = |name: &str, recorded: Recorded| assert_eq!(untaken(&recorded), (vec![], vec![]), "{name}");
    let axum_app = |handler| axum::Router::new().route("/im", handler).layer(layer());
    let ask_axum = async |app: axum::Router| {
        send(app, boxed(signed_sample(MESSAGE))).await;
    };
    is_taken(
        "a handler",
        record(async {
            let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
            ask(&router, MESSAGE).await;
            // Nobody handles it.
            ask(&router, FOLLOW).await;
        }),
    );
    is_taken(
        "an extractor",
        record(async {
            ask_axum(axum_app(axum::routing::post(async |_: Webhook<c2c::BeforeSendMsg>| "taken"))).await;
            ask_axum(axum_app(axum::routing::post(async |_: Webhook<follow::AfterFollowAdd>| "another event"))).await;
            ask_axum(axum_app(axum::routing::post(async |_: Option<Webhook>| "any event"))).await;
            ask_axum(axum_app(axum::routing::post(async |_: axum::Extension<Webhook>| "cloned"))).await;
        }),
    );
    type Look = fn(&Webhook);
    let looks: [(&str, Look); 6] = [
        ("its event", |hook| drop(format!("{:?}", hook.event()))),
        ("its command", |hook| drop(hook.command().clone())),
        ("its context", |hook| drop(hook.context().clone())),
        ("its body", |hook| drop(hook.body().clone())),
        ("its drift", |hook| assert!(hook.drift().is_empty())),
        ("its identity", |hook| assert!(hook.identity().is_some())),
    ];
    for (what, look) in looks {
        is_taken(
            what,
            record(async {
                let service = service_fn(async |request: Request<_>| {
                    look(request.extensions().get().unwrap());
                    Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
                });
                send(layer().layer(service), signed_sample(MESSAGE)).await;
            }),
        );
    }
    // Not by looking at what it is: nobody has read a word of it.
    let recorded = record(async {
        let service = service_fn(async |request: Request<_>| {
            drop(format!("{:?}", request.extensions().get::<Webhook>().unwrap()));
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
        });
        send(layer().layer(service), signed_sample(MESSAGE)).await;
    });
    assert_eq!(untaken(&recorded).1, [(MESSAGE, 1)]);
}

/// A middleware may clone requests, to send them again: which of the two is taken does not matter.
#[test]
fn clones_are_not_reported() {
    let recorded = record(async {
        for keeps_the_clone in [true, false] {
            let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
            let retried = service_fn(move |request: Request<_>| {
                let router = router.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let clone = head.clone();
                    let (sent, _kept) = if keeps_the_clone { (head, clone) } else { (clone, head) };
                    router.oneshot(Request::from_parts(sent, body)).await
                }
            });
            assert_eq!(send(layer().layer(retried), signed_sample(MESSAGE)).await, code(1));
        }
    });
    assert_eq!(untaken(&recorded), (vec![], vec![]));
}

/// The client hangs up before the router is called, or the task is aborted.
#[test]
fn a_cancelled_request_is_not_reported() {
    let recorded = record(async {
        let slow = service_fn(async |request: Request<_>| {
            std::future::pending::<()>().await;
            WebhookRouter::new().oneshot(request).await
        });
        let service = layer().layer(slow);
        let mut asking = Box::pin(service.clone().oneshot(signed_sample(MESSAGE)));
        assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(asking.as_mut().poll(cx).is_pending())).await);
        drop(asking);
        let asking = tokio::spawn(service.oneshot(signed_sample(MESSAGE)));
        tokio::task::yield_now().await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
    });
    assert_eq!(recorded.counters[&format!("tencent_webhooks_total command={MESSAGE} outcome=dropped")], 2);
    assert_eq!(untaken(&recorded), (vec![], vec![]));
    // One that panics has said enough.
    let recorded = record(async {
        let panics = service_fn(async |_: Request<_>| -> Result<http::Response<Full<Bytes>>, BoxError> {
            panic!("which is what is tested here")
        });
        let asked = tokio::spawn(layer().layer(panics).oneshot(signed_sample(MESSAGE)));
        assert!(asked.await.unwrap_err().is_panic());
    });
    assert_eq!(untaken(&recorded), (vec![], vec![]));
}

/// A service that keeps the request until its future is dropped, although it has answered.
#[test]
fn a_webhook_that_is_dropped_after_the_answer_is_reported() {
    struct Keeps<T>(#[allow(dead_code)] T);

    impl<T> Future for Keeps<T> {
        type Output = Result<http::Response<Full<Bytes>>, std::convert::Infallible>;

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
            std::task::Poll::Ready(Ok(http::Response::default()))
        }
    }

    let recorded = record(async {
        send(layer().layer(service_fn(Keeps::<Request<_>>)), signed_sample(MESSAGE)).await;
    });
    assert_eq!(untaken(&recorded), (vec![MESSAGE], vec![(MESSAGE, 1)]));
}

// Without HTTP.

/// It has the span of a webhook, but was counted when it was received.
#[test]
fn a_webhook_that_is_handled_without_http_has_a_span() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeps = kept.clone();
    let recorded = record(async {
        let keep = WebhookRouter::new().fallback(move |hook: Webhook| {
            keeps.lock().unwrap().push(hook);
            async { Ack::ok() }
        });
        for command in [MESSAGE, FOLLOW] {
            assert_eq!(ask(&keep, command).await, ok());
        }
    });
    assert_eq!(recorded.spans.len(), 2);

    let recorded = record(async {
        let router = WebhookRouter::new()
            .deadline(Duration::from_secs(1))
            .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("the database is gone"))
            .on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack {
                tokio::time::sleep(Duration::from_secs(5)).await;
                Ack::ok()
            });
        let hooks = std::mem::take(&mut *kept.lock().unwrap());
        for hook in hooks {
            let is_late = hook.command() == FOLLOW;
            assert_eq!(router.handle(hook).await.is_ok(), is_late);
        }
        within(router.drain()).await;
    });
    let spans: Vec<_> =
        recorded.spans.iter().map(|span| (&*span["name"], &*span["command"], &*span["outcome"])).collect();
    assert_eq!(spans, [("webhook", MESSAGE, "failed"), ("webhook", FOLLOW, "deadline_exceeded")]);
    let events: Vec<_> = recorded
        .events
        .iter()
        .map(|(event, span)| (&*event["level"], &*event["message"], &*span.as_ref().expect("no span")["command"]))
        .collect();
    let expected = [("ERROR", "webhook handler failed", MESSAGE), ("WARN", "webhook not handled in time", FOLLOW)];
    assert_eq!(events, expected);
    let handlers =
        |command, outcome| (format!("tencent_webhook_handlers_total command={command} outcome={outcome}"), 1);
    assert_eq!(recorded.counters, BTreeMap::from([handlers(MESSAGE, "failed"), handlers(FOLLOW, "answered")]));
}

// Handlers that cannot be called.

/// The log says why, and has not a word of the body, nor of the extractor's response.
#[test]
fn a_handler_that_cannot_be_called_is_logged_without_what_was_sent() {
    struct Admin;

    impl<S: Sync> axum::extract::FromRequestParts<S> for Admin {
        type Rejection = (http::StatusCode, &'static str);

        async fn from_request_parts(_: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
            Err((http::StatusCode::UNAUTHORIZED, "the secret is 4711"))
        }
    }

    #[derive(Debug, serde::Deserialize)]
    enum Phase {
        Full,
    }

    let recorded = record(async {
        let router = WebhookRouter::new()
            .on(async |_: Admin, _: Webhook<c2c::BeforeSendMsg>| Verdict::allow())
            .on_command("Moon.CallbackAfterRise", async |_: Webhook<std::collections::HashMap<String, Phase>>| {
                Ack::ok()
            });
        assert_eq!(ask(&router, MESSAGE).await, handler_failed());
        let body = r#"{"Phase": "secret\nERROR forged"}"#;
        let (status, answer) = send(endpoint(&router), signed_with("Moon.CallbackAfterRise", body)).await;
        assert_eq!((status, answer), handler_failed());
    });
    let errors: Vec<_> = recorded.events.iter().map(|(event, _)| &*event["error"]).collect();
    let [rejected, misfit] = errors[..] else { panic!("{errors:?}") };
    assert!(rejected.ends_with("Admin` rejected the request with HTTP 401"), "{rejected}");
    assert!(misfit.starts_with("the body does not fit `std::collections::hash::map::HashMap<"), "{misfit}");
    assert!(misfit.ends_with("` at line 1 column 32"), "{misfit}");
    for secret in ["secret", "4711", "forged"] {
        assert!(!recorded.log.contains(secret), "{}", recorded.log);
    }
    assert_eq!(recorded.counters["tencent_webhook_handlers_total command=other outcome=failed"], 1);
}

#[test]
fn other_requests_are_not_observed() {
    let recorded = record(async {
        assert_eq!(send(endpoint(&WebhookRouter::new()), get("/im")).await.0, 404);
    });
    assert!(recorded.spans.is_empty() && recorded.events.is_empty() && recorded.labels().is_empty());
}

/// One event for each rejection, and no span.
#[test]
fn a_rejection_is_recorded_once_with_its_kind() {
    /// The first of them can be had without a token.
    const STRANGERS: usize = 8;
    let post = |uri: &str| Request::post(uri).body(Full::new(Bytes::from_static(b"{}"))).unwrap();
    let now = SystemTime::now();
    let forger = Signer::new(&App::signed(APP, "a guess").unwrap()).url("/im");
    let signer = Signer::new(&app()).url("/im");
    let body = samples_of(FOLLOW)[0].to_string();
    // What strangers can send must not fill the log.
    #[rustfmt::skip]
    let rejections = [
        ("invalid_sdk_app_id", "other", post("/im?SdkAppid=seven&CallbackCommand=a")),
        ("missing_command", "other", post("/im?SdkAppid=1400000000")),
        ("unknown_app", "other", post("/im?SdkAppid=1400000001&CallbackCommand=a")),
        ("repeated_parameter", "other", post("/im?SdkAppid=1&SdkAppid=2&CallbackCommand=a")),
        ("invalid_encoding", "other", post("/im?SdkAppid=%zz")),
        ("missing_sign", "other", post("/im?SdkAppid=1400000000&CallbackCommand=a")),
        ("invalid_sign", "other", forger.request(FOLLOW, body.clone(), now)),
        ("stale", "other", signer.request(FOLLOW, body.clone(), now - Duration::from_secs(120))),
        ("command_not_allowed", MESSAGE, signer.request(MESSAGE, "[]", now)),
        ("body_too_large", FOLLOW, signer.request(FOLLOW, vec![b' '; 2000], now)),
        ("unknown_command", "other", signer.request("Made.Up", r#"{"a":1}"#, now)),
        ("command_mismatch", FOLLOW, signer.request(FOLLOW, samples_of(UNFOLLOW)[0].to_string(), now)),
        ("malformed", FOLLOW, signer.request(FOLLOW, "{", now)),
    ];
    let kinds: Vec<_> = rejections.iter().map(|(kind, command, _)| (*kind, *command)).collect();
    let checked = signer.request(FOLLOW, "{}", now);
    let mut reasons = Vec::new();
    let recorded = record(async {
        let layer = layer().max_body(1000).allow_commands([FOLLOW, UNFOLLOW, "Made.Up"]).on_unknown(Policy::Reject);
        let service = layer.layer(WebhookRouter::new());
        for (kind, _, request) in rejections {
            let answer = call(service.clone(), request).await;
            assert_ne!(answer.status(), 200, "{kind}");
            reasons.push(answer.rejection().to_string());
        }
        assert_eq!(send(service, checked).await, ok());
    });
    assert!(recorded.spans.is_empty());
    let check = ("url_check", FOLLOW);
    let expected: Vec<_> = kinds
        .iter()
        .zip(&reasons)
        .enumerate()
        .map(|(at, ((kind, command), reason))| {
            let level = if at < STRANGERS { "DEBUG" } else { "WARN" };
            let message = ("message", "webhook rejected");
            fields([("level", level), message, ("kind", *kind), ("command", *command), ("reason", reason)])
        })
        .chain([fields([
            ("level", "DEBUG"),
            ("message", "webhook URL checked"),
            ("kind", check.0),
            ("command", check.1),
        ])])
        .collect();
    assert_eq!(recorded.events.iter().map(|(event, _)| event.clone()).collect::<Vec<_>>(), expected);
    for (kind, command) in kinds.into_iter().chain([check]) {
        assert_eq!(recorded.counters[&format!("tencent_webhooks_total command={command} outcome={kind}")], 1);
    }
    assert_eq!(recorded.counters.len(), expected.len());
}

/// Strangers can send these too, but only the app can mend its lookup.
#[test]
fn a_failed_lookup_is_logged_as_a_warning() {
    let recorded = record(async {
        let panics = WebhookLayer::from_lookup(|_| panic!("the lookup is broken, which is what is tested here"));
        let finds_another = WebhookLayer::from_lookup(|_| App::signed(APP + 1, TOKEN).ok());
        for layer in [panics, finds_another] {
            for request in [signed(), forged()] {
                let answer = call(layer.layer(WebhookRouter::new()), request).await;
                assert_eq!(answer.rejection().kind(), RejectionKind::LookupFailed);
            }
        }
    });
    assert!(recorded.spans.is_empty());
    let expected = fields([
        ("level", "WARN"),
        ("message", "webhook rejected"),
        ("kind", "lookup_failed"),
        ("command", "other"),
        ("reason", "the app 1400000000 could not be looked up"),
    ]);
    assert_eq!(recorded.events.iter().map(|(event, _)| event).collect::<Vec<_>>(), [&expected; 4]);
    assert_eq!(recorded.counters, counters([("tencent_webhooks_total command=other outcome=lookup_failed", 4)]));
}

#[test]
fn what_was_dropped_from_a_body_is_told_by_path_and_counted_by_command() {
    let recorded = record(async {
        let router = WebhookRouter::new();
        let follow = json!({ "From_Account": "ada", "FollowList": [{ "To": "canary" }], "EventTime": "canary" });
        assert_eq!(send(endpoint(&router), signed_with(FOLLOW, follow.to_string())).await, ok());
        assert_eq!(send(endpoint(&router), signed_sample(MESSAGE)).await, ok());
    });
    let dropped: Vec<_> = recorded.events.iter().map(|(event, _)| event.clone()).collect();
    let expected = ["EventTime", "FollowList[0].To_Account"].map(|path| {
        let message = "webhook field dropped: its value does not fit";
        fields([("level", "DEBUG"), ("message", message), ("path", path), ("command", FOLLOW)])
    });
    assert_eq!(dropped, expected);
    assert_eq!(recorded.counters[&format!("tencent_webhooks_drifted_total command={FOLLOW}")], 1);
    assert_eq!(recorded.counters.keys().filter(|key| key.contains("drifted")).count(), 1);
    assert!(!recorded.text().contains("canary") && !recorded.log.contains("canary"));
}

/// Neither tokens, signatures, queries nor bodies, whatever happens.
#[test]
fn logs_and_metrics_reveal_no_secret() {
    let now = SystemTime::now();
    let canary = |what: &str| format!("canary-{what}");
    let signed = |command: &str, body: String| {
        let app = App::signed(APP, canary("token")).unwrap();
        let signer = Signer::new(&app).url(&format!("/im?key={}", canary("query")));
        signer.request(command, body, now)
    };
    let mut message = sample(MESSAGE);
    message["From_Account"] = canary("account").into();
    message["MsgBody"] = json!([{ "MsgType": "TIMTextElem", "MsgContent": { "Text": canary("text") } }]);
    let mut follow = sample(FOLLOW);
    follow["From_Account"] = canary("account").into();
    let malformed = json!({ "From_Account": [canary("field")], canary("key"): 1 });
    let foreign = json!({ "CallbackCommand": canary("command") });
    let requests = [
        signed(MESSAGE, message.to_string()),
        signed(FOLLOW, follow.to_string()),
        signed(FOLLOW, malformed.to_string()),
        signed(FOLLOW, foreign.to_string()),
        // The command of a rejected webhook is logged, but not the one in its body.
        signed("Made.Up", foreign.to_string()),
        signed("Made.Up", canary("no json")),
    ];
    let sign = requests[0].uri().query().unwrap().split("Sign=").nth(1).unwrap().to_owned();
    assert_eq!(sign.len(), 64);

    let recorded = record(async {
        for router in [WebhookRouter::new(), WebhookRouter::new().ack_first(10)] {
            let router = router
                .on(async |_: Webhook<c2c::BeforeSendMsg>| Err::<Verdict<_>, _>("failed"))
                .on(async |_: Webhook<follow::AfterFollowAdd>| -> Ack { panic!("which is what is tested here") });
            for app in [App::signed(APP, canary("token")).unwrap(), app(), App::unsigned(7)] {
                let service = WebhookLayer::new(app).path("/im").layer(router.clone());
                for request in &requests {
                    send(service.clone(), request.clone()).await;
                }
            }
            within(router.drain()).await;
        }
    });
    assert!(recorded.spans.len() >= 4 && recorded.events.len() >= 20 && !recorded.counters.is_empty());
    for text in [recorded.text(), recorded.log] {
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains(&sign), "{text}");
    }
}

/// Nor do the logs of a whole server, with hyper and tower-http at their most talkative.
#[test]
fn a_servers_logs_reveal_neither_secrets_nor_queries() {
    let mut secrets_of_all = Vec::new();
    let mut rejected = 0;
    let recorded = record_in_real_time(async {
        // By default the span of TraceLayer has the whole URI in it, and so a signature that is valid for a minute.
        // Hence a span with the path only.
        let trace = TraceLayer::new_for_http().make_span_with(|request: &Request<Incoming>| {
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        });
        let server = serve(ServiceBuilder::new().layer(trace).layer(strict()).service(Inner::default())).await;

        let accepted = signed();
        secrets_of_all.extend(presented(accepted.uri().query().unwrap()));
        assert_eq!(fetch(server, accepted).await.status(), 200);
        for (name, request, time) in rejections() {
            secrets_of_all.extend(secrets(&time));
            secrets_of_all.extend(presented(request.uri().query().unwrap()));
            secrets_of_all.push(("the body".to_owned(), "the body's own secret".to_owned()));
            assert!(fetch(server, request).await.status() >= 400, "{name}");
            rejected += 1;
        }
    });
    let log = &recorded.log;
    assert_eq!(log.matches("finished processing request").count(), 1 + rejected, "the log has all requests: {log}");
    assert!(log.contains(r#"path="/im""#), "{log}");
    assert_none_in(log, &secrets_of_all);
    assert_none_in(&recorded.text(), &secrets_of_all);
}

/// Signed or not, no webhook can make a new label.
#[test]
fn unknown_commands_are_counted_as_other() {
    let recorded = record(async {
        let router = WebhookRouter::new().fallback(async |_: Webhook| Ack::ok());
        let mut service = endpoint(&router);
        let mut random = 7_u64;
        for _ in 0..1000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let genuine = signed_with(&format!("{random:x}.Callback{random}"), "{\"a\":1}");
            let mut forged = genuine.clone();
            *forged.uri_mut() = forged.uri().to_string().replace("Sign=", "Sign=0").parse().unwrap();
            for (request, status) in [(genuine, 200), (forged, 401)] {
                assert_eq!(service.call(request).await.unwrap().status(), status);
            }
        }
    });
    let expected = [
        ("tencent_webhooks_total command=other outcome=answered", 1000),
        ("tencent_webhooks_total command=other outcome=invalid_sign", 1000),
        ("tencent_webhook_handlers_total command=other outcome=answered", 1000),
    ];
    assert_eq!(recorded.counters, counters(expected));
    // With the histograms of both, their ages, and what is in flight.
    assert_eq!(recorded.labels().len(), 7);
    assert!(recorded.spans.iter().all(|span| span["command"] == "other"));
}
