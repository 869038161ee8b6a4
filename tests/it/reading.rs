//! Every genuine webhook is read: a body with its identifying fields becomes a typed event, whatever else it has.

use std::{collections::BTreeMap, thread, time::SystemTime};

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_tencent_webhook::{
    App, Command, Event, MsgElem, Phase, Platform, Receiver, Rejection, RejectionKind, Reply, SignalAnswer, Verdict,
    Webhook, WebhookContext,
    event::{c2c, follow},
    signer::{self, Signer},
};

const APP: u64 = 1_400_000_000;
const MESSAGE: &str = "C2C.CallbackBeforeSendMsg";

fn samples() -> impl Iterator<Item = (&'static Command, Value)> {
    let value = |body| serde_json::from_slice(body).unwrap();
    Command::ALL
        .iter()
        .flat_map(move |command| signer::samples(command).into_iter().map(move |it| (command, value(it))))
}

fn context(command: &str) -> WebhookContext {
    let app = App::unsigned(APP);
    let (head, _) = Signer::new(&app).request(command, Bytes::new(), SystemTime::now()).into_parts();
    Receiver::new(app).verify(&head, SystemTime::now()).unwrap()
}

fn receive(command: &str, body: impl Into<Bytes>) -> Result<Webhook, Rejection> {
    Receiver::new(App::unsigned(APP)).parse(context(command), body.into())
}

fn message(elements: &str) -> String {
    format!(r#"{{"From_Account":"ada","To_Account":"grace","MsgBody":{elements}}}"#)
}

fn elements(elements: &str) -> Vec<MsgElem> {
    match Event::parse(MESSAGE, message(elements)).unwrap() {
        Event::C2CBeforeSendMsg(event) => event.msg_body,
        other => panic!("{other:?}"),
    }
}

// Mutations.

/// The path of a value: names and indices from the root.
pub type Path = Vec<String>;

/// Finds the paths of all members of all objects.
pub fn places(value: &Value, path: &Path, found: &mut Vec<Path>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => return,
    };
    for (step, inner) in inner {
        let path: Path = path.iter().cloned().chain([step]).collect();
        if value.is_object() {
            found.push(path.clone());
        }
        places(inner, &path, found);
    }
}

pub fn at<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Object(fields) => fields.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The value without the member at a path.
pub fn without(value: &Value, path: &[String]) -> Value {
    let mut value = value.clone();
    let (name, parent) = path.split_last().unwrap();
    if let Some(Value::Object(fields)) = at(&mut value, parent) {
        fields.remove(name);
    }
    value
}

/// The JSON text, with the names of each object in their order or in reverse.
pub fn text(value: &Value, reverse: bool) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{}:{}", json!(name), text(value, reverse))).collect();
            if reverse {
                fields.reverse();
            }
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| text(item, reverse)).collect::<Vec<_>>().join(","))
        }
        leaf => leaf.to_string(),
    }
}

/// Marks the place of a mutation, since some mutations cannot be a `Value`.
pub const MARK: &str = "\"HERE\"";

pub fn mutations() -> Vec<String> {
    let plain = ["null", r#""""#, "0", "-1", "1.5", "1e400", r#""x""#, "true", "[]", "{}", "[null]", r#"[{"a":1}]"#];
    let more = ["123456789012345678901234567890", "\"\\ud83d\"", "{\"$serde_json::private::RawValue\":\"[1]\"}"];
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    plain.into_iter().chain(more).map(str::to_owned).chain([deep]).collect()
}

/// The event as JSON, with the mutation replaced by the mark.
fn written(event: &Event, mutation: &str) -> Value {
    let json = serde_json::to_string(event).unwrap();
    serde_json::from_str(
        &json
            .replace("\"1e400\"", MARK)
            .replace("1e400", MARK)
            .replace(mutation, if mutation.len() > 100 { MARK } else { mutation }),
    )
    .unwrap_or_else(|error| panic!("{error}: {mutation}\n{json}"))
}

/// The value without empty lists, which are not written.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, normal(value)));
            fields.filter(|(_, value)| !matches!(value, Value::Array(list) if list.is_empty())).collect()
        }
        Value::Array(items) => items.into_iter().map(normal).collect(),
        leaf => leaf,
    }
}

