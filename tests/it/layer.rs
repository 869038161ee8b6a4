//! What comes back for each input, in memory and over HTTP/1.1.

use std::{
    convert::Infallible,
    error::Error,
    io,
    sync::atomic::Ordering,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Version,
    header::{CONNECTION, CONTENT_LENGTH},
    request::Parts,
};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_tencent_webhook::{
    AfterFailure, App, Event, FailurePolicy, Policy, Receiver, RejectionKind, Webhook, WebhookBody, WebhookLayer,
    event::{follow, state},
    signer::Signer,
};

use crate::common::*;

#[derive(Clone, Debug, PartialEq)]
struct Mark(&'static str);

/// [`signed_uri`] with something replaced in it, which must be there.
fn signed_uri_with(from: &str, to: &str) -> String {
    let uri = signed_uri();
    assert!(uri.contains(from), "{from} is not in {uri}");
    uri.replace(from, to)
}

/// The URL of a webhook that was signed at this time, correctly unless there is another `Sign`.
fn uri_signed_at(request_time: &str, other_sign: Option<&str>) -> String {
    let correct = sign(TOKEN, request_time);
    let sign = other_sign.unwrap_or(&correct);
    format!("/im?SdkAppid={APP}&CallbackCommand={COMMAND}&RequestTime={request_time}&Sign={sign}")
}

fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string()
}

fn unsigned() -> WebhookLayer {
    WebhookLayer::new(App::unsigned(APP)).path("/im")
}

/// A request for [`unsigned`].
fn unsigned_post(command: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    post(format!("/im?SdkAppid={APP}&CallbackCommand={command}"), body)
}

/// [`BODY`], padded to this length.
fn body_of(len: usize) -> String {
    let padding = len.checked_sub(BODY.len()).unwrap();
    BODY.replacen('{', &format!("{{{}", " ".repeat(padding)), 1)
}

// Passed through.

/// The request must reach the inner service unchanged, and its body unread.
async fn passes_through_unchanged(layer: WebhookLayer, request: http::request::Builder) {
    let body = Frames::of(["one", "", "two"]).then_trailers(trailers());
    let given = body.polled();
    let mut request = request.version(Version::HTTP_10).header("x-many", "1").header("x-many", "2").body(body).unwrap();
    request.extensions_mut().insert(Mark("of the request"));
    let expected = (request.method().clone(), request.uri().clone(), request.version(), request.headers().clone());

    let service = layer.layer(service_fn(async |request: Request<WebhookBody<Frames>>| {
        let (head, mut body) = request.into_parts();
        assert_eq!((head.method, head.uri, head.version, head.headers), expected);
        assert_eq!(head.extensions.get(), Some(&Mark("of the request")));
        assert!(head.extensions.get::<Webhook>().is_none());
        for (frames, data) in ["one", "", "two"].into_iter().enumerate() {
            assert_eq!(given.load(Ordering::SeqCst), frames, "frames are not polled ahead");
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), data);
        }
        assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers());
        assert!(body.frame().await.is_none());

        let mut response = Response::new(Frames::of(["three", "four"]).then_trailers(trailers()));
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        response.headers_mut().insert("x-answer", HeaderValue::from_static("yes"));
        response.extensions_mut().insert(Mark("of the answer"));
        Ok::<_, Infallible>(response)
    }));
    let (head, mut body) = within(service.oneshot(request)).await.unwrap().into_parts();
    assert_eq!(head.status, 418);
    assert_eq!(head.headers.len(), 1);
    assert_eq!(head.headers["x-answer"], "yes");
    assert_eq!(head.extensions.get(), Some(&Mark("of the answer")));
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "three");
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "four");
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn other_methods_pass_through_unchanged() {
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "POSTS"] {
        let request = Request::builder().method(method);
        // Not even a valid URL makes it a webhook.
        passes_through_unchanged(layer(), request.uri(signed_uri())).await;
    }
    passes_through_unchanged(WebhookLayer::new(app()), Request::get(signed_uri())).await;
}

#[tokio::test]
async fn posts_to_other_paths_pass_through_unchanged() {
    for path in ["/", "/im/", "/im/x", "/imx", "/IM", "/i", "/%69m", "//im", "/x/im"] {
        passes_through_unchanged(layer(), Request::post(signed_uri_with("/im?", &format!("{path}?")))).await;
    }
    passes_through_unchanged(layer(), Request::post("http://localhost:8080/grpc.health.v1.Health/Check")).await;
}

