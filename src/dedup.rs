//! IDs of events, to recognise repeated deliveries.

use std::io;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{event::FromEvent, webhook::Webhook};

impl<E: FromEvent> Webhook<E> {
    /// An ID of the event, to recognise repeated deliveries: after a time-out Chat may send an after-event again.
    ///
    /// It is the same for each delivery of an event, whatever the order of the body's keys, its white space, and the
    /// URL's `RequestTime` and `Sign`; another event has another ID. It covers the app, the command, and
    ///
    /// * for a sent or recalled message, the vendor's own identity of it: users and `MsgKey`, or group, topic and
    ///   `MsgSeq`, if the body has them;
    /// * for all other events, the whole body. Two of them differ only if one of their fields does, usually `EventTime`.
    ///
    /// It stays the same from release to release, so it may be stored.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tower_tencent_webhook::{App, Receiver, Webhook};
    /// # fn hook(body: &'static str) -> Webhook {
    /// #     let receiver = Receiver::new(App::unsigned(7));
    /// #     let head = http::Request::post("/?SdkAppid=7&CallbackCommand=Group.CallbackAfterGroupFull").body(()).unwrap().into_parts().0;
    /// #     receiver.parse(receiver.verify(&head, SystemTime::now()).unwrap(), body.into()).unwrap()
    /// # }
    /// let first = hook(r#"{"GroupId":"a","EventTime":1702018343678}"#);
    /// let again = hook(r#"{"EventTime":1702018343678,"GroupId":"a"}"#);
    /// let later = hook(r#"{"GroupId":"a","EventTime":1702018343679}"#);
    /// assert_eq!(first.dedup_id(), again.dedup_id());
    /// assert_ne!(first.dedup_id(), later.dedup_id());
    /// ```
    pub fn dedup_id(&self) -> u128 {
        let mut hash = CanonicalHasher(Sha256::new());
        hash.text(&self.context().app().get().to_be_bytes());
        hash.text(self.context().command().as_str().as_bytes());
        if !self.event().identity(&mut hash) {
            // The body rather than the event: events may differ in fields that this crate does not know.
            match serde_json::from_slice(self.body()) {
                Ok(body) => hash.value(&body),
                Err(_) => hash.text(self.body()),
            }
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0.finalize()[..16]);
        u128::from_be_bytes(id)
    }
}

/// Length-prefixed text and canonical JSON, so that no two inputs collide before hashing.
struct CanonicalHasher(Sha256);

impl CanonicalHasher {
    fn text(&mut self, text: &[u8]) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }

    /// Canonical JSON: keys in order, no white space, a comma after each value.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(values) => {
                self.0.update("[");
                for value in values {
                    self.value(value);
                    self.0.update(",");
                }
                self.0.update("]");
            }
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                self.0.update("{");
                for (name, value) in fields {
                    self.leaf(name);
                    self.0.update(":");
                    self.value(value);
                    self.0.update(",");
                }
                self.0.update("}");
            }
            leaf => self.leaf(leaf),
        }
    }

    fn leaf(&mut self, leaf: &impl Serialize) {
        serde_json::to_writer(self, leaf).expect("a hasher accepts all input");
    }
}

/// Identities are written into it.
impl io::Write for CanonicalHasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
