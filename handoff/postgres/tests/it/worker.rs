//! Handling what is stored.

use std::{
    collections::HashMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore, oneshot},
    task::JoinHandle,
};
use tower::ServiceExt;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};
use tower_tencent_webhook_handoff_testing::{eventually, soon};
use tower_tencent_webhook_postgres::{Page, Stored, Worker};

use crate::common::{Setup, hook, id, message};

/// As if there were none: what is not notified is not seen.
const NEVER: Duration = Duration::from_secs(3600);

/// A worker at work.
struct Running {
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

impl Running {
    fn start(worker: Worker) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, worker: tokio::spawn(worker.run(async { _ = stopped.await })) }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        soon(self.worker).await.unwrap();
    }

    /// As if its process were killed.
    async fn die(self) {
        self.worker.abort();
        _ = self.worker.await;
    }
}

/// What handlers have seen, and how often.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u64>>>);

impl Seen {
    fn note(&self, hook: &Webhook) {
        let body: serde_json::Value = serde_json::from_slice(hook.body()).unwrap();
        self.0.lock().unwrap().push(body["MsgSeq"].as_u64().unwrap());
    }

    fn all(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }

    fn sorted(&self) -> Vec<u64> {
        let mut all = self.all();
        all.sort_unstable();
        all
    }

    /// A router whose handler notes what it sees.
    fn router(&self) -> WebhookRouter {
        WebhookRouter::new().fallback_with(self, async |seen: Seen, hook: Webhook| {
            seen.note(&hook);
            Ack::ok()
        })
    }
}

/// A message of a conversation.
fn message_to(group: usize, number: usize) -> Webhook {
    let body = format!(
        r#"{{"GroupId":"{group}","From_Account":"ada","MsgSeq":{number},"MsgTime":1739004561,"MsgBody":[],"EventTime":1}}"#
    );
    hook("Group.CallbackAfterSendMsg", body)
}

#[tokio::test]
async fn what_is_stored_is_handled_and_done_without_polling() {
    let setup = Setup::new().await;
    setup.store_messages([1]).await;
    let seen = Seen::default();
    let worker = Running::start(Worker::new(&setup.database, seen.router()).poll_interval(NEVER));
    // What was there before.
    setup.until("state = 'done' AND attempts = 1 AND lease IS NULL AND finished IS NOT NULL", 1).await;
    for number in 2..=6 {
        // Each by a notification of its own: the worker sleeps by then.
        setup.store_messages([number]).await;
        setup.until("state = 'done'", number as i64).await;
    }
    assert_eq!(seen.all(), [1, 2, 3, 4, 5, 6]);
    worker.stop().await;
}