#[tokio::test]
async fn a_passed_through_body_keeps_its_size_hint_and_end() {
    let service = layer().layer(service_fn(async |request: Request<WebhookBody<Full<Bytes>>>| {
        assert_eq!(request.body().size_hint().exact(), Some(5));
        assert!(!request.body().is_end_stream());
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let response = service.oneshot(post("/other", "12345")).await.unwrap();
    assert_eq!(response.body().size_hint().exact(), Some(0));
    assert!(response.body().is_end_stream());
}

#[tokio::test]
async fn other_requests_pass_through_over_tcp() {
    let inner = Inner::default();
    let server = serve(layer().layer(inner.clone())).await;
    assert_eq!(fetch(server, Request::get("/im").body(String::new()).unwrap()).await.status(), 200);
    assert_eq!(fetch(server, post("/other?x=%zz", "not JSON")).await.status(), 200);
    let seen = inner.take_seen();
    assert_eq!((&seen[0].head.method, seen[0].head.uri.to_string().as_str()), (&Method::GET, "/im"));
    assert_eq!((seen[1].head.uri.to_string().as_str(), &seen[1].body[..]), ("/other?x=%zz", &b"not JSON"[..]));
}

#[tokio::test]
async fn without_a_path_every_post_is_a_webhook() {
    let layer = WebhookLayer::new(app());
    for path in ["/?", "/x/y?"] {
        deliver(&layer, post(signed_uri_with("/im?", path), BODY)).await.accepted();
    }
    deliver(&layer, post("/", BODY)).await.rejected(400, RejectionKind::InvalidSdkAppId);
}

// Accepted.

#[tokio::test]
async fn a_signed_webhook_arrives_as_its_event() {
    let seen = deliver(&layer(), signed()).await.accepted();
    let hook = seen.hook();
    let Event::FollowAfterFollowDelete(event) = hook.event() else { panic!("{hook:?}") };
    assert_eq!(event.from_account, "ada");
    assert_eq!(event.to_account, ["linus", "grace"]);

    assert_eq!(hook.body(), BODY);
    assert_eq!(hook.context().app(), APP);
    assert_eq!(hook.context().command().as_str(), COMMAND);
    assert_eq!(hook.context().client_ip(), Some([127, 0, 0, 1].into()));
    assert_eq!(hook.context().platform().unwrap().as_str(), "Android");
    assert!(hook.context().request_time().is_some());
    assert!(hook.context().is_verified());
}

#[tokio::test]
async fn an_accepted_request_is_otherwise_unchanged() {
    let (head, _) = signed().into_parts();
    let mut request = Request::from_parts(head, Frames::of([&BODY[..9], &BODY[9..]]).then_trailers(trailers()));
    *request.version_mut() = Version::HTTP_10;
    request.headers_mut().append("x-many", HeaderValue::from_static("1"));
    request.headers_mut().append("x-many", HeaderValue::from_static("2"));
    request.extensions_mut().insert(Mark("of the request"));
    let expected = (Method::POST, request.uri().clone(), request.version(), request.headers().clone());

    let seen = deliver_in_memory(&layer(), request).await.accepted();
    let Parts { method, uri, version, headers, extensions, .. } = seen.head;
    assert_eq!((method, uri, version, headers), expected);
    assert_eq!(extensions.get(), Some(&Mark("of the request")));
    assert!(extensions.get::<Webhook>().is_some());
    assert_eq!(seen.body, BODY);
    assert_eq!(seen.trailers, Some(trailers()));
}

#[tokio::test]
async fn the_forwarded_body_knows_its_size() {
    let service = layer().layer(service_fn(async |request: Request<WebhookBody<Frames>>| {
        let mut body = request.into_body();
        assert_eq!(body.size_hint().exact(), Some(BODY.len() as u64));
        assert!(!body.is_end_stream());
        // Its text is nobody's business.
        assert_eq!(format!("{body:?}"), format!("WebhookBody({} bytes)", BODY.len()));
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), BODY);
        assert_eq!(body.size_hint().exact(), Some(0));
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let (head, _) = signed().into_parts();
    within(service.oneshot(Request::from_parts(head, Frames::of([&BODY[..9], &BODY[9..]])))).await.unwrap();
}

#[tokio::test]
async fn the_inner_services_response_is_returned_unchanged() {
    let service = layer().layer(service_fn(async |_: Request<WebhookBody<Full<Bytes>>>| {
        let mut response = Response::new(Frames::of(["a", "b"]).then_trailers(trailers()));
        *response.status_mut() = http::StatusCode::ACCEPTED;
        response.extensions_mut().insert(Mark("of the answer"));
        Ok::<_, Infallible>(response)
    }));
    let (head, mut body) = within(service.oneshot(signed())).await.unwrap().into_parts();
    assert_eq!((head.status.as_u16(), head.extensions.get()), (202, Some(&Mark("of the answer"))));
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "b");
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers());
}

// The URL's parameters.

#[tokio::test]
async fn the_exact_bytes_of_a_rejection() {
    let outcome = deliver(&layer(), post("/im", BODY)).await;
    assert_eq!(
        outcome.answer.body,
        r#"{"ActionStatus":"FAIL","ErrorCode":400,"ErrorInfo":"the URL has no SdkAppid that is a number"}"#
    );
    let headers = &outcome.answer.head.headers;
    assert_eq!((headers.len(), &headers[CONNECTION]), (2, &HeaderValue::from_static("close")));
    outcome.rejected(400, RejectionKind::InvalidSdkAppId);
}

#[tokio::test]
async fn a_missing_or_non_numeric_app_id_is_rejected() {
    let parameter = format!("SdkAppid={APP}");
    deliver(&layer(), post("/im?", BODY)).await.rejected(400, RejectionKind::InvalidSdkAppId);
    for bad in ["", "x=1", "SdkAppid", "SdkAppid=", "SdkAppid=abc", "SdkAppid=-1", "SdkAppid=+1", "SdkAppid=0x1"] {
        let uri = signed_uri_with(&parameter, bad);
        deliver(&layer(), post(uri, BODY)).await.rejected(400, RejectionKind::InvalidSdkAppId);
    }
    // 2^64
    let uri = signed_uri_with(&parameter, "SdkAppid=18446744073709551616");
    deliver(&layer(), post(uri, BODY)).await.rejected(400, RejectionKind::InvalidSdkAppId);
}

#[tokio::test]
async fn a_missing_command_is_rejected() {
    for bad in ["", "CallbackCommand", "CallbackCommand=", "Command=State.StateChange"] {
        // Signed, it would be a check of the URL.
        let uri = forged_uri().replace(&format!("CallbackCommand={COMMAND}"), bad);
        deliver(&layer(), post(uri, BODY)).await.rejected(400, RejectionKind::MissingCommand);
    }
}

#[tokio::test]
async fn a_parameter_repeated_with_another_value_is_rejected() {
    for more in [
        "&SdkAppid=1",
        "&sdkappid=1",
        "&CallbackCommand=State.StateChange",
        "&ClientIP=10.0.0.1",
        "&OptPlatform=Web",
        "&RequestTime=1",
        "&Sign=00",
        "&sign",
    ] {
        let uri = signed_uri() + more;
        deliver(&layer(), post(uri, BODY)).await.rejected(400, RejectionKind::RepeatedParameter);
    }
}

#[tokio::test]
async fn a_parameter_repeated_with_the_same_value_is_accepted() {
    let uri = signed_uri();
    let query = uri.split_once('?').unwrap().1;
    deliver(&layer(), post(format!("{uri}&{query}"), BODY)).await.accepted();
    // Other parameters may be repeated with any value.
    deliver(&layer(), post(format!("{uri}&contenttype=xml&contenttype="), BODY)).await.accepted();
}

#[tokio::test]
async fn bad_percent_encoding_is_rejected() {
    for bad in ["%", "%4", "%zz", "%ff"] {
        let uri = signed_uri_with(COMMAND, bad);
        let info = deliver(&layer(), post(uri, BODY)).await.rejected(400, RejectionKind::InvalidEncoding);
        assert!(info.contains("CallbackCommand"), "{info}");
    }
    deliver(&layer(), post(signed_uri() + "&note=100%", BODY)).await.accepted();
}

#[tokio::test]
async fn percent_encoded_parameters_are_decoded() {
    let uri = signed_uri_with("CallbackCommand=Follow", "%43allback%43ommand=%46ollow");
    let seen = deliver(&layer(), post(uri, BODY)).await.accepted();
    assert_eq!(seen.hook().context().command().as_str(), COMMAND);
}

#[tokio::test]
async fn parameter_names_are_case_insensitive() {
    let uri = signed_uri();
    let (path, query) = uri.split_once('?').unwrap();
    for change in [str::to_lowercase, str::to_uppercase] {
        let query: Vec<_> = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| format!("{}={value}", change(name)))
            .collect();
        deliver(&layer(), post(format!("{path}?{}", query.join("&")), BODY)).await.accepted();
    }
}

#[tokio::test]
async fn webhook_command_is_an_alias_of_callback_command() {
    let uri = signed_uri_with("CallbackCommand", "WebhookCommand");
    let seen = deliver(&layer(), post(uri, BODY)).await.accepted();
    assert_eq!(seen.hook().context().command().as_str(), COMMAND);
    // CallbackCommand takes precedence.
    let uri = signed_uri() + "&WebhookCommand=State.StateChange";
    let seen = deliver(&layer(), post(uri, BODY)).await.accepted();
    assert_eq!(seen.hook().context().command().as_str(), COMMAND);
    // Unless it is empty.
    let uri = signed_uri_with("CallbackCommand", "CallbackCommand=&WebhookCommand");
    let seen = deliver(&layer(), post(uri, BODY)).await.accepted();
    assert_eq!(seen.hook().context().command().as_str(), COMMAND);
}

#[tokio::test]
async fn an_invalid_client_ip_is_absent() {
    for (ip, expected) in [
        ("10.1.2.3", Some("10.1.2.3")),
        ("2001:db8::1", Some("2001:db8::1")),
        ("2001%3Adb8%3A%3A1", Some("2001:db8::1")),
        ("10.1.2", None),
        ("10.1.2.3:80", None),
        ("localhost", None),
        ("", None),
    ] {
        let seen = deliver(&layer(), post(signed_uri_with("127.0.0.1", ip), BODY)).await.accepted();
        assert_eq!(seen.hook().context().client_ip(), expected.map(|ip| ip.parse().unwrap()), "{ip}");
    }
    let uri = signed_uri_with("ClientIP=127.0.0.1&", "").replace("OptPlatform=Android&", "");
    let seen = deliver(&layer(), post(uri, BODY)).await.accepted();
    assert_eq!(seen.hook().context().client_ip(), None);
    assert_eq!(seen.hook().context().platform(), None);
}

// The app.

#[tokio::test]
async fn an_unknown_app_is_rejected() {
    for id in ["7", "0", "14000000000", "18446744073709551615"] {
        let uri = signed_uri_with(&format!("SdkAppid={APP}"), &format!("SdkAppid={id}"));
        let info = deliver(&layer(), post(uri, BODY)).await.rejected(403, RejectionKind::UnknownApp);
        assert!(info.contains(id), "{info}");
    }
}

#[tokio::test]
async fn one_layer_may_serve_several_apps() {
    let other = App::signed(7, "another token").unwrap();
    let layer = layer().app(other.clone()).app(App::unsigned(8));
    let now = SystemTime::now();

    let seen = deliver(&layer, signed()).await.accepted();
    assert_eq!(seen.hook().context().app(), APP);
    let seen = deliver(&layer, Signer::new(&other).url("/im").request(COMMAND, BODY, now)).await.accepted();
    assert_eq!(seen.hook().context().app(), 7);
    let unsigned = Signer::new(&App::unsigned(8)).url("/im").request(COMMAND, BODY, now);
    let seen = deliver(&layer, unsigned).await.accepted();
    assert_eq!(seen.hook().context().app(), 8);
    assert!(!seen.hook().context().is_verified());

    // No app accepts another app's token, and an unsigned app does not make the others so.
    let forged = App::signed(7, TOKEN).unwrap();
    let forged = Signer::new(&forged).url("/im").request(COMMAND, BODY, now);
    deliver(&layer, forged).await.rejected(401, RejectionKind::InvalidSign);
    let unsigned = Signer::new(&App::unsigned(7)).url("/im").request(COMMAND, BODY, now);
    deliver(&layer, unsigned).await.rejected(401, RejectionKind::MissingSign);
}

// The signature.

#[tokio::test]
async fn an_unsigned_webhook_is_rejected() {
    let now = now();
    let sign = sign(TOKEN, &now);
    let base = format!("/im?SdkAppid={APP}&CallbackCommand={COMMAND}");
    for rest in [String::new(), format!("&RequestTime={now}"), format!("&Sign={sign}"), format!("&Signature={sign}")] {
        deliver(&layer(), post(format!("{base}{rest}"), BODY)).await.rejected(401, RejectionKind::MissingSign);
    }
}

#[tokio::test]
async fn a_bad_signature_is_rejected_without_saying_why() {
    let now = now();
    let correct = sign(TOKEN, &now);
    let last_changed = format!("{}{}", &correct[..63], if correct.ends_with('0') { '1' } else { '0' });
    let mut answers = Vec::new();
    for forged in [
        "",
        "17",
        "nonsense",
        "%E5%9B%9E",
        &correct[..62],
        &correct[..63],
        &format!("{correct}00"),
        &format!("0x{correct}"),
        &format!("{correct}+"),
        &"g".repeat(64),
        &"0".repeat(64),
        &last_changed,
        &sign("another token", &now),
        &sign(TOKEN, &(now.parse::<u64>().unwrap() + 1).to_string()),
        &sign("", &now),
    ] {
        let outcome = deliver(&layer(), post(uri_signed_at(&now, Some(forged)), BODY)).await;
        answers.push(outcome.answer.body.clone());
        outcome.rejected(401, RejectionKind::InvalidSign);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "a response must not reveal what is wrong with a signature: {answers:?}");
}

#[tokio::test]
async fn a_signature_may_be_in_upper_case() {
    let now = now();
    deliver(&layer(), post(uri_signed_at(&now, None), BODY)).await.accepted();
    let upper = sign(TOKEN, &now).to_uppercase();
    deliver(&layer(), post(uri_signed_at(&now, Some(&upper)), BODY)).await.accepted();
}

#[tokio::test]
async fn an_invalid_request_time_is_rejected_even_if_signed() {
    for time in ["", "soon", "-1", "%2B1", "1e9", "18446744073709551615", "18446744073709551616", "9223372036854775808"]
    {
        let sign = sign(TOKEN, &time.replace("%2B", "+"));
        let outcome = deliver(&layer(), post(uri_signed_at(time, Some(&sign)), BODY)).await;
        outcome.rejected(401, RejectionKind::Stale);
    }
}

/// Signed and fresh, but nobody writes a time like that: it is not worth a hash.
#[tokio::test]
async fn an_endless_request_time_is_rejected_even_if_signed() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = |len: usize| {
        let time = format!("{now:0>len$}");
        let query = format!("Sign={}&RequestTime={time}", sign(TOKEN, &time));
        let webhook = post(format!("/im?SdkAppid={APP}&CallbackCommand={COMMAND}&{query}"), BODY);
        (webhook, post(format!("/im?{query}"), "{}"))
    };
    let (webhook, check) = at(20);
    deliver(&layer(), webhook).await.accepted();
    assert_eq!(deliver(&layer(), check).await.answer.status(), 200);
    for len in [21, 60_000] {
        let (webhook, check) = at(len);
        deliver_in_memory(&layer(), webhook).await.rejected(401, RejectionKind::InvalidSign);
        deliver_in_memory(&layer(), check).await.rejected(400, RejectionKind::InvalidSdkAppId);
    }
}

