//! What a worker does with one webhook.

use std::{
    collections::HashMap,
    error::Error as _,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};
use tower_tencent_webhook::Webhook;

use super::{PAUSE, Worker};
use crate::{
    Error,
    database::{after, seconds, span},
    metrics, stored,
};

/// As many characters of an error are kept.
const WORDS: usize = 1000;

/// What all handlers of a worker share.
pub(super) struct Shared {
    worker: Worker,
    /// For people who look at the table.
    name: String,
    destination: Arc<str>,
    channel: String,
    sql: Statements,
    /// The ids of what is being handled, and their leases.
    held: Mutex<HashMap<String, String>>,
}

struct Statements {
    claim: Arc<str>,
    next_due: Arc<str>,
    extend: Arc<str>,
    done: Arc<str>,
    retry: Arc<str>,
    dead: Arc<str>,
    give_back: Arc<str>,
    notify: Arc<str>,
}

/// A webhook that this worker has.
pub(super) struct Claimed {
    id: String,
    seq: i64,
    lease: String,
    attempts: u32,
    headers: String,
    body: Vec<u8>,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done, or dead.
    Finished,
    /// It will be tried again.
    Again,
    /// Another worker has it, or will have it.
    Lost,
}

impl Shared {
    pub(super) fn new(worker: Worker) -> Self {
        let database = &worker.database;
        let (any, in_order) = (include_str!("../sql/claim.sql"), include_str!("../sql/claim_in_order.sql"));
        let sql = Statements {
            claim: database.sql(if worker.in_order { in_order } else { any }),
            next_due: database.sql(include_str!("../sql/next_due.sql")),
            extend: database.sql(include_str!("../sql/extend.sql")),
            done: database.sql(include_str!("../sql/done.sql")),
            retry: database.sql(include_str!("../sql/retry.sql")),
            dead: database.sql(include_str!("../sql/dead.sql")),
            give_back: database.sql(include_str!("../sql/give_back.sql")),
            notify: database.sql(include_str!("../sql/notify.sql")),
        };
        Self {
            name: format!("{}:{:08x}", process::id(), fastrand::u32(..)),
            destination: database.destination("outbox"),
            channel: database.channel(),
            sql,
            held: Mutex::default(),
            worker,
        }
    }

    /// Takes up to that many webhooks, the oldest first.
    pub(super) async fn claim(&self, webhooks: usize) -> Result<Vec<Claimed>, Error> {
        let start = Instant::now();
        let (limit, lease) = (i64::try_from(webhooks).unwrap_or(i64::MAX), span(self.worker.lease));
        let claimed = self.worker.database.query(&self.sql.claim, &[&limit, &self.name, &lease]).await;
        self.observe("claim", start, claimed.as_ref().err());
        let mut claimed: Vec<_> = claimed?
            .iter()
            .map(|row| Claimed {
                id: row.get(0),
                seq: row.get(1),
                lease: row.get(2),
                attempts: u32::try_from(row.get::<_, i32>(3)).unwrap_or(u32::MAX),
                headers: row.get(4),
                body: row.get(5),
            })
            .collect();
        claimed.sort_unstable_by_key(|claimed| claimed.seq);
        metrics::consumed(&self.destination, claimed.len());
        self.held().extend(claimed.iter().map(|claimed| (claimed.id.clone(), claimed.lease.clone())));
        Ok(claimed)
    }

    /// How long it takes until a back-off or a lease runs out, which had not by the time of a claim that found nothing more.
    pub(super) async fn until_due(&self, claimed: Instant) -> Duration {
        // The server's clock and this one are not quite as fast.
        let since = span(claimed.elapsed() + Duration::from_millis(1));
        match self.worker.database.query(&self.sql.next_due, &[&since]).await {
            Ok(rows) => rows.first().and_then(|row| row.get::<_, Option<f64>>(0)).map_or(Duration::MAX, seconds),
            Err(error) => {
                tracing::warn!(%error, "it is not known when to look for webhooks");
                PAUSE
            }
        }
    }

    /// Handles a webhook, and notes what became of it.
    pub(super) async fn handle(self: Arc<Self>, mut claimed: Claimed) -> Outcome {
        let outcome = match self.attempt(&mut claimed).await {
            Attempt::Done => self.settle("done", &self.sql.done, &claimed, None, None).await,
            Attempt::Failed(words) if claimed.attempts < self.worker.max_attempts => {
                let backoff = span(self.backoff(claimed.attempts));
                tracing::warn!(id = claimed.id, attempts = claimed.attempts, error = words, "a webhook is tried again");
                match self.settle("retry", &self.sql.retry, &claimed, Some(backoff), Some(&words)).await {
                    Outcome::Finished => Outcome::Again,
                    lost => lost,
                }
            }
            Attempt::Failed(words) | Attempt::Hopeless(words) => {
                tracing::error!(id = claimed.id, attempts = claimed.attempts, error = words, "a webhook is given up");
                self.settle("dead", &self.sql.dead, &claimed, None, Some(&words)).await
            }
            Attempt::Lost => Outcome::Lost,
        };
        if outcome == Outcome::Lost {
            tracing::warn!(id = claimed.id, "a lease is lost: the webhook may be handled twice");
        }
        self.held().remove(&claimed.id);
        outcome
    }

