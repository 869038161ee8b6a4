//! Metrics, by OpenTelemetry's names.

use std::{collections::BTreeSet, future::ready};

use metrics_util::debugging::DebuggingRecorder;
use tower::ServiceExt;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};
use tower_tencent_webhook_postgres::{Outbox, Worker, describe_metrics};

use crate::common::{Setup, message};

#[test]
fn what_is_sent_claimed_and_handled_is_counted_under_few_labels() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The recorder is one of the thread's, and all is done on it.
    metrics::with_local_recorder(&recorder, || {
        describe_metrics();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let setup = Setup::new().await;
            setup.store_messages([1, 2]).await;
            let outbox: Outbox = setup.outbox.clone().capacity(0);
            outbox.oneshot(message(3)).await.unwrap_err();
            let router = WebhookRouter::new().fallback(async |hook: Webhook| {
                if hook.identity() == message(1).identity() { Err("no") } else { Ok(Ack::ok()) }
            });
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let worker = Worker::new(&setup.database, router).max_attempts(1).run(async { _ = stopped.await });
            let stop = async {
                setup.until("state <> 'pending'", 2).await;
                stop.send(()).unwrap();
            };
            tokio::join!(worker, stop);
            // The app's own time limit is over first.
            tokio::select! {
                biased;
                stored = setup.outbox.clone().oneshot(message(4)) => panic!("so soon: {stored:?}"),
                () = ready(()) => {}
            }
        });
    });
    let found: BTreeSet<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, help, _)| {
            assert!(help.is_some(), "{key:?} is not described");
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            format!("{} {}", key.key().name(), labels.join(" "))
        })
        .collect();
    let expected = [
        "messaging.client.consumed.messages postgresql claim tencent_webhook.outbox",
        "messaging.client.operation.duration postgresql claim tencent_webhook.outbox",
        "messaging.client.operation.duration postgresql dead tencent_webhook.outbox",
        "messaging.client.operation.duration postgresql done tencent_webhook.outbox",
        "messaging.client.operation.duration postgresql send tencent_webhook.outbox",
        "messaging.client.operation.duration postgresql send tencent_webhook.outbox dropped",
        "messaging.client.operation.duration postgresql send tencent_webhook.outbox overloaded",
        "messaging.client.sent.messages postgresql send tencent_webhook.outbox",
        "messaging.client.sent.messages postgresql send tencent_webhook.outbox dropped",
        "messaging.client.sent.messages postgresql send tencent_webhook.outbox overloaded",
        "messaging.process.duration postgresql process tencent_webhook.outbox",
        "messaging.process.duration postgresql process tencent_webhook.outbox failed",
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
