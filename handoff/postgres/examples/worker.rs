//! Handles the webhooks that the receiver has stored.
//!
//! ```sh
//! DATABASE_URL=postgres://user:password@127.0.0.1/database cargo run --example worker
//! ```
//!
//! | setting | default |
//! |---|---|
//! | `DATABASE_URL` | `postgres://postgres@127.0.0.1/postgres` |
//! | `DATABASE_SCHEMA` | `tencent_webhook` |
//! | `CONCURRENCY`, handlers at a time | `16` |
//! | `LEASE`, in seconds | `30` |

mod settings;

use std::{error::Error, pin::pin, time::Duration};

use tower_tencent_webhook::{Ack, Event, Webhook, WebhookRouter};
use tower_tencent_webhook_postgres::{Database, Outbox, Worker};

use self::settings::{database, migrate, setting, stop};

/// What the handler does: it notes the event. A handler runs at least once. So that its effect happens once, the effect
/// and the identity are written in one transaction, here in one row.
async fn note(database: Database, hook: Webhook<Event>) -> Result<Ack, Box<dyn Error + Send + Sync>> {
    if let Some(identity) = hook.identity() {
        let client = database.pool().get().await?;
        let statement = client
            .prepare_cached(
                "INSERT INTO effects (identity, command) VALUES ($1, $2)
                 ON CONFLICT (identity) DO UPDATE SET executions = effects.executions + 1",
            )
            .await?;
        client.execute(&statement, &[&identity.to_string(), &hook.context().command().as_str()]).await?;
    }
    Ok(Ack::ok())
}

/// Makes the handler's own table.
async fn prepare(database: &Database) -> Result<(), Box<dyn Error>> {
    let client = database.pool().get().await?;
    let table = "CREATE TABLE IF NOT EXISTS effects
        (identity text PRIMARY KEY, command text NOT NULL, executions integer NOT NULL DEFAULT 1)";
    Ok(client.batch_execute(table).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let (concurrency, lease) = (setting("CONCURRENCY", "16").parse()?, setting("LEASE", "30").parse()?);
    let database = database()?.connections(2 * concurrency + 2);
    let mut stop = pin!(stop()?);
    let outbox = Outbox::new(&database);
    println!("working");
    tokio::select! {
        () = migrate(&outbox) => {}
        () = &mut stop => return Ok(()),
    }
    prepare(&database).await?;

    let webhooks = WebhookRouter::new().fallback_with(&database, note);
    Worker::new(&database, webhooks)
        .concurrency(concurrency)
        .lease(Duration::from_secs_f64(lease))
        .in_order()
        .run(stop)
        .await;
    Ok(())
}
