//! What must never be in any output: the token, the expected signature, and the query of a rejected request. For logs
//! and metrics see `observe`.

use std::{
    error::Error,
    fmt::Debug,
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::Layer;
use tower_tencent_webhook::{App, ConfigError, Policy, Receiver, Rejection, WebhookLayer, signer::Signer};

use crate::common::*;

const OLD_TOKEN: &str = "the token of last year";
const FORGED: &str = "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed";
const CLIENT_IP: &str = "203.0.113.77";
const PLATFORM: &str = "Mainframe";
const NOTE: &str = "a-note-of-the-console";

fn two_tokens() -> App {
    app().or_token(OLD_TOKEN).unwrap()
}

/// What must not be in any output, by name. The signatures are those expected at this time.
pub(crate) fn secrets(request_time: &str) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    for token in [TOKEN, OLD_TOKEN] {
        let sign = sign(token, request_time);
        let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&sign[2 * i..2 * i + 2], 16).unwrap()).collect();
        let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        secrets.extend([
            ("the token".to_owned(), token.to_owned()),
            ("the token's bytes".to_owned(), list(token.as_bytes())),
            ("the token in hex".to_owned(), hex),
            ("the expected signature".to_owned(), sign.clone()),
            ("the expected signature, upper case".to_owned(), sign.to_uppercase()),
            ("the expected signature's bytes".to_owned(), list(&bytes)),
        ]);
    }
    secrets
}

/// What must not be in any output of a rejected request's query.
pub(crate) fn presented(query: &str) -> Vec<(String, String)> {
    let mut presented = vec![("the query".to_owned(), query.to_owned())];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A rejection may name the app and the command.
        if !["SdkAppid", "CallbackCommand", "contenttype"].contains(&name) && value.len() > 3 {
            presented.push((format!("the query's {name}"), value.to_owned()));
        }
    }
    presented
}

#[track_caller]
pub(crate) fn assert_none_in(output: &str, secrets: &[(String, String)]) {
    // `{:#?}` puts each byte of a list on its own line.
    let lines: Vec<_> = output.split_whitespace().collect();
    for output in [output, &lines.join(" ")] {
        for (name, secret) in secrets {
            assert!(!output.contains(secret.as_str()), "{name}, {secret:?}, is in {output}");
        }
    }
}

