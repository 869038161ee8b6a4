//! What becomes of one delivery of an event.

use std::{error::Error, fmt::Write, pin::pin, sync::Arc, time::Duration};

use async_nats::{
    Client, HeaderMap, Request,
    header::NATS_MESSAGE_ID,
    jetstream::{AckKind, Message},
};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, interval_at, timeout},
};
use tower_tencent_webhook::{CloudEvent, Webhook, WebhookRouter};

use super::Worker;
use crate::{
    observe::{Operation, Timer},
    sink::{self, Publisher},
};

/// How long to wait for the server's answer to an acknowledgement, or to a dead letter.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often to acknowledge what the server has not confirmed.
const ATTEMPTS: usize = 3;
/// How many bytes of a cause are kept.
const MAX_CAUSE: usize = 1024;

/// What all deliveries share.
pub(super) struct Deliveries {
    worker: Worker,
    router: WebhookRouter,
    client: Client,
    publisher: Publisher,
    destination: Arc<str>,
    /// Whether handlers have had all the time that there was.
    is_over: watch::Sender<bool>,
}

/// What came of a handler.
enum Handled {
    Done,
    /// In these words.
    Failed(String),
    /// The worker has stopped, and did not wait any longer.
    GivenBack,
}

/// Which delivery it is of which message.
struct Number {
    sequence: u64,
    published: i128,
    delivered: u64,
}

impl Deliveries {
    pub(super) fn new(worker: Worker, router: WebhookRouter) -> Self {
        let client = worker.context.client();
        let publisher = Publisher::new(&client, PATIENCE);
        let destination = worker.stream.as_str().into();
        Self { worker, router, client, publisher, destination, is_over: watch::Sender::new(false) }
    }

    /// Drops the handlers, and gives back their events.
    pub(super) fn give_back(&self) {
        self.is_over.send_replace(true);
    }

    pub(super) fn destination(&self) -> &Arc<str> {
        &self.destination
    }

    /// Handles a message and settles it. The place is free again when that is done.
    pub(super) async fn deliver(self: Arc<Self>, message: Message, place: OwnedSemaphorePermit) {
        // It is one by its subject, or it is nothing of JetStream's.
        let Ok(info) = message.info() else { return };
        let number = Number {
            sequence: info.stream_sequence,
            published: info.published.unix_timestamp_nanos(),
            delivered: u64::try_from(info.delivered).unwrap_or(1),
        };
        let Worker { max_deliveries, .. } = self.worker;
        let event = read(&message);
        let hook = event
            .as_ref()
            .map_err(ToString::to_string)
            .and_then(|event| Webhook::from_cloud_event(event).map_err(|error| words(&error)));
        match hook {
            Err(cause) => self.bury(&message, event.ok(), &number, &cause).await,
            // It killed its workers, perhaps: this one is not to be next.
            Ok(_) if number.delivered > max_deliveries => {
                let cause = format!("delivered {max_deliveries} times, and not finished");
                self.bury(&message, event.ok(), &number, &cause).await;
            }
            Ok(hook) => match self.handle(&message, hook).await {
                Handled::Done => self.settle(&message, AckKind::Ack, Operation::Ack).await,
                Handled::Failed(cause) if number.delivered >= max_deliveries => {
                    self.bury(&message, event.ok(), &number, &cause).await;
                }
                Handled::Failed(_) => self.retry(&message, &number).await,
                Handled::GivenBack => self.settle(&message, AckKind::Nak(None), Operation::Nak).await,
            },
        }
        drop(place);
    }

    /// Calls the handler, and tells the server as long as it is at work.
    async fn handle(&self, message: &Message, hook: Webhook) -> Handled {
        let timer = Timer::start(Operation::Process, &self.destination);
        let every = self.worker.ack_wait / 3;
        let mut ticks = interval_at(Instant::now() + every, every);
        let mut handling = pin!(timeout(self.worker.handler_timeout, self.router.handle(hook)));
        let mut over = pin!(self.over());
        let (handled, error) = loop {
            tokio::select! {
                biased;
                handled = &mut handling => break match handled {
                    Ok(Ok(_)) => (Handled::Done, None),
                    Ok(Err(error)) => (Handled::Failed(words(&error)), Some(kind(error.cause()))),
                    Err(_) => (Handled::Failed("the handler takes too long".to_owned()), Some("timeout")),
                },
                () = &mut over => break (Handled::GivenBack, Some("stopped")),
                // If the server does not learn of it, it delivers the event to another.
                _ = ticks.tick() => {
                    _ = message.ack_with(AckKind::Progress).await;
                }
            }
        };
        timer.stop(error);
        handled
    }

