//! The load: the same signed webhook over and over on 16 connections, and a look at each answer.
//!
//! It is light, so that the server is what is busy: ready-made bytes, written and read without waiting by one thread
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

/// A genuine webhook, as fresh as now.
pub fn webhook(server: SocketAddr) -> Request<Full<Bytes>> {
    let url = format!("http://{server}{PATH}");
    let mut request = Signer::new(&app()).url(&url).request(UNFOLLOW, unfollow(), SystemTime::now());
    request.headers_mut().insert(header::USER_AGENT, "webhook-sender/1.0".parse().unwrap());
    request
}

/// The bytes of [`webhook`] in HTTP/1.1.
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
    /// Connects, and asks once on each connection.
    pub fn connect(server: SocketAddr, connections: usize) -> Self {
        let request = webhook_bytes(server);
        Self { server, connections: (0..connections).map(|_| Connection::open(server, &request)).collect() }
    }

    /// As many requests as the server can take, each connection's next on its last's answer. Gives their number.
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
            assert!(elapsed < duration + HANGS, "no answer from {}", self.server);
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

    /// Requests by the clock, however long the answers take: so many a second, on whichever connection is free. Gives
    /// the time from when each was due to when its answer was there, so that a server that stalls is charged for all
    /// who had to wait.
    pub fn open(&mut self, duration: Duration, per_second: f64) -> Vec<Duration> {
        let request = webhook_bytes(self.server);
        let count = (duration.as_secs_f64() * per_second) as usize;
        let (mut sent, mut latencies) = (0, Vec::with_capacity(count));
        let start = Instant::now();
        while latencies.len() < count {
            let mut idle = true;
            let now = Instant::now();
            assert!(now < start + duration + HANGS, "no answer from {}", self.server);
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
    /// Room for an answer: all are as long as the first.
    answer: Vec<u8>,
    received: usize,
    /// When the request was due that waits for its answer.
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
            assert!(len > 0 && answer.len() < part.len(), "not the answer: {text}");
        }
        stream.set_nonblocking(true).unwrap();
        Self { stream, answer, received: 0, due: None }
    }

    fn send(&mut self, request: &[u8], due: Instant) {
        assert_eq!(self.stream.write(request).unwrap(), request.len(), "the server reads nothing");
        self.due = Some(due);
    }

    /// Reads what has come. When the answer is there, gives when its request was due.
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
            "not the answer: {}",
            String::from_utf8_lossy(&self.answer)
        );
        self.received = 0;
        self.due.take()
    }
}
