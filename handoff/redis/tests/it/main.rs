//! The package against a real Redis server.

#[cfg(feature = "metrics")]
mod metrics;
mod processes;
mod repeats;

use std::{future::Future, time::Duration};

use tokio::time::{sleep, timeout};

/// What must not go wrong on a slow machine either.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a condition.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// What must not hang.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("this takes too long")
}
