//! The worker: a durable pull consumer that feeds a router.

mod delivery;

use std::{error::Error, fmt, future::Future, pin::pin, sync::Arc, time::Duration};

use async_nats::{
    Statistics,
    jetstream::{
        self, AckKind, ErrorCode,
        consumer::{AckPolicy, PullConsumer, pull},
        context::{ConsumerInfoErrorKind, GetStreamByNameErrorKind, GetStreamErrorKind},
        stream::ConsumerErrorKind,
    },
};
use futures_util::{FutureExt, StreamExt};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use tower_tencent_webhook::WebhookRouter;

use self::delivery::Deliveries;
use crate::{BoxError, observe, sink, subject};

/// How long the server keeps a request for messages.
const EXPIRES: Duration = Duration::from_secs(5);
/// How often to look whether the connection is a new one, of which the server's requests know nothing.
const LOOK: Duration = Duration::from_millis(200);
/// How long to wait before asking again, after an error.
const PAUSE: Duration = Duration::from_millis(250);
/// How long to wait until the server confirms what is given back, when the [grace](Worker::grace) is over.
const LAST: Duration = Duration::from_secs(2);

/// Takes webhooks from a stream, hands them to a [`WebhookRouter`], and acknowledges each after its handler.
///
/// It is a durable pull consumer of JetStream. Any number of workers with the same name share the work; under another
/// name, they get all events once more.
///
/// ```no_run
/// use std::time::Duration;
/// use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::c2c};
/// use tower_tencent_webhook_jetstream::{StreamConfig, Worker, ensure_stream};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let context = async_nats::jetstream::new(async_nats::connect("nats://127.0.0.1:4222").await?);
/// ensure_stream(&context, &StreamConfig::new("TENCENT")).await?;
/// // Where the dead letters go, for good.
/// ensure_stream(&context, &StreamConfig::new("TENCENT-DEAD").prefix("dead.tencent").max_age(Duration::ZERO)).await?;
///
/// let router = WebhookRouter::new().on(async |hook: Webhook<c2c::AfterSendMsg>| {
///     println!("{} wrote to {}", hook.from_account, hook.to_account);
///     Ack::ok()
/// });
/// let stop = async { _ = tokio::signal::ctrl_c().await };
/// Worker::new(context, "TENCENT", "archive").concurrency(16).run(router, stop).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What becomes of an event
///
/// | | |
/// |---|---|
/// | the handler is done | acknowledged, and the server confirms that |
/// | the handler is still at work | the server is told so, in a third of [`ack_wait`](Self::ack_wait) each time: nobody else gets it |
/// | it takes longer than the [`handler_timeout`](Self::handler_timeout) | it is dropped, and has failed |
/// | the handler fails, panics or exceeds the router's deadline | delivered again after the [back-off](Self::backoff) |
/// | that was its last [delivery](Self::max_deliveries) | a dead letter |
/// | it is no CloudEvent of a webhook | a dead letter, at once |
/// | the worker is stopped, and the handler does not end within the [`grace`](Self::grace) | it is dropped; delivered again at once, which counts as a [delivery](Self::max_deliveries) |
/// | the worker dies, or loses the server, before the acknowledgement | delivered again after [`ack_wait`](Self::ack_wait) |
/// | it is nobody's: the router has no handler for it | acknowledged |
///
/// So each event is handled **at least once**. A handler that must not do its work twice recognises an event by its
/// [identity](tower_tencent_webhook::Webhook::identity): the best is to store that with the result of the work, in one
/// transaction; [`RepeatsLayer`](tower_tencent_webhook::repeats::RepeatsLayer) does it with a store of its own.
///
/// The router must not [acknowledge first](WebhookRouter::ack_first), nor at its [deadline](WebhookRouter::deadline):
/// what is acknowledged, the stream does not deliver again.
///
/// # Dead letters
///
/// A dead letter is the event as it was, with the extension attributes `deadlettercause` and `deliveries`. Its subject is
/// the event's, after `dead.`: `dead.tencent.1400000000.im.C2C.CallbackAfterSendMsg`. What is published there must be
/// stored: [`run`](Self::run) fails if no stream has any of these subjects. The cause is that of the
/// [`HandleError`](tower_tencent_webhook::WebhookRouter::handle) and its sources, so **errors of handlers must not contain
/// secrets**. Only when the dead letter is acknowledged is the event itself terminated.
#[derive(Clone)]
#[must_use]
pub struct Worker {
    context: jetstream::Context,
    stream: String,
    name: String,
    filter: String,
    concurrency: usize,
    max_deliveries: u64,
    backoff: Vec<Duration>,
    ack_wait: Duration,
    max_unacknowledged: u32,
    dead: String,
    handler_timeout: Duration,
    grace: Duration,
}

