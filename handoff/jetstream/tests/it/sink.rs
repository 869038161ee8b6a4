//! What is answered 200 is in the stream, and what is not answered may be.

use std::{error::Error, time::Duration};

use async_nats::jetstream;
use http::{Request, Response};
use http_body_util::Full;
use tokio::time::Instant;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt};
use tower_tencent_webhook::{
    AfterFailure, Event, FailurePolicy, Policy, Webhook, WebhookLayer, WebhookRouter, signer::Signer,
};
use tower_tencent_webhook_handoff_testing::{Server, eventually};
use tower_tencent_webhook_jetstream::{JetStream, PublishErrorKind, ensure_stream};

use crate::common::{app, events, kill, message, stored, streams};

/// Hands off a webhook as it comes from Chat: the status of the answer.
async fn receive<S>(sink: S, command: &str, body: &str) -> u16
where
    S: Service<Webhook, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
{
    let layer = WebhookLayer::new(app())
        .on_malformed(Policy::Forward)
        .on_failure(FailurePolicy::new().after(AfterFailure::Reject));
    let service = layer.layer(WebhookRouter::new().hand_off(sink));
    let request: Request<Full<bytes::Bytes>> =
        Signer::new(&app()).request(command, body.to_owned(), std::time::SystemTime::now());
    let answer: Response<_> = service.oneshot(request).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn an_event_is_stored_before_it_is_acknowledged_and_a_repeat_is_told() {
    let (_server, client) = streams().await;
    let sink = JetStream::new(client.clone());
    let first = sink.clone().oneshot(message(1)).await.unwrap();
    assert_eq!((first.stream(), first.sequence(), first.is_duplicate()), ("EVENTS", 1, false));
    let again = sink.clone().oneshot(message(1)).await.unwrap();
    assert_eq!((again.sequence(), again.is_duplicate()), (1, true));
    let other = sink.oneshot(message(2)).await.unwrap();
    assert_eq!((other.sequence(), other.is_duplicate()), (2, false));

    let stored = stored(&client, "EVENTS").await;
    assert_eq!(stored.len(), 2);
    let (subject, event) = &stored[0];
    assert_eq!(subject, "tencent.1400000000.im.C2C.CallbackAfterSendMsg");
    assert_eq!(event.data(), message(1).body());
    assert_eq!(event.identity(), message(1).identity());
    let read = Webhook::from_cloud_event(event).unwrap();
    assert!(matches!(read.event(), Event::C2CAfterSendMsg(_)), "{read:?}");
}

#[tokio::test]
async fn events_without_identity_are_all_stored() {
    let (_server, client) = streams().await;
    let hook = Signer::new(&app()).any_webhook("Sns.CallbackFriendAdd", "{\"PairList\":[]}").unwrap();
    assert_eq!(hook.identity(), None);
    let sink = JetStream::new(client);
    for sequence in 1..=2 {
        let stored = sink.clone().oneshot(hook.clone()).await.unwrap();
        assert_eq!((stored.sequence(), stored.is_duplicate()), (sequence, false));
    }
}

#[tokio::test]
async fn a_webhook_is_answered_200_only_when_it_is_stored() {
    let (mut server, client) = streams().await;
    let sink = JetStream::new(client.clone()).deadline(Duration::from_millis(500));
    let body = |number| String::from_utf8(message(number).body().to_vec()).unwrap();
    assert_eq!(receive(sink.clone(), "C2C.CallbackAfterSendMsg", &body(1)).await, 200);
    kill(&mut server, &client).await;
    assert_eq!(receive(sink.clone(), "C2C.CallbackAfterSendMsg", &body(2)).await, 500);
    server.start().await;
    // What was answered 500 arrives later all the same.
    eventually("the buffered event is stored", async || stored(&client, "EVENTS").await.len() == 2).await;
    assert_eq!(receive(sink.clone(), "C2C.CallbackAfterSendMsg", &body(2)).await, 200);
    assert_eq!(stored(&client, "EVENTS").await.len(), 2);
}

#[tokio::test]
async fn a_publish_fails_at_its_deadline_while_the_server_is_down() {
    let (mut server, client) = streams().await;
    server.kill();
    let deadline = Duration::from_millis(300);
    let start = Instant::now();
    let error = JetStream::new(client).deadline(deadline).oneshot(message(1)).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::TimedOut);
    assert!(start.elapsed() >= deadline);
    assert_eq!(error.to_string(), "JetStream has not acknowledged the event in time");
}

#[tokio::test]
async fn an_outage_that_ends_before_the_deadline_is_not_noticed() {
    for noticed_before in [false, true] {
        let (mut server, client) = streams().await;
        let sink = JetStream::new(client.clone()).deadline(Duration::from_secs(60));
        match noticed_before {
            true => kill(&mut server, &client).await,
            false => server.kill(),
        }
        let publish = tokio::spawn(sink.oneshot(message(1)));
        tokio::task::yield_now().await;
        server.start().await;
        assert_eq!(publish.await.unwrap().unwrap().sequence(), 1);
        assert_eq!(stored(&client, "EVENTS").await.len(), 1);
    }
}

