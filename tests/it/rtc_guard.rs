//! The RTC Engine's callbacks behind the layer: what is genuine is accepted, everything else is rejected before a byte of
//! it is parsed; and Chat's webhooks at the same URL are not affected.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, routing::post as on_post};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_LENGTH};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tower_tencent_webhook::{
    Ack, AfterFailure, App, Command, Event, FailureCause, FailurePolicy, Phase, Policy, Receiver, RejectionKind,
    Verdict, Webhook, WebhookContext, WebhookEvent, WebhookLayer, WebhookRouter,
    event::{c2c, follow},
    rtc,
    signer::{self, Signer},
};

use crate::common::{
    sign::{base64, rtc_sign},
    *,
};

pub const KEY: &str = "Quay7Key";
const OK_RTC: &str = r#"{"code":0}"#;

/// With tabs and newlines, as the vendor prints it.
const TABBED: &str = "{\n\t\"EventGroupId\":\t1,\n\t\"EventType\":\t103,\n\t\"CallbackTs\":\t1756910000321,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t7741,\n\t\t\"EventTs\":\t1756910000,\n\t\t\"EventMsTs\":\t1756910000118,\n\t\t\"UserId\":\t\"anouk\",\n\t\t\"Role\":\t20,\n\t\t\"TerminalType\":\t3,\n\t\t\"UserType\":\t3,\n\t\t\"Reason\":\t1\n\t}\n}";
const TABBED_SIGN: &str = "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPa0=";
/// [`TABBED`], printed again without blanks.
const COMPACT: &str = r#"{"EventGroupId":1,"EventType":103,"CallbackTs":1756910000321,"EventInfo":{"RoomId":7741,"EventTs":1756910000,"EventMsTs":1756910000118,"UserId":"anouk","Role":20,"TerminalType":3,"UserType":3,"Reason":1}}"#;
const COMPACT_SIGN: &str = "0b3t2facwOz1kpqoPpmn9GeKrYpvkyEQI+bD9+wARak=";
const INGEST: &str = r#"{"EventGroupId":7,"EventType":702,"CallbackMsTs":1788040900120,"EventInfo":{"EventMsTs":1788040900001,"TaskId":"ing-5kQ0","Status":0}}"#;
const SENTENCE: &str = r#"{"EventGroupId":9,"EventType":903,"CallbackTs":1788060012590,"EventInfo":{"EventMsTs":1788060012500,"TaskId":"Jv4_aiT0-9pQx","RoomId":"zaal-é","RoomIdType":1,"Payload":{"UserId":"anouk","Text":"Où est la gare ? 🚉","StartTimeMs":9120,"EndTimeMs":11030,"RoundId":"rd-31"}}}"#;

/// The vectors: key, body, `Sign`. The third is the empty body, which is never sent.
const VECTORS: [(&str, &str, &str); 5] = [
    (KEY, TABBED, TABBED_SIGN),
    ("Z", INGEST, "52dOEcnTUbDan9+mAtGuDmTI/ImPAP2P7tGOVSH0Ctk="),
    ("0123456789abcdefghijklmnopqrstUV", SENTENCE, "xlyXwQ8MfRUl6O3vp0Rh/wNoRZbr20GBZFbI7kWmxk4="),
    (KEY, "", "84WqP+LwS4gp9S8D2jI2j24YRyv3qGriJ+y3an7ukas="),
    (KEY, COMPACT, COMPACT_SIGN),
];

fn both() -> App {
    app().rtc_key(KEY).unwrap()
}

fn both_layer() -> WebhookLayer {
    WebhookLayer::new(both()).path("/im")
}

/// A request with these headers.
fn callback(app: &str, sign: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let mut request = post("/im", body);
    let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
    request.headers_mut().insert("SdkAppId", value(app));
    request.headers_mut().insert("Sign", value(sign));
    request
}

/// A genuine callback.
fn genuine(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let body = body.into();
    callback(&APP.to_string(), &rtc_sign(KEY, &body), body)
}

fn now() -> SystemTime {
    SystemTime::now()
}

/// Everything but the path of [`deliver`], which expects the answer to Chat.
async fn accepted(layer: &WebhookLayer, request: Request<Full<Bytes>>) -> Webhook {
    let mut outcome = deliver(layer, request).await;
    assert_eq!(outcome.answer.status(), 200, "{:?}", outcome.answer);
    assert_eq!(outcome.answer.body, OK_RTC);
    assert_eq!(outcome.answer.head.headers["content-type"], "application/json");
    assert_eq!((outcome.calls, outcome.seen.len()), (1, 1));
    outcome.seen.remove(0).hook().clone()
}

#[tokio::test]
async fn the_vectors_are_accepted() {
    for (key, body, sign) in VECTORS {
        assert_eq!(rtc_sign(key, body), sign);
        assert_eq!(Signer::new(&App::rtc_only(APP).rtc_key(key).unwrap()).rtc_sign(body).unwrap(), sign);
        let layer = WebhookLayer::new(App::rtc_only(APP).rtc_key(key).unwrap()).path("/im");
        let request = callback(&APP.to_string(), sign, body);
        if body.is_empty() {
            // Genuine, but no event.
            deliver(&layer, request).await.rejected(400, RejectionKind::Malformed);
            continue;
        }
        let hook = accepted(&layer, request).await;
        assert_eq!(hook.body(), body, "the body is kept as it came");
        assert_eq!(hook.context().app(), APP);
        assert!(hook.context().is_verified());
        assert_eq!(hook.context().command().phase(), Phase::After);
    }
    let hook = accepted(&both_layer(), genuine(TABBED)).await;
    assert_eq!(hook.context().command(), "EVENT_TYPE_ENTER_ROOM");
    assert_eq!(hook.event().command(), hook.context().command());
    assert_eq!(hook.event_time().unwrap(), 1_756_910_000_118);
    assert_eq!(hook.identity(), rtc::Event::parse(COMPACT).unwrap().identity(APP));
    let hook = hook.downcast::<rtc::room::UserEntered>().unwrap();
    assert_eq!((hook.user_id.as_str(), &hook.room_id), ("anouk", &rtc::RoomId::Number(7741)));
    assert_eq!(hook.event_time().unwrap(), 1_756_910_000_118);
    assert_eq!(hook.identity(), rtc::Event::parse(TABBED).unwrap().identity(APP));
    assert!(hook.identity().is_some());
}