impl Worker {
    /// A worker on a stream. The name is that of the durable consumer, which has no spaces and no dots.
    pub fn new(context: jetstream::Context, stream: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            context,
            stream: stream.into(),
            name: name.into(),
            filter: String::new(),
            concurrency: 64,
            max_deliveries: 5,
            backoff: [1, 5, 30, 120].map(Duration::from_secs).to_vec(),
            ack_wait: Duration::from_secs(30),
            max_unacknowledged: 10_000,
            dead: "dead".to_owned(),
            handler_timeout: Duration::from_secs(300),
            grace: Duration::from_secs(25),
        }
    }

    /// How many events this worker handles at a time. Default: 64. It asks for no more than it has room for, so that
    /// what it cannot handle yet goes to others.
    pub fn concurrency(mut self, events: usize) -> Self {
        self.concurrency = events.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Only events of these subjects, such as `tencent.*.im.C2C.>`. By default all of the stream.
    pub fn filter(mut self, subject: impl Into<String>) -> Self {
        self.filter = subject.into();
        self
    }

    /// How often an event is delivered before it is a dead letter, at least once. Default: 5.
    pub fn max_deliveries(mut self, deliveries: u32) -> Self {
        self.max_deliveries = deliveries.max(1).into();
        self
    }

    /// How long to wait after the first failure, the second, and so on; the last one is for all that follow. Default: 1 s,
    /// 5 s, 30 s, 2 min. Without any, failed events are delivered again at once.
    pub fn backoff(mut self, waits: impl IntoIterator<Item = Duration>) -> Self {
        self.backoff = waits.into_iter().collect();
        self
    }

    /// How long the server waits for a worker that says nothing before it delivers the event to the next. Default: 30 s.
    ///
    /// Handlers may take longer, up to the [`handler_timeout`](Self::handler_timeout): as long as the worker lives, it says
    /// that they are at work. At least 30 ms, at most a day.
    pub fn ack_wait(mut self, wait: Duration) -> Self {
        self.ack_wait = wait.clamp(Duration::from_millis(30), sink::DAY);
        self
    }

    /// How many events may be with workers of this name, or waiting for another delivery, before the server delivers no
    /// more. Default: 10,000.
    pub fn max_unacknowledged(mut self, events: u32) -> Self {
        self.max_unacknowledged = events.max(1);
        self
    }

    /// The tokens before the subjects of dead letters. Default: `dead`. What no token may contain is percent-encoded.
    pub fn dead_letters(mut self, prefix: &str) -> Self {
        self.dead = subject::tokens(prefix);
        self
    }

    /// How long a handler may take. Then it is dropped, and has failed. Default: 5 min.
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.handler_timeout = timeout;
        self
    }

    /// How long handlers may take to end when the worker is stopped. Then they are dropped, and their events given back, to
    /// be delivered again at once. Default: 25 s, since Kubernetes waits for 30 s.
    ///
    /// The server counts what was given back as [delivered](Self::max_deliveries): an event that may be delivered only once
    /// becomes a dead letter.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Works until `stop` is ready: then it takes no more events, finishes those that it has within the
    /// [grace](Self::grace), and returns.
    ///
    /// It outlives the server and its connections. Dropped, it leaves its events to be delivered again.
    ///
    /// # Errors
    ///
    /// At the start, if there is no stream, the consumer cannot be created or updated, or there is no stream for dead
    /// letters. Later, if somebody deletes the consumer.
    pub async fn run(self, router: WebhookRouter, stop: impl Future<Output = ()>) -> Result<(), WorkerError> {
        let mut stop = pin!(stop);
        let consumer = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            consumer = self.checked_consumer() => consumer?,
        };
        let statistics = self.context.client().statistics();
        let Self { concurrency, grace, .. } = self;
        let deliveries = Arc::new(Deliveries::new(self, router));
        let places = Arc::new(Semaphore::new(concurrency));
        let mut work = JoinSet::new();
        let pulled = pull_until(stop, &consumer, &statistics, &deliveries, &places, &mut work).await;
        if timeout(grace, all(&mut work)).await.is_err() {
            deliveries.give_back();
            if timeout(LAST, all(&mut work)).await.is_err() {
                work.shutdown().await;
            }
        }
        pulled
    }

    async fn checked_consumer(&self) -> Result<PullConsumer, WorkerError> {
        let consumer = self.consumer().await?;
        self.check_dead_letters(&consumer).await?;
        Ok(consumer)
    }

    async fn consumer(&self) -> Result<PullConsumer, WorkerError> {
        let stream = self.context.get_stream(&self.stream).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::Request => WorkerError::new(Kind::Unavailable, error),
            _ => WorkerError::new(Kind::NoStream(self.stream.clone()), error),
        })?;
        let config = pull::Config {
            durable_name: Some(self.name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            // The worker counts: the server would drop what was delivered too often.
            max_deliver: -1,
            max_ack_pending: self.max_unacknowledged.into(),
            filter_subject: self.filter.clone(),
            ..pull::Config::default()
        };
        stream.create_consumer(config).await.map_err(|error| match error.kind() {
            ConsumerErrorKind::TimedOut | ConsumerErrorKind::Request => WorkerError::new(Kind::Unavailable, error),
            _ => WorkerError::new(Kind::Consumer(self.name.clone()), error),
        })
    }

    async fn check_dead_letters(&self, consumer: &PullConsumer) -> Result<(), WorkerError> {
        let info = consumer.cached_info();
        let subject = format!("{}.{}", self.dead, if self.filter.is_empty() { ">" } else { &self.filter });
        match self.context.stream_by_subject(subject.clone()).await {
            // Its own dead letters would come back to it.
            Ok(stream)
                if stream == info.stream_name
                    && (self.filter.is_empty() || subject::covers(&self.filter, &subject)) =>
            {
                Err(WorkerError { kind: Kind::OwnDeadLetters(subject), source: None })
            }
            Ok(_) => Ok(()),
            Err(error) => Err(match error.kind() {
                GetStreamByNameErrorKind::Request => WorkerError::new(Kind::Unavailable, error),
                _ => WorkerError::new(Kind::NoDeadLetters(subject), error),
            }),
        }
    }
}

