//! Identities of events: equal for each delivery of an event, different for different events, and absent if nothing
//! tells two events apart.

use std::{collections::HashMap, time::SystemTime};

use proptest::prelude::*;
use serde_json::{Value, json};
use tower_tencent_webhook::{App, Command, Identity, Receiver, Webhook, event::c2c, signer::Signer};

use crate::common::{APP, UNFOLLOW, samples_of};

/// The webhook that an app receives.
fn hook_of(app: u64, command: &str, body: &str) -> Webhook {
    let app = App::unsigned(app);
    let (head, _) = Signer::new(&app).request(command, "", SystemTime::now()).into_parts();
    let receiver = Receiver::new(app);
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    receiver.parse(context, body.to_owned().into()).unwrap()
}

pub fn identity(command: &str, body: &Value) -> Option<Identity> {
    hook_of(APP, command, &body.to_string()).identity()
}

fn id(command: &str, body: &Value) -> Identity {
    identity(command, body).unwrap_or_else(|| panic!("{command} has no identity: {body}"))
}

/// The commands whose documented bodies say neither when nor which: an event is like the one before.
const WITHOUT: &[&str] = &[
    "Alert.RequestOverLimit",
    "Group.CallbackAfterCreateTopic",
    "Group.CallbackAfterTopicDestroyed",
    "Group.CallbackAfterTopicInfoChanged",
    "Group.CallbackBeforeCreateTopic",
    "Live.CallbackBeforeSendGift",
    "Sns.CallbackBlackListAdd",
    "Sns.CallbackBlackListDelete",
    "Sns.CallbackFriendAdd",
    "Sns.CallbackFriendDelete",
];

/// Whether a sample says when it happened, or has the vendor's own identity.
fn is_identifiable(command: &str, body: &Value) -> bool {
    let has = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    let events =
        body["Events"].as_array().is_some_and(|events| events.iter().all(|one| one.get("EventTime").is_some()));
    let random = has("MsgTime") && (has("MsgRandom") || has("Random"));
    let keyed = has("MsgKey") || has("CtxcbRequestId") || (has("MsgSeq") && command == "Group.CallbackAfterSendMsg");
    has("EventTime") || events || random || keyed || body["EventInfo"].get("EventMsTs").is_some()
}

/// An empty key would be that of all others that have an empty one.
#[test]
fn what_is_empty_identifies_nothing() {
    let sent = |seq: u64, key: &str| {
        let mut body = samples_of("C2C.CallbackAfterSendMsg")[0].clone();
        (body["MsgSeq"], body["MsgKey"]) = (json!(seq), json!(key));
        id("C2C.CallbackAfterSendMsg", &body)
    };
    assert_ne!(sent(1, ""), sent(2, ""));
    assert_eq!(sent(1, ""), sent(1, ""));
    assert_eq!(sent(1, "1_2_3"), sent(2, "1_2_3"));
    let found = |request: &str, context: &str| {
        let mut body = samples_of("ContentCallback.ResultNotify")[0].clone();
        (body["CtxcbRequestId"], body["Text"]) = (json!(request), json!(context));
        identity("ContentCallback.ResultNotify", &body)
    };
    assert_ne!(found("r", "a"), None);
    assert!(found("", "a").is_none_or(|one| Some(one) != found("", "b")));
}

#[test]
fn an_event_has_an_identity_if_its_body_has_one() {
    for command in Command::ALL.iter().map(Command::as_str) {
        for body in samples_of(command) {
            assert_eq!(identity(command, &body).is_some(), is_identifiable(command, &body), "{command}: {body}");
        }
        if WITHOUT.contains(&command) {
            assert!(samples_of(command).iter().all(|body| identity(command, body).is_none()), "{command}");
        }
    }
    let pairs = json!({ "PairList": [{ "From_Account": "ada", "To_Account": "grace" }] });
    assert_eq!(identity("Sns.CallbackFriendAdd", &pairs), None, "befriended, unfriended, befriended again");
}

