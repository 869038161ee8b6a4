//! Two receivers behind nginx, with JetStream behind them, and everything that happens to them in a year: a sender that
//! behaves as Chat does, with repeats and drifted bodies, and one that behaves as the RTC Engine does; strangers; a rotation
//! of the token; rolling restarts.
//!
//! Fails if an event that was acknowledged is not in the stream, or is there twice; if a webhook is not answered with 200 at
//! the first attempt; if a stranger is let in; or if memory or descriptors grow.

use std::{
    collections::HashMap,
    fmt, fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_nats::{header::NATS_MESSAGE_ID, jetstream};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::time::{Instant, interval, sleep, sleep_until};
use tower_tencent_webhook::{
    App,
    signer::{Signer, sample},
};
use tower_tencent_webhook_handoff_testing::{Chat, Event, Report, Server, eventually};

use crate::common::{ID, Receiver, nginx::Nginx, status};

/// How much the memory of a receiver may grow after its warm-up.
const GROWTH: u64 = 4 * 1024 * 1024;
/// How many descriptors a receiver may have beside those that it has when nobody is connected: nginx keeps 32 connections
/// for each of its two workers, and beyond that there is one for each webhook on its way. Chat sends 32 at a time, and each of
/// the others one.
const DESCRIPTORS: usize = 2 * 32 + 32 + 3;
/// How long one lot of Chat's events takes.
const LOT: u64 = 2;

const RTC_KEY: &str = "the callback key";

/// How long it takes, how many events begin in a second, and how long a receiver lingers, in seconds.
pub(crate) struct Soak {
    pub(crate) seconds: u64,
    pub(crate) rate: u32,
    pub(crate) linger: u64,
}

/// What came of it.
#[derive(Default)]
struct Figures {
    took: Duration,
    events: usize,
    deliveries: usize,
    drifted: usize,
    before: usize,
    rtc: usize,
    strangers: usize,
    stored: usize,
    restarts: usize,
    p99: Duration,
    /// Of each receiver that was there for long enough: after the warm-up, and at most.
    memory: Vec<(u64, u64)>,
    /// Of each receiver: when nobody was connected, and at most.
    descriptors: Vec<(usize, usize)>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            took,
            events,
            deliveries,
            drifted,
            before,
            rtc,
            strangers,
            stored,
            restarts,
            p99,
            memory,
            descriptors,
        } = self;
        writeln!(f, "{took:.1?}, {restarts} receivers replaced")?;
        writeln!(
            f,
            "after-events of Chat {events}, {drifted} of them drifted, in {deliveries} deliveries, all answered 200 at the \
             first attempt; p99 of the slowest {LOT} s {p99:.1?}"
        )?;
        writeln!(f, "before-events {before}, of the RTC Engine {rtc}, strangers {strangers}, none let in")?;
        writeln!(f, "in the stream, once each: {stored}")?;
        for (warm, most) in memory {
            let growth = most.saturating_sub(*warm) / 1024;
            writeln!(
                f,
                "memory after the warm-up {} KiB, at most {} KiB: {growth} KiB more",
                warm / 1024,
                most / 1024
            )?;
        }
        write!(f, "descriptors when nobody is connected, and at most: {descriptors:?}")
    }
}

