//! The JSON schemas of events and verdicts hold what they describe, and nothing else.

mod bodies;

use bodies::{Node, event_schema, parse, samples, verdicts, written};
use serde_json::{Value, json};
use tower_tencent_webhook::{Command, Phase, schema};

#[test]
fn samples_in_the_documented_form_are_valid() {
    for (command, body) in samples() {
        let schema = event_schema(command);
        let value = written(&parse(command, body));
        Node::root(&schema).check(&value).unwrap_or_else(|why| panic!("{command}: {why}\n{value:#}"));

        // And they are not valid for any body.
        let mut other = value.clone();
        let (name, _) = other.as_object_mut().unwrap().iter_mut().next_back().unwrap();
        let name = name.clone();
        other[&name] = json!({ "neither": ["text", "nor", "number"] });
        assert!(Node::root(&schema).check(&other).is_err(), "{command}: {name}");
    }
}

#[test]
fn every_command_has_a_schema_of_its_own() {
    for command in Command::ALL {
        let schema = event_schema(command);
        assert_eq!(schema["title"], command.as_str());
        assert_eq!(schema["type"], "object");
        assert!(!schema["description"].as_str().unwrap().is_empty(), "{command}");
        assert_eq!(schema::verdict(command).is_some(), command.phase() == Phase::Before, "{command}");
        // Those that say what they are must do so in the documented word.
        if let Some(word) = schema["properties"].get("CallbackCommand") {
            assert_eq!(word["const"], command.as_str());
            assert!(Node::root(&schema).required().contains("CallbackCommand"), "{command}");
        }
    }
    let unknown = Command::from("C2C.CallbackBeforeTyping");
    assert!(schema::event(&unknown).is_none() && schema::verdict(&unknown).is_none());
}

#[test]
fn every_verdict_is_valid_as_what_it_is() {
    for made in verdicts::all() {
        let schema = schema::verdict(&made.command).unwrap().to_value();
        let value: Value = serde_json::from_slice(made.reply.body()).unwrap();
        Node::root(&schema).check(&value).unwrap_or_else(|why| panic!("{}: {why}", made.command));
        let fits: Vec<_> =
            Node::root(&schema).list("oneOf").into_iter().filter(|one| one.check(&value).is_ok()).collect();
        assert_eq!(fits.len(), 1);
        assert_eq!(fits[0].schema["title"], made.name, "{}", made.command);
    }
}

#[test]
fn verdicts_that_there_are_not_are_invalid() {
    for made in verdicts::all() {
        let schema = schema::verdict(&made.command).unwrap().to_value();
        let invalid = |change: &dyn Fn(&mut Value)| {
            let mut value = made.json.clone();
            change(&mut value);
            assert!(Node::root(&schema).check(&value).is_err(), "{}: {value}", made.command);
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
    }
}
