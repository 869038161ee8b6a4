//! Ids of events: equal for each delivery of an event, and different for different events.

use std::{collections::HashMap, time::SystemTime};

use proptest::prelude::*;
use serde_json::{Value, json};
use tower_tencent_webhook::{App, Command, Receiver, Webhook, event::c2c, signer::Signer};

use crate::common::{APP, UNFOLLOW, samples_of};

/// The webhook that an app receives.
fn hook_of(app: u64, command: &str, body: &str) -> Webhook {
    let app = App::unsigned(app);
    let (head, _) = Signer::new(&app).request(command, "", SystemTime::now()).into_parts();
    let receiver = Receiver::new(app);
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    receiver.parse(context, body.to_owned().into()).unwrap()
}

fn id(command: &str, body: &Value) -> u128 {
    hook_of(APP, command, &body.to_string()).dedup_id()
}

/// JSON with the keys of all objects in reverse order.
fn reversed(value: &Value) -> String {
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
fn formatting_does_not_change_the_id() {
    for command in Command::ALL {
        for body in samples_of(command.as_str()) {
            let first = id(command.as_str(), &body);
            for form in [serde_json::to_string_pretty(&body).unwrap(), reversed(&body)] {
                assert_ne!(form, body.to_string());
                assert_eq!(hook_of(APP, command.as_str(), &form).dedup_id(), first, "{command}");
            }
        }
    }
}

#[test]
fn escapes_do_not_change_the_id() {
    let plain = r#"{"From_Account":"ada","To_Account":["zoë/x"],"EventTime":1}"#;
    let escaped = r#"{"From_Account":"\u0061da","To_Account":["zo\u00eb\/x"],"EventTime":1}"#;
    assert_eq!(hook_of(APP, UNFOLLOW, plain).dedup_id(), hook_of(APP, UNFOLLOW, escaped).dedup_id());
}

/// Each delivery is signed anew.
#[test]
fn the_signature_does_not_change_the_id() {
    let app = App::signed(APP, "token").unwrap();
    let receiver = Receiver::new(app.clone());
    let body = samples_of(UNFOLLOW)[0].to_string();
    let deliver = |seconds| {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let (head, _) = Signer::new(&app).request(UNFOLLOW, "", now).into_parts();
        let query = head.uri.query().unwrap().to_owned();
        let context = receiver.verify(&head, now).unwrap();
        (query, receiver.parse(context, body.clone().into()).unwrap().dedup_id())
    };
    let (first, again) = (deliver(1_700_000_000), deliver(1_700_000_002));
    assert_ne!(first.0, again.0);
    assert_eq!(first.1, again.1);
}

/// The vendor's identity of a message, for the events that have one: samples with the same identity are one event.
fn identity(command: &str, body: &Value) -> Option<Value> {
    let of = |names: &[&str]| Some(names.iter().map(|name| body[name].clone()).collect());
    match command {
        "C2C.CallbackBeforeSendMsg" | "C2C.CallbackAfterSendMsg" | "C2C.CallbackAfterMsgWithDraw" => {
            of(&["From_Account", "To_Account", "MsgKey"])
        }
        "Group.CallbackAfterSendMsg" => of(&["GroupId", "TopicId", "MsgSeq", "Random"]),
        "OfficialAccount.CallbackAfterSendMsg" => of(&["Official_Account", "MsgKey"]),
        _ => None,
    }
}

#[test]
fn every_sample_has_its_own_id() {
    let mut seen: HashMap<u128, (&str, Value)> = HashMap::new();
    for command in Command::ALL.iter().map(Command::as_str) {
        for body in samples_of(command) {
            let what = identity(command, &body).unwrap_or_else(|| body.clone());
            if let Some((other, same)) = seen.insert(id(command, &body), (command, what.clone())) {
                assert_eq!((other, same), (command, what), "two events share an id");
            }
        }
    }
    assert!(seen.len() >= Command::ALL.len());
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

    let sample = &samples_of("C2C.CallbackAfterSendMsg")[0];
    let typed = hook_of(APP, command, &sample.to_string()).downcast::<c2c::AfterSendMsg>().unwrap();
    assert_eq!(typed.dedup_id(), id(command, sample), "its type does not matter");
}

/// A message is one event before it is sent and another one after.
#[test]
fn the_command_changes_the_id() {
    let mut body = samples_of("C2C.CallbackAfterSendMsg")[0].clone();
    body.as_object_mut().unwrap().remove("CallbackCommand");
    assert_ne!(id("C2C.CallbackAfterSendMsg", &body), id("C2C.CallbackBeforeSendMsg", &body));
}

#[test]
fn the_app_changes_the_id() {
    for command in ["C2C.CallbackAfterSendMsg", UNFOLLOW] {
        let body = samples_of(command)[0].to_string();
        assert_ne!(hook_of(APP, command, &body).dedup_id(), hook_of(APP + 1, command, &body).dedup_id());
    }
}

#[test]
fn unknown_fields_change_the_id() {
    let mut body = samples_of(UNFOLLOW)[0].clone();
    let without = id(UNFOLLOW, &body);
    body["NewField"] = json!({ "a": 1 });
    let with = id(UNFOLLOW, &body);
    body["NewField"]["a"] = json!(2);
    assert!(with != without && with != id(UNFOLLOW, &body));

    let unknown = "Moon.CallbackAfterRise";
    assert_ne!(id(unknown, &json!({ "Phase": "full" })), id(unknown, &json!({ "Phase": "new" })));
    assert_eq!(
        hook_of(APP, unknown, r#"{"a":1,"b":2}"#).dedup_id(),
        hook_of(APP, unknown, r#"{"b":2, "a":1}"#).dedup_id()
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    // Few words, most of which look like JSON's own tokens, so that bodies resemble each other.
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
    #[test]
    fn ids_are_equal_exactly_where_bodies_are(one in any_json(), two in any_json()) {
        let id = |value: &Value| id("Moon.CallbackAfterRise", &json!({ "of": value }));
        prop_assert_eq!(id(&one) == id(&two), one == two);
        let again = hook_of(APP, "Moon.CallbackAfterRise", &reversed(&json!({ "of": one })));
        prop_assert_eq!(again.dedup_id(), id(&one));
    }
}

/// Users store ids, so they must never change.
#[test]
fn ids_are_stable_across_releases() {
    let message = json!({
        "From_Account": "ada", "To_Account": "grace", "MsgSeq": 1, "MsgRandom": 2, "MsgTime": 3, "MsgKey": "1_2_3",
        "MsgBody": [], "SendMsgResult": 0, "ErrorInfo": "send msg succeed",
    });
    let unfollow = json!({ "From_Account": "ada", "To_Account": ["grace", "zoë"], "EventTime": 1_702_018_343_678_u64 });
    let numbers = json!({
        "a": [], "b": {}, "c": [null, true, -1, u64::MAX, 0.5, "\n\"\u{1f680}"], "A": { "z": 1, "y": 2 },
    });
    let ids =
        [id("C2C.CallbackAfterSendMsg", &message), id(UNFOLLOW, &unfollow), id("Moon.CallbackAfterRise", &numbers)];
    // SHA-256 of the app, the command, and the identity or the body; verified with another program.
    let expected =
        ["6be5ed76fd03dbd75edfe01f1be85b6e", "f74b0a05ddd6dc6b334f6d0c5c7024ff", "48c83cfd31919f98199c7627f2bbf0a0"];
    assert_eq!(ids.map(|id| format!("{id:032x}")), expected);
}
