//! Spans and events for `tracing`.

use std::{error::Error, time::Instant};

use tracing::{Span, field::Empty};

use super::Outcome;
use crate::{
    rejection::{Rejection, RejectionKind},
    webhook::{Drift, WebhookContext},
};

pub(super) const IS_ON: bool = true;

/// The span of a webhook.
pub(super) struct Webhook {
    span: Span,
    /// Set only if the span is enabled.
    start: Option<Instant>,
    outcome: Outcome,
}

impl Webhook {
    pub(super) fn new(command: &'static str, context: &WebhookContext) -> Self {
        let span = tracing::info_span!(
            "webhook",
            command,
            app = context.app().get(),
            phase = ?context.command().phase(),
            verified = context.is_verified(),
            outcome = Empty,
            latency_us = Empty,
        );
        Self { start: (!span.is_disabled()).then(Instant::now), span, outcome: Outcome::Dropped }
    }

    pub(super) fn in_scope<T>(&self, step: impl FnOnce() -> T) -> T {
        self.span.in_scope(step)
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        if let Some(start) = self.start {
            self.span.record("outcome", self.outcome.as_str());
            self.span.record("latency_us", u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
    }
}

pub(super) fn rejected(rejection: &Rejection, command: &'static str) {
    match rejection.kind() {
        RejectionKind::UrlCheck => tracing::debug!(kind = "url_check", command, "webhook URL checked"),
        kind => tracing::warn!(kind = kind.as_str(), command, "webhook rejected"),
    }
}

pub(super) fn drifted(drifts: &[Drift], command: &'static str) {
    for drift in drifts {
        tracing::debug!(command, path = drift.path(), "webhook field dropped: its value does not fit");
    }
}

/// The span that a handler was started in.
#[derive(Clone)]
pub(crate) struct Handler(#[allow(dead_code, reason = "only background handlers need it")] Span);

impl Handler {
    pub(super) fn new() -> Self {
        Self(Span::current())
    }

    /// Runs a future in the span.
    #[cfg(feature = "tokio")]
    pub(crate) fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        tracing::Instrument::instrument(future, self.0)
    }
}

pub(super) fn handled(outcome: Outcome, error: Option<&(dyn Error + Send + Sync)>) {
    match (outcome, error) {
        (_, Some(error)) => tracing::error!(%error, "webhook handler failed"),
        (Outcome::Panicked, _) => tracing::error!("webhook handler panicked"),
        _ => {}
    }
}
