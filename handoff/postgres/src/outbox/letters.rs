//! What has not been handled: how much there is, and what to do with it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_tencent_webhook::CloudEvent;

use super::Outbox;
use crate::{
    Database, Error,
    database::{in_steps, seconds},
    stored,
};

pub(super) struct Statements {
    backlog: Arc<str>,
    dead_letters: Arc<str>,
    requeue: Arc<str>,
    discard: Arc<str>,
    prune: Arc<str>,
}

impl Statements {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            backlog: database.sql(include_str!("../sql/backlog.sql")),
            dead_letters: database.sql(include_str!("../sql/dead_letters.sql")),
            requeue: database.sql(include_str!("../sql/requeue.sql")),
            discard: database.sql(include_str!("../sql/discard.sql")),
            prune: database.sql(include_str!("../sql/prune.sql")),
        }
    }
}

/// How much waits to be handled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Backlog {
    /// How many webhooks have not been handled, including those that are being handled or wait for another attempt.
    pub pending: u64,
    /// How many have been given up.
    pub dead: u64,
    /// How long ago the oldest pending one was received.
    pub oldest: Option<Duration>,
}

/// A webhook that has been given up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The id of its event, for [`Outbox::requeue`] and [`Outbox::discard`].
    pub id: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed. This may quote what the handler's error quotes.
    pub error: Option<String>,
    /// When it was received, by the server's clock.
    pub received: SystemTime,
    /// When it was given up, by the server's clock.
    pub given_up: SystemTime,
    /// The event, unless it is just that which cannot be read.
    pub event: Option<CloudEvent>,
    position: i64,
}

/// A page of dead letters, the oldest first.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadLetters {
    /// The dead letters of this page.
    pub letters: Vec<DeadLetter>,
    /// What to ask for the next page with. After the last page there is none.
    pub next: Option<Page>,
}

/// Where a page of [`DeadLetters`] begins. The default is the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page(i64);

impl Outbox {
    /// How much waits to be handled. This counts rows: once in some seconds is often enough.
    ///
    /// # Errors
    ///
    /// If the database does not answer.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let rows = self.database.query(&self.statements.backlog, &[]).await?;
        let Some(row) = rows.first() else { return Ok(Backlog::default()) };
        let count = |column| u64::try_from(row.get::<_, i64>(column)).unwrap_or_default();
        Ok(Backlog { pending: count(0), dead: count(1), oldest: row.get::<_, Option<f64>>(2).map(seconds) })
    }

    /// The webhooks that have been given up, up to `limit` at a time.
    ///
    /// # Errors
    ///
    /// If the database does not answer.
    pub async fn dead_letters(&self, page: Page, limit: u32) -> Result<DeadLetters, Error> {
        let rows = self.database.query(&self.statements.dead_letters, &[&page.0, &i64::from(limit)]).await?;
        let letter = |row: &tokio_postgres::Row| DeadLetter {
            id: row.get(0),
            position: row.get(1),
            attempts: u32::try_from(row.get::<_, i32>(2)).unwrap_or_default(),
            error: row.get(3),
            received: row.get(4),
            given_up: row.get(5),
            event: stored::event(row.get(6), row.get(7)).ok(),
        };
        let letters: Vec<_> = rows.iter().map(letter).collect();
        let full = letters.len() >= limit as usize;
        Ok(DeadLetters { next: letters.last().filter(|_| full).map(|last| Page(last.position)), letters })
    }

    /// Has dead letters tried again, as if they had just arrived: how many there were.
    ///
    /// # Errors
    ///
    /// If the database does not answer.
    pub async fn requeue<S: AsRef<str>>(&self, ids: impl IntoIterator<Item = S>) -> Result<u64, Error> {
        let requeued = self.change(&self.statements.requeue, ids).await?;
        if requeued > 0 {
            self.batches.notify();
        }
        Ok(requeued)
    }

    /// Gives dead letters up for good: how many there were. They are pruned as if they had been handled, and repeats are
    /// still told.
    ///
    /// # Errors
    ///
    /// If the database does not answer.
    pub async fn discard<S: AsRef<str>>(&self, ids: impl IntoIterator<Item = S>) -> Result<u64, Error> {
        self.change(&self.statements.discard, ids).await
    }

    async fn change<S: AsRef<str>>(&self, sql: &str, ids: impl IntoIterator<Item = S>) -> Result<u64, Error> {
        let ids: Vec<_> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
        self.database.execute(sql, &[&ids]).await
    }

    /// Deletes webhooks that were handled longer ago than this: how many there were. A repeat of one of them is then new.
    ///
    /// A [`Worker`](crate::Worker) does this by itself.
    ///
    /// # Errors
    ///
    /// If the database does not answer. Some may have been deleted.
    pub async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        in_steps(&self.database, &self.statements.prune, Some(older_than)).await
    }
}
