//! The load over HTTP/2 with prior knowledge: 16 connections, each with one stream at a time.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::TcpStream,
    runtime::{Builder, Runtime},
    task::JoinSet,
};

use super::{
    load::{CONNECTIONS, webhook},
    receivers::ANSWER,
};

/// Connections to one server.
#[derive(Debug)]
pub struct Http2Load {
    server: SocketAddr,
    runtime: Runtime,
    connections: Vec<SendRequest<Full<Bytes>>>,
}

impl Http2Load {
    pub fn connect(server: SocketAddr) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                let stream = TcpStream::connect(server).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
                tokio::spawn(connection);
                connections.push(client);
            }
            connections
        });
        Self { server, runtime, connections }
    }

    /// Closed loop: each stream starts when the last is answered. Returns the number of requests.
    pub fn closed(&mut self, duration: Duration) -> u64 {
        let request = webhook(self.server);
        let end = Instant::now() + duration;
        self.runtime.block_on(async {
            let mut streams = JoinSet::new();
            for client in &self.connections {
                let (mut client, request) = (client.clone(), request.clone());
                streams.spawn(async move {
                    let mut answers = 0;
                    while answers == 0 || Instant::now() < end {
                        let response = client.send_request(request.clone()).await.unwrap();
                        assert_eq!(response.status(), 200);
                        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), ANSWER);
                        answers += 1;
                    }
                    answers
                });
            }
            streams.join_all().await.into_iter().sum()
        })
    }
}
