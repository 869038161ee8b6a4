//! What after-events are handed off to: JetStream.

use std::{fmt, pin::Pin, sync::Arc, task::Poll, time::Duration};

use async_nats::{Client, ConnectOptions, jetstream};
use tokio::{
    sync::SetOnce,
    time::{sleep, timeout},
};
use tower::{Service, ServiceBuilder, limit::ConcurrencyLimit, load_shed::LoadShed, timeout::Timeout};
use tower_tencent_webhook::Webhook;
use tower_tencent_webhook_jetstream::{JetStream, PublishError, Stored, StreamConfig, StreamError, ensure_stream};

use crate::BoxError;

/// JetStream, whether or not it runs: the receiver does not wait for it, as before-events do not need it.
///
/// Until its stream is known to be there, and to lose nothing, no event is acknowledged.
#[derive(Clone)]
pub struct Engine {
    client: Client,
    jetstream: JetStream,
    prepared: Arc<SetOnce<()>>,
}

/// Without the client, which knows passwords.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("is_prepared", &self.prepared.initialized()).finish_non_exhaustive()
    }
}

/// An engine with its limits.
pub type Sink = LoadShed<ConcurrencyLimit<Timeout<Engine>>>;

impl Engine {
    /// Connects to NATS, now or as soon as it runs.
    ///
    /// # Errors
    ///
    /// If the URL is none.
    pub async fn connect(url: &str) -> Result<Self, BoxError> {
        let client = ConnectOptions::new().retry_on_initial_connect().connect(url).await?;
        Ok(Self { jetstream: JetStream::new(client.clone()), client, prepared: Arc::default() })
    }

    /// Makes sure that the stream is there: now, or as soon as JetStream runs. Then events are taken.
    ///
    /// # Errors
    ///
    /// If the stream is there and is another one, or cannot be made.
    pub async fn prepare(&self) -> Result<(), StreamError> {
        let context = jetstream::new(self.client.clone());
        while let Err(error) = ensure_stream(&context, &StreamConfig::new("TENCENT")).await {
            let StreamError::Unavailable { .. } = error else { return Err(error) };
            tracing::warn!(%error, "waiting for JetStream");
            sleep(Duration::from_millis(200)).await;
        }
        // Another call may have done it.
        _ = self.prepared.set(());
        Ok(())
    }

    /// What after-events are handed to: at most 512 events are on their way. JetStream gives up after 1.5 s; the time limit
    /// is for whatever else hangs, and for what waits until the stream is there.
    pub fn sink(&self) -> Sink {
        ServiceBuilder::new()
            .load_shed()
            .concurrency_limit(512)
            .timeout(Duration::from_millis(1700))
            .service(self.clone())
    }

    /// Sends what the client still has. While NATS is down its queue may be full, so this does not wait for long.
    pub async fn drain(&self) {
        if !matches!(timeout(Duration::from_secs(1), self.client.drain()).await, Ok(Ok(()))) {
            tracing::warn!("the connection to NATS is not drained");
        }
    }
}

impl Service<Webhook> for Engine {
    type Response = Stored;
    type Error = PublishError;
    type Future = Pin<Box<dyn Future<Output = Result<Stored, PublishError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<(), PublishError>> {
        self.jetstream.poll_ready(cx)
    }

    fn call(&mut self, hook: Webhook) -> Self::Future {
        let Self { prepared, jetstream, .. } = self.clone();
        Box::pin(async move {
            prepared.wait().await;
            jetstream.publish(&hook.cloud_event()).await
        })
    }
}
