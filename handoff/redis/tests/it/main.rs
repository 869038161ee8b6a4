//! The package against a real Redis server.

#[cfg(feature = "metrics")]
mod metrics;
mod processes;
mod repeats;
