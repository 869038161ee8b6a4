//! The servers that people copy, `examples/server` and the README's: what strangers, signals and a lack of file
//! descriptors do to them.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/example.rs"]
mod example;
#[allow(dead_code)]
#[path = "../server/mod.rs"]
mod server;

use std::{
    any::Any,
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{Router, extract::ConnectInfo, routing::any};
use bytes::Bytes;
use common::{frames::*, *};
use example::{Example, binary};
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::{Layer, Service, service_fn};
use tower_tencent_webhook::{App, signer::Signer};

async fn start<S, R>(connections: u32, service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve(listener, connections, service, pending()));
    address
}

async fn ask_http2(server: SocketAddr, mut request: Request<http_body_util::Full<Bytes>>) -> Answer {
    *request.uri_mut() = absolute(server, request.uri().to_string()).parse().unwrap();
    Answer::read(http2(server).await.send_request(request).await.unwrap()).await
}

// Strangers.

#[derive(Clone, Copy, Debug)]
enum Stranger {
    Silent,
    HalfAHead,
    /// Its one request was answered.
    Http1,
    /// The same, and it answers pings.
    Http2,
    /// Takes the head of the response to its one request, and nothing of its body.
    WithoutWindow,
}

impl Stranger {
    /// Connects, and stays as long as what it returns.
    async fn come(self, server: SocketAddr) -> Box<dyn Any> {
        match self {
            Self::Silent => Box::new(Raw::connect(server).await),
            Self::HalfAHead => {
                let mut client = Raw::connect(server).await;
                client.send("GET / HTTP/1.1\r\nHost:").await;
                Box::new(client)
            }
            Self::Http1 => {
                let mut client = http1(server).await;
                assert_eq!(Answer::read(client.send_request(forged()).await.unwrap()).await.status(), 401);
                Box::new(client)
            }
            Self::Http2 => {
                let mut client = http2(server).await;
                let forged = post(absolute(server, forged_uri()), BODY);
                assert_eq!(Answer::read(client.send_request(forged).await.unwrap()).await.status(), 401);
                Box::new(client)
            }
            Self::WithoutWindow => {
                let mut client = Raw::connect(server).await;
                // SETTINGS_INITIAL_WINDOW_SIZE is nothing.
                client.send(preface(&[0, 4, 0, 0, 0, 0])).await;
                client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(&forged_uri()))).await;
                while Frame::read(&mut client).await.expect("an answer").kind != HEADERS {}
                Box::new(client)
            }
        }
    }
}

#[tokio::test]
async fn strangers_who_hold_all_places_do_not_keep_webhooks_out() {
    use Stranger::*;

    for stranger in [Silent, HalfAHead, Http1, Http2, WithoutWindow] {
        let inner = Inner::default();
        let server = start(20, layer().layer(inner.clone())).await;
        let mut strangers = Vec::new();
        for _ in 0..20 {
            strangers.push(within(stranger.come(server)).await);
        }
        for handled in 1..=10 {
            let answer = async {
                if handled % 2 == 0 { fetch(server, signed()).await } else { ask_http2(server, signed()).await }
            };
            let answer = timeout(Duration::from_secs(1), answer).await;
            let answer = answer.unwrap_or_else(|_| panic!("{stranger:?} strangers keep webhook {handled} out"));
            assert_eq!((answer.status(), inner.calls()), (200, handled), "{stranger:?}");
            // Others come in place of those who had to go.
            strangers.push(within(stranger.come(server)).await);
        }
    }
}

#[tokio::test]
async fn strangers_who_come_back_at_once_do_not_keep_webhooks_out() {
    let server = start(20, layer().layer(Inner::default())).await;
    for _ in 0..40 {
        tokio::spawn(async move {
            loop {
                let mut client = Raw::connect(server).await;
                while client.read_more().await {}
            }
        });
    }
    for _ in 0..10 {
        let answer = timeout(Duration::from_secs(1), fetch(server, signed())).await;
        assert_eq!(answer.expect("strangers keep it out").status(), 200);
    }
}

