//! Hours in minutes: genuine, forged, broken and slow webhooks at a steady rate, to a server that handles them in the
//! background.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench soak -- --seconds 600
//! ```
//!
//! Fails if the server's memory grows once it is warm, if a socket stays open, or if the acknowledged events are not
//! exactly the handled ones.

mod load;

use std::{
    env,
    net::SocketAddr,
    ops::AddAssign,
    process::exit,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, header::CONTENT_LENGTH};
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use load::{
    Server,
    common::{self, APP, Answer, BODY, COMMAND, Raw, signer},
};
use tower::Layer;
use tower_tencent_webhook::{
    Ack, App, Verdict, Webhook, WebhookEvent, WebhookRouter,
    event::{c2c, follow},
    signer::{Signer, sample},
};

const WORKERS: usize = 16;
/// The pause between two requests of a worker.
const PAUSE: Duration = Duration::from_millis(20);
/// How much the server's memory may grow after the warm-up.
const GROWTH: u64 = 2 * 1024 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match load::role() {
        Some(_) => serve().await,
        None => soak().await,
    }
}

// The server.

static HANDLED: AtomicU64 = AtomicU64::new(0);

async fn handle() {
    tokio::time::sleep(Duration::from_millis(5)).await;
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

async fn serve() {
    let router = WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowDelete>| {
            handle().await;
            Ack::ok()
        })
        .on(async |_: Webhook<c2c::BeforeSendMsg>| {
            handle().await;
            Verdict::<c2c::BeforeSendMsg>::allow()
        })
        .deadline(Duration::from_secs(60))
        .ack_first(64);
    let drained = router.drain();
    let address = common::serve(common::layer().layer(router)).await;
    let handled = || [HANDLED.load(Ordering::Relaxed)];
    load::tell(address, handled).await;
    drained.await;
    load::say(handled());
}

// The client.

/// The outcomes of the requests.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    acknowledged: u64,
    refused: u64,
    overloaded: u64,
    cut: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.overloaded += other.overloaded;
        self.cut += other.cut;
    }
}

/// Sends one request after another until `end`.
async fn work(server: SocketAddr, first: usize, end: Instant) -> Tally {
    let forger = Signer::new(&App::signed(APP, "a guess").unwrap()).url("/im");
    let message = c2c::BeforeSendMsg::COMMAND;
    let mut client = common::http1(server).await;
    let mut tally = Tally::default();
    for number in first.. {
        if Instant::now() > end {
            break;
        }
        let now = SystemTime::now();
        match number % 8 {
            0..3 => match send(&mut client, common::signed()).await {
                200 => tally.acknowledged += 1,
                503 => tally.overloaded += 1,
                status => panic!("{status} for a genuine event"),
            },
            3 => {
                assert_eq!(send(&mut client, signer().request(&message, sample(&message), now)).await, 200);
                tally.acknowledged += 1;
            }
            4 => {
                assert_eq!(send(&mut client, forger.request(COMMAND, BODY, now)).await, 401);
                tally.refused += 1;
            }
            5 => {
                assert_eq!(send(&mut client, signer().request(COMMAND, &BODY[..number % BODY.len()], now)).await, 400);
                tally.refused += 1;
            }
            6 => {
                // Claims more than it sends, and hangs up.
                let mut raw = begin(server, BODY.len()).await;
                raw.send(&BODY[..number % BODY.len()]).await;
                tally.cut += 1;
            }
            _ => {
                let mut raw = begin(server, BODY.len()).await;
                for piece in BODY.as_bytes().chunks(BODY.len() / 4) {
                    raw.send(piece).await;
                    tokio::time::sleep(PAUSE).await;
                }
                match raw.answer().await.status {
                    200 => tally.acknowledged += 1,
                    503 => tally.overloaded += 1,
                    status => panic!("{status} for a slow event"),
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    tally
}

async fn send(client: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> u16 {
    client.ready().await.unwrap();
    Answer::read(client.send_request(request).await.unwrap()).await.status()
}

/// The head of a genuine webhook on its own connection, before its body.
async fn begin(server: SocketAddr, len: usize) -> Raw {
    let mut raw = Raw::connect(server).await;
    let uri = common::signed_uri();
    raw.send(format!("POST {uri} HTTP/1.1\r\nhost: a\r\n{CONTENT_LENGTH}: {len}\r\n\r\n")).await;
    raw
}

async fn soak() {
    let seconds = env::args().skip_while(|argument| argument != "--seconds").nth(1);
    let seconds = seconds.map_or(20, |seconds| seconds.parse().expect("a number of seconds"));
    let mut server = Server::start("soak");
    let idle = server.descriptors();
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(work(server.address, worker, end))).collect();

    println!("{:>8}{:>12}{:>14}{:>14}", "seconds", "handled", "resident KiB", "descriptors");
    let mut warm = None;
    let (mut most_resident, mut most_descriptors) = (0, 0);
    for tenth in 1..=10 {
        tokio::time::sleep_until((start + Duration::from_secs(seconds) * tenth / 10).into()).await;
        let (resident, descriptors) = (server.resident(), server.descriptors());
        let [handled] = server.ask();
        println!("{:>8}{handled:>12}{:>14}{descriptors:>14}", start.elapsed().as_secs(), resident / 1024);
        // The first tenth is the warm-up.
        warm.get_or_insert(resident);
        most_resident = resident.max(most_resident);
        most_descriptors = descriptors.max(most_descriptors);
    }
    let mut tally = Tally::default();
    for worker in workers {
        tally += worker.await.expect("all responses are as expected");
    }
    // The server may not have noticed yet that its clients have gone.
    for _ in 0..100 {
        if server.descriptors() > idle {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let descriptors = server.descriptors();
    let [handled] = server.end();

    println!("\n{tally:?}, handled: {handled}");
    let growth = most_resident.saturating_sub(warm.unwrap());
    println!("memory grew by {} KiB, {idle} descriptors before, {descriptors} after", growth / 1024);
    let checks = [
        ("every acknowledged event was handled", tally.acknowledged == handled && handled > 0),
        ("memory is flat", growth <= GROWTH),
        ("there are no more descriptors than connections", most_descriptors <= idle + 2 * WORKERS),
        ("no descriptor leaks", descriptors == idle),
    ];
    for (what, holds) in checks {
        println!("{}: {what}", if holds { "yes" } else { "NO" });
    }
    if checks.iter().any(|(_, holds)| !holds) {
        exit(1);
    }
}