/// Whether a webhook signed at 1669872112 is fresh this many milliseconds later.
fn is_fresh(receiver: &Receiver, later_by: i64) -> bool {
    let signed = UNIX_EPOCH + Duration::from_secs(1_669_872_112);
    let distance = Duration::from_millis(later_by.unsigned_abs());
    let now = if later_by < 0 { signed - distance } else { signed + distance };
    let (head, _) = signer().request(COMMAND, BODY, signed).into_parts();
    match receiver.verify(&head, now) {
        Ok(context) => {
            assert!(context.is_verified());
            true
        }
        Err(rejection) => {
            assert_eq!(rejection.kind(), RejectionKind::Stale);
            assert_eq!(rejection.status(), 401);
            false
        }
    }
}

#[test]
fn a_signature_is_valid_for_60_seconds_in_both_directions() {
    let receiver = Receiver::new(app());
    for fresh in [-60_000, -59_000, -1_000, 0, 1_000, 59_000, 60_000, 60_999] {
        assert!(is_fresh(&receiver, fresh), "{fresh} ms");
    }
    for stale in [-1_000_000_000, -61_000, -60_001, 61_000, 61_001, 1_000_000_000] {
        assert!(!is_fresh(&receiver, stale), "{stale} ms");
    }
}

#[test]
fn the_tolerance_can_be_set() {
    let receiver = Receiver::new(app()).tolerance(Duration::from_secs(5));
    for (by, fresh) in [(-6_000, false), (-5_000, true), (0, true), (5_000, true), (6_000, false)] {
        assert_eq!(is_fresh(&receiver, by), fresh, "{by} ms");
    }
    let receiver = receiver.tolerance(Duration::ZERO);
    for (by, fresh) in [(-1_000, false), (0, true), (999, true), (1_000, false)] {
        assert_eq!(is_fresh(&receiver, by), fresh, "{by} ms");
    }
    let receiver = receiver.tolerance(Duration::MAX);
    assert!(is_fresh(&receiver, -1_000_000_000) && is_fresh(&receiver, 1_000_000_000));
}

