//! The sink: a service that publishes webhooks and waits for the stream's acknowledgement.

use std::{
    error::Error,
    fmt::{self, Write},
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};

use async_nats::{
    Client, HeaderMap, HeaderName, Statistics,
    header::{IntoHeaderName, NATS_MESSAGE_ID},
    jetstream::{self, context::ContextBuilder, message::PublishMessage},
};
use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};
use tower_service::Service;
use tower_tencent_webhook::{CloudEvent, Webhook};

use crate::{
    BoxError,
    observe::{Operation, Timer},
    subject,
};

/// How long to wait before a publish that no stream took is tried again, while a server starts or a leader is elected;
/// and how often to look whether there is a new connection, which knows nothing of what was on its way.
const PAUSE: Duration = Duration::from_millis(100);

/// So long that nobody waits for it, and so short that it can be added to any time.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Publishes webhooks to JetStream, for [`WebhookRouter::hand_off`](tower_tencent_webhook::WebhookRouter::hand_off).
///
/// A [`Service<Webhook>`](Service) whose `Ok` means that a stream has acknowledged the event; there is none without that.
/// It is always ready: how many events may wait at a time is up to tower's `concurrency_limit` and `load_shed`.
///
/// ```no_run
/// use std::time::Duration;
/// use tower::ServiceBuilder;
/// use tower_tencent_webhook::{AfterFailure, App, FailurePolicy, WebhookLayer, WebhookRouter};
/// use tower_tencent_webhook_jetstream::{JetStream, StreamConfig, ensure_stream};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = async_nats::connect("nats://127.0.0.1:4222").await?;
/// ensure_stream(&async_nats::jetstream::new(client.clone()), &StreamConfig::new("TENCENT")).await?;
/// let sink = ServiceBuilder::new()
///     // In this order: what is one too many fails at once, instead of waiting for a place.
///     .load_shed()
///     .concurrency_limit(512)
///     .timeout(Duration::from_millis(1700))
///     .service(JetStream::new(client));
/// let webhooks = WebhookRouter::new().hand_off(sink);
/// let layer = WebhookLayer::new(App::signed(1400000000, "token of the console")?)
///     // Chat repeats what was not answered, and nothing else.
///     .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
/// # Ok(())
/// # }
/// ```
///
/// # What is published
///
/// A [CloudEvent](Webhook::cloud_event) in binary mode: the attributes are `ce-` headers, the body is the message's own,
/// untouched. `Nats-Msg-Id` is the event's ID, by which the stream tells a repeat within its duplicate window: it is
/// acknowledged, and not stored again ([`Stored::is_duplicate`]). The ID of an event without an
/// [identity](Webhook::identity) is unique, so its repeats are stored.
///
/// The subject is `tencent.<app>.<product>.<command>`, such as `tencent.1400000000.im.C2C.CallbackAfterSendMsg` or
/// `tencent.1400000000.rtc.…`: a [prefix](Self::prefix), the `SdkAppId`, `im` or `rtc`, and the vendor's words, whose
/// dots separate tokens. In commands that are not known, all bytes but letters, digits, `-` and `_` are percent-encoded,
/// and so are dots that would make an empty token; what is longer than 256 bytes is cut off. The whole word is in `ce-type`.
///
/// # While there is no connection
///
/// The client reconnects by itself. What is published in the meantime waits in its queue (2,048 places by default,
/// `ConnectOptions::client_capacity`), and is sent as soon as there is a connection again; what was on its way when the
/// connection broke is published once more. If the acknowledgement then comes within the [deadline](Self::deadline), the
/// event counts as stored; that is why the sink does not fail at once.
/// If it does not, the answer is an error, and **the event may be stored all the same, later**. Nothing is wrong with that:
/// if it is repeated within the duplicate window, the repeat is told as a duplicate, whichever of the two came first.
/// Make the [window](crate::StreamConfig::duplicate_window) longer than the outages that you want to ride out.
#[derive(Clone)]
#[must_use]
pub struct JetStream {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    client: Client,
    publisher: Publisher,
    prefix: String,
    destination: Arc<str>,
}

impl JetStream {
    /// Publishes through a client, whose options remain as they are.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime, and so does [`deadline`](Self::deadline).
    pub fn new(client: Client) -> Self {
        let publisher = Publisher::new(&client, Duration::from_millis(1500));
        let destination = format!("{}.>", subject::PREFIX).into();
        Self { shared: Arc::new(Shared { client, publisher, prefix: subject::PREFIX.to_owned(), destination }) }
    }

