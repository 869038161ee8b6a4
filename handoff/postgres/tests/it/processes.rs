//! The examples, as processes.

use tower_tencent_webhook::App;
use tower_tencent_webhook_handoff_testing::{Chat, Event, Postgres, Process, free_port, soon};

use crate::lossless::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_handled_twice_whoever_is_killed() {
    let outcome = run(Plan { events: 800, rate: 130, seed: fastrand::u64(..) }).await;
    println!("{outcome}");
    outcome.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_processes_end_when_they_are_asked_to() {
    let server = Postgres::start_new().await;
    let port = free_port();
    let package = env!("CARGO_MANIFEST_DIR");
    let mut receiver = Process::example(package, "receiver", "receiving")
        .env("ADDRESS", format!("127.0.0.1:{port}"))
        .env("DATABASE_URL", server.url())
        .env("DATABASE_SCHEMA", "chat");
    let mut worker =
        Process::example(package, "worker", "working").env("DATABASE_URL", server.url()).env("DATABASE_SCHEMA", "chat");
    receiver.start().await;
    worker.start().await;
    let chat = Chat::new(&App::unsigned(1400000000), port, "/im");
    let report = chat.send((0..10).map(Event::message)).await;
    assert_eq!(report.acknowledged().len(), 10, "{report:?}");
    receiver.signal("TERM");
    assert!(soon(receiver.end()).await.success());
    worker.signal("INT");
    assert!(soon(worker.end()).await.success());
}
