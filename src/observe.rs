//! What is told to `tracing` and to `metrics`, where these features are on; nothing where they are not.
//!
//! Never the query, a token, a signature or a body. Labels are bounded: unknown commands count as `other`.

use http::{Response, StatusCode};

use crate::{Command, Rejection, WebhookContext};

/// The names of the metrics.
#[cfg(feature = "metrics")]
mod names {
    pub(super) const WEBHOOKS: &str = "tencent_webhooks_total";
    pub(super) const HANDLERS: &str = "tencent_webhook_handlers_total";
    pub(super) const HANDLER_SECONDS: &str = "tencent_webhook_handler_duration_seconds";
    #[cfg(feature = "tokio")]
    pub(super) const HANDLERS_BEHIND: &str = "tencent_webhook_background_handlers";
}

/// How a webhook was answered, as the router knows it. It travels in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code)] // Some come up, or are told, with a feature alone.
pub(crate) enum Outcome {
    /// By its handler, or whatever the inner service is.
    Answered,
    /// Nobody handles it.
    Unhandled,
    /// The handler failed, or the inner service answered with another status than 200.
    Failed,
    /// The handler panicked.
    Panicked,
    /// The handler was past its deadline.
    Late,
    /// Before its handler ran.
    First,
    /// As too many handlers ran behind.
    Overloaded,
    /// Not at all: the client, or a layer around, gave up.
    Dropped,
}

impl Outcome {
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unhandled => "unhandled",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Late => "deadline_exceeded",
            Self::First => "acked_first",
            Self::Overloaded => "overloaded",
            Self::Dropped => "dropped",
        }
    }

    /// Leaves word in a response, where somebody reads it.
    pub(crate) fn tag<B>(self, mut response: Response<B>) -> Response<B> {
        if cfg!(any(feature = "tracing", feature = "metrics")) && self != Self::Answered {
            response.extensions_mut().insert(self);
        }
        response
    }

    pub(crate) fn of<B>(response: &Response<B>) -> Self {
        match response.extensions().get() {
            Some(outcome) => *outcome,
            None if response.status() == StatusCode::OK => Self::Answered,
            None => Self::Failed,
        }
    }
}

/// The label of commands that are not in the catalogue, and of webhooks whose command nobody has vouched for.
pub(crate) const OTHER: &str = "other";

/// A label for a command.
pub(crate) fn label(command: &Command) -> &'static str {
    command.as_known().map_or(OTHER, |known| known.word())
}

/// A webhook on its way through the inner service.
pub(crate) struct Way {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    /// Where somebody listens to the span.
    #[cfg(feature = "tracing")]
    start: Option<std::time::Instant>,
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    outcome: Outcome,
    #[cfg(feature = "metrics")]
    command: &'static str,
}

#[allow(unused_variables, clippy::unused_self, clippy::needless_pass_by_value)]
impl Way {
    pub(crate) fn new(context: &WebhookContext) -> Self {
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            "webhook",
            command = label(context.command()),
            app = context.app().get(),
            phase = ?context.command().phase(),
            verified = context.is_verified(),
            outcome = tracing::field::Empty,
            latency_us = tracing::field::Empty,
        );
        Self {
            #[cfg(feature = "tracing")]
            start: (!span.is_disabled()).then(std::time::Instant::now),
            #[cfg(feature = "tracing")]
            span,
            #[cfg(any(feature = "tracing", feature = "metrics"))]
            outcome: Outcome::Dropped,
            #[cfg(feature = "metrics")]
            command: label(context.command()),
        }
    }

    /// Does a step of the inner service.
    pub(crate) fn step<T>(&self, step: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        let _entered = self.span.enter();
        step()
    }

    /// The inner service has ended.
    pub(crate) fn end(&mut self, outcome: Outcome) {
        #[cfg(any(feature = "tracing", feature = "metrics"))]
        {
            self.outcome = outcome;
        }
    }
}

#[cfg(any(feature = "tracing", feature = "metrics"))]
impl Drop for Way {
    fn drop(&mut self) {
        #[cfg(feature = "tracing")]
        if let Some(start) = self.start {
            self.span.record("outcome", self.outcome.as_str());
            self.span.record("latency_us", u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
        #[cfg(feature = "metrics")]
        metrics::counter!(names::WEBHOOKS, "command" => self.command, "outcome" => self.outcome.as_str()).increment(1);
    }
}

/// A webhook was refused.
#[allow(unused_variables)]
pub(crate) fn refused(rejection: &Rejection, command: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(kind = rejection.kind().as_str(), command, "webhook refused");
    #[cfg(feature = "metrics")]
    metrics::counter!(names::WEBHOOKS, "command" => command, "outcome" => rejection.kind().as_str()).increment(1);
}

/// A handler at work.
pub(crate) struct Work {
    #[cfg(all(feature = "tokio", feature = "tracing"))]
    span: tracing::Span,
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    outcome: Outcome,
    #[cfg(feature = "metrics")]
    command: &'static str,
    #[cfg(feature = "metrics")]
    start: std::time::Instant,
}

#[allow(unused_variables, clippy::unused_self)]
impl Work {
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            #[cfg(all(feature = "tokio", feature = "tracing"))]
            span: tracing::Span::current(),
            #[cfg(any(feature = "tracing", feature = "metrics"))]
            outcome: Outcome::Dropped,
            #[cfg(feature = "metrics")]
            command,
            #[cfg(feature = "metrics")]
            start: std::time::Instant::now(),
        }
    }

    /// The span of its webhook, for what it does behind.
    #[cfg(all(feature = "tokio", feature = "tracing"))]
    pub(crate) fn span(&self) -> &tracing::Span {
        &self.span
    }

    /// The handler has ended, with an error if it failed by one.
    pub(crate) fn end(&mut self, outcome: Outcome, error: Option<&(dyn std::error::Error + Send + Sync)>) {
        #[cfg(any(feature = "tracing", feature = "metrics"))]
        {
            self.outcome = outcome;
        }
        #[cfg(feature = "tracing")]
        match (outcome, error) {
            (_, Some(error)) => tracing::error!(%error, "webhook handler failed"),
            (Outcome::Panicked, _) => tracing::error!("webhook handler panicked"),
            _ => {}
        }
    }
}

#[cfg(feature = "metrics")]
impl Drop for Work {
    fn drop(&mut self) {
        let Self { outcome, command, start, .. } = self;
        metrics::counter!(names::HANDLERS, "command" => *command, "outcome" => outcome.as_str()).increment(1);
        metrics::histogram!(names::HANDLER_SECONDS, "command" => *command).record(start.elapsed());
    }
}

/// One more handler runs behind, until this is dropped.
#[cfg(feature = "tokio")]
pub(crate) struct RunsBehind(());

#[cfg(feature = "tokio")]
impl RunsBehind {
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!(names::HANDLERS_BEHIND).increment(1.0);
        Self(())
    }
}

#[cfg(feature = "tokio")]
impl Drop for RunsBehind {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        metrics::gauge!(names::HANDLERS_BEHIND).decrement(1.0);
    }
}
