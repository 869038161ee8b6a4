use std::{net::SocketAddr, thread};

use async_trait::async_trait;
use http::{Response, StatusCode, header::CONTENT_TYPE};
use pingora::{
    apps::http_app::ServeHttp, protocols::http::ServerSession, server::Server, services::listening::Service,
};
use tokio::net::TcpStream;
use tower_tencent_webhook::{FailurePolicy, Receiver, WebhookRouter};

use crate::checks::{LIMIT, assert_shown_in_the_docs, check, over_tcp, receive::receive, receiver, webhooks};

// Shown in the docs.
struct Webhooks {
    receiver: Receiver,
    policy: FailurePolicy,
    router: WebhookRouter,
}

impl Webhooks {
    async fn im(&self, session: &mut ServerSession) -> Result<(u16, Vec<u8>), StatusCode> {
        let mut body = Vec::new();
        while let Some(part) = session.read_request_body().await.map_err(|_| StatusCode::BAD_REQUEST)? {
            body.extend_from_slice(&part);
            if body.len() > LIMIT {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
        }
        let query = session.req_header().uri.query().unwrap_or("");
        let (status, answer) = receive(&self.receiver, &self.policy, &self.router, query, body.into()).await;
        Ok((status, answer.into()))
    }
}
// To here.

#[async_trait]
impl ServeHttp for Webhooks {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let head = session.req_header();
        let (status, body) = match (head.method.as_str(), head.uri.path()) {
            ("POST", "/im") => self.im(session).await.unwrap_or_else(|status| (status.as_u16(), Vec::new())),
            ("GET", "/hello") => (200, b"hello".to_vec()),
            _ => (404, Vec::new()),
        };
        let length = body.len();
        let answer = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
        answer.header("content-length", length).body(body).expect("a status and two headers")
    }
}

/// Starts a server, which only the end of the process ends.
async fn start() -> SocketAddr {
    // Pingora does not say which port it was given.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    thread::spawn(move || {
        let webhooks = Webhooks { receiver: receiver(), policy: FailurePolicy::new(), router: webhooks() };
        let mut service = Service::new("webhooks".to_owned(), webhooks);
        service.add_tcp(&free.to_string());
        let mut server = Server::new(None).unwrap();
        server.bootstrap();
        server.add_service(service);
        server.run_forever()
    });
    while TcpStream::connect(free).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    free
}

#[tokio::test]
async fn pingora_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("pingora.rs"));
    let address = tokio::time::timeout(std::time::Duration::from_secs(20), start()).await.unwrap();
    check(async |request| over_tcp(address, request).await).await;
}
