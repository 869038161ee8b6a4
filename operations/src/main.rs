//! A receiver as a team deploys it: with health checks, metrics, logs, two tokens while one replaces the other, and an end
//! that loses nothing. [`Settings`] has its environment.
//!
//! ```sh
//! SDKAPPID=1400000000 TOKEN=secret cargo run -- 127.0.0.1:3000
//! ```

use tower_tencent_webhook::{Ack, Webhook};
use tower_tencent_webhook_operations::{
    BoxError, Server, Settings, connect, install_logs, install_metrics, layer, moderator, sink,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    install_logs()?;
    let settings = Settings::from_env()?;
    install_metrics(settings.metrics)?;

    let client = match &settings.nats {
        Some(url) => Some(connect(url).await?),
        None => None,
    };
    let webhooks = match &client {
        Some(client) => moderator(&settings).hand_off(sink(client.clone())),
        // Acknowledged at once, and handled in the background: what a crash may lose.
        None => moderator(&settings).ack_first(1000).fallback(async |hook: Webhook| {
            tracing::info!(command = %hook.command(), "handled");
            Ack::ok()
        }),
    };
    let drained = webhooks.drain();

    let server = Server::new();
    let app = server.health().layer(webhooks).layer(layer(&settings)?);
    server.run(settings.address, settings.linger, app, drained).await?;
    if let Some(client) = client {
        client.drain().await?;
    }
    Ok(())
}
