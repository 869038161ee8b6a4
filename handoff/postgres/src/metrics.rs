//! Metrics by OpenTelemetry's names for messaging. Without the feature `metrics` they cost nothing.

#[cfg(feature = "metrics")]
pub(crate) use self::facade::*;
#[cfg(not(feature = "metrics"))]
pub(crate) use self::nothing::*;

#[cfg(feature = "metrics")]
mod facade {
    use std::{sync::Arc, time::Duration};

    use metrics::{Label, SharedString, Unit, counter, describe_counter, describe_histogram, histogram};

    const SENT: &str = "messaging.client.sent.messages";
    const CONSUMED: &str = "messaging.client.consumed.messages";
    const OPERATION: &str = "messaging.client.operation.duration";
    const PROCESS: &str = "messaging.process.duration";

    pub(crate) fn describe() {
        describe_counter!(SENT, Unit::Count, "Webhooks that were handed to the outbox.");
        describe_counter!(CONSUMED, Unit::Count, "Webhooks that a worker has taken from the outbox.");
        describe_histogram!(OPERATION, Unit::Seconds, "How long an operation on the database took.");
        describe_histogram!(PROCESS, Unit::Seconds, "How long the handler of a webhook took.");
    }

    fn labels(operation: &'static str, destination: &Arc<str>, error: Option<&'static str>) -> Vec<Label> {
        let mut labels = vec![
            Label::from_static_parts("messaging.system", "postgresql"),
            Label::from_static_parts("messaging.operation.name", operation),
            Label::new("messaging.destination.name", SharedString::from(destination.clone())),
        ];
        labels.extend(error.map(|error| Label::from_static_parts("error.type", error)));
        labels
    }

    /// A webhook was handed to the outbox.
    pub(crate) fn sent(destination: &Arc<str>, took: Duration, error: Option<&'static str>) {
        counter!(SENT, labels("send", destination, error)).increment(1);
        operation("send", destination, took, error);
    }

    /// Webhooks were taken from the outbox.
    pub(crate) fn consumed(destination: &Arc<str>, webhooks: usize) {
        counter!(CONSUMED, labels("claim", destination, None)).increment(webhooks as u64);
    }

    /// An operation on the database.
    pub(crate) fn operation(name: &'static str, destination: &Arc<str>, took: Duration, error: Option<&'static str>) {
        histogram!(OPERATION, labels(name, destination, error)).record(took.as_secs_f64());
    }

    /// A handler.
    pub(crate) fn processed(destination: &Arc<str>, took: Duration, error: Option<&'static str>) {
        histogram!(PROCESS, labels("process", destination, error)).record(took.as_secs_f64());
    }
}

#[cfg(not(feature = "metrics"))]
mod nothing {
    use std::{sync::Arc, time::Duration};

    pub(crate) fn sent(_: &Arc<str>, _: Duration, _: Option<&'static str>) {}
    pub(crate) fn consumed(_: &Arc<str>, _: usize) {}
    pub(crate) fn operation(_: &'static str, _: &Arc<str>, _: Duration, _: Option<&'static str>) {}
    pub(crate) fn processed(_: &Arc<str>, _: Duration, _: Option<&'static str>) {}
}
