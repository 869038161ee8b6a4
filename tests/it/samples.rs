//! Every sample of every command: unchanged, rearranged, and with one field at a time missing or of a wrong type.
//!
//! The JSON schemas say which fields there are and which are required.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tower_tencent_webhook::{Command, Event, RejectionKind, signer};

use crate::{
    common::{Random, object, parse, samples, text, written},
    json_schema::{Document, Node},
};

/// Where a sample has a value or a name in another form than the documented one, and which form.
///
/// `digits` are serialized as an integer, an `integer` as a string, a `word` as a boolean, a `name` as the other name.
const LENIENT: &[(&str, &str, &str)] = &[
    ("Call.CallbackAfterRecordChanged", "/CallbackCommand", "name"),
    ("Call.CallbackAfterStartCall", "/UserList/*/User_Account", "integer"),
    ("Group.CallbackAfterChangeGroupOwner", "/EventTime", "digits"),
    ("Group.CallbackAfterCreateGroup", "/EventTime", "digits"),
    ("Group.CallbackAfterGroupAttrChanged", "/EventTime", "digits"),
    ("Group.CallbackAfterGroupDestroyed", "/EventTime", "digits"),
    ("Group.CallbackAfterGroupFull", "/EventTime", "digits"),
    ("Group.CallbackAfterGroupInfoChanged", "/EventTime", "digits"),
    ("Group.CallbackAfterMemberExit", "/EventTime", "digits"),
    ("Group.CallbackAfterMemberFieldChanged", "/EventTime", "digits"),
    ("Group.CallbackAfterNewMemberJoin", "/EventTime", "digits"),
    ("Group.CallbackAfterReadReceipt", "/EventTime", "digits"),
    ("Group.CallbackAfterRecallMsg", "/EventTime", "digits"),
    ("Group.CallbackAfterSendMsg", "/EventTime", "digits"),
    ("Group.CallbackBeforeApplyJoinGroup", "/EventTime", "digits"),
    ("Group.CallbackBeforeCreateGroup", "/EventTime", "digits"),
    ("Group.CallbackBeforeInviteJoinGroup", "/EventTime", "digits"),
    ("Group.CallbackBeforeSendMsg", "/EventTime", "digits"),
    ("Group.CallbackOnDailyGroupQuotaAlarm", "/EventTime", "digits"),
    ("Group.CallbackOnMemberStateChange", "/EventTime", "digits"),
    ("Group.CallbackSendMsgException", "/EventTime", "digits"),
    ("Live.CallbackAfterCloudRecordingChanged", "/CallbackCommand", "name"),
    ("Live.CallbackAfterDestroyRoom", "/RoomInfo/Owner_Account", "integer"),
    ("Live.CallbackAfterEndBattle", "/FromRoomInfo/Owner_Account", "integer"),
    ("Live.CallbackAfterEndBattle", "/ToRoomList/*/Owner_Account", "integer"),
    ("Mic.CallbackAfterSeatInfoChanged", "/SeatList/*/Member_Account", "integer"),
    ("Room.CallbackAfterUpdateRoomInfo", "/RoomInfo/IsCloudRecordingDisabled", "word"),
];

#[test]
fn every_command_has_samples() {
    for command in Command::ALL {
        let all = signer::samples(command);
        assert!(!all.is_empty(), "{command}");
        assert_eq!(signer::sample(command), all[0], "{command}");
        for body in all {
            assert!(body.starts_with(b"{") && body.ends_with(b"}"), "{command}");
        }
    }
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples")).unwrap();
    // The samples of the RTC Engine are in a folder of their own.
    for path in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let word = path.file_stem().unwrap().to_str().unwrap();
        assert!(Command::from(word).is_known(), "{word} is in no row of the catalogue");
    }
    let unknown = Command::from("C2C.CallbackBeforeTyping");
    assert_eq!(signer::sample(&unknown), b"{}");
    assert!(signer::samples(&unknown).is_empty());
}

/// Except for the forms in [`LENIENT`], each of which occurs in some sample.
#[test]
fn samples_round_trip() {
    let mut seen = BTreeSet::new();
    for (command, body) in samples() {
        let event = parse(command, body);
        let mut differences = Vec::new();
        compare(&serde_json::from_str(body).unwrap(), &written(&event), "", &mut differences);
        for (path, form) in differences {
            let known = LENIENT.iter().find(|known| **known == (command.as_str(), &*path, &*form));
            seen.insert(known.unwrap_or_else(|| panic!("{command} at {path}: {form}\n{body}\n{event:?}")));
        }
    }
    let unseen: Vec<_> = LENIENT.iter().filter(|known| !seen.contains(known)).collect();
    assert!(unseen.is_empty(), "in no sample: {unseen:?}");
}

