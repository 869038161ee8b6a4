//! What the integration tests share: an app and its genuine webhooks, bodies that are watched, an inner service that
//! remembers, and servers and clients over loopback TCP.

#![allow(dead_code, unreachable_pub)] // Each test file needs its own part of it.

pub mod frames;

use std::{
    collections::VecDeque,
    convert::Infallible,
    error::Error,
    fmt::Debug,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header::CONTENT_TYPE, request::Parts};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tower::{Layer, Service, ServiceExt};
use tower_tencent_webhook::{Ack, App, Rejection, RejectionKind, Reply, Webhook, WebhookLayer, signer::Signer};

pub const APP: u64 = 1_400_000_000;
pub const TOKEN: &str = "correct horse battery staple";
pub const COMMAND: &str = "Follow.CallbackAfterFollowDelete";
pub const BODY: &str = concat!(
    r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"ada","#,
    r#""To_Account":["linus","grace"],"EventTime":1702018343678}"#
);
pub const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

pub type BoxError = Box<dyn Error + Send + Sync>;

pub fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

/// The layer that most tests are about.
pub fn layer() -> WebhookLayer {
    WebhookLayer::new(app()).path("/im")
}

pub fn signer() -> Signer {
    Signer::new(&app()).url("/im")
}

/// A webhook that [`layer`] accepts.
pub fn genuine() -> Request<Full<Bytes>> {
    signer().request(COMMAND, BODY, SystemTime::now())
}

/// The URL of [`genuine`].
pub fn genuine_uri() -> String {
    signer().uri(COMMAND, SystemTime::now()).to_string()
}

/// [`genuine_uri`] with another `Sign`.
pub fn forged_uri() -> String {
    let uri = genuine_uri();
    let (rest, sign) = uri.split_once("&Sign=").unwrap();
    format!("{rest}&Sign={}", "0".repeat(sign.len()))
}

/// A URL as HTTP/2 needs it.
pub fn absolute(server: SocketAddr, uri: impl AsRef<str>) -> String {
    format!("http://{server}{}", uri.as_ref())
}

/// A POST to a URL.
pub fn post(uri: impl AsRef<str>, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(uri.as_ref()).body(Full::new(body.into())).unwrap()
}

/// The head of a POST over HTTP/1.1, with these headers.
pub fn head(uri: impl AsRef<str>, headers: &str) -> String {
    format!("POST {} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n", uri.as_ref())
}

/// A whole POST over HTTP/1.1, with the body of [`genuine`].
pub fn webhook(uri: impl AsRef<str>) -> String {
    head(uri, &format!("Content-Length: {}", BODY.len())) + BODY
}

/// `Sign`, made without the help of the crate under test.
pub fn sign(token: &str, request_time: &str) -> String {
    hex(&Sha256::digest(format!("{token}{request_time}")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Guards against a test that hangs; no test measures time by it.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this hangs")
}

// Bodies.

/// Gives its frames one by one, each after a `Poll::Pending`, and counts those that it has given.
#[derive(Debug, Default)]
pub struct Frames {
    frames: VecDeque<io::Result<Frame<Bytes>>>,
    given: Arc<AtomicUsize>,
    waited: bool,
}

impl Frames {
    pub fn of<T: Into<Bytes>>(data: impl IntoIterator<Item = T>) -> Self {
        Self { frames: data.into_iter().map(|data| Ok(Frame::data(data.into()))).collect(), ..Self::default() }
    }

    pub fn then_trailers(mut self, trailers: HeaderMap) -> Self {
        self.frames.push_back(Ok(Frame::trailers(trailers)));
        self
    }

    pub fn then_error(mut self, error: io::Error) -> Self {
        self.frames.push_back(Err(error));
        self
    }

    /// How many frames it has given.
    pub fn given(&self) -> Arc<AtomicUsize> {
        self.given.clone()
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.waited = !self.waited;
        if self.waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.given.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(self.frames.pop_front())
    }
}

/// Panics when it is polled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Untouchable {
    /// What it claims to have.
    pub at_least: u64,
}

impl Body for Untouchable {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("this body must not be read");
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.at_least);
        hint
    }
}

