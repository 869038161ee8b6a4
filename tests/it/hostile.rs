//! The layer on the open internet, in the examples' server: no input, no timing and no other client takes it down, lets a
//! stranger in, loses an acknowledged webhook or reveals a secret.

#[allow(dead_code)]
#[path = "../../examples/server/mod.rs"]
mod server;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    task::{JoinHandle, JoinSet, yield_now},
    time::advance,
};
use tower::{Layer, Service, service_fn};
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{Ack, Event, Webhook, WebhookBody, WebhookLayer, WebhookRouter, event::follow};

use crate::common::{frames::*, *};

/// The timeout of a request, as in the examples.
const REQUEST: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 1000;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

impl Server {
    async fn start<S, R>(service: S, connections: u32) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send>,
        S: Clone + Send + 'static,
        R: Body<Data: Send, Error: Into<BoxError>> + Default + Send + 'static,
    {
        let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { _ = stopped.await };
        let stopped = tokio::spawn(server::serve(listener, connections, timeout.layer(service), stopped));
        Self { address, stop, stopped }
    }

    async fn recording(layer: WebhookLayer) -> (Self, Inner) {
        let inner = Inner::default();
        (Self::start(layer.layer(inner.clone()), CONNECTIONS).await, inner)
    }

    /// Stops, and waits for the requests in flight.
    async fn end(self) {
        self.stop.send(()).unwrap();
        within(self.stopped).await.unwrap();
    }

    /// Signed webhooks are still served, and exactly this many requests were handled before.
    async fn assert_unharmed(self, inner: &Inner, handled: usize) {
        for http in Http::BOTH {
            assert_eq!(http.ask(self.address, signed()).await, (200, OK.to_owned()));
        }
        self.end().await;
        assert_eq!(inner.calls(), handled + Http::BOTH.len());
    }
}

#[derive(Clone, Copy, Debug)]
enum Http {
    One,
    Two,
}

impl Http {
    const BOTH: [Self; 2] = [Self::One, Self::Two];

    /// Sends a request on a connection of its own.
    async fn ask(self, server: SocketAddr, mut request: Request<Full<Bytes>>) -> (u16, String) {
        let answer = match self {
            Self::One => fetch(server, request).await,
            Self::Two => {
                *request.uri_mut() = absolute(server, request.uri().to_string()).parse().unwrap();
                let mut client = http2(server).await;
                Answer::read(within(client.send_request(request)).await.unwrap()).await
            }
        };
        without_secrets(answer.status(), &format!("{:?}", answer.head.headers), &answer.body)
    }
}

/// A response's status and body, which must reveal neither the token nor any signature.
#[track_caller]
fn without_secrets(status: u16, head: &str, body: &[u8]) -> (u16, String) {
    let body = std::str::from_utf8(body).unwrap();
    for text in [head, body] {
        assert!(!text.contains(TOKEN), "{text}");
        let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
        assert!(longest.unwrap() < 64, "{text}");
    }
    (status, body.to_owned())
}

