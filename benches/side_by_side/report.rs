//! The results, as tables for people and as JSON for programs.

use std::fmt;

use serde::Serialize;

use super::{
    machine::Machine,
    memory::Cost,
    rounds::{Plan, Spread, Turn},
    servers::Kind,
    threads::Threads,
};

#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub plan: Plan,
    pub http1: Vec<Row>,
    pub http2: Vec<Row>,
    pub latency: Vec<Latency>,
    pub threads: Vec<Threads>,
    pub memory: Vec<Cost>,
    pub limits: Vec<Limit>,
}

/// A server under full load.
#[derive(Debug, Serialize)]
pub struct Row {
    #[serde(skip)]
    pub kind: Kind,
    pub server: &'static str,
    pub does: &'static str,
    pub per_cpu_second: Spread,
    /// By wall-clock time.
    pub per_second: Spread,
    /// Requests per CPU second, relative to the server written by hand.
    pub to_by_hand: Spread,
}

impl Row {
    pub fn all(kinds: &[Kind], turns: &[Vec<Turn>]) -> Vec<Self> {
        let by_hand = kinds.iter().position(|kind| *kind == Kind::ByHand).expect("it is one of them");
        let rows = kinds.iter().zip(turns).map(|(kind, server)| Self {
            kind: *kind,
            server: kind.name(),
            does: kind.does(),
            per_cpu_second: Spread::of(server.iter().map(Turn::per_cpu_second)),
            per_second: Spread::of(server.iter().map(Turn::per_second)),
            to_by_hand: Spread::ratio(server, &turns[by_hand], Turn::per_cpu_second),
        });
        rows.collect()
    }
}

/// A server at a part of its peak load, in microseconds.
#[derive(Debug, Serialize)]
pub struct Latency {
    pub server: &'static str,
    pub of_peak: f64,
    pub per_second: Spread,
    pub p50: Spread,
    pub p99: Spread,
    pub p999: Spread,
}

impl Latency {
    /// The parts of its peak load that each server is measured at.
    pub const LOADS: [f64; 2] = [0.5, 0.9];

    pub fn of(row: &Row, of_peak: f64, rounds: &[Sent]) -> Self {
        let [p50, p99, p999] = [0, 1, 2].map(|part| Spread::of(rounds.iter().map(|round| round.latencies[part])));
        let per_second = Spread::of(rounds.iter().map(|round| round.per_second));
        Self { server: row.server, of_peak, per_second, p50, p99, p999 }
    }
}

/// What was sent in a round, and the latencies' 50th, 99th and 99.9th percentiles in microseconds.
#[derive(Debug)]
pub struct Sent {
    pub per_second: f64,
    pub latencies: [f64; 3],
}

/// A target for a ratio, and the measured value.
#[derive(Debug, Serialize)]
pub struct Limit {
    pub what: String,
    pub wanted: Wanted,
    pub is: Spread,
    pub met: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Limit {
    pub fn new(what: String, wanted: Wanted, is: Spread) -> Self {
        let met = match wanted {
            Wanted::AtLeast(limit) => is.median >= limit,
            Wanted::AtMost(limit) => is.median <= limit,
        };
        Self { what, wanted, is, met }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(limit) => write!(f, "≥ {limit:.2}"),
            Self::AtMost(limit) => write!(f, "≤ {limit:.2}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, load average {} before the run", self.machine, self.machine.load_before)?;
        let (plan, longer) = (self.plan, self.plan.longer());
        write!(f, "{} rounds of {} s each; for latency and threads, ", plan.rounds, plan.seconds)?;
        writeln!(f, "{} rounds of {} s; medians [quartiles]", longer.rounds, longer.seconds)?;

        for (protocol, rows) in [("HTTP/1.1", &self.http1), ("HTTP/2", &self.http2)] {
            let head = [protocol, "requests per CPU second", "requests per second", "vs. by hand"];
            table(f, head, rows, |Row { server, per_cpu_second, per_second, to_by_hand, .. }| {
                [server.to_string(), per_cpu_second.to_string(), per_second.to_string(), format!("{to_by_hand:.3}")]
            })?;
        }
        let head = ["latency in µs", "of peak load", "requests per second", "p50", "p99", "p99.9"];
        table(f, head, &self.latency, |Latency { server, of_peak, per_second, p50, p99, p999 }| {
            let [per_second, p50, p99, p999] = [per_second, p50, p99, p999].map(Spread::to_string);
            [server.to_string(), format!("{of_peak}"), per_second, p50, p99, p999]
        })?;
        let head = ["threads", "", "requests per CPU second", "requests per second", "vs. one", "vs. one, by CPU time"];
        table(
            f,
            head,
            &self.threads,
            |Threads { name, threads, per_second, per_cpu_second, to_one, to_one_by_cpu }| {
                let [cpu, wall] = [per_cpu_second, per_second].map(Spread::to_string);
                let [to_one, to_one_by_cpu] = [to_one, to_one_by_cpu].map(|ratio| format!("{ratio:.2}"));
                [name.clone(), threads.to_string(), cpu, wall, to_one, to_one_by_cpu]
            },
        )?;
        table(f, ["calls in memory", "ns"], &self.memory, |Cost { name, nanoseconds, .. }| {
            [name.clone(), nanoseconds.to_string()]
        })?;
        table(f, ["ratio", "target", "measured", ""], &self.limits, |Limit { what, wanted, is, met }| {
            let met = if *met { "met" } else { "missed" };
            [what.clone(), wanted.to_string(), format!("{is:.3}"), met.to_owned()]
        })
    }
}

/// Writes a table with aligned columns.
fn table<T, const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: &[T],
    cells: impl Fn(&T) -> [String; N],
) -> fmt::Result {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let widths: [_; N] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default());
    writeln!(f)?;
    for line in lines {
        write!(f, "{:1$}", line[0], widths[0])?;
        for (cell, width) in line.iter().zip(widths).skip(1) {
            write!(f, "  {cell:>width$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}