/// A body that ends when its sender is dropped.
pub fn channel() -> (mpsc::UnboundedSender<Bytes>, Channel) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Channel(receiver))
}

#[derive(Debug)]
pub struct Channel(mpsc::UnboundedReceiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}

// The inner service.

/// Answers `Ack::ok()` and remembers what reached it.
#[derive(Clone, Debug, Default)]
pub struct Inner {
    calls: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that reached the inner service.
#[derive(Debug)]
pub struct Seen {
    pub head: Parts,
    pub body: Bytes,
    pub trailers: Option<HeaderMap>,
}

impl Seen {
    pub fn hook(&self) -> &Webhook {
        self.head.extensions.get().expect("no webhook in the request's extensions")
    }
}

impl Inner {
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl<B> Service<Request<B>> for Inner
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Debug,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let seen = self.seen.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.expect("the inner service gets whole bodies");
            let trailers = body.trailers().cloned();
            seen.lock().unwrap().push(Seen { head, body: body.to_bytes(), trailers });
            Ok(Reply::from(Ack::ok()).into_response())
        })
    }
}

// Answers.

/// An answer, its body read.
#[derive(Debug)]
pub struct Answer {
    pub head: http::response::Parts,
    pub body: Bytes,
}

impl Answer {
    pub async fn read<R>(response: Response<R>) -> Self
    where
        R: Body,
        R::Error: Debug,
    {
        let (head, body) = response.into_parts();
        Self { head, body: body.collect().await.unwrap().to_bytes() }
    }

    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    pub fn rejection(&self) -> &Rejection {
        self.head.extensions.get().expect("no rejection in the answer's extensions")
    }
}

/// `ErrorInfo` of a body that must be that of a refusal, to the byte.
pub fn refusal_info(body: &[u8], status: u16) -> String {
    let json: serde_json::Value = serde_json::from_slice(body).expect("a refusal is JSON");
    let info = json["ErrorInfo"].as_str().expect("ErrorInfo is a string");
    let quoted = serde_json::to_string(info).unwrap();
    let exactly = format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{status},"ErrorInfo":{quoted}}}"#);
    assert_eq!(String::from_utf8_lossy(body), exactly);
    info.to_owned()
}

/// What came of a request that was sent through a layer.
#[derive(Debug)]
pub struct Outcome {
    pub answer: Answer,
    pub calls: usize,
    pub seen: Vec<Seen>,
}

impl Outcome {
    /// It must have been accepted: this is what reached the inner service.
    #[track_caller]
    pub fn accepted(mut self) -> Seen {
        assert_eq!(self.answer.status(), 200, "{:?}", self.answer.body);
        assert_eq!(self.answer.body, OK);
        assert_eq!((self.calls, self.seen.len()), (1, 1));
        self.seen.remove(0)
    }

    /// It must have been refused, so: this is the `ErrorInfo`.
    #[track_caller]
    pub fn refused(self, status: u16, kind: RejectionKind) -> String {
        assert_eq!(self.answer.status(), status, "{:?}", self.answer.body);
        assert_eq!(self.answer.head.headers[CONTENT_TYPE], "application/json");
        assert_eq!(self.answer.rejection().kind(), kind);
        assert_eq!(self.answer.rejection().status().as_u16(), status);
        let info = refusal_info(&self.answer.body, status);
        assert_eq!(info, self.answer.rejection().to_string());
        assert_eq!(self.calls, 0, "the inner service was called");
        info
    }
}

/// Calls a service once.
pub async fn call<S, B, R>(service: S, request: Request<B>) -> Answer
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    R: Body,
    R::Error: Debug,
{
    Answer::read(within(service.oneshot(request)).await.unwrap()).await
}

/// Sends a request through a layer in memory.
pub async fn ask_in_memory<B>(layer: &WebhookLayer, request: Request<B>) -> Outcome
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Debug,
{
    let inner = Inner::default();
    let answer = call(layer.layer(inner.clone()), request).await;
    Outcome { answer, calls: inner.calls(), seen: inner.take_seen() }
}

