//! The package against a real PostgreSQL server.

mod common;
#[path = "../lossless/mod.rs"]
mod lossless;
#[cfg(feature = "metrics")]
mod metrics;
mod outbox;
mod processes;
mod repeats;
mod worker;
