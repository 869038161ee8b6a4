//! The metrics, by name and attributes.

use std::{collections::BTreeMap, time::Duration};

use async_nats::jetstream;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::{sync::oneshot, time::timeout};
use tower::ServiceExt;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::c2c};
use tower_tencent_webhook_handoff_testing::eventually;
use tower_tencent_webhook_jetstream::{JetStream, Worker, describe_metrics};

use crate::common::{message, stored, streams};

#[test]
fn messages_are_counted_and_timed_under_the_names_of_opentelemetry() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        describe_metrics();
        runtime.block_on(async {
            let (mut server, client) = streams().await;
            let sink = JetStream::new(client.clone());
            sink.clone().oneshot(message(1)).await.unwrap();
            sink.clone().oneshot(message(2)).await.unwrap();
            let router = WebhookRouter::new().on(async |hook: Webhook<c2c::AfterSendMsg>| match hook.msg_seq {
                Some(1) => Ok(Ack::ok()),
                _ => Err("no"),
            });
            let (stop, stopped) = oneshot::channel::<()>();
            let worker = Worker::new(jetstream::new(client.clone()), "EVENTS", "worker")
                .max_deliveries(2)
                .backoff([Duration::ZERO])
                .run(router, async { _ = stopped.await });
            let work = async {
                eventually("there is a dead letter", async || stored(&client, "DEAD").await.len() == 1).await;
                drop(stop);
            };
            let (worked, ()) = tokio::join!(worker, work);
            worked.unwrap();
            server.kill();
            // A time limit of the app's own, and the sink's.
            let given_up = timeout(Duration::from_millis(50), sink.clone().oneshot(message(3))).await;
            assert!(given_up.is_err());
            sink.deadline(Duration::from_millis(50)).oneshot(message(3)).await.unwrap_err();
        });
    });

    let mut counts = BTreeMap::new();
    for (key, unit, description, value) in snapshotter.snapshot().into_vec() {
        assert!(unit.is_some() && description.is_some(), "{key:?}");
        let (_, key) = key.into_parts();
        let (name, labels) = key.into_parts();
        let label = |wanted: &str| {
            let found = labels.iter().find(|label| label.key() == wanted);
            found.map(|label| label.value().to_owned()).unwrap_or_default()
        };
        assert_eq!(label("messaging.system"), "nats");
        let key = [
            name.as_str().to_owned(),
            label("messaging.operation.name"),
            label("messaging.destination.name"),
            label("error.type"),
        ];
        let count = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(_) => panic!("there is no gauge"),
        };
        counts.insert(key.join(" "), count);
    }
    let expected = [
        ("messaging.client.consumed.messages receive EVENTS ", 3),
        ("messaging.client.operation.duration ack EVENTS ", 1),
        ("messaging.client.operation.duration dead_letter EVENTS ", 1),
        ("messaging.client.operation.duration nak EVENTS ", 1),
        ("messaging.client.operation.duration publish tencent.> ", 2),
        ("messaging.client.operation.duration publish tencent.> dropped", 1),
        ("messaging.client.operation.duration publish tencent.> timed_out", 1),
        ("messaging.client.operation.duration terminate EVENTS ", 1),
        ("messaging.client.sent.messages dead_letter EVENTS ", 1),
        ("messaging.client.sent.messages publish tencent.> ", 2),
        ("messaging.client.sent.messages publish tencent.> dropped", 1),
        ("messaging.client.sent.messages publish tencent.> timed_out", 1),
        ("messaging.process.duration process EVENTS ", 1),
        ("messaging.process.duration process EVENTS handler_failed", 2),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(key, count)| (key.to_owned(), count)).into();
    assert_eq!(counts, expected);
}
