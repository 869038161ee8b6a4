//! The sink: webhooks go into the table, and the answer waits until they are there.

mod batches;
mod letters;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use tower_tencent_webhook::Webhook;

pub use self::letters::{Backlog, DeadLetter, DeadLetters, Page};
use self::{
    batches::{Batches, Row},
    letters::Statements,
};
use crate::{Database, Error, ErrorKind, database::after, metrics};

/// Each migration is one transaction, and none changes once it has been released.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001.sql")];

/// What is larger than this is not sent to the database: it would be refused there, with what is sent along with it.
const LARGEST: usize = 64 << 20;

/// Stores webhooks in PostgreSQL: for [`WebhookRouter::hand_off`](tower_tencent_webhook::WebhookRouter::hand_off).
///
/// It is `Ok` **once the transaction has been committed**, and tells whether the webhook is [new](Stored). The id of a
/// webhook's [`CloudEvent`](tower_tencent_webhook::CloudEvent) is the table's primary key: a webhook with an
/// [identity](Webhook::identity) is stored once, however often it is sent and by however many receivers, until it is
/// [pruned](crate::Worker::keep). One without is stored each time.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use tower::Layer;
/// use tower_tencent_webhook::{AfterFailure, App, FailurePolicy, WebhookLayer, WebhookRouter};
/// use tower_tencent_webhook_postgres::{Database, Outbox};
///
/// let outbox = Outbox::new(&Database::new("postgres://chat:secret@127.0.0.1/chat")?);
/// outbox.migrate().await?;
///
/// // What is not stored is not answered: after a time-out alone Chat sends it again.
/// let withhold = FailurePolicy::new().after(AfterFailure::Withhold);
/// let app = App::signed(1400000000, "token of the console")?;
/// let service = WebhookLayer::new(app).on_failure(withhold).layer(WebhookRouter::new().hand_off(outbox));
/// # let _ = service;
/// # Ok(())
/// # }
/// ```
///
/// # Group commit
///
/// A commit waits for the disk. The first webhook is sent to the database at once; those that arrive until it is committed
/// go with the next statement, in one transaction, and so on. A webhook that the database does not take, if there is one,
/// does not take its neighbours with it.
///
/// # When the database is down
///
/// The outbox tries again until the [deadline](Self::deadline), so that a failover of a second is not seen. It
/// holds at most [`capacity`](Self::capacity) webhooks; one more is an error at once.
#[derive(Clone)]
pub struct Outbox {
    database: Database,
    batches: Arc<Batches>,
    statements: Arc<Statements>,
    destination: Arc<str>,
    deadline: Duration,
    capacity: usize,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("database", &self.database)
            .field("deadline", &self.deadline)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// What became of a webhook that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stored {
    /// It is new.
    New,
    /// It was there already: this is a repeat. It may be waiting, have been handled, or be a dead letter.
    Repeat,
}

impl Outbox {
    /// An outbox in a database. Nothing is sent to the database before the first webhook, or [`migrate`](Self::migrate).
    pub fn new(database: &Database) -> Self {
        Self {
            batches: Arc::new(Batches::new(database)),
            statements: Arc::new(Statements::new(database)),
            destination: database.destination("outbox"),
            database: database.clone(),
            deadline: Duration::from_millis(1500),
            capacity: 1024,
        }
    }

    /// How long a webhook may take to be stored. After that it is an error, although it **may have been stored**; a repeat
    /// is then told as one. Default: 1.5 s, since Chat waits for 2 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many webhooks may wait for the database at a time, in all clones. Default: 1024.
    pub fn capacity(mut self, webhooks: usize) -> Self {
        self.capacity = webhooks;
        self
    }

    /// How many statements have been sent to store webhooks: fewer than webhooks if group commit is at work.
    pub fn flushes(&self) -> u64 {
        self.batches.flushes()
    }

    /// Creates the schema and its tables, or brings them up to date. Call it when a process starts: several may at once.
    ///
    /// What it does, with the schema's name for `{schema}`:
    #[doc = concat!("```sql\n", include_str!("../migrations/0001.sql"), "```")]
    ///
    /// # Errors
    ///
    /// If the database is not there, or the user may not do that. A user without the right to create the schema may have
    /// it created by somebody else, empty.
    pub async fn migrate(&self) -> Result<(), Error> {
        let database = &self.database;
        // Whoever comes second waits, and finds it done. The number is arbitrary.
        let mut steps = database
            .sql(
                "SELECT pg_advisory_xact_lock(7310868735422955040);
             DO $do$ BEGIN
                 IF to_regnamespace('{schema}') IS NULL THEN CREATE SCHEMA {schema}; END IF;
                 IF to_regclass('{schema}.migrations') IS NULL THEN
                     CREATE TABLE {schema}.migrations (
                         version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now()
                     );
                 END IF;
             END $do$;\n",
            )
            .to_string();
        for (version, migration) in (1..).zip(MIGRATIONS) {
            let migration = database.sql(migration);
            steps += &database.sql(&format!(
                "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM {{schema}}.migrations WHERE version = {version}) THEN
                 {migration}
                 INSERT INTO {{schema}}.migrations (version) VALUES ({version});
                 END IF; END $do$;\n"
            ));
        }
        database.batch(&steps).await
    }

    async fn store(self, hook: Webhook) -> Result<Stored, Error> {
        let row = Row::new(&hook);
        drop(hook);
        if row.size() > LARGEST {
            return Err(Error::new(ErrorKind::Rejected));
        }
        let deadline = after(self.deadline);
        let outcome = self.batches.push(row, deadline, self.capacity)?;
        match timeout_at(deadline, outcome).await {
            Ok(Ok(outcome)) => outcome,
            // The runtime is shutting down.
            Ok(Err(_)) => Err(Error::new(ErrorKind::Unavailable)),
            Err(_) => Err(Error::new(ErrorKind::Timeout)),
        }
    }
}

impl Service<Webhook> for Outbox {
    type Response = Stored;
    type Error = Error;
    type Future = StoreFuture;

    /// Always ready: beyond its capacity a webhook is an error, and not kept waiting.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, hook: Webhook) -> StoreFuture {
        let (outbox, destination) = (self.clone(), self.destination.clone());
        StoreFuture(Box::pin(async move {
            // A time limit of the app's own may drop this future: nobody learns then that the webhook was stored.
            let mut sending = Sending { destination, start: Instant::now(), error: Some("dropped") };
            let stored = outbox.store(hook).await;
            sending.error = stored.as_ref().err().map(|error| error.kind().as_str());
            stored
        }))
    }
}

/// A webhook on its way into the outbox, which is counted when this is dropped.
struct Sending {
    destination: Arc<str>,
    start: Instant,
    error: Option<&'static str>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        metrics::sent(&self.destination, self.start.elapsed(), self.error);
    }
}

/// The future of [`Outbox`]. Dropping it does not take back what has been sent to the database.
pub struct StoreFuture(Pin<Box<dyn Future<Output = Result<Stored, Error>> + Send>>);

impl fmt::Debug for StoreFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreFuture")
    }
}

impl Future for StoreFuture {
    type Output = Result<Stored, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}