/// Asks for messages and starts the work on them, until `stop` is ready.
async fn pull_until(
    stop: impl Future<Output = ()>,
    consumer: &PullConsumer,
    statistics: &Statistics,
    deliveries: &Arc<Deliveries>,
    places: &Arc<Semaphore>,
    work: &mut JoinSet<()>,
) -> Result<(), WorkerError> {
    let mut stop = pin!(stop);
    let mut look = interval(LOOK);
    loop {
        while work.try_join_next().is_some() {}
        let mut free = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            free = free_places(places) => free,
        };
        let connects = sink::connects(statistics);
        let batch = consumer.batch().max_messages(free.len()).expires(EXPIRES).messages();
        let batch = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            batch = batch => batch,
        };
        let Ok(mut batch) = batch else {
            observe::received(deliveries.destination(), Some("pull"));
            sleep(PAUSE).await;
            continue;
        };
        let mut stopped = false;
        let failed = loop {
            let message = tokio::select! {
                biased;
                () = &mut stop => {
                    stopped = true;
                    break None;
                }
                message = batch.next() => message,
                _ = look.tick() => if sink::connects(statistics) == connects { continue } else { break None },
            };
            match message {
                Some(Ok(message)) => {
                    let Some(place) = free.pop() else { break None };
                    observe::received(deliveries.destination(), None);
                    work.spawn(deliveries.clone().deliver(message, place));
                }
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        // What has come in the meantime has a place, too.
        while let Some(Some(Ok(message))) = batch.next().now_or_never() {
            match free.pop() {
                Some(place) => _ = work.spawn(deliveries.clone().deliver(message, place)),
                None => _ = message.ack_with(AckKind::Nak(None)).await,
            }
        }
        if stopped {
            return Ok(());
        }
        if let Some(error) = failed {
            observe::received(deliveries.destination(), Some("pull"));
            let is_gone = tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                is_gone = is_gone(consumer) => is_gone,
            };
            if is_gone {
                return Err(WorkerError::new(Kind::Deleted(consumer.cached_info().name.clone()), error));
            }
            sleep(PAUSE).await;
        }
    }
}