/// Sends bytes on a connection of its own, closes its sending half, and returns the responses.
async fn answers(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Vec<(u16, String)> {
    let mut client = Raw::connect(server).await;
    within(client.try_send(bytes)).await;
    client.finish().await;
    let answers = client.answers().await;
    answers.iter().map(|answer| without_secrets(answer.status, &answer.head, &answer.body)).collect()
}

async fn statuses(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Vec<u16> {
    answers(server, bytes).await.into_iter().map(|(status, _)| status).collect()
}

const CHUNKED: &str = "Transfer-Encoding: chunked";

/// [`BODY`] in two chunks.
fn chunks() -> String {
    let (first, second) = BODY.split_at(40);
    format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len())
}

// Bodies.

/// What a body is parsed as.
enum Expected {
    /// An event, with this `From_Account`.
    From(String),
    /// A rejection with an `ErrorInfo` that starts like this.
    Rejected(&'static str),
}

/// [`BODY`] with other JSON in place of `"ada"`.
fn from(json: &str) -> Vec<u8> {
    BODY.replace("\"ada\"", json).into()
}

/// [`BODY`] with another number as its time.
fn at(number: &str) -> Vec<u8> {
    BODY.replace("1702018343678", number).into()
}

/// [`BODY`] with more fields.
fn and(fields: &str) -> Vec<u8> {
    BODY.replacen('{', &format!("{{{fields},"), 1).into()
}

/// [`BODY`] with any bytes in place of `ada`.
fn raw(bytes: &[u8]) -> Vec<u8> {
    let (before, after) = BODY.split_once("ada").unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

fn hostile_bodies() -> Vec<(&'static str, Vec<u8>, Expected)> {
    use Expected::{From, Rejected};

    let ada = || From("ada".to_owned());
    let text = "malformed body at From_Account: ";
    let number = "malformed body at EventTime: ";
    let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
    let long = "a".repeat(1 << 20);
    vec![
        // Text.
        ("a NUL, escaped", from(r#""a\u0000a""#), From("a\0a".to_owned())),
        ("a NUL, raw", raw(b"a\0a"), From("a\u{fffd}a".to_owned())),
        ("a line feed, raw", raw(b"a\na"), From("a\na".to_owned())),
        ("a surrogate pair", from(r#""\ud83d\udea2""#), From("🚢".to_owned())),
        ("a high surrogate alone", from(r#""\ud83d""#), From("\u{fffd}".to_owned())),
        ("a low surrogate alone", from(r#""\udea2""#), From("\u{fffd}".to_owned())),
        ("a surrogate pair the wrong way round", from(r#""\udea2\ud83d""#), From("\u{fffd}\u{fffd}".to_owned())),
        ("a surrogate in UTF-8", raw(b"\xed\xa0\xbd"), From("\u{fffd}".repeat(3))),
        ("a NUL in two bytes", raw(b"\xc0\x80"), From("\u{fffd}".repeat(2))),
        ("half a character", raw(b"\xe5\x9b"), From("\u{fffd}".to_owned())),
        ("no UTF-8 at all", vec![0xff; 1000], Rejected("malformed body: ")),
        ("UTF-16", BODY.encode_utf16().flat_map(u16::to_le_bytes).collect(), Rejected("malformed body")),
        ("a byte order mark", format!("\u{feff}{BODY}").into(), Rejected("malformed body: ")),
        ("a text of 1 MB", from(&format!("{long:?}")), From(long)),
        ("a text of 1 MB of escapes", from(&format!("\"{}\"", r"\u0041".repeat(170_000))), From("A".repeat(170_000))),
        // Keys.
        ("a key twice", and(r#""From_Account":"eve""#), ada()),
        ("a key twice, once escaped", and(r#""From\u005fAccount":"eve""#), ada()),
        ("two commands", and(r#""CallbackCommand":"State.StateChange""#), Rejected("the body's CallbackCommand")),
        ("an unknown key twice", and(r#""Unheard":1,"Unheard":2"#), ada()),
        ("50,000 unknown keys", and(&vec![r#""Unheard":[]"#; 50_000].join(",")), ada()),
        // Numbers.
        ("2^63", at("9223372036854775808"), ada()),
        ("2^64 - 1", at("18446744073709551615"), ada()),
        ("2^64", at("18446744073709551616"), ada()),
        ("2^64 in quotes", at("\"18446744073709551616\""), ada()),
        ("a negative time", at("-1"), ada()),
        ("an infinite time", at("1e400"), ada()),
        ("an exponent beyond reason", at("1e999999999999"), ada()),
        ("a whole number with an exponent", at("17e11"), ada()),
        ("no number of JSON", at("0x10"), Rejected("malformed body")),
        ("NaN", at("NaN"), Rejected(number)),
        ("1 MB of digits", at(&"1".repeat(1 << 20)), ada()),
        ("an unknown number beyond all", and(r#""Unheard":1e999999999999"#), ada()),
        // Depth.
        ("100,000 arrays that end", and(&format!("\"Unheard\":{}", deep(100_000))), ada()),
        (
            "100,000 arrays that do not",
            and(&format!("\"Unheard\":{}", "[".repeat(100_000))),
            Rejected("malformed body"),
        ),
        ("100,000 arrays and nothing else", deep(100_000).into(), Rejected("malformed body: ")),
        ("100,000 arrays for a text", from(&deep(100_000)), Rejected(text)),
        ("100,000 objects for a time", at(&"{\"a\":".repeat(100_000)), Rejected(number)),
    ]
}

#[tokio::test]
async fn hostile_bodies_are_parsed_exactly_or_rejected() {
    let (server, inner) = Server::recording(layer().max_body(2 << 20)).await;
    let mut handled = 0;
    for (what, body, expected) in hostile_bodies() {
        for http in Http::BOTH {
            let (status, answer) = http.ask(server.address, post(signed_uri(), body.clone())).await;
            let seen = inner.take_seen();
            match &expected {
                Expected::From(account) => {
                    assert_eq!((status, answer.as_str(), seen.len()), (200, OK, 1), "{what}, {http:?}");
                    assert_eq!(seen[0].body, body, "{what}, {http:?}");
                    let Event::FollowAfterFollowDelete(event) = seen[0].hook().event() else { panic!("{what}") };
                    assert!(event.from_account == *account, "{what}, {http:?}");
                    handled += 1;
                }
                Expected::Rejected(begins) => {
                    assert_eq!((status, seen.len()), (400, 0), "{what}, {http:?}: {answer}");
                    let info = error_info(answer.as_bytes(), 400);
                    assert!(info.starts_with(begins), "{what}, {http:?}: {info}");
                    assert!(info.len() < 200, "{what}, {http:?}: the response grows with the request");
                }
            }
        }
    }
    server.assert_unharmed(&inner, handled).await;
}

#[tokio::test]
async fn a_body_of_1_mb_is_above_the_default_limit() {
    let (server, inner) = Server::recording(layer()).await;
    let long = from(&format!("{:?}", "a".repeat(1 << 20)));
    // The client waits before it sends the body, so that the response comes before a reset.
    let asked = head(signed_uri(), &format!("Content-Length: {}\r\nExpect: 100-continue", long.len()));
    let [(413, answer)] = &answers(server.address, asked).await[..] else { panic!("413 is due") };
    error_info(answer.as_bytes(), 413);
    let (status, answer) = Http::Two.ask(server.address, post(signed_uri(), long)).await;
    assert_eq!(status, 413);
    error_info(answer.as_bytes(), 413);
    server.assert_unharmed(&inner, 0).await;
}

// URLs and heads.

#[tokio::test]
async fn hostile_urls_are_taken_literally_or_rejected() {
    let (server, inner) = Server::recording(layer()).await;
    let with = |from: &str, to: &str| signed_uri().replace(from, to);
    // A body that fits any command.
    let body = BODY.split_once(',').map(|(_, fields)| format!("{{{fields}")).unwrap();
    let mut handled = 0;
    for (what, uri, status) in [
        ("a NUL in the app", with("1400000000", "1400000000%00"), 400),
        ("an app of 5000 digits", with("1400000000", &"1".repeat(5000)), 400),
        ("an app id that wraps around to ours", with("1400000000", "18446744075109551616"), 400),
        ("a NUL in a command", with("Follow.", "Follow%00."), 200),
        ("a command of 5000 letters", with("Follow.", &"a".repeat(5000)), 200),
        ("a command that is not UTF-8", with("Follow.", "%ff"), 400),
        ("a command with a surrogate", with("Follow.", "%ed%a0%bd"), 400),
        ("half an escape at the end of a command", with("Follow.CallbackAfterFollowDelete", "%4"), 400),
        ("a NUL after a time", with("&Sign=", "%00&Sign="), 401),
        ("a time of 5000 digits", with("RequestTime=", &format!("RequestTime={}", "0".repeat(5000))), 401),
        ("a NUL after a signature", signed_uri() + "%00", 401),
        ("a signature of 5000 digits", signed_uri() + &"0".repeat(5000), 401),
        ("500 signatures without a value", with("&Sign=", &"&Sign".repeat(500)), 401),
        ("NULs in another parameter", with("contenttype=json", "%00=%00"), 200),
        ("5000 parameters", signed_uri() + &"&a".repeat(5000), 200),
        ("5000 empty parameters", signed_uri() + &"&=".repeat(5000), 200),
        ("ClientIP 400 times", signed_uri() + &"&ClientIP=127.0.0.1".repeat(400), 200),
    ] {
        for http in Http::BOTH {
            let (got, answer) = http.ask(server.address, post(&uri, body.clone())).await;
            assert_eq!(got, status, "{what}, {http:?}: {answer}");
            if status == 200 {
                handled += 1;
            } else {
                assert!(error_info(answer.as_bytes(), status).len() < 200, "{what}");
            }
        }
    }
    server.assert_unharmed(&inner, handled).await;
}

#[tokio::test]
async fn hyper_rejects_malformed_http1_heads() {
    let (server, inner) = Server::recording(layer()).await;
    let good = webhook(signed_uri());
    let header = |headers: String| good.replacen("Host: ", &format!("{headers}\r\nHost: "), 1).into_bytes();
    let url = |to: &[u8]| {
        let (before, after) = good.split_once("contenttype=json").unwrap();
        [before.as_bytes(), to, after.as_bytes()].concat()
    };
    for (what, bytes, expected) in [
        ("a NUL in the URL", url(b"\0"), &[400][..]),
        ("a space in the URL", url(b" "), &[400]),
        ("no UTF-8 in the URL", url(b"\xff"), &[400]),
        ("a URL of 70,000 bytes", url(&[b'a'; 70_000]), &[431]),
        ("a NUL in a header", header("a: \0".to_owned()), &[400]),
        ("100 headers more", header(vec!["a: b"; 100].join("\r\n")), &[431]),
        ("a header of 70,000 bytes", header(format!("a: {}", "a".repeat(70_000))), &[431]),
        ("a header without an end", format!("POST / HTTP/1.1\r\na: {}", "a".repeat(1 << 20)).into(), &[431]),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400]),
        ("noise", vec![0xff; 1000], &[400]),
        ("a future version", good.replace("HTTP/1.1", "HTTP/1.2").into(), &[400]),
        ("no version", good.replace(" HTTP/1.1", "").into(), &[400]),
        ("only carriage returns", good.replace("\r\n", "\r").into(), &[]),
        // These are accepted.
        ("only line feeds", good.replace("\r\n", "\n").into(), &[200]),
        ("1000 empty lines before", ("\r\n".repeat(1000) + &good).into(), &[200]),
        ("a URL of 60,000 bytes", url(&[b'&'; 60_000]), &[200]),
        ("a header of 60,000 bytes", header(format!("a: {}", "a".repeat(60_000))), &[200]),
        ("an offer of HTTP/2", header("Connection: Upgrade\r\nUpgrade: h2c".to_owned()), &[200]),
    ] {
        assert_eq!(statuses(server.address, bytes).await, expected, "{what}");
    }
    server.assert_unharmed(&inner, 5).await;
}

#[tokio::test]
async fn hyper_rejects_http2_heads_above_16_kib() {
    let (server, inner) = Server::recording(layer()).await;
    let mut request = signed();
    request.headers_mut().insert("a", "a".repeat(20_000).parse().unwrap());
    assert_eq!(Http::Two.ask(server.address, request).await, (431, String::new()));
    server.assert_unharmed(&inner, 0).await;
}

// Where a request ends.

#[tokio::test]
async fn hyper_rejects_ambiguous_body_lengths() {
    let (server, inner) = Server::recording(layer()).await;
    let len = BODY.len();
    for headers in [
        format!("Content-Length: {len}\r\nContent-Length: 5"),
        format!("Content-Length: {len}, 5"),
        format!("Content-Length: {len}, {len}"),
        format!("Content-Length: +{len}"),
        format!("Content-Length: -{len}"),
        format!("Content-Length: 0x{len:x}"),
        "Content-Length: 1 32".to_owned(),
        "Content-Length:".to_owned(),
        format!("Content-Length : {len}"),
        format!("Content-Length:\r\n {len}"),
        format!("Content-Length: {len}\r\na: b\r\n Content-Length: 5"),
        format!("Content-Length: 99999999999999999999\r\n{CHUNKED}"),
        "Transfer-Encoding:\r\n chunked".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
        format!("{CHUNKED}, identity"),
        format!("{CHUNKED}\r\nTransfer-Encoding: identity"),
    ] {
        let body = if headers.contains("chunked") { chunks() } else { BODY.to_owned() };
        let bytes = head(signed_uri(), &headers) + &body + &webhook(signed_uri());
        assert_eq!(answers(server.address, bytes).await, [(400, String::new())], "{headers:?}");
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn broken_chunks_are_rejected_and_end_the_connection() {
    let (server, inner) = Server::recording(layer()).await;
    let len = format!("{:x}", BODY.len());
    for (size, last) in [
        ("", "0\r\n"),
        ("zz", "0\r\n"),
        (&format!("0x{len}"), "0\r\n"),
        (&format!("-{len}"), "0\r\n"),
        (&format!("1{len:0>17}"), "0\r\n"),
        ("ffffffffffffffff", "0\r\n"),
        (&format!("{:x}", BODY.len() - 1), "0\r\n"),
        (&format!("{len}\n0\n{len}"), "0\r\n"),
        (&format!("{len};a\nb"), "0\r\n"),
        (&format!("{len};{}", "a".repeat(20_000)), "0\r\n"),
        (&len, "-0\r\n"),
        (&len, &format!("0\r\n{}", "a: b\r\n".repeat(2000))),
    ] {
        let bytes = format!("{}{size}\r\n{BODY}\r\n{last}\r\n", head(signed_uri(), CHUNKED)) + &webhook(signed_uri());
        let [(400, answer)] = &answers(server.address, bytes).await[..] else { panic!("400 is due for {size:?}") };
        assert_eq!(error_info(answer.as_bytes(), 400), "the body could not be read to its end", "{size:?}");
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn the_next_request_begins_where_an_unambiguous_body_ends() {
    let (server, inner) = Server::recording(layer()).await;
    let len = BODY.len();
    for (headers, expected) in [
        (format!("Content-Length: {len}\r\nContent-Length: {len}"), &[200, 200][..]),
        (format!("Content-Length: 000{len}"), &[200, 200]),
        (format!("Content-Length:   {len}  "), &[200, 200]),
        (CHUNKED.to_uppercase(), &[200, 200]),
        // Chunks win, and the connection is closed: a proxy in front may have believed the length.
        (format!("Content-Length: {len}\r\n{CHUNKED}"), &[200]),
        (format!("{CHUNKED}\r\nContent-Length: 999999999999"), &[200]),
    ] {
        let body = if headers.to_lowercase().contains("chunked") { chunks() } else { BODY.to_owned() };
        let bytes = head(signed_uri(), &headers) + &body + &webhook(signed_uri());
        assert_eq!(statuses(server.address, bytes).await, expected, "{headers:?}");
        let bodies: Vec<_> = inner.take_seen().into_iter().map(|seen| seen.body).collect();
        assert_eq!(bodies, vec![BODY; expected.len()], "{headers:?}");
    }
    server.assert_unharmed(&inner, 10).await;
}

#[tokio::test]
async fn a_rejected_body_is_never_parsed_as_a_request() {
    let (server, inner) = Server::recording(layer()).await;
    let inside = webhook(signed_uri());
    for _ in 0..20 {
        let outside = head(forged_uri(), &format!("Content-Length: {}", inside.len())) + &inside;
        assert_eq!(statuses(server.address, outside + &webhook(signed_uri())).await, [401]);
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn an_absurd_content_length_is_rejected_before_the_body() {
    let (server, inner) = Server::recording(layer()).await;
    for (length, status) in [
        ("262145", 413),
        ("9223372036854775807", 413),
        ("18446744073709551613", 413),
        // hyper reserves the last two.
        ("18446744073709551614", 431),
        ("18446744073709551615", 431),
        ("18446744073709551616", 400),
        ("340282366920938463463374607431768211456", 400),
    ] {
        let request = head(signed_uri(), &format!("Content-Length: {length}")) + BODY;
        let [(got, answer)] = &answers(server.address, request).await[..] else { panic!("an answer is due") };
        assert_eq!(*got, status, "{length}");
        if status == 413 {
            error_info(answer.as_bytes(), 413);
        } else {
            assert_eq!(answer, "");
        }
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn unfinished_bodies_hold_nobody_up() {
    let (server, inner) = Server::recording(layer()).await;
    // Some will never be complete …
    let mut claims = Vec::new();
    for _ in 0..200 {
        let mut client = Raw::connect(server.address).await;
        client.send(head(signed_uri(), "Content-Length: 262144")).await;
        client.send("{").await;
        claims.push(client);
    }
    // … and some lack a single byte.
    let mut stuck = Vec::new();
    let (most, last) = BODY.split_at(BODY.len() - 1);
    for _ in 0..30 {
        let mut client = Raw::connect(server.address).await;
        client.send(head(signed_uri(), &format!("Content-Length: {}", BODY.len()))).await;
        client.send(most).await;
        stuck.push(client);
    }
    for answered in 1..=30 {
        assert_eq!(Http::BOTH[answered % 2].ask(server.address, signed()).await.0, 200);
        assert_eq!(inner.calls(), answered);
    }
    for mut client in stuck {
        client.send(last).await;
        assert_eq!(client.answer().await.status, 200);
    }
    assert_eq!(inner.calls(), 60);
    for mut client in claims {
        client.finish().await;
        let [answer] = &client.answers().await[..] else { panic!("an answer is due") };
        assert_eq!((answer.status, &*error_info(&answer.body, 400)), (400, "the body could not be read to its end"));
    }
    server.assert_unharmed(&inner, 60).await;
}

// Connections that end.

#[tokio::test]
async fn an_http1_request_cut_at_any_byte_is_not_handled() {
    let (server, inner) = Server::recording(layer()).await;
    for whole in [webhook(signed_uri()), head(signed_uri(), CHUNKED) + &chunks()] {
        let head = whole.find("\r\n\r\n").unwrap() + 4;
        for len in 0..whole.len() {
            let part = &whole[..len];
            let expected: &[_] = if len < head { &[] } else { &[400] };
            assert_eq!(statuses(server.address, part).await, expected, "{part:?}");
            let mut client = Raw::connect(server.address).await;
            client.send(part).await;
            client.reset();
        }
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn an_http2_request_cut_at_any_byte_is_not_handled() {
    let (server, inner) = Server::recording(layer()).await;
    let (first, second) = BODY.split_at(40);
    let whole = [
        preface(&[]),
        frame(HEADERS, END_HEADERS, 1, fields(&signed_uri())),
        frame(DATA, 0, 1, first),
        frame(DATA, 0, 1, second),
        // The whole event comes before this frame, but not the end of the body.
        frame(DATA, END_STREAM, 1, ""),
    ]
    .concat();
    for len in 0..whole.len() {
        let mut client = Raw::connect(server.address).await;
        client.send(&whole[..len]).await;
        client.finish().await;
        while let Some(frame) = Frame::read(&mut client).await {
            assert!(frame.kind != HEADERS && frame.kind != DATA, "an answer to {len} bytes");
        }
        let mut client = Raw::connect(server.address).await;
        client.send(&whole[..len]).await;
        client.reset();
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn every_acknowledged_webhook_was_handled() {
    let (server, inner) = Server::recording(layer()).await;
    let mut acknowledged = 0;
    for _ in 0..100 {
        // It leaves as soon as everything is sent, so it may or may not see a response.
        let seen = statuses(server.address, webhook(signed_uri())).await;
        assert!(matches!(seen[..], [] | [200]), "{seen:?}");
        acknowledged += seen.len();
        let mut client = Raw::connect(server.address).await;
        client.send(webhook(signed_uri())).await;
        client.reset();
    }
    server.end().await;
    let handled = inner.take_seen();
    assert!((acknowledged..=200).contains(&handled.len()), "{acknowledged} of {}", handled.len());
    assert!(handled.iter().all(|seen| seen.body == BODY));
}

// Many at once.

/// Answers each webhook with its own body, and any other request with its path.
async fn echo(request: Request<WebhookBody<Incoming>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let hook: Option<&Webhook> = request.extensions().get();
    let body = hook.map_or_else(|| request.uri().path().to_owned().into(), |hook| hook.body().clone());
    Ok(Response::new(Full::new(body)))
}

/// The webhook body of a user.
fn of_user(number: usize) -> String {
    BODY.replace("ada", &format!("user_{number}"))
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let recorded = paths.clone();
    let service = service_fn(move |request: Request<_>| {
        recorded.lock().unwrap().push(request.uri().path().to_owned());
        echo(request)
    });
    let server = Server::start(layer().layer(service), CONNECTIONS).await;
    let mut sent = String::new();
    let mut expected = Vec::new();
    let mut reached = Vec::new();
    for number in 0..100 {
        let body = of_user(number);
        let webhook = |uri| head(uri, &format!("Content-Length: {}", body.len())) + &body;
        let (request, status, path) = match number % 7 % 4 {
            0 => (webhook(signed_uri()), 200, Some("/im")),
            1 => (head(signed_uri(), "Content-Length: 2") + "[]", 400, None),
            2 => (webhook(signer().uri("State.StateChange", SystemTime::now()).to_string()), 400, None),
            _ => ("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 200, Some("/other")),
        };
        sent += &request;
        expected.push((status, path.map(|path| if path == "/im" { body } else { path.to_owned() })));
        reached.extend(path);
    }
    let mut client = Raw::connect(server.address).await;
    client.send(sent).await;
    for (status, body) in expected {
        let answer = client.answer().await;
        let (got, answer) = without_secrets(answer.status, &answer.head, &answer.body);
        assert_eq!(got, status);
        match body {
            Some(body) => assert_eq!(answer, body),
            None => _ = error_info(answer.as_bytes(), status),
        }
    }
    assert_eq!(*paths.lock().unwrap(), reached);
    drop(client);
    server.end().await;
}

#[tokio::test]
async fn every_signed_webhook_gets_through_a_flood_of_forged_ones() {
    let server = Server::start(layer().layer(service_fn(echo)), CONNECTIONS).await;
    let address = server.address;
    let mut strangers = JoinSet::new();
    let mut friends = JoinSet::new();
    for stranger in 0..20 {
        strangers.spawn(async move {
            let http = Http::BOTH[stranger % 2];
            for number in 0..25 {
                let body = [BODY.to_owned(), " ".repeat(200_000)][number % 2].clone();
                let (status, answer) = match http {
                    // An unread body may reset an HTTP/1.1 connection before the response is read.
                    Http::One => http.ask(address, post(forged_uri(), BODY)).await,
                    Http::Two => http.ask(address, post(forged_uri(), body)).await,
                };
                assert_eq!((status, &*error_info(answer.as_bytes(), 401)), (401, "Sign is not valid"));
            }
            25
        });
        friends.spawn(async move {
            let body = of_user(stranger);
            for http in Http::BOTH {
                let answer = http.ask(address, post(signed_uri(), body.clone())).await;
                assert_eq!(answer, (200, body.clone()));
            }
            2
        });
    }
    let rejected: usize = within(strangers.join_all()).await.into_iter().sum();
    let handled: usize = within(friends.join_all()).await.into_iter().sum();
    assert_eq!((rejected, handled), (500, 40));
    server.end().await;
}

// Time.

/// Stops Tokio's clock until it is dropped: only [`pass`] advances it.
fn stop_the_clock() -> oneshot::Sender<()> {
    tokio::time::pause();
    // A paused clock advances by itself whenever all tasks are idle, even if they wait for bytes in transit. It does not
    // while a blocking task runs.
    let (held, dropped) = oneshot::channel::<()>();
    tokio::task::spawn_blocking(move || _ = dropped.blocking_recv());
    held
}

/// Lets time pass, second by second.
async fn pass(time: Duration) {
    for _ in 0..time.as_secs() {
        advance(Duration::from_secs(1)).await;
        for _ in 0..10 {
            yield_now().await;
        }
    }
}

/// Lets time pass until a future resolves.
async fn wait_for<F: Future>(future: F) -> F::Output {
    tokio::select! {
        biased;
        output = future => output,
        () = pass(2 * server::AGE) => panic!("this hangs"),
    }
}

#[tokio::test]
async fn a_client_without_a_complete_head_is_disconnected() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    let preface = preface(&[]);
    let good = webhook(signed_uri());
    let mut handled = 0;
    for (what, bytes, answers) in [
        ("nothing", &[][..], 0),
        ("a letter of either protocol", b"P", 0),
        ("all but the end of a preface", &preface[..23], 0),
        ("a preface", &preface[..24], 0),
        ("a preface and settings", &preface, 0),
        ("half a head", &good.as_bytes()[..good.len() / 2], 0),
        ("a webhook, then nothing", good.as_bytes(), 1),
        ("a webhook, then half a head", &(good.clone() + "POST").into_bytes(), 1),
    ] {
        let mut client = Raw::connect(server.address).await;
        client.send(bytes).await;
        // The server closes the connection.
        wait_for(async { while client.read_more().await {} }).await;
        handled += answers;
        assert_eq!(inner.calls(), handled, "{what}");
    }
    server.assert_unharmed(&inner, handled).await;
}

#[tokio::test]
async fn a_client_that_sends_a_byte_per_second_is_disconnected() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    for (what, at_once, slowly, expected) in [
        ("a head", String::new(), webhook(signed_uri()), None),
        ("a body", head(signed_uri(), &format!("Content-Length: {}", BODY.len())), BODY.to_owned(), Some(408)),
        ("chunks", head(signed_uri(), CHUNKED), chunks(), Some(408)),
    ] {
        let mut client = Raw::connect(server.address).await;
        client.send(at_once).await;
        let mut bytes = slowly.as_bytes().chunks(1);
        loop {
            client.send(bytes.next().expect("the server waited for everything")).await;
            tokio::select! {
                _ = client.read_more() => break,
                () = pass(Duration::from_secs(1)) => {}
            }
        }
        let answers: Vec<_> = client.answers().await.iter().map(|answer| answer.status).collect();
        assert_eq!(answers, Vec::from_iter(expected), "{what}");
    }
    server.assert_unharmed(&inner, 0).await;
}

#[tokio::test]
async fn unfinished_streams_hold_nobody_up_and_time_out() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    let mut client = http2(server.address).await;
    let post = |body| Request::post(absolute(server.address, signed_uri())).body(body).unwrap();

    // All on one connection: one that is never finished, one that is finished late, and thirty that are complete.
    let (never_finished, body) = channel();
    never_finished.send(BODY.into()).unwrap();
    let timed_out = client.send_request(post(body));
    let (late, body) = channel();
    let (first, second) = BODY.split_at(20);
    late.send(first.into()).unwrap();
    let stuck = client.send_request(post(body));
    for answered in 1..=30 {
        let (sender, body) = channel();
        sender.send(BODY.into()).unwrap();
        drop(sender);
        assert_eq!(within(client.send_request(post(body))).await.unwrap().status(), 200);
        assert_eq!(inner.calls(), answered);
    }
    late.send(second.into()).unwrap();
    drop(late);
    assert_eq!(within(stuck).await.unwrap().status(), 200);
    assert_eq!(wait_for(timed_out).await.unwrap().status(), 408);
    drop((never_finished, client));
    server.assert_unharmed(&inner, 31).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_disconnected() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = Raw::over(socket.connect(server.address).await.unwrap());
    let requests = "GET / HTTP/1.1\r\n\r\n".repeat(100);
    wait_for(async { while client.try_send(&requests).await {} }).await;
    let answered = inner.calls();
    assert!(answered > 0);
    server.assert_unharmed(&inner, answered).await;
}

#[tokio::test]
async fn a_client_that_is_never_idle_is_disconnected_between_requests() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    let mut client = Raw::connect(server.address).await;
    let expected = server::AGE.as_secs().div_ceil(8) as usize;
    let mut answered = 0;
    loop {
        client.send(webhook(signed_uri())).await;
        assert_eq!(client.answer().await.status, 200);
        answered += 1;
        assert!(answered <= expected, "it is not disconnected");
        tokio::select! {
            more = client.read_more() => break assert!(!more),
            () = pass(Duration::from_secs(8)) => {}
        }
    }
    assert_eq!(answered, expected);
    server.assert_unharmed(&inner, answered).await;
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_requests_in_flight() {
    let _clock = stop_the_clock();
    let inner = Inner::default();
    let server = Server::start(layer().layer(inner.clone()), 2).await;
    let mut busy = [Raw::connect(server.address).await, Raw::connect(server.address).await];
    for client in &mut busy {
        let headers = format!("Content-Length: {}\r\nExpect: 100-continue", BODY.len());
        client.send(head(signed_uri(), &headers)).await;
        assert_eq!(client.answer().await.status, 100);
    }
    let waiting = tokio::spawn(Http::One.ask(server.address, signed()));
    pass(REQUEST / 2).await;
    assert_eq!(inner.calls(), 0);
    for client in &mut busy {
        assert_eq!(wait_for(client.answer()).await.status, 408);
    }
    assert_eq!(wait_for(waiting).await.unwrap().0, 200);
    server.assert_unharmed(&inner, 1).await;
}

#[tokio::test]
async fn idle_connections_give_way_to_new_ones() {
    let _clock = stop_the_clock();
    let inner = Inner::default();
    let server = Server::start(layer().layer(inner.clone()), 2).await;
    let mut idle = [Raw::connect(server.address).await, Raw::connect(server.address).await];
    let next = wait_for(tokio::spawn(Http::Two.ask(server.address, signed()))).await.unwrap();
    assert_eq!(next.0, 200);
    assert!(!idle[0].read_more().await);
    server.assert_unharmed(&inner, 1).await;
}

#[tokio::test]
async fn connections_about_to_be_closed_give_way_too() {
    let clock = stop_the_clock();
    let inner = Inner::default();
    let server = Server::start(layer().layer(inner.clone()), 2).await;
    let mut silent = [Raw::connect(server.address).await, Raw::connect(server.address).await];
    for client in &mut silent {
        client.send(preface(&[])).await;
    }
    // They are told to go, and do not acknowledge it.
    for client in &mut silent {
        while wait_for(Frame::read(client)).await.expect("GOAWAY").kind != GOAWAY {}
    }
    tokio::time::resume();
    drop(clock);
    let next = tokio::time::timeout(Duration::from_secs(1), Http::One.ask(server.address, signed())).await;
    assert_eq!(next.expect("it has to wait").0, 200);
    server.assert_unharmed(&inner, 1).await;
}

#[tokio::test]
async fn a_stopping_server_waits_for_requests_in_flight() {
    let _clock = stop_the_clock();
    let (server, inner) = Server::recording(layer()).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Raw::connect(server.address).await;
        client.send(head(signed_uri(), &format!("Content-Length: {}", BODY.len()))).await;
        clients.push(client);
    }
    let mut idle = Raw::connect(server.address).await;
    // Once this one is answered, the earlier ones have been read too.
    assert_eq!(Http::Two.ask(server.address, signed()).await.0, 200);
    let end = tokio::spawn(server.end());
    // A head could be on its way, so it stays open for a moment: much less than the others' bodies may take.
    let moment = async {
        for _ in 0..5000 {
            advance(Duration::from_millis(1)).await;
            yield_now().await;
        }
    };
    tokio::select! {
        biased;
        more = idle.read_more() => assert!(!more),
        () = moment => panic!("it is still open"),
    }
    let mut never = clients.pop().unwrap();
    for mut client in clients {
        client.send(BODY).await;
        assert_eq!(client.answer().await.status, 200);
    }
    assert_eq!(wait_for(never.answer()).await.status, 408);
    wait_for(end).await.unwrap();
    assert_eq!(inner.calls(), 3);
}

// HTTP/2, frame by frame.

#[tokio::test]
async fn a_flood_of_frames_ends_at_most_its_own_connection() {
    let (server, inner) = Server::recording(layer()).await;
    let valid = fields(&signed_uri());
    let forged = fields(&forged_uri());
    let open = |stream, fields: &[u8]| frame(HEADERS, END_HEADERS, stream, fields);
    let reset = |stream| frame(RST_STREAM, 0, stream, 8_u32.to_be_bytes());
    let part = |stream| frame(DATA, 0, stream, "{");
    let each = |frames: &dyn Fn(u32) -> Vec<Vec<u8>>| streams().take(1000).flat_map(|id| frames(id).concat()).collect();
    let floods: Vec<(&str, Vec<u8>)> = vec![
        ("resets", each(&|id| vec![open(id, &valid), reset(id)])),
        ("resets in the middle of a body", each(&|id| vec![open(id, &valid), part(id), reset(id)])),
        ("resets of rejected streams", each(&|id| vec![open(id, &forged), reset(id)])),
        ("rejected streams", each(&|id| vec![open(id, &forged)])),
        ("unfinished streams", each(&|id| vec![open(id, &valid)])),
        ("empty data frames", [open(1, &valid), frame(DATA, 0, 1, "").repeat(10_000)].concat()),
        ("data beyond the window", [open(1, &valid), frame(DATA, 0, 1, [b' '; 16_384]).repeat(128)].concat()),
        ("data on a stream that was never opened", part(7).repeat(1000)),
        ("a head without an end", {
            let more = frame(CONTINUATION, 0, 1, field(0, "a", &"a".repeat(1000)));
            [frame(HEADERS, 0, 1, &valid), more.repeat(1000)].concat()
        }),
        ("a head in empty frames", {
            [frame(HEADERS, 0, 1, &valid), frame(CONTINUATION, 0, 1, "").repeat(10_000)].concat()
        }),
        ("a head that is 40 MB when unpacked", {
            // Index 62 is the header that was added last.
            let bomb = [&valid[..], &field(0x40, "a", &"a".repeat(4000)), &[128 + 62; 10_000]].concat();
            frame(HEADERS, END_HEADERS, 1, bomb)
        }),
        ("a head that is not HPACK", open(1, &[0xff; 100])),
        ("pings", frame(PING, 0, 0, [0; 8]).repeat(10_000)),
        ("settings", frame(SETTINGS, 0, 0, []).repeat(10_000)),
        ("window updates of zero", frame(WINDOW_UPDATE, 0, 0, [0; 4]).repeat(1000)),
        ("window updates that overflow", frame(WINDOW_UPDATE, 0, 0, [0x7f, 0xff, 0xff, 0xff]).repeat(1000)),
        ("frames of an unknown kind", frame(0x77, 0xff, 1, [0xff; 100]).repeat(1000)),
        ("a frame that is too long", frame(DATA, 0, 1, vec![0; 1 << 20])),
        ("noise", vec![0xff; 1 << 20]),
    ];
    for (what, flood) in floods {
        let mut client = Raw::connect(server.address).await;
        client.send(preface(&[])).await;
        within(client.try_send(flood)).await;
        // It must answer the last ping or hang up.
        within(client.try_send(frame(PING, 0, 0, b"farewell"))).await;
        while let Some(frame) = Frame::read(&mut client).await {
            if frame.kind == DATA {
                without_secrets(0, "", &frame.payload);
            }
            if (frame.kind, frame.flags) == (PING, ACK) && frame.payload == b"farewell" {
                break;
            }
        }
        assert_eq!(Http::Two.ask(server.address, self::signed()).await.0, 200, "{what}");
        assert_eq!(inner.take_seen().len(), 1, "{what}");
    }
    server.assert_unharmed(&inner, 19).await;
}

#[tokio::test]
async fn responses_without_a_flow_control_window_are_delayed_but_not_lost() {
    const STREAMS: usize = 100;

    let (server, inner) = Server::recording(layer()).await;
    let mut client = Raw::connect(server.address).await;
    // SETTINGS_INITIAL_WINDOW_SIZE is nothing.
    client.send(preface(&[0, 4, 0, 0, 0, 0])).await;
    for stream in streams().take(STREAMS) {
        client.send(frame(HEADERS, END_HEADERS, stream, fields(&signed_uri()))).await;
        client.send(frame(DATA, END_STREAM, stream, BODY)).await;
    }
    let mut heads = 0;
    while heads < STREAMS {
        let frame = Frame::read(&mut client).await.expect("an answer");
        assert!(frame.kind != DATA || frame.payload.is_empty(), "there is no window for it");
        heads += usize::from(frame.kind == HEADERS);
    }
    assert_eq!(inner.calls(), STREAMS);
    assert_eq!(Http::Two.ask(server.address, signed()).await.0, 200);

    for stream in streams().take(STREAMS) {
        client.send(frame(WINDOW_UPDATE, 0, stream, [0, 0, 4, 0])).await;
    }
    let mut answers = Vec::new();
    while answers.len() < STREAMS {
        let frame = Frame::read(&mut client).await.expect("an answer");
        if frame.kind == DATA && !frame.payload.is_empty() {
            assert_eq!(frame.payload, OK.as_bytes());
            answers.push(frame.stream);
        }
    }
    answers.sort_unstable();
    assert!(answers.into_iter().eq(streams().take(STREAMS)));
    drop(client);
    server.assert_unharmed(&inner, STREAMS + 1).await;
}

// Handlers that panic.

/// Panics about one user, with a secret in its message.
fn is_fine(account: &str) {
    assert_ne!(account, "mallory", "{TOKEN}");
}

fn of_mallory() -> String {
    BODY.replace("ada", "mallory")
}

#[tokio::test]
async fn a_panicking_handler_is_answered_with_500_and_its_connection_survives() {
    let router = WebhookRouter::new().on(async |hook: Webhook<follow::AfterFollowDelete>| {
        is_fine(&hook.from_account);
        Ack::ok()
    });
    let server = Server::start(layer().layer(router), CONNECTIONS).await;
    let mut one = Raw::connect(server.address).await;
    let mut two = http2(server.address).await;
    for (body, status) in [(of_mallory(), 500), (BODY.to_owned(), 200), (of_mallory(), 500), (BODY.to_owned(), 200)] {
        one.send(head(signed_uri(), &format!("Content-Length: {}", body.len())) + &body).await;
        let answer = one.answer().await;
        let request = post(absolute(server.address, signed_uri()), body);
        let other = Answer::read(within(two.send_request(request)).await.unwrap()).await;
        for (got, answer) in [
            without_secrets(answer.status, &answer.head, &answer.body),
            without_secrets(other.status(), &format!("{:?}", other.head.headers), &other.body),
        ] {
            assert_eq!(got, status);
            if status == 500 {
                assert_eq!(error_info(answer.as_bytes(), 500), "the handler failed");
            }
        }
    }
    drop((one, two));
    server.end().await;
}

#[tokio::test]
async fn a_panicking_service_affects_only_its_own_request() {
    let server = Server::start(
        layer().layer(service_fn(async |request: Request<WebhookBody<Incoming>>| {
            is_fine(if request.extensions().get::<Webhook>().unwrap().body() == BODY { "ada" } else { "mallory" });
            echo(request).await
        })),
        CONNECTIONS,
    )
    .await;
    let good = (200, BODY.to_owned());
    for _ in 0..3 {
        let bad = head(signed_uri(), &format!("Content-Length: {}", of_mallory().len())) + &of_mallory();
        assert_eq!(answers(server.address, webhook(signed_uri()) + &bad).await, std::slice::from_ref(&good));
        let mut client = http2(server.address).await;
        let bad = post(absolute(server.address, signed_uri()), of_mallory());
        assert!(within(client.send_request(bad)).await.is_err());
        let request = post(absolute(server.address, signed_uri()), BODY);
        assert_eq!(within(client.send_request(request)).await.unwrap().status(), 200);
        for http in Http::BOTH {
            assert_eq!(http.ask(server.address, signed()).await, good);
        }
    }
    server.end().await;
}
