//! Nothing lost, nothing twice: receiver, worker and PostgreSQL are killed at random while Chat sends.

use std::{
    fmt,
    time::{Duration, Instant as Clock},
};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout},
};
use tower_tencent_webhook::{App, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Chat, Event, Postgres, Process, Report, free_port};
use tower_tencent_webhook_postgres::{Database, Outbox};

const TOKEN: &str = "token of the console";
const SDK_APP_ID: u32 = 1_400_000_000;
/// How long it may take until all is handled in the end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to run.
pub(crate) struct Plan {
    pub(crate) events: usize,
    /// Events a second.
    pub(crate) rate: u32,
    /// Decides who is killed when.
    pub(crate) seed: u64,
}

/// What has come of it.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    pub(crate) seed: u64,
    /// How often the receiver, the worker and PostgreSQL were killed.
    pub(crate) kills: [usize; 3],
    /// How long PostgreSQL was down.
    pub(crate) down: Duration,
    pub(crate) acknowledged_while_down: usize,
    /// Events that were acknowledged, but are not in the table.
    pub(crate) lost: usize,
    /// Events that were acknowledged, but have had no effect.
    pub(crate) without_effect: usize,
    /// Rows and effects that are of none of the events, or of one that has another.
    pub(crate) too_many: i64,
    pub(crate) dead: u64,
    /// How often a handler ran for an event that it had run for before.
    pub(crate) again: i64,
    pub(crate) took: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, seed, kills: [receiver, worker, engine], down, .. } = self;
        writeln!(f, "seed {seed}")?;
        writeln!(f, "events                                     {:>7}", report.events)?;
        writeln!(f, "deliveries                                 {:>7}", report.deliveries.len())?;
        writeln!(f, "answered 200                               {:>7}", report.count(Some(200)))?;
        writeln!(f, "not answered                               {:>7}", report.count(None))?;
        writeln!(f, "events acknowledged                        {:>7}", report.acknowledged().len())?;
        writeln!(f, "… and not in the table                     {:>7}", self.lost)?;
        writeln!(f, "… and without effect                       {:>7}", self.without_effect)?;
        writeln!(f, "rows or effects too many                   {:>7}", self.too_many)?;
        writeln!(f, "dead letters                               {:>7}", self.dead)?;
        writeln!(f, "handlers that ran again                    {:>7}", self.again)?;
        writeln!(f, "acknowledged while PostgreSQL was down     {:>7}", self.acknowledged_while_down)?;
        writeln!(f, "p99 of the answers                         {:>4} ms", report.p99().as_millis())?;
        writeln!(f, "killed: receiver {receiver}, worker {worker}, PostgreSQL {engine} times, down for {down:.1?}")?;
        write!(f, "took {:.1?}", self.took)
    }
}

impl Outcome {
    /// Panics unless it is as promised.
    pub(crate) fn check(&self) {
        assert!(self.kills.iter().all(|kills| *kills > 0), "one was not killed\n{self}");
        assert!(self.report.count(Some(200)) > 0, "nothing was acknowledged\n{self}");
        let only = self.report.count(Some(200)) + self.report.count(None);
        assert_eq!(only, self.report.deliveries.len(), "an answer is neither 200 nor silence\n{self}");
        assert_eq!(self.lost, 0, "lost\n{self}");
        assert_eq!(self.without_effect, 0, "not handled\n{self}");
        assert_eq!(self.too_many, 0, "twice\n{self}");
        assert_eq!(self.dead, 0, "given up\n{self}");
        assert_eq!(self.acknowledged_while_down, 0, "acknowledged, but not stored\n{self}");
        assert!(self.report.p99() < Duration::from_secs(2), "late\n{self}");
    }
}

