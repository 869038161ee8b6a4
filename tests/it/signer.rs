//! Webhooks and requests for the tests of an app.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use http_body_util::Full;
use tower::ServiceExt;
use tower_tencent_webhook::{
    App, Command, Event, Platform, RejectionKind, Verdict, Webhook, WebhookEvent,
    event::{c2c, group, live, state},
    signer::{self, Signer},
};

use crate::common::*;

#[test]
fn a_sample_of_an_event_is_a_webhook_in_one_call() {
    fn check<E: WebhookEvent>() {
        let hook = Webhook::<E>::sample();
        assert_eq!(hook.body(), signer::sample(E::COMMAND));
        assert_eq!(*hook.context().command(), E::COMMAND);
        assert!(hook.context().is_verified());
        assert_eq!(hook.context().app(), 1_400_000_000);
        assert_eq!(hook.context().client_ip(), Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(hook.context().platform(), Some(&Platform::Android));
        let signed = hook.context().request_time().unwrap().to_system_time();
        assert!(signed.elapsed().unwrap() < Duration::from_secs(60));
        assert!(hook.drift().is_empty());
    }

    check::<c2c::BeforeSendMsg>();
    check::<group::AfterNewMemberJoin>();
    check::<live::AfterDelMetadata>();
    check::<state::StateChange>();
}

/// As a user's test does it: nothing says which event it is but the handler.
#[tokio::test]
async fn a_handlers_event_is_inferred() {
    async fn moderate(hook: Webhook<c2c::BeforeSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
        if hook.from_account == "mallory" { Verdict::refuse() } else { Verdict::allow() }
    }

    assert_eq!(moderate(Webhook::sample()).await, Verdict::allow());
    let from_mallory = signer().webhook(r#"{"From_Account":"mallory","To_Account":"ada","MsgBody":[]}"#).unwrap();
    assert_eq!(moderate(from_mallory).await, Verdict::refuse());
}

#[test]
fn every_sample_of_every_command_is_a_webhook() {
    for (command, body) in samples() {
        let hook = signer().any_webhook(command, body).unwrap();
        assert_eq!((hook.event().command(), hook.context().command()), (command, command));
        assert_eq!(hook.body(), body);
        assert_eq!(*hook.event(), Event::parse(command, body).unwrap());
    }
}

#[test]
fn a_signers_webhook_is_what_its_request_is_received_as() {
    let app = App::signed(7, "token").unwrap();
    let signer = Signer::new(&app).client_ip(IpAddr::from([203, 0, 113, 9])).platform(None);
    let hook = signer.webhook::<state::StateChange>(signer::sample("State.StateChange")).unwrap();
    let receiver = tower_tencent_webhook::Receiver::new(app);
    let context = receiver.verify_uri(&signer.uri("State.StateChange", SystemTime::now()), SystemTime::now()).unwrap();
    assert_eq!(hook.context().client_ip(), context.client_ip());
    assert_eq!((hook.context().platform(), hook.context().app()), (None, context.app()));
    let received = receiver.parse(context, hook.body().clone()).unwrap();
    assert_eq!(received.downcast::<state::StateChange>().unwrap().event(), hook.event());
}

#[test]
fn a_body_that_is_not_of_the_event_is_an_error() {
    let kind = |body: &'static str| signer().webhook::<live::AfterSetMetadata>(body).unwrap_err().kind();
    assert_eq!(kind(r#"{"EventTime":7}"#), RejectionKind::Malformed);
    assert_eq!(kind("["), RejectionKind::Malformed);
    assert_eq!(kind("{}"), RejectionKind::UrlCheck);
    assert_eq!(kind(r#"{"CallbackCommand":"State.StateChange"}"#), RejectionKind::CommandMismatch);
    // It is received, but as another event.
    let deleted = sample("Live.CallbackAfterDelMetadata").to_string();
    let rejection = signer().webhook::<live::AfterSetMetadata>(deleted.clone()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::CommandMismatch);
    assert!(signer().any_webhook("Live.CallbackAfterSetMetadata", deleted).is_ok());
}

#[test]
fn a_command_may_be_given_in_any_form() {
    let command = Command::from(COMMAND);
    let owned = String::from(COMMAND);
    let samples = signer::samples(COMMAND);
    assert_eq!(signer::samples(&command), samples);
    assert_eq!(signer::samples(command.clone()), samples);
    assert_eq!(signer::sample(&owned), samples[0]);

    let event = Event::parse(COMMAND, BODY).unwrap();
    let body = BODY.to_owned();
    assert_eq!(Event::parse(&command, &body).unwrap(), event);
    assert_eq!(Event::parse(command, body.as_bytes()).unwrap(), event);
    assert_eq!(Event::parse(owned, Bytes::from(body)).unwrap(), event);
    // An event that keeps its body has a copy of it.
    let other = { Event::parse("Made.Up", String::from(r#"{"a":1}"#).as_str()).unwrap() };
    assert!(matches!(other, Event::Other(other) if other.body == r#"{"a":1}"#));
}

#[tokio::test]
async fn a_request_has_the_body_that_is_wanted() {
    let now = SystemTime::now();
    let text: Request<String> = signer().request_with(COMMAND, BODY.to_owned(), now);
    let bytes: Request<Full<Bytes>> = signer().request(COMMAND, BODY, now);
    assert_eq!(text.uri(), bytes.uri());
    assert_eq!((text.method(), text.headers()), (bytes.method(), bytes.headers()));
    assert_eq!(text.headers()[CONTENT_TYPE], "application/json");

    let app = axum::Router::new().route_service("/im", tower::Layer::layer(&layer(), Inner::default()));
    let request: axum::extract::Request = signer().request_with(COMMAND, axum::body::Body::from(BODY), now);
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
}