/// Each of them is rejected with 401 and, as bodies that would be malformed are too, before it is parsed.
#[tokio::test]
async fn no_other_signature_is_accepted() {
    let layer = both_layer();
    let mac: Vec<u8> = {
        let hex = "fdb30ca73a67f9cb459fb815ef2839a4665a40ed1ea78b15fe5572800e873dad";
        (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    assert_eq!(base64(&mac), TABBED_SIGN);
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let flipped = {
        let mut mac = mac.clone();
        mac[31] ^= 1;
        base64(&mac)
    };
    let longer = [TABBED, " "].concat();
    let shorter = &TABBED[..TABBED.len() - 1];
    for (what, sign, body) in [
        ("printed again", TABBED_SIGN, COMPACT),
        ("a byte more", TABBED_SIGN, &longer),
        ("a byte less, so that it is no JSON", TABBED_SIGN, shorter),
        ("another body", COMPACT_SIGN, TABBED),
        ("no JSON", TABBED_SIGN, "nonsense"),
        ("no event", TABBED_SIGN, "{}"),
        ("another type in it", TABBED_SIGN, &TABBED.replace("103", "104")),
        ("nothing", TABBED_SIGN, ""),
        ("another key", &rtc_sign("Quay7Kez", TABBED), TABBED),
        ("an empty key", &rtc_sign("", TABBED), TABBED),
        ("the token of Chat", &rtc_sign(TOKEN, TABBED), TABBED),
        ("a bit flipped", &flipped, TABBED),
        ("hexadecimal", &hex, TABBED),
        ("hexadecimal in Base64", &base64(&hex.as_bytes()[..32]), TABBED),
        ("SHA-1", "b0u8rKYy+mSxfDzkE0emxSUURgc=", TABBED),
        ("half a MAC", &base64(&mac[..16]), TABBED),
        ("a MAC and a half", &base64(&[&mac[..], &mac[..16]].concat()), TABBED),
        ("a byte less", &base64(&mac[..31]), TABBED),
        ("zeros", &base64(&[0; 32]), TABBED),
        ("empty", "", TABBED),
        ("the URL alphabet", &TABBED_SIGN.replace('/', "_").replace('+', "-"), TABBED),
        ("no padding", TABBED_SIGN.trim_end_matches('='), TABBED),
        ("more padding", &[TABBED_SIGN, "="].concat(), TABBED),
        ("a prefix", &["sha256=", TABBED_SIGN].concat(), TABBED),
        ("twice in one header", &[TABBED_SIGN, TABBED_SIGN].join(", "), TABBED),
        ("quoted", &format!("\"{TABBED_SIGN}\""), TABBED),
        ("bits that mean nothing", &TABBED_SIGN.replace("a0=", "a1="), TABBED),
        ("not ASCII", &TABBED_SIGN.replace("a0=", "é="), TABBED),
        ("upper case", &TABBED_SIGN.to_uppercase(), TABBED),
    ] {
        let info = deliver(&layer, callback(&APP.to_string(), sign, body.to_owned())).await;
        assert_eq!(info.answer.rejection().command(), None, "{what}");
        assert_eq!(info.rejected(401, RejectionKind::InvalidSign), "the header Sign is not valid", "{what}");
    }
    let mut none = genuine(TABBED);
    none.headers_mut().remove("sign");
    assert_eq!(deliver(&layer, none).await.rejected(401, RejectionKind::MissingSign), "there is no header Sign");
}

#[tokio::test]
async fn headers_must_be_unambiguous() {
    let with = |name: &'static str, value: &str| {
        let mut request = genuine(TABBED);
        request.headers_mut().append(name, value.parse().unwrap());
        request
    };
    accepted(&both_layer(), with("sign", TABBED_SIGN)).await;
    accepted(&both_layer(), with("SDKAPPID", &APP.to_string())).await;
    for (request, name) in [
        (with("Sign", COMPACT_SIGN), "Sign"),
        (with("sign", ""), "Sign"),
        (with("SdkAppId", "7"), "SdkAppId"),
        (with("SdkAppId", &format!("0{APP}")), "SdkAppId"),
    ] {
        let info = deliver(&both_layer(), request).await.rejected(400, RejectionKind::RepeatedParameter);
        assert_eq!(info, format!("the header {name} is there twice, with different values"));
    }
    for id in ["", "ada", "-7", "7.0", "18446744073709551616", "é"] {
        let rejected = deliver(&both_layer(), callback(id, TABBED_SIGN, TABBED)).await;
        rejected.rejected(400, RejectionKind::InvalidSdkAppId);
    }
    let mut none = genuine(TABBED);
    none.headers_mut().remove("sdkappid");
    let info = deliver(&both_layer(), none).await.rejected(400, RejectionKind::InvalidSdkAppId);
    assert_eq!(info, "there is no header SdkAppId that is a number");
}

/// An app's id is checked before its body is read.
#[tokio::test]
async fn the_body_of_a_wrong_head_is_never_read() {
    let unread = |app: &str, sign: &str| callback(app, sign, "").map(|_| PanicBody::default());
    let ours = APP.to_string();
    for (app, sign, status) in [("7", TABBED_SIGN, 403), (&ours, "nonsense", 401), ("", TABBED_SIGN, 400)] {
        assert_eq!(deliver_in_memory(&both_layer(), unread(app, sign)).await.answer.status(), status);
    }
}

#[tokio::test]
async fn an_app_has_only_what_it_is_configured_with() {
    let chat = WebhookLayer::new(app()).path("/im");
    let unsigned = WebhookLayer::new(app().rtc_unsigned()).path("/im");
    let only = WebhookLayer::new(App::rtc_only(APP).rtc_key(KEY).unwrap()).path("/im");
    let neither = WebhookLayer::new(App::rtc_only(APP)).path("/im");

    // Without any app that has the RTC Engine, nothing is taken for a callback.
    deliver(&chat, genuine(TABBED)).await.rejected(400, RejectionKind::InvalidSdkAppId);
    deliver(&chat, signed()).await.accepted();
    deliver(&neither, genuine(TABBED)).await.rejected(400, RejectionKind::InvalidSdkAppId);
    deliver(&neither, signed()).await.rejected(403, RejectionKind::UnknownApp);
    deliver(&only, signed()).await.rejected(403, RejectionKind::UnknownApp);
    accepted(&only, genuine(TABBED)).await;
    deliver(&both_layer(), signed()).await.accepted();

    // Of several apps each has its own.
    let layer = both_layer().app(App::signed(7, TOKEN).unwrap()).app(App::rtc_only(8).rtc_key("another").unwrap());
    accepted(&layer, genuine(TABBED)).await;
    deliver(&layer, callback("7", TABBED_SIGN, TABBED)).await.rejected(403, RejectionKind::UnknownApp);
    deliver(&layer, callback("8", TABBED_SIGN, TABBED)).await.rejected(401, RejectionKind::InvalidSign);
    assert_eq!(accepted(&layer, callback("8", &rtc_sign("another", TABBED), TABBED)).await.context().app(), 8);

    // An app whose callbacks are not signed takes any `Sign`, or none.
    for sign in ["", "nonsense", TABBED_SIGN] {
        let hook = accepted(&unsigned, callback(&APP.to_string(), sign, TABBED)).await;
        assert!(!hook.context().is_verified());
    }
    let mut none = genuine(TABBED);
    none.headers_mut().remove("sign");
    accepted(&unsigned, none).await;
}

#[tokio::test]
async fn keys_can_be_rotated() {
    let layer = |app: App| WebhookLayer::new(app).path("/im");
    let rotating = App::rtc_only(APP).rtc_key("new").unwrap().or_rtc_key(KEY).unwrap().or_rtc_key("older").unwrap();
    for key in ["new", KEY, "older"] {
        accepted(&layer(rotating.clone()), callback(&APP.to_string(), &rtc_sign(key, TABBED), TABBED)).await;
    }
    let forged = callback(&APP.to_string(), &rtc_sign("newer", TABBED), TABBED);
    deliver(&layer(rotating.clone()), forged).await.rejected(401, RejectionKind::InvalidSign);
    let replaced = rotating.rtc_key("new").unwrap();
    deliver(&layer(replaced), genuine(TABBED)).await.rejected(401, RejectionKind::InvalidSign);
}

#[tokio::test]
async fn apps_of_a_lookup_have_callbacks_too() {
    let apps = HashMap::from([(APP, both()), (7, App::unsigned(7)), (8, App::rtc_only(9).rtc_key(KEY).unwrap())]);
    let layer = WebhookLayer::from_lookup(move |id| apps.get(&id.get()).cloned()).path("/im");
    accepted(&layer, genuine(TABBED)).await;
    deliver(&layer, signed()).await.accepted();
    deliver(&layer, callback("7", TABBED_SIGN, TABBED)).await.rejected(403, RejectionKind::UnknownApp);
    deliver(&layer, callback("6", TABBED_SIGN, TABBED)).await.rejected(403, RejectionKind::UnknownApp);
    deliver(&layer, callback("8", TABBED_SIGN, TABBED)).await.rejected(500, RejectionKind::LookupFailed);
}

/// The headers and the command in the URL decide, never the body.
#[tokio::test]
async fn the_wire_formats_are_told_apart_by_headers_and_url() {
    let layer = both_layer();
    let at = |uri: &str, mut request: Request<Full<Bytes>>| {
        *request.uri_mut() = uri.parse().unwrap();
        request
    };

    // With Chat's URL it is Chat's, whatever its headers and its body say.
    let outcome = deliver(&layer, at(&signed_uri(), genuine(TABBED))).await;
    outcome.rejected(400, RejectionKind::Malformed);
    let outcome = deliver(&layer, at(&signed_uri(), genuine(BODY))).await;
    assert_eq!(outcome.accepted().hook().context().command(), COMMAND);
    deliver(&layer, at(&forged_uri(), genuine(TABBED))).await.rejected(401, RejectionKind::InvalidSign);
    let webhook_command = signed_uri().replace("CallbackCommand", "WebhookCommand");
    assert_eq!(deliver(&layer, at(&webhook_command, genuine(BODY))).await.answer.body, OK);
    let ambiguous = format!("{}&Sign=7", signed_uri());
    deliver(&layer, at(&ambiguous, genuine(BODY))).await.rejected(400, RejectionKind::RepeatedParameter);
    // An event of the RTC Engine in a webhook of Chat.
    let carried = "Live.CallbackAfterCloudRecordingChanged";
    deliver(&layer, signed_sample(carried)).await.accepted();

    // Without a command it is the RTC Engine's, whatever its body says.
    for uri in ["/im", "/im?", "/im?tenant=7", "/im?CallbackCommand=", "/im?SdkAppid=7&Sign=8"] {
        accepted(&layer, at(uri, genuine(TABBED))).await;
    }
    deliver(&layer, genuine(BODY)).await.rejected(400, RejectionKind::Malformed);
    // Another path, or another method, is not the layer's.
    let (_, elsewhere) = send(layer.layer(Inner::default()), at("/elsewhere", genuine(TABBED))).await;
    assert_eq!(elsewhere["ErrorCode"], 0, "it was passed on, and not answered");
    let mut put = genuine(TABBED);
    *put.method_mut() = http::Method::PUT;
    assert_eq!(send(layer.layer(Inner::default()), put).await.1["ErrorCode"], 0);

    // The console's check of the URL is Chat's.
    let check = signed_uri().replace("CallbackCommand=Follow.CallbackAfterFollowDelete&", "");
    let answer = call(layer.layer(Inner::default()), post(&check, "{}")).await;
    assert_eq!((answer.status(), answer.rejection().kind()), (200, RejectionKind::UrlCheck));
    assert_eq!(answer.body, OK);
}

/// The words that stand for types never travel: a URL with one would pass for a callback when it is read again.
#[tokio::test]
async fn no_url_can_pass_for_a_callback() {
    for word in ["EVENT_TYPE_ENTER_ROOM", "EVENT_TYPE_1501", "EVENT_TYPE_103", "EVENT_TYPE_UNHEARD_OF"] {
        assert!(Command::from(word).is_rtc(), "{word}");
        deliver(&both_layer(), signed_with(word, TABBED)).await.rejected(400, RejectionKind::UnknownCommand);
        let unsigned = Receiver::new(App::unsigned(7));
        let query = format!("SdkAppid=7&CallbackCommand={word}");
        assert_eq!(unsigned.verify_query(&query, now()).unwrap_err().kind(), RejectionKind::UnknownCommand, "{word}");
    }
    for word in ["EVENT_TYPE", "event_type_enter_room", "ENTER_ROOM", "State.StateChange", "Made.Up"] {
        assert!(!Command::from(word).is_rtc(), "{word}");
    }
    // Nor can the body of a webhook of Chat name one.
    let named = BODY.replace(COMMAND, "EVENT_TYPE_ENTER_ROOM");
    deliver(&both_layer(), signed_with(COMMAND, named)).await.rejected(400, RejectionKind::CommandMismatch);
}

#[test]
fn a_type_has_a_command() {
    assert_eq!(rtc::room::UserEntered::COMMAND, "EVENT_TYPE_ENTER_ROOM");
    for known in rtc::EventType::ALL {
        let command = Command::from(known.name().unwrap());
        assert!(command.is_known() && command.is_rtc(), "{known}");
        assert_eq!(command.phase(), Phase::After);
        assert_eq!(command.required_fields(), known.required_fields());
        assert_eq!(Command::from(format!("EVENT_TYPE_{known}")), command);
        assert!(!Command::ALL.contains(&command));
    }
    let unknown = Command::from("EVENT_TYPE_1501");
    assert!(unknown.is_rtc() && !unknown.is_known());
    assert_eq!(Command::from("EVENT_TYPE_CallbackBefore").phase(), Phase::After);
}

#[tokio::test]
async fn a_type_that_is_unknown_is_forwarded_or_rejected() {
    let body =
        r#"{"EventGroupId":15,"EventType":1501,"CallbackTs":1788000301000,"EventInfo":{"TaskId":"t","EventMsTs":7}}"#;
    let hook = accepted(&both_layer(), genuine(body)).await;
    assert_eq!(hook.context().command(), "EVENT_TYPE_1501");
    assert!(matches!(hook.event(), Event::Rtc(rtc::Event::Other(other)) if other.event_type == 1501));
    assert_eq!(hook.identity(), rtc::Event::parse(body).unwrap().identity(APP));

    let generous = FailurePolicy::new().after(AfterFailure::Acknowledge);
    let strict = both_layer().on_unknown(Policy::Reject).on_failure(generous);
    let info = deliver(&strict, genuine(body)).await.rejected(400, RejectionKind::UnknownCommand);
    assert_eq!(info, "the command EVENT_TYPE_1501 is not known");
    accepted(&strict, genuine(TABBED)).await;
    // The list of commands is about Chat.
    let none = both_layer().allow_commands(["State.StateChange"]);
    accepted(&none, genuine(TABBED)).await;
    deliver(&none, signed()).await.rejected(403, RejectionKind::CommandNotAllowed);
}

#[test]
fn freshness_is_checked_if_it_is_wanted() {
    let receiver = Receiver::new(both());
    let sent = |millis: u64| UNIX_EPOCH + Duration::from_millis(millis);
    let parse = |receiver: &Receiver, body: &str, at: SystemTime| {
        let claim = receiver.verify_rtc_headers(Some(&APP.to_string()), Some(&rtc_sign(KEY, body))).unwrap();
        receiver.parse_rtc(claim, Bytes::copy_from_slice(body.as_bytes()), at).map(drop).map_err(|e| e.kind())
    };
    let never = r#"{"EventType":103,"EventInfo":{"RoomId":1,"UserId":"a"}}"#;
    for body in [TABBED, INGEST, never] {
        assert_eq!(parse(&receiver, body, UNIX_EPOCH), Ok(()), "any time will do");
    }
    let receiver = receiver.rtc_tolerance(Duration::from_millis(500));
    for (body, time) in [(TABBED, 1_756_910_000_321), (INGEST, 1_788_040_900_120)] {
        for (at, expected) in [
            (sent(time), Ok(())),
            (sent(time + 500), Ok(())),
            (sent(time - 500), Ok(())),
            (sent(time + 501), Err(RejectionKind::Stale)),
            (sent(time - 501), Err(RejectionKind::Stale)),
            (UNIX_EPOCH - Duration::from_secs(1), Err(RejectionKind::Stale)),
        ] {
            assert_eq!(parse(&receiver, body, at), expected, "{at:?}");
        }
    }
    assert_eq!(parse(&receiver, never, sent(0)), Err(RejectionKind::Stale));
    let extreme = format!(r#"{{"EventType":103,"CallbackTs":{},"EventInfo":{{"RoomId":1,"UserId":"a"}}}}"#, u64::MAX);
    assert_eq!(parse(&receiver, &extreme, sent(0)), Err(RejectionKind::Stale));
    assert_eq!(parse(&receiver.rtc_tolerance(Duration::MAX), &extreme, sent(0)), Ok(()));
}

#[tokio::test]
async fn bodies_are_limited() {
    let event = |len: usize| {
        let body = r#"{"EventType":103,"EventInfo":{"RoomId":1,"UserId":"a"},"X":""}"#;
        body.replace(r#""X":""#, &format!(r#""X":"{}"#, "x".repeat(len - body.len())))
    };
    let limited = async |layer: &WebhookLayer, limit: usize| {
        accepted(layer, genuine(event(limit))).await;
        let answer =
            deliver_in_memory(layer, genuine(event(limit + 1)).map(|body| Frames::of([collected(body)]))).await;
        let rejection = answer.answer.rejection().clone();
        assert_eq!(rejection.command(), None, "nothing of it was verified");
        assert_eq!(answer.rejected(413, RejectionKind::BodyTooLarge), format!("the body is larger than {limit} bytes"));
        // What is claimed is rejected unread.
        let mut claim = genuine("").map(|_| PanicBody::default());
        claim.headers_mut().insert(CONTENT_LENGTH, (limit + 1).into());
        deliver_in_memory(layer, claim).await.rejected(413, RejectionKind::BodyTooLarge);
        let at_least = genuine("").map(|_| PanicBody { at_least: limit as u64 + 1 });
        deliver_in_memory(layer, at_least).await.rejected(413, RejectionKind::BodyTooLarge);
    };
    limited(&both_layer(), 1024 * 1024).await;
    limited(&both_layer().max_body(1000), 1000).await;
    limited(&both_layer().max_body(2 * 1024 * 1024), 2 * 1024 * 1024).await;
    // Chat's is what it was, and follows the same setting.
    let large = format!(r#"{{"X":"{}"}}"#, "x".repeat(256 * 1024));
    let rejected = deliver_in_memory(&both_layer(), signed_with(COMMAND, large)).await;
    rejected.rejected(413, RejectionKind::BodyTooLarge);
    deliver_in_memory(&both_layer().max_body(10), signed()).await.rejected(413, RejectionKind::BodyTooLarge);
}

fn collected(body: Full<Bytes>) -> Bytes {
    let mut body = body;
    let waker = std::task::Waker::noop();
    let frame = http_body::Body::poll_frame(std::pin::Pin::new(&mut body), &mut std::task::Context::from_waker(waker));
    match frame {
        std::task::Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Half a body, then an error.
#[tokio::test]
async fn a_body_that_breaks_off_is_no_failure_of_the_policy() {
    let generous = both_layer().on_failure(FailurePolicy::new().after(AfterFailure::Acknowledge));
    let broken = genuine("").map(|_| Frames::of(["{"]).then_error(std::io::Error::other("reset")));
    let outcome = deliver_in_memory(&generous, broken).await;
    assert_eq!(outcome.answer.rejection().command(), None);
    outcome.rejected(400, RejectionKind::BodyFailed);

    let large = genuine("x".repeat(1024 * 1024 + 1));
    deliver(&generous, large).await.rejected(413, RejectionKind::BodyTooLarge);
    let forged = callback(&APP.to_string(), COMPACT_SIGN, "nonsense");
    deliver(&generous, forged).await.rejected(401, RejectionKind::InvalidSign);
}

#[tokio::test]
async fn what_is_genuine_and_fails_is_answered_by_the_policy() {
    let failures: Arc<Mutex<Vec<String>>> = Arc::default();
    let policy = |answer: AfterFailure| {
        let failures = failures.clone();
        FailurePolicy::new().after_with(move |failure| {
            let cause = match failure.cause() {
                FailureCause::Rejection(rejection) => rejection.kind().as_str().to_owned(),
                cause => format!("{cause:?}"),
            };
            assert_eq!(failure.context().app(), APP);
            assert!(failure.context().is_verified());
            failures.lock().unwrap().push(format!("{} {cause}", failure.command()));
            answer
        })
    };
    let router = WebhookRouter::new()
        .on(async |_: Webhook<rtc::room::UserEntered>| -> Result<Ack, std::io::Error> {
            Err(std::io::Error::other("no"))
        })
        .on(async |_: Webhook<rtc::room::UserLeft>| -> Ack { panic!("no") });
    let left = genuine(TABBED.replace("103", "104"));
    let nameless = genuine(r#"{"EventType":103,"EventInfo":{"RoomId":1}}"#);
    let requests = [genuine(TABBED), left, nameless, genuine("nonsense"), genuine("{}")];
    let told = [
        "EVENT_TYPE_ENTER_ROOM HandlerFailed",
        "EVENT_TYPE_EXIT_ROOM HandlerPanicked",
        "EVENT_TYPE_ENTER_ROOM malformed",
        "EVENT_TYPE_UNKNOWN malformed",
        "EVENT_TYPE_UNKNOWN malformed",
    ];
    for (answer, statuses) in [
        (AfterFailure::Reject, [500, 500, 400, 400, 400]),
        (AfterFailure::Acknowledge, [200; 5]),
        (AfterFailure::Withhold, [500, 500, 400, 400, 400]),
    ] {
        let layer = both_layer().on_failure(policy(answer));
        for (request, status) in requests.clone().into_iter().zip(statuses) {
            let answer = call(layer.layer(router.clone()), request).await;
            assert_eq!(answer.status(), status);
            assert_eq!(answer.body == OK_RTC, status == 200, "{:?}", answer.body);
        }
        assert_eq!(std::mem::take(&mut *failures.lock().unwrap()), told);
    }
    // Without a policy, it is what it is.
    for (request, status) in requests.into_iter().zip([500, 500, 400, 400, 400]) {
        let answer = call(both_layer().layer(router.clone()), request).await;
        assert_eq!(answer.status(), status);
    }
}

/// An HTTP error is what makes the vendor send again, so nothing waits for it to hang up.
#[tokio::test(start_paused = true)]
async fn nothing_is_withheld() {
    let started = tokio::time::Instant::now();
    let layer = both_layer().on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    let router = || WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowDelete>| Err::<Ack, _>("no"));
    assert_eq!(call(layer.layer(router()), genuine("{}")).await.status(), 400);
    assert!(started.elapsed() < Duration::from_millis(1));
    assert_eq!(call(layer.layer(router()), signed()).await.status(), 503);
    assert!(started.elapsed() > Duration::from_secs(2));
}

/// The vendor ignores the body, but wants the answer to be short.
#[tokio::test]
async fn whatever_has_status_200_becomes_the_answer_of_this_wire() {
    let long = service_fn(async |_: Request<_>| {
        let response = Response::builder().header("x-note", "x".repeat(5000)).extension(7_u8);
        Ok::<_, std::convert::Infallible>(response.body(Full::new(Bytes::from(vec![b'x'; 100_000]))).unwrap())
    });
    let answer = call(both_layer().layer(long), genuine(TABBED)).await;
    assert_eq!((answer.status(), &*answer.body), (200, OK_RTC.as_bytes()));
    assert_eq!(answer.head.headers.len(), 1);
    assert_eq!(answer.head.extensions.get(), Some(&7_u8));
    // Chat's is left as it is.
    assert_eq!(call(both_layer().layer(long), signed()).await.body.len(), 100_000);

    for status in [201, 204, 302, 404, 500] {
        let other = service_fn(move |_: Request<_>| async move {
            let response = Response::builder().status(status).header("x-note", "7");
            Ok::<_, std::convert::Infallible>(response.body(Full::new(Bytes::from_static(b"why"))).unwrap())
        });
        let answer = call(both_layer().layer(other), genuine(TABBED)).await;
        assert_eq!((answer.status(), &*answer.body), (status, &b"why"[..]));
        assert_eq!(answer.head.headers["x-note"], "7");
    }

    // Whatever is wrong with a body, so is the rejection.
    let name = "\\u0001".repeat(10_000);
    let deep = format!(r#"{{"EventType":103,"EventInfo":{{"{name}":{{"{name}":[}}}}}}"#);
    for body in [deep, format!(r#"{{"{name}""#), "[".repeat(10_000)] {
        let answer = call(both_layer().layer(Inner::default()), genuine(body)).await;
        let head: usize = answer.head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        // And what a server adds: a status line, a date, a length.
        assert!(head + answer.body.len() < 1800, "{:?}", answer.body);
        assert_eq!(answer.status(), 400);
    }
}

fn webhooks() -> WebhookRouter {
    WebhookRouter::new()
        .on(async |hook: Webhook<rtc::room::UserEntered>| {
            assert_eq!(hook.user_id, "anouk");
            Ack::ok()
        })
        .on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
}

async fn over_http2(server: std::net::SocketAddr, mut request: Request<Full<Bytes>>) -> Answer {
    *request.uri_mut() = absolute(server, request.uri().to_string()).parse().unwrap();
    within(async { Answer::read(http2(server).await.send_request(request).await.unwrap()).await }).await
}

#[tokio::test]
async fn both_wire_formats_share_a_url_on_hyper() {
    let server = serve(both_layer().layer(webhooks())).await;
    for _ in 0..2 {
        for (request, status, body) in [
            (genuine(TABBED), 200, OK_RTC),
            (signed_sample(MESSAGE), 200, r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#),
            (genuine(INGEST), 200, OK_RTC),
            (signed(), 200, OK),
        ] {
            for answer in [fetch(server, request.clone()).await, over_http2(server, request).await] {
                assert_eq!((answer.status(), &*answer.body), (status, body.as_bytes()));
            }
        }
        let forged = callback(&APP.to_string(), COMPACT_SIGN, TABBED);
        for answer in [fetch(server, forged.clone()).await, over_http2(server, forged).await] {
            assert_eq!(answer.status(), 401);
        }
    }
}

#[tokio::test]
async fn both_wire_formats_share_a_url_in_axum() {
    async fn any(hook: Webhook) -> Ack {
        assert!(matches!(hook.event(), Event::Rtc(_) | Event::FollowAfterFollowDelete(_)));
        Ack::ok()
    }

    async fn entered(hook: Webhook<rtc::room::UserEntered>) -> Ack {
        assert_eq!(hook.user_id, "anouk");
        Ack::ok()
    }

    async fn callbacks(hook: Webhook<rtc::Event>) -> Result<Ack, http::StatusCode> {
        if hook.group() == 1 { Ok(Ack::ok()) } else { Err(http::StatusCode::INTERNAL_SERVER_ERROR) }
    }

    async fn wrong(_: Webhook<rtc::room::UserEntered>) -> Verdict<c2c::BeforeSendMsg> {
        Verdict::refuse()
    }

    let app = Router::new()
        .route("/im", on_post(any))
        .route("/entered", on_post(entered))
        .route("/callbacks", on_post(callbacks))
        .route("/wrong", on_post(wrong))
        .layer(WebhookLayer::new(both()));
    let server = serve(app).await;
    let to = |path: &str, mut request: Request<Full<Bytes>>| {
        let uri = request.uri().to_string().replacen("/im", path, 1);
        *request.uri_mut() = uri.parse().unwrap();
        request
    };
    for (path, request, status, body) in [
        ("/im", genuine(TABBED), 200, OK_RTC),
        ("/im", signed(), 200, OK),
        ("/entered", genuine(TABBED), 200, OK_RTC),
        // Nobody handles it.
        ("/entered", genuine(INGEST), 200, OK_RTC),
        ("/entered", signed(), 200, OK),
        ("/callbacks", genuine(TABBED), 200, OK_RTC),
        ("/callbacks", genuine(INGEST), 500, ""),
        ("/callbacks", signed(), 200, OK),
    ] {
        for answer in
            [fetch(server, to(path, request.clone())).await, over_http2(server, to(path, request.clone())).await]
        {
            assert_eq!((answer.status(), &*answer.body), (status, body.as_bytes()), "{path}");
        }
    }
    assert_eq!(fetch(server, to("/wrong", genuine(TABBED))).await.status(), 500);
    assert_eq!(fetch(server, to("/im", callback("7", TABBED_SIGN, TABBED))).await.status(), 403);
}

#[tokio::test]
async fn the_router_has_a_handler_for_each_type() {
    let (entered, rest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = |counter: &Arc<AtomicUsize>| {
        let counter = counter.clone();
        move || _ = counter.fetch_add(1, Ordering::SeqCst)
    };
    let (on_entered, on_rest) = (count(&entered), count(&rest));
    let one = WebhookRouter::new().on(move |_: Webhook<rtc::room::UserEntered>| {
        on_entered();
        async { Ack::ok() }
    });
    let router = WebhookRouter::new().merge(one).fallback(move |_: Webhook| {
        on_rest();
        async { Ack::ok() }
    });
    assert!(format!("{router:?}").contains("EVENT_TYPE_ENTER_ROOM"));
    let service = both_layer().layer(router.clone());
    for known in rtc::EventType::ALL {
        for body in signer::rtc_samples(*known) {
            assert_eq!(call(service.clone(), genuine(body)).await.body, OK_RTC, "{known}");
        }
    }
    let sampled = signer::rtc_samples(103).len();
    assert_eq!(entered.load(Ordering::SeqCst), sampled);
    let all: usize = rtc::EventType::ALL.iter().map(|known| signer::rtc_samples(*known).len()).sum();
    assert_eq!(rest.load(Ordering::SeqCst), all - sampled);

    let twice = std::panic::AssertUnwindSafe(|| router.on(async |_: Webhook<rtc::room::UserEntered>| Ack::ok()));
    let twice = std::panic::catch_unwind(twice);
    assert!(twice.is_err(), "a second handler for one event");
}

#[tokio::test]
async fn callbacks_can_be_acknowledged_first() {
    let router = webhooks().ack_first(1);
    let answer = call(both_layer().layer(router.clone()), genuine(TABBED)).await;
    assert_eq!((answer.status(), &*answer.body), (200, OK_RTC.as_bytes()));
    within(router.drain()).await;
}

#[test]
fn what_was_stored_is_read_again() {
    let signer = Signer::new(&both());
    let mut bodies: Vec<&[u8]> = rtc::EventType::ALL.iter().flat_map(|known| signer::rtc_samples(*known)).collect();
    bodies.extend([
        br#"{"EventGroupId":15,"EventType":1501,"EventInfo":{"EventMsTs":7}}"#.as_slice(),
        br#"{"EventType":18446744073709551615,"EventInfo":{}}"#,
        b"{\"EventType\":103,\"EventInfo\":{\"RoomId\":\"\xff\",\"UserId\":\"a\",\"Role\":{}}}",
        TABBED.as_bytes(),
    ]);
    let receiver = Receiver::new(both());
    for body in bodies {
        let sign = signer.rtc_sign(body);
        let claim = receiver.verify_rtc_headers(Some(&APP.to_string()), sign.as_deref()).unwrap();
        let hook = receiver.parse_rtc(claim, Bytes::from_static(body), now()).unwrap();
        let stored = serde_json::to_string(&hook).unwrap();
        let again: Webhook = serde_json::from_str(&stored).unwrap();
        assert_eq!(again, hook);
        assert_eq!((again.drift(), again.identity()), (hook.drift(), hook.identity()));
        let context: WebhookContext = serde_json::from_str(&serde_json::to_string(hook.context()).unwrap()).unwrap();
        assert_eq!(&context, hook.context());
        let rtc: Webhook<rtc::Event> = serde_json::from_str(&stored).unwrap();
        assert_eq!(&Event::Rtc(rtc.event().clone()), hook.event());
        let binary: Webhook = ciborium::from_reader(
            &{
                let mut bytes = Vec::new();
                ciborium::into_writer(&hook, &mut bytes).unwrap();
                bytes
            }[..],
        )
        .unwrap();
        assert_eq!(binary, hook);
    }
    let stored = serde_json::to_value(signer.webhook::<rtc::room::UserEntered>(TABBED).unwrap()).unwrap();
    assert_eq!(stored["context"]["command"], "EVENT_TYPE_ENTER_ROOM");
    assert!(serde_json::from_value::<Webhook<rtc::room::UserEntered>>(stored.clone()).is_ok());
    let error = serde_json::from_value::<Webhook<rtc::room::UserLeft>>(stored.clone()).unwrap_err();
    assert!(error.to_string().contains("EVENT_TYPE_ENTER_ROOM"), "{error}");

    // With another command than its body's.
    let with = |command: &str| {
        let mut stored = stored.clone();
        stored["context"]["command"] = json!(command);
        serde_json::from_value::<Webhook>(stored)
    };
    assert!(with("EVENT_TYPE_EXIT_ROOM").is_err());
    assert!(with("EVENT_TYPE_1501").is_err());
    assert!(matches!(with("State.StateChange").unwrap().event(), Event::Other(_)));
    assert!(with("C2C.CallbackBeforeSendMsg").is_err());
    // A word of a later release: its body says what it is.
    assert_eq!(with("EVENT_TYPE_UNHEARD_OF").unwrap().context().command(), "EVENT_TYPE_ENTER_ROOM");
}

#[test]
fn an_event_is_written_as_its_body() {
    let event = Event::parse("EVENT_TYPE_ENTER_ROOM", TABBED).unwrap();
    let written = serde_json::to_value(&event).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(TABBED).unwrap());
    assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
    let mismatch = Event::parse("EVENT_TYPE_EXIT_ROOM", TABBED).unwrap_err();
    assert_eq!(mismatch.kind(), RejectionKind::CommandMismatch);
    // Chat's, which carries one, stays Chat's.
    let carried = sample("Live.CallbackAfterCloudRecordingChanged");
    let event: Event = serde_json::from_value(carried).unwrap();
    assert!(!matches!(event, Event::Rtc(_)));
}

#[tokio::test]
async fn the_signer_makes_genuine_callbacks() {
    let signer = Signer::new(&both()).url("/im");
    let request = signer.rtc_request(TABBED);
    assert_eq!(request.headers()["sdkappid"], "1400000000");
    assert_eq!(request.headers()["sign"], TABBED_SIGN);
    assert_eq!(request.headers()["content-type"], "application/json");
    accepted(&both_layer(), request).await;
    let boxed = signer.rtc_request_with(TABBED, axum::body::Body::from);
    assert_eq!(both_layer().layer(Inner::default()).oneshot(boxed).await.unwrap().status(), 200);

    let unsigned = Signer::new(&App::rtc_only(APP).rtc_unsigned()).url("/im").rtc_request(TABBED);
    assert!(!unsigned.headers().contains_key("sign"));

    let hook = Webhook::<rtc::room::UserEntered>::sample();
    assert!(hook.context().is_verified());
    assert_eq!(hook.body(), signer::sample(rtc::room::UserEntered::COMMAND));
    assert_eq!(signer.webhook::<rtc::room::UserEntered>(COMPACT).unwrap().user_id, "anouk");
    let other = signer.webhook::<rtc::room::UserLeft>(COMPACT).unwrap_err();
    assert_eq!(other.kind(), RejectionKind::CommandMismatch);
    let none = Signer::new(&app()).webhook::<rtc::room::UserEntered>(COMPACT).unwrap_err();
    assert_eq!(none.kind(), RejectionKind::UnknownApp);
    let any = signer.any_webhook("EVENT_TYPE_1501", r#"{"EventType":1501}"#).unwrap();
    assert_eq!(any.context().command(), "EVENT_TYPE_1501");
    // By the first key.
    let rotating = Signer::new(&App::rtc_only(1).rtc_key("Z").unwrap().or_rtc_key(KEY).unwrap());
    assert_eq!(rotating.rtc_sign(INGEST).unwrap(), VECTORS[1].2);
}

#[cfg(all(feature = "metrics", feature = "tracing"))]
mod observed {
    use super::*;
    use crate::{observe::record, secrets::assert_none_in};

    #[test]
    fn a_callback_has_a_span_and_is_counted() {
        let recorded = record(async {
            let body = TABBED.replace("\"Role\":\t20", "\"Role\":\t{}");
            accepted_in_memory(genuine(body)).await;
        });
        let [span] = &recorded.spans[..] else { panic!("{:?}", recorded.spans) };
        for (name, value) in
            [("command", "EVENT_TYPE_ENTER_ROOM"), ("app", "1400000000"), ("phase", "After"), ("verified", "true")]
        {
            assert_eq!(span[name], value);
        }
        let counters: Vec<_> = recorded.counters.keys().map(String::as_str).collect();
        assert_eq!(
            counters,
            [
                "tencent_webhooks_drifted_total command=EVENT_TYPE_ENTER_ROOM",
                "tencent_webhooks_total command=EVENT_TYPE_ENTER_ROOM outcome=answered",
                // The test's inner service does not look at it.
                "tencent_webhooks_untaken_total command=EVENT_TYPE_ENTER_ROOM",
            ],
        );
    }

    async fn accepted_in_memory(request: Request<Full<Bytes>>) {
        assert_eq!(deliver_in_memory(&both_layer(), request).await.answer.body, OK_RTC);
    }

    #[test]
    fn unknown_types_are_counted_as_other() {
        let recorded = record(async {
            for event_type in [1501, 1502, 999_999] {
                accepted_in_memory(genuine(format!(r#"{{"EventType":{event_type}}}"#))).await;
            }
        });
        assert_eq!(recorded.counters["tencent_webhooks_total command=other outcome=answered"], 3);
    }

    /// What is not verified says nothing but its kind, quietly. Nothing of it was parsed, so nothing can have drifted.
    #[test]
    fn what_strangers_send_is_logged_at_debug_without_a_command() {
        let drifting = TABBED.replace("\"Role\":\t20", "\"Role\":\t{}");
        let recorded = record(async {
            let layer = both_layer().max_body(2000);
            for request in [
                callback(&APP.to_string(), COMPACT_SIGN, drifting.clone()),
                callback(&APP.to_string(), COMPACT_SIGN, "nonsense"),
                callback(&APP.to_string(), "f00dfeed", drifting.clone()),
                callback("7", COMPACT_SIGN, drifting.clone()),
                genuine("x".repeat(2001)),
            ] {
                assert!(deliver_in_memory(&layer, request).await.answer.status() >= 400);
            }
        });
        assert!(recorded.spans.is_empty());
        assert_eq!(recorded.events.len(), 5);
        for (event, _) in &recorded.events {
            assert_eq!((event["level"].as_str(), event["command"].as_str()), ("DEBUG", "other"), "{event:?}");
        }
        assert!(recorded.counters.keys().all(|key| key.contains("command=other")), "{:?}", recorded.counters);

        // What the vendor sends and cannot be read is a warning.
        let recorded = record(async {
            deliver_in_memory(&both_layer(), genuine(r#"{"EventType":103}"#)).await;
        });
        let (event, _) = &recorded.events[0];
        assert_eq!((event["level"].as_str(), event["command"].as_str()), ("WARN", "EVENT_TYPE_ENTER_ROOM"));
    }

    #[test]
    fn neither_keys_nor_signatures_nor_bodies_are_logged() {
        let forged = rtc_sign("another", TABBED);
        let secrets: Vec<_> = [
            ("the key", KEY),
            ("the expected signature", TABBED_SIGN),
            ("the presented signature", &forged),
            ("a body", "anouk"),
        ]
        .map(|(name, secret)| (name.to_owned(), secret.to_owned()))
        .into();
        let recorded = record(async {
            let requests = [
                genuine(TABBED),
                callback(&APP.to_string(), &forged, TABBED),
                genuine(TABBED.replace("RoomId", "Room")),
            ];
            for request in requests {
                let answer = call(both_layer().layer(WebhookRouter::new()), request).await;
                assert_none_in(&String::from_utf8_lossy(&answer.body), &secrets);
                assert_none_in(&format!("{:?}", answer.head), &secrets);
            }
        });
        assert_eq!(recorded.events.len(), 2);
        assert_none_in(&recorded.text(), &secrets);
        assert_none_in(&recorded.log, &secrets);
    }
}

/// A key and a signature, in any form.
#[test]
fn debug_output_reveals_no_key_and_no_signature() {
    let app = both().or_rtc_key("Pier9Key").unwrap();
    let receiver = Receiver::new(app.clone());
    let (head, _) = genuine(TABBED).into_parts();
    let claim = receiver.verify_rtc(&head).unwrap();
    let mut service = both_layer().layer(Inner::default());
    let collecting = tower::Service::call(&mut service, genuine(TABBED).map(|_| Frames::of(["{"])));
    let signer = Signer::new(&app);
    let mac = "fdb30ca73a67f9cb459fb815ef2839a4665a40ed1ea78b15fe5572800e873dad";
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&mac[2 * i..2 * i + 2], 16).unwrap()).collect();
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    let secrets: Vec<_> = [
        ("the key", KEY.to_owned()),
        ("the key's bytes", list(KEY.as_bytes())),
        ("the other key", "Pier9Key".to_owned()),
        ("the other key's bytes", list(b"Pier9Key")),
        ("the signature", TABBED_SIGN.to_owned()),
        ("the MAC", list(&bytes)),
        ("the MAC in hex", mac.to_owned()),
    ]
    .map(|(name, secret)| (name.to_owned(), secret))
    .into();
    for output in [
        format!("{app:?} {app:#?}"),
        format!("{receiver:?} {receiver:#?}"),
        format!("{claim:?} {claim:#?}"),
        format!("{service:?} {service:#?}"),
        format!("{collecting:?}"),
        format!("{signer:?} {signer:#?}"),
    ] {
        crate::secrets::assert_none_in(&output, &secrets);
    }
    assert_eq!(format!("{claim:?}"), "Claim { app: 1400000000, is_signed: true, .. }");
    let too_long = App::rtc_only(1).rtc_key(KEY.repeat(9)).unwrap_err();
    crate::secrets::assert_none_in(&format!("{too_long} {too_long:?}"), &secrets);
}