    /// How long to wait for the acknowledgement. Default: 1.5 s, as Chat waits 2 s for an answer.
    ///
    /// The client's own limit of 5 s does not apply. At most a day.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        shared.publisher = Publisher::new(&shared.client, deadline.min(DAY));
        self
    }

    /// The first tokens of the subjects. Default: `tencent`. What no token may contain is percent-encoded.
    pub fn prefix(mut self, prefix: &str) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        shared.prefix = subject::tokens(prefix);
        shared.destination = format!("{}.>", shared.prefix).into();
        self
    }

    /// The subject that an event is published to.
    pub fn subject(&self, event: &CloudEvent) -> String {
        subject::of(&self.shared.prefix, event)
    }

    /// Publishes an event, and waits for the acknowledgement.
    ///
    /// # Errors
    ///
    /// If no stream has acknowledged the event within the deadline, or it was refused. It may be stored later all the same.
    pub async fn publish(&self, event: &CloudEvent) -> Result<Stored, PublishError> {
        let timer = Timer::start(Operation::Publish, &self.shared.destination);
        let published = self.shared.publisher.publish(|| self.subject(event), || headers(event), event.data()).await;
        timer.stop(published.as_ref().err().map(|error| error.kind().as_str()));
        published
    }
}

/// Publishes messages, and waits for their acknowledgements.
#[derive(Clone)]
pub(crate) struct Publisher {
    context: jetstream::Context,
    statistics: Arc<Statistics>,
    deadline: Duration,
}

impl Publisher {
    pub(crate) fn new(client: &Client, deadline: Duration) -> Self {
        // What waits is limited by tower; what no longer waits must not keep a place.
        let context = ContextBuilder::new().timeout(deadline).ack_timeout(deadline).max_ack_inflight(1 << 20);
        Self { context: context.build(client.clone()), statistics: client.statistics(), deadline }
    }

    /// Subject and headers are made for each attempt: there is seldom a second.
    pub(crate) async fn publish(
        &self,
        subject: impl Fn() -> String,
        headers: impl Fn() -> HeaderMap,
        body: &Bytes,
    ) -> Result<Stored, PublishError> {
        let late = || PublishError { kind: PublishErrorKind::TimedOut, source: None };
        let deadline = Instant::now() + self.deadline;
        'publish: loop {
            let connects = connects(&self.statistics);
            let message = PublishMessage::build().headers(headers()).payload(body.clone());
            let sent = timeout_at(deadline, self.context.send_publish(subject(), message)).await;
            let sent = sent.map_err(|_| late())?.map_err(|error| PublishError::of(error, PublishErrorKind::Closed))?;
            let mut acknowledgement = sent.into_future();
            loop {
                match timeout_at(deadline.min(Instant::now() + PAUSE), &mut acknowledgement).await {
                    Ok(Ok(ack)) => {
                        return Ok(Stored { stream: ack.stream, sequence: ack.sequence, duplicate: ack.duplicate });
                    }
                    Ok(Err(error)) => {
                        let error = PublishError::of(error, PublishErrorKind::Refused);
                        if error.kind != PublishErrorKind::NoStream || Instant::now() + PAUSE >= deadline {
                            return Err(error);
                        }
                        sleep(PAUSE).await;
                        continue 'publish;
                    }
                    Err(_) if Instant::now() >= deadline => return Err(late()),
                    // The message, or its acknowledgement, was on its way when the connection broke. By its ID, a second
                    // message does no harm.
                    Err(_) if self::connects(&self.statistics) != connects => continue 'publish,
                    Err(_) => {}
                }
            }
        }
    }
}

/// How often the client has connected.
pub(crate) fn connects(statistics: &Statistics) -> u64 {
    statistics.connects.load(Ordering::Relaxed)
}

/// The headers of an event: those of [`CloudEvent::headers`], made at once in the client's own type, which takes half
/// the time.
pub(crate) fn headers(event: &CloudEvent) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event.attributes() {
        headers.insert(header_name(name), header_value(value));
    }
    headers.insert(NATS_MESSAGE_ID, header_value(event.id()));
    headers
}

/// Without allocating, for the attributes that every event has.
fn header_name(attribute: &str) -> HeaderName {
    macro_rules! known {
        ($($name:literal)*) => {
            match attribute {
                $( $name => const { HeaderName::from_static(concat!("ce-", $name)) }, )*
                "datacontenttype" => const { HeaderName::from_static("content-type") },
                _ => format!("ce-{attribute}").into_header_name(),
            }
        };
    }
    known!("specversion" "id" "source" "type" "subject" "time" "partitionkey"
        "sdkappid" "clientip" "optplatform" "requesttime" "verified")
}