#[test]
fn no_value_of_an_optional_field_affects_the_event_or_its_other_fields() {
    let mut tried = 0;
    for (command, body) in samples() {
        let required = command.required_fields();
        let whole = normal(written(&Event::parse(command, body.to_string()).unwrap(), "nothing"));
        let mut all = Vec::new();
        places(&body, &Vec::new(), &mut all);
        for path in all {
            let name = path.last().unwrap().clone();
            let dotted = path.join(".");
            // Identifying fields and the command have their own tests.
            let identifies =
                required.iter().any(|required| *required == dotted || required.starts_with(&format!("{dotted}.")));
            if identifies || dotted == "CallbackCommand" {
                continue;
            }
            // A list item without its identifying field is dropped; the others stay.
            let list = path.iter().rposition(|step| step.parse::<usize>().is_ok()).map(|index| path[..index].to_vec());
            let is_message = path.iter().any(|step| step == "MsgContent" || step == "MsgBody" || step == "MsgType");
            for mutation in mutations().iter().map(Some).chain([None]) {
                for reverse in [false, true] {
                    let mut mutant = body.clone();
                    match mutation {
                        Some(_) => *at(&mut mutant, &path).unwrap() = json!("HERE"),
                        None => mutant = without(&body, &path),
                    }
                    let mutation = mutation.map_or("nothing", String::as_str);
                    let text = text(&mutant, reverse).replace(MARK, mutation);
                    let event = Event::parse(command, &text)
                        .unwrap_or_else(|error| panic!("{command}: {dotted} is {mutation}: {error}\n{text}"));
                    assert_eq!(event.command(), command, "{dotted} is {mutation}");
                    assert!(!matches!(event, Event::Other(_)), "{command}: {dotted} is {mutation}");
                    let wrote = normal(written(&event, mutation));
                    // The command is written if the body does not name it anywhere else.
                    let named = ["CallbackCommand".to_owned()];
                    let wrote = if whole.get("CallbackCommand").is_none() { without(&wrote, &named) } else { wrote };
                    let (ours, theirs) = (normal(without(&wrote, &path)), normal(without(&whole, &path)));
                    let is_dropped = |list: &Path| without(&ours, list) == without(&theirs, list);
                    let is_same = ours == theirs || (!is_message && list.as_ref().is_some_and(is_dropped));
                    assert!(is_same, "{command}: {dotted} is {mutation}\n{ours}\n{theirs}\n{name}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 20_000, "{tried}");
}

#[test]
fn a_body_without_an_identifying_field_is_malformed_at_that_path() {
    let mut tried = 0;
    for (command, body) in samples() {
        for dotted in command.required_fields() {
            let path: Path = dotted.split('.').map(str::to_owned).collect();
            for mutant in (1..=path.len()).map(|len| without(&body, &path[..len])).chain({
                let mut null = body.clone();
                *at(&mut null, &path).unwrap() = json!("HERE");
                (!["MsgBody", "PairList", "Events"].contains(&&*dotted)).then_some(null)
            }) {
                for reverse in [false, true] {
                    let text = text(&mutant, reverse).replace(MARK, "null");
                    let rejection = Event::parse(command, &text).expect_err(&text);
                    assert_eq!(rejection.kind(), RejectionKind::Malformed, "{command}: {dotted}");
                    let said = rejection.to_string();
                    let first = &path[0];
                    assert!(said.starts_with(&format!("malformed body at {first}")), "{command}: {dotted}: {said}");
                    assert!(said.ends_with("missing field"), "{command}: {dotted}: {said}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
    let said = Event::parse("State.StateChange", r#"{"Info":{"Action":"Login"}}"#).unwrap_err().to_string();
    assert_eq!(said, "malformed body at Info.To_Account: missing field");
}

#[test]
fn an_identifying_field_must_be_a_string_or_a_number() {
    for (json, account) in [("\"ada\"", "ada"), ("144115271904417733", "144115271904417733"), ("7", "7")] {
        let Event::FollowAfterFollowDelete(event) = Event::parse(
            "Follow.CallbackAfterFollowDelete",
            format!(r#"{{"From_Account":{json},"To_Account":[7,"x"]}}"#),
        )
        .unwrap() else {
            panic!("another event")
        };
        assert_eq!(event.from_account, account);
        assert_eq!(event.to_account, ["7", "x"]);
    }
    for json in ["true", "[]", "{}", "[\"ada\"]"] {
        let body = format!(r#"{{"From_Account":{json}}}"#);
        let said = Event::parse("Follow.CallbackAfterFollowDelete", body).unwrap_err().to_string();
        assert_eq!(said, "malformed body at From_Account: expected a text");
    }
}

#[test]
fn a_message_event_without_a_message_is_malformed() {
    for (body, said) in [
        (r#"{"From_Account":"a","To_Account":"b"}"#, "malformed body at MsgBody: missing field"),
        (r#"{"From_Account":"a","To_Account":"b","MsgBody":"hi"}"#, "malformed body at MsgBody: expected a list"),
        (r#"{"From_Account":"a","To_Account":"b","MsgBody":{"a":1}}"#, "malformed body at MsgBody: expected a list"),
    ] {
        assert_eq!(Event::parse(MESSAGE, body).unwrap_err().to_string(), said);
    }
    for list in ["[]", "{}", "null"] {
        let body = format!(r#"{{"From_Account":"a","To_Account":"b","MsgBody":{list}}}"#);
        assert!(Event::parse(MESSAGE, body).is_ok(), "{list}: some encoders write an empty list like this");
    }
}

// Cases from the field.

#[derive(Debug)]
struct Case {
    name: String,
    json: Value,
}

impl Case {
    fn hook(&self) -> Webhook {
        let body = self.json["body"].to_string();
        let hook = match self.json["url"].as_str() {
            None => receive(self.json["command"].as_str().unwrap(), body),
            Some(url) => {
                let app =
                    App::signed(self.json["app"].as_u64().unwrap(), self.json["token"].as_str().unwrap()).unwrap();
                let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(self.json["now"].as_u64().unwrap());
                let (head, ()) = Request::post(url).body(()).unwrap().into_parts();
                let receiver = Receiver::new(app);
                receiver.verify(&head, now).and_then(|context| receiver.parse(context, body.into()))
            }
        };
        hook.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

fn cases() -> BTreeMap<String, Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (name.split('-').next().unwrap().to_owned(), Case { name, json })
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

#[test]
fn real_bodies_from_the_field_are_read() {
    let cases = cases();
    assert_eq!(cases.len(), 21);
    for case in cases.values() {
        let hook = case.hook();
        assert!(!matches!(hook.event(), Event::Other(_)), "{}", case.name);
        assert!(hook.drift().is_empty(), "{}: {:?}", case.name, hook.drift());
        if let Some(body) = case.json["body"].get("MsgBody") {
            let wrote = serde_json::to_value(hook.event()).unwrap();
            assert_eq!(wrote["MsgBody"], *body, "{}", case.name);
        }
    }
    let first = |case: &str| match cases[case].hook().into_parts().1 {
        Event::C2CBeforeSendMsg(event) => event.msg_body,
        Event::C2CAfterSendMsg(event) => event.msg_body,
        Event::GroupBeforeSendMsg(event) => event.msg_body,
        other => panic!("{other:?}"),
    };
    assert!(matches!(&first("a2")[0], MsgElem::File(file) if file.uuid.is_none() && file.file_size == Some(90_211)));
    assert!(matches!(&first("a3")[0], MsgElem::VideoFile(video) if video.thumb_uuid.is_none()));
    assert!(matches!(&first("b1")[0], MsgElem::Sound(sound) if sound.size.is_none() && sound.second.is_none()));
    assert_eq!(first("c1")[0].msg_type(), "TIMImageElem");
    assert_eq!(first("c3")[0], MsgElem::text("buy at the casino"));
    assert_eq!(first("c3")[1].msg_type(), "TIMFaceElem");
    assert!(
        matches!(&first("c11")[0], MsgElem::Relay(relay) if relay.msg_list[0].msg_body[0].msg_type() == "TIMSoundElem")
    );
    assert!(
        matches!(cases["f1"].hook().event(), Event::GroupAfterModifyMsg(event) if event.topic_id.as_deref() == Some(""))
    );
    assert!(matches!(cases["g1"].hook().event(), Event::LiveAfterCloudRecordingChanged(event)
        if event.event_type == Some(305) && event.event_info.task_id == "task-1"));
    assert!(matches!(cases["h1"].hook().event(), Event::CallAfterRecordChanged(event)
        if event.callback.event_info.payload.as_ref().unwrap().get() == r#"{"Status":0}"#));
    for room in ["i1", "i3"] {
        let hook = cases[room].hook();
        assert!(matches!(hook.event(), Event::RoomAfterUpdateRoomInfo(_)), "{room}");
        assert_eq!(*hook.context().command(), "Room.CallbackAfterUpdateRoomInfo");
    }
    assert_eq!(cases["q1"].hook().context().platform(), Some(&Platform::Unknown));
}

// Commands with several names.

#[test]
fn all_documented_names_of_a_command_are_accepted_in_url_and_body() {
    for (word, other) in [
        ("Room.CallbackAfterUpdateRoomInfo", "Room.CallbackUpdateRoomInfo"),
        ("Call.CallbackAfterRecordChanged", "Call.CallbackAfterCloudRecordingChanged"),
        ("Live.CallbackAfterCloudRecordingChanged", "Follow.CallbackAfterCloudRecordingChanged"),
        ("Live.CallbackAfterMemberStateChanged", "Live.CallbackMemberStateChanged"),
    ] {
        let body: Value = serde_json::from_slice(signer::sample(word)).unwrap();
        for url in [word, other] {
            for named in [json!(word), json!(other), json!(null), json!("")] {
                let mut body = body.clone();
                body["CallbackCommand"] = named.clone();
                let hook = receive(url, body.to_string()).unwrap_or_else(|error| panic!("{url}, {named}: {error}"));
                assert_eq!(*hook.event().command(), word);
                assert_eq!(*hook.context().command(), word);
                let wrote = serde_json::to_value(hook.event()).unwrap();
                assert_eq!(wrote["CallbackCommand"], word);
            }
        }
    }
    assert_eq!(Command::ALL.len(), 84);
    assert_eq!(Command::ALL.iter().filter(|command| command.phase() == Phase::Before).count(), 12);
}

#[test]
fn a_body_that_names_another_command_is_a_mismatch_for_every_command() {
    for (command, body) in samples() {
        for reverse in [false, true] {
            let mut body = body.clone();
            body["CallbackCommand"] = json!("State.Elsewhere");
            let rejection = Event::parse(command, text(&body, reverse)).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::CommandMismatch, "{command}");
        }
    }
    let body = r#"{"CallbackCommand":"State.StateChange","Events":[]}"#;
    let rejection = Event::parse("Push.OfflinePush", body).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::CommandMismatch);
    // A body that is not JSON is malformed, whatever command it names.
    let rejection = Event::parse("Push.OfflinePush", &body.as_bytes()[..body.len() - 1]).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::Malformed);
}

#[test]
fn a_signal_is_answered_with_data() {
    let json = |answer| serde_json::from_slice::<Value>(Reply::from(answer).body()).unwrap();
    assert_eq!(json(SignalAnswer::text("hi"))["RspData"], "hi");
    assert_eq!(json(SignalAnswer::json(&json!({ "a": [1] })).unwrap())["RspData"], r#"{"a":[1]}"#);
    assert!(json(SignalAnswer::empty()).get("RspData").is_none());
    assert_eq!(json(SignalAnswer::empty())["ErrorCode"], 0);
}

// Text as people send it.

#[test]
fn broken_characters_do_not_hide_the_rest_of_a_text() {
    for (broken, read) in [
        (&b"casino \\ud83d"[..], "casino \u{fffd}"),
        (b"\\ude00 casino", "\u{fffd} casino"),
        (b"casino \xe5\x9b", "casino \u{fffd}"),
        (b"cas\x00ino", "cas\u{fffd}ino"),
        (b"casino\n\t\x1f", "casino\n\t\u{1f}"),
        (b"\xff\xfe casino \\\"", "\u{fffd}\u{fffd} casino \""),
    ] {
        let body = [
            &br#"{"From_Account":"ada","To_Account":"grace","CloudCustomData":"x","#[..],
            br#""MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":""#,
            broken,
            br#""}}]}"#,
        ];
        let body = body.concat();
        let hook = receive(MESSAGE, body.clone()).unwrap_or_else(|error| panic!("{read:?}: {error}"));
        assert_eq!(hook.body(), &body, "the body is kept as received");
        let hook = hook.downcast::<c2c::BeforeSendMsg>().unwrap();
        assert_eq!(hook.msg_body, [MsgElem::text(read)]);
        assert_eq!(hook.cloud_custom_data.as_deref(), Some("x"));
    }
}

#[test]
fn the_last_usable_value_of_a_repeated_field_wins() {
    for (fields, time) in [
        (r#""EventTime":1,"EventTime":2"#, Some(2)),
        (r#""EventTime":1,"EventTime":null"#, Some(1)),
        (r#""EventTime":1,"EventTime":"soon""#, Some(1)),
        (r#""EventTime":{},"EventTime":"2""#, Some(2)),
        (r#""EventTime":null"#, None),
    ] {
        let body = format!(r#"{{"From_Account":"x",{fields},"From_Account":"ada","To_Account":[]}}"#);
        let Event::FollowAfterFollowDelete(event) = Event::parse("Follow.CallbackAfterFollowDelete", body).unwrap()
        else {
            panic!("another event")
        };
        assert_eq!(event.event_time.map(u64::from), time, "{fields}");
        assert_eq!(event.from_account, "ada");
    }
    // A list that is required is not emptied by a null.
    let elements = r#""MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]"#;
    for fields in [format!(r#"{elements},"MsgBody":null"#), format!(r#""MsgBody":null,{elements}"#)] {
        let body = format!(r#"{{"From_Account":"a","To_Account":"b",{fields}}}"#);
        let Event::C2CBeforeSendMsg(event) = Event::parse("C2C.CallbackBeforeSendMsg", body).unwrap() else {
            panic!("another event")
        };
        assert_eq!(event.msg_body.len(), 1, "{fields}");
    }
    let both = r#"{"FileName":"a","fileName":"b","UUID":"u"}"#;
    let element = MsgElem::new("TIMFileElem", both).unwrap();
    assert!(matches!(&element, MsgElem::File(file) if file.file_name.as_deref() == Some("b")));
    let call = r#"{"CallInfo":{"CallId":"c","MediaType":"Audio","CallMediaType":"Video"}}"#;
    assert!(matches!(Event::parse("Call.CallbackAfterStartCall", call).unwrap(), Event::CallAfterStartCall(event)
        if event.call_info.call_media_type.as_ref().unwrap() == "Video"));
}

#[test]
fn what_an_element_lacks_is_reported_once_in_any_order() {
    let kind = r#""MsgType":"TIMTextElem""#;
    let content = r#""MsgContent":{"Txt":"hi"}"#;
    for element in [format!("{kind},{content}"), format!("{content},{kind}"), format!("{kind},{content},{kind}")] {
        let body = format!(r#"{{"From_Account":"a","To_Account":"b","MsgBody":[{{{element}}}]}}"#);
        let hook = receive("C2C.CallbackBeforeSendMsg", body).unwrap();
        let paths: Vec<_> = hook.drift().iter().map(|drift| drift.path()).collect();
        assert_eq!(paths, ["MsgBody[0].MsgContent.Text"], "{element}");
    }
    let content = r#""MsgContent":{"Text":"hi"}"#;
    let other = r#""MsgType":"TIMFaceElem""#;
    for element in [format!("{kind},{content},{kind}"), format!("{kind},{content},{other},{kind}")] {
        let body = format!(r#"{{"From_Account":"a","To_Account":"b","MsgBody":[{{{element}}}]}}"#);
        let hook = receive("C2C.CallbackBeforeSendMsg", body).unwrap();
        let Event::C2CBeforeSendMsg(event) = hook.event() else { panic!("another event") };
        assert!(matches!(&event.msg_body[..], [MsgElem::Text(text)] if text.text == "hi"), "{element}");
    }
}

// Batches.

#[test]
fn an_unreadable_event_in_a_batch_does_not_affect_the_others() {
    for command in ["Push.AllMemberPush", "Push.OfflinePush"] {
        let sample: Value = serde_json::from_slice(signer::sample(command)).unwrap();
        let good = sample["Events"][0].clone();
        for odd in ["null", "7", "[]", "\"x\"", "{}", r#"{"To_Account":{},"EventTime":1e400}"#] {
            let events: Vec<_> =
                (0..100).map(|index| if index == 50 { odd.to_owned() } else { good.to_string() }).collect();
            let hook = receive(command, format!(r#"{{"Events":[{}]}}"#, events.join(","))).unwrap();
            let read = serde_json::to_value(hook.event()).unwrap();
            assert_eq!(read["Events"].as_array().unwrap().len(), 99, "{command}: {odd}");
            assert!(hook.drift().iter().any(|drift| drift.path().starts_with("Events[50]")), "{:?}", hook.drift());
        }
    }
}

// Message elements.

#[test]
fn forwarded_histories_are_received_at_any_depth_that_the_vendor_allows() {
    let text = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"casino"}}]"#;
    for (before, after) in [
        (r#"[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":[{"From_Account":"a","MsgBody":"#, "}]}}]"),
        (
            r#"[{"MsgContent":{"MsgList":[{"MsgBody":"#,
            r#","From_Account":"a"}],"Title":"t"},"MsgType":"TIMRelayElem"}]"#,
        ),
    ] {
        for depth in [1, 12, 13, 24, 25, 64, 100] {
            let body = message(&(before.repeat(depth) + text + &after.repeat(depth)));
            // Runs on a stack as large as that of tokio's workers.
            let read = move || {
                let hook = receive(MESSAGE, body).unwrap();
                assert!(hook.drift().is_empty());
                let hook = hook.downcast::<c2c::BeforeSendMsg>().unwrap();
                let mut typed = 0;
                let mut message = &hook.msg_body;
                while let MsgElem::Relay(relay) = &message[0] {
                    typed += 1;
                    message = &relay.msg_list[0].msg_body;
                }
                assert_eq!(typed, depth.min(24));
                assert_eq!(message[0].msg_type(), if depth > 24 { "TIMRelayElem" } else { "TIMTextElem" });
                let reply = Reply::from(Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&hook.msg_body).unwrap());
                assert!(reply.body().windows(6).any(|bytes| bytes == b"casino"));
                assert!(format!("{hook:?}").contains("casino"));
            };
            thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(read).unwrap().join().unwrap();
        }
    }
}

#[test]
fn replacing_a_message_with_its_own_elements_loses_nothing() {
    let came = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Lang":"en"},"Seen":null},{"MsgType":"TIMVideoFileElem","MsgContent":{"Download_Flag":2,"VideoSize":-1,"VideoSecond":"six"}},{"MsgType":"TIMGestureElem","MsgContent":[1e400]},{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":[{"Type":1,"Blur":0.50}]}},{"MsgType":"TIMFaceElem"},"odd"]"#;
    let reply = Reply::from(Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&elements(came)).unwrap());
    let body = String::from_utf8(reply.body().to_vec()).unwrap();
    assert!(body.contains(&format!(r#""MsgBody":{came}"#)), "{body}");
}

#[test]
fn coordinates_that_do_not_fit_a_float_are_absent_but_kept() {
    let element =
        &elements(r#"[{"MsgType":"TIMLocationElem","MsgContent":{"Latitude":1e400,"Longitude":"114.5"}}]"#)[0];
    let MsgElem::Location(place) = element else { panic!("{element:?}") };
    assert_eq!((place.latitude, place.longitude), (None, Some(114.5)));
    assert!(serde_json::to_string(element).unwrap().contains(r#""Latitude":1e400"#));
}

// Drift.

#[test]
fn dropped_values_are_reported_by_path_and_never_by_value() {
    let body = r#"{"GroupId":"g","Type":{"secret":1},"EventTime":"secret","JoinType":"","Operator_Account":null,
        "NewMemberList":[{"Member_Account":"a"},{"Member":"secret"},null,"secret",{"Member_Account":["secret"]}]}"#;
    let hook = receive("Group.CallbackAfterNewMemberJoin", body).unwrap();
    let told: Vec<_> = hook.drift().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Type: expected a text",
            "EventTime: expected an integer without a sign",
            "NewMemberList[1].Member_Account: missing field",
            "NewMemberList[2]: expected an item",
            "NewMemberList[3]: expected an object",
            "NewMemberList[4].Member_Account: expected a text",
        ]
    );
    assert!(!format!("{:?}", hook.drift()).contains("secret"));
    let hook = hook.downcast::<tower_tencent_webhook::event::group::AfterNewMemberJoin>().unwrap();
    assert_eq!(hook.drift().len(), 6, "a typed webhook has it too");
    assert_eq!(hook.new_member_list.len(), 1);

    // The keys of a map are data too.
    let body = r#"{"Operator_Account":"a","CreatedGroupNum":{"alice@example.com":"many","Public":1}}"#;
    let hook = receive("Group.CallbackBeforeCreateGroup", body).unwrap();
    assert_eq!(hook.drift()[0].path(), "CreatedGroupNum");
    let cut = r#"{"Operator_Account":"a","CreatedGroupNum":{"alice@example.com":"#;
    let said = receive("Group.CallbackBeforeCreateGroup", cut).unwrap_err().to_string();
    assert!(said.starts_with("malformed body at CreatedGroupNum:"), "{said}");

    for (command, body) in samples() {
        assert!(receive(command.as_str(), body.to_string()).unwrap().drift().is_empty(), "{command}");
    }
}

#[test]
fn a_body_full_of_drift_takes_little_memory() {
    let items = "1,".repeat(100_000) + "1";
    let hook = receive("Group.CallbackAfterNewMemberJoin", format!(r#"{{"GroupId":"g","NewMemberList":[{items}]}}"#));
    assert_eq!(hook.unwrap().drift().len(), 16);
}

// Round trips.

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind")]
#[expect(clippy::large_enum_variant, reason = "the types are the point")]
enum Tagged {
    Event(Event),
    Message(c2c::BeforeSendMsg),
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
enum Untagged {
    Unfollow(follow::AfterFollowDelete),
    Event(Event),
}

fn comes_back<T: for<'de> Deserialize<'de> + Serialize + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value, "{json}");
    assert_eq!(serde_json::from_slice::<T>(json.as_bytes()).unwrap(), *value, "{json}");
    assert_eq!(serde_json::from_reader::<_, T>(json.as_bytes()).unwrap(), *value, "{json}");
    let tree = serde_json::to_value(value).unwrap();
    assert_eq!(serde_json::from_value::<T>(tree.clone()).unwrap(), *value, "{tree}");
}

#[test]
fn events_survive_a_serde_round_trip_even_inside_other_types() {
    let odd = [
        ("Moon.CallbackAfterRise", r#"{"Phase":"full","N":[1.50, 144115271904417733]}"#),
        ("Moon.CallbackAfterRise", r#"{"CallbackCommand":"Moon.CallbackAfterRise","Phase":"full"}"#),
        ("Moon.CallbackAfterRise", "{ }"),
        ("Push.OfflinePush", r#"{"Events":[]}"#),
        ("Push.AllMemberPush", r#"{"Events":[{"To_Account":"ada"}]}"#),
        ("ContentCallback.ResultNotify", r#"{"From_Account":"ada"}"#),
        (
            MESSAGE,
            r#"{"From_Account":"a","To_Account":"b","MsgBody":[{"MsgType":"Odd","MsgContent":{"n": 1.50, "z":[ ]}},7,{}]}"#,
        ),
    ];
    let odd = odd.map(|(command, body)| Event::parse(command, body).unwrap());
    let all = samples().map(|(command, body)| Event::parse(command, body.to_string()).unwrap());
    for event in all.chain(odd) {
        comes_back(&event);
        comes_back(&Flat { id: 7, event: event.clone() });
        comes_back(&Tagged::Event(event.clone()));
        comes_back(&vec![Some(event.clone())]);
        // An unfollow may omit its command, so an untagged enum distinguishes it from other events only by theirs.
        if !matches!(event, Event::FollowAfterFollowDelete(_) | Event::ContentCallbackResultNotify(_)) {
            comes_back(&Untagged::Event(event.clone()));
        }
        if let Event::C2CBeforeSendMsg(message) = &event {
            comes_back(&Tagged::Message((**message).clone()));
            comes_back(&message.msg_body);
        }
        if let Event::FollowAfterFollowDelete(event) = &event {
            comes_back(&Untagged::Unfollow((**event).clone()));
        }
    }
}

#[test]
fn a_struct_is_not_read_from_an_array() {
    assert!(serde_json::from_str::<follow::AfterFollowDelete>(r#"["ada",["linus"],1]"#).is_err());
    assert!(serde_json::from_value::<follow::Follow>(json!(["ada"])).is_err());
    assert!(serde_json::from_str::<MsgElem>("[").is_err());
}

/// No webhook has an empty command; a program that asks for one is told so.
#[test]
fn an_empty_command_is_none() {
    let rejection = Event::parse("", "{}").unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingCommand);
    assert!(serde_json::from_str::<Event>(r#"{"CallbackCommand":""}"#).is_err());
}
