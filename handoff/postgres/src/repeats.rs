//! Which events are being handled, or have been, for several instances.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::Instant;
use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};

use crate::{
    Database, Error,
    database::{in_steps, span},
    metrics,
};

/// The store of a [`RepeatsLayer`](tower_tencent_webhook::repeats::RepeatsLayer) in PostgreSQL, for instances that handle
/// webhooks inline.
///
/// All instances that use one schema share it. Leases run out by the server's clock, so the instances' clocks do not
/// matter. It has its table from [`Outbox::migrate`](crate::Outbox::migrate).
///
/// ```no_run
/// use tower_tencent_webhook::repeats::RepeatsLayer;
/// use tower_tencent_webhook_postgres::{Database, Repeats};
///
/// let database = Database::new("postgres://chat:secret@127.0.0.1/chat")?;
/// let repeats = RepeatsLayer::new(Repeats::new(&database));
/// # let _: RepeatsLayer<Repeats> = repeats;
/// # Ok::<(), tower_tencent_webhook_postgres::ConfigError>(())
/// ```
///
/// Each claim is a commit, and so is its completion: where that is too slow, use an [`Outbox`](crate::Outbox), or Redis.
#[derive(Clone)]
pub struct Repeats {
    database: Database,
    destination: Arc<str>,
    keep: Duration,
    claim: Arc<str>,
    complete: Arc<str>,
    release: Arc<str>,
    prune: Arc<str>,
}

impl fmt::Debug for Repeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeats").field("database", &self.database).field("keep", &self.keep).finish_non_exhaustive()
    }
}

impl Repeats {
    /// A store in a database.
    pub fn new(database: &Database) -> Self {
        Self {
            destination: database.destination("repeats"),
            keep: Duration::from_secs(24 * 60 * 60),
            claim: database.sql(include_str!("sql/repeats_claim.sql")),
            complete: database.sql(include_str!("sql/repeats_complete.sql")),
            release: database.sql(include_str!("sql/repeats_release.sql")),
            prune: database.sql(include_str!("sql/repeats_prune.sql")),
            database: database.clone(),
        }
    }

    /// How long an event is remembered after it is done. Default: 24 hours.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Deletes what has run out: how many rows there were. They do no harm, but take room: call it once in some minutes.
    ///
    /// # Errors
    ///
    /// If the database does not answer. Some may have been deleted.
    pub async fn prune(&self) -> Result<u64, Error> {
        in_steps(&self.database, &self.prune, None).await
    }

    fn observe(&self, name: &'static str, start: Instant, error: Option<&Error>) {
        metrics::operation(name, &self.destination, start.elapsed(), error.map(|error| error.kind().as_str()));
    }

    async fn try_claim(&self, lease: &Lease) -> Result<Claim, Error> {
        let (identity, token) = names(lease);
        loop {
            let duration = span(lease.duration());
            let rows = self.database.query(&self.claim, &[&identity, &token, &duration]).await?;
            match rows.first().map(|row| (row.get(0), row.get(1))) {
                Some((true, _)) => return Ok(Claim::Granted),
                Some((false, Some(true))) => return Ok(Claim::Done),
                Some((false, Some(false))) => return Ok(Claim::AtWork),
                // Another one claimed it after this statement had begun, or released it: the next one sees which.
                Some((false, None)) | None => {}
            }
        }
    }

    async fn own(&self, sql: &str, lease: &Lease, keep: Option<f64>) -> Result<(), Error> {
        let (identity, token) = names(lease);
        // No row if another one has the lease, which is no error.
        match keep {
            Some(keep) => self.database.execute(sql, &[&identity, &token, &keep]).await?,
            None => self.database.execute(sql, &[&identity, &token]).await?,
        };
        Ok(())
    }
}

impl RepeatStore for Repeats {
    type Error = Error;

    async fn claim(&self, lease: &Lease) -> Result<Claim, Error> {
        let start = Instant::now();
        let claim = self.try_claim(lease).await;
        self.observe("claim", start, claim.as_ref().err());
        claim
    }

    async fn complete(&self, lease: &Lease) -> Result<(), Error> {
        let start = Instant::now();
        let completed = self.own(&self.complete, lease, Some(span(self.keep))).await;
        self.observe("complete", start, completed.as_ref().err());
        completed
    }

    async fn release(&self, lease: &Lease) -> Result<(), Error> {
        let start = Instant::now();
        let released = self.own(&self.release, lease, None).await;
        self.observe("release", start, released.as_ref().err());
        released
    }
}

/// As uuids, which are as long.
fn names(lease: &Lease) -> (String, String) {
    (lease.identity().to_string(), format!("{:032x}", lease.token()))
}