#[tokio::test]
async fn several_workers_share_the_work() {
    let setup = Setup::new().await;
    let seen = Seen::default();
    let workers: Vec<_> = (0..3)
        .map(|_| Running::start(Worker::new(&setup.database, seen.router()).concurrency(4).poll_interval(NEVER)))
        .collect();
    setup.store_messages(0..200).await;
    setup.until("state = 'done'", 200).await;
    assert_eq!(seen.sorted(), (0..200).collect::<Vec<_>>());
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn the_webhooks_of_a_conversation_are_handled_in_order_and_others_meanwhile() {
    let setup = Setup::new().await;
    for number in 0..60 {
        setup.store(message_to(number % 3, number)).await.unwrap();
    }
    #[derive(Clone, Default)]
    struct Groups {
        seen: Arc<Mutex<HashMap<String, Vec<usize>>>>,
        at_work: Arc<Mutex<HashMap<String, usize>>>,
        most: Arc<AtomicUsize>,
        failed: Arc<AtomicUsize>,
    }
    let groups = Groups::default();
    let router = WebhookRouter::new().fallback_with(&groups, async |groups: Groups, hook: Webhook| {
        let body: serde_json::Value = serde_json::from_slice(hook.body()).unwrap();
        let group = body["GroupId"].as_str().unwrap().to_owned();
        *groups.at_work.lock().unwrap().entry(group.clone()).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let at_work: Vec<_> = groups.at_work.lock().unwrap().values().copied().collect();
        assert!(at_work.iter().all(|at_work| *at_work <= 1), "two of one conversation at a time");
        groups.most.fetch_max(at_work.iter().sum(), Ordering::SeqCst);
        *groups.at_work.lock().unwrap().get_mut(&group).unwrap() -= 1;
        // One fails at first, and holds up its conversation, but nobody else.
        if body["MsgSeq"] == 31 && groups.failed.fetch_add(1, Ordering::SeqCst) < 2 {
            return Err("not yet");
        }
        groups.seen.lock().unwrap().entry(group).or_default().push(body["MsgSeq"].as_u64().unwrap() as usize);
        Ok(Ack::ok())
    });
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let worker = Worker::new(&setup.database, router.clone()).in_order().concurrency(8);
            Running::start(worker.backoff(Duration::from_millis(50), Duration::from_secs(1)))
        })
        .collect();
    setup.until("state = 'done'", 60).await;
    for (group, seen) in groups.seen.lock().unwrap().iter() {
        let group: usize = group.parse().unwrap();
        assert_eq!(*seen, (0..20).map(|number| 3 * number + group).collect::<Vec<_>>());
    }
    assert!(groups.most.load(Ordering::SeqCst) > 1, "only one conversation at a time");
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_conversation_with_a_long_queue_does_not_hold_up_the_others() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    // Whoever is the first of the long queue never ends.
    let router = WebhookRouter::new().fallback_with(&gate, async |gate: Gate, hook: Webhook| {
        let body: serde_json::Value = serde_json::from_slice(hook.body()).unwrap();
        if body["GroupId"] == "0" {
            gate.begun.add_permits(1);
            gate.go.acquire().await.unwrap().forget();
        }
        Ack::ok()
    });
    let mut stores = tokio::task::JoinSet::new();
    for number in 0..1000 {
        stores.spawn(setup.outbox.clone().oneshot(message_to(0, number)));
    }
    soon(stores.join_all()).await.into_iter().for_each(|stored| assert_eq!(stored.unwrap(), Stored::New));
    let worker = Running::start(Worker::new(&setup.database, router).in_order());
    gate.has_begun(1).await;
    for number in 1000..1040 {
        setup.store(message_to(number, number)).await.unwrap();
    }
    let without = r#"{"PairList":[{"From_Account":"a","To_Account":"b"}]}"#;
    setup.store(hook("Sns.CallbackFriendAdd", without)).await.unwrap();
    setup.until("state = 'done'", 41).await;
    assert_eq!(setup.count("state = 'pending' AND attempts > 0").await, 1);
    gate.go.add_permits(1000);
    setup.until("state = 'done' AND attempts = 1", 1041).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_given_up_until_somebody_wants_it_again() {
    let setup = Setup::new().await;
    let (broken, attempts) = (Arc::new(Mutex::new(true)), Arc::new(AtomicUsize::new(0)));
    let state = (broken.clone(), attempts.clone());
    let router = WebhookRouter::new().fallback_with(
        &state,
        async |(broken, attempts): (Arc<Mutex<bool>>, Arc<AtomicUsize>), _: Webhook| {
            let attempt = attempts.fetch_add(1, Ordering::SeqCst);
            let broken = *broken.lock().unwrap();
            match broken {
                true if attempt == 1 => panic!("it panics"),
                true => Err("no disk \0 left"),
                false => Ok(Ack::ok()),
            }
        },
    );
    let worker = Worker::new(&setup.database, router).max_attempts(3).poll_interval(NEVER);
    let worker = Running::start(worker.backoff(Duration::from_millis(20), Duration::from_millis(30)));
    setup.store_messages([1]).await;
    setup.until("state = 'dead' AND attempts = 3 AND lease IS NULL", 1).await;
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
    assert_eq!(setup.outbox.backlog().await.unwrap().dead, 1);

    let letters = setup.outbox.dead_letters(Page::default(), 10).await.unwrap();
    assert_eq!((letters.letters.len(), letters.next), (1, None));
    let letter = &letters.letters[0];
    assert_eq!((&letter.id, letter.attempts), (&id(1), 3));
    assert!(letter.error.as_ref().unwrap().contains("no disk \u{fffd} left"), "{letter:?}");
    assert_eq!(letter.event.as_ref().unwrap().identity(), message(1).identity());
    // A repeat changes nothing.
    assert_eq!(setup.store(message(1)).await.unwrap(), Stored::Repeat);

    *broken.lock().unwrap() = false;
    assert_eq!(setup.outbox.requeue(["another", &letter.id]).await.unwrap(), 1);
    setup.until("state = 'done' AND attempts = 1 AND error IS NULL", 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn dead_letters_come_in_pages_and_can_be_discarded() {
    let setup = Setup::new().await;
    setup.store_messages(0..5).await;
    setup.execute("UPDATE tencent_webhook.outbox SET state = 'dead', finished = now(), attempts = 9").await;
    let mut ids = Vec::new();
    let mut page = Some(Page::default());
    while let Some(this) = page {
        let letters = setup.outbox.dead_letters(this, 2).await.unwrap();
        ids.extend(letters.letters.into_iter().map(|letter| letter.id));
        page = letters.next;
    }
    assert_eq!(ids, (0..5).map(id).collect::<Vec<_>>());
    assert_eq!(setup.outbox.discard(&ids[..2]).await.unwrap(), 2);
    assert_eq!(setup.count("state = 'done'").await, 2);
    assert_eq!(setup.outbox.backlog().await.unwrap().dead, 3);
}

#[tokio::test]
async fn what_cannot_be_read_is_given_up_at_once() {
    let setup = Setup::new().await;
    setup.store_messages([1, 2]).await;
    setup.execute(&format!("UPDATE tencent_webhook.outbox SET headers = '[]' WHERE id = '{}'", id(1))).await;
    let seen = Seen::default();
    let worker = Running::start(Worker::new(&setup.database, seen.router()).in_order());
    setup.until("state = 'dead' AND attempts = 1 AND error LIKE 'it cannot be read: %'", 1).await;
    setup.until("state = 'done'", 1).await;
    assert_eq!(seen.all(), [2]);
    worker.stop().await;
}

/// A router whose handlers tell that they have begun, and wait to be let go.
#[derive(Clone)]
struct Gate {
    begun: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { begun: Arc::new(Semaphore::new(0)), go: Arc::new(Semaphore::new(0)) }
    }

    fn router(&self) -> WebhookRouter {
        WebhookRouter::new().fallback_with(self, async |gate: Gate, _: Webhook| {
            gate.begun.add_permits(1);
            gate.go.acquire().await.unwrap().forget();
            Ack::ok()
        })
    }

    async fn has_begun(&self, handlers: u32) {
        soon(self.begun.acquire_many(handlers)).await.unwrap().forget();
    }
}

#[tokio::test]
async fn another_worker_takes_over_from_one_that_died() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    let first = Worker::new(&setup.database, gate.router()).lease(Duration::from_millis(500));
    let first = Running::start(first);
    setup.store_messages([1]).await;
    gate.has_begun(1).await;
    let seen = Seen::default();
    // It was there before the lease ran out, and nobody tells it when: it knows.
    let second = Running::start(Worker::new(&setup.database, seen.router()).poll_interval(NEVER));
    first.die().await;
    setup.until("state = 'done' AND attempts = 2", 1).await;
    assert_eq!(seen.all(), [1]);
    second.stop().await;
}

