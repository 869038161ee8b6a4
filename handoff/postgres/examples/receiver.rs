//! Receives webhooks, and acknowledges an after-event once it is stored in PostgreSQL.
//!
//! ```sh
//! DATABASE_URL=postgres://user:password@127.0.0.1/database cargo run --example receiver
//! ```
//!
//! | setting | default |
//! |---|---|
//! | `ADDRESS` | `127.0.0.1:3000` |
//! | `DATABASE_URL` | `postgres://postgres@127.0.0.1/postgres` |
//! | `DATABASE_SCHEMA` | `tencent_webhook` |
//! | `SDK_APP_ID` | `1400000000` |
//! | `TOKEN`, of the console | none: signatures are not checked |

mod settings;

use std::error::Error;

use axum::Router;
use tokio::net::TcpListener;
use tower_tencent_webhook::{AfterFailure, App, FailurePolicy, Policy, WebhookLayer, WebhookRouter};
use tower_tencent_webhook_postgres::Outbox;

use self::settings::{database, migrate, setting, stop};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let id: u64 = setting("SDK_APP_ID", "1400000000").parse()?;
    let app = match setting("TOKEN", "").as_str() {
        "" => App::unsigned(id),
        token => App::signed(id, token)?,
    };
    let outbox = Outbox::new(&database()?);
    let tables = outbox.clone();
    tokio::spawn(async move { migrate(&tables).await });

    // Before-events have handlers here, as their answer is wanted at once: `.on(…)`.
    let webhooks = WebhookRouter::new().hand_off(outbox);
    let layer = WebhookLayer::new(app)
        .path("/im")
        // What this release cannot read may be read by the next one.
        .on_malformed(Policy::Forward)
        // What is not stored is not answered: after a time-out alone Chat sends it again.
        .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    let service = Router::new().layer(webhooks).layer(layer);

    let listener = TcpListener::bind(setting("ADDRESS", "127.0.0.1:3000")).await?;
    let stop = stop()?;
    println!("receiving on {}", listener.local_addr()?);
    axum::serve(listener, service).with_graceful_shutdown(stop).await?;
    Ok(())
}
