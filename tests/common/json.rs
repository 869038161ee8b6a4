//! Events as JSON: the samples, and JSON with its keys in any order.

use serde_json::{Map, Value};
use tower_tencent_webhook::{Command, Event, signer};

/// All samples of all commands, as text.
pub fn samples() -> impl Iterator<Item = (&'static Command, &'static str)> {
    Command::ALL.iter().flat_map(|command| {
        signer::samples(command).into_iter().map(move |body| (command, std::str::from_utf8(body).unwrap()))
    })
}

/// The samples of one command, to be changed.
pub fn samples_of(command: &str) -> Vec<Value> {
    let samples = signer::samples(command).into_iter();
    samples.map(|body| serde_json::from_slice(body).unwrap()).collect()
}

/// The first of [`samples_of`].
pub fn sample(command: &str) -> Value {
    samples_of(command).swap_remove(0)
}

/// Parses a body that must be an event of its own type.
pub fn parse(command: &Command, body: &str) -> Event {
    let event = Event::parse(command, body).unwrap_or_else(|e| panic!("{command}: {e}\n{body}"));
    assert!(!matches!(event, Event::Other(_)), "{command}: {body}");
    assert_eq!(event.command(), command);
    event
}

/// The event as JSON, in the documented form.
pub fn written(event: &Event) -> Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

/// Random numbers, the same in every run.
#[derive(Debug)]
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

/// JSON text with the keys of each object in alphabetical or in random order.
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

/// The object at a JSON pointer.
pub fn object<'a>(body: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    body.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap()
}
