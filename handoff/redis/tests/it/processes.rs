//! Several instances of the example, and one Redis.

use std::{collections::HashMap, time::Duration};

use tower_tencent_webhook::{App, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Chat, Event, Process, Redis, eventually, free_port, soon};

const TOKEN: &str = "token of the console";

struct Instance {
    process: Process,
    chat: Chat,
}

impl Instance {
    async fn start(server: &Redis, lease: u32, work: u32) -> Self {
        let port = free_port();
        let mut process = Process::example(env!("CARGO_MANIFEST_DIR"), "receiver", "receiving")
            .env("ADDRESS", format!("127.0.0.1:{port}"))
            .env("REDIS_URL", server.url())
            .env("LEASE", lease.to_string())
            .env("WORK", work.to_string())
            .env("TOKEN", TOKEN);
        process.start().await;
        let app = App::signed(1400000000, TOKEN).unwrap();
        Self { process, chat: Chat::new(&app, port, "/im").repeats(20).pause(Duration::from_millis(200)) }
    }
}

/// How often which event has been handled, up to now.
fn handled(instances: &mut [Instance], handled: &mut HashMap<String, usize>) {
    for line in instances.iter_mut().flat_map(|instance| instance.process.lines()) {
        if let Some(event) = line.strip_prefix("done ") {
            *handled.entry(event.to_owned()).or_default() += 1;
        }
    }
}

fn id(number: usize) -> String {
    let Event { command, body } = Event::message(number);
    let hook = Signer::new(&App::unsigned(1400000000)).any_webhook(command, body).unwrap();
    hook.identity().unwrap().to_string()
}

#[tokio::test]
async fn two_instances_handle_each_event_once() {
    let server = Redis::start_new().await;
    let mut instances = [Instance::start(&server, 60_000, 20).await, Instance::start(&server, 60_000, 20).await];
    let events = || (0..100).map(Event::message);
    // All to both at the same time, and some of them twice.
    let [one, other] = [0, 1].map(|at| instances[at].chat.clone().twice(7));
    let (one, other) = soon(async { tokio::join!(one.send(events()), other.send(events())) }).await;
    assert_eq!((one.acknowledged().len(), other.acknowledged().len()), (100, 100));
    let mut times = HashMap::new();
    eventually("all are handled", async || {
        handled(&mut instances, &mut times);
        times.len() == 100
    })
    .await;
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!((0..100).all(|number| times.contains_key(&id(number))));
    for mut instance in instances {
        instance.process.signal("TERM");
        assert!(soon(instance.process.end()).await.success());
    }
}

#[tokio::test]
async fn if_an_instance_is_killed_at_work_the_repeat_is_handled_by_another() {
    let server = Redis::start_new().await;
    let mut first = Instance::start(&server, 1000, 3_600_000).await;
    let second = Instance::start(&server, 1000, 0).await;
    let begun = format!("begun {}", id(1));
    let chat = first.chat.clone().repeats(0);
    let sending = tokio::spawn(async move { chat.send([Event::message(1)]).await });
    first.process.line(|line| line.starts_with(&begun)).await;
    first.process.kill();
    assert_eq!(soon(sending).await.unwrap().acknowledged().len(), 0);
    // Chat's repeat. At first it may be withheld: nobody knows yet that the first instance is dead.
    let report = soon(second.chat.send([Event::message(1)])).await;
    assert_eq!(report.acknowledged().len(), 1, "{report:?}");
    let mut times = HashMap::new();
    let mut second = [second];
    eventually("it is handled", async || {
        handled(&mut second, &mut times);
        !times.is_empty()
    })
    .await;
    assert_eq!(times, HashMap::from([(id(1), 1)]));
    // And no more.
    let report = soon(second[0].chat.send([Event::message(1)])).await;
    assert_eq!(report.count(Some(200)), 1);
    handled(&mut second, &mut times);
    assert_eq!(times, HashMap::from([(id(1), 1)]));
}