/// A request for every rejection: a name, the request, and when it was signed.
pub(crate) fn rejections() -> Vec<(&'static str, Request<Full<Bytes>>, String)> {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let (now, long_ago) = (seconds(SystemTime::now()), seconds(SystemTime::now() - Duration::from_secs(9999)));
    let good = sign(TOKEN, &now);
    let uri = |app: &str, command: &str, time: &str, sign: &str| {
        format!(
            "/im?SdkAppid={app}&CallbackCommand={command}&contenttype=json&ClientIP={CLIENT_IP}\
             &OptPlatform={PLATFORM}&note={NOTE}&RequestTime={time}&Sign={sign}"
        )
    };
    let app = APP.to_string();
    let genuine = uri(&app, COMMAND, &now, &good);
    let old_sign = sign(OLD_TOKEN, &long_ago);
    [
        ("no app", uri("", COMMAND, &now, &good), BODY),
        ("no command", uri(&app, "", &now, FORGED), BODY),
        ("a parameter twice", format!("{genuine}&Sign={FORGED}"), BODY),
        ("bad encoding of the signature", format!("{genuine}%zz"), BODY),
        ("bad encoding of the command", uri(&app, "%ff", &now, &good), BODY),
        ("unknown app", uri("7", COMMAND, &now, &good), BODY),
        ("no signature", genuine.replace("&Sign=", "&NoSign="), BODY),
        ("forged", uri(&app, COMMAND, &now, FORGED), BODY),
        ("malformed signature", uri(&app, COMMAND, &now, &good[1..]), BODY),
        ("stale", uri(&app, COMMAND, &long_ago, &sign(TOKEN, &long_ago)), BODY),
        ("stale, by the old token", uri(&app, COMMAND, &long_ago, &old_sign), BODY),
        ("command not allowed", uri(&app, "State.StateChange", &now, &good), BODY),
        ("unknown command", uri(&app, "Made.Up", &now, &good), r#"{"Phase":1}"#),
        ("malformed", genuine.clone(), r#"{"From_Account":["the body's own secret"]}"#),
        ("not JSON", genuine.clone(), "the body's own secret"),
        ("mismatch", genuine.clone(), r#"{"CallbackCommand":"Made.Up","From_Account":"the body's own secret"}"#),
        ("too large", genuine, &"the body's own secret".repeat(100)),
    ]
    .map(|(name, uri, body)| {
        let time = if name.starts_with("stale") { &long_ago } else { &now };
        (name, post(uri, body.to_owned()), time.clone())
    })
    .into()
}

/// The layer that rejects all of them.
pub(crate) fn strict() -> WebhookLayer {
    WebhookLayer::new(two_tokens())
        .path("/im")
        .allow_commands([COMMAND, "Made.Up"])
        .on_unknown(Policy::Reject)
        .max_body(1000)
}

/// Everything that a rejection prints.
fn everything(rejection: &Rejection) -> String {
    let mut output = format!("{rejection} {rejection:?} {rejection:#?} {}", rejection.kind().as_str());
    let mut source = rejection.source();
    while let Some(error) = source {
        output += &format!(" {error} {error:?}");
        source = error.source();
    }
    output
}

#[tokio::test]
async fn rejections_reveal_neither_secrets_nor_the_query() {
    let mut kinds = Vec::new();
    for (name, request, time) in rejections() {
        let mut secrets = secrets(&time);
        secrets.extend(presented(request.uri().query().unwrap()));
        secrets.push(("the body".to_owned(), "the body's own secret".to_owned()));

        let outcome = deliver(&strict(), request).await;
        assert_eq!(outcome.calls, 0, "{name} was not rejected");
        assert_none_in(&String::from_utf8_lossy(&outcome.answer.body), &secrets);
        assert_none_in(&format!("{:?}", outcome.answer.head), &secrets);
        assert_none_in(&everything(outcome.answer.rejection()), &secrets);
        kinds.push(outcome.answer.rejection().kind());
    }
    let body = Frames::default().then_error(io::Error::other("reset"));
    let outcome = deliver_in_memory(&strict(), signed().map(|_| body)).await;
    assert_none_in(&everything(outcome.answer.rejection()), &presented(signed().uri().query().unwrap()));
    kinds.push(outcome.answer.rejection().kind());

    kinds.sort_by_key(|kind| kind.as_str());
    kinds.dedup();
    assert_eq!(kinds.len(), 14, "one of each kind: {kinds:?}");
}

#[test]
fn debug_output_reveals_no_secret() {
    fn debug(value: &impl Debug) -> String {
        format!("{value:?} {value:#?}")
    }

    let now = SystemTime::now();
    let time = now.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let secrets = secrets(&time);
    let receiver = Receiver::new(two_tokens()).app(App::signed(7, TOKEN).unwrap());
    let signer = Signer::new(&two_tokens()).url("/im");
    let service = strict().layer(Inner::default());
    let (head, _) = signer.request(COMMAND, BODY, now).into_parts();
    let context = receiver.verify(&head, now).unwrap();
    let hook = receiver.parse(context.clone(), BODY.into()).unwrap();

    for output in [
        debug(&two_tokens()),
        debug(&receiver),
        debug(&strict()),
        debug(&service),
        debug(&signer),
        debug(&context),
        debug(&hook),
        debug(&tower::Service::call(&mut service.clone(), signed())),
    ] {
        assert!(!output.is_empty());
        assert_none_in(&output, &secrets);
    }

    // The body may have what the event does not show, such as the key of a stream.
    assert!(format!("{hook:?}").contains(&format!("body: {} bytes", BODY.len())), "{hook:?}");

    // Nor do errors about a token.
    let too_long = TOKEN.repeat(10);
    let error: ConfigError = App::signed(1, too_long).unwrap_err();
    assert_none_in(&format!("{error} {error:?}"), &secrets);
    let error = App::unsigned(1).or_token(TOKEN).unwrap_err();
    assert_none_in(&format!("{error} {error:?}"), &secrets);
}