/// JSON with the keys of all objects in reverse order.
pub fn reversed(value: &Value) -> String {
    let list = |open, items: Vec<String>, close| format!("{open}{}{close}", items.join(" , \n"));
    match value {
        Value::Array(values) => list("[", values.iter().map(reversed).collect(), "]"),
        Value::Object(fields) => {
            let fields = fields.iter().rev();
            list("{", fields.map(|(name, value)| format!("{} : {}", json!(name), reversed(value))).collect(), "}")
        }
        leaf => leaf.to_string(),
    }
}

#[test]
fn formatting_does_not_change_the_identity() {
    for command in Command::ALL {
        for body in samples_of(command.as_str()) {
            let first = identity(command.as_str(), &body);
            for form in [serde_json::to_string_pretty(&body).unwrap(), reversed(&body)] {
                assert_ne!(form, body.to_string());
                assert_eq!(hook_of(APP, command.as_str(), &form).identity(), first, "{command}");
            }
        }
    }
}

#[test]
fn escapes_do_not_change_the_identity() {
    let plain = r#"{"From_Account":"ada","To_Account":["zoë/x"],"EventTime":1}"#;
    let escaped = r#"{"From\u005fAccount":"\u0061da","To_Account":["zo\u00eb\/x"],"EventTime":1}"#;
    assert_eq!(hook_of(APP, UNFOLLOW, plain).identity(), hook_of(APP, UNFOLLOW, escaped).identity());
}

/// Each delivery is signed anew.
#[test]
fn the_signature_does_not_change_the_identity() {
    let app = App::signed(APP, "token").unwrap();
    let receiver = Receiver::new(app.clone());
    let body = samples_of(UNFOLLOW)[0].to_string();
    let deliver = |seconds| {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let (head, _) = Signer::new(&app).request(UNFOLLOW, "", now).into_parts();
        let query = head.uri.query().unwrap().to_owned();
        let context = receiver.verify(&head, now).unwrap();
        (query, receiver.parse(context, body.clone().into()).unwrap().identity())
    };
    let (first, again) = (deliver(1_700_000_000), deliver(1_700_000_002));
    assert_ne!(first.0, again.0);
    assert_eq!(first.1, again.1);
}

/// The fields of the vendor's own identity of an event, for the commands that have one.
pub fn vendors_fields(command: &str, body: &Value) -> Option<&'static [&'static str]> {
    let fields: &[&str] = match command {
        "C2C.CallbackBeforeSendMsg"
        | "C2C.CallbackAfterSendMsg"
        | "C2C.CallbackAfterMsgWithDraw"
        | "Bot.OnC2CMessage"
        | "Chatbot.OnC2CSignalMessage" => &["From_Account", "To_Account", "MsgKey"],
        "Group.CallbackAfterSendMsg" | "Bot.OnGroupMessage" => &["GroupId", "TopicId", "MsgSeq", "Random"],
        "OfficialAccount.CallbackAfterSendMsg" => &["Official_Account", "MsgKey"],
        "ContentCallback.ResultNotify" => &["CtxcbRequestId"],
        _ => return None,
    };
    fields.iter().any(|field| body.get(field).is_some_and(|value| !value.is_null())).then_some(fields)
}

/// The vendor's own identity of an event: samples with the same one are one event.
fn vendors(command: &str, body: &Value) -> Option<Value> {
    Some(vendors_fields(command, body)?.iter().map(|field| body[field].clone()).collect())
}

#[test]
fn every_sample_has_its_own_identity() {
    let mut seen: HashMap<Identity, (&str, Value)> = HashMap::new();
    for command in Command::ALL.iter().map(Command::as_str) {
        for body in samples_of(command) {
            let what = vendors(command, &body).unwrap_or_else(|| body.clone());
            let Some(identity) = identity(command, &body) else { continue };
            if let Some((other, same)) = seen.insert(identity, (command, what.clone())) {
                assert_eq!((other, same), (command, what), "two events share an identity");
            }
        }
    }
    assert!(seen.len() >= Command::ALL.len() - WITHOUT.len(), "{}", seen.len());
}

