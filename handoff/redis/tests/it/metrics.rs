//! Metrics, by OpenTelemetry's names.

use std::{collections::BTreeSet, time::Duration};

use metrics_util::debugging::DebuggingRecorder;
use tower_tencent_webhook::repeats::{Lease, RepeatStore};
use tower_tencent_webhook_handoff_testing::{PATIENCE, Redis};
use tower_tencent_webhook_redis::{Repeats, describe_metrics};

#[test]
fn each_operation_is_timed_under_few_labels() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        describe_metrics();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut server = Redis::start_new().await;
            let store = Repeats::new(&server.url()).unwrap().timeout(PATIENCE);
            let leases = [1, 2].map(|event: u128| Lease::new(event.into(), Duration::from_secs(60)));
            for lease in &leases {
                store.claim(lease).await.unwrap();
            }
            store.complete(&leases[0]).await.unwrap();
            store.release(&leases[1]).await.unwrap();
            server.kill();
            let hasty = Repeats::new(&server.url()).unwrap().timeout(Duration::from_millis(20));
            hasty.claim(&leases[0]).await.unwrap_err();
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
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    let [claimed, failed, completed, released] = found[..] else { panic!("{found:?}") };
    assert_eq!(claimed, "messaging.client.operation.duration redis claim tencent_webhook");
    assert!(failed.starts_with("messaging.client.operation.duration redis claim tencent_webhook "), "{failed}");
    assert_eq!(completed, "messaging.client.operation.duration redis complete tencent_webhook");
    assert_eq!(released, "messaging.client.operation.duration redis release tencent_webhook");
}
