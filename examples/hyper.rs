//! Webhooks on hyper alone, with HTTP/1.1 and HTTP/2, and the timeouts that a server on the open internet needs.
//!
//! ```sh
//! cargo run --example hyper -- 3000
//! curl -i 'http://127.0.0.1:3000/?SdkAppid=1400000000&CallbackCommand=State.StateChange' \
//!     -d '{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}'
//! ```
//!
//! For the sake of `curl` the app is an unsigned one. Yours has a token: `App::signed(id, token)?`.

use std::time::Duration;

use http::StatusCode;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::state};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let webhooks =
        WebhookRouter::new().deadline(Duration::from_millis(1800)).on(async |hook: Webhook<state::StateChange>| {
            println!("{}: {} ({})", hook.info.to_account, hook.info.action, hook.info.reason);
            Ack::ok()
        });
    let service = ServiceBuilder::new()
        // A body that never ends ends here.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(WebhookLayer::new(App::unsigned(1_400_000_000)))
        .service(webhooks);

    let port = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Slow heads: without a timer hyper waits for ever.
            server.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5));
            server.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("connection: {error}");
            }
        });
    }
}
