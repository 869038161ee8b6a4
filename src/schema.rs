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
//! The `title` of each type in `$defs` begins with its family where others have a type of the same name, so that one can
//! generate code from several of the schemas. Every integer that may need 64 bits has the `format` `int64` or `uint64`.
//!
//! The example `schema` prints those of a command, or of all. The repository has them as files: `schemas`, and
//! `webhooks.openapi.json` with all of them as an OpenAPI document.

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
    Some(described(schema))
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
    event_type.into().schema().map(described)
}

/// Turns the links of the docs, which lead to Rust, into plain text.
fn described(mut schema: Schema) -> Schema {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
                Value::String(text) if name == "description" => *text = plain(text),
                value => walk(value),
            }),
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    if let Some(members) = schema.as_object_mut() {
        members.values_mut().for_each(walk);
        if let Some(Value::String(text)) = members.get_mut("description") {
            *text = plain(text);
        }
    }
    schema
}

/// "`Tag`" for "[`Tag`]" and for "[`Tag`](super::Tag)".
fn plain(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let link = rest.strip_prefix('(').and_then(|link| link.split_once(')'));
        plain.extend(["`", name, "`", link.map_or(rest, |(_, rest)| rest)]);
    }
    plain
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
    let mut all = vec![
        alternative("allow", "The operation goes ahead.", json!({ "const": 0 }), [], 0),
        alternative(
            "refuse",
            "The operation is refused. The caller gets an error of Chat's.",
            json!({ "const": 1 }),
            [],
            0,
        ),
    ];
    if let Some(codes) = &capabilities.codes {
        let code = json!({ "type": "integer", "minimum": codes.start(), "maximum": codes.end() });
        let effect = "The operation is refused. The caller gets the code and the text.";
        all.push(alternative("refuse_with", effect, code, [], 0));
    }
    if capabilities.discard {
        let effect = "The message is not sent, but its sender is told that it was.";
        all.push(alternative("discard", effect, json!({ "const": 2 }), [], 0));
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
        let effect = "The message is sent with another body, other custom data, or both.";
        all.push(alternative("replace", effect, json!({ "const": 0 }), fields, 1));
    }
    if let Some(name) = capabilities.refuses {
        let accounts = json!({ "type": "array", "items": { "type": "string" } });
        let effect = "The operation goes ahead, except for these users.";
        all.push(alternative("allow_except", effect, json!({ "const": 0 }), [(name, accounts)], 1));
    }
    all
}

/// An answer and what it does, with the three common fields, and at least `least` of its own.
fn alternative<const N: usize>(
    title: &str,
    effect: &str,
    code: Value,
    fields: [(&str, Value); N],
    least: usize,
) -> Value {
    let mut properties = Map::from_iter([
        ("ActionStatus".to_owned(), json!({ "const": "OK" })),
        ("ErrorCode".to_owned(), code),
        ("ErrorInfo".to_owned(), json!({ "type": "string" })),
    ]);
    properties.extend(fields.map(|(name, schema)| (name.to_owned(), schema)));
    json!({
        "title": title,
        "description": effect,
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
    let effect = "Each friend is decided separately: with `ResultCode` 0 the operation goes ahead for this friend, with \
                  another it is refused, and the caller gets the code and the text.";
    alternative("each_friend", effect, json!({ "const": 0 }), [("ResultItem", items)], 1)
}
