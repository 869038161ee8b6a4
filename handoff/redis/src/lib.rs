#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod metrics;
mod repeats;

pub use self::{
    error::{ConfigError, Error, ErrorKind},
    repeats::Repeats,
};

/// Describes the metrics to the recorder: their units, and what they mean. Call it once, after the recorder is installed.
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub fn describe_metrics() {
    metrics::describe();
}
