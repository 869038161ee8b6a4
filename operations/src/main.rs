//! A receiver as a team deploys it: with health checks, metrics, logs, two tokens while one replaces the other, and an end
//! that loses nothing. [`Settings`] has its environment.
//!
//! ```sh
//! SDKAPPID=1400000000 TOKEN=secret cargo run -- 127.0.0.1:3000
//! ```

use tower_tencent_webhook::{Ack, Webhook};
use tower_tencent_webhook_operations::{
    BoxError, Engine, Server, Settings, install_logs, install_metrics, layer, moderator,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    install_logs()?;
    let settings = Settings::from_env()?;
    install_metrics(settings.metrics)?;

    let engine = match &settings.nats {
        Some(url) => Some(Engine::connect(url).await?),
        None => None,
    };
    let webhooks = match &engine {
        Some(engine) => moderator(&settings).hand_off(engine.sink()),
        // Acknowledged at once, and handled in the background: what a crash may lose.
        None => moderator(&settings).ack_first(1000).fallback(async |hook: Webhook| {
            tracing::info!(command = %hook.command(), "handled");
            Ack::ok()
        }),
    };
    let drained = webhooks.drain();

    let server = Server::new();
    let app = server.health().layer(webhooks).layer(layer(&settings)?);
    let served = server.run(settings.address, settings.linger, app, drained);
    let Some(engine) = engine else { return Ok(served.await?) };
    // Before-events are decided while NATS is down: nothing here waits for it.
    tokio::select! {
        served = served => served?,
        // Nothing could ever be acknowledged: a rollout must not go on.
        Err(error) = engine.prepare() => return Err(error.into()),
    }
    engine.drain().await;
    Ok(())
}
