//! The console's check of the URL, when it is entered there: answered with HTTP 200, and no handler hears of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use tower::Layer;
use tower_tencent_webhook::{
    Ack, AfterFailure, App, BeforeFailure, Policy, Receiver, Rejection, RejectionKind, Webhook, WebhookLayer,
    WebhookRouter, signer::Signer,
};

use crate::common::*;

const TOKEN: &str = "f2-token-of-the-tests";
const TIME: u64 = 1_790_000_000;
/// Of [`TOKEN`] and [`TIME`].
const SIGNED: &str = "Sign=18f69c5cb726aa1c5d94a20831e0edd3c42e17c328cf283dcf1623f1afef3e8e&RequestTime=1790000000";
const WITH_COMMAND: &str = "SdkAppid=1400000000&CallbackCommand=State.StateChange&contenttype=json\
                            &ClientIP=203.0.113.9&OptPlatform=RESTAPI";

fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

fn receiver() -> Receiver {
    Receiver::new(App::unsigned(7)).app(App::signed(8, "another token").unwrap()).app(app())
}

fn receive_at(seconds: u64, query: &str, body: &str) -> Result<Webhook, Rejection> {
    let (head, ()) = Request::post(format!("/im?{query}")).body(()).unwrap().into_parts();
    let context = receiver().verify(&head, UNIX_EPOCH + Duration::from_secs(seconds))?;
    receiver().parse(context, body.to_owned().into())
}

#[track_caller]
fn kind(query: &str, body: &str) -> RejectionKind {
    receive_at(TIME, query, body).unwrap_err().kind()
}

#[test]
fn what_is_signed_and_says_nothing_is_a_check() {
    let with_command = format!("{WITH_COMMAND}&{SIGNED}");
    for body in ["{}", "", " \r\n\t", "{ }", " {\n} "] {
        assert_eq!(kind(&with_command, body), RejectionKind::UrlCheck, "{body:?}");
        let unknown = with_command.replace("State.StateChange", "Moon.CallbackAfterRise");
        assert_eq!(kind(&unknown, body), RejectionKind::UrlCheck, "{body:?}");
    }
    for query in
        ["SdkAppid=1400000000&", "SdkAppid=1400000000&CallbackCommand=&", "&", "", "SdkAppid=&", "CallbackCommand&"]
    {
        for body in ["{}", "", BODY] {
            assert_eq!(kind(&format!("{query}{SIGNED}"), body), RejectionKind::UrlCheck, "{query} {body}");
        }
    }
    for body in ["{", "}", "{}{}", "[]", "null", r#"{"":1}"#] {
        assert_eq!(kind(&with_command, body), RejectionKind::Malformed, "{body:?}");
    }
}

#[test]
fn what_is_not_signed_is_no_check() {
    use RejectionKind::*;
    let forged = SIGNED.replace("Sign=1", "Sign=2");
    let without_time = SIGNED.split('&').next().unwrap();
    for unsigned in ["", &forged, without_time, "RequestTime=1790000000"] {
        let kind = |query: &str| kind(&format!("{query}&{unsigned}"), "{}");
        assert_eq!(kind("SdkAppid=1400000000"), MissingCommand, "{unsigned}");
        assert_eq!(kind(""), InvalidSdkAppId, "{unsigned}");
        assert_eq!(kind(WITH_COMMAND), if unsigned == forged { InvalidSign } else { MissingSign }, "{unsigned}");
    }
    // Signed, but not for this app.
    for app in [7, 8, 9] {
        assert_eq!(kind(&format!("SdkAppid={app}&{SIGNED}"), "{}"), MissingCommand, "{app}");
    }
    assert_eq!(kind(&format!("SdkAppid=ada&{SIGNED}"), "{}"), InvalidSdkAppId);
    // A webhook must say which app it is for.
    assert_eq!(kind(&format!("CallbackCommand=State.StateChange&{SIGNED}"), "{}"), InvalidSdkAppId);
    // The webhooks of an unsigned app are read as ever.
    assert_eq!(kind("SdkAppid=7&CallbackCommand=State.StateChange", "{}"), Malformed);
    assert_eq!(kind("SdkAppid=7&CallbackCommand=State.StateChange", ""), Malformed);
    assert!(receive_at(TIME, "SdkAppid=7&CallbackCommand=Moon.CallbackAfterRise", "{}").is_ok());
}

#[test]
fn a_stale_check_is_stale() {
    for query in [WITH_COMMAND, "SdkAppid=1400000000", ""] {
        for (time, expected) in [
            (TIME - 61, RejectionKind::Stale),
            (TIME - 60, RejectionKind::UrlCheck),
            (TIME + 60, RejectionKind::UrlCheck),
            (TIME + 61, RejectionKind::Stale),
        ] {
            let rejection = receive_at(time, &format!("{query}&{SIGNED}"), "{}").unwrap_err();
            assert_eq!(rejection.kind(), expected, "{query} at {time}");
        }
    }
}

