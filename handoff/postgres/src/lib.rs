#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod database;
mod error;
mod metrics;
mod outbox;
mod repeats;
mod stored;
mod worker;

pub use self::{
    database::Database,
    error::{ConfigError, Error, ErrorKind},
    outbox::{Backlog, DeadLetter, DeadLetters, Outbox, Page, StoreFuture, Stored},
    repeats::Repeats,
    worker::Worker,
};

/// Describes the metrics to the recorder: their units, and what they mean. Call it once, after the recorder is installed.
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub fn describe_metrics() {
    metrics::describe();
}
