//! Logs to standard error, metrics for Prometheus.

use std::{env, io, net::SocketAddr};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tower_tencent_webhook::metrics::{self, AGE_BUCKETS, DURATION_BUCKETS};
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::BoxError;

/// Logs to standard error what `RUST_LOG` says, such as `info,tower_tencent_webhook=debug`. The default is `info`.
///
/// # Errors
///
/// If that is no list of targets and levels.
pub fn install_logs() -> Result<(), BoxError> {
    let levels = env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let levels: Targets = levels.parse().map_err(|error| format!("RUST_LOG: {error}"))?;
    tracing_subscriber::registry().with(fmt::layer().with_writer(io::stderr)).with(levels).try_init()?;
    Ok(())
}

/// Serves `/metrics` to Prometheus, on a port of its own: it is nobody else's business.
///
/// # Errors
///
/// If there is a recorder already, or the address cannot be had.
pub fn install_metrics(address: SocketAddr) -> Result<(), BoxError> {
    PrometheusBuilder::new()
        // OpenTelemetry's names of the hand-off become those that Prometheus is used to; the others are already.
        .with_recommended_naming(true)
        .with_http_listener(address)
        // `tencent_webhook_duration_seconds`, and what the hand-off takes: `messaging.client.operation.duration`.
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".into()), DURATION_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_operation_duration".into()), DURATION_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_age_seconds".into()), AGE_BUCKETS)?
        .install()?;
    // Before the first webhook, so that nobody has to wait for one to see what there is.
    metrics::describe();
    tower_tencent_webhook_jetstream::describe_metrics();
    Ok(())
}
