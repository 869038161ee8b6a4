//! The worker handles each event, and loses none.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_nats::{Client, jetstream};
use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tower::ServiceExt;
use tower_tencent_webhook::{Ack, Identity, Webhook, WebhookRouter, event::c2c};
use tower_tencent_webhook_handoff_testing::{eventually, soon};
use tower_tencent_webhook_jetstream::{JetStream, Worker, WorkerError};

use crate::common::{kill, message, stored, streams};

fn worker(client: &Client) -> Worker {
    Worker::new(jetstream::new(client.clone()), "EVENTS", "worker").backoff([Duration::from_millis(50)])
}

/// Runs a worker, until the sender is used or dropped.
fn run(worker: Worker, router: WebhookRouter) -> (oneshot::Sender<()>, JoinHandle<Result<(), WorkerError>>) {
    let (stop, stopped) = oneshot::channel();
    let stopped = async { _ = stopped.await };
    (stop, tokio::spawn(worker.run(router, stopped)))
}

async fn publish(client: &Client, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        JetStream::new(client.clone()).oneshot(message(number)).await.unwrap();
    }
}

/// How many events the consumer has not settled: those that it has not delivered, and those that wait for a worker.
async fn unsettled(client: &Client) -> u64 {
    let stream = jetstream::new(client.clone()).get_stream("EVENTS").await.unwrap();
    let consumer: jetstream::consumer::PullConsumer = stream.get_consumer("worker").await.unwrap();
    let info = consumer.cached_info();
    info.num_pending + info.num_ack_pending as u64
}

/// The identities that a handler was called with, in order.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Identity>>>);

impl Calls {
    fn add(&self, hook: &Webhook<c2c::AfterSendMsg>) -> usize {
        let mut calls = self.0.lock().unwrap();
        calls.push(hook.identity().unwrap());
        calls.len()
    }

    fn all(&self) -> Vec<Identity> {
        self.0.lock().unwrap().clone()
    }
}

fn identities(numbers: impl IntoIterator<Item = usize>) -> Vec<Identity> {
    numbers.into_iter().map(|number| message(number).identity().unwrap()).collect()
}

#[tokio::test]
async fn each_event_is_acknowledged_after_its_handler() {
    let (_server, client) = streams().await;
    let (calls, go) = (Calls::default(), Arc::new(Notify::new()));
    let (called, gone) = (calls.clone(), go.clone());
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        let gone = gone.clone();
        async move {
            gone.notified().await;
            Ack::ok()
        }
    });
    let (stop, worker) = run(worker(&client), router);
    publish(&client, [1, 2]).await;
    eventually("both are at work", async || calls.all().len() == 2).await;
    assert_eq!(unsettled(&client).await, 2);
    go.notify_one();
    go.notify_one();
    eventually("both are acknowledged", async || unsettled(&client).await == 0).await;
    drop(stop);
    worker.await.unwrap().unwrap();
    let mut expected = identities([1, 2]);
    expected.sort();
    let mut calls = calls.all();
    calls.sort();
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn a_failed_event_is_delivered_again_after_the_backoff() {
    let (_server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        let call = called.add(&hook);
        async move {
            match call {
                1 => Err("not now"),
                2 => panic!("not now either"),
                _ => Ok(Ack::ok()),
            }
        }
    });
    let start = tokio::time::Instant::now();
    let backoff = [Duration::from_millis(100), Duration::from_millis(300)];
    let (stop, worker) = run(worker(&client).backoff(backoff), router);
    publish(&client, [1]).await;
    eventually("it is acknowledged", async || calls.all().len() == 3 && unsettled(&client).await == 0).await;
    assert!(start.elapsed() >= Duration::from_millis(400));
    drop(stop);
    worker.await.unwrap().unwrap();
    assert!(stored(&client, "DEAD").await.is_empty());
}

#[tokio::test]
async fn what_fails_each_time_becomes_a_dead_letter() {
    let (_server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        async { Err::<Ack, _>("the database is full: 好") }
    });
    let (stop, worker) = run(worker(&client).max_deliveries(3), router);
    publish(&client, [1]).await;
    eventually("it is settled", async || stored(&client, "DEAD").await.len() == 1 && unsettled(&client).await == 0)
        .await;
    drop(stop);
    worker.await.unwrap().unwrap();
    assert_eq!(calls.all().len(), 3);
    let (subject, letter) = &stored(&client, "DEAD").await[0];
    assert_eq!(subject, "dead.tencent.1400000000.im.C2C.CallbackAfterSendMsg");
    let cause = "C2C.CallbackAfterSendMsg: the handler failed: the database is full: 好";
    assert_eq!(letter.attribute("deadlettercause"), Some(cause));
    assert_eq!(letter.attribute("deliveries"), Some("3"));
    // It can be handled after all.
    assert_eq!(letter.identity(), message(1).identity());
    let hook = Webhook::from_cloud_event(letter).unwrap();
    assert_eq!((hook.event(), hook.body()), (message(1).event(), message(1).body()));
}

