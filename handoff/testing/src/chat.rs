//! A sender that behaves as Tencent Cloud Chat does.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep, sleep_until, timeout},
};
use tower_tencent_webhook::{App, signer::Signer};

/// How long Chat waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends signed webhooks as Chat does: waits 2 s for the answer, repeats a few times if there is none, and never repeats
/// what was answered, whatever the answer was.
///
/// Connections that are refused, reset or closed are no answer. When to repeat, and how often, Chat does not document.
#[derive(Clone, Debug)]
#[must_use]
pub struct Chat {
    address: SocketAddr,
    signer: Signer,
    connections: usize,
    rate: Option<u32>,
    repeats: usize,
    pause: Duration,
    twice: usize,
}

impl Chat {
    /// Sends the webhooks of an app to a port of 127.0.0.1.
    pub fn new(app: &App, port: u16, path: &str) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            signer: Signer::new(app).url(path),
            connections: 32,
            rate: None,
            repeats: 3,
            pause: Duration::from_millis(500),
            twice: 0,
        }
    }

    /// How many connections it has, each with one webhook at a time. Default: 32.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many events begin in a second, at most. By default there is no limit.
    pub fn rate(mut self, per_second: u32) -> Self {
        self.rate = Some(per_second);
        self
    }

    /// How often it repeats a webhook that is not answered. Default: 3.
    pub fn repeats(mut self, repeats: usize) -> Self {
        self.repeats = repeats;
        self
    }

    /// How long it waits before it repeats one. Default: 500 ms.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Sends each `nth` event twice, whatever is answered: one half of them at the same time, the other half when all
    /// others have been sent. Default: 0, none.
    pub fn twice(mut self, nth: usize) -> Self {
        self.twice = nth;
        self
    }

    /// Sends events, and returns when all have been answered or given up.
    pub async fn send(&self, events: impl IntoIterator<Item = Event>) -> Report {
        let events: Arc<[Event]> = events.into_iter().collect();
        let mut queue = Vec::with_capacity(events.len());
        let mut later = Vec::new();
        for event in 0..events.len() {
            queue.push(event);
            if self.twice > 0 && event.is_multiple_of(self.twice) {
                if (event / self.twice).is_multiple_of(2) { &mut queue } else { &mut later }.push(event);
            }
        }
        queue.append(&mut later);
        let queue: Arc<[usize]> = queue.into();
        let next = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..self.connections {
            let (chat, events, queue, next) = (self.clone(), events.clone(), queue.clone(), next.clone());
            senders.spawn(async move {
                let mut connection = None;
                let mut deliveries = Vec::new();
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&event) = queue.get(turn) else { return deliveries };
                    if let Some(rate) = chat.rate {
                        sleep_until(start + Duration::from_secs(turn as u64) / rate).await;
                    }
                    chat.deliver(event, &events[event], &mut connection, &mut deliveries).await;
                }
            });
        }
        let deliveries = senders.join_all().await.into_iter().flatten().collect();
        Report { events: events.len(), deliveries }
    }

    async fn deliver(
        &self,
        number: usize,
        event: &Event,
        connection: &mut Option<Connection>,
        deliveries: &mut Vec<Delivery>,
    ) {
        for attempt in 0..=self.repeats {
            if attempt > 0 {
                sleep(self.pause).await;
            }
            let sent = Instant::now();
            let status = timeout(PATIENCE, self.attempt(event, connection)).await.ok().flatten();
            if status.is_none() {
                *connection = None;
            }
            deliveries.push(Delivery { event: number, sent, ended: Instant::now(), status });
            if status.is_some() {
                break;
            }
        }
    }

    /// `None` if there is no answer.
    async fn attempt(&self, event: &Event, connection: &mut Option<Connection>) -> Option<u16> {
        let mut request = self.signer.request(&event.command, event.body.clone(), SystemTime::now());
        let host = HeaderValue::try_from(self.address.to_string()).expect("an address is a header's value");
        request.headers_mut().insert(header::HOST, host);
        let connection = match connection {
            Some(connection) if !connection.sender.is_closed() => connection,
            place => place.insert(Connection::open(self.address).await?),
        };
        connection.sender.ready().await.ok()?;
        let answer = connection.sender.send_request(request).await.ok()?;
        let status = answer.status().as_u16();
        answer.into_body().collect().await.ok()?;
        Some(status)
    }
}

/// A connection to the server, closed when it is dropped.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        Some(Self { sender, task: tokio::spawn(connection).abort_handle() })
    }
}

/// An event to be sent.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its command, for example `C2C.CallbackAfterSendMsg`.
    pub command: String,
    /// Its body: JSON.
    pub body: Bytes,
}

impl Event {
    /// A private message that was sent. Two numbers make two events.
    pub fn message(number: usize) -> Self {
        let time = 1_739_004_561 + number / 1000;
        let random = 3_184_467 + number;
        let body = format!(
            r#"{{"CallbackCommand":"C2C.CallbackAfterSendMsg","From_Account":"ada","To_Account":"grace","MsgSeq":{number},"MsgRandom":{random},"MsgTime":{time},"MsgKey":"{number}_{random}_{time}","MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"message {number}"}}}}],"SendMsgResult":0,"ErrorInfo":"send msg succeed"}}"#
        );
        Self { command: "C2C.CallbackAfterSendMsg".to_owned(), body: body.into() }
    }
}

/// One delivery of an event: the first, a repeat, or the second on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// The event's number, from 0 on.
    pub event: usize,
    /// When it was sent.
    pub sent: Instant,
    /// When it was answered, or given up.
    pub ended: Instant,
    /// The status of the answer, or `None` if there was none.
    pub status: Option<u16>,
}

/// What became of the events.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many there were.
    pub events: usize,
    /// Every delivery, in no order.
    pub deliveries: Vec<Delivery>,
}

impl Report {
    /// The numbers of the events of which at least one delivery was answered 200.
    pub fn acknowledged(&self) -> HashSet<usize> {
        self.deliveries.iter().filter(|delivery| delivery.status == Some(200)).map(|delivery| delivery.event).collect()
    }

    /// How many deliveries were answered with this status, or with `None` not at all.
    pub fn count(&self, status: Option<u16>) -> usize {
        self.deliveries.iter().filter(|delivery| delivery.status == status).count()
    }

    /// The deliveries that were sent and answered 200 within a span of time.
    pub fn acknowledged_within(&self, from: Instant, to: Instant) -> usize {
        let within = |delivery: &&Delivery| from <= delivery.sent && delivery.ended <= to;
        self.deliveries.iter().filter(|delivery| delivery.status == Some(200)).filter(within).count()
    }

    /// How long it took until 99 of 100 answers were there. Zero without answers.
    pub fn p99(&self) -> Duration {
        let answered = self.deliveries.iter().filter(|delivery| delivery.status.is_some());
        let mut latencies: Vec<_> = answered.map(|delivery| delivery.ended - delivery.sent).collect();
        latencies.sort_unstable();
        let rank = (latencies.len() * 99).div_ceil(100);
        rank.checked_sub(1).map_or(Duration::ZERO, |rank| latencies[rank])
    }
}
