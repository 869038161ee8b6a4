//! The files for Kubernetes, SCF and the vendor's addresses, and a stand-in for AWS Lambda.

use std::{
    fs,
    net::TcpListener as Socket,
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State},
    routing::{get as on_get, post as on_post},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};
use tower_tencent_webhook::signer::sample;
use tower_tencent_webhook_handoff_testing::{PATIENCE, Process, free_port};

use crate::common::{ID, TOKEN, file, message, read, signed, status};

// The documentation.

#[test]
fn what_the_documentation_quotes_is_in_the_files() {
    let document = include_str!("../../../docs/deploy.md");
    let mut quoted = 0;
    for (language, name) in
        [("nginx", "nginx/webhooks.conf"), ("yaml", "kubernetes/receiver.yaml"), ("bash", "scf/scf_bootstrap")]
    {
        let file = read(name);
        let fence = format!("```{language}\n");
        let blocks = document.split(&fence).skip(1);
        for line in blocks.flat_map(|block| block.split("```").next().unwrap().lines()) {
            assert!(file.lines().any(|found| found == line), "{name} has no line {line:?}");
            quoted += 1;
        }
    }
    assert!(quoted > 10, "{quoted}");
}

// Kubernetes.

/// The value of a key that the file has once.
fn number(manifest: &str, key: &str) -> u64 {
    let mut found = manifest.lines().filter_map(|line| line.trim().strip_prefix(key));
    let value = found.next().unwrap_or_else(|| panic!("there is no {key}"));
    assert_eq!(found.next(), None, "{key} is there twice");
    value.trim().trim_matches(['"', '}']).parse().unwrap_or_else(|_| panic!("{key} {value}"))
}

#[test]
fn the_manifest_fits_the_receiver() {
    let manifest = read("kubernetes/receiver.yaml");
    let server = read("src/server.rs");
    for path in ["/livez", "/readyz"] {
        assert!(manifest.contains(&format!("path: {path},")) && server.contains(&format!("\"{path}\"")), "{path}");
    }
    let linger = number(&manifest, "- {name: LINGER, value:");
    // A connection's requests, and handlers in the background, as `src` has them.
    let accept = fs::read_to_string(file("../examples/server/mod.rs")).unwrap();
    assert!(accept.contains("GRACE: Duration = Duration::from_secs(15)"));
    assert!(read("src/webhooks.rs").contains("background_timeout(Duration::from_secs(20))"));
    assert!(number(&manifest, "terminationGracePeriodSeconds:") >= linger + 15 + 20);
    // Long enough for everybody to notice: a few probes.
    let probe = manifest.split("readinessProbe:").nth(1).unwrap().split("livenessProbe:").next().unwrap();
    assert!(linger >= 5 * number(probe, "periodSeconds:") * number(probe, "failureThreshold:"));
    let settings = read("src/settings.rs");
    for name in ["SDKAPPID", "METRICS_ADDRESS", "LINGER", "TOKEN", "OTHER_TOKEN"] {
        assert!(manifest.contains(name) && settings.contains(&format!("`{name}`")), "{name}");
    }
}

// SCF.

#[tokio::test]
async fn scf_bootstrap_starts_the_receiver_beside_it_on_all_addresses() {
    let folder = TempDir::with_prefix("scf-").unwrap();
    fs::copy(env!("CARGO_BIN_EXE_observed"), folder.path().join("observed")).unwrap();
    let script = read("scf/scf_bootstrap");
    // SCF's rules: its first line, its last byte, the port and all addresses.
    assert!(script.starts_with("#!/bin/bash\n") && script.ends_with('\n') && script.contains("0.0.0.0:9000"));
    let port = free_port();
    let copy = folder.path().join("scf_bootstrap");
    fs::copy(file("scf/scf_bootstrap"), &copy).unwrap();
    fs::write(&copy, script.replace("9000", &port.to_string())).unwrap();
    let mut process = Process::new(Command::new(copy), "listening on 0.0.0.0:")
        .env("SDKAPPID", ID.to_string())
        .env("TOKEN", TOKEN)
        .env("METRICS_ADDRESS", format!("127.0.0.1:{}", free_port()));
    process.start().await;
    assert_eq!(status(port, message("hello")).await, Some(200));
    process.signal("INT");
    assert_eq!(process.end().await.code(), Some(0));
}

// The vendor's addresses.

/// Runs the script against a REST API that answers with this.
async fn allow_list(answer: &'static str) -> (Output, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, mut asks) = mpsc::unbounded_channel();
    let api = Router::new().route(
        "/v4/ConfigSvc/GetIPList",
        on_post(async move |uri: http::Uri| {
            asked.send(uri.query().unwrap().to_owned()).unwrap();
            answer
        }),
    );
    let api = tokio::spawn(async { axum::serve(listener, api).await });
    let run = tokio::task::spawn_blocking(move || {
        Command::new(file("nginx/allow-list"))
            .args(["1400000000", "--nettype", "6", "--keep", "10.0.0.0/8", "--host"])
            .arg(format!("http://{address}"))
            .env("USERSIG", "a signature")
            .output()
            .unwrap()
    });
    let output = run.await.unwrap();
    api.abort();
    (output, asks.recv().await.unwrap())
}

