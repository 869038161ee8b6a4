//! Webhooks on hyper without a framework, over HTTP/1.1 and HTTP/2. The accept loop in `server/mod.rs`, shared by the
//! examples, is plain hyper too, with the limits that a server on the open internet needs.
//!
//! ```sh
//! cargo run --example hyper -- 3000
//! T=$(date +%s)
//! S=$(printf %s "secret$T" | sha256sum | cut -d' ' -f1)
//! curl -i "http://127.0.0.1:3000/?SdkAppid=1400000000&CallbackCommand=State.StateChange&RequestTime=$T&Sign=$S" \
//!     -d '{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}'
//! ```
//!
//! `Sign` is the SHA-256 of the app's token and the time, and is accepted for a minute.

mod server;

use std::time::Duration;

use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::state};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let webhooks =
        WebhookRouter::new().deadline(Duration::from_millis(1800)).on(async |hook: Webhook<state::StateChange>| {
            println!("{}: {:?} ({:?})", hook.info.to_account, hook.info.action, hook.info.reason);
            Ack::ok()
        });
    let drained = webhooks.drain();
    let service = ServiceBuilder::new()
        // Cuts off a body that never ends.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(WebhookLayer::new(App::signed(1_400_000_000, "secret")?))
        .service(webhooks);

    server::run(service, drained).await?;
    Ok(())
}
