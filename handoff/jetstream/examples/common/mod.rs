//! What both processes need.

use std::{env, error::Error, io, str::FromStr, time::Duration};

use async_nats::{Client, ConnectOptions, jetstream};
use tokio::time::{sleep, timeout};
use tower_tencent_webhook_jetstream::{StreamConfig, StreamError, ensure_stream};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// An environment variable, or its default.
pub(crate) fn text(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// The same for a number.
pub(crate) fn number<T: FromStr<Err: Into<BoxError>>>(name: &str, default: T) -> Result<T, BoxError> {
    env::var(name).map_or(Ok(default), |value| value.parse().map_err(Into::into))
}

/// Connects to NATS, now or as soon as it runs.
pub(crate) async fn connect() -> Result<Client, BoxError> {
    let url = text("NATS_URL", "nats://127.0.0.1:4222");
    Ok(ConnectOptions::new().retry_on_initial_connect().connect(url).await?)
}

/// Makes sure that there is a stream, now or as soon as JetStream runs.
pub(crate) async fn stream(client: &Client, config: StreamConfig) -> Result<(), StreamError> {
    let context = jetstream::new(client.clone());
    loop {
        match ensure_stream(&context, &config).await {
            Ok(_) => return Ok(()),
            Err(error @ StreamError::Unavailable { .. }) => eprintln!("{error}: waiting"),
            Err(error) => return Err(error),
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Sends what the client still has. While NATS is down its queue may be full, so this does not wait for long.
pub(crate) async fn drain(client: &Client) {
    if !matches!(timeout(Duration::from_secs(1), client.drain()).await, Ok(Ok(()))) {
        eprintln!("the connection to NATS is not drained");
    }
}

/// Resolves on Ctrl-C, and on the signal with which service managers ask for the same.
#[cfg(unix)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { _ = tokio::signal::ctrl_c().await })
}