/// Sends a request through a layer, in memory and over TCP. Both must come to the same.
pub async fn ask(layer: &WebhookLayer, request: Request<Full<Bytes>>) -> Outcome {
    let memory = ask_in_memory(layer, request.clone()).await;

    let inner = Inner::default();
    let server = serve(layer.layer(inner.clone())).await;
    let answer = fetch(server, request).await;
    assert_eq!(answer.status(), memory.answer.status());
    assert_eq!(answer.body, memory.answer.body);
    assert_eq!(answer.head.headers.get(CONTENT_TYPE), memory.answer.head.headers.get(CONTENT_TYPE));
    assert_eq!(inner.calls(), memory.calls);
    for (tcp, memory) in inner.take_seen().iter().zip(&memory.seen) {
        assert_eq!(tcp.head.extensions.get::<Webhook>(), memory.head.extensions.get());
        assert_eq!(tcp.body, memory.body);
    }
    memory
}

// Servers.

/// Serves HTTP/1.1 and HTTP/2 on a port of its own, until the test's runtime ends.
pub async fn serve<S, R>(service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    R: Body + Send + 'static,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                // Clients that go away are a part of the tests.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

// Clients.

async fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub async fn http1<B>(server: SocketAddr) -> hyper::client::conn::http1::SendRequest<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let stream = connect(server).await;
    let (client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Over HTTP/2 with prior knowledge. Its requests need absolute URLs.
pub async fn http2<B>(server: SocketAddr) -> hyper::client::conn::http2::SendRequest<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let stream = connect(server).await;
    let executor = TokioExecutor::new();
    let (client, connection) = hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Sends a request on an HTTP/1.1 connection of its own.
pub async fn fetch<B>(server: SocketAddr, request: Request<B>) -> Answer
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    within(async { Answer::read(http1(server).await.send_request(request).await.unwrap()).await }).await
}

/// An HTTP/1.1 client that sends what it is told, byte for byte.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What [`Raw`] has read of one answer.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Raw {
    pub async fn connect(server: SocketAddr) -> Self {
        Self::over(connect(server).await)
    }

    pub fn over(stream: TcpStream) -> Self {
        Self { stream, received: Vec::new() }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends no more, but still listens.
    pub async fn finish(&mut self) {
        // Where the server has hung up already, there is nothing to say.
        _ = self.stream.shutdown().await;
    }

    /// Sends to a server that may hang up before the end, or never read it: whether it took all.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Goes away without a farewell: the server sees a reset.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Waits for more: whether any came before the end of the connection.
    pub async fn hears(&mut self) -> bool {
        // Who still sends to a server that has hung up sees a reset. What came before it counts all the same.
        matches!(within(self.stream.read_buf(&mut self.received)).await, Ok(1..))
    }

    /// All answers up to the end of the connection.
    pub async fn answers(&mut self) -> Vec<RawAnswer> {
        while self.hears().await {}
        let mut answers = Vec::new();
        while !self.received.is_empty() {
            answers.push(self.answer().await);
        }
        answers
    }

    /// The next bytes, or none where the connection ends before.
    pub async fn bytes(&mut self, len: usize) -> Option<Vec<u8>> {
        while self.received.len() < len {
            self.hears().await.then_some(())?;
        }
        Some(self.received.drain(..len).collect())
    }

    /// The next answer; a `100 Continue` is one.
    pub async fn answer(&mut self) -> RawAnswer {
        let head_len = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert_ne!(self.read().await, 0, "closed before an answer: {:?}", String::from_utf8_lossy(&self.received));
        };
        let head = String::from_utf8(self.received.drain(..head_len).collect()).unwrap().to_lowercase();
        let status = head.strip_prefix("http/1.").unwrap()[2..5].parse().unwrap();
        let body_len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let body_len = body_len.map_or(0, |len| len.parse().unwrap());
        while self.received.len() < body_len {
            assert_ne!(self.read().await, 0, "closed before the end of an answer");
        }
        RawAnswer { status, head, body: self.received.drain(..body_len).collect() }
    }

    async fn read(&mut self) -> usize {
        within(self.stream.read_buf(&mut self.received)).await.unwrap()
    }
}