/// Any difference in what identifies an event makes it another one.
#[test]
fn events_that_differ_in_any_identifying_field_or_time_have_different_identities() {
    for command in Command::ALL {
        let body = samples_of(command.as_str()).swap_remove(0);
        let Some(first) = identity(command.as_str(), &body) else { continue };
        let paths = command.required_fields().into_iter().chain(["EventTime".to_owned()]);
        for path in paths.filter(|path| !path.ends_with("MsgBody") && path != "PairList" && path != "Events") {
            let pointer = format!("/{}", path.replace('.', "/"));
            // The vendor's own identity is enough by itself: neither the time nor another field belongs to it.
            let vendors = vendors_fields(command.as_str(), &body);
            if vendors.is_some_and(|fields| !fields.contains(&path.as_str())) {
                continue;
            }
            let mut other = body.clone();
            let Some(value) = other.pointer_mut(&pointer) else { continue };
            *value = if path == "EventTime" { json!(1_700_000_000_001_u64) } else { json!("somebody else") };
            assert_ne!(identity(command.as_str(), &other), Some(first), "{command}: {path}");
        }
    }
}

/// A repeated delivery may have another number of unread messages.
#[test]
fn a_message_is_identified_by_its_key() {
    let command = "C2C.CallbackAfterSendMsg";
    let sample = &samples_of(command)[0];
    let with = |name: &str, value: Value| {
        let mut body = sample.clone();
        body[name] = value;
        id(command, &body)
    };
    assert_eq!(with("UnreadMsgNum", json!(4)), id(command, sample));
    assert_ne!(with("MsgKey", json!("7714_1_1739004561")), id(command, sample));
    assert_ne!(with("From_Account", json!("eve")), id(command, sample));
    assert_ne!(with("To_Account", json!("eve")), id(command, sample));

    let typed = hook_of(APP, command, &sample.to_string()).downcast::<c2c::AfterSendMsg>().unwrap();
    assert_eq!(typed.identity(), Some(id(command, sample)), "its type does not matter");
}

#[test]
fn a_message_without_its_key_is_identified_by_its_body_if_that_says_when() {
    let command = "C2C.CallbackBeforeSendMsg";
    let text = json!([{ "MsgType": "TIMTextElem", "MsgContent": { "Text": "hi" } }]);
    let message = json!({ "From_Account": "ada", "To_Account": "grace", "MsgBody": text });
    assert_eq!(identity(command, &message), None);
    let mut timed = message.clone();
    timed["MsgTime"] = json!(1_530_000_000);
    assert_eq!(identity(command, &timed), None, "two of them may be sent in one second");
    timed["MsgRandom"] = json!(7);
    let first = id(command, &timed);
    timed["MsgRandom"] = json!(8);
    assert_ne!(id(command, &timed), first);
}

/// A callback of the RTC Engine is sent again at another time.
#[test]
fn the_time_of_sending_does_not_change_the_identity() {
    for (command, pointer) in [
        ("Live.CallbackAfterCloudRecordingChanged", "/CallbackTs"),
        ("Call.CallbackAfterRecordChanged", "/Callback/CallbackTs"),
    ] {
        let body = samples_of(command).swap_remove(0);
        let mut again = body.clone();
        *again.pointer_mut(pointer).unwrap() = json!(1_799_999_999_999_u64);
        assert_eq!(id(command, &body), id(command, &again));
    }
}

/// A message is one event before it is sent and another one after.
#[test]
fn the_command_changes_the_identity() {
    let mut body = samples_of("C2C.CallbackAfterSendMsg")[0].clone();
    body.as_object_mut().unwrap().remove("CallbackCommand");
    assert_ne!(id("C2C.CallbackAfterSendMsg", &body), id("C2C.CallbackBeforeSendMsg", &body));
}

#[test]
fn the_app_changes_the_identity() {
    for command in ["C2C.CallbackAfterSendMsg", UNFOLLOW] {
        let body = samples_of(command)[0].to_string();
        assert_ne!(hook_of(APP, command, &body).identity(), hook_of(APP + 1, command, &body).identity());
    }
}

#[test]
fn unknown_fields_change_the_identity() {
    let mut body = samples_of(UNFOLLOW)[0].clone();
    let without = id(UNFOLLOW, &body);
    body["NewField"] = json!({ "a": 1 });
    let with = id(UNFOLLOW, &body);
    body["NewField"]["a"] = json!(2);
    assert!(with != without && with != id(UNFOLLOW, &body));

    let unknown = "Moon.CallbackAfterRise";
    let at = |phase: &str| id(unknown, &json!({ "Phase": phase, "EventTime": 1 }));
    assert_ne!(at("full"), at("new"));
    assert_eq!(identity(unknown, &json!({ "Phase": "full" })), None);
}