#[tokio::test]
async fn the_connection_that_was_idle_the_longest_gives_way() {
    let server = start(3, layer().layer(Inner::default())).await;
    let mut first = http1(server).await;
    let mut second = Raw::connect(server).await;
    let mut third = http2(server).await;
    let again = || post(absolute(server, signed_uri()), BODY);
    assert_eq!(within(first.send_request(signed())).await.unwrap().status(), 200);
    second.send(preface(&[])).await;
    second.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(&forged_uri()))).await;
    while Frame::read(&mut second).await.expect("an answer").kind != DATA {}
    assert_eq!(within(third.send_request(again())).await.unwrap().status(), 200);
    within(first.ready()).await.unwrap();
    assert_eq!(within(first.send_request(signed())).await.unwrap().status(), 200);

    let mut fourth = http1(server).await;
    assert_eq!(within(fourth.send_request(signed())).await.unwrap().status(), 200);
    // It is told, and closed.
    let mut told = false;
    while let Some(frame) = Frame::read(&mut second).await {
        told |= frame.kind == GOAWAY;
    }
    assert!(told);
    within(first.ready()).await.unwrap();
    assert_eq!(within(first.send_request(signed())).await.unwrap().status(), 200);
    assert_eq!(within(third.send_request(again())).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_in_flight_keeps_its_place() {
    let release = Arc::new(Semaphore::new(0));
    let calls = Arc::new(AtomicUsize::new(0));
    let (chunks, body) = channel();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let server = start(3, {
        let (release, calls) = (release.clone(), calls.clone());
        service_fn(move |_: Request<Incoming>| {
            let (release, call, body) = (release.clone(), calls.fetch_add(1, Ordering::SeqCst), body.clone());
            async move {
                if call == 0 {
                    // A response without an end, as of gRPC.
                    return Ok::<_, Infallible>(Response::new(body.lock().unwrap().take().unwrap()));
                }
                _ = release.acquire().await;
                let (chunks, body) = channel();
                chunks.send("late".into()).unwrap();
                Ok(Response::new(body))
            }
        })
    })
    .await;
    let request = post(absolute(server, signed_uri()), BODY);
    let streaming = within(http2(server).await.send_request(request)).await.unwrap();
    let waiting = [tokio::spawn(fetch(server, signed())), tokio::spawn(ask_http2(server, signed()))];
    while calls.load(Ordering::SeqCst) < 3 {
        sleep(Duration::from_millis(10)).await;
    }
    // Long enough for it to get in, if it could.
    let next = tokio::spawn(fetch(server, signed()));
    sleep(Duration::from_millis(300)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 3);

    release.close();
    for answer in waiting.into_iter().chain([next]) {
        assert_eq!(within(answer).await.unwrap().body, "late");
    }
    chunks.send("and on".into()).unwrap();
    drop(chunks);
    assert_eq!(within(Answer::read(streaming)).await.body, "and on");
}

#[tokio::test]
async fn connect_info_is_the_address_of_the_client() {
    let app = Router::new().route("/", any(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()));
    let server = start(10, app).await;
    let stream = TcpStream::connect(server).await.unwrap();
    let address = stream.local_addr().unwrap().to_string();
    let mut client = Raw::over(stream);
    for _ in 0..2 {
        client.send("GET / HTTP/1.1\r\n\r\n").await;
        assert_eq!(client.answer().await.body, address.as_bytes());
    }

    let stream = TcpStream::connect(server).await.unwrap();
    let address = stream.local_addr().unwrap().to_string();
    let mut client = Raw::over(stream);
    client.send(preface(&[])).await;
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields("/"))).await;
    let told = loop {
        let frame = Frame::read(&mut client).await.expect("an answer");
        if frame.kind == DATA {
            break frame.payload;
        }
    };
    assert_eq!(told, address.as_bytes());
}

// Processes.

const UNFOLLOW: &str = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}"#;

#[track_caller]
fn serves(example: &Example) {
    let (status, answer) = example.webhook("/im", COMMAND, UNFOLLOW);
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
}

