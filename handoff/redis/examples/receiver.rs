//! Receives webhooks, and handles each after-event once, however many instances there are and however often it comes.
//!
//! ```sh
//! ADDRESS=127.0.0.1:3000 cargo run --example receiver
//! ADDRESS=127.0.0.1:3001 cargo run --example receiver
//! ```
//!
//! | setting | default |
//! |---|---|
//! | `ADDRESS` | `127.0.0.1:3000` |
//! | `REDIS_URL` | `redis://127.0.0.1:6379` |
//! | `REDIS_PREFIX` | `tencent_webhook` |
//! | `LEASE`, how long a handler may take, in milliseconds | `2000` |
//! | `WORK`, how long it takes, in milliseconds | `100` |
//! | `SDK_APP_ID` | `1400000000` |
//! | `TOKEN`, of the console | none: signatures are not checked |

use std::{convert::Infallible, env, error::Error, future::Future, io, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tower::{Layer, service_fn};
use tower_tencent_webhook::{
    AfterFailure, App, FailurePolicy, Policy, Webhook, WebhookLayer, WebhookRouter, repeats::RepeatsLayer,
};
use tower_tencent_webhook_redis::Repeats;

/// A setting, or its default.
fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Resolves on Ctrl-C, and on the signal with which service managers ask for the same.
fn stop() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: u64 = setting("SDK_APP_ID", "1400000000").parse()?;
    let app = match setting("TOKEN", "").as_str() {
        "" => App::unsigned(id),
        token => App::signed(id, token)?,
    };
    let lease = Duration::from_millis(setting("LEASE", "2000").parse()?);
    let work = Duration::from_millis(setting("WORK", "100").parse()?);

    let store = Repeats::new(&setting("REDIS_URL", "redis://127.0.0.1:6379"))?;
    let repeats = RepeatsLayer::new(store.prefix(&setting("REDIS_PREFIX", "tencent_webhook"))).lease(lease);
    let handler = service_fn(move |hook: Webhook| async move {
        let event = hook.identity().map(|identity| identity.to_string()).unwrap_or_default();
        println!("begun {event} {}", hook.context().command());
        sleep(work).await;
        println!("done {event}");
        Ok::<_, Infallible>(())
    });
    let webhooks = WebhookRouter::new().hand_off(repeats.layer(handler));
    let layer = WebhookLayer::new(app)
        .path("/im")
        .on_malformed(Policy::Forward)
        // What another instance is handling is not answered: after a time-out alone Chat sends it again.
        .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    let service = Router::new().layer(webhooks).layer(layer);

    let listener = TcpListener::bind(setting("ADDRESS", "127.0.0.1:3000")).await?;
    let stop = stop()?;
    println!("receiving on {}", listener.local_addr()?);
    axum::serve(listener, service).with_graceful_shutdown(stop).await?;
    Ok(())
}
