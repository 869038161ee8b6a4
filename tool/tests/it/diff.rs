//! `diff`: which verdicts turn.

use std::time::SystemTime;

use tower_tencent_webhook::{Command, Verdict, VerdictError, Webhook, WebhookRouter, event::group, signer::Signer};

use crate::{
    common::{APP, app, run, serve},
    replay::recording,
};

fn moderating(forbidden: &'static str) -> WebhookRouter {
    WebhookRouter::new().on(move |hook: Webhook<group::BeforeSendMsg>| async move {
        let is_forbidden = hook.from_account == forbidden;
        Ok::<_, VerdictError>(if is_forbidden {
            Verdict::refuse_with(10_100, "no gambling")?
        } else {
            Verdict::allow()
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_verdict_that_turns_is_named() {
    let file = recording(&app(), Command::ALL.iter().cloned(), SystemTime::now());
    // One more message, of somebody else.
    let body = r#"{"GroupId":"@TGS#1","From_Account":"eve","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"buy now"}}]}"#;
    let hook = Signer::new(&app()).any_webhook("Group.CallbackBeforeSendMsg", body).unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), format!("{text}\n{}", hook.cloud_event().to_json())).unwrap();

    let (left, right) = (serve(moderating("nobody")).await, serve(moderating("eve")).await);
    let file = file.path().to_str().unwrap();
    let ran = run(&["diff", file, "--left", &left, "--right", &right, "--app", APP]).await;
    let ran = ran.expect(
        1,
        &[
            "Group.CallbackBeforeSendMsg",
            "eve → @TGS#1  “buy now”",
            "allowed → refused, code 10100: no gambling",
            "1 different",
        ],
    );
    assert_eq!(ran.out.matches("allowed →").count(), 1, "{ran:#?}");

    run(&["diff", file, "--left", &left, "--right", &left, "--app", APP])
        .await
        .expect(0, &["85 the same, none different"]);
    run(&["diff", file, "--left", &left, "--right", &right, "--app", APP, "--only", "After"])
        .await
        .expect(0, &["none different"]);
    let ran =
        run(&["diff", file, "--left", &left, "--right", &right, "--app", APP, "--format", "json"]).await.expect(1, &[]);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["right"]["answer"]["verdict"], "refuse");
    assert_eq!(lines[1]["summary"]["different"], 1);
    // A server that is not there has another verdict on everything.
    run(&["diff", file, "--left", &left, "--right", "http://127.0.0.1:1", "--app", APP])
        .await
        .expect(1, &["85 different"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_answers_are_compared_too() {
    let file = recording(&app(), [Command::from("Group.CallbackBeforeSendMsg")], SystemTime::now());
    let line = std::fs::read_to_string(file.path()).unwrap();
    let event = tower_tencent_webhook::CloudEvent::from_json(line.as_bytes()).unwrap();
    let answer = r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#;
    let event = event.with_attribute("answerstatus", "200").unwrap().with_attribute("answer", answer).unwrap();
    std::fs::write(file.path(), format!("{}\n{line}", event.to_json())).unwrap();
    let url = serve(WebhookRouter::new()).await;
    let ran = run(&["diff", file.path().to_str().unwrap(), "--right", &url, "--app", APP]).await;
    ran.expect(1, &["dropped silently → allowed", "1 different, 1 recorded without an answer"]);

    // That nothing was compared does not mean that all is well.
    let diff = async |text: &str, args: &[&str]| {
        std::fs::write(file.path(), text).unwrap();
        run(&[&["diff", file.path().to_str().unwrap(), "--right", &url, "--app", APP], args].concat()).await
    };
    diff(&line, &[]).await.expect(1, &["1 recorded without an answer", "has no answers. Give the server"]);
    diff(&line, &["--left", &url]).await.expect(0, &["1 the same"]);
    diff("\n\n", &[]).await.expect(1, &["nothing was compared: the recording has no webhooks"]);
    diff("{}", &[]).await.expect(1, &["nothing was compared: no line of the recording"]);
    diff(&line, &["--only", "CalbackBefore"]).await.expect(1, &["none that --only wants"]);
    diff(&format!("{line}\n{line}"), &["--only", "typo"]).await.expect(1, &["--only wants none of the 2 webhooks"]);
}
