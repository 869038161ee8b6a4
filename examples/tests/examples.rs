//! The examples, started as their docs say, and spoken to over TCP.

#[path = "../../tests/common/example.rs"]
mod example;
#[path = "../../tests/common/sign.rs"]
mod sign;

use std::process::Command;

use example::{Example, binary, uri};

const UNFOLLOW: &str = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}"#;
const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

#[test]
fn quickstart_prints_what_it_promises() {
    let output = Command::new(binary("quickstart")).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert_eq!(shown.matches("\n  received  ").count(), 3, "{shown}");
    assert_eq!(shown.matches("\n  answered  ").count(), 6, "{shown}");
    for part in ["AfterFollowDelete {", "\"ErrorCode\":120001", "Moon.CallbackAfterRise", "401 Unauthorized", "403 "] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
}

#[test]
fn axum_serves_webhooks_beside_an_app_with_auth() {
    let example = Example::start("axum");
    assert_eq!(example.ask("GET", "/me", "", "").0, 401);
    let (status, body) = example.ask("GET", "/me", "authorization: Bearer open sesame\r\n", "");
    assert_eq!((status, body.as_str()), (200, "hello, ada\n"));

    example.answers_its_docs(include_str!("../axum.rs"), &[(200, "hello, ada\n"), (200, OK)]);
    example.rejects_strangers("/im", "Follow.CallbackAfterFollowDelete", UNFOLLOW);
    let (status, answer) = example.webhook("/im", "Follow.CallbackAfterFollowDelete", UNFOLLOW);
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
    let (status, answer) = example.webhook("/im", "Follow.CallbackAfterFollowDelete", r#"{"To_Account":["linus"]}"#);
    assert_eq!((status, &answer["ErrorCode"]), (400, &400.into()));
    // The console's check of the URL.
    let (status, answer) = example.webhook("/im", "Follow.CallbackAfterFollowDelete", "{}");
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
    assert_eq!(example.ask("GET", "/im", "", "").0, 404);
}

#[test]
fn hyper_serves_webhooks_without_a_framework() {
    let example = Example::start("hyper");
    let logout = r#"{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}"#;
    example.answers_its_docs(include_str!("../hyper.rs"), &[(200, OK)]);
    example.rejects_strangers("/", "State.StateChange", logout);
    let (status, answer) = example.webhook("/", "State.StateChange", logout);
    assert_eq!((status, &answer["ActionStatus"]), (200, &"OK".into()));
    assert_eq!(example.ask("GET", "/", "", "").0, 404);
    let foreign = example.ask("POST", &uri("/", "State.StateChange").replace("1400000000", "7"), "", logout);
    assert_eq!(foreign.0, 403);
}

#[test]
fn verdicts_moderate_messages() {
    let example = Example::start("verdicts");
    let group = |text: &str| {
        let body = format!(
            r#"{{"GroupId":"@TGS#1","Type":"Public","From_Account":"ada","Operator_Account":"ada","Random":1,
                "MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{text}"}}}}]}}"#
        );
        example.webhook("/im", "Group.CallbackBeforeSendMsg", &body)
    };
    let softened = concat!(
        r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","#,
        r#""MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"what the h**k"}}]}"#,
    );
    example.answers_its_docs(include_str!("../verdicts.rs"), &[(200, softened)]);
    let code = |text| {
        let (status, answer) = group(text);
        assert_eq!(status, 200);
        answer["ErrorCode"].as_u64().unwrap()
    };
    assert_eq!(code("good morning"), 0);
    assert_eq!(code("to the casino"), 10_100);
    assert_eq!(code("buy now"), 2);
    let (_, rewritten) = group("what the heck");
    assert_eq!(rewritten["MsgBody"][0]["MsgContent"]["Text"], "what the h**k");

    let message = r#"{"From_Account":"ada","To_Account":"grace","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"1_2_3",
        "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"buy now"}}]}"#;
    example.rejects_strangers("/im", "C2C.CallbackBeforeSendMsg", message);
    let (_, answer) = example.webhook("/im", "C2C.CallbackBeforeSendMsg", message);
    assert_eq!(answer["ErrorCode"], 1);
}

