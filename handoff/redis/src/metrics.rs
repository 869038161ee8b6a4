//! Metrics by OpenTelemetry's names for messaging. Without the feature `metrics` they cost nothing.

#[cfg(feature = "metrics")]
pub(crate) use self::facade::*;
#[cfg(not(feature = "metrics"))]
pub(crate) use self::nothing::*;

#[cfg(feature = "metrics")]
mod facade {
    use std::{sync::Arc, time::Duration};

    use metrics::{Label, SharedString, Unit, describe_histogram, histogram};

    const OPERATION: &str = "messaging.client.operation.duration";

    pub(crate) fn describe() {
        describe_histogram!(OPERATION, Unit::Seconds, "How long an operation on Redis took.");
    }

    pub(crate) fn operation(name: &'static str, prefix: &Arc<str>, took: Duration, error: Option<&'static str>) {
        let mut labels = vec![
            Label::from_static_parts("messaging.system", "redis"),
            Label::from_static_parts("messaging.operation.name", name),
            Label::new("messaging.destination.name", SharedString::from(prefix.clone())),
        ];
        labels.extend(error.map(|error| Label::from_static_parts("error.type", error)));
        histogram!(OPERATION, labels).record(took.as_secs_f64());
    }
}

#[cfg(not(feature = "metrics"))]
mod nothing {
    use std::{sync::Arc, time::Duration};

    pub(crate) fn operation(_: &'static str, _: &Arc<str>, _: Duration, _: Option<&'static str>) {}
}
