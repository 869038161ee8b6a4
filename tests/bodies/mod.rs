//! What the tests of the events share: the samples, JSON in any order of keys, and a small reader of JSON Schema.

#![allow(dead_code, unreachable_pub)] // Each test is a crate of its own, and uses a part of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tower_tencent_webhook::{Command, Event, schema, signer};

/// All samples of all commands, as text.
pub fn samples() -> impl Iterator<Item = (&'static Command, &'static str)> {
    Command::ALL.iter().flat_map(|command| {
        signer::samples(command).into_iter().map(move |body| (command, std::str::from_utf8(body).unwrap()))
    })
}

/// Parses a body that must be an event of its own type.
pub fn parse(command: &Command, body: &str) -> Event {
    let event = Event::parse(command.as_str(), body.to_owned()).unwrap_or_else(|e| panic!("{command}: {e}\n{body}"));
    assert!(!matches!(event, Event::Other(_)), "{command}: {body}");
    assert_eq!(event.command(), command);
    event
}

/// The event as JSON, in the documented form.
pub fn written(event: &Event) -> Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

/// Random numbers that are the same in each run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

/// JSON text with the keys of each object in alphabetical order, or in a random one.
pub fn text(value: &Value, random: &mut Option<Random>) -> String {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.keys().collect();
            keys.sort();
            if let Some(random) = random {
                for last in (1..keys.len()).rev() {
                    keys.swap(last, random.below(last + 1));
                }
            }
            let fields = keys.into_iter().map(|key| format!("{}:{}", Value::from(&**key), text(&fields[key], random)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| text(item, random)).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// A schema and the root that its references point into.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub root: &'a Value,
    pub schema: &'a Value,
}

/// The schema of a command's event.
pub fn event_schema(command: &Command) -> Value {
    schema::event(command).unwrap().to_value()
}

impl<'a> Node<'a> {
    /// The whole of a schema.
    pub fn root(root: &'a Value) -> Self {
        Self { root, schema: root }.resolved()
    }

    fn resolved(self) -> Self {
        match self.schema.get("$ref").and_then(Value::as_str) {
            Some(path) => {
                let schema = self.root.pointer(path.strip_prefix('#').unwrap());
                Self { schema: schema.unwrap_or_else(|| panic!("{path} points nowhere")), ..self }.resolved()
            }
            None => self,
        }
    }

    fn at(self, schema: &'a Value) -> Self {
        Self { schema, ..self }.resolved()
    }

    pub fn get(self, key: &str) -> Option<Self> {
        self.schema.get(key).map(|schema| self.at(schema))
    }

    pub fn list(self, key: &str) -> Vec<Self> {
        self.schema.get(key).and_then(Value::as_array).into_iter().flatten().map(|one| self.at(one)).collect()
    }

    pub fn properties(self) -> Vec<(&'a str, Self)> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), self.at(schema))).collect()
    }

    pub fn required(self) -> BTreeSet<&'a str> {
        self.schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The documented types of a value.
    pub fn types(self) -> Vec<&'a str> {
        match self.schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => self.list("anyOf").into_iter().flat_map(Self::types).collect(),
        }
    }

    /// Whether a value is as the schema says. Panics on a keyword that it does not know, so that none is overlooked.
    pub fn check(self, value: &Value) -> Result<(), String> {
        self.check_at(value, "$")
    }

    fn check_at(self, value: &Value, path: &str) -> Result<(), String> {
        let fail = |why: String| Err(format!("{path}: {why}"));
        let keywords = self.schema.as_object().unwrap_or_else(|| panic!("{path}: {} is no schema", self.schema));
        for (keyword, rule) in keywords {
            match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "examples" | "format" | "default" => {}
                "type" => {
                    if !self.types().iter().any(|one| is(value, one)) {
                        return fail(format!("{value} is not {rule}"));
                    }
                }
                "const" => {
                    if value != rule {
                        return fail(format!("{value} is not {rule}"));
                    }
                }
                "enum" => {
                    if !rule.as_array().unwrap().contains(value) {
                        return fail(format!("{value} is none of {rule}"));
                    }
                }
                "minimum" => {
                    if value.as_f64().is_some_and(|value| value < rule.as_f64().unwrap()) {
                        return fail(format!("{value} is less than {rule}"));
                    }
                }
                "maximum" => {
                    if value.as_f64().is_some_and(|value| value > rule.as_f64().unwrap()) {
                        return fail(format!("{value} is more than {rule}"));
                    }
                }
                "not" => {
                    if self.at(rule).check_at(value, path).is_ok() {
                        return fail(format!("{value} is {rule}"));
                    }
                }
                "anyOf" | "oneOf" => {
                    let tried: Vec<_> = self.list(keyword).iter().map(|one| one.check_at(value, path)).collect();
                    let good = tried.iter().filter(|outcome| outcome.is_ok()).count();
                    if good == 0 || (good > 1 && keyword == "oneOf") {
                        return fail(format!("{good} alternatives fit {value}: {tried:?}"));
                    }
                }
                "properties" => {
                    for (name, node) in self.properties() {
                        if let Some(value) = value.get(name) {
                            node.check_at(value, &format!("{path}.{name}"))?;
                        }
                    }
                }
                "required" => {
                    if let Some(name) = self.required().into_iter().find(|name| value.get(name).is_none()) {
                        return fail(format!("{name} is missing"));
                    }
                }
                "minProperties" => {
                    if value.as_object().is_some_and(|fields| fields.len() < rule.as_u64().unwrap() as usize) {
                        return fail(format!("fewer than {rule} fields"));
                    }
                }
                "additionalProperties" => {
                    let known: Vec<_> = self.properties().into_iter().map(|(name, _)| name).collect();
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if known.contains(&name.as_str()) {
                            continue;
                        }
                        if rule == &Value::Bool(false) {
                            return fail(format!("{name} is not known"));
                        }
                        self.at(rule).check_at(value, &format!("{path}.{name}"))?;
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.at(rule).check_at(item, &format!("{path}[{index}]"))?;
                    }
                }
                "minItems" => {
                    if value.as_array().is_some_and(|items| items.len() < rule.as_u64().unwrap() as usize) {
                        return fail(format!("fewer than {rule} items"));
                    }
                }
                "contains" => {
                    let (Some(items), node) = (value.as_array(), self.at(rule)) else { continue };
                    let good = items.iter().filter(|item| node.check_at(item, path).is_ok()).count() as u64;
                    let bound = |name: &str, unset| keywords.get(name).and_then(Value::as_u64).unwrap_or(unset);
                    if good < bound("minContains", 1) || good > bound("maxContains", u64::MAX) {
                        return fail(format!("{good} items are {rule}"));
                    }
                }
                "minContains" | "maxContains" => {}
                other => panic!("{path}: the keyword {other} is not known here"),
            }
        }
        Ok(())
    }

    /// Calls `found` for each object that has a field table, with the table and the object's JSON pointer.
    pub fn objects(self, value: &Value, pointer: &str, found: &mut dyn FnMut(Node<'a>, &str)) {
        for one in self.list("anyOf") {
            if one.check(value).is_ok() {
                one.objects(value, pointer, found);
            }
        }
        if !self.properties().is_empty() && value.is_object() {
            found(self, pointer);
            for (name, node) in self.properties() {
                if let Some(value) = value.get(name) {
                    node.objects(value, &format!("{pointer}/{name}"), found);
                }
            }
        }
        if let (Some(node), Some(items)) = (self.get("items"), value.as_array()) {
            for (index, item) in items.iter().enumerate() {
                node.objects(item, &format!("{pointer}/{index}"), found);
            }
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        kind => panic!("{kind} is no type of JSON"),
    }
}

/// The object at a JSON pointer.
pub fn object<'a>(body: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    body.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap()
}

pub mod verdicts;
