//! Random bodies: generated from the schemas of the events, mutated, and arbitrary.
//!
//! `PROPTEST_CASES` sets how many for each command; the default is 48.

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::{Index, select},
    test_runner::TestRunner,
};
use serde_json::{Map, Value, json};
use tower_tencent_webhook::{Command, Event, RejectionKind};

use crate::{
    common::{Random, parse, samples, text, written},
    json_schema::{Document, Node},
};

/// How deep merged messages are nested.
const RELAYS: usize = 2;

fn runner() -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48);
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

/// Words, escapes, any script, and text that looks like JSON.
fn texts() -> BoxedStrategy<String> {
    let odd = ["", "\"", "\\", "\\u0041", "{\"a\":[1]}", "\u{0}\u{1f}\u{7f}", "null", "12", "🚢\u{200d}回", "\u{feff}"];
    prop_oneof![
        3 => "[a-zA-Z0-9_@#]{0,12}",
        2 => vec(any::<char>(), 0..8).prop_map(String::from_iter),
        1 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
    .boxed()
}

fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(texts(), inner, 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
    .boxed()
}

fn any_object() -> BoxedStrategy<Value> {
    btree_map(texts(), any_json(), 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())).boxed()
}

/// Values that the schema accepts, with at most `relays` levels of merged messages.
fn values(node: Node<'_>, relays: usize) -> BoxedStrategy<Value> {
    if let Some(value) = node.schema.get("const") {
        return Just(value.clone()).boxed();
    }
    let alternatives = node.list("anyOf");
    if !alternatives.is_empty() {
        let alternatives = alternatives.into_iter().filter(|one| one.types() != ["null"]);
        let alternatives: Vec<_> = alternatives
            .filter(|one| relays > 0 || !is_relay(*one))
            .map(|one| values(one, if is_relay(one) { relays - 1 } else { relays }))
            .collect();
        return proptest::strategy::Union::new(alternatives).boxed();
    }
    if !node.properties().is_empty() {
        return objects(node, relays);
    }
    match node.types().into_iter().find(|kind| *kind != "null") {
        Some("string") => words(node),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("integer") if node.schema.get("minimum").is_some() => {
            prop_oneof![0..4_u64, any::<u32>().prop_map(u64::from), any::<u64>(), Just(u64::MAX), Just((1 << 53) + 1)]
                .prop_map(Value::from)
                .boxed()
        }
        Some("integer") => {
            prop_oneof![-2..3_i64, any::<i64>(), Just(i64::MIN), Just(i64::MAX)].prop_map(Value::from).boxed()
        }
        Some("number") => {
            prop_oneof![-180.0..180.0, proptest::num::f64::NORMAL, Just(0.0)].prop_map(Value::from).boxed()
        }
        Some("array") => vec(values(node.get("items").unwrap(), relays), 0..=3).prop_map(Value::from).boxed(),
        Some("object") => match node.get("additionalProperties") {
            Some(values) => {
                let fields = btree_map(texts(), self::values(values, relays), 0..3);
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())).boxed()
            }
            None => any_object(),
        },
        _ => any_json(),
    }
}

fn is_relay(node: Node<'_>) -> bool {
    node.schema.pointer("/properties/MsgType/const") == Some(&json!("TIMRelayElem"))
}

/// Strings: mostly the documented words, if there are any.
fn words(node: Node<'_>) -> BoxedStrategy<Value> {
    let known: Vec<Value> = node.schema.get("examples").and_then(Value::as_array).cloned().unwrap_or_default();
    let not = node.schema.pointer("/not/enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let any = texts().prop_map(Value::from).prop_filter("a known word", move |word| !not.contains(word));
    if known.is_empty() { any.boxed() } else { prop_oneof![3 => select(known), 1 => any].boxed() }
}

fn objects(node: Node<'_>, relays: usize) -> BoxedStrategy<Value> {
    let required = node.required();
    let fields: Vec<_> = node
        .properties()
        .into_iter()
        .map(|(name, field)| {
            let value = values(field, relays);
            let name = name.to_owned();
            let maybe = if required.contains(&*name) {
                value.prop_map(Some).boxed()
            } else {
                proptest::option::of(value).boxed()
            };
            maybe.prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    fields.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>())).boxed()
}

/// Words that the vendor writes in more than one case are written in the documented one, an empty list or word is not
/// written at all; the rest is as it was.
fn same(read: &Value, wrote: &Value) -> bool {
    match (read, wrote) {
        (Value::Object(read), Value::Object(wrote)) => {
            let says_nothing = |value: &Value| *value == json!([]) || *value == json!("") || value.is_null();
            let is_new = |name: &String| name != "CallbackCommand" && !read.contains_key(name);
            !wrote.keys().any(is_new)
                && read.iter().all(|(name, value)| match wrote.get(name) {
                    Some(Value::String(word)) if name == "Platform" => {
                        value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(word))
                    }
                    None => says_nothing(value),
                    Some(other) => same(value, other),
                })
        }
        (Value::Array(read), Value::Array(wrote)) => {
            read.len() == wrote.len() && read.iter().zip(wrote).all(|(read, wrote)| same(read, wrote))
        }
        // serde_json reads some numbers with an error in the last digit.
        (Value::Number(read), Value::Number(wrote)) if read.is_f64() => {
            let (read, wrote) = (read.as_f64().unwrap(), wrote.as_f64().unwrap());
            (read - wrote).abs() <= read.abs() * 1e-15
        }
        (read, wrote) => read == wrote,
    }
}

