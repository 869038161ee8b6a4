//! `Webhook::dedup_id`: the same for each delivery of an event, another for each event.

mod bodies;

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use tower_tencent_webhook::{App, Command, Receiver, Webhook, event::c2c, signer::Signer};

/// Receives a body under a URL that was signed at a time.
fn receive(app: &App, command: &Command, body: &str, signed: SystemTime) -> Webhook {
    let receiver = Receiver::new(app.clone());
    let (head, _) = Signer::new(app).request(command, "", signed).into_parts();
    receiver.parse(receiver.verify(&head, signed).unwrap(), body.to_owned().into()).unwrap()
}

fn app() -> App {
    App::signed(1_400_000_000, "token").unwrap()
}

fn id(command: &str, body: &str) -> u128 {
    receive(&app(), &command.into(), body, SystemTime::now()).dedup_id()
}

#[test]
fn a_repeated_delivery_has_the_same_id() {
    let now = SystemTime::now();
    for (command, body) in bodies::samples() {
        let first = receive(&app(), command, body, now);
        // serde_json's map has its keys in alphabetical order.
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        for again in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let again = receive(&app(), command, &again, now + Duration::from_secs(2));
            assert_eq!(first.dedup_id(), again.dedup_id(), "{command}");
        }
    }
}

#[test]
fn every_sample_has_an_id_of_its_own() {
    let mut seen = HashMap::new();
    for (command, body) in bodies::samples() {
        let hook = receive(&app(), command, body, SystemTime::now());
        let other = seen.insert(hook.dedup_id(), (command, body));
        // Samples of one message in several forms are one event by the vendor's identity of it.
        if let Some((other, form)) = other {
            let key = |body: &str| {
                let body: serde_json::Value = serde_json::from_str(body).unwrap();
                (body["MsgKey"].clone(), body["MsgSeq"].clone(), body["Random"].clone())
            };
            assert_eq!(command, other);
            assert_eq!(key(body), key(form), "{command}");
            assert_ne!(key(body), Default::default(), "{command}");
        }
    }
    assert!(seen.len() > Command::ALL.len());
}

const MESSAGE: &str = r#"{"From_Account":"ada","To_Account":"grace","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"1_2_3",
    "SendMsgResult":0,"ErrorInfo":"send msg succeed","UnreadMsgNum":1,"MsgBody":[]}"#;

#[test]
fn a_message_is_told_by_the_vendors_key() {
    let command = "C2C.CallbackAfterSendMsg";
    let first = id(command, MESSAGE);
    assert_eq!(first, id(command, &MESSAGE.replace("\"UnreadMsgNum\":1", "\"UnreadMsgNum\":2")));
    assert_ne!(first, id(command, &MESSAGE.replace("1_2_3", "1_2_4")));
    assert_ne!(first, id(command, &MESSAGE.replace("grace", "linus")));
    // No part runs into the next.
    assert_ne!(id(command, &MESSAGE.replace("\"ada\"", "\"ad\"").replace("\"grace\"", "\"agrace\"")), first,);
    assert_ne!(first, id("C2C.CallbackBeforeSendMsg", MESSAGE));
}

#[test]
fn a_typed_webhook_has_the_id_of_the_whole() {
    let hook = receive(&app(), &"C2C.CallbackAfterSendMsg".into(), MESSAGE, SystemTime::now());
    let id = hook.dedup_id();
    assert_eq!(hook.downcast::<c2c::AfterSendMsg>().unwrap().dedup_id(), id);
}

#[test]
fn other_events_are_told_by_all_their_fields() {
    let full = |body| id("Group.CallbackAfterGroupFull", body);
    let first = full(r#"{"GroupId":"a","EventTime":1}"#);
    assert_ne!(first, full(r#"{"GroupId":"a","EventTime":2}"#));
    assert_ne!(first, full(r#"{"GroupId":"b","EventTime":1}"#));
    // A field that this crate does not know.
    assert_ne!(first, full(r#"{"GroupId":"a","EventTime":1,"Shard":7}"#));
    assert_ne!(id("Moon.CallbackAfterRise", r#"{"a":[1,2]}"#), id("Moon.CallbackAfterRise", r#"{"a":[1],"b":2}"#));
}

#[test]
fn apps_have_events_of_their_own() {
    let now = SystemTime::now();
    let command = "C2C.CallbackAfterSendMsg".into();
    let other = App::signed(7, "token").unwrap();
    let ids = [app(), other].map(|app| receive(&app, &command, MESSAGE, now).dedup_id());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn an_id_may_be_stored() {
    assert_eq!(format!("{:032x}", id("C2C.CallbackAfterSendMsg", MESSAGE)), "6be5ed76fd03dbd75edfe01f1be85b6e");
    assert_eq!(
        format!("{:032x}", id("Group.CallbackAfterGroupFull", r#"{"EventTime":1, "GroupId":"a"}"#)),
        "3107858689a89086719e589757e8bb12"
    );
}
