//! The JSON schemas accept the events and verdicts that they describe, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tower_tencent_webhook::{Command, Phase, schema};

use crate::{
    common::{parse, samples, written},
    json_schema::Document,
    verdicts::{self, Made},
};

#[test]
fn samples_in_the_documented_form_are_valid() {
    for (command, body) in samples() {
        let schema = Document::event(command);
        let value = written(&parse(command, body));
        schema.check(&value).unwrap_or_else(|why| panic!("{command}: {why}\n{value:#}"));

        // With a field of the wrong type they are not.
        let mut other = value.clone();
        let (name, _) = other.as_object_mut().unwrap().iter_mut().next_back().unwrap();
        let name = name.clone();
        let is_object = other[&name].is_object();
        other[&name] =
            if is_object { json!(["not an object"]) } else { json!({ "neither": ["text", "nor", "number"] }) };
        assert!(schema.check(&other).is_err(), "{command}: {name}");
    }
}

#[test]
fn every_command_has_its_own_schema() {
    for command in Command::ALL {
        let document = Document::event(command);
        let schema = document.value();
        assert_eq!(schema["title"], command.as_str());
        assert_eq!(schema["type"], "object");
        assert!(!schema["description"].as_str().unwrap().is_empty(), "{command}");
        assert_eq!(schema::verdict(command).is_some(), command.phase() == Phase::Before, "{command}");
        // An event that names its command must do so in the documented word.
        if let Some(word) = schema["properties"].get("CallbackCommand") {
            assert_eq!(word["const"], command.as_str());
            assert!(document.root().required().contains("CallbackCommand"), "{command}");
        }
    }
    let unknown = Command::from("C2C.CallbackBeforeTyping");
    assert!(schema::event(&unknown).is_none() && schema::verdict(&unknown).is_none());
}

/// Teams that generate code from several schemas get one type for each title.
#[test]
fn types_of_different_events_have_different_titles() {
    let events = Command::ALL.iter().filter_map(schema::event);
    #[cfg(feature = "rtc")]
    let events = events.chain(tower_tencent_webhook::rtc::EventType::ALL.iter().copied().filter_map(schema::rtc_event));
    let mut types = BTreeMap::new();
    for schema in events.map(schemars::Schema::to_value) {
        for (key, one) in schema["$defs"].as_object().into_iter().flatten() {
            let title = one.get("title").map_or(key.as_str(), |title| title.as_str().unwrap()).to_owned();
            let other = types.entry(title).or_insert_with(|| one.clone());
            assert!(other == one, "{}: {other:#}\n{one:#}", schema["title"]);
        }
    }
    for title in ["LiveRoomInfo", "RoomInfo", "GroupMember", "C2CExtension", "ProfileValue", "MsgElem", "UnixMillis"] {
        assert!(types.contains_key(title), "{title}");
    }
}

#[test]
fn descriptions_have_no_links_of_rust() {
    for command in Command::ALL {
        let schema = Document::event(command).value().to_string();
        assert!(!schema.contains("[`") && !schema.contains("]("), "{command}: {schema}");
    }
    let described = schema::event(&Command::from("C2C.CallbackAfterSendMsg")).unwrap();
    assert!(described.as_value()["description"].as_str().unwrap().contains("that `BeforeSendMsg` refused;"));
}

/// A validator ignores the keywords that it does not know, so a misspelt one would go unnoticed.
pub fn assert_known_keywords(schema: &Value) {
    const PLAIN: [&str; 17] = [
        "$schema",
        "title",
        "description",
        "examples",
        "format",
        "default",
        "type",
        "const",
        "enum",
        "minimum",
        "maximum",
        "required",
        "minProperties",
        "minItems",
        "minContains",
        "maxContains",
        "$ref",
    ];

    // `true` and `false` are schemas too.
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        match keyword.as_str() {
            "$defs" | "properties" => value.as_object().unwrap().values().for_each(assert_known_keywords),
            "anyOf" | "oneOf" => value.as_array().unwrap().iter().for_each(assert_known_keywords),
            "not" | "items" | "contains" | "additionalProperties" => assert_known_keywords(value),
            keyword => assert!(PLAIN.contains(&keyword), "{keyword}: {schema:#}"),
        }
    }
}

#[test]
fn schemas_use_no_unknown_keywords() {
    for command in Command::ALL {
        assert_known_keywords(Document::event(command).value());
        if command.phase() == Phase::Before {
            assert_known_keywords(Document::verdict(command).value());
        }
    }
}

/// Every verdict, with its event's schema.
fn each_verdict(mut check: impl FnMut(&Document, Made)) {
    let mut schemas = BTreeMap::new();
    for made in verdicts::all() {
        let schema = schemas.entry(made.command.to_string()).or_insert_with(|| Document::verdict(&made.command));
        check(schema, made);
    }
}

#[test]
fn every_verdict_matches_exactly_one_alternative() {
    each_verdict(|schema, made| {
        let value: Value = serde_json::from_slice(made.reply.body()).unwrap();
        schema.check(&value).unwrap_or_else(|why| panic!("{}: {why}", made.command));
        let alternatives = schema.root().list("oneOf").into_iter();
        let matches: Vec<_> = alternatives.filter(|one| one.check(&value).is_ok()).collect();
        assert_eq!(matches.len(), 1);
        assert_eq!(matches[0].schema["title"], made.name, "{}", made.command);
    });
}

#[test]
fn undocumented_verdicts_are_invalid() {
    each_verdict(|schema, made| {
        let invalid = |change: &dyn Fn(&mut Value)| {
            let mut value = made.json.clone();
            change(&mut value);
            assert!(schema.check(&value).is_err(), "{}: {value}", made.command);
        };
        for code in [3, 10_099, 10_201, 102_099, 102_201, 120_000, 130_001] {
            invalid(&|value| value["ErrorCode"] = code.into());
        }
        invalid(&|value| value["ErrorCode"] = "0".into());
        invalid(&|value| value["ActionStatus"] = "FAIL".into());
        invalid(&|value| value["Surprise"] = 1.into());
        invalid(&|value| _ = value.as_object_mut().unwrap().remove("ErrorInfo"));
        if made.json.get("MsgBody").is_some() {
            let custom = json!({ "MsgType": "TIMCustomElem", "MsgContent": {} });
            invalid(&|value| value["MsgBody"] = json!([]));
            invalid(&|value| value["MsgBody"] = json!([custom, custom]));
            invalid(&|value| value["ErrorCode"] = 1.into());
        }
        if made.json.get("ResultItem").is_some() {
            for code in [1, 37_999, 39_001] {
                invalid(&|value| value["ResultItem"][0]["ResultCode"] = code.into());
            }
        }
    });
}