#[test]
fn with_a_clock_before_1970_every_webhook_is_stale() {
    let (head, _) = signer().request(COMMAND, BODY, UNIX_EPOCH).into_parts();
    for before in [Duration::from_nanos(1), Duration::from_secs(1), Duration::from_secs(1_669_872_112)] {
        for tolerance in [Duration::from_secs(60), Duration::MAX] {
            let rejection = Receiver::new(app()).tolerance(tolerance).verify(&head, UNIX_EPOCH - before).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::Stale, "{before:?} before 1970, {tolerance:?}");
        }
    }
}

#[test]
fn with_a_clock_that_was_never_set_todays_webhooks_are_stale() {
    let (head, _) = signer().request(COMMAND, BODY, UNIX_EPOCH + Duration::from_secs(1_669_872_112)).into_parts();
    let (at_1970, _) = signer().request(COMMAND, BODY, UNIX_EPOCH).into_parts();
    let receiver = Receiver::new(app());
    assert_eq!(receiver.verify(&head, UNIX_EPOCH).unwrap_err().kind(), RejectionKind::Stale);
    // One that was signed in 1970 is fresh: 0 is a time like any other.
    assert_eq!(receiver.verify(&at_1970, UNIX_EPOCH).unwrap().request_time(), Some(0.into()));
}

