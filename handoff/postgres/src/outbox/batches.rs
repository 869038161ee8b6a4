//! Group commit: what arrives while one statement is being committed goes with the next.

use std::{
    collections::{HashSet, VecDeque},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::oneshot,
    task::yield_now,
    time::{Instant, sleep_until},
};
use tower_tencent_webhook::Webhook;

use super::Stored;
use crate::{Database, Error, ErrorKind, stored};

/// As many rows as go with one statement.
const ROWS: usize = 512;
/// As many bytes, unless a single row has more.
const BYTES: usize = 4 << 20;
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(50);

/// A webhook as it is stored.
pub(super) struct Row {
    id: String,
    event_type: String,
    partition_key: Option<String>,
    headers: String,
    body: Bytes,
}

impl Row {
    pub(super) fn new(hook: &Webhook) -> Self {
        let event = hook.cloud_event();
        Self {
            id: event.id().to_owned(),
            event_type: stored::text(event.event_type()),
            partition_key: event.partition_key().map(stored::text),
            headers: stored::headers(&event),
            body: event.data().clone(),
        }
    }

    pub(super) fn size(&self) -> usize {
        self.headers.len() + self.body.len()
    }
}

/// One of the webhooks that may wait.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>, places: usize) -> Option<Self> {
        let one_more = |taken| (taken < places).then_some(taken + 1);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self(taken.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Waiting {
    row: Row,
    _place: Place,
    deadline: Instant,
    outcome: oneshot::Sender<Result<Stored, Error>>,
}

impl Waiting {
    fn answer(self, outcome: Result<Stored, Error>) {
        // Its caller may be gone.
        _ = self.outcome.send(outcome);
    }
}

pub(super) struct Batches {
    database: Database,
    insert: Arc<str>,
    notify: Arc<str>,
    channel: String,
    queue: Mutex<Queue>,
    /// How many wait, whether in the queue or in a batch.
    waiting: Arc<AtomicUsize>,
    flushes: AtomicU64,
    /// A notification is going to be sent.
    notifying: AtomicBool,
}

#[derive(Default)]
struct Queue {
    rows: VecDeque<Waiting>,
    /// A task empties the queue.
    flushing: bool,
}

impl Batches {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            insert: database.sql(include_str!("../sql/insert.sql")),
            notify: database.sql(include_str!("../sql/notify.sql")),
            channel: database.channel(),
            database: database.clone(),
            queue: Mutex::default(),
            waiting: Arc::default(),
            flushes: AtomicU64::new(0),
            notifying: AtomicBool::new(false),
        }
    }

    pub(super) fn flushes(&self) -> u64 {
        self.flushes.load(Ordering::Relaxed)
    }

    /// A row takes its place in the queue. What becomes of it comes through the channel.
    pub(super) fn push(
        self: &Arc<Self>,
        row: Row,
        deadline: Instant,
        capacity: usize,
    ) -> Result<oneshot::Receiver<Result<Stored, Error>>, Error> {
        let place = Place::take(&self.waiting, capacity).ok_or(Error::new(ErrorKind::Overloaded))?;
        let (outcome, receiver) = oneshot::channel();
        let mut queue = self.queue();
        queue.rows.push_back(Waiting { row, _place: place, deadline, outcome });
        if !mem::replace(&mut queue.flushing, true) {
            drop(queue);
            // Of its own, so that it outlives a caller who gives up.
            tokio::spawn(Flush { batches: self.clone(), ended: false }.run());
        }
        Ok(receiver)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next rows to be stored together, or `None` if there is nothing left to do.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(waiting) = queue.rows.front() {
            bytes += waiting.row.size();
            if batch.len() == ROWS || (bytes > BYTES && !batch.is_empty()) {
                break;
            }
            batch.extend(queue.rows.pop_front());
        }
        if batch.is_empty() {
            queue.flushing = false;
            return None;
        }
        Some(batch)
    }

    /// Stores rows, and answers each.
    async fn store(self: &Arc<Self>, batch: Vec<Waiting>) {
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop() {
            batch.retain(|waiting| !waiting.outcome.is_closed());
            let Some(deadline) = batch.iter().map(|waiting| waiting.deadline).max() else { continue };
            match self.insert(&batch, deadline).await {
                Ok(mut new) => {
                    if !new.is_empty() {
                        self.notify();
                    }
                    for waiting in batch {
                        let stored = if new.remove(&waiting.row.id) { Stored::New } else { Stored::Repeat };
                        waiting.answer(Ok(stored));
                    }
                }
                // Some row is to blame: its neighbours are stored without it.
                Err(error) if error.is_of_a_row() && batch.len() > 1 => {
                    let half = batch.split_off(batch.len() / 2);
                    batches.extend([half, batch]);
                }
                // It may be there again in a moment. A row that was stored all the same is not stored twice.
                Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout) => {
                    let next = Instant::now() + PAUSE;
                    let (again, late): (Vec<_>, _) = batch.into_iter().partition(|waiting| next < waiting.deadline);
                    late.into_iter().for_each(|waiting: Waiting| waiting.answer(Err(error.copy())));
                    if !again.is_empty() {
                        sleep_until(next).await;
                        batches.push(again);
                    }
                }
                Err(error) => batch.into_iter().for_each(|waiting| waiting.answer(Err(error.copy()))),
            }
        }
    }

    /// The ids of those that are new, once they are committed.
    async fn insert(&self, batch: &[Waiting], deadline: Instant) -> Result<HashSet<String>, Error> {
        self.flushes.fetch_add(1, Ordering::Relaxed);
        let rows = || batch.iter().map(|waiting| &waiting.row);
        let ids: Vec<_> = rows().map(|row| &*row.id).collect();
        let types: Vec<_> = rows().map(|row| &*row.event_type).collect();
        let keys: Vec<_> = rows().map(|row| row.partition_key.as_deref()).collect();
        let headers: Vec<_> = rows().map(|row| &*row.headers).collect();
        let bodies: Vec<_> = rows().map(|row| &*row.body).collect();
        let new = self.database.query_until(deadline, &self.insert, &[&ids, &types, &keys, &headers, &bodies]).await?;
        Ok(new.iter().map(|row| row.get(0)).collect())
    }

    /// Wakes the workers, in the background: a notification in the transaction itself would have all receivers commit one
    /// after the other. Workers look for themselves now and then, should it get lost.
    pub(super) fn notify(self: &Arc<Self>) {
        if self.notifying.swap(true, Ordering::SeqCst) {
            return;
        }
        let batches = self.clone();
        tokio::spawn(async move {
            // What is committed from now on needs another one.
            batches.notifying.store(false, Ordering::SeqCst);
            if let Err(error) = batches.database.query(&batches.notify, &[&batches.channel]).await {
                tracing::debug!(%error, "the workers are not notified");
            }
        });
    }
}

/// The task that empties the queue.
struct Flush {
    batches: Arc<Batches>,
    ended: bool,
}

impl Flush {
    async fn run(mut self) {
        loop {
            // Whoever is ready to push comes along.
            yield_now().await;
            let Some(batch) = self.batches.next() else { break };
            self.batches.store(batch).await;
        }
        self.ended = true;
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        // The runtime is shutting down, but there may be another one.
        if !self.ended {
            *self.batches.queue() = Queue::default();
        }
    }
}