impl Soak {
    /// Prints the figures, and panics if one is not as it should be.
    pub(crate) async fn run(self) {
        let nats = Server::nats().await;
        let receiver = || {
            Receiver::observed()
                .env("NATS_URL", nats.url())
                .env("RTC_KEY", RTC_KEY)
                .env("LINGER", self.linger.to_string())
                .env("TOKEN", "old")
        };
        let mut receivers = [receiver(), receiver()];
        for receiver in &mut receivers {
            receiver.start().await;
        }
        let ports = [receivers[0].port, receivers[1].port];
        let keep = format!("keepalive_timeout {}ms", self.linger * 600);
        let nginx = Nginx::changed(ports, &[("keepalive_timeout 3s", &keep)]).await;

        let traffic = Traffic {
            port: nginx.port,
            rate: self.rate,
            is_rotated: Arc::default(),
            is_over: Arc::default(),
            before: Arc::default(),
        };
        // Nobody is connected yet.
        let mut watches = receivers.each_ref().map(|receiver| Watch::new(descriptors(receiver.process.id().unwrap())));
        let start = Instant::now();
        let at = |share: f64| start + Duration::from_secs(self.seconds).mul_f64(share);
        let chat = tokio::spawn(traffic.clone().chat());
        let rtc = tokio::spawn(traffic.clone().rtc());
        let before = tokio::spawn(traffic.clone().before());
        let strangers = tokio::spawn(traffic.clone().strangers());

        let mut figures = Figures::default();
        // The rotation: both tokens, then the console's change, then the new one alone.
        self.pass(at(0.05), &receivers, &mut watches, at(1.0)).await;
        let [one, other] = receivers;
        let mut receivers = [one, other].map(|receiver| receiver.env("OTHER_TOKEN", "new"));
        self.replace(&mut receivers, &mut watches, &mut figures).await;
        traffic.is_rotated.store(true, Ordering::Relaxed);
        // Until the last one with the old token has been answered.
        sleep(Duration::from_secs(2 * LOT)).await;
        let [one, other] = receivers;
        let mut receivers = [one, other].map(|receiver| receiver.env("TOKEN", "new").env("OTHER_TOKEN", ""));
        self.replace(&mut receivers, &mut watches, &mut figures).await;
        // The long part, in which memory and descriptors are to be flat after a fifth of it.
        let warm = Instant::now() + (at(0.85).saturating_duration_since(Instant::now())) / 5;
        self.pass(at(0.85), &receivers, &mut watches, warm).await;
        figures.memory.extend(watches.iter().filter_map(|watch| Some((watch.warm?, watch.most))));
        self.replace(&mut receivers, &mut watches, &mut figures).await;
        self.pass(at(1.0), &receivers, &mut watches, at(2.0)).await;

        traffic.is_over.store(true, Ordering::Relaxed);
        let (lots, rtc) = (chat.await.unwrap(), rtc.await.unwrap());
        before.await.unwrap();
        figures.before = traffic.before.load(Ordering::Relaxed);
        figures.strangers = strangers.await.unwrap();
        figures.took = start.elapsed();
        // Once nobody is connected any more, nginx's idle connections included, there is none too many.
        for (receiver, watch) in receivers.iter().zip(&watches) {
            eventually("descriptors are what they were", async || {
                descriptors(receiver.process.id().unwrap()) <= watch.idle
            })
            .await;
            figures.descriptors.push((watch.idle, watch.descriptors));
        }
        for receiver in &mut receivers {
            receiver.process.signal("TERM");
            assert_eq!(receiver.process.end().await.code(), Some(0));
        }

        // What was acknowledged is in the stream, once.
        let stored = stored(&nats).await;
        let signer = Signer::new(&App::signed(ID, "new").unwrap().rtc_key(RTC_KEY).unwrap());
        for (first, report) in &lots {
            let answered = report.count(Some(200));
            assert_eq!(answered, report.deliveries.len(), "all deliveries are answered 200: {:?}", failed(report));
            for number in report.acknowledged() {
                let Event { command, body } = event(first + number);
                let identity = signer.any_webhook(&command, body).unwrap().identity().unwrap().to_string();
                assert_eq!(stored.get(&identity), Some(&1), "event {} was answered 200", first + number);
            }
            figures.events += report.events;
            figures.drifted += (0..report.events).filter(|number| is_drifted(first + number)).count();
            figures.deliveries += report.deliveries.len();
            figures.p99 = figures.p99.max(report.p99());
        }
        for identity in &rtc {
            assert_eq!(stored.get(identity), Some(&1), "an event of the RTC Engine was answered 200");
        }
        figures.rtc = rtc.len();
        figures.stored = stored.len();
        assert_eq!(figures.stored, figures.events + figures.rtc, "what is in the stream was sent");
        assert!(!nginx.log("webhooks.log").contains("Sign=") && figures.strangers > 0 && figures.before > 0);
        assert!(figures.p99 < Duration::from_secs(2), "{:?}", figures.p99);

        println!("{figures}");
        assert_eq!(figures.memory.len(), 2, "both receivers were watched");
        for (warm, most) in &figures.memory {
            assert!(most.saturating_sub(*warm) <= GROWTH, "memory grew by {} KiB", (most - warm) / 1024);
        }
        for (idle, most) in &figures.descriptors {
            assert!(*most <= idle + DESCRIPTORS, "{most} descriptors, and {idle} without a connection");
        }
    }