#[tokio::test]
async fn the_vendors_addresses_become_a_list_for_nginx() {
    let (output, asked) = allow_list(
        r#"{"ActionStatus":"OK","ErrorCode":0,"IPList":["183.192.202.0/25","127.0.0.2","127.0.0.2","2402:4e00::/32"]}"#,
    )
    .await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "allow 10.0.0.0/8;\nallow 127.0.0.2/32;\nallow 183.192.202.0/25;\nallow 2402:4e00::/32;\ndeny all;\n"
    );
    for parameter in ["sdkappid=1400000000", "identifier=administrator", "usersig=a+signature", "nettype=6"] {
        assert!(asked.split('&').any(|found| found == parameter), "{parameter}: {asked}");
    }
}

#[tokio::test]
async fn what_is_not_a_list_of_addresses_becomes_nothing() {
    for answer in [
        r#"{"ActionStatus":"FAIL","ErrorCode":70003,"ErrorInfo":"the UserSig is wrong"}"#,
        r#"{"ActionStatus":"OK","ErrorCode":0,"IPList":[]}"#,
        r#"{"ActionStatus":"OK","ErrorCode":0,"IPList":["0.0.0.0/0; include /etc/passwd"]}"#,
        r#"{"ActionStatus":"OK","ErrorCode":0}"#,
        "<html>",
    ] {
        let (output, _) = allow_list(answer).await;
        assert!(!output.status.success() && output.stdout.is_empty(), "{answer}: {output:?}");
    }
}

// AWS Lambda.

/// Lambda's runtime API, for one function: it hands out events, and freezes the function once it has answered.
struct Lambda {
    function: Process,
    events: mpsc::UnboundedSender<Value>,
    answers: mpsc::UnboundedReceiver<Value>,
}

type Events = Arc<Mutex<mpsc::UnboundedReceiver<Value>>>;

impl Lambda {
    async fn start(mode: &str) -> Self {
        let (events, received) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let next = async |State(events): State<Events>| {
            // Without an event it waits for ever, as Lambda does.
            let event = events.lock().await.recv().await.expect("the test runs");
            let until = (std::time::UNIX_EPOCH.elapsed().unwrap() + PATIENCE).as_millis().to_string();
            let headers = [("lambda-runtime-aws-request-id", "1".to_owned()), ("lambda-runtime-deadline-ms", until)];
            (headers, event.to_string())
        };
        let answer = async move |Path(_): Path<String>, body: String| {
            answered.send(serde_json::from_str(&body).unwrap()).unwrap();
            http::StatusCode::ACCEPTED
        };
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", on_get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", on_post(answer))
            .with_state(Arc::new(Mutex::new(received)));
        let socket = Socket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        socket.set_nonblocking(true).unwrap();
        tokio::spawn(async move { axum::serve(TcpListener::from_std(socket).unwrap(), api).await });
        let mut function = Process::example(env!("CARGO_MANIFEST_DIR"), "lambda", "")
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "webhooks")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "")
            .env("SDKAPPID", ID.to_string())
            .env("TOKEN", TOKEN)
            .env("MODE", mode);
        function.spawn();
        Self { function, events, answers }
    }

    /// The status of the answer to a signed event.
    async fn invoke(&mut self) -> u64 {
        self.send();
        let answer = timeout(PATIENCE, self.answers.recv()).await.unwrap().unwrap();
        answer["statusCode"].as_u64().unwrap()
    }

    /// A signed event as a function URL delivers it.
    fn send(&self) {
        let command = "Follow.CallbackAfterFollowAdd";
        let request = signed(command, sample(command));
        let body = String::from_utf8(sample(command).to_vec()).unwrap();
        let query = request.uri().query().unwrap();
        let context = json!({
            "accountId": "anonymous", "apiId": "id", "domainName": "id.lambda-url.example", "domainPrefix": "id",
            "http": {"method": "POST", "path": "/im", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
            "requestId": "1", "routeKey": "$default", "stage": "$default",
            "time": "26/Nov/2026:00:00:00 +0000", "timeEpoch": 1_795_651_200_000_u64,
        });
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/im", "rawQueryString": query,
            "headers": {"content-type": "application/json", "host": "id.lambda-url.example"},
            "requestContext": context, "body": body, "isBase64Encoded": false,
        });
        self.events.send(event).unwrap();
    }

    /// Whether the handler runs within 3 s, or has.
    async fn handles(&mut self) -> bool {
        timeout(Duration::from_secs(3), self.function.line(|line| line == "handled")).await.is_ok()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_lambda_a_webhook_is_handled_before_its_answer() {
    let mut lambda = Lambda::start("").await;
    assert_eq!(lambda.invoke().await, 200);
    // Frozen from its answer on, as Lambda does it: nothing was left to do.
    lambda.function.signal("STOP");
    assert!(lambda.handles().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_lambda_what_is_acknowledged_before_it_is_handled_waits_for_the_next_webhook_or_for_ever() {
    for mode in ["ack_first", "deadline"] {
        let mut lambda = Lambda::start(mode).await;
        assert_eq!(lambda.invoke().await, 200, "{mode}");
        lambda.function.signal("STOP");
        assert!(!lambda.handles().await, "{mode}: it was handled by a function that is frozen");
        lambda.function.signal("CONT");
        assert!(lambda.handles().await, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_lambda_an_answer_that_is_withheld_does_not_come_before_chat_has_hung_up() {
    let mut lambda = Lambda::start("broken").await;
    lambda.send();
    let answer = timeout(Duration::from_millis(2200), lambda.answers.recv()).await;
    assert!(answer.is_err(), "{answer:?}");
}
