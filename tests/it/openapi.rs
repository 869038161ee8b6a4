//! The OpenAPI document, as other teams get it.
//!
//! That it is what the code makes is a test of the example that makes it.

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use tower_tencent_webhook::{
    Ack, Command, Phase, Reply, SignalAnswer, WebhookEvent, event::bot, rtc::EventType, schema, signer,
};

use crate::verdicts;

fn document() -> Value {
    serde_json::from_str(include_str!("../../webhooks.openapi.json")).unwrap()
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(path) => document.pointer(path.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("there is no {path}")),
        None => value,
    }
}

/// Validates values by the schemas of the document.
struct Validator {
    schemas: Schemas,
    compiler: Compiler,
}

impl Validator {
    fn new(document: &Value) -> Self {
        let mut compiler = Compiler::new();
        compiler.add_resource("webhooks.json", document.clone()).unwrap();
        Self { schemas: Schemas::new(), compiler }
    }

    /// By the schema that a reference leads to.
    fn check(&mut self, reference: &Value, value: &Value) -> Result<(), String> {
        let place = format!("webhooks.json{}", reference["$ref"].as_str().unwrap());
        let index = self.compiler.compile(&place, &mut self.schemas).unwrap();
        self.schemas.validate(value, index).map_err(|error| format!("{error:#}"))
    }
}

/// All commands, with the operation of each.
fn operations(document: &Value) -> Vec<(Command, &Value)> {
    let rtc = EventType::ALL.iter().map(|event_type| Command::from(event_type.name().unwrap()));
    let commands: Vec<_> = Command::ALL.iter().cloned().chain(rtc).collect();
    assert_eq!(document["webhooks"].as_object().unwrap().len(), commands.len());
    commands.into_iter().map(|command| (command.clone(), &document["webhooks"][command.as_str()]["post"])).collect()
}

fn body(operation: &Value) -> &Value {
    &operation["requestBody"]["content"]["application/json"]
}

fn answer(operation: &Value) -> &Value {
    &operation["responses"]["200"]["content"]["application/json"]["schema"]
}