    /// Ready when the handlers have had all the time that there was.
    async fn over(&self) {
        _ = self.is_over.subscribe().wait_for(|is_over| *is_over).await;
    }

    async fn retry(&self, message: &Message, number: &Number) {
        let backoff = &self.worker.backoff;
        let failures = usize::try_from(number.delivered).unwrap_or(usize::MAX);
        let wait = backoff.get(failures.saturating_sub(1)).or(backoff.last()).copied();
        self.settle(message, AckKind::Nak(wait), Operation::Nak).await;
    }

    /// Publishes a message among the dead letters, and terminates it once that is stored.
    async fn bury(&self, message: &Message, event: Option<CloudEvent>, number: &Number, cause: &str) {
        let timer = Timer::start(Operation::DeadLetter, &self.destination);
        let letter = self.letter(message, event, number, cause);
        let subject = || format!("{}.{}", self.worker.dead, message.subject);
        // Another worker may bury the same event, and so may this one if the termination is lost.
        let Number { sequence, published, .. } = number;
        let id = format!("{}.{sequence}.{published}.{}", self.destination, self.worker.name);
        let headers = || {
            let mut headers = sink::headers(&letter);
            headers.insert(NATS_MESSAGE_ID, &*id);
            headers
        };
        let buried = self.publisher.publish(subject, headers, letter.data()).await;
        timer.stop(buried.as_ref().err().map(|error| error.kind().as_str()));
        match buried {
            Ok(_) => self.settle(message, AckKind::Term, Operation::Terminate).await,
            // The next delivery tries again.
            Err(_) => self.retry(message, number).await,
        }
    }

    /// The event as it was, or, if it was none, whatever there was of it.
    fn letter(&self, message: &Message, event: Option<CloudEvent>, number: &Number, cause: &str) -> CloudEvent {
        let event = event.unwrap_or_else(|| {
            let id = format!("{}.{}", self.destination, number.sequence);
            let source = format!("/nats/{}", self.destination);
            let attributes =
                [("ce-specversion", "1.0"), ("ce-id", &*id), ("ce-source", &*source), ("ce-type", "unreadable")];
            let event = CloudEvent::from_headers(attributes, message.payload.clone());
            // Each is compared with those before it. No event of ours has as many.
            texts(message.headers.as_ref()).take(100).fold(
                event.expect("it has all that it must have"),
                |event, (name, value)| {
                    let name = name.to_ascii_lowercase();
                    match name.strip_prefix("ce-") {
                        Some("id" | "source" | "type") if value.is_empty() => event,
                        Some("specversion") | None => event,
                        Some(name) => event.clone().with_attribute(name.to_owned(), value).unwrap_or(event),
                    }
                },
            )
        });
        let with = |event: CloudEvent, name: &'static str, value: String| {
            event.with_attribute(name, value).expect("the name is one of an attribute")
        };
        let event = with(event, "deadlettercause", cause.to_owned());
        with(event, "deliveries", number.delivered.to_string())
    }

    /// Tells the server what became of a message, and waits until it confirms that.
    async fn settle(&self, message: &Message, kind: AckKind, operation: Operation) {
        let Some(reply) = &message.reply else { return };
        let timer = Timer::start(operation, &self.destination);
        let mut error = None;
        for _ in 0..ATTEMPTS {
            let request = Request::new().payload(kind.into()).timeout(Some(PATIENCE));
            error = self.client.send_request(reply.clone(), request).await.err();
            if error.is_none() {
                break;
            }
        }
        // Unsettled, it is delivered again.
        timer.stop(error.map(|_| "unconfirmed"));
    }
}

fn read(message: &Message) -> Result<CloudEvent, tower_tencent_webhook::CloudEventError> {
    CloudEvent::from_headers(texts(message.headers.as_ref()), message.payload.clone())
}

/// The names and first values of headers.
fn texts(headers: Option<&HeaderMap>) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.into_iter().flat_map(|headers| headers.iter());
    all.filter_map(|(name, values)| Some((name.as_ref(), values.first()?.as_str())))
}

/// An error and its sources.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        _ = write!(words, ": {error}");
        source = error.source();
    }
    if words.len() > MAX_CAUSE {
        let end = (0..=MAX_CAUSE).rev().find(|at| words.is_char_boundary(*at)).unwrap_or_default();
        words.truncate(end);
        words.push('…');
    }
    words
}

fn kind(cause: tower_tencent_webhook::FailureCause<'_>) -> &'static str {
    use tower_tencent_webhook::FailureCause as Cause;
    match cause {
        Cause::HandlerFailed => "handler_failed",
        Cause::HandlerPanicked => "handler_panicked",
        Cause::DeadlineExceeded => "deadline_exceeded",
        Cause::Overloaded => "overloaded",
        _ => "_OTHER",
    }
}