/// Until all work is done.
async fn all(work: &mut JoinSet<()>) {
    while work.join_next().await.is_some() {}
}

/// All places that are free, at least one.
async fn free_places(places: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let first = places.clone().acquire_owned().await.expect("it is never closed");
    let others = std::iter::from_fn(|| places.clone().try_acquire_owned().ok());
    std::iter::once(first).chain(others).collect()
}

/// Whether the consumer, or its stream, was deleted.
async fn is_gone(consumer: &PullConsumer) -> bool {
    match consumer.get_info().await {
        Ok(_) => false,
        Err(error) => match error.kind() {
            ConsumerInfoErrorKind::NotFound | ConsumerInfoErrorKind::StreamNotFound => true,
            ConsumerInfoErrorKind::JetStream(error) => {
                matches!(error.error_code(), ErrorCode::CONSUMER_NOT_FOUND | ErrorCode::STREAM_NOT_FOUND)
            }
            _ => false,
        },
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client, which knows passwords.
        f.debug_struct("Worker")
            .field("stream", &self.stream)
            .field("name", &self.name)
            .field("filter", &self.filter)
            .field("concurrency", &self.concurrency)
            .field("max_deliveries", &self.max_deliveries)
            .field("backoff", &self.backoff)
            .field("ack_wait", &self.ack_wait)
            .field("max_unacknowledged", &self.max_unacknowledged)
            .field("dead_letters", &self.dead)
            .field("handler_timeout", &self.handler_timeout)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// Why a [`Worker`] does not work.
#[derive(Debug)]
pub struct WorkerError {
    kind: Kind,
    source: Option<BoxError>,
}

#[derive(Debug)]
enum Kind {
    Unavailable,
    NoStream(String),
    Consumer(String),
    NoDeadLetters(String),
    OwnDeadLetters(String),
    Deleted(String),
}

impl WorkerError {
    fn new(kind: Kind, source: impl Into<BoxError>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// Whether JetStream could not be asked at all: there is no connection, or it did not answer in time. A later attempt
    /// may succeed.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind, Kind::Unavailable)
    }
}

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unavailable => f.write_str("JetStream cannot be asked"),
            Kind::NoStream(name) => write!(f, "there is no stream {name}"),
            Kind::Consumer(name) => write!(f, "consumer {name} cannot be created or updated"),
            Kind::NoDeadLetters(subject) => write!(f, "no stream takes the dead letters, {subject}"),
            Kind::OwnDeadLetters(subject) => write!(f, "the dead letters, {subject}, would come back to the worker"),
            Kind::Deleted(name) => write!(f, "consumer {name} was deleted"),
        }
    }
}

impl Error for WorkerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as _)
    }
}
