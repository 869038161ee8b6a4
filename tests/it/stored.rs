//! Webhooks that are stored and made again: equal in every format, and inside of other types.

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tower_tencent_webhook::{
    App, Event, Receiver, Webhook, WebhookContext, WebhookEvent,
    event::{c2c, follow},
    signer::Signer,
};

use crate::common::*;

/// A webhook of an app whose webhooks are not signed, with this in its URL.
fn unsigned(parameters: &str, body: impl Into<bytes::Bytes>) -> Webhook {
    let receiver = Receiver::new(App::unsigned(7));
    let context = receiver.verify_query(&format!("SdkAppid=7&{parameters}"), std::time::SystemTime::now()).unwrap();
    receiver.parse(context, body.into()).unwrap()
}

/// All samples, and what is irregular: events that are unknown, bodies that are not UTF-8 or do not fit, contexts that
/// lack something or have something unknown.
pub fn webhooks() -> Vec<Webhook> {
    let signer = Signer::new(&app());
    let samples = samples().map(|(command, body)| signer.any_webhook(command, body).unwrap());
    let broken: Vec<u8> =
        BODY.bytes().flat_map(|byte| if byte == b'd' { vec![0xff, 0x80] } else { vec![byte] }).collect();
    assert!(String::from_utf8(broken.clone()).is_err());
    let irregular = [
        unsigned(&format!("CallbackCommand={COMMAND}"), BODY),
        unsigned(&format!("CallbackCommand={COMMAND}&ClientIP=2001:db8::1&OptPlatform=Fridge&RequestTime=7"), BODY),
        unsigned(&format!("CallbackCommand={COMMAND}&OptPlatform=IOS&RequestTime={}", u64::MAX), BODY),
        unsigned(&format!("CallbackCommand={COMMAND}"), broken),
        unsigned("CallbackCommand=Made.Up", "{}"),
        unsigned("CallbackCommand=%E5%9B%9E%00%22", r#" { "a" : 1e999 , "a" : "\ud800" } "#),
        unsigned("CallbackCommand=Made.Up", &b"{\"\xff\":\"\xfe\"}"[..]),
        // Parts of it are dropped.
        unsigned(&format!("CallbackCommand={COMMAND}"), r#"{"From_Account":"ada","To_Account":[{}],"EventTime":"x"}"#),
        // Its command is the body's.
        unsigned("CallbackCommand=Live.CallbackAfterSetMetadata", sample("Live.CallbackAfterDelMetadata").to_string()),
        unsigned(
            "CallbackCommand=Live.CallbackMemberStateChanged",
            sample("Live.CallbackAfterMemberStateChanged").to_string(),
        ),
        // It has an element of a kind that is unknown.
        unsigned(
            &format!("CallbackCommand={MESSAGE}"),
            r#"{"From_Account":"a","To_Account":"b","MsgBody":[{"MsgType":"TIMNewElem","MsgContent":{"X":1.0}}]}"#,
        ),
    ];
    samples.chain(irregular).collect()
}

#[track_caller]
fn assert_same<E: Debug + PartialEq>(again: &Webhook<E>, hook: &Webhook<E>) {
    assert_eq!(again, hook);
    assert_eq!(again.body(), hook.body());
    assert_eq!(again.drift(), hook.drift());
}

/// Where job queues put a webhook.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "E: tower_tencent_webhook::event::FromEvent")]
enum External<E = Event> {
    Newtype(Webhook<E>),
    Struct { hook: Webhook<E>, tries: u8 },
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", bound = "E: tower_tencent_webhook::event::FromEvent")]
enum Internal<E = Event> {
    Newtype(Webhook<E>),
    Struct { hook: Webhook<E>, tries: u8 },
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", content = "job", bound = "E: tower_tencent_webhook::event::FromEvent")]
enum Adjacent<E = Event> {
    Newtype(Webhook<E>),
    Struct { hook: Webhook<E>, tries: u8 },
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, bound = "E: tower_tencent_webhook::event::FromEvent")]
enum Untagged<E = Event> {
    Struct { hook: Webhook<E>, tries: u8 },
    Newtype(Webhook<E>),
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "E: tower_tencent_webhook::event::FromEvent")]
struct Flat<E = Event> {
    tries: u8,
    #[serde(flatten)]
    hook: Webhook<E>,
}

/// A queue's message around a job.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Message<T> {
    id: u64,
    #[serde(flatten)]
    job: T,
}

/// Writes a value and reads it.
trait Format {
    fn again<T: Serialize + DeserializeOwned>(value: &T) -> T;
}

struct Json;
struct JsonValue;
struct Cbor;
struct Bcs;

impl Format for Json {
    fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
        let json = serde_json::to_vec(value).unwrap();
        let read: T = serde_json::from_reader(&json[..]).unwrap();
        assert_eq!(serde_json::to_vec(&read).unwrap(), json);
        serde_json::from_slice(&json).unwrap()
    }
}

