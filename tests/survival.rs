//! No body, however deeply nested, overflows the stack of the thread that receives it. The whole process would die of
//! that, so these tests are in one of their own. A frame's size depends on the optimizations: they run in debug and in
//! release builds.

use std::{collections::BTreeSet, iter, thread, time::SystemTime};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use tower_tencent_webhook::{
    App, Command, Event, Receiver, Reply, Verdict, Webhook,
    event::c2c,
    signer::{self, Signer},
};

/// What tokio's workers have, in bytes.
const STACK: usize = 2 * 1024 * 1024;
/// The default limit of a body, in bytes.
const LIMIT: usize = 256 * 1024;

/// A way to nest: the innermost value, and what is around it at each level.
struct Nest {
    open: &'static str,
    inner: &'static str,
    close: &'static str,
}

const NESTS: &[Nest] = &[
    Nest { open: "[", inner: "", close: "]" },
    Nest { open: r#"{"":"#, inner: "0", close: "}" },
    Nest { open: r#"[{"\u0061":["#, inner: "1e400", close: "]}]" },
    // The forwarded history of a forwarded history, with the kind of an element before its content and after it.
    Nest {
        open: r#"[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[{"MsgBody":"#,
        inner: r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]"#,
        close: "}]}}]",
    },
    Nest { open: r#"[{"MsgContent":{"MsgList":[{"MsgBody":"#, inner: "[]", close: r#"}]},"MsgType":"TIMRelayElem"}]"# },
    // What is not closed.
    Nest { open: "[", inner: "", close: "" },
    Nest { open: r#"{"":"#, inner: "", close: "" },
];

/// A place for nested JSON in a body, marked by `@`.
struct Place {
    command: &'static str,
    body: &'static str,
}

const PLACES: &[Place] = &[
    // A body and nothing else, an unknown field, a known one of another type.
    Place { command: "Group.CallbackAfterGroupFull", body: "@" },
    Place { command: "Group.CallbackAfterGroupFull", body: r#"{"GroupId":"g","EventTime":1,"Unheard":@}"# },
    Place { command: "Group.CallbackAfterGroupFull", body: r#"{"GroupId":@,"EventTime":@}"# },
    // The elements of a message, the content of an unknown element, that of a known one.
    Place { command: MESSAGE, body: r#"{"From_Account":"a","To_Account":"b","MsgKey":"k","MsgBody":@}"# },
    Place {
        command: MESSAGE,
        body: r#"{"From_Account":"a","To_Account":"b","MsgKey":"k","MsgBody":[{"MsgType":"TIMGestureElem","MsgContent":@}]}"#,
    },
    Place {
        command: MESSAGE,
        body: r#"{"From_Account":"a","To_Account":"b","MsgKey":"k","MsgBody":[{"MsgContent":@,"MsgType":"TIMTextElem"}]}"#,
    },
    // An event of a batch, the details of an RTC Engine's event, any event of an unknown command.
    Place { command: "Push.OfflinePush", body: r#"{"Events":[{"To_Account":"a","Unheard":@}]}"# },
    Place {
        command: "Call.CallbackAfterRecordChanged",
        body: r#"{"CallId":"c","EventTime":1,"Callback":{"EventInfo":{"RoomId":@,"Payload":@}}}"#,
    },
    Place { command: "Moon.CallbackAfterRise", body: r#"{"EventTime":1,"Unheard":@}"# },
];

const MESSAGE: &str = "C2C.CallbackBeforeSendMsg";

impl Nest {
    fn json(&self, depth: usize) -> String {
        self.open.repeat(depth) + self.inner + &self.close.repeat(depth)
    }
}

impl Place {
    fn body(&self, nest: &Nest, depth: usize) -> String {
        self.body.replace('@', &nest.json(depth))
    }

    /// The depth of the largest body below the limit.
    fn deepest(&self, nest: &Nest) -> usize {
        let (around, one) = (self.body(nest, 0).len(), self.body(nest, 1).len());
        (LIMIT - around) / (one - around)
    }
}

/// Each depth around the limits of the crate and of serde_json, which are 24, 32, 64 and 128, and the deepest: beyond all
/// limits a deeper body can only need more stack than a shallower one.
fn depths(deepest: usize) -> impl Iterator<Item = usize> {
    let around = (1..=34).chain(62..=66).chain(126..=130).chain([1_000]);
    around.take_while(move |depth| *depth < deepest).chain([deepest])
}

/// Receives a body on a thread of its own, whose name is reported if it overflows its stack.
fn survive(what: String, command: &'static str, body: String) {
    let thread = thread::Builder::new().name(what).stack_size(STACK);
    thread.spawn(move || receive(command, body.into())).unwrap().join().unwrap();
}

/// Everything that can be done with a webhook.
fn receive(command: &str, body: Bytes) {
    let app = App::unsigned(1_400_000_000);
    let (head, _) = Signer::new(&app).request(command, "", SystemTime::now()).into_parts();
    let receiver = Receiver::new(app);
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    match receiver.parse(context, body.clone()) {
        Ok(hook) => use_up(hook),
        Err(rejection) => assert!(format!("{rejection} {rejection:?}").len() < 1000),
    }
    _ = serde_json::from_slice::<Event>(&body);
    #[cfg(feature = "rtc")]
    if let Ok(event) = tower_tencent_webhook::rtc::Event::parse(body) {
        _ = serde_json::to_string(&event).unwrap();
    }
}

fn use_up(hook: Webhook) {
    _ = hook.identity();
    _ = hook.event_time();
    assert!(!format!("{hook:?} {hook:#?}").is_empty());
    let event = hook.event();
    let wrote = serde_json::to_string(event).unwrap();
    let again = Event::parse(event.command().as_str(), wrote.clone()).unwrap();
    assert_eq!(*event, again.clone());
    // JSON is compared value by value only if it is not the same text.
    let spaced = wrote.replace('[', "[ ").replace('{', "{ ");
    _ = Event::parse(event.command().as_str(), spaced).unwrap() == again;
    // As a tree, at once and by another process that reads what this one has stored.
    _ = serde_json::to_value(event).map(|value| Event::deserialize(&value).map(drop));
    _ = serde_json::from_str::<Value>(&wrote);
    if let Ok(hook) = hook.downcast::<c2c::BeforeSendMsg>() {
        let verdict = Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&hook.msg_body);
        _ = verdict.map(|verdict| Reply::from(verdict).body().len());
    }
}

#[test]
fn nested_bodies_up_to_the_limit_overflow_no_stack() {
    thread::scope(|scope| {
        for place in PLACES {
            scope.spawn(|| {
                for nest in NESTS {
                    for depth in depths(place.deepest(nest)) {
                        let body = place.body(nest, depth);
                        assert!(body.len() <= LIMIT);
                        survive(format!("{depth} times {} in {}", nest.open, place.body), place.command, body);
                    }
                }
            });
        }
    });
}

/// A name that means something at one place could be looked for at every depth below it.
#[test]
fn no_name_of_the_wire_is_followed_without_bound() {
    fn names(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                if value.is_object() || value.is_array() {
                    found.insert(name.clone());
                }
                names(value, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }

    let mut found = BTreeSet::new();
    for command in Command::ALL.iter() {
        names(&serde_json::from_slice(signer::sample(command)).unwrap(), &mut found);
    }
    #[cfg(feature = "rtc")]
    for event_type in tower_tencent_webhook::rtc::EventType::ALL {
        for sample in signer::rtc_samples(*event_type) {
            names(&serde_json::from_slice(sample).unwrap(), &mut found);
        }
    }
    assert!(found.len() > 30 && found.contains("Events") && found.contains("MsgBody"), "{found:?}");
    // Enough for any frame, and a few times faster than the deepest.
    const DEPTH: usize = 9_000;
    let found = Vec::from_iter(found);
    thread::scope(|scope| {
        for names in found.chunks(20) {
            scope.spawn(move || {
                for name in names {
                    for (open, inner, close) in
                        [(format!(r#"{{"{name}":["#), "", "]}"), (format!(r#"{{"{name}":"#), "{}", "}")]
                    {
                        let depth = DEPTH.min((LIMIT - inner.len()) / (open.len() + close.len()));
                        let body = open.repeat(depth) + inner + &close.repeat(depth);
                        survive(format!("{depth} times {open}"), "Moon.CallbackAfterRise", body.clone());
                        survive(format!("{depth} times {open} in a message"), MESSAGE, body);
                    }
                }
            });
        }
    });
}

/// An object with this key is replaced by the JSON in its string if a body is read as a `serde_json::Value`, by a new
/// parser whose guard against deep nesting starts anew.
#[test]
fn json_in_the_strings_of_json_overflows_no_stack() {
    const KEY: &str = "$serde_json::private::RawValue";
    const ARRAYS: usize = 120;
    let arrays = |inner: &str| "[".repeat(ARRAYS) + inner + &"]".repeat(ARRAYS);
    // Escaped by code, so that the length grows by as much at each level.
    let escaped = |json: String| json.replace('\\', "\\u005c").replace('"', "\\u0022");
    let levels =
        iter::successors(Some(arrays("")), |json| Some(arrays(&format!(r#"{{"{KEY}":"{}"}}"#, escaped(json.clone())))));
    let levels: Vec<_> = levels.take_while(|json| json.len() < LIMIT - 200).collect();
    for place in PLACES {
        for json in levels[..10].iter().chain(levels.last()) {
            let what = format!("{} bytes of JSON in strings in {}", json.len(), place.body);
            survive(what, place.command, place.body.replace('@', json));
        }
    }
}
