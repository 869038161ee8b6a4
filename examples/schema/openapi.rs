//! The OpenAPI document: a webhook for each command, with its body's schema and samples, and what may be answered.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tower_tencent_webhook::{
    Command, WebhookEvent,
    event::bot,
    rtc::EventType,
    schema,
    signer::{rtc_samples, samples},
};

use crate::{documented::documented, event};

const DESCRIPTION: &str = "\
What Tencent Cloud sends to an app's backend: the webhooks of Chat, Live, Conference, Call, Push, Official Account and \
Bot, and the event callbacks of the RTC Engine.

**Reading.** The schemas have the documented form. The backend changes: fields are added, an optional field may be missing \
or `null`, and enumerations are open, which is why their known values are `examples`. Never reject what is not in a \
schema. Where a sample was sent in another form, the description of the webhook says so, and the sample here has the \
documented one.

**Integers above 2^53.** An integer marked `format: int64` or `format: uint64` can have all of these 64 bits; every other \
one has bounds far below 2^53. JavaScript's `JSON.parse` turns both into doubles, and silently changes what is larger than \
`Number.MAX_SAFE_INTEGER`. That really happens: some user IDs, documented as strings, are sent as integers of 18 digits. \
Times in seconds (`UnixSeconds`) and milliseconds (`UnixMillis`) are safe. For everything else use a parser that keeps \
large integers, such as `json-bigint` or `lossless-json`, or `JSON.parse` with a reviver that reads `context.source`.

**Answering.** Only HTTP 200 with JSON is an answer. Chat waits for two seconds, the RTC Engine for five.

Generated from the crate `tower-tencent-webhook`.";

/// The whole document.
pub(crate) fn document() -> Value {
    let mut components = Components::default();
    let mut webhooks = Map::new();
    let mut tags = Vec::new();
    for command in Command::ALL {
        webhooks.insert(command.to_string(), json!({ "post": webhook(command, &mut components) }));
        tags.push(family(command));
    }
    for event_type in EventType::ALL {
        let command = Command::from(event_type.name().expect("it is known"));
        webhooks.insert(command.to_string(), json!({ "post": callback(*event_type, &command, &mut components) }));
    }
    tags.push(RTC);
    tags.dedup();
    let tags: Vec<_> = tags.into_iter().map(|name| json!({ "name": name, "description": about(name) })).collect();

    components.add("Ack", ack(Map::new()));
    let rsp_data = json!({
        "type": "string",
        "description": "Data for the client that sent the signal.",
    });
    components.add("SignalAnswer", ack(Map::from_iter([("RspData".to_owned(), rsp_data)])));
    components.add(
        "RtcAck",
        json!({
            "description": "The callback is acknowledged.",
            "type": "object",
            "required": ["code"],
            "properties": { "code": { "const": 0 } },
        }),
    );

    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Webhooks of Tencent Cloud Chat and the RTC Engine",
            "version": version(),
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "externalDocs": {
            "description": "Overview of the webhooks of Chat, and their protocol",
            "url": "https://www.tencentcloud.com/document/product/1047/34354",
        },
        "tags": tags,
        "webhooks": webhooks,
        "components": {
            "schemas": components.schemas,
            "parameters": parameters(),
            "responses": responses(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// The release that the document is part of.
fn version() -> &'static str {
    let manifest = include_str!("../../Cargo.toml");
    let version = manifest.split("\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
    version.expect("the crate has a version")
}

// Schemas.

/// The schemas of the document, by their names.
#[derive(Default)]
struct Components {
    schemas: Map<String, Value>,
}

impl Components {
    /// Adds a schema and all that it defines: a reference to it.
    ///
    /// # Panics
    ///
    /// If there is another schema of this name.
    fn add(&mut self, name: &str, mut schema: Value) -> Value {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("$schema");
            // It only repeats the name here.
            schema.remove("title");
        }
        let definitions = match schema.as_object_mut().and_then(|schema| schema.remove("$defs")) {
            Some(Value::Object(definitions)) => definitions,
            _ => Map::new(),
        };
        let names: Map<_, _> = definitions
            .iter()
            // A title begins with the family, so it is unique.
            .map(|(key, schema)| (key.clone(), schema.get("title").cloned().unwrap_or_else(|| key.clone().into())))
            .collect();
        for (key, mut definition) in definitions {
            refer(&mut definition, &names);
            self.add(names[&key].as_str().expect("names are strings"), definition);
        }
        refer(&mut schema, &names);
        self.name_objects(name, &mut schema);
        if let Some(other) = self.schemas.insert(name.to_owned(), schema.clone()) {
            assert!(other == schema, "there are two schemas of the name {name}:\n{other:#}\n{schema:#}");
        }
        reference("schemas", name)
    }

    /// Gives the objects in an object names of their own, so that they need not be named by those who generate code.
    fn name_objects(&mut self, name: &str, schema: &mut Value) {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (property, inner) in properties.into_iter().flatten() {
            if inner["properties"].is_object() {
                let name = format!("{name}{property}");
                self.name_objects(&name, inner);
                *inner = self.add(&name, inner.take());
            }
        }
    }
}

/// Lets references to definitions lead to the document's components.
fn refer(schema: &mut Value, names: &Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            for (keyword, value) in members {
                let path = value.as_str().filter(|_| keyword == "$ref").and_then(|path| path.strip_prefix("#/$defs/"));
                match path.and_then(|key| names[key].as_str()) {
                    Some(name) => *value = path_of("schemas", name).into(),
                    None => refer(value, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, names)),
        _ => {}
    }
}

fn path_of(kind: &str, name: &str) -> String {
    format!("#/components/{kind}/{name}")
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": path_of(kind, name) })
}

/// `C2CBeforeSendMsg` for `C2C.CallbackBeforeSendMsg`, as the crate has it.
fn name(command: &Command) -> String {
    command.as_str().replacen(".Callback", "", 1).replacen('.', "", 1)
}

/// `RtcEnterRoom` for `EVENT_TYPE_ENTER_ROOM`.
fn rtc_name(command: &Command) -> String {
    let words = command.as_str().trim_start_matches("EVENT_TYPE_").split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + &rest.to_lowercase()
    });
    ["Rtc".to_owned()].into_iter().chain(words).collect()
}

