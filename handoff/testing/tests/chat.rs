//! The sender keeps to what Chat does.

use std::{
    convert::Infallible,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tower_tencent_webhook::App;
use tower_tencent_webhook_handoff_testing::{Chat, Event, Process, Server};

fn app() -> App {
    App::signed(1_400_000_000, "secret").unwrap()
}

/// Answers each request with the next of these statuses, and with none for 0. Returns its port, and the bodies received.
async fn server(statuses: Vec<u16>) -> (u16, Arc<Mutex<Vec<Bytes>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let received = bodies.clone();
    let statuses = Arc::new(Mutex::new(statuses.into_iter()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (received, statuses) = (received.clone(), statuses.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (received, statuses) = (received.clone(), statuses.clone());
                async move {
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    received.lock().unwrap().push(body);
                    let status = statuses.lock().unwrap().next().unwrap_or(200);
                    if status == 0 {
                        sleep(Duration::from_secs(60)).await;
                    }
                    let mut response = Response::new(Full::<Bytes>::default());
                    *response.status_mut() = StatusCode::from_u16(status).unwrap();
                    Ok::<_, Infallible>(response)
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (port, bodies)
}

#[tokio::test]
async fn what_is_answered_is_not_repeated_whatever_the_answer() {
    let (port, bodies) = server(vec![200, 400, 500, 503]).await;
    let events: Vec<_> = (0..4).map(Event::message).collect();
    let report = Chat::new(&app(), port, "/im").connections(1).send(events.clone()).await;
    assert_eq!(*bodies.lock().unwrap(), events.iter().map(|event| event.body.clone()).collect::<Vec<_>>());
    assert_eq!((report.deliveries.len(), report.acknowledged().len()), (4, 1));
}

#[tokio::test]
async fn silence_is_repeated_and_counts_as_no_answer() {
    let (port, bodies) = server(vec![0, 500]).await;
    let report = Chat::new(&app(), port, "/im").pause(Duration::ZERO).send([Event::message(1)]).await;
    assert_eq!(bodies.lock().unwrap().len(), 2);
    assert_eq!((report.count(None), report.count(Some(500)), report.acknowledged().len()), (1, 1, 0));
    let silent = report.deliveries.iter().find(|delivery| delivery.status.is_none()).unwrap();
    assert!(silent.ended - silent.sent >= Duration::from_secs(2));
}

#[tokio::test]
async fn a_refused_connection_is_silence() {
    let port = tower_tencent_webhook_handoff_testing::free_port();
    let report = Chat::new(&app(), port, "/im").repeats(2).pause(Duration::ZERO).send([Event::message(1)]).await;
    assert_eq!(report.count(None), 3);
    assert_eq!(report.p99(), Duration::ZERO);
}

#[tokio::test]
async fn some_events_are_sent_twice() {
    let (port, bodies) = server(Vec::new()).await;
    let from = Instant::now();
    let report = Chat::new(&app(), port, "/im").twice(5).send((0..20).map(Event::message)).await;
    assert_eq!(bodies.lock().unwrap().len(), 24);
    assert_eq!((report.acknowledged().len(), report.acknowledged_within(from, Instant::now())), (20, 24));
    assert_eq!(report.acknowledged_within(Instant::now(), Instant::now()), 0);
}

#[tokio::test]
async fn a_server_is_killed_and_keeps_its_port() {
    let mut nats = Server::nats().await;
    let port = nats.port();
    nats.kill();
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
    nats.start().await;
    assert_eq!(nats.url(), format!("nats://127.0.0.1:{port}"));
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok());
}

#[tokio::test]
async fn a_process_is_killed_and_started_again() {
    let mut shell = Command::new("sh");
    // The trap is there before anyone can know that the shell runs, and end it.
    shell.args(["-c", r#"trap "exit 3" TERM; echo "ready $NAME"; while :; do sleep 0.01; done"#]);
    let mut process = Process::new(shell, "ready").env("NAME", "ada");
    assert_eq!(process.start().await, "ready ada");
    process.kill();
    assert!(!process.is_running());
    process.start().await;
    assert!(process.is_running());
    process.signal("TERM");
    assert_eq!(process.end().await.code(), Some(3));
}
