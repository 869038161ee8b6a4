//! What both processes share: their settings, from the environment, and when to stop.

use std::{env, error::Error, future::Future, io, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tower_tencent_webhook_postgres::{Database, Outbox};

/// A setting, or its default.
pub(crate) fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// `DATABASE_URL` and `DATABASE_SCHEMA`.
pub(crate) fn database() -> Result<Database, Box<dyn Error>> {
    let database = Database::new(&setting("DATABASE_URL", "postgres://postgres@127.0.0.1/postgres"))?;
    Ok(database.schema(&setting("DATABASE_SCHEMA", "tencent_webhook"))?)
}

/// Makes the tables, as soon as the database is there.
pub(crate) async fn migrate(outbox: &Outbox) {
    while let Err(error) = outbox.migrate().await {
        eprintln!("the tables are not up to date: {error}");
        sleep(Duration::from_millis(500)).await;
    }
}

/// Resolves on Ctrl-C, and on the signal with which service managers ask for the same.
pub(crate) fn stop() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
