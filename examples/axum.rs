//! Webhooks in front of an existing axum app whose other routes require a bearer token.
//!
//! ```sh
//! cargo run --example axum -- 3000
//! curl -i http://127.0.0.1:3000/me -H 'authorization: Bearer open sesame'
//! T=$(date +%s)
//! S=$(printf %s "secret$T" | sha256sum | cut -d' ' -f1)
//! curl -i "http://127.0.0.1:3000/im?SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete&RequestTime=$T&Sign=$S" \
//!     -d '{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}'
//! ```
//!
//! `Sign` is the SHA-256 of the app's token and the time, and is accepted for a minute.

mod server;

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::follow};

/// The existing app: one route that requires a bearer token.
fn existing() -> Router {
    Router::new()
        .route("/me", get(async |State(name): State<&'static str>| format!("hello, {name}\n")))
        .route_layer(from_fn(bearer))
        .with_state("ada")
}

async fn bearer(request: Request, next: Next) -> Result<Response, StatusCode> {
    match request.headers().get("authorization") {
        Some(token) if token == "Bearer open sesame" => Ok(next.run(request).await),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // After-events are acknowledged at once and handled in the background, at most a thousand at a time.
    let webhooks = WebhookRouter::new().ack_first(1000).on(async |hook: Webhook<follow::AfterFollowDelete>| {
        println!("{} left {:?}", hook.from_account, hook.to_account);
        Ack::ok()
    });
    let drained = webhooks.drain();

    // Outside the routes and their auth: Tencent's servers have no bearer token. The timeout is outermost, so that no
    // client can keep the server waiting for a body.
    let app = existing()
        .layer(webhooks)
        .layer(WebhookLayer::new(App::signed(1_400_000_000, "secret")?).path("/im"))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)));

    server::run(app, drained).await?;
    Ok(())
}
