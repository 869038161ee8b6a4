//! What many answers say together: counts, latencies, the slowest commands.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tower_tencent_webhook::Command;

use crate::{
    answer::Verdict,
    cli::Format,
    output::{BAD, GOOD, printable_name, say, styled, write_json},
};

/// How many of the slowest commands are named.
const SLOWEST: usize = 3;

/// The answers to some requests. Each task has its own, so that they need no lock, and adds it to the others' at the end.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    micros: Histogram<u64>,
    /// By what was answered, in a word.
    verdicts: BTreeMap<String, u64>,
    /// The longest time of each command.
    commands: HashMap<Command, Duration>,
    good: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        // An answer takes at most 5 s.
        let micros = Histogram::new_with_max(60_000_000, 3).expect("these bounds are valid");
        Self { micros, verdicts: BTreeMap::new(), commands: HashMap::new(), good: 0 }
    }

    pub(crate) fn add(&mut self, command: &Command, verdict: &Verdict, took: Duration, is_good: bool) {
        self.micros.saturating_record(took.as_micros() as u64);
        let kind = kind(verdict);
        match self.verdicts.get_mut(&*kind) {
            Some(count) => *count += 1,
            None => _ = self.verdicts.insert(kind.into_owned(), 1),
        }
        self.took(command, took);
        self.good += u64::from(is_good);
    }

    fn took(&mut self, command: &Command, took: Duration) {
        match self.commands.get_mut(command) {
            Some(longest) => *longest = took.max(*longest),
            None => _ = self.commands.insert(command.clone(), took),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.micros += &other.micros;
        for (kind, count) in &other.verdicts {
            *self.verdicts.entry(kind.clone()).or_default() += count;
        }
        for (command, longest) in &other.commands {
            self.took(command, *longest);
        }
        self.good += other.good;
    }

    pub(crate) fn count(&self) -> u64 {
        self.micros.len()
    }

    /// Whether there are answers, and all of them are good: that nothing was sent shows nothing.
    pub(crate) fn all_good(&self) -> bool {
        self.count() > 0 && self.good == self.count()
    }

    fn quantile(&self, quantile: f64) -> f64 {
        self.micros.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// The commands with the longest times, the slowest first.
    fn slowest(&self) -> Vec<(&Command, Duration)> {
        let mut all: Vec<_> = self.commands.iter().map(|(command, longest)| (command, *longest)).collect();
        all.sort_by_key(|(_, longest)| std::cmp::Reverse(*longest));
        all.truncate(SLOWEST);
        all
    }

    /// The summary. `what` is what all are if nothing is wrong.
    pub(crate) fn print(&self, begin: Instant, format: Format, what: &str) {
        match format {
            Format::Json => write_json(&self.json(begin)),
            Format::Text => say!("{}", self.text(begin, what)),
        }
    }

    fn text(&self, begin: Instant, what: &str) -> String {
        let seconds = begin.elapsed().as_secs_f64();
        let (sent, good) = (self.count(), self.good);
        if sent == 0 {
            return "nothing was sent".to_owned();
        }
        let result = match sent - good {
            0 => styled(GOOD, format_args!("all {what}")),
            bad => styled(BAD, format_args!("{bad} not {what}")),
        };
        let rate = sent as f64 / seconds;
        let verdicts: Vec<_> = self.verdicts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let slowest: Vec<_> = self
            .slowest()
            .iter()
            .map(|(command, took)| format!("{} {}", printable_name(command), millis(*took)))
            .collect();
        format!(
            "{sent} sent in {seconds:.2} s, {rate:.0} a second: {result}\nanswers: {}\nlatency: p50 {} ms, p99 {} ms, p99.9 {} ms\n\
             slowest: {}",
            verdicts.join(", "),
            self.quantile(0.5),
            self.quantile(0.99),
            self.quantile(0.999),
            slowest.join(", "),
        )
    }

    fn json(&self, begin: Instant) -> Value {
        let seconds = begin.elapsed().as_secs_f64();
        let slowest: Vec<_> = self
            .slowest()
            .iter()
            .map(|(command, took)| json!({ "command": command.as_str(), "ms": took.as_secs_f64() * 1000.0 }))
            .collect();
        json!({ "summary": {
            "sent": self.count(),
            "good": self.good,
            "seconds": seconds,
            "per_second": self.count() as f64 / seconds,
            "answers": self.verdicts,
            "latency_ms": { "p50": self.quantile(0.5), "p99": self.quantile(0.99), "p99.9": self.quantile(0.999) },
            "slowest": slowest,
        } })
    }
}

/// A verdict in a word.
fn kind(verdict: &Verdict) -> std::borrow::Cow<'static, str> {
    match verdict {
        Verdict::Ack | Verdict::Data { .. } => "acknowledged".into(),
        Verdict::Allow | Verdict::AllowExcept { .. } => "allowed".into(),
        Verdict::Refuse { .. } => "refused".into(),
        Verdict::Discard => "dropped silently".into(),
        Verdict::Replace { .. } => "replaced".into(),
        Verdict::EachFriend { .. } => "decided for each friend".into(),
        Verdict::Fault { fault } => fault.kind().into(),
    }
}

/// A short time.
pub(crate) fn millis(took: Duration) -> String {
    let millis = took.as_secs_f64() * 1000.0;
    if millis < 10.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}
