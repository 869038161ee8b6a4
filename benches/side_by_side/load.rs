//! The load: the same signed webhook, repeated on 16 connections, with every response checked.
//!
//! It is cheap, so that the server is the bottleneck: prepared bytes, with non-blocking reads and writes on one thread
//! that has a core of its own.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread::yield_now,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use tower_tencent_webhook::signer::Signer;

use super::{
    common::{UNFOLLOW, app, unfollow},
    receivers::{ANSWER, PATH},
};

pub const CONNECTIONS: usize = 16;
const HANGS: Duration = Duration::from_secs(20);

/// A genuine webhook, signed now.
pub fn webhook(server: SocketAddr) -> Request<Full<Bytes>> {
    let url = format!("http://{server}{PATH}");
    let mut request = Signer::new(&app()).url(&url).request(UNFOLLOW, unfollow(), SystemTime::now());
    request.headers_mut().insert(header::USER_AGENT, "webhook-sender/1.0".parse().unwrap());
    request
}

/// [`webhook`] as HTTP/1.1 bytes.
fn webhook_bytes(server: SocketAddr) -> Vec<u8> {
    let request = webhook(server);
    let target = request.uri().path_and_query().unwrap();
    let mut text = format!("POST {target} HTTP/1.1\r\nhost: {server}\r\n");
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let body = unfollow();
    text += &format!("content-length: {}\r\n\r\n", body.len());
    [text.as_bytes(), &body].concat()
}

/// Keep-alive connections to one server.
#[derive(Debug)]
pub struct Load {
    server: SocketAddr,
    connections: Vec<Connection>,
}

impl Load {
    /// Connects, and sends one request on each connection.
    pub fn connect(server: SocketAddr, connections: usize) -> Self {
        let request = webhook_bytes(server);
        Self { server, connections: (0..connections).map(|_| Connection::open(server, &request)).collect() }
    }

    /// Closed loop: each connection sends its next request when the last is answered. Returns the number of requests.
    pub fn closed(&mut self, duration: Duration) -> u64 {
        let request = webhook_bytes(self.server);
        let start = Instant::now();
        for connection in &mut self.connections {
            connection.send(&request, start);
        }
        let (mut answers, mut waiting) = (0, self.connections.len());
        while waiting > 0 {
            let mut idle = true;
            let elapsed = start.elapsed();
            assert!(elapsed < duration + HANGS, "no response from {}", self.server);
            for connection in self.connections.iter_mut().filter(|connection| connection.due.is_some()) {
                if connection.answered().is_some() {
                    answers += 1;
                    idle = false;
                    if elapsed < duration {
                        connection.send(&request, start);
                    } else {
                        waiting -= 1;
                    }
                }
            }
            if idle {
                yield_now();
            }
        }
        answers
    }

    /// Open loop: `per_second` requests a second, on any free connection, however long the responses take. Returns the
    /// time from when each request was due until its response arrived, so that a server that stalls is charged for
    /// every request that had to wait.
    pub fn open(&mut self, duration: Duration, per_second: f64) -> Vec<Duration> {
        let request = webhook_bytes(self.server);
        let count = (duration.as_secs_f64() * per_second) as usize;
        let (mut sent, mut latencies) = (0, Vec::with_capacity(count));
        let start = Instant::now();
        while latencies.len() < count {
            let mut idle = true;
            let now = Instant::now();
            assert!(now < start + duration + HANGS, "no response from {}", self.server);
            for connection in &mut self.connections {
                if let Some(due) = connection.answered() {
                    latencies.push(due.elapsed());
                    idle = false;
                }
                let due = start + Duration::from_secs_f64(sent as f64 / per_second);
                if connection.due.is_none() && sent < count && due <= now {
                    connection.send(&request, due);
                    sent += 1;
                    idle = false;
                }
            }
            if idle {
                yield_now();
            }
        }
        latencies
    }
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// Buffer for a response: all are as long as the first.
    answer: Vec<u8>,
    received: usize,
    /// When the request in flight was due.
    due: Option<Instant>,
}

impl Connection {
    fn open(server: SocketAddr, request: &[u8]) -> Self {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(HANGS)).unwrap();
        stream.write_all(request).unwrap();
        let (mut answer, mut part) = (Vec::new(), [0; 1024]);
        while !answer.ends_with(ANSWER) {
            let len = stream.read(&mut part).unwrap();
            answer.extend_from_slice(&part[..len]);
            let text = String::from_utf8_lossy(&answer);
            assert!(len > 0 && answer.len() < part.len(), "unexpected response: {text}");
        }
        stream.set_nonblocking(true).unwrap();
        Self { stream, answer, received: 0, due: None }
    }

    fn send(&mut self, request: &[u8], due: Instant) {
        assert_eq!(self.stream.write(request).unwrap(), request.len(), "the server has stopped reading");
        self.due = Some(due);
    }

    /// Reads the data that has arrived. Once the response is complete, returns when its request was due.
    fn answered(&mut self) -> Option<Instant> {
        self.due?;
        match self.stream.read(&mut self.answer[self.received..]) {
            Ok(0) => panic!("the server has hung up"),
            Ok(len) => self.received += len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
        if self.received < self.answer.len() {
            return None;
        }
        assert!(
            self.answer.starts_with(b"HTTP/1.1 200") && self.answer.ends_with(ANSWER),
            "unexpected response: {}",
            String::from_utf8_lossy(&self.answer)
        );
        self.received = 0;
        self.due.take()
    }
}