// The webhooks of Chat.

fn webhook(command: &Command, components: &mut Components) -> Value {
    let name = name(command);
    let body = event(command);
    let mut text = description(&body);
    let examples = examples(&samples(command), &body, &mut text);

    let (answer, effect, otherwise) = match schema::verdict(command) {
        Some(verdict) => {
            let (effects, answer) = verdicts(&name, verdict.into(), components);
            (answer, effects, "NoVerdict")
        }
        None if *command == bot::OnC2CSignalMessage::COMMAND => (
            reference("schemas", "SignalAnswer"),
            "Acknowledged, with data for the sender.".to_owned(),
            "NotAcknowledged",
        ),
        None => (reference("schemas", "Ack"), "Acknowledged. The content is ignored.".to_owned(), "NotAcknowledged"),
    };
    let words: Vec<_> = [command.as_str()].into_iter().chain(command.aliases().iter().copied()).collect();
    let command_parameter = json!({
        "name": "CallbackCommand",
        "in": "query",
        "required": true,
        "description": "The command. Some apps get it as `WebhookCommand`.",
        "schema": { "type": "string", "enum": words },
    });
    let parameters = ["SdkAppid", "contenttype", "ClientIP", "OptPlatform", "RequestTime"];
    let parameters: Vec<_> =
        std::iter::once(command_parameter).chain(parameters.iter().map(|name| reference("parameters", name))).collect();
    operation(Operation {
        name: &name,
        tag: family(command),
        text,
        docs: command.vendor_docs(),
        security: "ChatSign",
        parameters,
        body: components.add(&name, body),
        examples,
        answer,
        effect,
        otherwise,
    })
}

fn family(command: &Command) -> &'static str {
    // Of a known command, so of a constant.
    let command = Command::ALL.iter().find(|known| *known == command).expect("it is known");
    command.as_str().split('.').next().unwrap_or_default()
}

