//! Receives webhooks and hands them to JetStream: an answer of 200 says that the stream has the event.
//!
//! ```sh
//! nats-server -js &
//! cargo run --example receiver
//! ```
//!
//! | variable | default | |
//! |---|---|---|
//! | `ADDRESS` | `127.0.0.1:3000` | where to listen |
//! | `NATS_URL` | `nats://127.0.0.1:4222` | |
//! | `SDKAPPID`, `TOKEN` | `1400000000`, `secret` | the app, and the token of the console |
//! | `REPLICAS` | `1` | of the stream |

mod common;

use std::{pin::pin, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{Layer, ServiceBuilder};
use tower_tencent_webhook::{AfterFailure, App, FailurePolicy, Policy, WebhookLayer, WebhookRouter};
use tower_tencent_webhook_jetstream::{JetStream, StreamConfig};

use common::{BoxError, connect, drain, number, stop_signal, stream, text};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut stop = pin!(stop_signal()?);
    let client = connect().await?;
    tokio::select! {
        made = stream(&client, StreamConfig::new("TENCENT").replicas(number("REPLICAS", 1)?)) => made?,
        () = &mut stop => return Ok(()),
    }

    let sink = ServiceBuilder::new()
        // In this order: what is one too many fails at once, instead of waiting for a place.
        .load_shed()
        .concurrency_limit(512)
        .timeout(Duration::from_millis(1700))
        .service(JetStream::new(client.clone()));
    let app = App::signed(number("SDKAPPID", 1_400_000_000u64)?, text("TOKEN", "secret"))?;
    let layer = WebhookLayer::new(app)
        .path("/im")
        // A body that this release cannot read is kept like all others.
        .on_malformed(Policy::Forward)
        // Chat repeats what was not answered, and nothing else.
        .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    let service = TowerToHyperService::new(layer.layer(WebhookRouter::new().hand_off(sink)));

    let listener = TcpListener::bind(text("ADDRESS", "127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // No file descriptors, for example.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // A client that has hung up already is no reason to stop.
        _ = stream.set_nodelay(true);
        let connection = open.watch(server.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async { _ = connection.await });
    }
    drop(listener);
    // Events that are on their way are stored, and answered.
    open.shutdown().await;
    drain(&client).await;
    Ok(())
}