/// Calls `found` with each object in a value.
fn objects<'a>(value: &'a Value, found: &mut dyn FnMut(&'a Value)) {
    match value {
        Value::Object(members) => {
            found(value);
            members.values().for_each(|value| objects(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

#[test]
fn each_command_has_its_webhook_and_the_vendors_page() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (command, operation) in operations(&document) {
        assert_eq!(operation["externalDocs"]["url"].as_str(), command.vendor_docs(), "{command}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{command}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{command}");

        let parameters = operation["parameters"].as_array().unwrap().iter();
        let parameters: Vec<_> = parameters.map(|parameter| resolved(&document, parameter)).collect();
        let names: Vec<_> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        let scheme = operation["security"][0].as_object().unwrap().keys().next().unwrap();
        let scheme = &document["components"]["securitySchemes"][scheme];
        assert_eq!(scheme["name"], "Sign");
        if command.is_rtc() {
            assert_eq!((names, &scheme["in"]), (vec!["SdkAppId"], &json!("header")), "{command}");
            continue;
        }
        let documented = ["CallbackCommand", "SdkAppid", "contenttype", "ClientIP", "OptPlatform", "RequestTime"];
        assert_eq!((&*names, &scheme["in"]), (&documented[..], &json!("query")), "{command}");
        // All words that lead to the command, and no other.
        for word in parameters[0]["schema"]["enum"].as_array().unwrap() {
            assert_eq!(Command::from(word.as_str().unwrap()), command);
        }
        assert_eq!(parameters[0]["schema"]["enum"][0], command.as_str());
    }
}

#[test]
fn every_sample_is_valid() {
    let document = document();
    let mut validator = Validator::new(&document);
    for (command, operation) in operations(&document) {
        let body = body(operation);
        let examples = body["examples"].as_object().unwrap();
        assert_eq!(examples.len(), signer::samples(&command).len(), "{command}");
        for example in examples.values() {
            let value = &example["value"];
            validator.check(&body["schema"], value).unwrap_or_else(|why| panic!("{command}: {why}\n{value:#}"));
            // It is the event that this crate reads, too.
            let parsed = match command.is_rtc() {
                true => tower_tencent_webhook::rtc::Event::parse(value.to_string()).map(drop),
                false => tower_tencent_webhook::Event::parse(&command, value.to_string()).map(drop),
            };
            parsed.unwrap_or_else(|why| panic!("{command}: {why}"));
            for path in command.required_fields() {
                let pointer = format!("/{}", path.replace('.', "/"));
                let mut without = value.clone();
                if let Some(field) = without.pointer_mut(&pointer) {
                    *field = json!([[]]);
                    assert!(validator.check(&body["schema"], &without).is_err(), "{command}: {path}");
                }
            }
        }
    }
}

#[test]
fn every_answer_is_valid() {
    let document = document();
    let mut validator = Validator::new(&document);
    for made in verdicts::all() {
        let schema = answer(&document["webhooks"][made.command.as_str()]["post"]);
        validator.check(schema, &made.json).unwrap_or_else(|why| panic!("{}: {why}", made.command));
        for code in [3, 10_099, 10_201, 102_099, 102_201, 120_000, 130_001] {
            let mut other = made.json.clone();
            other["ErrorCode"] = code.into();
            assert!(validator.check(schema, &other).is_err(), "{}: {code}", made.command);
        }
    }
    let json = |reply: Reply| serde_json::from_slice::<Value>(reply.body()).unwrap();
    let (ack, data) = (json(Ack::ok().into()), json(SignalAnswer::text("data").into()));
    for (command, operation) in operations(&document) {
        let schema = answer(operation);
        let taken = match command {
            _ if command.is_rtc() => json!({ "code": 0 }),
            _ if command.phase() == Phase::Before => continue,
            _ if command == bot::OnC2CSignalMessage::COMMAND => data.clone(),
            _ => ack.clone(),
        };
        validator.check(schema, &taken).unwrap_or_else(|why| panic!("{command}: {why}"));
        for wrong in
            [json!({}), json!({ "code": 1 }), json!({ "ActionStatus": "FAIL", "ErrorCode": 0, "ErrorInfo": "" })]
        {
            assert!(validator.check(schema, &wrong).is_err(), "{command}: {wrong}");
        }
    }
}

#[test]
fn an_integer_is_bounded_or_marked_as_one_of_64_bits() {
    let document = document();
    let may_be_integer = |schema: &Value| match &schema["type"] {
        Value::String(one) => one == "integer",
        Value::Array(several) => several.contains(&json!("integer")),
        _ => false,
    };
    let mut marked = 0;
    objects(&document["components"], &mut |schema| {
        if !may_be_integer(schema) {
            // No mark on anything else.
            assert!(!schema["format"].as_str().is_some_and(|format| format.ends_with("int64")), "{schema:#}");
            return;
        }
        let is_bounded = schema.get("const").is_some() || schema.get("maximum").is_some();
        match schema["format"].as_str() {
            Some("int64" | "uint64") => marked += 1,
            None => assert!(is_bounded, "{schema:#}"),
            Some(format) => panic!("another mark: {format}"),
        }
    });
    assert!(marked > 100, "{marked}");
    let description = document["info"]["description"].as_str().unwrap();
    assert!(description.contains("format: int64") && description.contains("format: uint64"), "{description}");
}

#[test]
fn every_component_is_used_and_every_reference_leads_to_one() {
    let document = document();
    let mut used = BTreeSet::new();
    objects(&document, &mut |object| {
        if let Some(path) = object.get("$ref").and_then(Value::as_str) {
            resolved(&document, object);
            used.insert(path.strip_prefix("#/components/").unwrap().to_owned());
        }
    });
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            assert!(used.contains(&format!("{kind}/{name}")), "{kind}/{name}");
        }
    }
    assert!(!document.to_string().contains("$defs"));
}

#[test]
fn each_body_has_a_schema_of_its_own() {
    let document = document();
    let mut names = BTreeSet::new();
    for (command, operation) in operations(&document) {
        let reference = body(operation)["schema"]["$ref"].as_str().unwrap();
        assert!(names.insert(reference), "{command}: {reference}");
        let schema = resolved(&document, &body(operation)["schema"]);
        if !command.is_rtc() {
            let own = schema::event(&command).unwrap().to_value();
            assert_eq!(schema["required"], own["required"], "{command}");
            let fields = |schema: &Value| schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(fields(schema), fields(&own), "{command}");
        }
    }
}