/// A text on what each verdict does, and the schema of the answer.
fn verdicts(event: &str, mut schema: Value, components: &mut Components) -> (String, Value) {
    let mut text = "The verdict:".to_owned();
    let definitions = schema.get_mut("$defs").map(Value::take);
    let mut alternatives = Vec::new();
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        let mut one = one.clone();
        let (title, effect) = (one["title"].as_str().unwrap_or_default(), one["description"].as_str());
        let code = &one["properties"]["ErrorCode"];
        let code = match code.get("const") {
            Some(code) => code.to_string(),
            None => format!("{} to {}", code["minimum"], code["maximum"]),
        };
        text += &format!("\n\n* `{title}`, `ErrorCode` {code}: {}", effect.unwrap_or_default());
        let camel: String = title.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        // The answers without anything of the event's own are shared by all events.
        let name = match title {
            "allow" | "refuse" | "discard" => camel,
            _ => format!("{event}{camel}"),
        };
        if let Some(definitions) = &definitions {
            one["$defs"] = definitions.clone();
        }
        alternatives.push(components.add(&name, one));
    }
    let answer = components.add(&format!("{event}Verdict"), json!({ "oneOf": alternatives }));
    (text, answer)
}

fn ack(more: Map<String, Value>) -> Value {
    let mut properties = Map::from_iter([
        ("ActionStatus".to_owned(), json!({ "const": "OK" })),
        ("ErrorCode".to_owned(), json!({ "const": 0 })),
        ("ErrorInfo".to_owned(), json!({ "type": "string" })),
    ]);
    properties.extend(more);
    json!({
        "description": "The event is acknowledged.",
        "type": "object",
        "required": ["ActionStatus", "ErrorCode", "ErrorInfo"],
        "properties": properties,
    })
}

// The callbacks of the RTC Engine.

const RTC: &str = "RTC Engine";

fn callback(event_type: EventType, command: &Command, components: &mut Components) -> Value {
    let name = rtc_name(command);
    let body = event(command);
    let mut text = description(&body);
    let number = format!("`EventType` {event_type} of group {}.", event_type.group());
    text.1 = [number, std::mem::take(&mut text.1)].join("\n\n").trim_end().to_owned();
    let examples = examples(&rtc_samples(event_type), &body, &mut text);
    operation(Operation {
        name: &name,
        tag: RTC,
        text,
        docs: command.vendor_docs(),
        security: "RtcSign",
        parameters: vec![reference("parameters", "SdkAppIdHeader")],
        body: components.add(&name, body),
        examples,
        answer: reference("schemas", "RtcAck"),
        effect: "Acknowledged.".to_owned(),
        otherwise: "RtcNotAcknowledged",
    })
}

// What both have in common.

struct Operation<'a> {
    name: &'a str,
    tag: &'static str,
    text: (String, String),
    docs: Option<&'static str>,
    security: &'static str,
    parameters: Vec<Value>,
    body: Value,
    examples: Value,
    answer: Value,
    effect: String,
    otherwise: &'static str,
}

fn operation(operation: Operation<'_>) -> Value {
    let (summary, description) = operation.text;
    let mut json = json!({
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary,
        "externalDocs": { "description": "Tencent's docs", "url": operation.docs },
        "security": [{ operation.security: [] }],
        "parameters": operation.parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": operation.body, "examples": operation.examples } },
        },
        "responses": {
            "200": {
                "description": operation.effect,
                "content": { "application/json": { "schema": operation.answer } },
            },
            "default": reference("responses", operation.otherwise),
        },
    });
    if !description.is_empty() {
        json["description"] = description.into();
    }
    json
}