#[test]
fn the_command_line_has_an_address_or_a_port() {
    for (argument, ip) in [(None, "127.0.0.1"), (Some("0"), "127.0.0.1"), (Some("0.0.0.0:0"), "0.0.0.0")] {
        let example = Example::run(Command::new(binary("axum")).args(argument));
        assert_eq!(example.address.ip().to_string(), ip);
        serves(&example);
    }
    let output = Command::new(binary("axum")).arg("nonsense").output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_server_once_all_handlers_in_the_background_are_done() {
    for signal in ["TERM", "INT"] {
        let mut example = Example::run(&mut Command::new(binary("test-background")));
        for user in 0..500 {
            let (status, _) = example.webhook("/", COMMAND, &UNFOLLOW.replace("ada", &format!("user {user}")));
            assert_eq!(status, 200);
        }
        example.signal(signal);
        example.stops_accepting();
        assert!(example.lives());

        example.close_input();
        let (status, printed) = example.end();
        assert_eq!(status.code(), Some(0), "{signal}");
        let mut done: Vec<_> = printed.lines().collect();
        done.sort_unstable();
        let mut expected: Vec<_> = (0..500).map(|user| format!("user {user} is done")).collect();
        expected.sort_unstable();
        assert_eq!(done, expected, "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_lets_a_request_finish_that_has_begun() {
    use std::io::{Read, Write};

    for (name, signal) in [("axum", "TERM"), ("axum", "INT"), ("hyper", "TERM"), ("verdicts", "TERM")] {
        let example = Example::start(name);
        let mut idle = std::net::TcpStream::connect(example.address).unwrap();
        let mut client = std::net::TcpStream::connect(example.address).unwrap();
        let expect = format!("Content-Length: {}\r\nExpect: 100-continue", UNFOLLOW.len());
        client.write_all(head(example::uri("/im", COMMAND), &expect).as_bytes()).unwrap();
        // The body is awaited: the request has begun.
        client.read_exact(&mut [0; 25]).unwrap();
        example.signal(signal);
        example.stops_accepting();
        assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);

        client.write_all(UNFOLLOW.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert_eq!(example.end().0.code(), Some(0));
    }
}

/// Runs an example that may have 40 files open.
#[cfg(unix)]
fn with_few_descriptors(name: &str) -> Example {
    Example::run(Command::new("sh").args(["-c", "ulimit -n 40; exec \"$0\""]).arg(binary(name)))
}

/// Connections on which nothing is sent.
#[cfg(unix)]
fn silent(example: &Example, connections: usize) -> Vec<std::net::TcpStream> {
    (0..connections).map(|_| std::net::TcpStream::connect(example.address).unwrap()).collect()
}

#[cfg(unix)]
#[test]
fn strangers_who_hold_all_file_descriptors_do_not_keep_webhooks_out() {
    let mut example = with_few_descriptors("axum");
    // So many that it would take more than a minute to wait for the head of each in vain.
    let strangers = silent(&example, 300);
    serves(&example);
    drop(strangers);
    serves(&example);
    assert!(example.lives());
}

#[cfg(unix)]
#[test]
fn the_readmes_server_survives_a_lack_of_file_descriptors() {
    let mut example = with_few_descriptors("test-readme");
    let strangers = silent(&example, 60);
    // Long enough for it to notice.
    std::thread::sleep(Duration::from_millis(300));
    assert!(example.lives());
    drop(strangers);
    let uri =
        Signer::new(&App::signed(APP, "the console's token").unwrap()).uri("State.StateChange", SystemTime::now());
    let logout = r#"{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}"#;
    assert_eq!(example.ask("POST", &uri.to_string(), "", logout).0, 200);
    assert!(example.lives());
}

#[test]
fn the_server_tested_here_is_the_readmes() {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines().map(|line| line.trim().trim_start_matches("# ")).filter(|line| !line.is_empty())
    }

    let readme = include_str!("../../README.md");
    let (_, code) = readme.split_once("With hyper, without a framework").unwrap();
    let (_, code) = code.split_once("```rust,no_run\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let code = code.replace("127.0.0.1:3000", "127.0.0.1:0");
    let tested = include_str!("servers/readme.rs");
    // What rustfmt writes in several lines, and the README in one.
    let (_, tested) = tested.split_once("#[tokio::main]").unwrap();
    let (_, code) = code.split_once("#[tokio::main]").unwrap();
    let tested: Vec<_> = lines(tested).filter(|line| !line.starts_with("println!(\"listening on")).collect();
    assert_eq!(tested, lines(code).collect::<Vec<_>>());
}