#[test]
fn a_clock_in_the_far_future_does_not_overflow() {
    let (head, _) = signer().request(COMMAND, BODY, UNIX_EPOCH + Duration::from_secs(1_669_872_112)).into_parts();
    let latest = UNIX_EPOCH + Duration::new(i64::MAX as u64, 999_999_999);
    for now in [UNIX_EPOCH + Duration::from_secs(253_402_300_800), latest] {
        let rejection = Receiver::new(app()).verify(&head, now).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::Stale, "{now:?}");
    }
    assert!(Receiver::new(app()).tolerance(Duration::MAX).verify(&head, latest).is_ok());
    let (head, _) = signer().request(COMMAND, BODY, latest).into_parts();
    assert!(Receiver::new(app()).verify(&head, latest).is_ok());
}

/// The receiver does not remember earlier times.
#[test]
fn the_clock_may_jump() {
    let receiver = Receiver::new(app());
    for (by, fresh) in [(0, true), (-3_600_000, false), (0, true), (-60_000, true), (3_600_000, false), (1_000, true)] {
        assert_eq!(is_fresh(&receiver, by), fresh, "{by} ms");
    }
}

#[tokio::test]
async fn the_layer_has_the_same_tolerance() {
    let half_an_hour = Duration::from_secs(30 * 60);
    let now = SystemTime::now();
    for signed in [now - half_an_hour, now + half_an_hour] {
        let request = signer().request(COMMAND, BODY, signed);
        deliver(&layer(), request.clone()).await.rejected(401, RejectionKind::Stale);
        deliver(&layer().tolerance(half_an_hour * 2), request).await.accepted();
    }
}

#[tokio::test]
async fn tokens_can_be_rotated() {
    let both = WebhookLayer::new(App::signed(APP, "the new token").unwrap().or_token(TOKEN).unwrap()).path("/im");
    let new = Signer::new(&App::signed(APP, "the new token").unwrap()).url("/im");
    let third = Signer::new(&App::signed(APP, "a third token").unwrap()).url("/im");
    deliver(&both, signed()).await.accepted();
    deliver(&both, new.request(COMMAND, BODY, SystemTime::now())).await.accepted();
    let forged = third.request(COMMAND, BODY, SystemTime::now());
    deliver(&both, forged).await.rejected(401, RejectionKind::InvalidSign);
    // Nor does it matter if a token is there twice.
    let twice = WebhookLayer::new(App::signed(APP, TOKEN).unwrap().or_token(TOKEN).unwrap()).path("/im");
    deliver(&twice, signed()).await.accepted();
    // A layer without the new token rejects it.
    let new = new.request(COMMAND, BODY, SystemTime::now());
    deliver(&layer(), new).await.rejected(401, RejectionKind::InvalidSign);
}

#[tokio::test]
async fn an_unsigned_app_accepts_webhooks_with_and_without_a_signature() {
    for request in [unsigned_post(COMMAND, BODY), signed(), post(uri_signed_at("1", Some("forged")), BODY)] {
        let seen = deliver(&unsigned(), request).await.accepted();
        assert!(!seen.hook().context().is_verified());
    }
}