impl Format for JsonValue {
    fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
        serde_json::from_value(serde_json::to_value(value).unwrap()).unwrap()
    }
}

/// Binary, and describes itself.
impl Format for Cbor {
    fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
        let mut cbor = Vec::new();
        ciborium::into_writer(value, &mut cbor).unwrap();
        ciborium::from_reader(&cbor[..]).unwrap()
    }
}

/// Binary, without names or types. Enums with tags and flattened structs are not possible.
impl Format for Bcs {
    fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
        bcs::from_bytes(&bcs::to_bytes(value).unwrap()).unwrap()
    }
}

#[test]
fn a_webhook_is_read_back_as_it_was_in_every_format() {
    fn check<F: Format>(hook: &Webhook) {
        assert_same(&F::again(hook), hook);
        assert_eq!(F::again(hook).identity(), hook.identity());
        assert_eq!(F::again(hook.context()), *hook.context());
        assert_eq!(F::again(&hook.context().app()), hook.context().app());
    }

    let all = webhooks();
    assert!(all.iter().any(|hook| !hook.drift().is_empty()));
    assert!(all.iter().filter(|hook| hook.identity().is_some()).count() > 50);
    for hook in all {
        check::<Json>(&hook);
        check::<JsonValue>(&hook);
        check::<Cbor>(&hook);
        check::<Bcs>(&hook);
    }
}

#[test]
fn a_webhook_can_be_in_any_enum_and_struct() {
    fn check<F: Format, T: Debug + DeserializeOwned + PartialEq + Serialize>(value: T) {
        assert_eq!(F::again(&value), value);
    }

    fn tagged<F: Format>(hook: &Webhook) {
        let hook = || hook.clone();
        check::<F, _>(Internal::Newtype(hook()));
        check::<F, _>(Internal::Struct { hook: hook(), tries: 1 });
        check::<F, _>(Adjacent::Newtype(hook()));
        check::<F, _>(Adjacent::Struct { hook: hook(), tries: 1 });
        check::<F, _>(Untagged::Newtype(hook()));
        check::<F, _>(Untagged::Struct { hook: hook(), tries: 1 });
        check::<F, _>(Flat { tries: 1, hook: hook() });
        check::<F, _>(Message { id: 1, job: Internal::Newtype(hook()) });
        check::<F, _>(Message { id: 1, job: Flat { tries: 1, hook: hook() } });
        check::<F, _>(Message { id: 1, job: Untagged::Struct { hook: hook(), tries: 1 } });
        check::<F, _>(vec![Message { id: 1, job: Adjacent::Newtype(hook()) }]);
    }

    fn plain<F: Format>(hook: &Webhook) {
        check::<F, _>(External::Newtype(hook.clone()));
        check::<F, _>(External::Struct { hook: hook.clone(), tries: 1 });
        check::<F, _>(vec![Some(hook.clone()), None]);
    }

    for hook in webhooks() {
        tagged::<Json>(&hook);
        tagged::<JsonValue>(&hook);
        tagged::<Cbor>(&hook);
        plain::<Json>(&hook);
        plain::<Cbor>(&hook);
        plain::<Bcs>(&hook);
    }
}

