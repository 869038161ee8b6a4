//! Counters, histograms and gauges for the `metrics` facade.

use std::{
    collections::HashMap,
    sync::{LazyLock, Once},
    time::{Duration, Instant, UNIX_EPOCH},
};

use metrics::{Key, Label, Level, Metadata, counter, gauge};

use super::{OTHER, Outcome};
#[cfg(feature = "tokio")]
use crate::metrics::{COPIES_LOST, PLACES_LIMIT, PLACES_TAKEN};
use crate::{
    command::Command,
    metrics::{AGE, DRIFTED, DURATION, FAILURES, HANDLER_DURATION, HANDLERS, IN_FLIGHT, UNTAKEN, WEBHOOKS, describe},
    rejection::Rejection,
};

pub(super) const IS_ON: bool = true;

/// Before the first value, as whoever installs a recorder does so before anything is received.
fn describe_once() {
    static DESCRIBED: Once = Once::new();

    DESCRIBED.call_once(describe);
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// The labels of each command. The macros would allocate them each time.
static LABELS: LazyLock<HashMap<&'static str, [Label; 1]>> = LazyLock::new(|| {
    let words = Command::ALL.iter().filter_map(Command::known_word);
    #[cfg(feature = "rtc")]
    let words = words.chain(crate::rtc::EventType::ALL.iter().filter_map(|known| known.name()));
    words.chain([OTHER]).map(|word| (word, [Label::from_static_parts("command", word)])).collect()
});

/// Records a duration.
fn record(name: &'static str, command: &'static str, duration: Duration) {
    let labels: &'static [Label] = LABELS.get(command).map_or(&[], |labels| labels);
    let key = Key::from_static_parts(name, labels);
    metrics::with_recorder(|recorder| recorder.register_histogram(&key, &METADATA).record(duration));
}

/// A webhook that is being received or handled, until this is dropped.
pub(crate) struct Receipt {
    start: Instant,
}

impl Receipt {
    pub(crate) fn new() -> Self {
        describe_once();
        gauge!(IN_FLIGHT).increment(1.0);
        Self { start: Instant::now() }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// Counts and times a webhook when it is dropped.
pub(super) struct Webhook {
    command: &'static str,
    outcome: Outcome,
    receipt: Receipt,
}

impl Webhook {
    /// `sent` is when it was sent, if it says so.
    pub(super) fn new(command: &'static str, sent: Option<Duration>, receipt: Receipt) -> Self {
        if let Some(sent) = sent {
            let age = UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(sent);
            record(AGE, command, age);
        }
        Self { command, outcome: Outcome::Dropped, receipt }
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        counter!(WEBHOOKS, "command" => self.command, "outcome" => self.outcome.as_str()).increment(1);
        record(DURATION, self.command, self.receipt.start.elapsed());
    }
}

pub(super) fn rejected(rejection: &Rejection, command: &'static str) {
    describe_once();
    counter!(WEBHOOKS, "command" => command, "outcome" => rejection.kind().as_str()).increment(1);
}

pub(super) fn decided(command: &'static str, answer: &'static str) {
    counter!(FAILURES, "command" => command, "answer" => answer).increment(1);
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
        record(HANDLER_DURATION, command, start.elapsed());
    }
}

/// The labels of the kinds of places.
#[cfg(feature = "tokio")]
static PLACES: [[Label; 1]; 4] = [
    [Label::from_static_parts("place", "ack_first")],
    [Label::from_static_parts("place", "late")],
    [Label::from_static_parts("place", "copies")],
    [Label::from_static_parts("place", "withheld")],
];

#[cfg(feature = "tokio")]
fn place(name: &'static str, place: &'static str) -> metrics::Gauge {
    let labels = PLACES.iter().find(|labels| labels[0].value() == place).map_or(&[][..], |labels| labels);
    metrics::with_recorder(|recorder| recorder.register_gauge(&Key::from_static_parts(name, labels), &METADATA))
}

/// A place that is taken, of so many.
#[cfg(feature = "tokio")]
pub(super) fn place_taken(of: &'static str, limit: usize) {
    place(PLACES_LIMIT, of).set(limit as f64);
    place(PLACES_TAKEN, of).increment(1.0);
}

#[cfg(feature = "tokio")]
pub(super) fn place_left(of: &'static str) {
    place(PLACES_TAKEN, of).decrement(1.0);
}