/// The first paragraph of a schema's description, and the rest.
fn description(schema: &Value) -> (String, String) {
    let text = schema["description"].as_str().unwrap_or_default();
    let (first, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    (first.replace('\n', " "), rest.to_owned())
}

/// The samples in their documented form. The description gets a sentence on each that had another.
fn examples(samples: &[&[u8]], schema: &Value, (_, description): &mut (String, String)) -> Value {
    let mut forms = BTreeSet::new();
    let mut examples = Map::new();
    for (index, sample) in samples.iter().enumerate() {
        let mut body: Value = serde_json::from_slice(sample).expect("samples are JSON");
        documented(schema, &mut body, &mut forms);
        examples.insert(format!("sample{}", index + 1), json!({ "value": body }));
    }
    if !forms.is_empty() {
        let forms: Vec<_> = forms.iter().map(|(path, form)| format!("`{path}` as {form}")).collect();
        let sentence = format!("Also seen in another form than the schema's: {}.", forms.join(", "));
        *description = [std::mem::take(description), sentence].join("\n\n").trim_start().to_owned();
    }
    Value::Object(examples)
}

fn parameters() -> Value {
    json!({
        "SdkAppid": {
            "name": "SdkAppid",
            "in": "query",
            "required": true,
            "description": "ID of the app. The name is sent in other cases too, such as `SDKAppID`.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 4_294_967_295_u32 },
            "example": 1_400_000_000,
        },
        "contenttype": {
            "name": "contenttype",
            "in": "query",
            "description": "The format of the body.",
            "schema": { "const": "json" },
        },
        "ClientIP": {
            "name": "ClientIP",
            "in": "query",
            "description": "IP address of the client that caused the event.",
            "schema": { "type": "string" },
            "example": "203.0.113.7",
        },
        "OptPlatform": {
            "name": "OptPlatform",
            "in": "query",
            "description": "Platform of the client that caused the event. Compare it without regard to case.",
            "schema": reference("schemas", "Platform"),
        },
        "RequestTime": {
            "name": "RequestTime",
            "in": "query",
            "description": "When the webhook was signed, in seconds since 1970. Sent together with `Sign`. Reject what is not \
                            within a minute of your clock.",
            "schema": reference("schemas", "UnixSeconds"),
            "example": 1_669_872_112,
        },
        "SdkAppIdHeader": {
            "name": "SdkAppId",
            "in": "header",
            "required": true,
            "description": "ID of the app. Not covered by the signature.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 4_294_967_295_u32 },
            "example": 1_400_000_000,
        },
    })
}

fn responses() -> Value {
    json!({
        "NoVerdict": {
            "description": "No verdict, as is no answer within two seconds: the setting in Chat's console decides. By \
                            default the operation goes ahead; only `Live.CallbackBeforeSendGift` is blocked. The webhook \
                            is not sent again.",
        },
        "NotAcknowledged": {
            "description": "Not acknowledged. The webhook is lost: only after two seconds without an answer is it sent \
                            again, and only if the console says so.",
        },
        "RtcNotAcknowledged": {
            "description": "Not acknowledged, as is no answer within five seconds: the callback is sent again, for a \
                            minute.",
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "ChatSign": {
            "type": "apiKey",
            "in": "query",
            "name": "Sign",
            "description": "SHA-256 of the token followed by the digits of `RequestTime`, in lower-case hexadecimal. The token is \
                            the one entered in Chat's console under *Authentication*; without one, neither parameter is \
                            sent. For the token `xxxxyyyy` and the time 1669872112 it is \
                            `17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061`. It covers neither the \
                            body nor the command: whoever sees one URL can send any body until the window closes.",
        },
        "RtcSign": {
            "type": "apiKey",
            "in": "header",
            "name": "Sign",
            "description": "HMAC-SHA256 of the body as received, byte for byte, in Base64. The key is the callback key of the \
                            RTC Engine's console. It covers the body only, so a callback can be sent again by anyone who \
                            has seen it.",
        },
    })
}

/// What a tag is about.
fn about(tag: &str) -> &'static str {
    match tag {
        "State" => "Users going online and offline.",
        "Profile" => "User profiles.",
        "Sns" => "Friends, friend requests and blocklists.",
        "Follow" => "Followers.",
        "C2C" => "One-to-one messages.",
        "Group" => "Groups and their messages.",
        "OfficialAccount" => "Official accounts and their messages.",
        "Live" => "Live rooms.",
        "Mic" => "Seats in live and conference rooms.",
        "Room" => "Conference rooms.",
        "Call" => "Voice and video calls.",
        "Bot" => "Messages to chatbots.",
        "Chatbot" => "Signals to chatbots.",
        "Push" => "Push notifications.",
        "ContentCallback" => "Results of cloud moderation.",
        "Alert" => "Alerts of Chat.",
        RTC => "Event callbacks of the RTC Engine: another signature, another answer.",
        other => panic!("the tag {other} needs a description"),
    }
}
