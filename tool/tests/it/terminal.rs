//! Nothing that came from a file or a server steers the terminal.

use std::time::SystemTime;

use tower_tencent_webhook::{Command, WebhookRouter};

use crate::{
    common::{APP, Fault, Ran, app, faulty, run, serve, tool},
    replay::recording,
};

const NASTY: &str = "\u{1b}]0;pwned\u{7}\u{9b}2J\u{7f}\u{202e}";

#[track_caller]
fn assert_tame(ran: &Ran) {
    let steers = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
    assert!(!ran.out.contains(steers) && !ran.err.contains(steers), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_recording_has_does_not_steer_a_terminal() {
    let file = recording(&app(), [Command::from("State.StateChange")], SystemTime::now());
    let path = file.path().to_str().unwrap();
    let good = std::fs::read_to_string(path).unwrap();
    let escape = |text: &str| serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
    let nasty = good.replace("State.StateChange", &format!("Moon.CallbackBeforeRise{}", escape(NASTY)));
    // A command with a name like that, and a line that is none.
    std::fs::write(path, format!("{nasty}\n{}\n{{\"{NASTY}\n", nasty.replace("com.tencent", &escape(NASTY)))).unwrap();
    let url = serve(WebhookRouter::new()).await;
    let refusing = faulty(Fault::Answer(r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#)).await;
    for format in ["text", "json"] {
        for (args, told) in [
            (&["replay", path, "--url", &url, "--format", format][..], "Moon."),
            (&["diff", path, "--left", &url, "--right", &refusing, "--format", format], "Moon."),
        ] {
            let ran = run(&[args, &["--app", APP]].concat()).await;
            assert!(ran.out.contains(told) || ran.err.contains(told), "{ran:#?}");
            assert_tame(&ran);
        }
    }
    // An error that names the command.
    let mut command = tool(&["replay", path, "--url", &url, "--app", APP]);
    let ran = Ran::of(command.env_remove("TENCENT_WEBHOOK_TOKEN").output().await.unwrap());
    assert_tame(&ran.expect(2, &["Moon.CallbackBeforeRise", "is Chat's"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_does_not_steer_a_terminal() {
    for answer in [
        "{\"ActionStatus\":\"OK\",\"ErrorCode\":120001,\"ErrorInfo\":\"no\u{9b}2J\u{202e}\u{7f}\"}",
        "{\"ActionStatus\":\"OK\",\"ErrorCode\":0,\"ErrorInfo\":\"\",\"CloudCustomData\":\"no\u{9b}2J\u{202e}\u{7f}\"}",
        "no\u{1b}]0;pwned\u{7}",
    ] {
        let url = faulty(Fault::Answer(answer)).await;
        for format in ["text", "json"] {
            let ran =
                run(&["send", "C2C.CallbackBeforeSendMsg", "--url", &url, "--app", APP, "--format", format]).await;
            assert!(ran.out.contains("no"), "{ran:?}");
            assert_tame(&ran);
        }
    }
}
