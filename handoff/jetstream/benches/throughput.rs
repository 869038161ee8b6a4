//! What handing off costs: webhooks through the router to JetStream, against async-nats publishing the same messages
//! alone. Both wait for each acknowledgement, with the same number at a time; rounds alternate.
//!
//! ```sh
//! cargo bench --bench throughput
//! ```

use std::{sync::Arc, time::Duration};

use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use tokio::{task::JoinSet, time::Instant};
use tower_tencent_webhook::{App, Webhook, WebhookRouter, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Event, Server};
use tower_tencent_webhook_jetstream::{JetStream, StreamConfig, ensure_stream};

const ROUNDS: usize = 21;
const EVENTS: usize = 8_000;
const AT_A_TIME: usize = 64;

/// A message as the sink publishes it: its bytes are the same.
struct Message {
    subject: String,
    texts: Vec<(String, String)>,
    body: Bytes,
}

impl Message {
    fn of(sink: &JetStream, hook: &Webhook) -> Self {
        let event = hook.cloud_event();
        let headers = event.headers();
        let mut texts: Vec<_> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        texts.push(("Nats-Msg-Id".to_owned(), event.id().to_owned()));
        Self { subject: sink.subject(&event), texts, body: event.data().clone() }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.texts {
            headers.insert(&**name, &**value);
        }
        headers
    }
}

async fn publish(context: &jetstream::Context, subject: String, headers: HeaderMap, body: Bytes) {
    let sent = context.publish_with_headers(subject, headers, body).await.unwrap();
    assert!(!sent.await.unwrap().duplicate);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let server = Server::nats().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    ensure_stream(&jetstream::new(client.clone()), &StreamConfig::new("EVENTS")).await.unwrap();
    let sink = JetStream::new(client);
    let router = WebhookRouter::new().hand_off(sink.clone());
    let context = Arc::new(jetstream::new(async_nats::connect(server.url()).await.unwrap()));
    let signer = Signer::new(&App::signed(1_400_000_000, "secret").unwrap());
    let mut numbers = 1_000_000..;
    let mut hooks = || -> Vec<Webhook> {
        let events = numbers.by_ref().take(EVENTS).map(Event::message);
        events.map(|event| signer.any_webhook(event.command, event.body).unwrap()).collect()
    };

    // Handed off; async-nats alone; the same, with the headers made before the time begins.
    let mut rates = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        for arm in [0, 1, 2].map(|arm| (arm + round) % 3) {
            // Every event is new to the stream.
            let hooks = hooks();
            let rate = match arm {
                0 => {
                    let router = router.clone();
                    let hand_off = move |hook: Webhook| {
                        let handling = router.handle(hook);
                        async move { _ = handling.await.unwrap() }
                    };
                    rate(hooks, hand_off).await
                }
                1 => {
                    let messages = hooks.iter().map(|hook| Message::of(&sink, hook)).collect();
                    let context = context.clone();
                    let each = move |message: Message| {
                        let (context, headers) = (context.clone(), message.headers());
                        async move { publish(&context, message.subject, headers, message.body).await }
                    };
                    rate(messages, each).await
                }
                _ => {
                    let messages = hooks.iter().map(|hook| Message::of(&sink, hook));
                    let messages = messages.map(|message| (message.headers(), message)).collect();
                    let context = context.clone();
                    let each = move |(headers, message): (HeaderMap, Message)| {
                        let context = context.clone();
                        async move { publish(&context, message.subject, headers, message.body).await }
                    };
                    rate(messages, each).await
                }
            };
            rates[arm].push(rate);
        }
    }
    let stored = context.get_stream("EVENTS").await.unwrap().cached_info().state.messages;
    assert_eq!(stored, (3 * ROUNDS * EVENTS) as u64, "every event is stored");
    let [handed_off, alone, ready] = rates.map(median);
    println!("{ROUNDS} rounds of {EVENTS} events, {AT_A_TIME} at a time, medians of events a second:");
    println!("handed off through the router {handed_off:.0}");
    println!("async-nats alone {alone:.0}: {:.3}", handed_off / alone);
    println!("async-nats alone, with its headers made before {ready:.0}: {:.3}", handed_off / ready);
}

/// How many are done in a second.
async fn rate<T, F>(work: Vec<T>, each: impl Fn(T) -> F + Clone + Send + 'static) -> f64
where
    T: Send + 'static,
    F: Future<Output = ()> + Send,
{
    let count = work.len();
    let mut shares: Vec<Vec<T>> = (0..AT_A_TIME).map(|_| Vec::new()).collect();
    for (at, item) in work.into_iter().enumerate() {
        shares[at % AT_A_TIME].push(item);
    }
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for share in shares {
        let each = each.clone();
        tasks.spawn(async move {
            for item in share {
                each(item).await;
            }
        });
    }
    tasks.join_all().await;
    let took: Duration = start.elapsed();
    count as f64 / took.as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