#[tokio::test]
async fn a_webhook_that_kills_its_workers_is_given_up() {
    let setup = Setup::new().await;
    setup.store_messages([1]).await;
    for _ in 0..2 {
        let gate = Gate::new();
        let worker = Worker::new(&setup.database, gate.router()).max_attempts(2).lease(Duration::from_millis(100));
        let worker = Running::start(worker);
        gate.has_begun(1).await;
        worker.die().await;
    }
    let seen = Seen::default();
    let worker = Running::start(Worker::new(&setup.database, seen.router()).max_attempts(2));
    setup.until("state = 'dead' AND error LIKE 'its worker has died%'", 1).await;
    assert!(seen.all().is_empty());
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_has_lost_its_lease_cannot_say_that_it_is_done() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    let worker = Running::start(Worker::new(&setup.database, gate.router()));
    setup.store_messages([1]).await;
    gate.has_begun(1).await;
    // Another worker has it.
    let taken = "UPDATE tencent_webhook.outbox SET lease = gen_random_uuid(), worker = 'other', attempts = 2";
    setup.execute(taken).await;
    gate.go.add_permits(1);
    worker.stop().await;
    assert_eq!(setup.count("state = 'pending' AND worker = 'other' AND attempts = 2 AND lease IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_handler_whose_lease_is_lost_is_dropped() {
    struct Dropped(Arc<Notify>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    let setup = Setup::new().await;
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let state = (begun.clone(), dropped.clone());
    let router =
        WebhookRouter::new().fallback_with(&state, async |(begun, dropped): (Arc<Notify>, Arc<Notify>), _: Webhook| {
            let _dropped = Dropped(dropped);
            begun.notify_one();
            pending::<Ack>().await
        });
    let worker = Running::start(Worker::new(&setup.database, router).lease(Duration::from_secs(2)));
    setup.store_messages([1]).await;
    soon(begun.notified()).await;
    setup.execute("UPDATE tencent_webhook.outbox SET lease = gen_random_uuid(), due = now() + interval '1 hour'").await;
    soon(dropped.notified()).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_lease_is_extended_for_as_long_as_the_handler_runs() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    let workers: Vec<_> = (0..2)
        .map(|_| Running::start(Worker::new(&setup.database, gate.router()).lease(Duration::from_millis(500))))
        .collect();
    setup.store_messages([1]).await;
    gate.has_begun(1).await;
    let begin: std::time::SystemTime = setup.value("SELECT due FROM tencent_webhook.outbox").await;
    // Long after the first lease would have run out.
    eventually("it is extended", async || {
        let due: std::time::SystemTime = setup.value("SELECT due FROM tencent_webhook.outbox").await;
        due.duration_since(begin).is_ok_and(|extended| extended > Duration::from_secs(2))
    })
    .await;
    gate.go.add_permits(2);
    setup.until("state = 'done' AND attempts = 1", 1).await;
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_handler_that_takes_too_long_has_failed() {
    let setup = Setup::new().await;
    let router = WebhookRouter::new().fallback(async |_: Webhook| pending::<Ack>().await);
    let worker = Worker::new(&setup.database, router).handler_timeout(Duration::from_millis(50)).max_attempts(1);
    let worker = Running::start(worker);
    setup.store_messages([1]).await;
    setup.until("state = 'dead' AND error = 'the handler takes too long'", 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_is_stopped_ends_what_it_has_begun_and_claims_nothing_more() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    let worker = Running::start(Worker::new(&setup.database, gate.router()).concurrency(2));
    setup.store_messages(0..5).await;
    gate.has_begun(2).await;
    worker.stop.send(()).unwrap();
    gate.go.add_permits(100);
    soon(worker.worker).await.unwrap();
    assert_eq!(setup.count("state = 'done'").await, 2);
    assert_eq!(setup.count("state = 'pending' AND attempts = 0 AND lease IS NULL").await, 3);
}

#[tokio::test]
async fn what_a_stopped_worker_cannot_end_is_given_back_at_once() {
    let setup = Setup::new().await;
    let gate = Gate::new();
    let only_one = |router| Worker::new(&setup.database, router).max_attempts(1);
    let worker = Running::start(only_one(gate.router()).grace(Duration::from_millis(50)).lease(NEVER));
    setup.store_messages([1]).await;
    gate.has_begun(1).await;
    let seen = Seen::default();
    let other = Running::start(only_one(seen.router()).poll_interval(NEVER));
    worker.stop().await;
    // The attempt is given back as well: it was the only one, and did not fail.
    setup.until("state = 'done' AND attempts = 1", 1).await;
    assert_eq!(seen.all(), [1]);
    other.stop().await;
}

#[tokio::test]
async fn a_worker_survives_its_server_and_listens_again() {
    let mut setup = Setup::own().await;
    let seen = Seen::default();
    let worker = Running::start(Worker::new(&setup.database, seen.router()).poll_interval(NEVER));
    setup.store_messages([1]).await;
    setup.until("state = 'done'", 1).await;
    setup.server.kill();
    setup.server.start().await;
    setup.store_messages([2]).await;
    setup.until("state = 'done'", 2).await;

    let listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'";
    eventually("it listens", async || setup.value::<i64>(listening).await == 1).await;
    setup.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'").await;
    eventually("it listens no more", async || setup.value::<i64>(listening).await == 0).await;
    // Nobody is told of this one; it is found when the worker listens again.
    setup.store_messages([3]).await;
    setup.until("state = 'done'", 3).await;
    eventually("it listens again", async || setup.value::<i64>(listening).await == 1).await;
    setup.store_messages([4]).await;
    setup.until("state = 'done'", 4).await;
    assert_eq!(seen.all(), [1, 2, 3, 4]);
    worker.stop().await;
}

#[tokio::test]
async fn a_lost_notification_is_made_up_for_by_looking_now_and_then() {
    let setup = Setup::new().await;
    let seen = Seen::default();
    let worker = Running::start(Worker::new(&setup.database, seen.router()).poll_interval(Duration::from_millis(100)));
    // Not even sent.
    let insert =
        "INSERT INTO tencent_webhook.outbox (id, type, headers, body) VALUES ('unique-1', 'x', $1::text::json, $2)";
    let event = message(1).cloud_event();
    let headers: HashMap<_, _> =
        event.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let headers = serde_json::to_string(&headers).unwrap();
    let client = setup.database.pool().get().await.unwrap();
    client.execute(insert, &[&headers, &&**event.data()]).await.unwrap();
    setup.until("state = 'done'", 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_prunes() {
    let setup = Setup::new().await;
    setup.store_messages(0..3).await;
    setup.execute("UPDATE tencent_webhook.outbox SET state = 'done', finished = now() - interval '2 hours'").await;
    let worker = Worker::new(&setup.database, WebhookRouter::new()).keep(Duration::from_secs(3600));
    let worker = Running::start(worker);
    setup.until("true", 0).await;
    worker.stop().await;
}

#[tokio::test]
async fn any_duration_will_do() {
    let setup = Setup::new().await;
    let seen = Seen::default();
    let all = Duration::MAX;
    let worker =
        Worker::new(&setup.database.clone().statement_timeout(all), seen.router()).lease(all).poll_interval(all);
    let worker = Running::start(worker.keep(all).grace(all).backoff(all, all).handler_timeout(all));
    let outbox = setup.outbox.clone().deadline(all);
    assert_eq!(outbox.oneshot(message(1)).await.unwrap(), Stored::New);
    setup.until("state = 'done'", 1).await;
    assert_eq!(setup.outbox.prune(all).await.unwrap(), 0);
    worker.stop().await;
}
