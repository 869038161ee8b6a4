//! Any list of message elements: it round-trips, with `MsgType` and `MsgContent` in either order.

use std::collections::BTreeMap;

use serde_json::{Value, json, value::RawValue};
use tower_tencent_webhook::{MsgElem, Verdict, event::c2c};

use crate::{find, samples, verdict};

/// The documented nesting limit for content that comes before its type.
const MAX_DEPTH: usize = 64;

/// A `MsgBody`.
pub fn run(data: &[u8]) {
    let Ok(elems) = serde_json::from_slice::<Vec<MsgElem>>(data) else { return };
    let wrote = serde_json::to_string(&elems).unwrap();
    assert_eq!(serde_json::from_str::<Vec<MsgElem>>(&wrote).unwrap(), elems, "{wrote}");
    elems.iter().for_each(either_order);
    verdict::replaces(&elems, None, Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&elems));
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
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(&wrote).unwrap();
    let (kind, content) = (fields["MsgType"], fields["MsgContent"]);
    assert_eq!(kind.get(), Value::from(elem.msg_type()).to_string());

    let made = MsgElem::new(elem.msg_type(), content.get());
    let swapped = serde_json::from_str(&format!(r#"{{"MsgContent":{content},"MsgType":{kind}}}"#));
    // An unknown element is kept verbatim, at any depth.
    let is_taken = match elem {
        MsgElem::Other(_) => true,
        _ => match depth(content) {
            Some(depth) => depth <= MAX_DEPTH,
            None => return,
        },
    };
    if is_taken {
        assert_eq!(made.unwrap(), *elem, "{wrote}");
        assert_eq!(swapped.ok().as_ref(), Some(elem), "{wrote}");
    } else {
        assert!(made.is_err() && swapped.is_err(), "{wrote}");
    }
}

/// The nesting depth of JSON, or `None` if a key is not valid text: a lone surrogate is JSON, but not text.
fn depth(json: &RawValue) -> Option<usize> {
    let parts: Vec<&RawValue> = match json.get().as_bytes()[0] {
        b'[' => serde_json::from_str(json.get()).ok()?,
        b'{' => serde_json::from_str::<BTreeMap<String, &RawValue>>(json.get()).ok()?.into_values().collect(),
        _ => return Some(0),
    };
    let depths: Vec<_> = parts.into_iter().map(depth).collect::<Option<_>>()?;
    Some(1 + depths.into_iter().max().unwrap_or_default())
}
