//! A server with the tables, webhooks, and waiting.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use tokio::sync::Mutex;
use tower::ServiceExt;
use tower_tencent_webhook::{App, Webhook, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Event, PATIENCE, Postgres, eventually};
use tower_tencent_webhook_postgres::{Database, Error, Outbox, Stored};

/// A server, a database in it, and an outbox in that.
pub(crate) struct Setup<S = Arc<Postgres>> {
    pub(crate) server: S,
    pub(crate) database: Database,
    pub(crate) outbox: Outbox,
    url: String,
}

/// The server that tests share which do it no harm. The last one to leave stops it.
static SHARED: Mutex<(Weak<Postgres>, u32)> = Mutex::const_new((Weak::new(), 0));

impl Setup {
    /// In a database of its own on the shared server.
    pub(crate) async fn new() -> Self {
        let mut shared = SHARED.lock().await;
        let server = match shared.0.upgrade() {
            Some(server) => server,
            None => Arc::new(fast().await),
        };
        shared.0 = Arc::downgrade(&server);
        shared.1 += 1;
        let name = format!("test{}", shared.1);
        let database = Database::new(&server.url()).unwrap();
        let client = database.pool().get().await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        drop((client, shared));
        let url = server.url_of(&name);
        Self::on(server, &url).await
    }
}

impl Setup<Postgres> {
    /// On a server of its own, to be killed.
    pub(crate) async fn own() -> Self {
        let server = fast().await;
        let url = server.url();
        Self::on(server, &url).await
    }
}

/// What is written survives a `kill -9`, and only the machine's end would end it: nobody has to wait for the disk.
async fn fast() -> Postgres {
    let mut server = Postgres::new();
    server.set("fsync=off");
    server.start().await;
    server
}

impl<S> Setup<S> {
    async fn on(server: S, url: &str) -> Self {
        let database = Database::new(url).unwrap().statement_timeout(PATIENCE);
        let outbox = Outbox::new(&database).deadline(PATIENCE);
        outbox.migrate().await.unwrap();
        Self { server, database, outbox, url: url.to_owned() }
    }

    /// Another pool of connections to the same database, as another process has it.
    pub(crate) fn elsewhere(&self) -> Database {
        Database::new(&self.url).unwrap().statement_timeout(PATIENCE)
    }

    pub(crate) async fn store(&self, hook: Webhook) -> Result<Stored, Error> {
        self.outbox.clone().oneshot(hook).await
    }

    /// Stores messages, one after the other.
    pub(crate) async fn store_messages(&self, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            assert_eq!(self.store(message(number)).await.unwrap(), Stored::New);
        }
    }

    pub(crate) async fn count(&self, condition: &str) -> i64 {
        self.value(&format!("SELECT count(*) FROM tencent_webhook.outbox WHERE {condition}")).await
    }

    pub(crate) async fn value<T: for<'a> tokio_postgres::types::FromSql<'a>>(&self, sql: &str) -> T {
        self.database.pool().get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.database.pool().get().await.unwrap().batch_execute(sql).await.unwrap();
    }

    /// Waits until so many rows are in that state.
    pub(crate) async fn until(&self, condition: &str, rows: i64) {
        eventually(condition, async || self.count(condition).await == rows).await;
    }
}

/// A private message.
pub(crate) fn message(number: usize) -> Webhook {
    let event = Event::message(number);
    hook(&event.command, event.body)
}

pub(crate) fn app() -> App {
    App::signed(1400000000, "token of the console").unwrap()
}

pub(crate) fn hook(command: &str, body: impl Into<Bytes>) -> Webhook {
    Signer::new(&app()).any_webhook(command, body).unwrap()
}

/// The id that a message has in the table.
pub(crate) fn id(number: usize) -> String {
    message(number).identity().unwrap().to_string()
}
