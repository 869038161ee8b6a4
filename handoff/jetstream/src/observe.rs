//! Metrics with OpenTelemetry's names for messaging, or nothing at all without the feature `metrics`.

#[cfg(not(feature = "metrics"))]
use std::sync::Arc;

/// What is done with a message: `messaging.operation.name`.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Publish,
    DeadLetter,
    #[cfg(feature = "metrics")]
    Receive,
    Process,
    Ack,
    Nak,
    Terminate,
}

#[cfg(feature = "metrics")]
mod recorded {
    use std::{sync::Arc, time::Instant};

    use metrics::{Label, Unit};

    use super::Operation;

    const SENT: &str = "messaging.client.sent.messages";
    const CONSUMED: &str = "messaging.client.consumed.messages";
    const OPERATION: &str = "messaging.client.operation.duration";
    const PROCESS: &str = "messaging.process.duration";

    /// Tells the recorder what the metrics mean, and their units. Call it once, after the recorder was installed.
    pub fn describe_metrics() {
        metrics::describe_counter!(SENT, Unit::Count, "Messages that were to be published");
        metrics::describe_counter!(CONSUMED, Unit::Count, "Messages that were received");
        metrics::describe_histogram!(
            OPERATION,
            Unit::Seconds,
            "How long an operation took, the server's answer included"
        );
        metrics::describe_histogram!(PROCESS, Unit::Seconds, "How long the handler of a message took");
    }

    impl Operation {
        fn name(self) -> &'static str {
            match self {
                Self::Publish => "publish",
                Self::DeadLetter => "dead_letter",
                Self::Receive => "receive",
                Self::Process => "process",
                Self::Ack => "ack",
                Self::Nak => "nak",
                Self::Terminate => "terminate",
            }
        }
    }

    /// How long an operation takes. One that is given up, as a time limit around it is over, is an error too: `dropped`.
    pub(crate) struct Timer {
        operation: Operation,
        destination: Arc<str>,
        start: Instant,
        error: Option<&'static str>,
    }

    impl Timer {
        pub(crate) fn start(operation: Operation, destination: &Arc<str>) -> Self {
            Self { operation, destination: destination.clone(), start: Instant::now(), error: Some("dropped") }
        }

        pub(crate) fn stop(mut self, error: Option<&'static str>) {
            self.error = error;
        }
    }

    impl Drop for Timer {
        fn drop(&mut self) {
            let labels = labels(self.operation, &self.destination, self.error);
            let duration = self.start.elapsed();
            match self.operation {
                Operation::Process => metrics::histogram!(PROCESS, labels).record(duration),
                Operation::Publish | Operation::DeadLetter => {
                    metrics::counter!(SENT, labels.clone()).increment(1);
                    metrics::histogram!(OPERATION, labels).record(duration);
                }
                _ => metrics::histogram!(OPERATION, labels).record(duration),
            }
        }
    }

    /// Counts a message that was received, or a failure to receive one.
    pub(crate) fn received(destination: &Arc<str>, error: Option<&'static str>) {
        metrics::counter!(CONSUMED, labels(Operation::Receive, destination, error)).increment(1);
    }

    fn labels(operation: Operation, destination: &Arc<str>, error: Option<&'static str>) -> Vec<Label> {
        let mut labels = vec![
            Label::from_static_parts("messaging.system", "nats"),
            Label::from_static_parts("messaging.operation.name", operation.name()),
            Label::new("messaging.destination.name", destination.clone()),
        ];
        labels.extend(error.map(|error| Label::from_static_parts("error.type", error)));
        labels
    }
}

#[cfg(feature = "metrics")]
pub use recorded::describe_metrics;
#[cfg(feature = "metrics")]
pub(crate) use recorded::{Timer, received};

#[cfg(not(feature = "metrics"))]
pub(crate) struct Timer;

#[cfg(not(feature = "metrics"))]
impl Timer {
    pub(crate) fn start(_: Operation, _: &Arc<str>) -> Self {
        Self
    }

    pub(crate) fn stop(self, _: Option<&'static str>) {}
}

#[cfg(not(feature = "metrics"))]
pub(crate) fn received(_: &Arc<str>, _: Option<&'static str>) {}