#[test]
fn bodies_generated_from_the_schemas_round_trip() {
    for command in Command::ALL {
        let schema = Document::event(command);
        let bodies = (values(schema.root(), RELAYS), any::<u64>());
        let outcome = runner().run(&bodies, |(body, seed)| {
            let json = text(&body, &mut Some(Random::new(seed)));
            let event = parse(command, &json);
            let wrote = serde_json::to_string(&event).unwrap();
            prop_assert!(same(&body, &written(&event)), "read:\n{}\nwrote:\n{}", json, wrote);
            prop_assert_eq!(&parse(command, &wrote), &event);
            // A batch without events does not reveal its command.
            if body.get("Events") != Some(&json!([])) && !names_another_command(command, &body) {
                prop_assert_eq!(serde_json::from_str::<Event>(&wrote).unwrap(), event);
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{command}: {error}"));
    }
}

/// The events of a batch may have any command, according to the schema.
fn names_another_command(command: &Command, body: &Value) -> bool {
    body.pointer("/Events/0/CallbackCommand").is_some_and(|word| word != command.as_str())
}

/// Any body of a known command is its event or rejected: never a panic, never an unknown event.
fn read(command: &Command, body: &[u8]) -> Result<(), TestCaseError> {
    match Event::parse(command, body) {
        Ok(Event::Other(other)) => return Err(TestCaseError::fail(format!("{command}: {other:?}"))),
        Ok(event) => {
            let wrote = serde_json::to_string(&event).unwrap();
            let again = Event::parse(event.command(), &wrote);
            prop_assert!(again.as_ref().ok() == Some(&event), "{}: {:?}\n{}", command, again, wrote);
        }
        Err(rejection) => {
            let kind = rejection.kind();
            prop_assert!(matches!(kind, RejectionKind::Malformed | RejectionKind::CommandMismatch), "{}", rejection);
            prop_assert!(!rejection.to_string().is_empty());
        }
    }
    _ = serde_json::from_slice::<Event>(body);
    Ok(())
}

#[test]
fn arbitrary_bytes_never_panic() {
    let json_like = vec(select(&b"{}[]\",:\\ 0123456789-eE.truefalsn\x80"[..]), 0..64);
    let bytes = prop_oneof![vec(any::<u8>(), 0..64), json_like, any_json().prop_map(|v| v.to_string().into_bytes())];
    let mut runner = runner();
    for _ in 0..20 {
        runner.run(&(select(Command::ALL), &bytes), |(command, body)| read(&command, &body)).unwrap();
    }
}

#[derive(Clone, Debug)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn changes() -> impl Strategy<Value = Change> {
    let tokens =
        ["null", "{", "}", "[", "]", "\"", ",", ":", "-", "1e999", "0.1", "\\ud800", "\"MsgType\":", "true", "9"];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (any::<Index>(), select(tokens.to_vec())).prop_map(|(at, token)| Change::Insert(at, token.into())),
        (any::<Index>(), 1..24_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), 1..48_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        any::<Index>().prop_map(Change::Cut),
    ]
}

fn change(body: &mut Vec<u8>, change: Change) {
    if body.is_empty() {
        return;
    }
    match change {
        Change::Put(at, byte) => *at.get_mut(body) = byte,
        Change::Insert(at, bytes) => {
            let at = at.index(body.len());
            body.splice(at..at, bytes);
        }
        Change::Remove(at, length) => {
            let at = at.index(body.len());
            body.drain(at..(at + length).min(body.len()));
        }
        Change::Repeat(at, length) => {
            let at = at.index(body.len());
            let part = body[at..(at + length).min(body.len())].to_vec();
            body.splice(at..at, part);
        }
        Change::Cut(at) => body.truncate(at.index(body.len())),
    }
}

#[test]
fn mutated_samples_never_panic() {
    let samples: Vec<_> = samples().collect();
    let mut runner = runner();
    for _ in 0..60 {
        let cases = (select(samples.clone()), vec(changes(), 1..4));
        let outcome = runner.run(&cases, |((command, body), changes)| {
            let mut body = body.as_bytes().to_vec();
            changes.into_iter().for_each(|one| change(&mut body, one));
            read(command, &body)
        });
        outcome.unwrap();
    }
}

/// In known fields and in unknown ones.
#[test]
fn deep_nesting_never_overflows_the_stack() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    for depth in [100, 130, 5_000, 200_000] {
        for inner in [nested("[", "]", depth), nested("{\"a\":[", "]}", depth)] {
            for body in [
                inner.clone(),
                format!("{{\"Unheard\":{inner}}}"),
                format!("{{\"MsgBody\":[{{\"MsgContent\":{inner},\"MsgType\":\"TIMTextElem\"}}]}}"),
                format!("{{\"MsgBody\":[{{\"MsgType\":\"TIMGestureElem\",\"MsgContent\":{inner}}}]}}"),
            ] {
                read(&"C2C.CallbackBeforeSendMsg".into(), body.as_bytes()).unwrap();
            }
        }
    }
    let relay = "{\"MsgContent\":{\"MsgList\":[{\"MsgBody\":[";
    let body =
        format!("{{\"MsgBody\":[{}{}]}}", relay.repeat(5_000), "]}]},\"MsgType\":\"TIMRelayElem\"}".repeat(5_000));
    read(&"C2C.CallbackBeforeSendMsg".into(), body.as_bytes()).unwrap();
}
