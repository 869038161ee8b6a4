//! Debian's Prometheus scrapes the receiver, and its rules and the dashboard's queries find what they look for.

use std::{
    fs::{self, File},
    io::Write,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use http::Request;
use http_body_util::Full;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use tower_tencent_webhook::{
    App,
    signer::{Signer, sample},
};
use tower_tencent_webhook_handoff_testing::{PATIENCE, Server, binary, eventually, free_port};

use crate::{
    common::{ID, Receiver, TOKEN, ask, file, get, message, read, signed, signer, status},
    contract::{Query, panels, rules},
};

/// Prometheus on loopback, with its data in a temporary folder. It is killed when this is dropped.
struct Prometheus {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Prometheus {
    /// With this package's configuration, but in a hurry, and scraping other ports.
    async fn start(targets: &[u16]) -> Self {
        let folder = TempDir::with_prefix("prometheus-").unwrap();
        let targets: Vec<_> = targets.iter().map(|port| format!("\"127.0.0.1:{port}\"")).collect();
        let config = read("prometheus/prometheus.yml");
        assert!(config.contains("15s") && config.contains(r#"["127.0.0.1:9464"]"#), "{config}");
        let config = config.replace("15s", "1s").replace(r#""127.0.0.1:9464""#, &targets.join(", "));
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        fs::copy(file("prometheus/rules.yml"), folder.path().join("rules.yml")).unwrap();
        let port = free_port();
        let log = File::create(folder.path().join("log")).unwrap();
        let child = Command::new(binary("prometheus", &[], "prometheus"))
            .current_dir(folder.path())
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let prometheus = Self { child, port, _folder: folder };
        eventually("Prometheus is ready", async || status(port, get("/-/ready")).await == Some(200)).await;
        prometheus
    }

    /// How many series the query has, and it has no error.
    async fn series(&self, query: &Query) -> usize {
        let Query { name, expr } = query;
        let encoded: String = expr.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = ask(self.port, get(&format!("/api/v1/query?query={encoded}"))).await.expect("Prometheus answers");
        let answer: Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(answer["status"], "success", "{name}: {answer}");
        answer["data"]["result"].as_array().unwrap().iter().filter(|series| series["value"][1] != "NaN").count()
    }
}

fn promtool(arguments: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(binary("promtool", &[], "prometheus"));
    command.args(arguments).current_dir(file("prometheus"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

#[test]
fn promtool_finds_nothing_in_rules_and_configuration() {
    for arguments in [
        ["check", "rules", "--lint-fatal", "rules.yml"].as_slice(),
        &["check", "config", "--lint-fatal", "prometheus.yml"],
        &["test", "rules", "rules.test.yml"],
    ] {
        let (fine, text) = promtool(arguments, "");
        assert!(fine && !text.contains("WARN") && !text.contains("lint error"), "{arguments:?}: {text}");
    }
}

/// Everything that must go right in `observed`, and everything that a sender can do wrong.
async fn ordinary(port: u16) {
    for command in ["Follow.CallbackAfterFollowAdd", "Group.CallbackAfterCreateGroup", "State.StateChange"] {
        assert_eq!(status(port, signed(command, sample(command))).await, Some(200), "{command}");
    }
    for text in ["hello", "casino"] {
        assert_eq!(status(port, message(text)).await, Some(200));
    }
    assert_eq!(status(port, signed("Moon.CallbackAfterRise", r#"{"Phase":"full"}"#)).await, Some(200));
    let drifted = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":{"not":"a time"}}"#;
    assert_eq!(status(port, signed("Follow.CallbackAfterFollowDelete", drifted)).await, Some(200));
    assert_eq!(status(port, signed("C2C.CallbackBeforeSendMsg", "{\"From_Account\":")).await, Some(400));
    for (request, rejection) in strangers() {
        assert_eq!(status(port, request).await, Some(rejection));
    }
}

/// What is not let in.
fn strangers() -> Vec<(Request<Full<bytes::Bytes>>, u16)> {
    let command = "State.StateChange";
    let forger = Signer::new(&App::signed(ID, "a guess").unwrap()).url("/im");
    let other = Signer::new(&App::signed(ID + 1, TOKEN).unwrap()).url("/im");
    let now = SystemTime::now();
    let mut requests = vec![
        (signer().request(command, sample(command), now - Duration::from_secs(90)), 401),
        (other.request(command, sample(command), now), 403),
        (Request::post("/im?who=knows").body(Full::default()).unwrap(), 400),
    ];
    requests.extend((0..30).map(|_| (forger.request(command, sample(command), now), 401)));
    requests
}

#[tokio::test]
async fn promtool_finds_nothing_in_the_metrics() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    ordinary(receiver.port).await;
    let metrics = receiver.metrics().await;
    let (fine, text) = promtool(&["check", "metrics"], &metrics);
    assert!(fine && text.is_empty(), "{text}");
    assert!(!metrics.contains("quantile="), "a summary cannot be added up over receivers:\n{metrics}");
    assert!(metrics.contains(r#"le="1.8""#) && metrics.contains(r#"le="2""#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_finds_what_it_is_for() {
    let mut nats = Server::nats().await;
    let mut observed = Receiver::observed().env("NATS_URL", nats.url());
    let mut troubled = Receiver::troubled();
    let mut untaken = Receiver::troubled().env("UNTAKEN", "1");
    let mut gone = Receiver::observed();
    for receiver in [&mut observed, &mut troubled, &mut untaken, &mut gone] {
        receiver.start().await;
    }
    let prometheus = Prometheus::start(&[observed.metrics, troubled.metrics, untaken.metrics, gone.metrics]).await;
    let (records, alerts) = rules();
    let up = Query { name: "up".into(), expr: "up == 1".into() };
    eventually("Prometheus scrapes all receivers", async || prometheus.series(&up).await == 4).await;

    // All is well: nothing fires, and that is an answer too.
    for alert in &alerts {
        assert_eq!(prometheus.series(alert).await, 0, "{} fires without a reason", alert.name);
    }

    gone.process.kill();
    nats.kill();
    let mut wanted: Vec<Query> = panels().into_iter().chain(records).chain(alerts).collect();
    let traffic = async {
        for round in 0.. {
            // Down for two rounds, and back.
            if round == 2 {
                nats.start().await;
                ordinary(observed.port).await;
            }
            trouble(troubled.port, untaken.port, observed.port).await;
        }
    };
    let look = async {
        // A place is taken now and then: each query has to find something once, not all at a time.
        while !wanted.is_empty() {
            let mut index = 0;
            while index < wanted.len() {
                match prometheus.series(&wanted[index]).await {
                    0 => index += 1,
                    _ => drop(wanted.swap_remove(index)),
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::select! {
        () = traffic => unreachable!("it does not end"),
        found = timeout(PATIENCE, look) => drop(found),
    }
    let missing: Vec<_> = wanted.iter().map(|query| &query.name).collect();
    assert!(missing.is_empty(), "these find nothing: {missing:#?}");
}

/// A round of everything that goes wrong.
async fn trouble(troubled: u16, untaken: u16, observed: u16) {
    let follow = || signed("Follow.CallbackAfterFollowAdd", sample("Follow.CallbackAfterFollowAdd"));
    let kept = || signed("Group.CallbackAfterCreateGroup", sample("Group.CallbackAfterCreateGroup"));
    let drifted = || {
        signed("Follow.CallbackAfterFollowDelete", r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":{}}"#)
    };
    let texts = ["fail", "panic", "late", "slow", "fine", "fine", "fine"];
    let mut requests: Vec<_> = texts.iter().map(|text| (troubled, message(text))).collect();
    // One place in the background: the second is withheld.
    requests.extend([(troubled, follow()), (troubled, follow()), (untaken, message("fine"))]);
    requests.extend(
        [message("hello"), signed("Moon.CallbackAfterRise", "{}"), kept(), drifted()]
            .map(|request| (observed, request)),
    );
    requests.extend(strangers().into_iter().take(4).map(|(request, _)| (observed, request)));
    let sent: Vec<_> = requests.into_iter().map(|(port, request)| tokio::spawn(status(port, request))).collect();
    for sent in sent {
        sent.await.unwrap();
    }
}
