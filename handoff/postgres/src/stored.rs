//! How a webhook is written into a row, and read again.

use std::collections::BTreeMap;

use bytes::Bytes;
use tower_tencent_webhook::{CloudEvent, CloudEventError};

/// Text for a column of type `text`, which is for people, and for the order: it cannot have NULs.
pub(crate) fn text(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// The attributes as JSON: the headers of the binary mode, which are ASCII.
pub(crate) fn headers(event: &CloudEvent) -> String {
    let headers = event.headers();
    let headers: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    serde_json::to_string(&headers).expect("it is a map of strings")
}

/// The event in a row.
pub(crate) fn event(headers: &str, body: Vec<u8>) -> Result<CloudEvent, CloudEventError> {
    // Nobody but this crate writes the rows: what is no JSON is an event without attributes, and fails as such.
    let headers: BTreeMap<String, String> = serde_json::from_str(headers).unwrap_or_default();
    CloudEvent::from_headers(headers.iter().map(|(name, value)| (&**name, &**value)), Bytes::from(body))
}
