//! Servers and clients over loopback TCP.

use std::net::{Ipv4Addr, SocketAddr};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::Service;

use super::{Answer, BODY, BoxError, within};

/// A URL as HTTP/2 needs it.
pub fn absolute(server: SocketAddr, uri: impl AsRef<str>) -> String {
    format!("http://{server}{}", uri.as_ref())
}

/// The head of a POST over HTTP/1.1, with these headers.
pub fn head(uri: impl AsRef<str>, headers: &str) -> String {
    format!("POST {} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n", uri.as_ref())
}

/// A whole POST over HTTP/1.1, with [`BODY`].
pub fn webhook(uri: impl AsRef<str>) -> String {
    head(uri, &format!("Content-Length: {}", BODY.len())) + BODY
}

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
                // Clients that go away are part of the tests.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

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

/// HTTP/2 with prior knowledge. Requests need absolute URLs.
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

/// A client that sends exactly the bytes it is given.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An HTTP/1.1 response, as [`Raw`] has read it.
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

    /// Closes its sending half, and can still read.
    pub async fn finish(&mut self) {
        // The server may have hung up already.
        _ = self.stream.shutdown().await;
    }

    /// Sends to a server that may hang up: whether it took everything.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Resets the connection.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Reads more: false at the end of the connection.
    pub async fn read_more(&mut self) -> bool {
        // Sending to a server that has hung up ends in a reset. What came before it counts nonetheless.
        matches!(within(self.stream.read_buf(&mut self.received)).await, Ok(1..))
    }

    /// All responses until the connection ends.
    pub async fn answers(&mut self) -> Vec<RawAnswer> {
        while self.read_more().await {}
        let mut answers = Vec::new();
        while !self.received.is_empty() {
            answers.push(self.answer().await);
        }
        answers
    }

    /// The next bytes, or `None` if the connection ends before them.
    pub async fn bytes(&mut self, len: usize) -> Option<Vec<u8>> {
        while self.received.len() < len {
            self.read_more().await.then_some(())?;
        }
        Some(self.received.drain(..len).collect())
    }

    /// The next response; `100 Continue` counts as one.
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
