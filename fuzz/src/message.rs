//! Any list of message elements: each is read, and written again without a loss, with `MsgType` and `MsgContent` in
//! either order.

use std::collections::BTreeMap;

use serde_json::{Value, json, value::RawValue};
use tower_tencent_webhook::{Event, MsgElem, Verdict, event::c2c};

use crate::{event::members, find, samples, verdict};

/// A `MsgBody`.
pub fn run(data: &[u8]) {
    let Ok(came) = serde_json::from_slice::<Vec<&RawValue>>(data) else { return };
    let elems: Vec<MsgElem> = serde_json::from_slice(data).expect("every element is read");
    assert_eq!(elems.len(), came.len());
    let body = [&br#"{"From_Account":"a","To_Account":"b","MsgBody":"#[..], data, b"}"].concat();
    match Event::parse("C2C.CallbackBeforeSendMsg", body) {
        Ok(Event::C2CBeforeSendMsg(event)) => assert_eq!(event.msg_body, elems),
        other => panic!("{other:?}"),
    }
    let wrote = serde_json::to_string(&elems).unwrap();
    assert_eq!(serde_json::from_str::<Vec<MsgElem>>(&wrote).unwrap(), elems, "{wrote}");
    let written: Vec<&RawValue> = serde_json::from_str(&wrote).unwrap();
    came.iter().zip(&written).for_each(|(came, wrote)| no_name_is_lost(came.get(), wrote.get()));
    elems.iter().for_each(either_order);
    verdict::replaces(&elems, None, Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&elems));
}

/// Every name in an element is in what is written, but for the other spelling of one.
fn no_name_is_lost(came: &str, wrote: &str) {
    let fields = |json| serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json);
    let (Ok(came), Ok(wrote)) = (fields(came), fields(wrote)) else { return };
    for (name, json) in came {
        match wrote.get(&name) {
            Some(wrote) => no_name_is_lost(json.get(), wrote.get()),
            None => assert!(name == "fileName" && wrote.contains_key("FileName"), "{name}"),
        }
    }
}

/// The messages of the samples, and some that are nested close to the limit.
pub fn seeds() -> Vec<Vec<u8>> {
    let is_elem = |value: &Value| value.get("MsgType").is_some();
    let is_message = |value: &Value| value.as_array().is_some_and(|all| all.iter().any(is_elem));
    let found = samples().flat_map(|(_, body)| find(&body, &is_message).into_iter().cloned().collect::<Vec<_>>());
    found.chain((0..6).map(nested)).map(|message| message.to_string().into_bytes()).collect()
}

/// An element of an unknown type with `levels` levels of content, inside twelve relays of five levels each.
fn nested(levels: usize) -> Value {
    let content = (0..levels).fold(json!(""), |content, _| json!([content]));
    (0..12).fold(json!([{ "MsgType": "TIMGestureElem", "MsgContent": content }]), |message, _| {
        let merged = json!({ "From_Account": "", "MsgSeq": 1, "MsgRandom": 1, "MsgTimeStamp": 1, "MsgBody": message });
        let content =
            json!({ "Title": "", "MsgNum": 1, "CompatibleText": "", "AbstractList": [], "MsgList": [merged] });
        json!([{ "MsgType": "TIMRelayElem", "MsgContent": content }])
    })
}

/// Rebuilds the element from its type and content, and from JSON with the content first.
fn either_order(elem: &MsgElem) {
    let wrote = serde_json::to_string(elem).unwrap();
    let Ok(fields) = serde_json::from_str::<BTreeMap<&str, &RawValue>>(&wrote) else { return };
    let (Some(kind), Some(content)) = (fields.get("MsgType"), fields.get("MsgContent")) else { return };
    let documented = Value::from(elem.msg_type()).to_string();
    // A name that comes twice is kept twice.
    let members = members(&wrote).map_or(0, |members| members.len());
    if members > 2 || kind.get() != documented || elem.msg_type().is_empty() {
        return;
    }
    assert_eq!(MsgElem::new(elem.msg_type(), content.get()).unwrap(), *elem, "{wrote}");
    let swapped = serde_json::from_str(&format!(r#"{{"MsgContent":{content},"MsgType":{kind}}}"#));
    assert_eq!(swapped.ok().as_ref(), Some(elem), "{wrote}");
}
