//! The ground floor: converts between the wire's JSON and typed fields.
//!
//! * `reader` is the only parser; `value` reads types from it, in whatever JSON form they come.
//! * `payload` declares structs as field tables: each Rust field with its type and its name on the wire.
//! * `open_enum` declares open enums: a variant for each documented word, and one for all others; `open_code` the same
//!   for numbers.
//! * `time` has timestamps in the wire's own units, `json` the values that are kept as received.
//! * `body` has what concerns a body as a whole.
//! * `error` describes errors in a body by position, `json_error` by JSON path.
//! * `serde` reads the same types from any serde `Deserializer`.

mod body;
mod error;
mod json;
mod json_error;
#[cfg(feature = "rtc")]
mod open_code;
mod open_enum;
mod payload;
mod reader;
mod serde;
mod time;
mod value;

#[cfg(feature = "schemars")]
pub(crate) use self::payload::{Documented, documented, title};
pub(crate) use self::{
    body::{Drifts, body_text},
    error::{Drift, Expected, Fault},
    json::{Members, Rest, members, write_members},
    json_error::{Escaped, JsonError},
    open_enum::open_enum,
    payload::{Kept, Named, check, join, payload},
    reader::{Kind, MAX_DRIFTS, Reader},
    serde::{deserialize_by_value, json_text, read},
    value::{Required, Slot, Value, digits, integer, object, text, word},
};
pub use self::{
    json::Json,
    time::{UnixMillis, UnixSeconds},
};
#[cfg(feature = "rtc")]
pub(crate) use self::{
    open_code::open_code,
    value::{begin_object, float, numeric},
};

/// Seals the public traits of events.
#[expect(unnameable_types, reason = "others are not to implement it")]
pub trait Sealed {}