#[test]
fn a_webhook_of_one_event_is_read_back_as_that() {
    fn check<E: WebhookEvent>() {
        for body in tower_tencent_webhook::signer::samples(E::COMMAND) {
            let hook: Webhook<E> = Signer::new(&app()).webhook(body).unwrap();
            assert_same(&Json::again(&hook), &hook);
            assert_same(&Bcs::again(&hook), &hook);
            let job = Internal::Newtype(hook.clone());
            assert_eq!(Cbor::again(&job), job);
            // Of any event it is the same.
            let any: Webhook = serde_json::from_value(serde_json::to_value(&hook).unwrap()).unwrap();
            assert_same(&any.downcast().unwrap(), &hook);
        }
    }

    check::<follow::AfterFollowDelete>();
    check::<c2c::BeforeSendMsg>();
    check::<tower_tencent_webhook::event::push::AllMemberPush>();
    check::<tower_tencent_webhook::event::content::ResultNotify>();

    let stored = serde_json::to_string(&Webhook::<follow::AfterFollowDelete>::sample()).unwrap();
    let error = serde_json::from_str::<Webhook<c2c::BeforeSendMsg>>(&stored).unwrap_err().to_string();
    assert!(
        error.contains("the webhook is one of Follow.CallbackAfterFollowDelete, which is another event"),
        "{error}"
    );
}

