//! What must never be in any output: the token, the expected signature, and the query of a refused request.

mod support;

use std::{
    error::Error,
    fmt::Debug,
    io,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use support::*;
use tower::{Layer, ServiceBuilder};
use tower_http::trace::TraceLayer;
use tower_tencent_webhook::{App, ConfigError, Policy, Receiver, Rejection, WebhookLayer, signer::Signer};
use tracing::Level;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

const OLD_TOKEN: &str = "the token of last year";
const FORGED: &str = "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed";
const CLIENT_IP: &str = "203.0.113.77";
const PLATFORM: &str = "Mainframe";
const NOTE: &str = "a-note-of-the-console";

fn two_tokens() -> App {
    app().or_token(OLD_TOKEN).unwrap()
}

/// What must not be in an output, each with its name. Signatures are those expected at this time.
fn secrets(request_time: &str) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    for token in [TOKEN, OLD_TOKEN] {
        let sign = support::sign(token, request_time);
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

/// What of a refused request's query must not be in an output.
fn presented(query: &str) -> Vec<(String, String)> {
    let mut presented = vec![("the query".to_owned(), query.to_owned())];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // The app and the command are named where it is they that are refused.
        if !["SdkAppid", "CallbackCommand", "contenttype"].contains(&name) && value.len() > 3 {
            presented.push((format!("the query's {name}"), value.to_owned()));
        }
    }
    presented
}

#[track_caller]
fn assert_none_in(output: &str, secrets: &[(String, String)]) {
    // `{:#?}` breaks lists of bytes into lines.
    let lines: Vec<_> = output.split_whitespace().collect();
    for output in [output, &lines.join(" ")] {
        for (name, secret) in secrets {
            assert!(!output.contains(secret.as_str()), "{name}, {secret:?}, is in {output}");
        }
    }
}

/// All refusals: a name, the request, and the time it is signed at.
fn refusals() -> Vec<(&'static str, Request<Full<Bytes>>, String)> {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let (now, long_ago) = (seconds(SystemTime::now()), seconds(SystemTime::now() - Duration::from_secs(9999)));
    let sign = support::sign(TOKEN, &now);
    let uri = |app: &str, command: &str, time: &str, sign: &str| {
        format!(
            "/im?SdkAppid={app}&CallbackCommand={command}&contenttype=json&ClientIP={CLIENT_IP}\
             &OptPlatform={PLATFORM}&note={NOTE}&RequestTime={time}&Sign={sign}"
        )
    };
    let app = APP.to_string();
    let genuine = uri(&app, COMMAND, &now, &sign);
    let old_sign = support::sign(OLD_TOKEN, &long_ago);
    [
        ("no app", uri("", COMMAND, &now, &sign), BODY),
        ("no command", uri(&app, "", &now, &sign), BODY),
        ("a parameter twice", format!("{genuine}&Sign={FORGED}"), BODY),
        ("bad encoding of the signature", format!("{genuine}%zz"), BODY),
        ("bad encoding of the command", uri(&app, "%ff", &now, &sign), BODY),
        ("foreign app", uri("7", COMMAND, &now, &sign), BODY),
        ("no signature", genuine.replace("&Sign=", "&NoSign="), BODY),
        ("forged", uri(&app, COMMAND, &now, FORGED), BODY),
        ("malformed signature", uri(&app, COMMAND, &now, &sign[1..]), BODY),
        ("stale", uri(&app, COMMAND, &long_ago, &support::sign(TOKEN, &long_ago)), BODY),
        ("stale, by the old token", uri(&app, COMMAND, &long_ago, &old_sign), BODY),
        ("command not allowed", uri(&app, "State.StateChange", &now, &sign), BODY),
        ("unknown command", uri(&app, "Made.Up", &now, &sign), "{}"),
        ("malformed", genuine.clone(), r#"{"From_Account":["the body's own secret"]}"#),
        ("no JSON", genuine.clone(), "the body's own secret"),
        ("mismatch", genuine.clone(), r#"{"CallbackCommand":"Made.Up","From_Account":"the body's own secret"}"#),
        ("too large", genuine, &"the body's own secret".repeat(100)),
    ]
    .map(|(name, uri, body)| {
        let time = if name.starts_with("stale") { &long_ago } else { &now };
        (name, post(uri, body.to_owned()), time.clone())
    })
    .into()
}

fn strict() -> WebhookLayer {
    WebhookLayer::new(two_tokens())
        .path("/im")
        .allow_commands([COMMAND, "Made.Up"])
        .on_unknown(Policy::Reject)
        .max_body(1000)
}

/// All that a rejection says.
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
async fn no_refusal_says_a_secret_or_its_query() {
    let mut kinds = Vec::new();
    for (name, request, time) in refusals() {
        let mut secrets = secrets(&time);
        secrets.extend(presented(request.uri().query().unwrap()));
        secrets.push(("the body".to_owned(), "the body's own secret".to_owned()));

        let outcome = ask(&strict(), request).await;
        assert_eq!(outcome.calls, 0, "{name} was not refused");
        assert_none_in(&String::from_utf8_lossy(&outcome.answer.body), &secrets);
        assert_none_in(&format!("{:?}", outcome.answer.head), &secrets);
        assert_none_in(&everything(outcome.answer.rejection()), &secrets);
        kinds.push(outcome.answer.rejection().kind());
    }
    let body = Frames::default().then_error(io::Error::other("reset"));
    let outcome = ask_in_memory(&strict(), genuine().map(|_| body)).await;
    assert_none_in(&everything(outcome.answer.rejection()), &presented(genuine().uri().query().unwrap()));
    kinds.push(outcome.answer.rejection().kind());

    kinds.sort_by_key(|kind| kind.as_str());
    kinds.dedup();
    assert_eq!(kinds.len(), 14, "one of each kind: {kinds:?}");
}

#[test]
fn no_debug_output_says_a_secret() {
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
        debug(&tower::Service::call(&mut service.clone(), genuine())),
    ] {
        assert!(!output.is_empty());
        assert_none_in(&output, &secrets);
    }

    // Nor do the mistakes that a token can be.
    let too_long = TOKEN.repeat(10);
    let error: ConfigError = App::signed(1, too_long).unwrap_err();
    assert_none_in(&format!("{error} {error:?}"), &secrets);
    let error = App::unsigned(1).or_token(TOKEN).unwrap_err();
    assert_none_in(&format!("{error} {error:?}"), &secrets);
}

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_says_a_secret_or_a_query() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // All of this test is on one thread: the server too.
    let _logging = tracing::subscriber::set_default(subscriber);

    // By default the span of TraceLayer has the whole URI in it, and so a signature that is good for a minute. Hence
    // a span of our own, with the path alone.
    let trace = TraceLayer::new_for_http().make_span_with(|request: &Request<Incoming>| {
        tracing::info_span!("request", method = %request.method(), path = request.uri().path())
    });
    let server = serve(ServiceBuilder::new().layer(trace).layer(strict()).service(Inner::default())).await;

    let mut secrets_of_all = Vec::new();
    let accepted = genuine();
    secrets_of_all.extend(presented(accepted.uri().query().unwrap()));
    // An accepted one's client and platform are for its handler to log, or not.
    assert_eq!(fetch(server, accepted).await.status(), 200);
    let mut refused = 0;
    for (name, request, time) in refusals() {
        secrets_of_all.extend(secrets(&time));
        secrets_of_all.extend(presented(request.uri().query().unwrap()));
        secrets_of_all.push(("the body".to_owned(), "the body's own secret".to_owned()));
        assert!(fetch(server, request).await.status() >= 400, "{name}");
        refused += 1;
    }

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("finished processing request").count(), 1 + refused, "the log has all requests: {log}");
    assert!(log.contains(r#"path="/im""#), "{log}");
    assert_none_in(&log, &secrets_of_all);
}