#[tokio::test]
async fn a_bad_url_is_rejected_before_the_body_is_read() {
    let layer = layer().allow_commands([COMMAND]);
    for (uri, status) in [
        ("/im".to_owned(), 400),
        (signed_uri_with(COMMAND, ""), 200),
        (forged_uri().replace(COMMAND, ""), 400),
        (signed_uri() + "&Sign=00", 400),
        (signed_uri_with(COMMAND, "%zz"), 400),
        (signed_uri_with(&APP.to_string(), "7"), 403),
        (format!("/im?SdkAppid={APP}&CallbackCommand={COMMAND}"), 401),
        (uri_signed_at(&now(), Some("00")), 401),
        (uri_signed_at("1", None), 401),
        (signer().uri("State.StateChange", SystemTime::now()).to_string(), 403),
    ] {
        let request = Request::post(&uri).body(PanicBody::default()).unwrap();
        let outcome = deliver_in_memory(&layer, request).await;
        assert_eq!((outcome.answer.status(), outcome.calls), (status, 0), "{uri}");
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_ends_the_connection() {
    let broken = || Frames::of(["{"]).then_error(io::Error::other("reset"));
    for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3] {
        for (uri, body, ends) in [
            // Nothing was read, or not everything.
            (forged_uri(), Frames::of([BODY]), true),
            (signed_uri(), Frames::of([BODY]).claiming(1000), true),
            (signed_uri(), Frames::of(["x".repeat(60), "x".repeat(60)]), true),
            (signed_uri(), broken(), true),
            // Everything was.
            (signed_uri(), Frames::of(["nonsense"]), false),
            (signed_uri(), Frames::of(["{}"]), false),
        ] {
            let request = Request::post(&uri).version(version).body(body).unwrap();
            let outcome = deliver_in_memory(&layer().max_body(100), request).await;
            let connection = outcome.answer.head.headers.get(CONNECTION).map(HeaderValue::as_bytes);
            let expected = (ends && version <= Version::HTTP_11).then_some(b"close".as_slice());
            assert_eq!((connection, outcome.calls), (expected, 0), "{uri} {version:?}");
        }
        let nothing_to_read = Request::post(forged_uri()).version(version).body(Empty::<Bytes>::new()).unwrap();
        let outcome = deliver_in_memory(&layer(), nothing_to_read).await;
        assert!(!outcome.answer.head.headers.contains_key(CONNECTION));
        outcome.rejected(401, RejectionKind::InvalidSign);
    }
    // The answer of the failure policy too.
    let policy = FailurePolicy::new().after(AfterFailure::Acknowledge);
    for (body, ends) in [(broken(), true), (Frames::of(["nonsense"]), false)] {
        let request = Request::post(signed_uri()).body(body).unwrap();
        let answer = deliver_in_memory(&layer().on_failure(policy.clone()), request).await.answer;
        assert_eq!((answer.status(), answer.head.headers.contains_key(CONNECTION)), (200, ends));
    }
}

// The command.

#[tokio::test]
async fn a_command_outside_the_allow_list_is_rejected() {
    let layer = unsigned().allow_commands([COMMAND, "Made.Up"]);
    deliver(&layer, unsigned_post(COMMAND, BODY)).await.accepted();
    deliver(&layer, unsigned_post("Made.Up", "{}")).await.accepted();
    for other in ["State.StateChange", "Made.UpToo"] {
        let info = deliver(&layer, unsigned_post(other, "{}")).await.rejected(403, RejectionKind::CommandNotAllowed);
        assert!(info.contains(other), "{info}");
    }
    let none: [&str; 0] = [];
    deliver(&unsigned().allow_commands(none), unsigned_post(COMMAND, BODY))
        .await
        .rejected(403, RejectionKind::CommandNotAllowed);
}

#[tokio::test]
async fn an_unknown_command_is_forwarded_with_its_raw_body() {
    for body in ["{}", r#"{ "Who" : "knows", "CallbackCommand" : "Made.Up" }"#] {
        let seen = deliver(&unsigned(), unsigned_post("Made.Up", body)).await.accepted();
        let Event::Other(other) = seen.hook().event() else { panic!("{:?}", seen.hook()) };
        assert_eq!(other.command.as_str(), "Made.Up");
        assert_eq!(other.body, body);
        assert_eq!(seen.body, body);
    }
}

#[tokio::test]
async fn an_unknown_command_can_be_rejected() {
    let layer = unsigned().on_unknown(Policy::Reject);
    let info = deliver(&layer, unsigned_post("Made.Up", "{}")).await.rejected(400, RejectionKind::UnknownCommand);
    assert!(info.contains("Made.Up"), "{info}");
    deliver(&layer, unsigned_post(COMMAND, BODY)).await.accepted();
}

// The size of the body.

#[tokio::test]
async fn a_content_length_above_the_limit_is_rejected_without_reading_the_body() {
    for claimed in ["101", "262144", "9223372036854775808", "18446744073709551615", "18446744073709551616", "nonsense"]
    {
        let request = Request::post(signed_uri()).header(CONTENT_LENGTH, claimed).body(PanicBody::default()).unwrap();
        let outcome = deliver_in_memory(&layer().max_body(100), request).await;
        outcome.rejected(413, RejectionKind::BodyTooLarge);
    }
}

#[tokio::test]
async fn a_size_hint_above_the_limit_is_rejected_without_reading_the_body() {
    let request = Request::post(signed_uri()).body(PanicBody { at_least: 101 }).unwrap();
    deliver_in_memory(&layer().max_body(100), request).await.rejected(413, RejectionKind::BodyTooLarge);
}

#[tokio::test]
async fn a_content_length_of_2_to_the_63_is_rejected_over_tcp() {
    let inner = Inner::default();
    let server = serve(layer().layer(inner.clone())).await;
    let mut client = Raw::connect(server).await;
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", signed_uri());
    client.send(head).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 413);
    error_info(&answer.body, 413);
    assert_eq!(inner.calls(), 0);
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit() {
    let limit = 200;
    let layer = layer().max_body(limit);
    for (len, fits) in [(limit - 1, true), (limit, true), (limit + 1, false), (2 * limit, false)] {
        let body = body_of(len);
        let with_length = deliver(&layer, post(signed_uri(), body.clone())).await;
        let in_one = Request::post(signed_uri()).body(Frames::of([body.clone()])).unwrap();
        let in_one = deliver_in_memory(&layer, in_one).await;
        let bytes = body.bytes().map(|byte| vec![byte]);
        let in_many = deliver_in_memory(&layer, Request::post(signed_uri()).body(Frames::of(bytes)).unwrap()).await;
        for outcome in [with_length, in_one, in_many] {
            if fits {
                assert_eq!(outcome.accepted().body, body);
            } else {
                outcome.rejected(413, RejectionKind::BodyTooLarge);
            }
        }
    }
}

#[tokio::test]
async fn a_chunked_body_may_be_as_large_as_the_limit() {
    let limit = 200;
    let inner = Inner::default();
    let server = serve(layer().max_body(limit).layer(inner.clone())).await;
    for (len, status) in [(limit - 1, 200), (limit, 200), (limit + 1, 413)] {
        let body = body_of(len);
        let mut client = Raw::connect(server).await;
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", signed_uri());
        let (first, second) = body.split_at(100);
        client.send(format!("{head}64\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", second.len())).await;
        assert_eq!(client.answer().await.status, status, "{len}");
    }
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn a_body_that_grows_above_the_limit_is_read_no_further() {
    let body = Frames::of(["0123456789"; 100]);
    let given = body.polled();
    let outcome = deliver_in_memory(&layer().max_body(35), Request::post(signed_uri()).body(body).unwrap()).await;
    outcome.rejected(413, RejectionKind::BodyTooLarge);
    assert_eq!(given.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn the_default_limit_is_256_kib() {
    deliver(&layer(), post(signed_uri(), body_of(256 * 1024))).await.accepted();
    // Only in memory: over TCP, a client that is still sending may miss the response.
    let outcome = deliver_in_memory(&layer(), post(signed_uri(), body_of(256 * 1024 + 1))).await;
    outcome.rejected(413, RejectionKind::BodyTooLarge);
}

// A body that fails.

#[tokio::test]
async fn a_failing_body_is_rejected_with_its_error_as_the_source() {
    for body in [Frames::default(), Frames::of(["{"])] {
        let body = body.then_error(io::Error::new(io::ErrorKind::ConnectionReset, "reset by peer"));
        let outcome = deliver_in_memory(&layer(), Request::post(signed_uri()).body(body).unwrap()).await;
        let source = outcome.answer.rejection().source().expect("the body's error");
        let source: &io::Error = source.downcast_ref().expect("the body's error itself");
        assert_eq!(source.kind(), io::ErrorKind::ConnectionReset);
        let info = outcome.rejected(400, RejectionKind::BodyFailed);
        assert!(!info.contains("reset"), "{info}");
    }
}

#[tokio::test]
async fn a_body_cut_short_over_tcp_is_rejected() {
    let inner = Inner::default();
    let server = serve(layer().layer(inner.clone())).await;
    let mut client = Raw::connect(server).await;
    client.send(format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", signed_uri())).await;
    client.send(&BODY[..50]).await;
    client.finish().await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 400);
    assert_eq!(error_info(&answer.body, 400), "the body could not be read to its end");
    assert_eq!(inner.calls(), 0);
}

// What the body says.

#[tokio::test]
async fn a_malformed_body_is_rejected_with_its_json_path() {
    for (command, body, path) in [
        (COMMAND, r#"{"From_Account":["secret"],"To_Account":[],"EventTime":1}"#, "From_Account"),
        (COMMAND, r#"{"To_Account":["secret"],"EventTime":1}"#, "From_Account"),
        (COMMAND, r#"{"From_Account":"secret","To_Account":["x",]}"#, "To_Account[1]"),
        ("State.StateChange", r#"{"Info":{"Action":"Login","To_Account":{},"Reason":"Register"}}"#, "Info.To_Account"),
        ("State.StateChange", r#"{"Info":{"Action":"Login","Reason":"Register"}}"#, "Info.To_Account"),
        (
            "C2C.CallbackBeforeSendMsg",
            r#"{"From_Account":"a","To_Account":"b","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"k",
                "MsgBody":"secret"}"#,
            "MsgBody",
        ),
    ] {
        let outcome = deliver(&unsigned(), unsigned_post(command, body)).await;
        assert!(outcome.answer.rejection().source().is_some());
        let info = outcome.rejected(400, RejectionKind::Malformed);
        assert!(info.contains(path), "{path} is not in {info:?}");
        assert!(!info.contains("secret"), "{info}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_rejected() {
    for body in ["", "nonsense", "{", "[]", "null", "7", &format!("{BODY}x"), &format!("{BODY}{BODY}"), "\u{feff}{}"] {
        deliver(&unsigned(), unsigned_post(COMMAND, body.to_owned())).await.rejected(400, RejectionKind::Malformed);
        let unknown = unsigned_post("Made.Up", body.to_owned());
        deliver(&unsigned(), unknown).await.rejected(400, RejectionKind::Malformed);
    }
    // JSON but for bytes that are not UTF-8 is read.
    let not_utf8 = Bytes::from_static(b"{\"From_Account\":\"\xff\",\"To_Account\":[],\"EventTime\":1}");
    deliver(&unsigned(), unsigned_post(COMMAND, not_utf8.clone())).await.accepted();
    assert_eq!(deliver(&unsigned(), unsigned_post("Made.Up", not_utf8.clone())).await.accepted().body, not_utf8);
    let deep = "[".repeat(100_000);
    deliver(&unsigned(), unsigned_post(COMMAND, deep)).await.rejected(400, RejectionKind::Malformed);
}

#[tokio::test]
async fn a_body_of_another_command_is_rejected() {
    for url in ["State.StateChange", "Follow.CallbackAfterFollowAdd", "Made.Up"] {
        deliver(&unsigned(), unsigned_post(url, BODY)).await.rejected(400, RejectionKind::CommandMismatch);
    }
    let unknown = r#"{"CallbackCommand":"Made.Up"}"#;
    deliver(&unsigned(), unsigned_post(COMMAND, unknown)).await.rejected(400, RejectionKind::CommandMismatch);
    // Even if everything but the name fits the URL's command.
    let named_otherwise = BODY.replace(COMMAND, "Made.Up");
    deliver(&unsigned(), unsigned_post(COMMAND, named_otherwise)).await.rejected(400, RejectionKind::CommandMismatch);
}

#[tokio::test]
async fn a_body_need_not_name_its_command() {
    let body = BODY.replace(&format!(r#""CallbackCommand":"{COMMAND}","#), "");
    assert!(!body.contains("CallbackCommand"));
    let seen = deliver(&unsigned(), unsigned_post(COMMAND, body)).await.accepted();
    let hook = seen.head.extensions.get::<Webhook>().unwrap().clone();
    let hook = hook.downcast::<state::StateChange>().expect_err("it is another event");
    assert_eq!(hook.downcast::<follow::AfterFollowDelete>().expect("it is this event").from_account, "ada");
}

#[tokio::test]
async fn a_body_may_escape_its_command() {
    for written in [r"\u0046ollow.CallbackAfterFollowDelete", r"Follow\u002eCallbackAfterFollowDelete"] {
        let seen = deliver(&unsigned(), unsigned_post(COMMAND, BODY.replace(COMMAND, written))).await.accepted();
        assert!(matches!(seen.hook().event(), Event::FollowAfterFollowDelete(_)));
        let escaped_mismatch = unsigned_post("State.StateChange", BODY.replace(COMMAND, written));
        deliver(&unsigned(), escaped_mismatch).await.rejected(400, RejectionKind::CommandMismatch);
    }
    let with_command = |json: &str| unsigned_post(COMMAND, BODY.replace(&format!("{COMMAND:?}"), json));
    for no_command in ["{}", "[]", "null", "\"\""] {
        deliver(&unsigned(), with_command(no_command)).await.accepted();
    }
    deliver(&unsigned(), with_command("7")).await.rejected(400, RejectionKind::CommandMismatch);
    let twice = BODY.replacen('{', &format!("{{\"CallbackCommand\":{COMMAND:?},"), 1);
    deliver(&unsigned(), unsigned_post(COMMAND, twice)).await.accepted();
}

#[tokio::test]
async fn a_body_in_several_frames_is_the_same_event() {
    let whole = deliver(&unsigned(), unsigned_post(COMMAND, BODY)).await.accepted();
    for at in 0..=BODY.len() {
        let (head, _) = unsigned_post(COMMAND, "").into_parts();
        let request = Request::from_parts(head, Frames::of(["", &BODY[..at], &BODY[at..], ""]));
        let seen = deliver_in_memory(&unsigned(), request).await.accepted();
        assert_eq!(seen.hook(), whole.hook(), "split at {at}");
        assert_eq!(seen.body, BODY);
    }
}

#[tokio::test]
async fn trailers_before_data_and_repeated_trailers_do_no_harm() {
    /// Yields trailers, data and trailers again. HTTP never does, but a middleware may.
    struct Odd(Vec<Frame<Bytes>>);

    impl Body for Odd {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            std::task::Poll::Ready(self.0.pop().map(Ok))
        }
    }

    let frames = vec![Frame::trailers(trailers()), Frame::data(BODY.into()), Frame::trailers(HeaderMap::new())];
    let (head, _) = unsigned_post(COMMAND, "").into_parts();
    let seen = deliver_in_memory(&unsigned(), Request::from_parts(head, Odd(frames))).await.accepted();
    assert_eq!(seen.body, BODY);
    assert_eq!(seen.trailers, Some(trailers()));
}

#[tokio::test]
async fn a_response_future_shows_what_it_waits_for_and_nothing_of_the_request() {
    let mut service = layer().layer(Inner::default());
    let mut called = |request| Box::pin(service.call(request));
    let shown = |state: &str| format!("ResponseFuture {{ state: {state:?}, .. }}");

    assert_eq!(format!("{:?}", called(get(signed_uri()))), shown("calling the inner service"));
    assert_eq!(format!("{:?}", called(forged())), shown("answering without the inner service"));
    let mut future = called(signed());
    assert_eq!(format!("{future:?}"), shown("collecting the body"));
    assert_eq!(future.as_mut().await.unwrap().status(), 200);
    assert_eq!(format!("{future:?}"), shown("done"));
}