    /// Watches the receivers until then, and takes what they have at `warm` for what they need.
    async fn pass(&self, until: Instant, receivers: &[Receiver; 2], watches: &mut [Watch; 2], warm: Instant) {
        let pause = Duration::from_secs(self.seconds) / 200;
        while Instant::now() < until {
            for (receiver, watch) in receivers.iter().zip(watches.iter_mut()) {
                watch.look(receiver, Instant::now() >= warm);
            }
            sleep_until(until.min(Instant::now() + pause)).await;
        }
    }

    /// One receiver after the other ends, and another one takes its place.
    async fn replace(&self, receivers: &mut [Receiver; 2], watches: &mut [Watch; 2], figures: &mut Figures) {
        for (receiver, watch) in receivers.iter_mut().zip(watches) {
            figures.descriptors.push((watch.idle, watch.descriptors));
            receiver.process.signal("TERM");
            assert_eq!(receiver.process.end().await.code(), Some(0));
            receiver.start().await;
            *watch = Watch::new(watch.idle);
            figures.restarts += 1;
            sleep(Duration::from_millis(500)).await;
        }
    }
}

/// Deliveries that were not answered with 200.
fn failed(report: &Report) -> Vec<Option<u16>> {
    report.deliveries.iter().map(|delivery| delivery.status).filter(|status| *status != Some(200)).collect()
}

/// What a receiver needs.
struct Watch {
    idle: usize,
    descriptors: usize,
    warm: Option<u64>,
    most: u64,
}

impl Watch {
    fn new(idle: usize) -> Self {
        Self { idle, descriptors: idle, warm: None, most: 0 }
    }

    fn look(&mut self, receiver: &Receiver, is_warm: bool) {
        let process = receiver.process.id().unwrap();
        self.descriptors = self.descriptors.max(descriptors(process));
        if is_warm {
            let memory = memory(process);
            self.warm.get_or_insert(memory);
            self.most = self.most.max(memory);
        }
    }
}

fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

/// The resident memory, in bytes.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// How often each ID is in the stream.
async fn stored(nats: &Server) -> HashMap<String, usize> {
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut stream = jetstream::new(client).get_stream("TENCENT").await.unwrap();
    let state = stream.info().await.unwrap().state.clone();
    let mut stored = HashMap::new();
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        *stored.entry(message.headers.get(NATS_MESSAGE_ID).expect("the sink sets it").to_string()).or_default() += 1;
    }
    stored
}

fn is_drifted(number: usize) -> bool {
    number.is_multiple_of(5)
}

