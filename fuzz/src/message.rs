//! Any list of message elements: it round-trips, whichever of kind and content comes first.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};
use tower_tencent_webhook::{MsgElem, Verdict, event::c2c};

use crate::{find, samples, verdict};

/// How deep content may be nested that comes before its kind, as documented.
const MAX_DEPTH: usize = 64;

/// A `MsgBody`.
pub fn run(data: &[u8]) {
    let Ok(elems) = serde_json::from_slice::<Vec<MsgElem>>(data) else { return };
    let wrote = serde_json::to_string(&elems).unwrap();
    assert_eq!(serde_json::from_str::<Vec<MsgElem>>(&wrote).unwrap(), elems, "{wrote}");
    elems.iter().for_each(either_order);
    verdict::replaces(&elems, None, Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&elems));
}

/// The messages of the samples.
pub fn seeds() -> Vec<Vec<u8>> {
    let is_message =
        |value: &Value| value.as_array().is_some_and(|all| all.iter().any(|one| one.get("MsgType").is_some()));
    let of = |(_, body)| find(&body, &is_message).into_iter().map(|it| it.to_string().into_bytes()).collect::<Vec<_>>();
    let merged = br#"[{"MsgContent":{"Wave":[3]},"MsgType":"TIMGestureElem"},{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]"#;
    samples().flat_map(of).chain([merged.to_vec()]).collect()
}

/// The element again, of its kind and its content, and with its content first.
fn either_order(elem: &MsgElem) {
    let wrote = serde_json::to_string(elem).unwrap();
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(&wrote).unwrap();
    let (kind, content) = (fields["MsgType"], fields["MsgContent"]);
    assert_eq!(kind.get(), Value::from(elem.msg_type()).to_string());

    let made = MsgElem::new(elem.msg_type(), content.get());
    let swapped = serde_json::from_str(&format!(r#"{{"MsgContent":{content},"MsgType":{kind}}}"#));
    if matches!(elem, MsgElem::Other(_)) || depth(content) <= MAX_DEPTH {
        assert_eq!(made.unwrap(), *elem, "{wrote}");
        assert_eq!(swapped.ok().as_ref(), Some(elem), "{wrote}");
    } else {
        assert!(made.is_err() && swapped.is_err(), "{wrote}");
    }
}

/// How deep JSON is nested.
fn depth(json: &RawValue) -> usize {
    let parts: Vec<&RawValue> = match json.get().as_bytes()[0] {
        b'[' => serde_json::from_str(json.get()).unwrap(),
        b'{' => serde_json::from_str::<BTreeMap<String, &RawValue>>(json.get()).unwrap().into_values().collect(),
        _ => return 0,
    };
    1 + parts.into_iter().map(depth).max().unwrap_or_default()
}