/// Numbers count as they are written, whatever other crates have serde_json do with them.
#[test]
fn the_text_of_numbers_counts() {
    let of =
        |number: &str| hook_of(APP, "Moon.CallbackAfterRise", &format!(r#"{{"EventTime":1,"X":{number}}}"#)).identity();
    let numbers = ["1", "1.0", "1.50", "1.5", "1e2", "100", "-0", "0", "18446744073709551616", "18446744073709551617"];
    let all: HashMap<_, _> = numbers.iter().map(|number| (of(number), number)).collect();
    assert_eq!(all.len(), numbers.len());
}

/// With serde_json's feature `raw_value`, reading a tree replaces an object with this key by the JSON in its string.
#[test]
fn json_in_a_string_is_a_string() {
    let plain = r#"{"GroupId":"a","EventTime":1,"X":[1]}"#;
    let hidden = r#"{"GroupId":"a","EventTime":1,"X":{"$serde_json::private::RawValue":"[1]"}}"#;
    let of = |body| hook_of(APP, "Group.CallbackAfterGroupFull", body).identity();
    assert_ne!(of(plain), of(hidden));
}

fn any_json() -> impl Strategy<Value = Value> {
    // Few words, and those that look like the marks of JSON, so that bodies are close to each other.
    let word = prop::sample::select(vec!["", "a", "b", "{", "}", "[", "]", ",", ":", "\"", "1", "null"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..3i64).prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Bodies have the same identity where they are the same JSON, and not otherwise.
    #[test]
    fn identities_are_equal_exactly_where_bodies_are(one in any_json(), two in any_json()) {
        let id = |value: &Value| id("Moon.CallbackAfterRise", &json!({ "EventTime": 1, "of": value }));
        prop_assert_eq!(id(&one) == id(&two), one == two);
        let again = hook_of(APP, "Moon.CallbackAfterRise", &reversed(&json!({ "EventTime": 1, "of": one })));
        prop_assert_eq!(again.identity(), Some(id(&one)));
    }
}

#[test]
fn an_event_knows_its_time() {
    let time = |command, body: &str| hook_of(APP, command, body).event_time().map(u64::from);
    let full = "Group.CallbackAfterGroupFull";
    assert_eq!(time(full, r#"{"GroupId":"g","EventTime":"1702018343678"}"#), Some(1_702_018_343_678));
    assert_eq!(time(full, r#"{"GroupId":"g","X":{"EventTime":1}}"#), None);
    let message = r#"{"From_Account":"a","To_Account":"b","MsgBody":[],"MsgTime":1702018343}"#;
    assert_eq!(time("C2C.CallbackBeforeSendMsg", message), Some(1_702_018_343_000));
}

/// Identities are stored by users. They never change.
#[test]
fn identities_are_stable_across_releases() {
    let message = json!({
        "From_Account": "ada", "To_Account": "grace", "MsgSeq": 1, "MsgRandom": 2, "MsgTime": 3, "MsgKey": "1_2_3",
        "MsgBody": [], "SendMsgResult": 0, "ErrorInfo": "send msg succeed",
    });
    let unfollow = json!({ "From_Account": "ada", "To_Account": ["grace", "zoë"], "EventTime": 1_702_018_343_678_u64 });
    let numbers = json!({
        "EventTime": 1, "a": [], "b": {}, "c": [null, true, -1, u64::MAX, 0.5, "\n\"\u{1f680}"], "A": { "z": 1, "y": 2 },
    });
    let ids =
        [id("C2C.CallbackAfterSendMsg", &message), id(UNFOLLOW, &unfollow), id("Moon.CallbackAfterRise", &numbers)];
    let expected =
        ["ae3bcae200fe61e421fd6b83e85c944c", "ec60b7144728c6556b5b32aa82e24b78", "3dabfbfa202841eac88eff86a1aa4349"];
    assert_eq!(ids.map(|id| id.to_string()), expected);
}
