//! The same on AWS Lambda, behind a function URL: what `docs/deploy.md` has, and a handler that says when it ran.

use std::time::Duration;

use tower::Layer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::follow};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let mut webhooks = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| {
        // Something that takes a while, such as another service.
        tokio::time::sleep(Duration::from_secs(1)).await;
        println!("handled");
        Ack::ok()
    });
    if std::env::var_os("ACK_FIRST").is_some() {
        webhooks = webhooks.ack_first(1000);
    }
    let layer = WebhookLayer::new(App::signed(std::env::var("SDKAPPID")?, std::env::var("TOKEN")?)?);
    lambda_http::run(layer.layer(webhooks)).await
}
