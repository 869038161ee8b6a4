//! What the tests share, and the benchmarks with them: an app and its signed webhooks, HTTP bodies under a test's
//! control, inner services that record what reaches them, and servers and clients over loopback TCP.
//!
//! `schema.rs` and `example.rs` are not declared here: only those that need them have the dependencies for them.

#![allow(dead_code, unreachable_pub, unused_imports)] // Each binary needs its own part of it.

mod answer;
mod app;
pub mod frames;
pub mod guard;
mod http;
mod http_body;
mod inner;
mod json;
pub mod sign;
pub mod sizes;
pub mod verdicts;

use std::{error::Error, time::Duration};

pub use self::{answer::*, app::*, http::*, http_body::*, inner::*, json::*, sign::sign};

pub type BoxError = Box<dyn Error + Send + Sync>;

/// Keeps a test from hanging. No test measures time with it.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this hangs")
}
