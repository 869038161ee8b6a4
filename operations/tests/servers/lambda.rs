//! The same on AWS Lambda, behind a function URL: what `docs/deploy.md` has, and a handler that says when it ran.

use std::{env, io, time::Duration};

use tower::Layer;
use tower_tencent_webhook::{
    Ack, AfterFailure, App, FailurePolicy, Webhook, WebhookLayer, WebhookRouter, event::follow,
};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let mode = env::var("MODE").unwrap_or_default();
    let is_broken = mode == "broken";
    let webhooks =
        WebhookRouter::new().on_with(&is_broken, async |is_broken: bool, _: Webhook<follow::AfterFollowAdd>| {
            if is_broken {
                return Err(io::Error::other("as asked"));
            }
            // Something that takes a while, such as another service.
            tokio::time::sleep(Duration::from_secs(1)).await;
            println!("handled");
            Ok(Ack::ok())
        });
    let webhooks = match mode.as_str() {
        "ack_first" => webhooks.ack_first(1000),
        // What is late is acknowledged, as `on_late` does not say otherwise.
        "deadline" => webhooks.deadline(Duration::from_millis(100)),
        _ => webhooks,
    };
    let layer = WebhookLayer::new(App::signed(env::var("SDKAPPID")?, env::var("TOKEN")?)?)
        .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    lambda_http::run(layer.layer(webhooks)).await
}
