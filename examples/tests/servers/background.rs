//! A server for the tests, whose handlers wait in the background until its standard input ends.

#[path = "../../server/mod.rs"]
mod server;

use tokio::sync::Semaphore;
use tower::Layer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::follow};

static INPUT: Semaphore = Semaphore::const_new(0);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::thread::spawn(|| {
        _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        INPUT.close();
    });
    let webhooks = WebhookRouter::new().ack_first(1000).on(async |hook: Webhook<follow::AfterFollowDelete>| {
        _ = INPUT.acquire().await;
        println!("{} is done", hook.from_account);
        Ack::ok()
    });
    let drained = webhooks.drain();
    let layer = WebhookLayer::new(App::signed(1_400_000_000, "secret")?);
    server::run(layer.layer(webhooks), drained).await?;
    Ok(())
}
