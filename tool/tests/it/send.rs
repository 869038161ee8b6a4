//! `send`: what is sent, what is told of the answers, and how the program ends.

use std::time::Duration;

use serde_json::Value;
use tower_tencent_webhook::{
    FriendVerdict, MsgElem, Verdict, Webhook, WebhookRouter,
    event::{c2c, group, sns},
};

use crate::common::{APP, Fault, Ran, faulty, run, serve, tool};

async fn send(url: &str, args: &[&str]) -> Ran {
    run(&[&["send", "--url", url, "--app", APP], args].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_commands_and_types_are_answered_as_they_should_be() {
    let url = serve(WebhookRouter::new()).await;
    let ran = send(&url, &["--all"]).await.expect(0, &["all with an answer that can be used"]);
    for command in ["✓ C2C.CallbackBeforeSendMsg  allowed", "✓ EVENT_TYPE_ENTER_ROOM  acknowledged"] {
        assert!(ran.out.contains(command), "{ran:#?}");
    }
    let lines: Vec<Value> = (send(&url, &["--all", "--format", "json"]).await.expect(0, &[]).out.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (summary, answers) = lines.split_last().unwrap();
    assert_eq!(summary["summary"]["sent"], answers.len());
    assert_eq!(summary["summary"]["good"], answers.len());
    let commands: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer["command"].as_str().unwrap()).collect();
    assert_eq!(commands.len(), 84 + 55);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_verdict_is_told_in_words() {
    let router = WebhookRouter::new()
        .on(async |hook: Webhook<c2c::BeforeSendMsg>| match hook.from_account.as_str() {
            "eve" => Verdict::refuse_with(120_001, "no links, please"),
            "mallory" => Ok(Verdict::refuse()),
            "heck" => Verdict::replace_msg_body(&[MsgElem::text("h**k")]),
            _ => Ok(Verdict::allow()),
        })
        .on(async |_: Webhook<group::BeforeSendMsg>| Verdict::discard())
        .on(async |hook: Webhook<sns::PrevFriendAdd>| {
            let refused = FriendVerdict::refuse(38_001, "takes no requests").unwrap();
            hook.verdict(|friend| if friend.to_account == "yara" { refused.clone() } else { FriendVerdict::allow() })
        });
    let url = serve(router).await;
    for (args, words) in [
        (
            &["C2C.CallbackBeforeSendMsg", "--set", "From_Account=eve", "--expect", "refuse"][..],
            "refused, code 120001: no links, please",
        ),
        (
            &["c2c.callbackbeforesendmsg", "--set", "From_Account=eve", "--expect", "refuse=120001"],
            "refused, code 120001",
        ),
        (&["C2C.CallbackBeforeSendMsg", "--set", "From_Account=mallory"], "  refused  "),
        (&["C2C.CallbackBeforeSendMsg", "--set", "From_Account=heck", "--expect", "replace"], "h**k"),
        (&["C2C.CallbackBeforeSendMsg", "--set", "From_Account=ada", "--expect", "allow"], "allowed"),
        (&["Group.CallbackBeforeSendMsg", "--expect", "discard"], "dropped silently"),
        (&["PrevFriendAdd"], "tomas allowed; yara refused, code 38001: takes no requests"),
        (&["103", "--expect", "ack"], "EVENT_TYPE_ENTER_ROOM  acknowledged"),
    ] {
        send(&url, args).await.expect(0, &[words]);
    }
    send(&url, &["C2C.CallbackBeforeSendMsg", "--set", "From_Account=eve", "--expect", "allow"])
        .await
        .expect(1, &["✗ C2C.CallbackBeforeSendMsg  refused, code 120001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_and_a_forged_one_are_rejected_by_the_server() {
    let url = serve(WebhookRouter::new()).await;
    for args in [
        &["State.StateChange", "--at", "-90s"][..],
        &["State.StateChange", "--at", "+90s"],
        &["State.StateChange", "--at", "1702018343"],
        &["State.StateChange", "--forge"],
        &["103", "--at", "-10m"],
        &["103", "--forge"],
        &["State.StateChange", "--token", "another"],
        &["103", "--rtc-key", "another"],
    ] {
        send(&url, args).await.expect(1, &["HTTP 401"]);
        send(&url, &[args, &["--expect", "401"]].concat()).await.expect(0, &["HTTP 401"]);
        send(&url, &[args, &["--expect", "403"]].concat()).await.expect(1, &["HTTP 401"]);
    }
    send(&url, &["State.StateChange", "--at", "-30s"]).await.expect(0, &["acknowledged"]);
    send(&url, &["103", "--at", "-30s"]).await.expect(0, &["acknowledged"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_fault_is_told_and_ends_badly() {
    const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;
    for (fault, words, expect) in [
        (
            Fault::Answer(r#"{"ActionStatus":"OK","ErrorCode":7,"ErrorInfo":""}"#),
            "code 7, which C2C.CallbackBeforeSendMsg may not",
            "200",
        ),
        (Fault::Answer(r#"{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":""}"#), "ActionStatus is \"FAIL\"", "200"),
        (Fault::Answer("<html>fine</html>"), "no JSON object: <html>fine</html>", "200"),
        (Fault::Answer("\u{1b}[31m[]"), "no JSON object: \u{fffd}[31m[]", "200"),
        (Fault::Answer(""), "an empty answer", "200"),
        (Fault::Status("500 Internal Server Error"), "HTTP 500 (<html>oh no</html>)", "500"),
        (Fault::Status("302 Found"), "HTTP 302", "302"),
        (Fault::Silence, "no answer within 2 s", "late"),
        (Fault::Close, "the connection was closed without an answer", "closed"),
        (Fault::Half, "the connection was closed without an answer", "closed"),
    ] {
        let url = faulty(fault).await;
        let ran = send(&url, &["C2C.CallbackBeforeSendMsg"]).await;
        ran.expect(1, &[words, "by default it goes ahead"]);
        send(&url, &["C2C.CallbackBeforeSendMsg", "--expect", expect]).await.expect(0, &[words]);
    }
    let url = faulty(Fault::Answer(OK)).await;
    send(&url, &["C2C.CallbackBeforeSendMsg"]).await.expect(0, &["allowed"]);
    send("http://127.0.0.1:1/", &["State.StateChange"])
        .await
        .expect(1, &["no connection", "for Chat it has not arrived"]);
    let silent = faulty(Fault::Silence).await;
    send(&silent, &["103"]).await.expect(1, &["no answer within 5 s"]);
}

/// The sample is about two.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_result_for_each_friend_meets_nothing() {
    let url = faulty(Fault::Answer(r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[]}"#)).await;
    for expect in ["allow", "refuse", "refuse=38001"] {
        send(&url, &["PrevFriendAdd", "--expect", expect]).await.expect(1, &["ResultItem has no result for tomas"]);
    }
    let url = faulty(Fault::Answer(
        r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"To_Account":"tomas","ResultCode":0,"ResultInfo":""}]}"#,
    ))
    .await;
    send(&url, &["PrevFriendAdd"]).await.expect(1, &["ResultItem has no result for yara"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_sent_and_summed_up() {
    let url = serve(WebhookRouter::new()).await;
    let ran = send(&url, &["--all", "--count", "1000", "--concurrency", "8"]).await;
    let ran = ran.expect(0, &["1000 sent in", "p50", "p99.9", "slowest:"]);
    assert_eq!(ran.out.lines().count(), 4, "{ran:#?}");
    let ran = send(&url, &["State.StateChange", "--for", "500ms", "--rate", "100/s", "--format", "json"])
        .await
        .expect(0, &[]);
    let summary: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["sent"], 50);

    let url = faulty(Fault::Status("503 Service Unavailable")).await;
    send(&url, &["State.StateChange", "--count", "30"])
        .await
        .expect(1, &["30 not with an answer", "30 HTTP 503", "… and 10 more"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_from_a_file_or_standard_input() {
    let url = serve(WebhookRouter::new()).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"Info":{"Action":"Login","To_Account":"ada"}}"#).unwrap();
    send(&url, &["State.StateChange", "--body", file.path().to_str().unwrap()]).await.expect(0, &["acknowledged"]);
    std::fs::write(file.path(), "[]").unwrap();
    send(&url, &["State.StateChange", "--body", file.path().to_str().unwrap()]).await.expect(1, &["HTTP 400"]);

    let mut command = tool(&["send", "State.StateChange", "--body", "-", "--url", &url, "--app", APP]);
    command.stdin(std::fs::File::open(file.path()).unwrap());
    Ran::of(command.output().await.unwrap()).expect(1, &["HTTP 400"]);
    send(&url, &["Moon.CallbackAfterRise", "--body", file.path().to_str().unwrap()]).await.expect(1, &["HTTP 400"]);
}

#[tokio::test]
async fn a_mistake_says_what_to_do() {
    for (args, reason) in [
        (&["SendMsg"][..], "which one is meant"),
        (&["Nonsense"], "no command is named `Nonsense`"),
        (&["Moon.CallbackAfterRise"], "give its body with --body"),
        (&["State.StateChange", "--body", "/nowhere"], "cannot read /nowhere"),
        (&["State.StateChange", "--unsigned", "--forge"], "--forge"),
        (&["State.StateChange", "--set", "Info.Action.x=1"], "Info.Action has no fields"),
        (&["State.StateChange", "--rate", "fast"], "500/s"),
        (&["State.StateChange", "--rate", "1e-300"], "500/s"),
        (&["State.StateChange", "--rate", "NaN"], "500/s"),
        (&["State.StateChange", "--expect", "maybe"], "allow, refuse"),
        (&["State.StateChange", "--at", "later"], "-90s"),
        (&[], "required"),
    ] {
        send("http://127.0.0.1:1/", args).await.expect(2, &[reason]);
    }
    let mut command = tool(&["send", "State.StateChange", "--url", "http://127.0.0.1:1/", "--app", APP]);
    let ran =
        Ran::of(command.env_remove("TENCENT_WEBHOOK_TOKEN").env_remove("TENCENT_RTC_KEY").output().await.unwrap());
    ran.expect(2, &["--token", "TENCENT_WEBHOOK_TOKEN", "--unsigned"]);
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
fn interrupt(process: &tokio::process::Child) {
    let id = process.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_with_the_summary() {
    let (seen, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let router = WebhookRouter::new().fallback(move |_| {
        _ = seen.send(());
        async { tower_tencent_webhook::Reply::allow() }
    });
    let url = serve(router).await;
    let process = tool(&["send", "State.StateChange", "--for", "60s", "--url", &url, "--app", APP]).spawn().unwrap();
    for _ in 0..100 {
        tokio::time::timeout(Duration::from_secs(30), arrived.recv()).await.expect("it sends").unwrap();
    }
    interrupt(&process);
    Ran::of(process.wait_with_output().await.unwrap()).expect(0, &["sent in", "latency:"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_long_pause_and_the_second_one_ends_at_once() {
    let wait = async |process: tokio::process::Child| {
        let output = process.wait_with_output();
        Ran::of(tokio::time::timeout(Duration::from_secs(60), output).await.expect("it ends").unwrap())
    };
    let (seen, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let router = WebhookRouter::new().fallback(move |_| {
        _ = seen.send(());
        async { tower_tencent_webhook::Reply::allow() }
    });
    let url = serve(router).await;
    // The second one is due after 17 minutes.
    let args = ["send", "State.StateChange", "--count", "5", "--rate", "0.001/s", "--url", &url, "--app", APP];
    let process = tool(&args).spawn().unwrap();
    tokio::time::timeout(Duration::from_secs(30), arrived.recv()).await.expect("it sends").unwrap();
    interrupt(&process);
    wait(process).await.expect(0, &["acknowledged"]);

    // One that nobody answers, for 5 s.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let process = tool(&["send", "103", "--url", &url, "--app", APP]).spawn().unwrap();
    let _open = tokio::time::timeout(Duration::from_secs(30), silent.accept()).await.expect("it sends").unwrap();
    for _ in 0..2 {
        interrupt(&process);
        // Two signals at the same time are one.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    wait(process).await.expect(130, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_is_no_panic() {
    let url = serve(WebhookRouter::new()).await;
    for args in
        [&["send", "--all", "--url", &url, "--app", APP][..], &["commands"], &["schema", "BeforeSendMsg"], &["man"]]
    {
        let args: Vec<_> =
            args.iter().map(|arg| if *arg == "BeforeSendMsg" { "C2C.CallbackBeforeSendMsg" } else { arg }).collect();
        let mut process = tool(&args).spawn().unwrap();
        drop(process.stdout.take());
        let ran = Ran::of(process.wait_with_output().await.unwrap());
        ran.expect(0, &[]);
    }
}