#[test]
fn what_is_stored_is_documented() {
    let hook = unsigned(&format!("CallbackCommand={COMMAND}&ClientIP=2001:DB8::1&OptPlatform=IOS&RequestTime=7"), BODY);
    let context = json!({
        "app": 7,
        "command": COMMAND,
        "client_ip": "2001:db8::1",
        "platform": "iOS",
        "request_time": 7,
        "verified": false,
    });
    assert_eq!(serde_json::to_value(hook.context()).unwrap(), context);
    assert_eq!(serde_json::to_value(&hook).unwrap(), json!({ "context": context, "body": BODY }));

    let bytes = unsigned("CallbackCommand=Made.Up", &b"{\"\xff\":1}"[..]);
    assert_eq!(serde_json::to_value(&bytes).unwrap()["body"], json!([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
}

/// A URL with a signature is not in what is stored, nor is a token.
#[test]
fn neither_a_signature_nor_a_token_is_stored() {
    let now = std::time::SystemTime::now();
    let uri = signer().uri(COMMAND, now);
    let receiver = Receiver::new(app());
    let hook = receiver.parse(receiver.verify_uri(&uri, now).unwrap(), BODY.into()).unwrap();
    assert!(hook.context().is_verified());
    let (_, sign) = uri.query().unwrap().split_once("Sign=").unwrap();
    let mut cbor = Vec::new();
    ciborium::into_writer(&hook, &mut cbor).unwrap();
    for stored in [serde_json::to_vec(&hook).unwrap(), cbor, bcs::to_bytes(&hook).unwrap()] {
        let stored = String::from_utf8_lossy(&stored).into_owned();
        assert!(stored.contains(COMMAND));
        assert!(!stored.contains(sign) && !stored.contains(TOKEN) && !stored.contains("Sign"), "{stored}");
    }
}

/// As an older or a newer release, or another language, writes it.
#[test]
fn what_may_be_absent_may_be_missing_and_what_is_unknown_is_skipped() {
    let hook = unsigned(&format!("CallbackCommand={COMMAND}"), BODY);
    let least = json!({ "context": { "app": "7", "command": COMMAND, "verified": false }, "body": BODY });
    assert_same(&serde_json::from_value(least).unwrap(), &hook);

    let mut more = serde_json::to_value(&hook).unwrap();
    more["received_at"] = json!([1, { "a": null }]);
    more["context"]["headers"] = json!({ "x": "y" });
    more["body"] = json!(BODY.as_bytes());
    assert_same(&serde_json::from_value(more).unwrap(), &hook);

    // By position, as formats without names do.
    let context = json!([7, COMMAND, null, null, null, false]);
    assert_same(&serde_json::from_value(json!([context, BODY])).unwrap(), &hook);
}

#[test]
fn what_is_no_webhook_is_an_error() {
    let hook = serde_json::to_value(unsigned(&format!("CallbackCommand={COMMAND}&ClientIP=::1"), BODY)).unwrap();
    let error = |change: &dyn Fn(&mut Value)| {
        let mut changed = hook.clone();
        change(&mut changed);
        serde_json::from_value::<Webhook>(changed).unwrap_err().to_string()
    };

    for (field, value, expected) in [
        ("/context/app", json!("seven"), "the SDKAppID is not a number"),
        ("/context/app", json!(-7), "the SDKAppID is not a number"),
        ("/context/app", json!(null), "an SDKAppID"),
        ("/context/command", json!(""), "the command is empty"),
        ("/context/command", json!("State.StateChange"), "the body's CallbackCommand is not the URL's"),
        ("/context/client_ip", json!("localhost"), "invalid IP address"),
        ("/context/request_time", json!(-1), "expected u64"),
        ("/context/verified", json!("true"), "expected a boolean"),
        ("/context", json!({}), "missing field `app`"),
        ("/context", json!([7, COMMAND]), "missing field `client_ip`"),
        ("/context", json!(null), "WebhookContext"),
        ("/body", json!([256]), "256"),
        ("/body", json!([123, "}"]), "expected u8"),
        ("/body", json!({}), "text or bytes"),
        ("/body", json!(7), "text or bytes"),
    ] {
        let error = error(&|hook| *hook.pointer_mut(field).unwrap() = value.clone());
        assert!(error.contains(expected), "{field} = {value}: {error}");
    }
    // An after-event that cannot be read is read as one that was kept. A before-event is never kept.
    for (body, expected) in [("{", "malformed body: not JSON"), (r#"{"To_Account":"grace"}"#, "From_Account")] {
        let with = |hook: &mut Value| (hook["context"]["command"], hook["body"]) = (json!(MESSAGE), json!(body));
        assert!(error(&with).contains(expected), "{}", error(&with));
        let mut unread = hook.clone();
        unread["body"] = json!(body);
        let again: Webhook = serde_json::from_value(unread.clone()).unwrap();
        assert!(matches!(again.event(), Event::Other(event) if event.command == COMMAND && event.body == body));
        assert_eq!(serde_json::to_value(&again).unwrap(), unread);
        let error = serde_json::from_value::<Webhook<follow::AfterFollowDelete>>(unread).unwrap_err().to_string();
        assert_eq!(error, "the body cannot be read as one of Follow.CallbackAfterFollowDelete");
    }
    for field in ["context", "body"] {
        let error = error(&|hook| _ = hook.as_object_mut().unwrap().remove(field));
        assert!(error.contains(&format!("missing field `{field}`")), "{error}");
    }
    let twice = r#"{"body":"{}","body":"{}"}"#;
    assert!(serde_json::from_str::<Webhook>(twice).unwrap_err().to_string().contains("duplicate field `body`"));
    for other in ["null", "7", "\"text\"", "[]", "{}"] {
        serde_json::from_str::<Webhook>(other).unwrap_err();
        serde_json::from_str::<WebhookContext>(other).unwrap_err();
    }
}

/// Truncated at each byte, and with each byte replaced: an error, or another webhook. Never a panic.
#[test]
fn what_is_damaged_is_read_without_a_panic() {
    let hook = unsigned(&format!("CallbackCommand={COMMAND}&ClientIP=::1&OptPlatform=iOS&RequestTime=7"), BODY);
    let json = serde_json::to_vec(&hook).unwrap();
    let mut cbor = Vec::new();
    ciborium::into_writer(&hook, &mut cbor).unwrap();
    let bcs = bcs::to_bytes(&hook).unwrap();

    for end in 0..json.len() {
        serde_json::from_slice::<Webhook>(&json[..end]).unwrap_err();
    }
    for end in 0..cbor.len() {
        assert!(ciborium::from_reader::<Webhook, _>(&cbor[..end]).is_err());
    }
    for end in 0..bcs.len() {
        bcs::from_bytes::<Webhook>(&bcs[..end]).unwrap_err();
    }
    for byte in [0, b'"', b'{', b'7', 0x1b, 0x5f, 0x7f, 0x80, 0xff] {
        for (at, _) in json.iter().enumerate() {
            let mut damaged = json.clone();
            damaged[at] = byte;
            _ = serde_json::from_slice::<Webhook>(&damaged);
            _ = serde_json::from_slice::<Internal>(&damaged);
        }
        for (at, _) in cbor.iter().enumerate() {
            let mut damaged = cbor.clone();
            damaged[at] = byte;
            _ = ciborium::from_reader::<Webhook, _>(&damaged[..]);
            _ = ciborium::from_reader::<Untagged, _>(&damaged[..]);
        }
        for (at, _) in bcs.iter().enumerate() {
            let mut damaged = bcs.clone();
            damaged[at] = byte;
            _ = bcs::from_bytes::<Webhook>(&damaged);
        }
    }
}