#[cfg(feature = "rtc")]
#[test]
fn rtc_serves_chat_and_the_rtc_engine_at_one_url() {
    const CODE: &str = r#"{"code":0}"#;

    let example = Example::start("rtc");
    let answers = [(200, CODE), (200, CODE), (200, OK), (200, "7741: anouk\n")];
    example.answers_its_docs(include_str!("../rtc.rs"), &answers);

    let example = Example::start("rtc");
    let callback = |body: &str| example.callback("/tencent", body);
    let change = |event_type: u32, room: &str, time: u32| {
        let (status, answer) = callback(&format!(
            r#"{{"EventGroupId":1,"EventType":{event_type},"EventInfo":{{"RoomId":{room},"EventMsTs":{time},"UserId":"anouk"}}}}"#
        ));
        assert_eq!((status, answer.as_str()), (200, CODE));
    };
    let rooms = || example.ask("GET", "/rooms", "", "").1;
    change(103, "7741", 1000);
    change(103, r#""lobby""#, 1000);
    assert_eq!(rooms(), "7741: anouk\nlobby: anouk\n");
    // Out of order: she left before she entered for the second time.
    change(103, "7741", 3000);
    change(104, "7741", 2000);
    change(104, r#""lobby""#, 2000);
    assert_eq!(rooms(), "7741: anouk\n");

    let ready =
        r#"{"EventGroupId":3,"EventType":310,"EventInfo":{"TaskId":"t","Payload":{"Status":0,"FileList":["a.mp4"]}}}"#;
    assert_eq!(callback(ready).0, 200);
    assert_eq!(callback("nonsense").0, 400);
    assert_eq!(example.ask("POST", "/tencent", "SdkAppId: 7\r\n", ready).0, 403);
    let forged = format!("SdkAppId: 1400000000\r\nSign: {}=\r\n", "A".repeat(43));
    for header in ["SdkAppId: 1400000000\r\n", &forged] {
        assert_eq!(example.ask("POST", "/tencent", header, ready).0, 401);
    }
    let logout = r#"{"Info":{"Action":"Logout","To_Account":"ada","Reason":"Unregister"}}"#;
    example.rejects_strangers("/tencent", "State.StateChange", logout);
    let (status, answer) = example.webhook("/tencent", "State.StateChange", logout);
    assert_eq!((status, &answer["ActionStatus"]), (200, &"OK".into()));
}

#[cfg(all(feature = "rtc", feature = "schemars"))]
#[test]
fn schema_prints_one_command_or_all() {
    let run = |arguments: &[&str]| {
        let output = Command::new(binary("schema")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert!(run(&["C2C.CallbackBeforeSendMsg"]).to_string().contains("CloudCustomData"));
    assert!(run(&["EVENT_TYPE_ENTER_ROOM"]).to_string().contains("EventGroupId"));
    let all = run(&[]).to_string();
    assert!(all.contains("Alert.RequestOverLimit") && all.contains("EVENT_TYPE_ENTER_ROOM"));
    for wrong in [&["Moon.CallbackAfterRise"][..], &["--folders"], &["--folder", "a", "b"]] {
        let output = Command::new(binary("schema")).args(wrong).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
    }
}

/// The files of a folder, as paths relative to it.
#[cfg(all(feature = "rtc", feature = "schemars"))]
fn files(folder: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, String> {
    let mut files = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), std::path::PathBuf::from(entry.file_name()));
        match path.is_dir() {
            true => files.extend(self::files(&path).into_iter().map(|(inner, text)| (name.join(inner), text))),
            false => _ = files.insert(name, std::fs::read_to_string(path).unwrap()),
        }
    }
    files
}

#[cfg(all(feature = "rtc", feature = "schemars"))]
#[test]
fn the_committed_schemas_are_those_of_the_code() {
    let run = |arguments: &[&str]| {
        let output = Command::new(binary("schema")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let again = "run the commands in examples/schema/main.rs";
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let committed = std::fs::read_to_string(root.join("webhooks.openapi.json")).unwrap();
    assert!(committed == run(&["--openapi"]), "webhooks.openapi.json is out of date: {again}");

    let folder = std::env::temp_dir().join(format!("schemas-{}", std::process::id()));
    run(&["--folder", folder.to_str().unwrap()]);
    let (made, committed) = (files(&folder), files(&root.join("schemas")));
    std::fs::remove_dir_all(folder).unwrap();
    let differing: Vec<_> =
        made.keys().chain(committed.keys()).filter(|name| made.get(*name) != committed.get(*name)).collect();
    assert!(differing.is_empty(), "out of date in schemas, {again}: {differing:?}");
    assert_eq!(made.len(), 84 + 12 + 55);
}

#[cfg(all(feature = "rtc", feature = "schemars"))]
#[test]
fn schema_ends_quietly_when_its_reader_has_seen_enough() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };

    let mut schema = Command::new(binary("schema")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(schema.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "{\n");
    let end = schema.wait_with_output().unwrap();
    assert!(end.status.success(), "{end:?}");
    assert_eq!(String::from_utf8(end.stderr).unwrap(), "");
}
