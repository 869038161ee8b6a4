//! The bridge from serde: turns the value of any `Deserializer` into JSON text for the reader.
//!
//! This way each type has only one parser, and still works inside `#[serde(tag)]`, `flatten` and untagged types.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;

use super::{
    error::{Drift, Expected},
    json_error::JsonError,
    reader::Reader,
    value::Value,
};

/// Implements `Deserialize` for a type that implements `Value`.
macro_rules! deserialize_by_value {
    ($type:ty) => {
        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = $crate::wire::json_text(deserializer)?;
                $crate::wire::read(&json).map_err(::serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use deserialize_by_value;

/// Reads a text that consists of one value.
pub(crate) fn read<T: Value>(json: &str) -> Result<T, JsonError> {
    let mut reader = Reader::new(json);
    let value = T::read(&mut reader).and_then(|value| reader.end().map(|()| value));
    match (value, reader.last_drift()) {
        (Ok(Some(value)), _) => Ok(value),
        (Ok(None), Some(drift)) => Err(JsonError::new(json, drift.into())),
        (Ok(None), None) => Err(JsonError::new(json, Drift { at: 0, expected: Expected::Value("a value") }.into())),
        (Err(fault), _) => Err(JsonError::new(json, fault)),
    }
}

/// The JSON text of a deserializer's value: byte for byte from JSON, newly written from serde's own buffers.
pub(crate) fn json_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let json = Box::<RawValue>::deserialize(Raw(deserializer))?;
    Ok(Box::<str>::from(json).into())
}

/// Makes any deserializer able to produce a `RawValue`.
struct Raw<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Raw<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, RawVisitor { name, visitor })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Wraps `RawValue`'s own visitor. serde_json calls it with the raw text. Other deserializers call it with the value,
/// which is first written as JSON.
struct RawVisitor<V> {
    name: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for RawVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(map)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        let json = serde_json::to_string(&serde_transcode::Transcoder::new(deserializer)).map_err(de::Error::custom)?;
        self.visitor.visit_map(de::value::MapDeserializer::new(std::iter::once((self.name, json))))
    }
}