/// An after-event of Chat's. Two numbers make two events; one in five has fields of other types than documented.
fn event(number: usize) -> Event {
    let Event { command, body } = Event::message(number);
    if !is_drifted(number) {
        return Event { command, body };
    }
    let body = String::from_utf8(body.into()).unwrap();
    let drifted = body.replace(r#""SendMsgResult":0"#, r#""SendMsgResult":{"code":[0]}"#);
    let drifted =
        drifted.replace(r#""ErrorInfo":"send msg succeed""#, r#""ErrorInfo":null,"UnreadMsgNum":"7","New":1"#);
    assert_ne!(body, drifted);
    Event { command, body: drifted.into() }
}

/// Everybody who sends.
#[derive(Clone)]
struct Traffic {
    port: u16,
    rate: u32,
    is_rotated: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    before: Arc<AtomicUsize>,
}

impl Traffic {
    fn app(&self) -> App {
        let token = if self.is_rotated.load(Ordering::Relaxed) { "new" } else { "old" };
        App::signed(ID, token).unwrap().rtc_key(RTC_KEY).unwrap()
    }

    fn signer(&self) -> Signer {
        Signer::new(&self.app()).url("/im")
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Lots of events, each with the number of its first one.
    async fn chat(self) -> Vec<(usize, Report)> {
        let mut lots = Vec::new();
        let lot = self.rate as usize * LOT as usize;
        for first in (0..).step_by(lot) {
            if self.is_over() {
                break;
            }
            let chat = Chat::new(&self.app(), self.port, "/im").rate(self.rate).twice(7);
            lots.push((first, chat.send((first..first + lot).map(event)).await));
        }
        lots
    }

    /// The identities of the events. The RTC Engine repeats after any error: here none is needed.
    async fn rtc(self) -> Vec<String> {
        let mut identities = Vec::new();
        let mut tick = interval(Duration::from_secs(4) / self.rate);
        for number in 0_u64.. {
            if self.is_over() {
                break;
            }
            tick.tick().await;
            let sent = 1_700_000_000_000 + number;
            let body = format!(
                r#"{{"EventGroupId":1,"EventType":103,"CallbackTs":{sent},"EventInfo":{{"RoomId":"room","EventTs":{},"EventMsTs":{sent},"UserId":"ada","UniqueId":{number},"Role":20,"Reason":1}}}}"#,
                sent / 1000
            );
            let body = Bytes::from(body);
            let event = tower_tencent_webhook::rtc::Event::parse(body.clone()).unwrap();
            let identity = event.identity(ID).expect("it has one").to_string();
            assert_eq!(status(self.port, self.signer().rtc_request(body)).await, Some(200), "an RTC event");
            identities.push(identity);
        }
        identities
    }

    async fn before(self) {
        let mut tick = interval(Duration::from_secs(4) / self.rate);
        while !self.is_over() {
            tick.tick().await;
            let command = "Group.CallbackBeforeSendMsg";
            let request = self.signer().request(command, sample(command), SystemTime::now());
            assert_eq!(status(self.port, request).await, Some(200), "a before-event");
            self.before.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Forged, stale, of another app, without a query, cut off, too large: how many there were.
    async fn strangers(self) -> usize {
        let command = "State.StateChange";
        let body = sample(command);
        let mut tick = interval(Duration::from_secs(4) / self.rate);
        for number in 0.. {
            if self.is_over() {
                return number;
            }
            tick.tick().await;
            let now = SystemTime::now();
            let signer = |id, token: &str| Signer::new(&App::signed(id, token).unwrap()).url("/im");
            let forged_rtc = || {
                let app = App::rtc_only(ID).rtc_key("a guess").unwrap();
                Signer::new(&app).url("/im").rtc_request(body)
            };
            let (request, rejection) = match number % 7 {
                0 => (signer(ID, "a guess").request(command, body, now), 401),
                1 => (self.signer().request(command, body, now - Duration::from_secs(75)), 401),
                2 => (signer(ID + 1, "new").request(command, body, now), 403),
                3 => (Request::post("/im").body(Full::from("\0\u{7f}garbage")).unwrap(), 400),
                4 => (forged_rtc(), 401),
                5 => (signer(ID, "a guess").request(command, vec![b'['; 300 * 1024], now), 401),
                _ => (Request::post("/other").body(Full::new(Bytes::new())).unwrap(), 404),
            };
            assert_eq!(status(self.port, request).await, Some(rejection), "stranger {}", number % 7);
        }
        unreachable!("there are fewer")
    }
}
