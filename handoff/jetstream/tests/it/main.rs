//! Against a real nats-server.

mod common;
mod lossless;
#[cfg(feature = "metrics")]
mod metrics;
mod processes;
mod sink;
mod stream;
mod worker;
