//! The layer in real servers: HTTP/1.1 and HTTP/2 over TCP, and the ways in which a body may arrive, or not.

use std::{convert::Infallible, io, net::SocketAddr};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::Full;
use tokio::{sync::mpsc, task::JoinSet};
use tower::{Layer, ServiceBuilder, service_fn};
use tower_tencent_webhook::{Webhook, WebhookBody};

use crate::common::*;

/// Reports that it was dropped.
struct Gone(mpsc::UnboundedSender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// A server with the layer, and its inner service.
async fn server() -> (SocketAddr, Inner) {
    let inner = Inner::default();
    (serve(layer().layer(inner.clone())).await, inner)
}

/// Also reports whenever the layer's future is done or dropped.
async fn server_that_reports() -> (SocketAddr, Inner, mpsc::UnboundedReceiver<()>) {
    let inner = Inner::default();
    let (sender, gone) = mpsc::unbounded_channel();
    let service = ServiceBuilder::new()
        .map_future(move |future| {
            let gone = Gone(sender.clone());
            async move {
                let _gone = gone;
                future.await
            }
        })
        .layer(layer())
        .service(inner.clone());
    (serve(service).await, inner, gone)
}

fn byte_frames() -> Frames {
    Frames::of(BODY.bytes().map(|byte| vec![byte]))
}

// How a body arrives.

#[tokio::test]
async fn a_chunked_body_is_accepted_over_http1() {
    let (server, inner) = server().await;
    let mut client = Raw::connect(server).await;
    client.send(head(signed_uri(), "Transfer-Encoding: chunked")).await;
    let (first, second) = BODY.split_at(40);
    client.send(format!("{:x}\r\n{first}\r\n", first.len())).await;
    client.send(format!("{:x};extension=1\r\n{second}\r\n0\r\n\r\n", second.len())).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, &answer.body[..]), (200, OK.as_bytes()));
    assert_eq!(inner.take_seen()[0].hook().body(), BODY);
}

#[tokio::test]
async fn a_body_may_arrive_byte_by_byte_over_http1() {
    let (server, inner) = server().await;
    // Chunks of one byte …
    let answer = fetch(server, Request::post(signed_uri()).body(byte_frames()).unwrap()).await;
    assert_eq!(answer.status(), 200);
    // … and packets of one byte, the head among them.
    let mut client = Raw::connect(server).await;
    for byte in webhook(signed_uri()).bytes() {
        client.send([byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer().await.status, 200);
    for seen in inner.take_seen() {
        assert_eq!(seen.body, BODY);
        assert_eq!(seen.hook().body(), BODY);
    }
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn a_body_may_arrive_byte_by_byte_over_http2() {
    let (server, inner) = server().await;
    let mut client = http2(server).await;
    let request = Request::post(absolute(server, signed_uri())).body(byte_frames()).unwrap();
    let answer = Answer::read(within(client.send_request(request)).await.unwrap()).await;
    assert_eq!((answer.status(), &answer.body[..]), (200, OK.as_bytes()));
    let seen = inner.take_seen().remove(0);
    assert_eq!(seen.head.version, Version::HTTP_2);
    assert_eq!(seen.body, BODY);
    assert_eq!(seen.hook().body(), BODY);
}

#[tokio::test]
async fn trailers_arrive_over_http1() {
    let (server, inner) = server().await;
    let mut client = Raw::connect(server).await;
    client.send(head(signed_uri(), "Transfer-Encoding: chunked\r\nTrailer: x-sum")).await;
    client.send(format!("{:x}\r\n{BODY}\r\n0\r\nx-sum: 17\r\n\r\n", BODY.len())).await;
    assert_eq!(client.answer().await.status, 200);
    let seen = inner.take_seen().remove(0);
    assert_eq!((seen.body, seen.trailers), (Bytes::from(BODY), Some(trailers())));
}

#[tokio::test]
async fn trailers_arrive_over_http2() {
    let (server, inner) = server().await;
    let mut client = http2(server).await;
    for body in [Frames::of([BODY]), byte_frames()] {
        let body = body.then_trailers(trailers());
        let request = Request::post(absolute(server, signed_uri())).body(body).unwrap();
        assert_eq!(within(client.send_request(request)).await.unwrap().status(), 200);
        let seen = inner.take_seen().remove(0);
        assert_eq!((seen.body, seen.trailers), (Bytes::from(BODY), Some(trailers())));
    }
}

#[tokio::test]
async fn rejections_over_http2_leave_the_connection_usable() {
    let (server, inner) = server().await;
    let mut client = http2(server).await;
    let missing = forged_uri().replace(COMMAND, "");
    for (uri, body, status) in [
        ("/im".to_owned(), BODY.to_owned(), 400),
        (missing, BODY.to_owned(), 400),
        (forged_uri(), BODY.to_owned(), 401),
        (signed_uri(), "nonsense".to_owned(), 400),
        (signed_uri(), " ".repeat(300 * 1024), 413),
    ] {
        let request = post(absolute(server, uri), body);
        let answer = Answer::read(within(client.send_request(request)).await.unwrap()).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.head.headers["content-type"], "application/json");
        error_info(&answer.body, status);
    }
    assert_eq!(inner.calls(), 0);
    let request = post(absolute(server, signed_uri()), BODY);
    assert_eq!(within(client.send_request(request)).await.unwrap().status(), 200, "the connection is still usable");
}

// Expect: 100-continue.

#[tokio::test]
async fn expect_100_continue_is_answered_for_a_signed_webhook() {
    let (server, inner) = server().await;
    let mut client = Raw::connect(server).await;
    let headers = format!("Content-Length: {}\r\nExpect: 100-continue", BODY.len());
    client.send(head(signed_uri(), &headers)).await;
    assert_eq!(client.answer().await.status, 100);
    assert_eq!(inner.calls(), 0);
    client.send(BODY).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(inner.calls(), 1);
}

#[tokio::test]
async fn expect_100_continue_is_not_answered_for_a_rejected_webhook() {
    let (server, inner) = server().await;
    for (uri, len, status) in [(forged_uri(), BODY.len(), 401), (signed_uri(), 300 * 1024, 413)] {
        let mut client = Raw::connect(server).await;
        client.send(head(uri, &format!("Content-Length: {len}\r\nExpect: 100-continue"))).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status, "the final response comes first");
        error_info(&answer.body, status);
    }
    assert_eq!(inner.calls(), 0);
}

// Many requests on one connection.

#[tokio::test]
async fn a_connection_survives_what_was_read() {
    let (server, inner) = server().await;
    let mut client = Raw::connect(server).await;
    for rejected in 0..3 {
        client.send(head(signed_uri(), "Content-Length: 2") + "[]").await;
        assert_eq!(client.answer().await.status, 400);
        client.send(webhook(signed_uri())).await;
        assert_eq!(client.answer().await.status, 200);
        assert_eq!(inner.calls(), rejected + 1);
    }
}

/// hyper closes the connection of a request that it has not read, unless it happens to have it all. A proxy that is not
/// told sends the next webhook there.
#[tokio::test]
async fn a_connection_ends_with_an_answer_to_what_was_not_read() {
    let (server, inner) = server().await;
    let chunked = head(signed_uri(), "Transfer-Encoding: chunked") + "fffff\r\n";
    for (sent, status) in [
        (webhook(forged_uri()), 401),
        (head(forged_uri(), "Content-Length: 200000"), 401),
        (head(signed_uri(), "Content-Length: 300000"), 413),
        (chunked + &" ".repeat(256 * 1024 + 1), 413),
    ] {
        let mut client = Raw::connect(server).await;
        client.try_send(sent).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status);
        assert!(answer.head.contains("\r\nconnection: close\r\n"), "{}", answer.head);
        assert!(!client.read_more().await, "the connection is still open");
    }
    assert_eq!(inner.calls(), 0);
}