    async fn attempt(&self, claimed: &mut Claimed) -> Attempt {
        if claimed.attempts > self.worker.max_attempts {
            return Attempt::Hopeless("its worker has died, or lost the lease, in the last attempt".to_owned());
        }
        let event = stored::event(&claimed.headers, std::mem::take(&mut claimed.body));
        let hook = match event.and_then(|event| Webhook::from_cloud_event(&event)) {
            Ok(hook) => hook,
            Err(error) => return Attempt::Hopeless(format!("it cannot be read: {error}")),
        };
        let start = Instant::now();
        let (attempt, error) = tokio::select! {
            handled = timeout(self.worker.handler_timeout, self.worker.router.handle(hook)) => match handled {
                Ok(Ok(_)) => (Attempt::Done, None),
                Ok(Err(error)) => {
                    let mut words = error.to_string();
                    let mut source = error.source();
                    while let Some(cause) = source {
                        words += &format!(": {cause}");
                        source = cause.source();
                    }
                    (Attempt::Failed(words), Some("failed"))
                }
                Err(_) => (Attempt::Failed("the handler takes too long".to_owned()), Some("timeout")),
            },
            () = self.hold(claimed) => (Attempt::Lost, Some("lease_lost")),
        };
        metrics::processed(&self.destination, start.elapsed(), error);
        attempt
    }

    /// Extends the lease; returns when another worker has it.
    async fn hold(&self, claimed: &Claimed) {
        let lease = self.worker.lease;
        loop {
            sleep(lease / 3).await;
            let start = Instant::now();
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&claimed.id, &claimed.lease, &span(lease)];
            let extended = self.worker.database.execute(&self.sql.extend, &parameters).await;
            self.observe("extend", start, extended.as_ref().err());
            match extended {
                Ok(0) => break,
                Ok(_) => {}
                // The handler goes on. Whether it still has the lease is seen at the end.
                Err(error) => tracing::warn!(%error, id = claimed.id, "a lease is not extended"),
            }
        }
    }

    /// Notes what became of a webhook, if the lease is still this worker's. `Finished` if so.
    async fn settle(
        &self,
        name: &'static str,
        sql: &str,
        claimed: &Claimed,
        backoff: Option<f64>,
        words: Option<&str>,
    ) -> Outcome {
        let words = words.map(|words| stored::text(&words.chars().take(WORDS).collect::<String>()));
        let mut parameters: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&claimed.id, &claimed.lease];
        if let Some(backoff) = &backoff {
            parameters.push(backoff);
        }
        if let Some(words) = &words {
            parameters.push(words);
        }
        // Later than that, another worker has it.
        let deadline = after(self.worker.lease);
        loop {
            let start = Instant::now();
            let settled = self.worker.database.execute(sql, &parameters).await;
            self.observe(name, start, settled.as_ref().err());
            match settled {
                Ok(0) => return Outcome::Lost,
                Ok(_) => return Outcome::Finished,
                Err(error) => {
                    tracing::warn!(%error, id = claimed.id, "what became of a webhook is not noted");
                    if Instant::now() + PAUSE > deadline {
                        return Outcome::Lost;
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Lets others have what is still being handled, and wakes them.
    pub(super) async fn give_back(&self) {
        let (ids, leases): (Vec<_>, Vec<_>) = self.held().drain().unzip();
        if !ids.is_empty()
            && let Err(error) = self.worker.database.execute(&self.sql.give_back, &[&ids, &leases]).await
        {
            tracing::warn!(%error, "leases are not given back, and will run out");
        }
        // Also for what had to wait until this worker was done with the one before it.
        _ = self.worker.database.query(&self.sql.notify, &[&self.channel]).await;
    }

    fn backoff(&self, attempts: u32) -> Duration {
        let (first, longest) = self.worker.backoff;
        first.saturating_mul(1 << (attempts.clamp(1, 31) - 1)).min(longest)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn observe(&self, name: &'static str, start: Instant, error: Option<&Error>) {
        metrics::operation(name, &self.destination, start.elapsed(), error.map(|error| error.kind().as_str()));
    }
}

/// What an attempt came to.
enum Attempt {
    Done,
    /// In these words.
    Failed(String),
    /// There is no use in another one.
    Hopeless(String),
    Lost,
}