#[tokio::test]
async fn what_cannot_be_read_becomes_a_dead_letter_at_once() {
    let (_server, client) = streams().await;
    let (stop, worker) = run(worker(&client), WebhookRouter::new());
    let context = jetstream::new(client.clone());
    context.publish("tencent.stray", "no event".into()).await.unwrap().await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    for (name, value) in
        [("ce-specversion", "1.0"), ("ce-id", "7%0D%0A"), ("ce-source", "/a"), ("ce-type", "b"), ("other", "c")]
    {
        headers.insert(name, value);
    }
    context.publish_with_headers("tencent.other", headers, "{}".into()).await.unwrap().await.unwrap();
    eventually("both are settled", async || stored(&client, "DEAD").await.len() == 2 && unsettled(&client).await == 0)
        .await;
    drop(stop);
    worker.await.unwrap().unwrap();
    let mut letters = stored(&client, "DEAD").await;
    letters.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (subject, letter) = &letters[0];
    assert_eq!((subject.as_str(), letter.id(), letter.event_type()), ("dead.tencent.other", "7\r\n", "b"));
    let (subject, letter) = &letters[1];
    assert_eq!((subject.as_str(), letter.id(), letter.event_type()), ("dead.tencent.stray", "EVENTS.1", "unreadable"));
    assert_eq!(letter.data(), "no event");
    assert!(letter.attribute("deadlettercause").is_some());
}

#[tokio::test]
async fn an_event_that_killed_its_workers_becomes_a_dead_letter() {
    let (_server, client) = streams().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let called = calls.clone();
    let router = WebhookRouter::new().on(move |_: Webhook<c2c::AfterSendMsg>| {
        called.fetch_add(1, Ordering::Relaxed);
        pending::<Ack>()
    });
    publish(&client, [1]).await;
    let worker = || worker(&client).ack_wait(Duration::from_millis(200)).max_deliveries(2);
    for call in 1..=2 {
        let (_stop, dies) = run(worker(), router.clone());
        eventually("it is at work", async || calls.load(Ordering::Relaxed) == call).await;
        dies.abort();
        _ = dies.await;
    }
    let (_stop, lives) = run(worker(), router);
    eventually("it is settled", async || stored(&client, "DEAD").await.len() == 1 && unsettled(&client).await == 0)
        .await;
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(
        stored(&client, "DEAD").await[0].1.attribute("deadlettercause"),
        Some("delivered 2 times, and not finished")
    );
    lives.abort();
}

#[tokio::test]
async fn a_handler_that_takes_long_is_not_given_its_event_twice() {
    let (_server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let ack_wait = Duration::from_millis(300);
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        async move {
            sleep(ack_wait * 4).await;
            Ack::ok()
        }
    });
    let (stop, first) = run(worker(&client).ack_wait(ack_wait), router.clone());
    let (stop_too, second) = run(worker(&client).ack_wait(ack_wait), router);
    publish(&client, [1]).await;
    eventually("it is acknowledged", async || calls.all().len() == 1 && unsettled(&client).await == 0).await;
    drop((stop, stop_too));
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(calls.all().len(), 1);
}

#[tokio::test]
async fn no_more_are_at_work_than_the_limit_says() {
    let (_server, client) = streams().await;
    publish(&client, 0..50).await;
    let (at_work, most, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Calls::default());
    let (at_work_too, most_too, done_too) = (at_work, most.clone(), done.clone());
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        let (at_work, most, done) = (at_work_too.clone(), most_too.clone(), done_too.clone());
        async move {
            most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(5)).await;
            at_work.fetch_sub(1, Ordering::SeqCst);
            done.add(&hook);
            Ack::ok()
        }
    });
    let (stop, worker) = run(worker(&client).concurrency(4), router);
    eventually("all are acknowledged", async || done.all().len() == 50 && unsettled(&client).await == 0).await;
    drop(stop);
    worker.await.unwrap().unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_worker_that_is_stopped_finishes_what_it_has_and_takes_no_more() {
    let (_server, client) = streams().await;
    let (calls, go) = (Calls::default(), Arc::new(Notify::new()));
    let (called, gone) = (calls.clone(), go.clone());
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        let gone = gone.clone();
        async move {
            gone.notified().await;
            Ack::ok()
        }
    });
    let (stop, worker) = run(worker(&client).concurrency(2), router);
    publish(&client, 0..5).await;
    eventually("two are at work", async || calls.all().len() == 2).await;
    stop.send(()).unwrap();
    tokio::task::yield_now().await;
    assert!(!worker.is_finished());
    go.notify_waiters();
    worker.await.unwrap().unwrap();
    assert_eq!(calls.all().len(), 2);
    assert_eq!(unsettled(&client).await, 3);
}

