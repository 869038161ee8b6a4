//! Webhooks on hyper without a framework, over HTTP/1.1 and HTTP/2. The accept loop in `server/mod.rs`, shared by the
//! examples, is plain hyper too, with the limits that a server on the open internet needs.
//!
//! ```sh
//! cargo run --example hyper -- 3000
//! curl -i 'http://127.0.0.1:3000/?SdkAppid=1400000000&CallbackCommand=State.StateChange' \
//!     -d '{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}'
//! ```
//!
//! The app is unsigned so that plain `curl` can call it. Give yours a token: `App::signed(id, token)?`.

mod server;

use std::time::Duration;

use http::StatusCode;
use tower::ServiceBuilder;
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::state};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let webhooks =
        WebhookRouter::new().deadline(Duration::from_millis(1800)).on(async |hook: Webhook<state::StateChange>| {
            println!("{}: {:?} ({:?})", hook.info.to_account, hook.info.action, hook.info.reason);
            Ack::ok()
        });
    let drained = webhooks.drain();
    let service = ServiceBuilder::new()
        // Cuts off a body that never ends.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(WebhookLayer::new(App::unsigned(1_400_000_000)))
        .service(webhooks);

    server::run(service, drained).await
}
