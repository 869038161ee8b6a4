//! The ground floor: how the wire's JSON becomes fields, and fields JSON again.
//!
//! * `reader` is the one parser, and `value` reads types out of it, whatever their JSON is.
//! * `payload` declares structs as field tables: a Rust field, its type, its name on the wire.
//! * `open_enum` declares open sets of words: the documented ones and the rest.
//! * `time` has times in the wire's own units, `json` what is kept as it came.
//! * `error` says what is wrong with a body by position, `json_error` by path.
//! * `serde` is the bridge from other formats than a body's text.

mod error;
mod json;
mod json_error;
mod open_enum;
mod payload;
mod reader;
mod serde;
mod time;
mod value;

#[cfg(feature = "schemars")]
pub(crate) use self::payload::{Documented, documented};
pub(crate) use self::{
    error::{Drift, Expected, Fault},
    json::{Members, Rest, members, write_members},
    json_error::{Escaped, JsonError, path},
    open_enum::open_enum,
    payload::{Kept, Named, check, join, payload},
    reader::{Kind, Reader},
    serde::{deserialize_by_value, json_text, read},
    value::{Required, Slot, Value, digits, integer, object, text, word},
};
pub use self::{
    json::Json,
    time::{UnixMillis, UnixSeconds},
};

/// Seals the public traits of events.
#[expect(unnameable_types, reason = "others are not to implement it")]
pub trait Sealed {}
