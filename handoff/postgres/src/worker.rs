//! Workers: they take webhooks out of the table, and hand them to a router.

mod listener;
mod task;

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{Instant, interval, sleep_until, timeout},
};
use tower_tencent_webhook::WebhookRouter;

use self::task::{Outcome, Shared};
use crate::{
    Database,
    database::{after, in_steps},
};

/// How long to wait after the database has failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How often to prune.
const PRUNE: Duration = Duration::from_secs(60);

/// Takes webhooks out of an [`Outbox`](crate::Outbox), and hands each to a
/// [`WebhookRouter`](tower_tencent_webhook::WebhookRouter::handle): the one that could as well stand behind the layer.
///
/// Several workers, in any number of processes, share the work: each claims what no other has, by `FOR UPDATE SKIP LOCKED`.
/// A webhook is claimed with a [lease](Self::lease), which is extended while its handler runs. If the worker dies, the
/// lease runs out, and another worker takes over. Only the worker that has the lease can mark the webhook as done.
///
/// So **each webhook is handled at least once**. It is handled a second time if its worker dies, or loses the
/// database, between the handler's end and the commit that says so. A handler that must not do its work twice notes the
/// webhook's [identity](tower_tencent_webhook::Webhook::identity) together with what it does, in one transaction.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::c2c};
/// use tower_tencent_webhook_postgres::{Database, Worker};
///
/// let webhooks = WebhookRouter::new().on(async |hook: Webhook<c2c::AfterSendMsg>| {
///     println!("{:?} wrote to {:?}", hook.from_account, hook.to_account);
///     Ack::ok()
/// });
/// let database = Database::new("postgres://chat:secret@127.0.0.1/chat")?;
/// let stop = async { _ = tokio::signal::ctrl_c().await };
/// Worker::new(&database, webhooks).in_order().run(stop).await;
/// # Ok(())
/// # }
/// ```
///
/// A handler has failed if its answer is a failure, an `Err` or a panic. Its webhook is tried again, after a
/// [back-off](Self::backoff), and after some [attempts](Self::max_attempts) becomes a
/// [dead letter](crate::Outbox::dead_letters). The router should have neither `ack_first` nor a `deadline`: with these, a
/// handler that still runs counts as done.
///
/// Workers are woken by `LISTEN` and `NOTIFY`, and do not poll. Notifications are lost when a connection is, so they
/// also look [now and then](Self::poll_interval), and when a back-off or a lease runs out.
pub struct Worker {
    database: Database,
    router: WebhookRouter,
    concurrency: usize,
    lease: Duration,
    in_order: bool,
    max_attempts: u32,
    backoff: (Duration, Duration),
    handler_timeout: Duration,
    poll_interval: Duration,
    keep: Duration,
    grace: Duration,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, router: _, concurrency, lease, in_order, max_attempts, backoff, .. } = self;
        f.debug_struct("Worker")
            .field("database", database)
            .field("concurrency", concurrency)
            .field("lease", lease)
            .field("in_order", in_order)
            .field("max_attempts", max_attempts)
            .field("backoff", backoff)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for the outbox in a database.
    pub fn new(database: &Database, router: WebhookRouter) -> Self {
        Self {
            database: database.clone(),
            router,
            concurrency: 16,
            lease: Duration::from_secs(30),
            in_order: false,
            max_attempts: 10,
            backoff: (Duration::from_secs(1), Duration::from_secs(300)),
            handler_timeout: Duration::from_secs(300),
            poll_interval: Duration::from_secs(10),
            keep: Duration::from_secs(24 * 60 * 60),
            grace: Duration::from_secs(25),
        }
    }

    /// How many handlers run at a time. Default: 16.
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.concurrency = handlers.max(1);
        self
    }

    /// How long it takes until another worker takes over from one that has died. Default: 30 s. A living one extends its
    /// leases each third of that.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(100));
        self
    }

    /// Handles the webhooks of one conversation or room, those with one
    /// [`partition_key`](tower_tencent_webhook::CloudEvent::partition_key), in the order of their arrival: the next one is
    /// not claimed before the one before it is done or dead. All workers of a table must do so.
    ///
    /// One that fails holds up its conversation for as long as its attempts take. What two receivers are storing at the
    /// same time has no order.
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// How often a webhook is tried until it becomes a dead letter. Default: 10.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How long to wait after the first failed attempt. It doubles with each further one, up to `longest`. Up to a quarter
    /// of it is taken off at random. Default: 1 s, up to 5 min.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = (first, longest);
        self
    }

    /// How long a handler may take. Then it is dropped, and has failed. Default: 5 min.
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.handler_timeout = timeout;
        self
    }

    /// How often to look for webhooks if there is no notification. Default: 10 s.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// How long a webhook is kept after it is done, so that repeats of it are told. Default: 24 hours. Dead letters are
    /// kept until they are [requeued](crate::Outbox::requeue) or [discarded](crate::Outbox::discard).
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long handlers may take to end when the worker is stopped. Then they are dropped, and their webhooks given back,
    /// which is no failed attempt. Default: 25 s, since Kubernetes waits for 30 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Works until `stop` is ready; then claims nothing more, and returns when the handlers have ended.
    ///
    /// It never gives up: what fails in the database is logged, as a warning of `tracing`, and tried again. If this is
    /// dropped, its handlers are, and their leases run out.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let wake = Arc::new(Notify::new());
        let mut helpers = JoinSet::new();
        helpers.spawn(listener::listen(self.database.clone(), wake.clone()));
        helpers.spawn(keep_pruned(self.database.clone(), self.keep));

        let Self { concurrency, in_order, poll_interval, grace, .. } = self;
        let shared = Arc::new(Shared::new(self));
        let mut tasks = JoinSet::new();
        let mut stop = pin!(stop);
        // Whether there may be something to claim; if not, when to look again.
        let mut more = true;
        let mut look = Instant::now();
        loop {
            while let Some(ended) = tasks.try_join_next() {
                more |= makes_more(ended, in_order);
            }
            let free = concurrency - tasks.len();
            if more && free > 0 {
                let begun = Instant::now();
                match shared.claim(free).await {
                    Ok(claimed) => {
                        more = claimed.len() == free;
                        for claimed in claimed {
                            tasks.spawn(shared.clone().handle(claimed));
                        }
                        if !more {
                            look = after(shared.until_due(begun).await.min(poll_interval));
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no webhooks are claimed");
                        more = false;
                        look = after(PAUSE);
                    }
                }
            }
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = tasks.join_next() => more |= makes_more(ended, in_order),
                () = wake.notified(), if !more => more = true,
                () = sleep_until(look), if !more => more = true,
            }
        }

        // What is pruned next time, and whom to listen to, does not matter any more.
        drop(helpers);
        let ended = async { while tasks.join_next().await.is_some() {} };
        if timeout(grace, ended).await.is_err() {
            tasks.shutdown().await;
        }
        shared.give_back().await;
    }
}

/// Whether there may be something to claim now that a handler has ended: the next webhook of its conversation, or the same
/// one again, after a while.
fn makes_more(ended: Result<Outcome, JoinError>, in_order: bool) -> bool {
    in_order || !matches!(ended, Ok(Outcome::Finished))
}

async fn keep_pruned(database: Database, keep: Duration) {
    let sql = database.sql(include_str!("sql/prune.sql"));
    let mut ticks = interval(PRUNE);
    loop {
        ticks.tick().await;
        match in_steps(&database, &sql, Some(keep)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "pruned"),
            Err(error) => tracing::warn!(%error, "nothing is pruned"),
        }
    }
}
