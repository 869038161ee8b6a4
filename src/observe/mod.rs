//! Reports to `tracing` and to `metrics`, if these features are enabled.
//!
//! Tokens, signatures, bodies and queries are never reported, except the app and the command of a rejected webhook.
//! Labels are bounded: unknown commands count as `other`.
//! Each sink is a file with a no-op twin, so that no other code checks for the features.

use http::{Response, StatusCode};

use crate::{
    command::Command,
    rejection::Rejection,
    webhook::{Webhook, WebhookContext},
};

#[cfg_attr(not(feature = "metrics"), path = "no_metrics.rs")]
mod metrics;
#[cfg_attr(not(feature = "tracing"), path = "no_trace.rs")]
mod trace;

#[cfg(feature = "tokio")]
pub(crate) use trace::Handler as Span;

pub(crate) use self::metrics::Receipt;

/// How a webhook was answered. The router passes it on in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "some need `tokio`")]
pub(crate) enum Outcome {
    /// Answered by its handler, or by another inner service.
    Answered,
    /// It has no handler.
    Unhandled,
    /// The handler failed.
    Failed,
    /// The handler panicked.
    Panicked,
    /// The inner service answered with this status, which is not 200.
    Status(StatusCode),
    /// The inner service returned an error.
    ServiceFailed,
    /// The inner service panicked.
    ServicePanicked,
    /// The inner service answered with what is no answer to the event.
    WrongAnswer,
    /// The handler exceeded its deadline.
    DeadlineExceeded,
    /// Acknowledged before its handler ran.
    AckedFirst,
    /// The limit of background handlers was reached.
    Overloaded,
    /// Cancelled by the client or an outer layer.
    Dropped,
}

impl Outcome {
    #[allow(dead_code, reason = "only the sinks need it")]
    fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unhandled => "unhandled",
            Self::Failed | Self::Status(_) | Self::ServiceFailed => "failed",
            Self::Panicked | Self::ServicePanicked => "panicked",
            Self::WrongAnswer => "wrong_answer",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::AckedFirst => "acked_first",
            Self::Overloaded => "overloaded",
            Self::Dropped => "dropped",
        }
    }

    /// Tags a response: one that failed for the failure policy, others only if a sink will read it.
    pub(crate) fn tag<B>(self, response: &mut Response<B>) {
        let is_read = trace::IS_ON || metrics::IS_ON || response.status() != StatusCode::OK;
        if is_read && self != Self::Answered {
            response.extensions_mut().insert(self);
        }
    }

    pub(crate) fn of<B>(response: &Response<B>) -> Self {
        match response.extensions().get() {
            Some(outcome) => *outcome,
            None if response.status() == StatusCode::OK => Self::Answered,
            None => Self::Status(response.status()),
        }
    }
}

/// The label of commands that are not in the catalogue, and of unverified webhooks.
const OTHER: &str = "other";

/// A label for a command.
pub(crate) fn label(command: &Command) -> &'static str {
    command.known_word().unwrap_or(OTHER)
}

/// A webhook in the inner service. It counts as cancelled if it is dropped before it is finished.
pub(crate) struct WebhookSpan {
    trace: trace::Webhook,
    metrics: Option<metrics::Webhook>,
}

impl WebhookSpan {
    pub(crate) fn new(hook: &Webhook, receipt: Receipt) -> Self {
        let context = hook.context();
        let command = label(context.command());
        let metrics = metrics::Webhook::new(command, hook.sent(), receipt);
        Self { trace: trace::Webhook::new(command, context), metrics: Some(metrics) }
    }

    /// The span of a webhook that was counted when it was received, and is handled apart from its request.
    pub(crate) fn uncounted(context: &WebhookContext) -> Self {
        Self { trace: trace::Webhook::new(label(context.command()), context), metrics: None }
    }

    /// Runs a step of the inner service.
    pub(crate) fn in_scope<T>(&self, step: impl FnOnce() -> T) -> T {
        self.trace.in_scope(step)
    }

    /// The inner service is done.
    pub(crate) fn finish(&mut self, outcome: Outcome) {
        self.trace.finish(outcome);
        if let Some(metrics) = &mut self.metrics {
            metrics.finish(outcome);
        }
    }
}

/// Whether anybody is told of a webhook that no service took.
pub(crate) const WATCHES: bool = trace::IS_ON || metrics::IS_ON;

/// A webhook was dropped, and no service had looked at it.
pub(crate) fn untaken(command: Option<&'static str>) {
    let command = command.unwrap_or(OTHER);
    trace::untaken(command);
    metrics::untaken(command);
}

/// A webhook was rejected.
pub(crate) fn rejected(rejection: &Rejection) {
    let command = rejection.command().map_or(OTHER, label);
    trace::rejected(rejection, command);
    metrics::rejected(rejection, command);
}

/// A webhook is kept although its body cannot be read: all of it was dropped.
pub(crate) fn kept(rejection: &Rejection) {
    let command = rejection.command().map_or(OTHER, label);
    trace::kept(rejection, command);
    metrics::drifted(command);
}

/// A webhook was parsed: reports the dropped parts of its body, if any.
pub(crate) fn drifted(hook: &Webhook) {
    if !hook.drift().is_empty() {
        let command = label(hook.context().command());
        trace::drifted(hook.drift(), command);
        metrics::drifted(command);
    }
}

/// The failure policy has decided about a webhook.
pub(crate) fn decided(command: &Command, answer: &'static str) {
    metrics::decided(label(command), answer);
}

/// A running handler. It counts as cancelled if it is dropped before it is finished.
pub(crate) struct HandlerSpan {
    #[allow(dead_code, reason = "only background handlers need it")]
    trace: trace::Handler,
    metrics: metrics::Handler,
}

impl HandlerSpan {
    pub(crate) fn new(command: &'static str) -> Self {
        Self { trace: trace::Handler::new(), metrics: metrics::Handler::new(command) }
    }

    /// The handler is done.
    pub(crate) fn finish(&mut self, outcome: Outcome) {
        trace::handled(outcome);
        self.metrics.finish(outcome);
    }

    /// The handler failed. The `Display` of its error may panic.
    pub(crate) fn failed(&self, error: &(dyn std::error::Error + Send + Sync)) {
        trace::failed(error);
    }

    /// The webhook's span, for a handler that continues in the background.
    #[cfg(feature = "tokio")]
    pub(crate) fn span(&self) -> Span {
        self.trace.clone()
    }
}

/// A handler was dropped that ran for too long in the background.
#[cfg(feature = "tokio")]
pub(crate) fn background_timeout() {
    trace::background_timeout();
}

/// A before-event was not copied, as too many copies were on their way.
#[cfg(feature = "tokio")]
pub(crate) fn copy_lost(context: &WebhookContext) {
    let command = label(context.command());
    trace::copy_lost(command);
    metrics::copy_lost(command);
}

/// Counts a place as taken until it is dropped.
#[cfg(feature = "tokio")]
pub(crate) struct TakenPlace(&'static str);

#[cfg(feature = "tokio")]
impl TakenPlace {
    /// One of `limit` places with this name.
    pub(crate) fn new(name: &'static str, limit: usize) -> Self {
        metrics::place_taken(name, limit);
        Self(name)
    }
}

#[cfg(feature = "tokio")]
impl Drop for TakenPlace {
    fn drop(&mut self) {
        metrics::place_left(self.0);
    }
}