#[tokio::test]
async fn concurrent_streams_get_their_own_responses() {
    const STREAMS: usize = 64;

    // Each webhook is answered with its own body.
    let server = serve(layer().layer(service_fn(|request: Request<WebhookBody<_>>| async move {
        let hook: &Webhook = request.extensions().get().unwrap();
        Ok::<_, Infallible>(Response::new(Full::new(hook.body().clone())))
    })))
    .await;
    let client = http2(server).await;
    let mut senders = Vec::new();
    let mut answers = JoinSet::new();
    for stream in 0..STREAMS {
        let (sender, body) = channel();
        let whole = BODY.replace("ada", &format!("user_{stream}"));
        let (first, second) = whole.split_at(60 + stream % 20);
        sender.send(first.to_owned().into()).unwrap();
        senders.push((sender, second.to_owned()));
        let mut client = client.clone();
        answers.spawn(async move {
            let request = Request::post(absolute(server, signed_uri())).body(body).unwrap();
            let answer = Answer::read(client.send_request(request).await.unwrap()).await;
            assert_eq!((answer.status(), &answer.body[..]), (200, whole.as_bytes()));
        });
    }
    // None is complete so far; the last one is completed first.
    while let Some((sender, rest)) = senders.pop() {
        sender.send(rest.into()).unwrap();
    }
    let mut answered = 0;
    while let Some(answer) = within(answers.join_next()).await {
        answer.unwrap();
        answered += 1;
    }
    assert_eq!(answered, STREAMS);
}

// Clients that leave.

#[tokio::test]
async fn a_webhook_whose_client_leaves_mid_body_is_not_handled() {
    let (server, inner, mut gone) = server_that_reports().await;
    for headers in [format!("Content-Length: {}", BODY.len()), "Transfer-Encoding: chunked".to_owned()] {
        let mut client = Raw::connect(server).await;
        client.send(head(signed_uri(), &headers)).await;
        client.send(if headers.contains("chunked") { "3\r\n{  \r\n" } else { &BODY[..50] }).await;
        drop(client);
        within(gone.recv()).await.unwrap();
    }
    assert_eq!(inner.calls(), 0);
    assert_eq!(fetch(server, signed()).await.status(), 200);
}

#[tokio::test]
async fn a_chunked_body_without_its_last_chunk_is_rejected() {
    let (server, inner) = server().await;
    let mut client = Raw::connect(server).await;
    client.send(head(signed_uri(), "Transfer-Encoding: chunked")).await;
    // The whole event is there, but not the end of the body.
    client.send(format!("{:x}\r\n{BODY}\r\n", BODY.len())).await;
    client.finish().await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 400);
    error_info(&answer.body, 400);
    assert_eq!(inner.calls(), 0);
}

#[tokio::test]
async fn a_stream_reset_mid_body_is_not_handled() {
    let (server, inner, mut gone) = server_that_reports().await;
    let mut client = http2(server).await;
    // The whole event is there, but not the end of the body.
    let body = Frames::of([BODY]).then_error(io::Error::other("the client gives up"));
    let request = Request::post(absolute(server, signed_uri())).body(body).unwrap();
    let sent = client.send_request(request);
    within(gone.recv()).await.unwrap();
    assert_eq!(inner.calls(), 0);
    assert!(within(sent).await.is_err());

    let request = Request::post(absolute(server, signed_uri())).body(Frames::of([BODY])).unwrap();
    assert_eq!(within(client.send_request(request)).await.unwrap().status(), 200, "the connection is still usable");
    assert_eq!(inner.calls(), 1);
}
