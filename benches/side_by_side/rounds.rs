//! Rounds, in which all contestants take turns so that drift of the machine affects them alike, and their statistics.

use std::{fmt, time::Duration};

use serde::Serialize;

/// How much to measure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plan {
    /// Turns per contestant. One extra turn at the start warms up and does not count.
    pub rounds: usize,
    /// The length of a turn.
    pub seconds: f64,
}

impl Plan {
    /// Short turns, so that compared runs happen close together: a busy machine changes from second to second.
    pub const FULL: Self = Self { rounds: 120, seconds: 0.05 };
    /// Shows that it runs, not how fast it is.
    pub const QUICK: Self = Self { rounds: 8, seconds: 0.02 };

    /// The same total time with turns eight times as long, for effects that a short turn cannot show.
    pub fn longer(self) -> Self {
        Self { rounds: self.rounds / 8, seconds: self.seconds * 8.0 }
    }

    pub fn turn(self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// Gives each of `count` contestants one turn per round, starting each round with another one. Returns the outcomes
    /// by contestant, then by round.
    pub fn run<T>(self, count: usize, mut turn: impl FnMut(usize) -> T) -> Vec<Vec<T>> {
        let mut outcomes: Vec<Vec<T>> = (0..count).map(|_| Vec::with_capacity(self.rounds)).collect();
        for round in 0..=self.rounds {
            for place in 0..count {
                let one = (round + place) % count;
                let outcome = turn(one);
                if round > 0 {
                    outcomes[one].push(outcome);
                }
            }
        }
        outcomes
    }
}

/// The result of a turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub requests: u64,
    /// CPU time of the server's threads, or of whichever threads do the work.
    pub cpu: Duration,
    pub wall: Duration,
}

impl Turn {
    pub fn per_cpu_second(&self) -> f64 {
        self.requests as f64 / self.cpu.as_secs_f64()
    }

    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64()
    }
}

/// A median and its quartiles.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |part: f64| values[(part * (values.len() - 1) as f64).round() as usize];
        Self { low: at(0.25), median: at(0.5), high: at(0.75) }
    }

    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, median: self.median * factor, high: self.high * factor }
    }

    /// The ratio of two contestants, round by round.
    pub fn ratio(of: &[Turn], to: &[Turn], value: impl Fn(&Turn) -> f64) -> Self {
        Self::of(of.iter().zip(to).map(|(of, to)| value(of) / value(to)))
    }
}

/// `median [low to high]`, with the formatter's precision.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self { low, median, high }, decimals) = (self, f.precision().unwrap_or(0));
        write!(f, "{median:.decimals$} [{low:.decimals$} to {high:.decimals$}]")
    }
}