/// Not even without the app, if there are too many to try the tokens of all of them.
#[test]
fn a_check_without_an_app_is_tried_with_few_apps_only() {
    let others = |n| (0..n).map(|id| App::signed(id, "another token").unwrap());
    let kind = |receiver: &Receiver, query: &str| {
        receiver.verify_query(query, UNIX_EPOCH + Duration::from_secs(TIME)).unwrap_err().kind()
    };
    for (count, expected) in [(7, RejectionKind::UrlCheck), (8, RejectionKind::InvalidSdkAppId)] {
        let receiver = Receiver::from_apps(others(count).chain([app()])).unwrap();
        assert_eq!(kind(&receiver, SIGNED), expected);
        assert_eq!(kind(&receiver, &format!("SdkAppid=1400000000&{SIGNED}")), RejectionKind::UrlCheck);
    }
    let receiver = Receiver::from_lookup(|id| App::signed(id, TOKEN).ok());
    assert_eq!(kind(&receiver, SIGNED), RejectionKind::InvalidSdkAppId);
    assert_eq!(kind(&receiver, &format!("SdkAppid=1400000000&{SIGNED}")), RejectionKind::UrlCheck);
    assert_eq!(kind(&receiver.app(app()), SIGNED), RejectionKind::UrlCheck);
    // It may be any app's, and apps may have one token.
    let twins = Receiver::from_apps([1, 2].map(|id| App::signed(id, TOKEN).unwrap())).unwrap();
    assert_eq!(kind(&twins, SIGNED), RejectionKind::UrlCheck);
}

/// The console may check the URL with a command that is not in the allow-list.
#[test]
fn a_check_may_have_a_command_that_is_not_allowed() {
    let now = UNIX_EPOCH + Duration::from_secs(TIME);
    let receive = |query: &str, body: &str| {
        let receiver = receiver().allow_commands([FOLLOW]);
        let context = receiver.verify_query(query, now)?;
        receiver.parse(context, body.to_owned().into())
    };
    let signed = format!("{WITH_COMMAND}&{SIGNED}");
    for body in ["{}", "", " { }\n"] {
        assert_eq!(receive(&signed, body).unwrap_err().kind(), RejectionKind::UrlCheck, "{body:?}");
    }
    let sample = sample("State.StateChange").to_string();
    for body in [&*sample, "[]", "not JSON", r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd"}"#] {
        assert_eq!(receive(&signed, body).unwrap_err().kind(), RejectionKind::CommandNotAllowed, "{body:?}");
    }
    // Strangers' bodies are not read for that.
    for query in ["SdkAppid=7&CallbackCommand=State.StateChange", &format!("{WITH_COMMAND}&Sign=0&RequestTime=0")] {
        assert!(receiver().allow_commands([FOLLOW]).verify_query(query, now).is_err(), "{query}");
    }
}

#[tokio::test]
async fn a_small_body_tells_whether_a_command_is_not_allowed_or_checked() {
    let failed = before(BeforeFailure::Refuse).after(AfterFailure::Acknowledge);
    let layer = WebhookLayer::new(app()).path("/im").tolerance(Duration::MAX).allow_commands([FOLLOW]);
    let layer = layer.app(App::unsigned(7)).on_failure(failed);
    let uri = |command: &str| format!("/im?{}&{SIGNED}", WITH_COMMAND.replace("State.StateChange", command));
    let rejected = async |request| deliver(&layer, request).await.rejected(403, RejectionKind::CommandNotAllowed);

    // The failure policy has no say, whatever the body is: the app itself has excluded these.
    for command in ["State.StateChange", MESSAGE, "Moon.CallbackAfterRise"] {
        for body in ["{}", ""] {
            let outcome = deliver(&layer, post(uri(command), body)).await;
            assert_eq!((outcome.answer.status(), outcome.calls), (200, 0), "{command} {body}");
            assert_eq!(outcome.answer.rejection().kind(), RejectionKind::UrlCheck);
        }
        for body in ["[]", "{", BODY, "{ }"] {
            rejected(post(uri(command), body)).await;
        }
    }
    rejected(post("/im?SdkAppid=7&CallbackCommand=State.StateChange", "{}")).await;

    // A body that may be larger is not read, and one that is larger than it said is not read on.
    let send = async |body: Frames| {
        let request = post(uri(MESSAGE), "").map(|_| body);
        deliver_in_memory(&layer, request).await.answer
    };
    let unsized_body = Request::post(uri(MESSAGE)).body(PanicBody::default()).unwrap();
    let outcome = deliver_in_memory(&layer, unsized_body).await;
    assert_eq!(outcome.answer.rejection().kind(), RejectionKind::CommandNotAllowed);
    assert_eq!(send(Frames::of(["{", "}"])).await.status(), 403);
    assert_eq!(send(Frames::of(["{", "}"]).claiming(2)).await.status(), 200);
    assert_eq!(send(Frames::of(["{", "}", " "]).claiming(2)).await.status(), 413);
    assert_eq!(send(Frames::of(["{"]).claiming(2).then_error(std::io::Error::other("reset"))).await.status(), 400);
}

/// It is no failure, and no event.
#[tokio::test]
async fn the_layer_answers_a_check_and_calls_nobody() {
    let layer = WebhookLayer::new(app())
        .path("/im")
        .tolerance(Duration::MAX)
        .on_unknown(Policy::Forward)
        .on_failure(before(BeforeFailure::Refuse));
    for query in [WITH_COMMAND, "SdkAppid=1400000000", ""] {
        for body in ["{}", ""] {
            let outcome = deliver(&layer, post(format!("/im?{query}&{SIGNED}"), body)).await;
            assert_eq!((outcome.answer.status(), outcome.calls), (200, 0), "{query} {body}");
            assert_eq!(outcome.answer.body, OK);
            assert_eq!(outcome.answer.head.headers["content-type"], "application/json");
            assert_eq!(outcome.answer.rejection().kind(), RejectionKind::UrlCheck);
        }
    }

    // For a before-event too, where the answer would decide.
    let router = WebhookRouter::new().fallback(async |_: Webhook| -> Ack { unreachable!() });
    let request = Signer::new(&app()).url("/im").request(MESSAGE, "{}", SystemTime::now());
    assert_eq!(send(layer.layer(router), request).await, ok());
}
