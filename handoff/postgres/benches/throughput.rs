//! What the outbox costs, compared with the bare insert: the same statement on the same pool, a row in each transaction.
//!
//! ```sh
//! cargo bench --bench throughput
//! ```
//!
//! Both take turns within one run, as the disk is faster at one time than at another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use tower_tencent_webhook::{App, Webhook, WebhookRouter, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Event, Postgres};
use tower_tencent_webhook_postgres::{Database, Outbox};

const INSERT: &str = include_str!("../src/sql/insert.sql");
/// Each round takes about as long.
const ROUND: Duration = Duration::from_millis(1500);
const ROUNDS: usize = 8;

/// A row of the bare insert.
struct Row {
    id: String,
    event_type: String,
    key: Option<String>,
    headers: String,
    body: Vec<u8>,
}

impl Row {
    fn new(hook: &Webhook) -> Self {
        let event = hook.cloud_event();
        let headers: std::collections::BTreeMap<_, _> = event
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("it is ASCII").to_owned()))
            .collect();
        Self {
            id: event.id().to_owned(),
            event_type: event.event_type().to_owned(),
            key: event.partition_key().map(ToOwned::to_owned),
            headers: serde_json::to_string(&headers).expect("it is a map of strings"),
            body: event.data().to_vec(),
        }
    }
}

/// Stores for the time of a round, and returns how many in a second. `store` gets the number of the event.
async fn round<F: Future<Output = ()> + Send + 'static>(
    concurrency: usize,
    store: impl Fn(usize) -> F + Send + Sync + 'static,
) -> f64 {
    let (store, next) = (Arc::new(store), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..concurrency {
        let (store, next) = (store.clone(), next.clone());
        tasks.spawn(async move {
            while start.elapsed() < ROUND {
                store(next.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    tasks.join_all().await;
    next.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    (figures[(figures.len() - 1) / 2] + figures[figures.len() / 2]) / 2.0
}

#[tokio::main]
async fn main() {
    let server = Postgres::start_new().await;
    let database = Database::new(&server.url()).expect("it is a URL");
    let outbox = Outbox::new(&database).deadline(Duration::from_secs(60)).capacity(10_000);
    outbox.migrate().await.expect("the server is there");
    let router = WebhookRouter::new().hand_off(outbox.clone());
    let signer = Signer::new(&App::unsigned(1400000000));
    let insert: Arc<str> = INSERT.replace("{schema}", "\"tencent_webhook\"").into();

    // Each round has events of its own, made before it begins.
    let mut made = 0;
    let mut hooks = |count: usize| -> Arc<Vec<Webhook>> {
        made += count;
        let event = |number| {
            let Event { command, body } = Event::message(number);
            signer.any_webhook(command, body).expect("it is a message")
        };
        Arc::new((made - count..made).map(event).collect())
    };

    println!("concurrency   bare insert/s   hand_off/s   ratio of medians   rows a statement");
    for concurrency in [1, 16, 64, 256] {
        let (mut bare, mut handed) = (Vec::new(), Vec::new());
        let (mut rows, mut flushes) = (0.0, 0);
        for turn in 0..2 * ROUNDS {
            // bare, handed, handed, bare, …
            if matches!(turn % 4, 0 | 3) {
                let these: Arc<Vec<Row>> = Arc::new(hooks(30_000).iter().map(Row::new).collect());
                let (pool, insert) = (database.pool().clone(), insert.clone());
                let store = move |number: usize| {
                    let (these, pool, insert) = (these.clone(), pool.clone(), insert.clone());
                    async move {
                        let Row { id, event_type, key, headers, body } = &these[number];
                        let client = pool.get().await.expect("a connection");
                        let statement = client.prepare_cached(&insert).await.expect("a statement");
                        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                            [&vec![id], &vec![event_type], &vec![key], &vec![headers], &vec![body]];
                        let new = client.query(&statement, &row).await.expect("it is stored");
                        assert_eq!(new.len(), 1);
                    }
                };
                bare.push(round(concurrency, store).await);
            } else {
                let these = hooks(30_000);
                let before = outbox.flushes();
                let router = router.clone();
                let store = move |number: usize| {
                    let stored = router.handle(these[number].clone());
                    async move { _ = stored.await.expect("it is stored") }
                };
                let a_second = round(concurrency, store).await;
                flushes += outbox.flushes() - before;
                rows += a_second * ROUND.as_secs_f64();
                handed.push(a_second);
            }
        }
        let (bare, handed) = (median(bare), median(handed));
        println!(
            "{concurrency:>11}   {bare:>13.0}   {handed:>10.0}   {:>16.2}   {:>16.1}",
            handed / bare,
            rows / flushes as f64
        );
    }
}