/// Percent-encoded: what is not ASCII, and `"`, `%`, spaces and control characters.
fn header_value(text: &str) -> String {
    let is_plain = |byte: &u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'%');
    if text.as_bytes().iter().all(is_plain) {
        return text.to_owned();
    }
    let mut value = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match is_plain(&byte) {
            true => value.push(byte.into()),
            false => _ = write!(value, "%{byte:02X}"),
        }
    }
    value
}

impl Service<Webhook> for JetStream {
    type Response = Stored;
    type Error = PublishError;
    type Future = PublishFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PublishError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, hook: Webhook) -> PublishFuture {
        let sink = self.clone();
        PublishFuture { publish: Box::pin(async move { sink.publish(&hook.cloud_event()).await }) }
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client, which knows passwords.
        f.debug_struct("JetStream")
            .field("prefix", &self.shared.prefix)
            .field("deadline", &self.shared.publisher.deadline)
            .finish_non_exhaustive()
    }
}

/// The future of [`JetStream`]: ready when the event is stored, or has failed.
#[must_use = "futures do nothing unless polled"]
pub struct PublishFuture {
    publish: Pin<Box<dyn Future<Output = Result<Stored, PublishError>> + Send>>,
}

impl Future for PublishFuture {
    type Output = Result<Stored, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.publish.as_mut().poll(cx)
    }
}

impl fmt::Debug for PublishFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishFuture").finish_non_exhaustive()
    }
}

/// A stream has the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    stream: String,
    sequence: u64,
    duplicate: bool,
}

impl Stored {
    /// The stream's name.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// The event's number in the stream. That of a duplicate is the one under which it was stored before.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether the stream had it already, and has not stored it again. This may also be the sink's own doing, if it has
    /// published the event once more after the connection broke.
    pub fn is_duplicate(&self) -> bool {
        self.duplicate
    }
}

/// Why an event is not known to be stored.
#[derive(Debug)]
pub struct PublishError {
    kind: PublishErrorKind,
    source: Option<BoxError>,
}

/// The kinds of [`PublishError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishErrorKind {
    /// No acknowledgement within the deadline: the server does not answer, or there is no connection. The event may be
    /// stored all the same, or later.
    TimedOut,
    /// No stream has the subject, or JetStream is not enabled. It was tried until the deadline.
    NoStream,
    /// Body and headers are longer than the server's `max_payload`, 1 MiB by default. It will never be stored.
    TooLarge,
    /// The stream has refused it: it is full, for example. The source has the server's words.
    Refused,
    /// The client was closed, and publishes nothing any more.
    Closed,
}

impl PublishErrorKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::NoStream => "no_stream",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }
}

impl PublishError {
    /// What went wrong.
    pub fn kind(&self) -> PublishErrorKind {
        self.kind
    }
}

impl PublishError {
    /// The client has kinds of its own, and one for all others.
    fn of(error: jetstream::context::PublishError, other: PublishErrorKind) -> Self {
        use jetstream::context::PublishErrorKind as Kind;
        let kind = match error.kind() {
            Kind::TimedOut => PublishErrorKind::TimedOut,
            Kind::StreamNotFound => PublishErrorKind::NoStream,
            Kind::MaxPayloadExceeded => PublishErrorKind::TooLarge,
            Kind::BrokenPipe => PublishErrorKind::Closed,
            _ => other,
        };
        Self { kind, source: Some(error.into()) }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PublishErrorKind::TimedOut => "JetStream has not acknowledged the event in time",
            PublishErrorKind::NoStream => "no stream takes the event",
            PublishErrorKind::TooLarge => "the event is larger than the NATS server allows",
            PublishErrorKind::Refused => "JetStream has refused the event",
            PublishErrorKind::Closed => "the NATS client is closed",
        })
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_cloud_event() {
        let attributes = [
            ("ce-specversion", "1.0"),
            ("ce-id", "7"),
            ("ce-source", "/tencent/im/7"),
            ("ce-type", "com.tencent.im.Moon.%E5%A5%BD%20%22%25%0D%0A"),
            ("ce-subject", "a b"),
            ("ce-other", "~!"),
            ("content-type", "application/json"),
        ];
        let event = CloudEvent::from_headers(attributes, "{}").unwrap();
        let event = event.with_attribute("more", "\u{7f}é").unwrap();
        let made = headers(&event);
        assert_eq!(made.get(NATS_MESSAGE_ID).unwrap().as_str(), "7");
        let expected = event.headers();
        assert_eq!(made.len(), expected.len() + 1);
        for (name, value) in &expected {
            assert_eq!(made.get(name.as_str()).unwrap().as_str(), value.to_str().unwrap(), "{name}");
        }
    }
}
