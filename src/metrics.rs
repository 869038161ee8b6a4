//! The metrics that this crate reports through the [`metrics`](https://docs.rs/metrics) facade: their names, labels and units.
//!
//! Nothing has to be switched on but the feature, and a recorder has to be installed. The first webhook
//! [describes](describe) them to it. A recorder of histograms needs to know the buckets; a summary, which many make
//! without, cannot be added up over instances. With `metrics-exporter-prometheus`:
//!
//! ```
//! use tower_tencent_webhook::metrics;
//!
//! # struct PrometheusBuilder;
//! # enum Matcher { Suffix(String) }
//! # impl PrometheusBuilder {
//! #     fn new() -> Self { Self }
//! #     fn set_buckets_for_metric(self, _: Matcher, _: &[f64]) -> Result<Self, &'static str> { Ok(self) }
//! # }
//! let recorder = PrometheusBuilder::new()
//!     .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".into()), metrics::DURATION_BUCKETS)?
//!     .set_buckets_for_metric(Matcher::Suffix("_age_seconds".into()), metrics::AGE_BUCKETS)?;
//! # let _ = recorder;
//! # Ok::<(), &str>(())
//! ```
//!
//! Labels are bounded: `command` is one of [`Command::ALL`](crate::Command::ALL) or of the RTC Engine's types, and `other`
//! for what is unknown or not verified.
//!
#![doc = include_str!("metrics.md")]

use metrics::Unit;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often values were in a range.
    Histogram,
}

/// One of the [metrics](ALL).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts or measures, in one sentence.
    pub help: &'static str,
}

macro_rules! metrics {
    ($( $kind:ident $constant:ident = $name:literal [$($label:literal),*] $help:literal; )*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub const $constant: &str = $name;
        )*

        /// All metrics.
        pub const ALL: &[Metric] = &[
            $( Metric { name: $constant, kind: Kind::$kind, labels: &[$($label),*], help: $help }, )*
        ];
    };
}

metrics! {
    Counter WEBHOOKS = "tencent_webhooks_total" ["command", "outcome"]
        "Webhooks received, by how they were answered or why they were rejected.";
    Counter DRIFTED = "tencent_webhooks_drifted_total" ["command"]
        "Webhooks with a field that had to be left out because its value did not fit, or kept although their bodies could not be read.";
    Counter UNTAKEN = "tencent_webhooks_untaken_total" ["command"]
        "Verified webhooks that no service took from the request.";
    Counter COPIES_LOST = "tencent_webhooks_copies_lost_total" ["command"]
        "Before-events that were not copied, as too many copies were on their way.";
    Counter FAILURES = "tencent_webhook_failures_total" ["command", "answer"]
        "Verified webhooks that failed, by what the failure policy answered.";
    Counter HANDLERS = "tencent_webhook_handlers_total" ["command", "outcome"]
        "Calls of handlers, by how they ended.";
    Histogram DURATION = "tencent_webhook_duration_seconds" ["command"]
        "Time from the head of a verified webhook to its answer.";
    Histogram HANDLER_DURATION = "tencent_webhook_handler_duration_seconds" ["command"]
        "Time that handlers took, in the background too.";
    Histogram AGE = "tencent_webhook_age_seconds" ["command"]
        "Time between the sending and the receipt of a webhook, by the clocks of both.";
    Gauge IN_FLIGHT = "tencent_webhooks_in_flight" []
        "Webhooks whose body is being read or that are being handled.";
    Gauge PLACES_TAKEN = "tencent_webhook_places_taken" ["place"]
        "Places that are taken, of those that are limited.";
    Gauge PLACES_LIMIT = "tencent_webhook_places_limit" ["place"]
        "How many places there are.";
}

/// Buckets for durations: with boundaries at 1.8 s, where a deadline should be, and at 2 s, where Chat hangs up.
pub const DURATION_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 1.8, 2.0, 3.0, 5.0];

/// Buckets for [`AGE`]: `RequestTime` is exact to the second, and accepted for a minute by default.
pub const AGE_BUCKETS: &[f64] = &[1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0];

/// Tells the recorder what each metric means, and its unit. The first webhook does it; this is for a recorder that is
/// installed later.
pub fn describe() {
    for metric in ALL {
        let (name, help) = (metric.name, metric.help);
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(name, Unit::Count, help),
            Kind::Gauge => metrics::describe_gauge!(name, Unit::Count, help),
            Kind::Histogram => metrics::describe_histogram!(name, Unit::Seconds, help),
        }
    }
}