fn compare(read: &Value, wrote: &Value, path: &str, differences: &mut Vec<(String, String)>) {
    let form = match (read, wrote) {
        (Value::Object(read), Value::Object(wrote)) => {
            for (name, value) in read {
                match wrote.get(name) {
                    Some(other) => compare(value, other, &format!("{path}/{name}"), differences),
                    // An empty list is not written.
                    None if *value == json!([]) => {}
                    None => differences.push((format!("{path}/{name}"), "name".to_owned())),
                }
            }
            for name in wrote.keys().filter(|name| !read.contains_key(*name)) {
                differences.push((format!("{path}/{name}"), "added".to_owned()));
            }
            return;
        }
        (Value::Array(read), Value::Array(wrote)) if read.len() == wrote.len() => {
            for (read, wrote) in read.iter().zip(wrote) {
                compare(read, wrote, &format!("{path}/*"), differences);
            }
            return;
        }
        (same, other) if same == other => return,
        (Value::String(digits), Value::Number(number)) if *digits == number.to_string() => "digits",
        (Value::Number(number), Value::String(digits)) if *digits == number.to_string() => "integer",
        (Value::String(word), Value::Bool(flag)) if *word == flag.to_string() => "word",
        _ if path == "/CallbackCommand" => "name",
        _ => "other",
    };
    differences.push((path.to_owned(), form.to_owned()));
}

#[test]
fn a_written_event_names_its_own_command() {
    for (command, body) in samples() {
        let event = parse(command, body);
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{command}");
        assert_eq!(parse(command, &json), event, "{command}");
        assert_eq!(serde_json::from_str::<Event>(body).unwrap(), event, "{command}");
    }
}

#[test]
fn key_order_and_whitespace_do_not_matter() {
    for (command, body) in samples() {
        let expected = written(&parse(command, body));
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(written(&parse(command, &text(&value, &mut None))), expected, "{command}: alphabetical");
        assert_eq!(written(&parse(command, &format!("\r\n{value:#}\n\t "))), expected, "{command}: pretty");
        for seed in 0..8 {
            let shuffled = text(&value, &mut Some(Random::new(seed)));
            assert_eq!(written(&parse(command, &shuffled)), expected, "{command}: {shuffled}");
        }
    }
}

/// Visits each object in each sample: command, sample in its documented form, schema and pointer of the object.
fn each_object(mut visit: impl FnMut(&'static Command, &Value, Node<'_>, &str)) {
    for (command, body) in samples() {
        let value = written(&parse(command, body));
        let schema = Document::event(command);
        schema.root().objects(&value, "", &mut |node, pointer| visit(command, &value, node, pointer));
    }
}

/// Whether what is unknown in an object is kept: elements of messages are sent back as they came, and an event of the RTC
/// Engine that Chat passes on is read by its own rules.
fn is_kept(pointer: &str) -> bool {
    pointer.contains("/MsgBody/") || pointer.ends_with("/EventInfo")
}

#[test]
fn unknown_fields_are_ignored_at_every_level() {
    each_object(|command, value, _, pointer| {
        let mut more = value.clone();
        let extra = object(&mut more, pointer);
        extra.insert("AAA_Unheard".to_owned(), json!({ "deep": [1, { "er": null }], "MsgType": 5 }));
        extra.insert("ZZZ_Unheard".to_owned(), json!(-1.5e300));
        for mut random in [None, Some(Random::new(7))] {
            let body = text(&more, &mut random);
            let expected = if is_kept(pointer) { &more } else { value };
            assert_eq!(written(&parse(command, &body)), *expected, "{command} at {pointer}: {body}");
        }
    });
}

#[test]
fn each_optional_field_may_be_missing_or_null() {
    let mut tried = 0;
    each_object(|command, value, node, pointer| {
        let required = node.required();
        for (name, _) in node.properties().into_iter().filter(|(name, _)| !required.contains(name)) {
            let mut less = value.clone();
            // What tells the command of a body that does not name it: without it, the command is written.
            if ["CallbackCommand", "CtxcbRequestId"].contains(&name)
                || object(&mut less, pointer).remove(name).is_none()
            {
                continue;
            }
            tried += 1;
            assert_eq!(written(&parse(command, &less.to_string())), less, "{command} without {pointer}/{name}");
            // `null` is the same as missing.
            let mut null = less.clone();
            object(&mut null, pointer).insert(name.to_owned(), Value::Null);
            let less = if is_kept(pointer) { &null } else { &less };
            assert_eq!(written(&parse(command, &null.to_string())), *less, "{command} with {pointer}/{name} null");
        }
    });
    assert!(tried > 200, "{tried}");
}

#[test]
fn a_body_may_leave_its_command_to_the_url() {
    for (command, body) in samples() {
        let mut value: Value = serde_json::from_str(body).unwrap();
        if value.as_object_mut().unwrap().remove("CallbackCommand").is_some() {
            assert_eq!(parse(command, &value.to_string()), parse(command, body), "{command}");
        }
    }
}

#[test]
fn bodies_that_are_not_objects_are_malformed() {
    for command in Command::ALL {
        for body in ["", " ", "null", "true", "7", "\"text\"", "[]", "[{}]", "{", "{}}", "\u{feff}{}", "{\"a\":1,}"] {
            let rejection = Event::parse(command, body).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::Malformed, "{command}: {body}");
        }
    }
}
