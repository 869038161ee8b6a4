//! `sign` and `verify`.

use std::process::Stdio;

use tower_tencent_webhook::WebhookRouter;

use crate::common::{APP, run, serve, tool};

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_curl_line_is_taken_by_a_server() {
    let url = serve(WebhookRouter::new()).await;
    for command in ["C2C.CallbackBeforeSendMsg", "103", "EVENT_TYPE_AI_SERVICE_START"] {
        let args = ["sign", command, "--url", &url, "--app", APP, "--curl", "--set", "Note=it's \"quoted\" $HOME"];
        let line = run(&args).await.expect(0, &[]).out;
        let shell =
            tokio::process::Command::new("sh").args(["-c", &line]).stderr(Stdio::inherit()).output().await.unwrap();
        let answer = String::from_utf8_lossy(&shell.stdout).into_owned();
        assert!(answer.contains(r#"ode":0"#), "{line}\n{answer}");
    }
}

/// Whatever it has: a signature fits exactly the body that was signed.
#[tokio::test]
async fn a_printed_body_is_the_one_that_was_signed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let body = "{\"EventGroupId\":1,\"EventType\":103,\"EventInfo\":{\"RoomId\":\"a\u{7f}b\u{9b}31mc\u{1b}[2J\"}}";
    std::fs::write(path, body).unwrap();
    let printed = run(&["sign", "103", "--app", APP, "--body", path]).await.expect(0, &[]).out;
    assert_eq!(printed.split_once("\n\n").unwrap().1.strip_suffix('\n'), Some(body));
    let line = run(&["sign", "103", "--app", APP, "--body", path, "--curl"]).await.expect(0, &[]).out;
    assert!(line.contains(body), "{line:?}");
    let set = "Note=\"a\u{7f}b\"";
    let sample = run(&["sample", "103", "--set", set]).await.expect(0, &[]).out;
    assert!(sample.contains("a\u{7f}b"), "{sample:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_url_is_told() {
    let sign = async |args: &[&str]| {
        let args = [&["sign", "State.StateChange", "--app", APP][..], args].concat();
        run(&args).await.expect(0, &[]).out.trim().to_owned()
    };
    let genuine = sign(&[]).await;
    run(&["verify", &genuine, "--app", APP]).await.expect(0, &["✓ State.StateChange of app 1400000000: genuine"]);
    let query = genuine.split_once('?').unwrap().1;
    run(&["verify", query, "--app", APP]).await.expect(0, &["genuine"]);

    // Twice as far, so that a slow machine does not matter.
    let stale = sign(&["--at", "1702018343"]).await;
    run(&["verify", &stale, "--app", APP, "--at", "1702018438"])
        .await
        .expect(1, &["95 s before this clock, 35 s more than the 60 s"]);
    run(&["verify", &stale, "--app", APP, "--at", "1702018373", "--tolerance", "10s"])
        .await
        .expect(1, &["30 s before this clock, 20 s more than the 10 s"]);
    run(&["verify", &stale, "--app", APP, "--at", "1702018253"]).await.expect(1, &["90 s after this clock, 30 s more"]);
    run(&["verify", &stale, "--app", APP, "--at", "1702018400"]).await.expect(0, &["sent 57 s ago"]);

    run(&["verify", &genuine, "--app", APP, "--token", "another"]).await.expect(1, &["not made with this token"]);
    run(&["verify", &genuine, "--app", "1400000001"]).await.expect(1, &["its SdkAppid is 1400000000, not 1400000001"]);
    let (start, _) = genuine.rsplit_once("Sign=").unwrap();
    run(&["verify", &format!("{start}Sign=abc"), "--app", APP]).await.expect(1, &["64 hexadecimal digits"]);
    run(&["verify", start.trim_end_matches('&'), "--app", APP]).await.expect(1, &["Sign"]);
    // Further away than any clock.
    let far = format!("SdkAppid={APP}&CallbackCommand=a.b&RequestTime={}&Sign=x", u64::MAX);
    run(&["verify", &far, "--app", APP, "--unsigned"]).await.expect(0, &["not signed"]);
    run(&["verify", &far, "--app", APP]).await.expect(1, &["Sign"]);
    run(&["verify", "nonsense", "--app", APP]).await.expect(1, &["SdkAppid"]);
    // What somebody else wrote into a log does not steer the terminal.
    for odd in ["%1b%5d0;pwned%07", "%c2%9b2J", "%e2%80%ae", "%0a"] {
        let url = genuine.replace("State.StateChange", &format!("Moon.CallbackAfter{odd}"));
        let ran = run(&["verify", &url, "--app", APP]).await;
        let steers = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(!ran.out.contains(steers) && ran.out.lines().count() <= 2, "{ran:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_callback_is_told() {
    let printed = run(&["sign", "103", "--app", APP]).await.expect(0, &[]).out;
    let sign = printed.lines().find_map(|line| line.strip_prefix("Sign: ")).unwrap();
    let body = printed.split_once("\n\n").unwrap().1.strip_suffix('\n').unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let verify = async |body: &str, sign: &str, args: &[&str]| {
        std::fs::write(path, body).unwrap();
        run(&[&["verify", "--body", path, "--sign", sign, "--app", APP], args].concat()).await
    };
    verify(body, sign, &[]).await.expect(0, &["EVENT_TYPE_ENTER_ROOM: the body is read"]);
    verify(&format!("{body}\n"), sign, &[]).await.expect(1, &["without the white space at its end"]);
    verify(&body.replace('\n', "\r\n"), sign, &[]).await.expect(1, &["CR was added"]);
    verify(&body.replace("anouk", "eve"), sign, &[]).await.expect(1, &["exactly this body"]);
    verify(body, "abcd", &[]).await.expect(1, &["Base64 of 32 bytes"]);
    verify(body, sign, &["--at", "+10m", "--tolerance", "5m"]).await.expect(1, &["stale", "s before this clock"]);
    verify(body, sign, &["--at", "+10m"]).await.expect(0, &["genuine", "s ago"]);
    verify(body, sign, &["--rtc-key", "another"]).await.expect(1, &["exactly this body"]);
}

/// What people do wrong when they make a signature themselves.
#[tokio::test]
async fn a_signature_that_was_made_wrong_is_recognised() {
    let digest = |text: &str| {
        let shell = format!("printf %s '{text}' | sha256sum | cut -d' ' -f1");
        String::from_utf8(std::process::Command::new("sh").args(["-c", &shell]).output().unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    };
    for (hashed, hint) in [
        ("1702018343secret", "the token comes first"),
        ("secret1702018343", "genuine"),
        ("secret1702018343678", "milliseconds"),
    ] {
        let query = format!("SdkAppid=1&CallbackCommand=a.b&RequestTime=1702018343&Sign={}", digest(hashed));
        let ran = run(&["verify", &query, "--app", "1", "--token", "secret", "--at", "1702018343"]).await;
        let code = if hint == "genuine" { 0 } else { 1 };
        ran.expect(code, &[hint]);
    }
    let mut command = tool(&["verify", "--app", "1"]);
    assert_eq!(command.output().await.unwrap().status.code(), Some(2));
}
