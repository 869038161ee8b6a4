//! Spans and events for `tracing`.

use std::{
    error::Error,
    fmt::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use tracing::{Span, field::Empty};

use super::Outcome;
use crate::{
    rejection::{Rejection, RejectionKind},
    webhook::{Drift, WebhookContext},
};

pub(super) const IS_ON: bool = true;

/// Of all spans and events, so that one directive sets their level.
const TARGET: &str = "tower_tencent_webhook";

/// The span of a webhook.
pub(super) struct Webhook {
    span: Span,
    command: &'static str,
    /// Set only if the span is enabled.
    start: Option<Instant>,
    outcome: Outcome,
}

impl Webhook {
    pub(super) fn new(command: &'static str, context: &WebhookContext) -> Self {
        let span = tracing::info_span!(
            target: TARGET,
            "webhook",
            command,
            app = context.app().get(),
            phase = ?context.command().phase(),
            verified = context.is_verified(),
            outcome = Empty,
            latency_us = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        Self { start: (!span.is_disabled()).then(Instant::now), span, command, outcome: Outcome::Dropped }
    }

    pub(super) fn in_scope<T>(&self, step: impl FnOnce() -> T) -> T {
        self.span.in_scope(step)
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.outcome = outcome;
        // The command again, as the span may be filtered out.
        let (outcome, command) = (outcome.as_str(), self.command);
        self.span.in_scope(|| match self.outcome {
            // A handler's failure has been logged, with its error.
            Outcome::Failed | Outcome::Panicked | Outcome::Dropped => {}
            Outcome::Answered | Outcome::Unhandled | Outcome::AckedFirst => {
                tracing::debug!(target: TARGET, outcome, command, "webhook answered");
            }
            Outcome::Status(status) => {
                tracing::warn!(target: TARGET, outcome, command, status = status.as_u16(), "webhook failed: not answered with 200");
            }
            Outcome::ServiceFailed => tracing::warn!(target: TARGET, outcome, command, "webhook failed: the inner service failed"),
            Outcome::ServicePanicked => tracing::error!(target: TARGET, outcome, command, "webhook failed: the inner service panicked"),
            Outcome::WrongAnswer => {
                tracing::error!(target: TARGET, outcome, command, "webhook answered with what is no answer to its event");
            }
            Outcome::DeadlineExceeded => {
                tracing::warn!(target: TARGET, outcome, command, reason = "the handler took too long", "webhook not handled in time");
            }
            Outcome::Overloaded => {
                let reason = "too many events are being handled";
                tracing::warn!(target: TARGET, outcome, command, reason, "webhook not handled in time");
            }
        });
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        if let Some(start) = self.start {
            self.span.record("outcome", self.outcome.as_str());
            self.span.record("latency_us", u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
            if !matches!(self.outcome, Outcome::Answered | Outcome::Unhandled | Outcome::AckedFirst) {
                self.span.record("error.type", self.outcome.as_str());
                self.span.record("otel.status_code", "ERROR");
            }
        }
    }
}

pub(super) fn rejected(rejection: &Rejection, command: &'static str) {
    use RejectionKind::*;

    let kind = rejection.kind();
    match kind {
        UrlCheck => tracing::debug!(target: TARGET, kind = kind.as_str(), command, "webhook URL checked"),
        // Anyone can send these, as often as they like: at a higher level they would bury the rest.
        _ if rejection.command().is_none() && kind != LookupFailed => {
            tracing::debug!(target: TARGET, kind = kind.as_str(), command, reason = %rejection, "webhook rejected")
        }
        // The vendor sent these, or somebody who can sign: an event was lost. Or the app's own lookup is broken.
        _ => {
            tracing::warn!(target: TARGET, kind = kind.as_str(), command, reason = %rejection, "webhook rejected");
        }
    }
}

pub(super) fn kept(rejection: &Rejection, command: &'static str) {
    let kind = rejection.kind().as_str();
    tracing::warn!(target: TARGET, kind, command, reason = %rejection, "webhook kept without its type: its body cannot be read");
}

pub(super) fn drifted(drifts: &[Drift], command: &'static str) {
    for drift in drifts {
        tracing::debug!(target: TARGET, command, path = drift.path(), "webhook field dropped: its value does not fit");
    }
}

/// At `warn` once per process, as one mistake loses every webhook; then at `debug`. The metric counts them all.
pub(super) fn untaken(command: &'static str) {
    static WARNED: AtomicBool = AtomicBool::new(false);

    const MESSAGE: &str = "no service took this webhook: is the router inside of WebhookLayer, on the path it matches?";
    // A warning that nobody sees is none.
    if tracing::enabled!(target: TARGET, tracing::Level::WARN) && !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(target: TARGET, command, "{MESSAGE}");
    } else {
        tracing::debug!(target: TARGET, command, "{MESSAGE}");
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

pub(super) fn handled(outcome: Outcome) {
    if outcome == Outcome::Panicked {
        tracing::error!(target: TARGET, "webhook handler panicked");
    }
}

#[cfg(feature = "tokio")]
pub(super) fn copy_lost(command: &'static str) {
    tracing::warn!(target: TARGET, command, "before-event not copied: too many copies are on their way");
}

#[cfg(feature = "tokio")]
pub(super) fn background_timeout() {
    tracing::warn!(target: TARGET, "webhook handler dropped: it took too long in the background");
}

pub(super) fn failed(error: &(dyn Error + Send + Sync)) {
    // Written before the subscriber is at work: this is the app's own code, and may panic.
    let error = Escaped(error).to_string();
    tracing::error!(target: TARGET, %error, "webhook handler failed");
}

/// Text from outside that stays on its line, and in its order: control characters are escaped, and so is whatever else
/// breaks a line or turns the writing around. A handler may put a user's words into its error.
struct Escaped<T>(T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Writer<'a, 'b>(&'a mut fmt::Formatter<'b>);

        impl fmt::Write for Writer<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                text.chars().try_for_each(|char| match char {
                    '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                        write!(self.0, "{}", char.escape_unicode())
                    }
                    char if char.is_control() => write!(self.0, "{}", char.escape_debug()),
                    char => self.0.write_char(char),
                })
            }
        }

        write!(Writer(f), "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Level, Subscriber, field::Visit};
    use tracing_subscriber::{
        layer::{Context, Layer, SubscriberExt},
        registry,
    };

    use super::*;

    /// Collects the levels and the fields of events.
    #[derive(Clone, Default)]
    struct Events(Arc<Mutex<Vec<(Level, String)>>>);

    impl<S: Subscriber> Layer<S> for Events {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            struct Fields(String);

            impl Visit for Fields {
                fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                    self.0 += &format!("{field}={value:?};");
                }
            }

            let mut fields = Fields(String::new());
            event.record(&mut fields);
            self.0.lock().unwrap().push((*event.metadata().level(), fields.0));
        }
    }

    /// In the tests of this binary nothing else is untaken.
    #[test]
    fn the_first_untaken_webhook_is_a_warning_once_somebody_listens() {
        untaken("before anybody listens");
        let events = Events::default();
        tracing::subscriber::with_default(registry().with(events.clone()), || {
            for command in ["one", "two", "three"] {
                untaken(command);
            }
        });
        let events = events.0.lock().unwrap();
        assert_eq!(
            events.iter().map(|(level, _)| *level).collect::<Vec<_>>(),
            [Level::WARN, Level::DEBUG, Level::DEBUG]
        );
        for ((_, fields), command) in events.iter().zip(["one", "two", "three"]) {
            assert!(
                fields.contains(&format!("command={command:?};")) && fields.contains("inside of WebhookLayer"),
                "{fields}"
            );
        }
    }

    #[test]
    fn text_from_outside_stays_on_its_line() {
        for (text, escaped) in [
            ("it's \"fine\": C:\\é 回 👩\u{200d}🚀", "it's \"fine\": C:\\é 回 👩\u{200d}🚀"),
            ("a\nb\r\n\tc\0", "a\\nb\\r\\n\\tc\\0"),
            ("\u{1b}[31m\u{7f}\u{9b}2J\u{85}", "\\u{1b}[31m\\u{7f}\\u{9b}2J\\u{85}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", "\\u{202e}\\u{2066}\\u{200f}\\u{61c}"),
        ] {
            assert_eq!(Escaped(text).to_string(), escaped);
        }
    }
}
