//! What every framework has to show: it receives the vendor's vector, rejects a forgery, answers 413 to a body over the
//! limit, and serves its own routes beside.
//!
//! The tests of both packages share this file. What differs is in `docs/frameworks.md`, which shows the tests' own code.

#![allow(dead_code, unreachable_pub)] // Each of the tests has a module of its own.

pub mod receive;

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tower_tencent_webhook::{
    Ack, App, Receiver, Verdict, Webhook, WebhookLayer, WebhookRouter,
    event::{c2c, follow},
};

const APP: u64 = 1_400_000_000;
/// The vendor's vector: this token and this time make this signature.
const TOKEN: &str = "xxxxyyyy";
const TIME: u64 = 1_669_872_112;
const SIGN: &str = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";

/// So that a signature of 2022 is fresh.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The largest body.
pub const LIMIT: usize = 1024;

fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

/// The layer that each framework hosts.
pub fn layer() -> WebhookLayer {
    WebhookLayer::new(app()).path("/im").max_body(LIMIT).tolerance(CENTURY)
}

/// For those that cannot host it.
pub fn receiver() -> Receiver {
    Receiver::new(app()).tolerance(CENTURY)
}

/// The handlers.
pub fn webhooks() -> WebhookRouter {
    WebhookRouter::new()
        .on(async |hook: Webhook<c2c::BeforeSendMsg>| match &*hook.from_account {
            "eve" => Verdict::refuse_with(120_001, "no, eve").unwrap(),
            _ => Verdict::allow(),
        })
        .on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok())
}

/// A request that a check sends.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: &'static str,
    pub path: &'static str,
    pub query: String,
    pub body: String,
    /// Without `Content-Length`, if the framework is asked over TCP.
    pub chunked: bool,
}

impl Ask {
    fn webhook(command: &str, sign: &str, body: String) -> Self {
        let query = format!(
            "SdkAppid={APP}&CallbackCommand={command}&contenttype=json&ClientIP=203.0.113.7&OptPlatform=Web\
             &RequestTime={TIME}&Sign={sign}"
        );
        Self { method: "POST", path: "/im", query, body, chunked: false }
    }

    /// Path and query.
    pub fn uri(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }
}

fn message(from: &str) -> String {
    json!({
        "CallbackCommand": "C2C.CallbackBeforeSendMsg",
        "From_Account": from,
        "To_Account": "grace",
        "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": "red paint" } }],
    })
    .to_string()
}

/// The checks. `ask` sends a request to the framework's app, and returns the status and the body.
///
/// The app is [`webhooks`] behind [`layer`], or an endpoint of its own with [`receiver`], at `/im`, and says `hello` at
/// `/hello`.
pub async fn check(ask: impl AsyncFn(Ask) -> (u16, String)) {
    let json = async |request: Ask| {
        let (status, body) = ask(request.clone()).await;
        (status, serde_json::from_str::<Value>(&body).unwrap_or_else(|_| panic!("{request:?}: {status} {body:?}")))
    };
    let before = |sign: &str, body: String| Ask::webhook("C2C.CallbackBeforeSendMsg", sign, body);
    let reply = |code: u32, info: &str| json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info });

    // The vendor's vector, to typed handlers.
    assert_eq!(json(before(SIGN, message("ada"))).await, (200, reply(0, "")));
    assert_eq!(json(before(SIGN, message("eve"))).await, (200, reply(120_001, "no, eve")));
    let follow = include_str!("../../../samples/Follow.CallbackAfterFollowAdd.json");
    let follow = |sign| Ask::webhook("Follow.CallbackAfterFollowAdd", sign, follow.to_owned());
    assert_eq!(json(follow(SIGN)).await, (200, reply(0, "")));
    let chunked = Ask { chunked: true, ..before(SIGN, message("eve")) };
    assert_eq!(json(chunked).await, (200, reply(120_001, "no, eve")));

    // Forgeries, one of which is too short.
    let forged = SIGN.replace("17773b", "17773c");
    for request in [before(&forged, message("eve")), before(&SIGN[1..], message("eve")), follow(&forged)] {
        let (status, body) = json(request).await;
        assert_eq!((status, &body["ActionStatus"], &body["ErrorCode"]), (401, &json!("FAIL"), &json!(401)));
    }

    // A body as long as the limit, and one that is longer by a byte, whether its length is announced or not.
    let long = |length: usize| {
        let mut body = message("eve");
        body.insert_str(1, &" ".repeat(length - body.len()));
        before(SIGN, body)
    };
    for chunked in [false, true] {
        assert_eq!(json(Ask { chunked, ..long(LIMIT) }).await.0, 200);
        assert_eq!(ask(Ask { chunked, ..long(LIMIT + 1) }).await.0, 413);
    }

    let hello = Ask { method: "GET", path: "/hello", query: String::new(), body: String::new(), chunked: false };
    assert_eq!(ask(hello).await, (200, "hello".to_owned()));
}

/// Sends a request over a connection of its own.
pub async fn over_tcp(server: SocketAddr, request: Ask) -> (u16, String) {
    let body = match request.chunked {
        true => format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", request.body.len(), request.body),
        false => format!("Content-Length: {}\r\n\r\n{}", request.body.len(), request.body),
    };
    let head = format!("{} {} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n", request.method, request.uri());
    let mut answer = Vec::new();
    timeout(Duration::from_secs(20), async {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        // A server that has not read the whole request may close the connection with an error, behind its answer.
        let _ = stream.read_to_end(&mut answer).await;
    })
    .await
    .expect("there was no answer");
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = match head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        true => dechunked(body),
        false => body.to_owned(),
    };
    (status, body)
}

fn dechunked(mut chunks: &str) -> String {
    let mut body = String::new();
    loop {
        let (length, rest) = chunks.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return body;
        }
        body += &rest[..length];
        chunks = &rest[length + 2..];
    }
}

/// Asserts that `docs/frameworks.md` shows the code of a test: what is between the lines `// Shown in the docs.` and
/// `// To here.`.
#[track_caller]
pub fn assert_shown_in_the_docs(source: &str) {
    let docs = include_str!("../../../docs/frameworks.md");
    let mut shown = source.split("// Shown in the docs.\n").skip(1).peekable();
    assert!(shown.peek().is_some(), "the test marks nothing");
    for code in shown {
        let (code, _) = code.split_once("// To here.\n").expect("a mark has an end");
        assert!(
            docs.contains(&format!("```rust\n{code}```\n")),
            "docs/frameworks.md does not show this code:\n\n{code}"
        );
    }
}
