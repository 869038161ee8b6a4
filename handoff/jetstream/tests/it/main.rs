//! Against a real nats-server.

mod common;
mod lossless;
#[cfg(feature = "metrics")]
mod metrics;
mod sink;
mod stream;
mod worker;
