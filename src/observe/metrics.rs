//! Counters, a histogram and a gauge for the `metrics` facade.

use std::time::Instant;

use metrics::{counter, histogram};

use super::Outcome;
use crate::rejection::Rejection;

pub(super) const IS_ON: bool = true;

/// Webhooks, by command and outcome.
const WEBHOOKS: &str = "tencent_webhooks_total";
/// Webhooks with a dropped field, by command.
const DRIFTED: &str = "tencent_webhooks_drifted_total";
/// Webhooks that no service took from the request, by command.
const UNTAKEN: &str = "tencent_webhooks_untaken_total";
/// Before-events that were not copied, by command.
#[cfg(feature = "tokio")]
const COPIES_LOST: &str = "tencent_webhooks_copies_lost_total";
/// Handler calls, by command and outcome.
const HANDLERS: &str = "tencent_webhook_handlers_total";
/// The duration of handlers, by command.
const HANDLER_DURATION: &str = "tencent_webhook_handler_duration_seconds";
/// Handlers running in the background.
#[cfg(feature = "tokio")]
const BACKGROUND_HANDLERS: &str = "tencent_webhook_background_handlers";

/// Counts a webhook when it is dropped.
pub(super) struct Webhook {
    command: &'static str,
    outcome: Outcome,
}

impl Webhook {
    pub(super) fn new(command: &'static str) -> Self {
        Self { command, outcome: Outcome::Dropped }
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        counter!(WEBHOOKS, "command" => self.command, "outcome" => self.outcome.as_str()).increment(1);
    }
}

pub(super) fn rejected(rejection: &Rejection, command: &'static str) {
    counter!(WEBHOOKS, "command" => command, "outcome" => rejection.kind().as_str()).increment(1);
}

pub(super) fn drifted(command: &'static str) {
    counter!(DRIFTED, "command" => command).increment(1);
}

pub(super) fn untaken(command: &'static str) {
    counter!(UNTAKEN, "command" => command).increment(1);
}

#[cfg(feature = "tokio")]
pub(super) fn copy_lost(command: &'static str) {
    counter!(COPIES_LOST, "command" => command).increment(1);
}

/// Counts and times a handler when it is dropped.
pub(super) struct Handler {
    command: &'static str,
    outcome: Outcome,
    start: Instant,
}

impl Handler {
    pub(super) fn new(command: &'static str) -> Self {
        Self { command, outcome: Outcome::Dropped, start: Instant::now() }
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let Self { command, outcome, start } = self;
        counter!(HANDLERS, "command" => *command, "outcome" => outcome.as_str()).increment(1);
        histogram!(HANDLER_DURATION, "command" => *command).record(start.elapsed());
    }
}

#[cfg(feature = "tokio")]
pub(super) fn background(change: f64) {
    metrics::gauge!(BACKGROUND_HANDLERS).increment(change);
}
