//! Properties that hold for any input: a module for each fuzz target.
//!
//! Each has `run`, which panics on an input that breaks the property, and `seeds`, the initial inputs. The fuzzer calls
//! them through `fuzz_targets/`, `cargo test` through `tests/replay.rs`.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_tencent_webhook::{Command, signer};

pub mod event;
#[path = "../../tests/common/guard.rs"]
pub mod guard;
pub mod message;
pub mod query;
pub mod request;
pub mod rtc;
#[path = "../../tests/common/sign.rs"]
mod sign;
pub mod verdict;
#[path = "../../tests/common/verdicts.rs"]
mod verdicts;

/// A fuzz target.
#[derive(Debug)]
pub struct Target {
    /// The name of its binary, and of its input folders.
    pub name: &'static str,
    /// Panics on an input that breaks the property.
    pub run: fn(&[u8]),
    /// The initial inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All fuzz targets.
pub const TARGETS: [Target; 6] = [
    Target { name: "query", run: query::run, seeds: query::seeds },
    Target { name: "event", run: event::run, seeds: event::seeds },
    Target { name: "message", run: message::run, seeds: message::seeds },
    Target { name: "request", run: request::run, seeds: request::seeds },
    Target { name: "rtc", run: rtc::run, seeds: rtc::seeds },
    Target { name: "verdict", run: verdict::run, seeds: verdict::seeds },
];

/// The dictionary: commands, names of parameters and fields, and special values of JSON and URLs.
pub fn words() -> BTreeSet<String> {
    let special = [
        "null",
        "true",
        "-0",
        "1e999",
        "0.5",
        "18446744073709551616",
        "{}",
        "[]",
        "\"\"",
        "\\u0000",
        "\\ud800",
        "%00",
        "%ff",
        "%2B",
        "&Sign=",
        "&RequestTime=",
        "&SdkAppid=",
        "&sdkappid=",
        "&WebhookCommand=",
        "&OptPlatform=iOS",
        "Live.CallbackMemberStateChanged",
    ];
    let mut words: BTreeSet<_> = special.map(str::to_owned).into();
    for (command, body) in samples() {
        words.insert(command.as_str().to_owned());
        words.extend(
            find(&body, &|value| value.is_object())
                .into_iter()
                .flat_map(|fields| fields.as_object().into_iter().flatten().map(|(name, _)| format!("\"{name}\":"))),
        );
        words.extend(find(&body, &|value| value.is_string()).into_iter().map(Value::to_string));
    }
    for event_type in tower_tencent_webhook::rtc::EventType::ALL {
        words.insert(event_type.to_string());
        words.extend(event_type.name().map(str::to_owned));
    }
    words
}

/// All samples of all commands.
fn samples() -> impl Iterator<Item = (&'static Command, Value)> {
    let body = |body| serde_json::from_slice(body).expect("a sample is JSON");
    Command::ALL.iter().flat_map(move |command| signer::samples(command).into_iter().map(move |it| (command, body(it))))
}

/// All values inside a value, itself included, that satisfy `wanted`.
fn find<'a>(value: &'a Value, wanted: &dyn Fn(&Value) -> bool) -> Vec<&'a Value> {
    let inner: Vec<_> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    let deeper = inner.into_iter().flat_map(|value| find(value, wanted));
    Some(value).filter(|value| wanted(value)).into_iter().chain(deeper).collect()
}

/// Splits the input into a command, the first line, and a body, the rest.
fn command_and_body(data: &[u8]) -> Option<(&str, &[u8])> {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    Some((std::str::from_utf8(parts.next()?).ok()?, parts.next().unwrap_or_default()))
}
