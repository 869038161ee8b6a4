//! A sender that behaves as Chat does sends events to the receiver; behind it are JetStream and the worker. All three are
//! killed and started again, at random.

use std::{collections::HashMap, fmt, time::Duration};

use async_nats::{
    header::NATS_MESSAGE_ID,
    jetstream::{self, consumer::PullConsumer},
};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tower_tencent_webhook::{App, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Chat, Event, Process, Report, Server, free_port};

/// How many different events are sent, how many of them begin in a second, and how often one of the three is killed.
pub(crate) struct Lossless {
    pub(crate) events: usize,
    pub(crate) rate: u32,
    pub(crate) kills: usize,
}

/// What came of it.
pub(crate) struct Figures {
    seed: u64,
    sent: Report,
    took: Duration,
    kills: [usize; 3],
    down: Duration,
    sent_while_down: usize,
    stored: usize,
    handled: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, sent, took, kills: [receiver, worker, engine], down, sent_while_down, stored, handled } = self;
        let acknowledged = sent.acknowledged().len();
        writeln!(f, "seed {seed}, {took:.1?}")?;
        writeln!(f, "killed: receiver {receiver} times, worker {worker}, nats-server {engine} (down for {down:.1?})")?;
        writeln!(
            f,
            "events {}, deliveries {}: answered 200 {}, otherwise {}, not at all {}; p99 of the answers {:.1?}",
            sent.events,
            sent.deliveries.len(),
            sent.count(Some(200)),
            sent.deliveries.len() - sent.count(Some(200)) - sent.count(None),
            sent.count(None),
            sent.p99(),
        )?;
        writeln!(f, "deliveries while nats-server was down: {sent_while_down}, none answered 200")?;
        write!(
            f,
            "events answered 200: {acknowledged}; in the stream, once each: {stored}; handled, once each: {handled}"
        )
    }
}

impl Lossless {
    pub(crate) async fn run(self, seed: u64) -> Figures {
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let app = App::signed(1_400_000_000, "secret").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        let port = free_port();

        let mut engine = Server::nats().await;
        let package = env!("CARGO_MANIFEST_DIR");
        let mut receiver = Process::example(package, "receiver", "listening on ")
            .env("ADDRESS", format!("127.0.0.1:{port}"))
            .env("NATS_URL", engine.url());
        let mut worker = Process::example(package, "worker", "working")
            .env("JOURNAL", &journal)
            .env("NATS_URL", engine.url())
            // What a dead worker had is delivered again soon.
            .env("ACK_WAIT", "2");
        receiver.start().await;
        worker.start().await;

        let start = Instant::now();
        let chat = Chat::new(&app, port, "/im").connections(64).rate(self.rate).twice(7);
        let sending: JoinHandle<Report> =
            tokio::spawn(async move { chat.send((0..self.events).map(Event::message)).await });
        let time = Duration::from_secs(self.events as u64) / self.rate;
        let mut kills = [0; 3];
        let mut outages = Vec::new();
        for _ in 0..self.kills {
            // As long as all are at work, on average, as one is not.
            let share = time / u32::try_from(self.kills).unwrap() / 2;
            sleep(share.mul_f64(2.0 * random.f64())).await;
            let pause = share.mul_f64(2.0 * random.f64());
            let killed = random.usize(0..3);
            kills[killed] += 1;
            match killed {
                0 => {
                    receiver.kill();
                    sleep(pause).await;
                    receiver.start().await;
                }
                1 => {
                    worker.kill();
                    sleep(pause).await;
                    worker.start().await;
                }
                _ => {
                    engine.kill();
                    let down = Instant::now();
                    sleep(pause).await;
                    outages.push((down, Instant::now()));
                    engine.start().await;
                }
            }
        }
        let sent = sending.await.unwrap();
        let took = start.elapsed();

        // All run now: what is in the stream is handled soon.
        let client = async_nats::connect(engine.url()).await.unwrap();
        let stream = jetstream::new(client).get_stream("TENCENT").await.unwrap();
        let settled = async {
            loop {
                let consumer: PullConsumer = stream.get_consumer("journal").await.unwrap();
                let info = consumer.cached_info();
                if info.num_pending == 0 && info.num_ack_pending == 0 {
                    break;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(60), settled).await.expect("the worker handles what is in the stream");
        worker.signal("TERM");
        assert!(worker.end().await.success());
        receiver.signal("TERM");
        assert!(receiver.end().await.success());

        let signer = Signer::new(&app);
        let identities: Vec<String> = (0..self.events)
            .map(|number| {
                let Event { command, body } = Event::message(number);
                signer.any_webhook(command, body).unwrap().identity().unwrap().to_string()
            })
            .collect();
        let stored = stored(stream).await;
        let mut handled: HashMap<String, usize> = HashMap::new();
        for line in std::fs::read_to_string(&journal).unwrap().lines() {
            *handled.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
        }
        for event in sent.acknowledged() {
            let identity = &identities[event];
            assert_eq!(stored.get(identity), Some(&1), "event {event} was answered 200: how often it is in the stream");
        }
        for (identity, times) in &stored {
            assert_eq!(*times, 1, "{identity} is in the stream more than once");
            assert_eq!(handled.get(identity), Some(&1), "{identity} is in the stream: how often it was handled");
        }
        assert_eq!(handled.len(), stored.len(), "what was handled was in the stream");
        let within = |from, to| sent.acknowledged_within(from, to);
        let answered_while_down: usize = outages.iter().map(|(from, to)| within(*from, *to)).sum();
        assert_eq!(answered_while_down, 0, "answers of 200 while nats-server was down");
        assert!(sent.p99() < Duration::from_secs(2), "{:?}", sent.p99());
        // Otherwise it shows nothing.
        let acknowledged = sent.acknowledged().len();
        assert!(acknowledged > self.events / 2, "only {acknowledged} events were answered 200");

        let is_down = |at: Instant| outages.iter().any(|(from, to)| *from <= at && at <= *to);
        let sent_while_down = sent.deliveries.iter().filter(|delivery| is_down(delivery.sent)).count();
        let down = outages.iter().map(|(from, to)| *to - *from).sum();
        Figures { seed, sent, took, kills, down, sent_while_down, stored: stored.len(), handled: handled.len() }
    }
}

/// How often each ID is in a stream.
async fn stored(mut stream: jetstream::stream::Stream) -> HashMap<String, usize> {
    let state = stream.info().await.unwrap().state.clone();
    let mut stored = HashMap::new();
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let id = message.headers.get(NATS_MESSAGE_ID).expect("the sink sets it").to_string();
        *stored.entry(id).or_default() += 1;
    }
    stored
}
