//! Webhooks as CloudEvents: nothing is lost on the way, and what is written keeps to the specification.

use std::{
    collections::{BTreeSet, HashSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::HeaderMap;
use serde_json::{Value, json};
use tower_tencent_webhook::{App, CloudEvent, CloudEventError, Event, Policy, Receiver, Webhook};

use crate::{common::*, stored::webhooks};

fn hook(parameters: &str, body: impl Into<bytes::Bytes>) -> Webhook {
    let receiver = Receiver::new(App::unsigned(7)).on_malformed(Policy::Forward);
    let context = receiver.verify_query(&format!("SdkAppid=7&{parameters}"), SystemTime::now()).unwrap();
    receiver.parse(context, body.into()).unwrap()
}

fn event(command: &str, body: &'static str) -> CloudEvent {
    hook(&format!("CallbackCommand={command}"), body).cloud_event()
}

/// All that can be stored, and what only a hand-off keeps.
fn all() -> Vec<Webhook> {
    let mut all = webhooks();
    for body in
        [&b"not JSON"[..], b"", b"\xff\0\n", b" {} ", b"{\n}", b"{\"EventTime\":1}", b"\"", b"null", b"{\"a\":\"\0\"}"]
    {
        all.push(hook(&format!("CallbackCommand={COMMAND}"), body));
        all.push(hook("CallbackCommand=Moon.CallbackAfterRise&ClientIP=::1", body));
    }
    #[cfg(feature = "rtc")]
    {
        let app = app().rtc_key("Quay7Key").unwrap();
        let (receiver, signer) = (
            Receiver::new(app.clone()).on_malformed(Policy::Forward),
            tower_tencent_webhook::signer::Signer::new(&app),
        );
        let broken =
            [&b"no JSON"[..], b"{\"EventType\":103}", b"{\"EventType\":77777,\"EventInfo\":{\"RoomId\":\"x\"}}"];
        let numbers = (100..1700).flat_map(tower_tencent_webhook::signer::rtc_samples);
        let samples = numbers.map(<[u8]>::to_vec);
        for body in samples.chain(broken.map(<[u8]>::to_vec)) {
            let (head, _) = signer.rtc_request(body.clone()).into_parts();
            let claim = receiver.verify_rtc(&head).unwrap();
            all.push(receiver.parse_rtc(claim, body.into(), SystemTime::now()).unwrap());
        }
    }
    all
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
}

#[test]
fn every_webhook_comes_back_as_it_was() {
    let all = all();
    assert!(all.len() > 150);
    for hook in all {
        let event = hook.cloud_event();
        let json = event.to_json();
        assert!(!json.contains(['\n', '\r']), "{json}");
        let structured = CloudEvent::from_json(json.as_bytes()).unwrap();
        let binary = CloudEvent::from_headers(pairs(&event.headers()), event.data().clone()).unwrap();
        for read in [event.clone(), structured, binary] {
            assert_eq!(read, event);
            let again = Webhook::from_cloud_event(&read).unwrap();
            assert_eq!(again, hook);
            assert_eq!((again.body(), again.drift()), (hook.body(), hook.drift()));
            assert_eq!(read.identity(), hook.identity());
        }
    }
}

#[test]
fn the_attributes_keep_to_the_specification() {
    let mut ids = HashSet::new();
    for hook in all() {
        let event = hook.cloud_event();
        let json: Value = serde_json::from_str(&event.to_json()).unwrap();
        for (name, value) in event.attributes() {
            let is_legal = (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(is_legal && !value.is_empty(), "{name}: {value}");
            let written = json[name].as_str().map_or_else(|| json[name].to_string(), str::to_owned);
            assert_eq!(written, value);
        }
        assert_eq!(json["specversion"], "1.0");
        assert_eq!(
            json.as_object().unwrap().keys().filter(|name| name.starts_with("data_") || *name == "data").count(),
            1
        );
        match hook.identity() {
            Some(identity) => assert_eq!(event.id(), identity.to_string()),
            None => {
                assert!(event.id().starts_with("unique-") && event.id().len() == 39, "{}", event.id());
                assert!(ids.insert(event.id().to_owned()));
                assert_ne!(hook.cloud_event().id(), event.id());
            }
        }
        if let Some(time) = event.attribute("time") {
            assert!(time.ends_with('Z') && time.len() == 24, "{time}");
            let millis = u64::from(hook.event_time().unwrap());
            assert_eq!(event.time(), Some(UNIX_EPOCH + Duration::from_millis(millis)));
        }
    }
}

/// The signature is good for a minute, and this may be kept for years.
#[test]
fn the_signature_is_not_in_it() {
    let request = signed();
    let query = request.uri().query().unwrap();
    let sign = query.split('&').find_map(|pair| pair.strip_prefix("Sign=")).unwrap();
    let receiver = Receiver::new(app());
    let hook = receiver.parse(receiver.verify_query(query, SystemTime::now()).unwrap(), BODY.into()).unwrap();
    let event = hook.cloud_event();
    assert_eq!(event.attribute("verified"), Some("true"));
    for text in [event.to_json(), format!("{event:?}"), format!("{:?}", event.headers())] {
        assert!(!text.contains(sign) && !text.contains(TOKEN), "{text}");
    }
    assert!(!format!("{event:?}").contains("linus"), "the body is personal data");
}

#[test]
fn events_of_a_conversation_have_the_same_key() {
    for (command, body, subject, key) in [
        ("C2C.CallbackAfterSendMsg", r#"{"From_Account":"ada","To_Account":"grace"}"#, "ada", "ada/grace"),
        ("C2C.CallbackAfterSendMsg", r#"{"From_Account":"grace","To_Account":"ada"}"#, "grace", "ada/grace"),
        (
            "C2C.CallbackAfterMsgReadReceipt",
            r#"{"Operator_Account":"grace","Peer_Account":"ada"}"#,
            "grace",
            "ada/grace",
        ),
        ("C2C.CallbackAfterSendMsg", r#"{"From_Account":"ada","To_Account":"ada"}"#, "ada", "ada"),
        (
            "Group.CallbackAfterSendMsg",
            r#"{"From_Account":"ada","GroupId":"@TGS#1","TopicId":"t"}"#,
            "@TGS#1",
            "@TGS#1",
        ),
        ("Live.CallbackAfterUpdateRoomInfo", r#"{"Operator_Account":"a","RoomInfo":{"RoomId":"tea"}}"#, "tea", "tea"),
        ("Call.CallbackAfterEndCall", r#"{"CallRecord":{"CallId":"c-1","RoomId":"r"}}"#, "c-1", "c-1"),
        ("State.StateChange", r#"{"Info":{"Action":"Login","To_Account":"ada"}}"#, "ada", "ada"),
        (COMMAND, r#"{"From_Account":"ada","To_Account":["grace"]}"#, "ada", "ada"),
        ("Moon.CallbackAfterRise", r#"{"RoomId":7741}"#, "7741", "7741"),
        ("Moon.CallbackAfterRise", r#"{"GroupId":"a\n\u0000b"}"#, "a\u{fffd}\u{fffd}b", "a\u{fffd}\u{fffd}b"),
    ] {
        // Only the scan of the body is meant here: not all of these are whole.
        let event = hook("CallbackCommand=Moon.CallbackAfterRise", body).cloud_event();
        assert_eq!((event.subject(), event.partition_key()), (Some(subject), Some(key)), "{command}");
    }
    let nobody = event("Moon.CallbackAfterRise", r#"{"GroupId":"","RoomId":{},"From_Account":[]}"#);
    assert_eq!((nobody.subject(), nobody.partition_key(), nobody.time()), (None, None, None));
    let long = hook("CallbackCommand=Moon.CallbackAfterRise", format!(r#"{{"GroupId":"x{}"}}"#, "é".repeat(1000)));
    assert_eq!(long.cloud_event().partition_key().map(str::len), Some(255), "cut between characters");
}

#[test]
fn every_event_has_a_place_and_a_time_if_its_documented_body_has_them() {
    let mut nowhere = BTreeSet::new();
    for hook in all() {
        let is_other = match hook.event() {
            Event::Other(_) => true,
            #[cfg(feature = "rtc")]
            Event::Rtc(event) => matches!(event, tower_tencent_webhook::rtc::Event::Other(_)),
            _ => false,
        };
        if is_other {
            continue;
        }
        let (event, command) = (hook.cloud_event(), hook.context().command());
        assert_eq!(event.subject().is_some(), event.partition_key().is_some(), "{command}: {:?}", hook.body());
        if event.subject().is_none() {
            nowhere.insert(command.to_string());
        }
        // Some break JSON's rules.
        let Ok(body) = serde_json::from_slice::<Value>(hook.body()) else { continue };
        let says_when = ["/EventTime", "/MsgTime", "/EventInfo/EventMsTs"]
            .iter()
            .any(|at| body.pointer(at).is_some_and(Value::is_u64));
        assert!(event.time().is_some() || !says_when, "{command}: {:?}", hook.body());
    }
    // What is about the app, or about several.
    let several = [
        "Alert.RequestOverLimit",
        "Group.CallbackOnDailyGroupQuotaAlarm",
        "Push.AllMemberPush",
        "Push.OfflinePush",
        "Sns.CallbackBlackListAdd",
        "Sns.CallbackBlackListDelete",
        "Sns.CallbackFriendAdd",
        "Sns.CallbackFriendDelete",
    ];
    assert_eq!(Vec::from_iter(nowhere), several);
}

#[test]
fn the_body_is_readable_where_it_is_one_line_of_json() {
    for (body, is_readable) in [
        (r#"{"GroupId": "a", "n": 1e999, "x": "\ud800"}"#, true),
        ("{\n}", false),
        (" {}", false),
        ("{}}", false),
        ("", false),
        ("{\"a\":\"\u{1}\"}", false),
    ] {
        let json = hook(&format!("CallbackCommand={COMMAND}"), body).cloud_event().to_json();
        assert_eq!(json.contains(r#""data":"#), is_readable, "{json}");
        assert_eq!(json.contains(r#""data_base64":"#), !is_readable, "{json}");
        assert_eq!(json.ends_with(&format!(r#""data":{body}}}"#)), is_readable);
    }
    // A time that no calendar has is left out.
    let late = hook("CallbackCommand=Moon.CallbackAfterRise", r#"{"EventTime":18446744073709551615}"#);
    assert_eq!(late.cloud_event().time(), None);
}

#[test]
fn headers_are_those_of_the_http_binding() {
    let body = r#"{"GroupId":"Euro \u20ac 100% \"é\"","EventTime":1702018343678}"#;
    let hook = hook("CallbackCommand=Group.CallbackAfterGroupFull&OptPlatform=Web", body);
    let event = hook.cloud_event();
    let headers = event.headers();
    assert_eq!(headers["ce-subject"], "Euro%20%E2%82%AC%20100%25%20%22%C3%A9%22");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["ce-time"], "2023-12-08T06:52:23.678Z");
    assert_eq!(headers.len(), event.attributes().count());
    assert!(!headers.contains_key("ce-datacontenttype"));
    // Kafka's form, any case, and headers of others.
    let kafka = pairs(&headers).map(|(name, value)| (name.replace("ce-", "CE_"), value.to_owned())).collect::<Vec<_>>();
    let kafka = kafka.iter().map(|(name, value)| (&**name, &**value)).chain([("traceparent", "00")]);
    assert_eq!(CloudEvent::from_headers(kafka, body).unwrap(), event);
}

#[test]
fn extensions_can_be_added() {
    let event = event(COMMAND, BODY);
    let dead = event.clone().with_attribute("cause", "the handler failed\n").unwrap();
    assert_eq!(dead.attribute("cause"), Some("the handler failed\u{fffd}"));
    assert_eq!(
        dead.clone()
            .with_attribute("cause", "again")
            .unwrap()
            .attributes()
            .filter(|(name, _)| *name == "cause")
            .count(),
        1
    );
    assert_eq!(CloudEvent::from_json(dead.to_json().as_bytes()).unwrap(), dead);
    assert_eq!(Webhook::from_cloud_event(&dead).unwrap().body(), BODY);
    for name in ["", "data", "Cause", "a-b", "a_b", "abcdefghijklmnopqrstu"] {
        assert!(event.clone().with_attribute(name, "").is_err(), "{name:?}");
    }
}

#[test]
fn what_is_no_cloud_event_of_a_webhook_says_why() {
    let good: Value = serde_json::from_str(&event(COMMAND, BODY).to_json()).unwrap();
    let told = |change: &dyn Fn(&mut Value)| {
        let mut json = good.clone();
        change(&mut json);
        let event = match CloudEvent::from_json(json.to_string().as_bytes()) {
            Ok(event) => event,
            Err(error) => return error.to_string(),
        };
        match Webhook::from_cloud_event(&event) {
            Ok(_) => "fine".into(),
            Err(error) => error.to_string(),
        }
    };
    let set = |name: &'static str, value: Value| told(&move |json| json[name] = value.clone());
    assert_eq!(told(&|_| {}), "fine");
    assert_eq!(told(&|json| *json = json!([])), "not a JSON object, at line 1 column 0");
    for name in ["specversion", "id", "source", "type"] {
        assert_eq!(told(&|json| _ = json.as_object_mut().unwrap().remove(name)), format!("`{name}` is missing"));
        assert_eq!(set(name, json!("")), format!("`{name}` is missing"));
        assert_eq!(set(name, Value::Null), format!("`{name}` is missing"));
    }
    assert_eq!(set("specversion", json!("0.3")), "`specversion` is invalid");
    for source in ["/tencent/im/", "/tencent/im/x", "/tencent/rtc/7", "/tencent/im/+7", "x"] {
        assert_eq!(set("source", json!(source)), "`source` is invalid", "{source}");
    }
    for word in ["com.tencent.im.", "com.github.push", "com.tencent.im"] {
        assert_eq!(set("type", json!(word)), "`type` is invalid", "{word}");
    }
    assert_eq!(set("clientip", json!("localhost")), "`clientip` is invalid");
    assert_eq!(set("requesttime", json!("-1")), "`requesttime` is invalid");
    assert_eq!(set("requesttime", json!(7)), "fine", "a number will do");
    assert_eq!(set("verified", json!("yes")), "`verified` is invalid");
    assert_eq!(set("subject", json!({})), "`attribute` is invalid");
    assert_eq!(set("Subject", json!("")), "`attribute` is invalid");
    assert_eq!(set("data_base64", json!("%")), "`data_base64` is invalid");
    assert_eq!(set("traceparent", json!("00-1")), "fine");
    let moderate = told(&|json| {
        json["type"] = json!("com.tencent.im.C2C.CallbackBeforeSendMsg");
        json["data"] = json!({ "To_Account": "grace" });
    });
    assert!(moderate.starts_with("malformed body"), "a before-event must be readable: {moderate}");

    let twice = br#"{"specversion":"1.0","id":"1","id":"2","source":"/tencent/im/7","type":"com.tencent.im.A.B"}"#;
    assert!(matches!(CloudEvent::from_json(twice), Err(CloudEventError::Json(_))));
    let twice = [("ce-id", "1"), ("ce_id", "2"), ("ce-specversion", "1.0"), ("ce-source", "/"), ("ce-type", "x")];
    assert!(matches!(CloudEvent::from_headers(twice, ""), Err(CloudEventError::Invalid("attribute"))));
    assert!(matches!(CloudEvent::from_headers([("ce-id", "%ff")], ""), Err(CloudEventError::Invalid("attribute"))));
}

/// Neither depth nor length of what comes from an engine takes the process down.
#[test]
fn hostile_json_is_an_error_or_read() {
    let deep = "[".repeat(100_000);
    let start = r#"{"specversion":"1.0","id":"1","source":"/tencent/im/7","type":"com.tencent.im.A.B","x":"#;
    assert!(CloudEvent::from_json(format!("{start}{deep}").as_bytes()).is_err());
    let deep = format!("{deep}{}", "]".repeat(100_000));
    assert!(CloudEvent::from_json(format!("{start}{deep}}}").as_bytes()).is_err());
    let data = format!(r#"{start}"","data":{{"a":{deep}}}}}"#);
    let event = CloudEvent::from_json(data.as_bytes()).unwrap();
    let hook = Webhook::from_cloud_event(&event).unwrap();
    assert!(matches!(hook.event(), Event::Other(_)));
    assert_eq!(hook.cloud_event().data(), event.data());

    // What is read can be written as headers, which have limits of their own.
    let with = |attributes: &str| {
        CloudEvent::from_json(format!(r#"{start}""{attributes}}}"#).as_bytes()).map(|event| event.headers().len())
    };
    let many = |count: usize| (0..count).map(|at| format!(",\"a{at}\":\"\"")).collect::<String>();
    assert_eq!(with(&many(95)).unwrap(), 100);
    assert!(with(&many(96)).is_err() && with(&many(100_000)).is_err());
    let long = |length: usize| format!(",\"{}\":\"\"", "a".repeat(length));
    assert_eq!(with(&long(100)).unwrap(), 6);
    assert!(with(&long(101)).is_err() && with(&long(100_000)).is_err());
    let headers: Vec<_> = (0..100_000).map(|at| (format!("ce-a{at}"), "")).collect();
    assert!(CloudEvent::from_headers(headers.iter().map(|(name, value)| (&**name, *value)), "").is_err());
}