#[tokio::test]
async fn a_handler_that_takes_too_long_has_failed() {
    let (_server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        pending::<Ack>()
    });
    let worker = worker(&client).handler_timeout(Duration::from_millis(50)).max_deliveries(2);
    let (stop, worker) = run(worker, router);
    publish(&client, [1]).await;
    eventually("it is settled", async || stored(&client, "DEAD").await.len() == 1 && unsettled(&client).await == 0)
        .await;
    assert_eq!(calls.all().len(), 2);
    assert_eq!(stored(&client, "DEAD").await[0].1.attribute("deadlettercause"), Some("the handler takes too long"));
    drop(stop);
    worker.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_stopped_worker_cannot_end_is_given_back_at_once() {
    let (_server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let hangs = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        pending::<Ack>()
    });
    // Nobody would get it in this test's time if it were not given back.
    let worker = || worker(&client).ack_wait(Duration::from_secs(3600));
    let (stop, first) = run(worker().grace(Duration::from_millis(50)), hangs);
    publish(&client, [1]).await;
    eventually("it is at work", async || calls.all().len() == 1).await;
    stop.send(()).unwrap();
    soon(first).await.unwrap().unwrap();

    let called = calls.clone();
    let done = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        async { Ack::ok() }
    });
    let (stop, second) = run(worker(), done);
    eventually("it is acknowledged", async || calls.all().len() == 2 && unsettled(&client).await == 0).await;
    drop(stop);
    second.await.unwrap().unwrap();
}

/// Not even the server's answer is waited for.
#[tokio::test]
async fn a_worker_that_is_stopped_before_it_has_begun_returns() {
    let (mut server, client) = streams().await;
    kill(&mut server, &client).await;
    let (stop, worker) = run(worker(&client), WebhookRouter::new());
    sleep(Duration::from_millis(100)).await;
    assert!(!worker.is_finished());
    stop.send(()).unwrap();
    timeout(Duration::from_secs(1), worker).await.expect("it returns").unwrap().unwrap();
}

#[tokio::test]
async fn a_worker_outlives_its_server() {
    let (mut server, client) = streams().await;
    let calls = Calls::default();
    let called = calls.clone();
    let router = WebhookRouter::new().on(move |hook: Webhook<c2c::AfterSendMsg>| {
        called.add(&hook);
        async { Ack::ok() }
    });
    let (stop, worker) = run(worker(&client), router);
    publish(&client, [1]).await;
    eventually("the first is acknowledged", async || calls.all().len() == 1 && unsettled(&client).await == 0).await;
    server.kill();
    server.start().await;
    publish(&client, [2]).await;
    let second = identities([2])[0];
    eventually("the second is acknowledged", async || calls.all().contains(&second) && unsettled(&client).await == 0)
        .await;
    // A server that is killed may forget the last acknowledgements, and deliver again.
    assert!(calls.all().len() <= 3);
    drop(stop);
    worker.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_worker_says_why_it_cannot_work() {
    let (mut server, client) = streams().await;
    let mut context = jetstream::new(client.clone());
    context.set_timeout(Duration::from_millis(500));
    let fails = async |worker: Worker| worker.run(WebhookRouter::new(), pending()).await.unwrap_err();

    let error = fails(Worker::new(context.clone(), "NOWHERE", "worker")).await;
    assert_eq!(error.to_string(), "there is no stream NOWHERE");
    let error = fails(Worker::new(context.clone(), "EVENTS", "no.name")).await;
    assert_eq!(error.to_string(), "consumer no.name cannot be created or updated");
    let error = fails(worker(&client).dead_letters("nowhere")).await;
    assert_eq!(error.to_string(), "no stream takes the dead letters, nowhere.>");
    assert!(!error.is_unavailable());

    let (_stop, worker) = run(worker(&client), WebhookRouter::new());
    eventually("it has begun", async || {
        context.get_stream("EVENTS").await.unwrap().consumer_info("worker").await.is_ok()
    })
    .await;
    sleep(Duration::from_millis(100)).await;
    context.get_stream("EVENTS").await.unwrap().delete_consumer("worker").await.unwrap();
    assert_eq!(worker.await.unwrap().unwrap_err().to_string(), "consumer worker was deleted");

    server.kill();
    let error = fails(Worker::new(context, "EVENTS", "worker")).await;
    assert!(error.is_unavailable(), "{error}");
}
