//! No output has a token, a key or a signature that nobody asked for.

use std::time::SystemTime;

use tower_tencent_webhook::{Command, WebhookRouter};

use crate::{
    common::{APP, Fault, KEY, Ran, TOKEN, app, faulty, run, serve},
    replay::recording,
};

#[tokio::test(flavor = "multi_thread")]
async fn no_output_has_a_secret() {
    let file = recording(&app(), Command::ALL.iter().cloned(), SystemTime::now());
    let file_name = file.path().to_str().unwrap();
    let url = serve(WebhookRouter::new()).await;
    let html = faulty(Fault::Status("500 Internal Server Error")).await;
    let stale = run(&["sign", "State.StateChange", "--app", APP, "--at", "-90s"]).await.out;
    let signature = stale.trim().rsplit_once("Sign=").unwrap().1.to_owned();
    let long = "x".repeat(300);
    let mut all: Vec<Ran> = Vec::new();
    for args in [
        &["send", "--all", "--url", &url, "--app", APP][..],
        &["send", "--all", "--url", &url, "--app", APP, "--format", "json"],
        &["send", "--all", "--url", &html, "--app", APP],
        &["send", "--all", "--url", "http://127.0.0.1:1", "--app", APP],
        &["send", "--all", "--url", &url, "--app", APP, "--forge"],
        &["send", "--all", "--url", &url, "--app", APP, "--token", &long],
        &["send", "--all", "--url", &url, "--app", APP, "--unsigned", "--token", TOKEN],
        &["send", "--all", "--url", &url, "--app", "x", "--token", TOKEN],
        &["send", "--help"],
        &["replay", file_name, "--url", &url, "--app", APP, "--speed", "max"],
        &["diff", file_name, "--left", &url, "--right", &html, "--app", APP],
        &["diff", file_name, "--left", &url, "--right", &html, "--app", APP, "--format", "json"],
        &["verify", stale.trim(), "--app", APP],
        &["verify", stale.trim(), "--app", APP, "--token", TOKEN, "--token", "another"],
    ] {
        all.push(run(args).await);
    }
    for ran in all {
        for secret in [TOKEN, KEY, &signature, "Sign=", &long] {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{secret}: {ran:#?}");
        }
    }
    let recorded = std::fs::read_to_string(file.path()).unwrap();
    assert!(!recorded.contains(TOKEN) && !recorded.contains("Sign\""));
}
