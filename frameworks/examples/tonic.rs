//! gRPC and webhooks on one port: a tonic server, its health service, and the layer in front.
//!
//! ```sh
//! cargo run --example tonic -- 3000
//! grpcurl -plaintext 127.0.0.1:3000 grpc.health.v1.Health/Check
//! T=$(date +%s)
//! S=$(printf %s "secret$T" | sha256sum | cut -d' ' -f1)
//! curl -i "http://127.0.0.1:3000/im?SdkAppid=1400000000&CallbackCommand=Group.CallbackAfterGroupFull&RequestTime=$T&Sign=$S" \
//!     -d '{"GroupId":"@TGS#1","EventTime":"1702018343678"}'
//! ```
//!
//! `Sign` is the SHA-256 of the app's token and the time, and is accepted for a minute.

#[path = "../../examples/server/mod.rs"]
mod server;

use std::time::Duration;

use http::StatusCode;
use tonic::service::Routes;
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, App, Event, Webhook, WebhookLayer, WebhookRouter, event::group};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (_, health) = tonic_health::server::health_reporter();

    let webhooks = WebhookRouter::new()
        .on(async |hook: Webhook<group::AfterGroupFull>| {
            println!("the group {} is full", hook.group_id);
            Ack::ok()
        })
        .fallback(async |hook: Webhook| {
            match hook.event() {
                Event::Other(other) => println!("{} is unknown", other.command),
                event => println!("{} is not handled here", event.command()),
            }
            Ack::ok()
        });
    let drained = webhooks.drain();

    // Only the webhooks have a timeout: gRPC calls may be streams that never end.
    let webhooks = tower::ServiceBuilder::new()
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(WebhookLayer::new(App::signed(1_400_000_000, "secret")?))
        .service(webhooks);
    let app = Routes::new(health).into_axum_router().route_service("/im", webhooks);

    server::run(app, drained).await?;
    Ok(())
}