pub(crate) async fn run(plan: Plan) -> Outcome {
    println!("seed {}", plan.seed);
    let start = Clock::now();
    let app = App::signed(u64::from(SDK_APP_ID), TOKEN).expect("a short token");
    let mut engine = Postgres::start_new().await;
    let port = free_port();
    let package = env!("CARGO_MANIFEST_DIR");
    let mut receiver = Process::example(package, "receiver", "receiving")
        .env("ADDRESS", format!("127.0.0.1:{port}"))
        .env("DATABASE_URL", engine.url())
        .env("SDK_APP_ID", SDK_APP_ID.to_string())
        .env("TOKEN", TOKEN);
    let mut worker = Process::example(package, "worker", "working").env("DATABASE_URL", engine.url()).env("LEASE", "2");
    let outbox = Outbox::new(&Database::new(&engine.url()).expect("it is a URL"));
    outbox.migrate().await.expect("the server is there");
    worker.start().await;
    receiver.start().await;

    let (ended, mut end) = oneshot::channel();
    let sender = tokio::spawn(async move {
        let chat = Chat::new(&app, port, "/im").rate(plan.rate).twice(5).connections(64).repeats(8);
        let report = chat.send((0..plan.events).map(Event::message)).await;
        _ = ended.send(());
        report
    });

    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut kills = [0; 3];
    let mut down = Vec::new();
    'killing: loop {
        let mut order = [0, 1, 2];
        random.shuffle(&mut order);
        for who in order {
            // For a while all is well; at least until each has been killed once.
            let pause = sleep(Duration::from_millis(random.u64(200..1200)));
            tokio::select! {
                () = pause => {}
                _ = &mut end, if kills.iter().all(|kills| *kills > 0) => break 'killing,
            }
            kills[who] += 1;
            let gone = Duration::from_millis(random.u64(50..1000));
            match who {
                0 => {
                    receiver.kill();
                    sleep(gone).await;
                    receiver.spawn();
                }
                1 => {
                    worker.kill();
                    sleep(gone).await;
                    worker.spawn();
                }
                _ => {
                    engine.kill();
                    let from = Instant::now();
                    sleep(gone).await;
                    down.push((from, Instant::now()));
                    engine.start().await;
                }
            }
        }
        if sender.is_finished() {
            break;
        }
    }
    let report = sender.await.expect("it does not panic");

    let handled = async {
        // A worker that came back before its database did may have ended.
        loop {
            if !worker.is_running() {
                worker.kill();
                worker.spawn();
            }
            if outbox.backlog().await.is_ok_and(|backlog| backlog.pending == 0) {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, handled).await.expect("all is handled in the end");

    let ids: Vec<_> = (0..plan.events).map(id).collect();
    let acknowledged: Vec<_> = report.acknowledged().into_iter().map(|event| ids[event].clone()).collect();
    let database = Database::new(&engine.url()).expect("it is a URL");
    let client = database.pool().get().await.expect("the server is there");
    let count =
        async |sql: &str, ids: &[String]| -> i64 { client.query_one(sql, &[&ids]).await.expect("an answer").get(0) };
    let all = acknowledged.len() as i64;
    let rows = "SELECT count(*) FROM tencent_webhook.outbox WHERE";
    let lost = all - count(&format!("{rows} id = ANY ($1)"), &acknowledged).await;
    let without_effect = all - count("SELECT count(*) FROM effects WHERE identity = ANY ($1)", &acknowledged).await;
    let too_many = count(&format!("{rows} id <> ALL ($1)"), &ids).await
        + count("SELECT count(*) FROM effects WHERE identity <> ALL ($1)", &ids).await;
    let again =
        count("SELECT coalesce(sum(executions - 1), 0)::bigint FROM effects WHERE identity = ANY ($1)", &ids).await;
    Outcome {
        acknowledged_while_down: down.iter().map(|(from, to)| report.acknowledged_within(*from, *to)).sum(),
        down: down.iter().map(|(from, to)| *to - *from).sum(),
        lost: lost as usize,
        without_effect: without_effect as usize,
        too_many,
        again,
        dead: outbox.backlog().await.expect("the server is there").dead,
        seed: plan.seed,
        kills,
        report,
        took: start.elapsed(),
    }
}

/// The id of an event of the sender.
fn id(event: usize) -> String {
    let Event { command, body } = Event::message(event);
    let app = App::unsigned(u64::from(SDK_APP_ID));
    let hook = Signer::new(&app).any_webhook(command, body).expect("it is a message");
    hook.identity().expect("a message has one").to_string()
}
