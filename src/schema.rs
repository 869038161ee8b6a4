//! JSON Schema of events and verdicts, so that teams in other languages can share the types.
//!
//! ```
//! use tower_tencent_webhook::{Command, schema};
//!
//! let command = Command::from("C2C.CallbackBeforeSendMsg");
//! let event = schema::event(&command).expect("the command is known");
//! assert_eq!(event.as_value()["properties"]["From_Account"]["type"], "string");
//! let verdict = schema::verdict(&command).expect("it is a before-event");
//! assert!(verdict.as_value()["oneOf"].as_array().unwrap().iter().any(|one| one["title"] == "refuse_with"));
//!
//! assert!(schema::event(&Command::from("C2C.CallbackBeforeTyping")).is_none());
//! ```
//!
//! The example `schema` prints those of a command, or of all.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::{
    command::{Command, Phase},
    message::MsgElem,
    verdict::{Capabilities, FriendVerdict},
};

/// The body of a webhook in its documented form; `None` for an unknown command.
///
/// What this crate reads beyond it, such as an integer in quotes, is not in the schema. An optional field may be
/// missing or `null`, and fields may be added: never reject them.
pub fn event(command: &Command) -> Option<Schema> {
    let mut schema = command.event_schema()?;
    schema.insert("title".to_owned(), command.as_str().into());
    Some(schema)
}

/// The body of an RTC Engine's callback in its documented form; `None` for an unknown type.
///
/// What this crate reads beyond it, such as an integer in quotes or another name for a field, is not in the schema. An
/// optional field may be missing or `null`, and fields may be added: never reject them.
///
/// ```
/// use tower_tencent_webhook::schema;
///
/// let entered = schema::rtc_event(103).expect("the type is known");
/// assert_eq!(entered.as_value()["properties"]["EventInfo"]["properties"]["UserId"]["type"], "string");
/// assert!(schema::rtc_event(1501).is_none());
/// ```
#[cfg(feature = "rtc")]
pub fn rtc_event(event_type: impl Into<crate::rtc::EventType>) -> Option<Schema> {
    event_type.into().schema()
}

/// The answer to a before-event: one alternative for each function that makes a [`Verdict`](crate::Verdict), named
/// after it. `None` for other commands.
pub fn verdict(command: &Command) -> Option<Schema> {
    let known = command.as_known().filter(|known| known.phase() == Phase::Before)?;
    let mut generator = SchemaGenerator::default();
    let alternatives = alternatives(&known.capabilities(), &mut generator);
    let mut schema = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Verdict on {command}"),
        "oneOf": alternatives,
    });
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), definitions.into());
    }
    Some(schema)
}

fn alternatives(capabilities: &Capabilities, generator: &mut SchemaGenerator) -> Vec<Value> {
    if !capabilities.decidable {
        return vec![each_friend()];
    }
    let mut all =
        vec![alternative("allow", json!({ "const": 0 }), [], 0), alternative("refuse", json!({ "const": 1 }), [], 0)];
    if let Some(codes) = &capabilities.codes {
        let code = json!({ "type": "integer", "minimum": codes.start(), "maximum": codes.end() });
        all.push(alternative("refuse_with", code, [], 0));
    }
    if capabilities.discard {
        all.push(alternative("discard", json!({ "const": 2 }), [], 0));
    }
    if capabilities.replace {
        let custom = json!({ "properties": { "MsgType": { "const": "TIMCustomElem" } } });
        let msg_body = json!({
            "type": "array",
            "items": generator.subschema_for::<MsgElem>(),
            "minItems": 1,
            "contains": custom,
            "minContains": 0,
            "maxContains": 1,
        });
        let fields = [("MsgBody", msg_body), ("CloudCustomData", json!({ "type": "string" }))];
        all.push(alternative("replace", json!({ "const": 0 }), fields, 1));
    }
    if let Some(name) = capabilities.refuses {
        let accounts = json!({ "type": "array", "items": { "type": "string" } });
        all.push(alternative("allow_except", json!({ "const": 0 }), [(name, accounts)], 1));
    }
    all
}

/// An answer with the three common fields, and at least `least` of its own.
fn alternative<const N: usize>(title: &str, code: Value, fields: [(&str, Value); N], least: usize) -> Value {
    let mut properties = Map::from_iter([
        ("ActionStatus".to_owned(), json!({ "const": "OK" })),
        ("ErrorCode".to_owned(), code),
        ("ErrorInfo".to_owned(), json!({ "type": "string" })),
    ]);
    properties.extend(fields.map(|(name, schema)| (name.to_owned(), schema)));
    json!({
        "title": title,
        "type": "object",
        "required": ["ActionStatus", "ErrorCode", "ErrorInfo"],
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 3 + least,
    })
}

/// The friend events are decided separately for each friend.
fn each_friend() -> Value {
    let codes = FriendVerdict::CODES;
    let result = json!({
        "type": "object",
        "required": ["To_Account", "ResultCode", "ResultInfo"],
        "properties": {
            "To_Account": { "type": "string" },
            "ResultCode": { "anyOf": [
                { "const": 0 },
                { "type": "integer", "minimum": codes.start(), "maximum": codes.end() },
            ] },
            "ResultInfo": { "type": "string" },
        },
        "additionalProperties": false,
    });
    let items = json!({ "type": "array", "items": result });
    alternative("each_friend", json!({ "const": 0 }), [("ResultItem", items)], 1)
}