#[tokio::test]
async fn a_subject_without_stream_is_tried_until_the_deadline() {
    let server = Server::nats().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let sink = JetStream::new(client.clone());
    let error = sink.clone().deadline(Duration::from_millis(200)).oneshot(message(1)).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::NoStream);
    assert!(error.source().is_some());
    let publish = tokio::spawn(sink.deadline(Duration::from_secs(60)).oneshot(message(1)));
    ensure_stream(&jetstream::new(client), &events()).await.unwrap();
    assert_eq!(publish.await.unwrap().unwrap().stream(), "EVENTS");
}

#[tokio::test]
async fn what_is_larger_than_the_server_allows_fails_at_once() {
    let (_server, client) = streams().await;
    let body = format!("{{\"Text\":\"{}\"}}", "a".repeat(1 << 20));
    let hook = Signer::new(&app()).any_webhook("Moon.CallbackAfterRise", body).unwrap();
    let error = JetStream::new(client).deadline(Duration::from_secs(600)).oneshot(hook).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::TooLarge);
}

#[tokio::test]
async fn a_full_stream_refuses_new_events_and_keeps_the_old_ones() {
    let server = Server::nats().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    ensure_stream(&jetstream::new(client.clone()), &events().max_bytes(2000)).await.unwrap();
    let sink = JetStream::new(client.clone());
    let mut taken = 0;
    let error = loop {
        match sink.clone().oneshot(message(taken)).await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), PublishErrorKind::Refused);
    assert!(taken > 0);
    assert_eq!(stored(&client, "EVENTS").await[0].1.identity(), message(0).identity());
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_handed_off_all_the_same() {
    let (_server, client) = streams().await;
    let body = r#"{"From_Account":{"not":"a name"},"MsgBody":7}"#;
    assert_eq!(receive(JetStream::new(client.clone()), "C2C.CallbackAfterSendMsg", body).await, 200);
    let stored = stored(&client, "EVENTS").await;
    assert_eq!(stored[0].1.data(), body);
    assert!(matches!(Webhook::from_cloud_event(&stored[0].1).unwrap().event(), Event::Other(_)));
}

#[tokio::test]
async fn odd_commands_have_subjects_too() {
    let (_server, client) = streams().await;
    let sink = JetStream::new(client.clone());
    for command in ["Moon.>.*", "a b", "..", "Moon.好"] {
        assert_eq!(receive(sink.clone(), command, r#"{"Phase":"full"}"#).await, 200, "{command}");
    }
    let stored = stored(&client, "EVENTS").await;
    let subjects: Vec<_> =
        stored.iter().map(|(subject, _)| subject.strip_prefix("tencent.1400000000.im.").unwrap()).collect();
    assert_eq!(subjects, ["Moon.%3E.%2A", "a%20b", "%2E%2E", "Moon.%E5%A5%BD"]);
    assert_eq!(stored[3].1.event_type(), "com.tencent.im.Moon.好");
}

#[tokio::test]
async fn a_prefix_is_part_of_the_subject() {
    let server = Server::nats().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    ensure_stream(&jetstream::new(client.clone()), &events().prefix("acme.chat")).await.unwrap();
    let sink = JetStream::new(client).prefix("acme.chat");
    assert_eq!(sink.subject(&message(1).cloud_event()), "acme.chat.1400000000.im.C2C.CallbackAfterSendMsg");
    assert_eq!(sink.oneshot(message(1)).await.unwrap().stream(), "EVENTS");
}

#[tokio::test]
async fn what_is_one_too_many_is_shed_and_what_waits_has_its_time() {
    let (mut server, client) = streams().await;
    let sink = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(2)
        .timeout(Duration::from_millis(700))
        .service(JetStream::new(client).deadline(Duration::from_secs(60)));
    server.kill();
    let start = Instant::now();
    let publish = |number| tokio::spawn(sink.clone().oneshot(message(number)));
    let waiting = [publish(1), publish(2)];
    tokio::task::yield_now().await;
    let error = publish(3).await.unwrap().unwrap_err();
    assert!(error.is::<tower::load_shed::error::Overloaded>(), "{error}");
    for waiting in waiting {
        let error = waiting.await.unwrap().unwrap_err();
        assert!(error.is::<tower::timeout::error::Elapsed>(), "{error}");
    }
    assert!(start.elapsed() >= Duration::from_millis(700));
    server.start().await;
    // There is room again.
    assert!(sink.oneshot(message(4)).await.is_ok());
}

#[test]
fn debug_tells_no_secrets() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let sink = runtime.block_on(async {
        let options = async_nats::ConnectOptions::with_user_and_password("ada".to_owned(), "quay7".to_owned());
        let url = "nats://127.0.0.1:1";
        JetStream::new(options.retry_on_initial_connect().connect(url).await.unwrap())
    });
    let debug = format!("{sink:?}");
    assert!(!debug.contains("quay7") && debug.contains("tencent"), "{debug}");
}
