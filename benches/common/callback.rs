//! A callback of the RTC Engine, and the lower bound of its cost: the HMAC of its body and a typed parse.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};

pub const KEY: &[u8] = b"a key of 32 bytes, as most are: ";

/// With tabs and newlines, as the vendor prints it.
pub fn entered() -> Bytes {
    const BODY: &str = "{\n\t\"EventGroupId\":\t1,\n\t\"EventType\":\t103,\n\t\"CallbackTs\":\t1788000301000,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t7741,\n\t\t\"EventTs\":\t1788000300,\n\t\t\"EventMsTs\":\t1788000300911,\n\t\t\"UserId\":\t\"anouk\",\n\t\t\"Role\":\t20,\n\t\t\"TerminalType\":\t3,\n\t\t\"UserType\":\t3,\n\t\t\"Reason\":\t1\n\t}\n}";

    Bytes::from_static(BODY.as_bytes())
}

pub fn mac(body: &[u8]) -> [u8; 32] {
    Hmac::<sha2::Sha256>::new_from_slice(KEY).unwrap().chain_update(body).finalize().into_bytes().into()
}

pub fn parse(body: &[u8]) -> super::plain::Callback {
    serde_json::from_slice(body).unwrap()
}
