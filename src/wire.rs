//! How the wire's JSON becomes fields: the two macros that declare payloads, and the readers of values that the
//! vendor writes in more than one way.
//!
//! * [`payload!`] declares structs as field tables: a Rust field, its type, its name on the wire.
//! * [`words!`] declares open sets of words: the documented ones and the rest.
//! * [`UnixMillis`] and [`UnixSeconds`] are times in the wire's own unit.
//! * [`int`], [`text`] and [`flag`] read integers from digits, text from integers, booleans from words.

use std::{
    fmt,
    marker::PhantomData,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Unexpected, Visitor},
};

use crate::event::WebhookEvent;

/// Declares structs that are JSON objects on the wire.
///
/// `CallbackCommand,` as the first entry says that the object names its own command. Then one line a field: its Rust
/// name, its type, `=` its name on the wire (`|` other names that the vendor uses for it too). Unknown fields are
/// skipped; an `Option` may be missing or `null` and is left out again; integers are read from digits in quotes too.
macro_rules! payload {
    ($( $(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } )*) => {
        $( $crate::wire::payload!(@command [$(#[$meta])*] $name $($body)*); )*
    };

    (@command $meta:tt $name:ident CallbackCommand, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [
            #[serde(rename = "CallbackCommand", default)]
            #[cfg_attr(feature = "schemars", schemars(required))]
            callback_command: $crate::wire::Word<$name>,
        ] $($rest)*);
    };
    (@command $meta:tt $name:ident $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [] $($rest)*);
    };

    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: Option<u64> = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire, $(alias = $alias,)* default, deserialize_with = "crate::wire::maybe_int")]
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $field: Option<u64>,
        ] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: Option<i64> = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire, $(alias = $alias,)* default, deserialize_with = "crate::wire::maybe_int")]
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $field: Option<i64>,
        ] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: Option<$type:ty> = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire, $(alias = $alias,)* skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,
        ] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: u64 = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire, $(alias = $alias,)* deserialize_with = "crate::wire::int")]
            pub $field: u64,
        ] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: i64 = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire, $(alias = $alias,)* deserialize_with = "crate::wire::int")]
            pub $field: i64,
        ] $($rest)*);
    };
    (@field $meta:tt $name:ident [$($done:tt)*]
        $(#[$doc:meta])* pub $field:ident: $type:ty = $wire:literal $(| $alias:literal)*, $($rest:tt)*) => {
        $crate::wire::payload!(@field $meta $name [$($done)*
            $(#[$doc])*
            #[serde(rename = $wire $(, alias = $alias)*)]
            pub $field: $type,
        ] $($rest)*);
    };

    (@field [$(#[$meta:meta])*] $name:ident [$($done:tt)*]) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(remote = "Self")]
        #[non_exhaustive]
        pub struct $name { $($done)* }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::wire::Object(deserializer))
            }
        }
    };
}
pub(crate) use payload;

/// Reads a struct from an object and nothing else: serde's own takes an array of the fields as well.
pub(crate) struct Object<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Declares an open set of words: a variant for each documented word, `Other` for all else.
///
/// One documented word is one variant, so that nothing is lost on the way through. `ignore case` is for the sets
/// whose words the vendor itself writes in more than one case.
macro_rules! words {
    ($( $(#[$meta:meta])* pub enum $name:ident $(($case:ident case))? {
        $( $(#[$doc:meta])* $variant:ident = $word:literal, )*
    } )*) => { $(
        $(#[$meta])*
        ///
        /// An open set: compare with `==`, or match and keep an arm for the rest.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$doc])* #[doc = concat!("\n\n`", $word, "` on the wire.")] $variant, )*
            /// Any other word, as it came.
            Other(String),
        }

        impl $name {
            const WORDS: &'static [(&'static str, $name)] = &[$(($word, $name::$variant)),*];

            /// The word as the vendor documents it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( $name::$variant => $word, )*
                    $name::Other(word) => word,
                }
            }
        }

        impl $crate::wire::Words for $name {
            fn known(word: &str) -> Option<Self> {
                let same = |known: &&str| $crate::wire::words!(@same *known, word $(, $case)?);
                Self::WORDS.iter().find(|(known, _)| same(known)).map(|(_, value)| value.clone())
            }

            fn other(word: String) -> Self {
                $name::Other(word)
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $crate::wire::Words::read(word)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, word: &str) -> bool {
                $crate::wire::words!(@same self.as_str(), word $(, $case)?)
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, word: &&str) -> bool {
                *self == **word
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::wire::WordsVisitor::new())
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({ "type": "string", "examples": [$($word),*] })
            }
        }
    )* };
    (@same $known:expr, $word:ident) => { $known == $word };
    (@same $known:expr, $word:ident, ignore) => { $known.eq_ignore_ascii_case($word) };
}
pub(crate) use words;

/// What [`words!`] declares, for its visitor.
pub(crate) trait Words: Sized {
    fn known(word: &str) -> Option<Self>;
    fn other(word: String) -> Self;

    fn read(word: &str) -> Self {
        Self::known(word).unwrap_or_else(|| Self::other(word.to_owned()))
    }
}

pub(crate) struct WordsVisitor<W>(PhantomData<W>);

impl<W> WordsVisitor<W> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<W: Words> Visitor<'_> for WordsVisitor<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<W, E> {
        Ok(W::read(word))
    }
}

/// The body's own `CallbackCommand`: always that of the event it stands in, checked when it is read.
pub(crate) struct Word<E>(PhantomData<fn() -> E>);

impl<E> Clone for Word<E> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<E> Default for Word<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E> PartialEq for Word<E> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<E: WebhookEvent> fmt::Debug for Word<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(E::COMMAND.as_str())
    }
}

impl<E: WebhookEvent> Serialize for Word<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(E::COMMAND.as_str())
    }
}

impl<'de, E: WebhookEvent> Deserialize<'de> for Word<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self::default())
    }
}

impl<E: WebhookEvent> Visitor<'_> for Word<E> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the command {}", E::COMMAND)
    }

    fn visit_str<F: de::Error>(self, word: &str) -> Result<Self, F> {
        if E::COMMAND.is(word) { Ok(self) } else { Err(F::invalid_value(Unexpected::Str(word), &self)) }
    }
}

#[cfg(feature = "schemars")]
impl<E: WebhookEvent> schemars::JsonSchema for Word<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        E::COMMAND.as_str().to_owned().into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "const": E::COMMAND.as_str() })
    }
}

macro_rules! unix_time {
    ($($(#[$meta:meta])* $name:ident, $from:ident;)*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The same as the standard library's time. What lies beyond the year 9999 gives the end of that year.
            pub fn to_system_time(self) -> SystemTime {
                /// The last second of the year 9999: every platform's `SystemTime` holds it.
                const LAST: Duration = Duration::from_secs(253_402_300_799);
                UNIX_EPOCH + Duration::$from(self.0).min(LAST)
            }
        }

        impl PartialEq<u64> for $name {
            fn eq(&self, other: &u64) -> bool {
                self.0 == *other
            }
        }

        impl From<u64> for $name {
            fn from(time: u64) -> Self {
                Self(time)
            }
        }

        impl From<$name> for u64 {
            fn from(time: $name) -> Self {
                time.0
            }
        }

        impl From<$name> for SystemTime {
            fn from(time: $name) -> Self {
                time.to_system_time()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                int(deserializer).map(Self)
            }
        }
    )* };
}

unix_time! {
    /// A time in milliseconds since 1970-01-01 UTC, the unit of `EventTime` in all webhooks but the `Push` ones.
    UnixMillis, from_millis;
    /// A time in seconds since 1970-01-01 UTC, the unit of `MsgTime`, of `RequestTime` and of the `Push` webhooks.
    UnixSeconds, from_secs;
}

/// Reads an integer from a number or from digits in quotes. A fraction is refused: no float on the way.
pub(crate) fn int<'de, D: Deserializer<'de>, T: Integer>(deserializer: D) -> Result<T, D::Error> {
    Int::deserialize(deserializer).map(|Int(value)| value)
}

/// [`int`], where the field may be missing or `null`.
pub(crate) fn maybe_int<'de, D: Deserializer<'de>, T: Integer>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Option::<Int<T>>::deserialize(deserializer)?;
    Ok(value.map(|Int(value)| value))
}

/// Reads text from a string or from a bare integer, of which no digit is lost.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text::deserialize(deserializer).map(|Text(value)| value)
}

/// [`text`], where the field may be missing or `null`.
pub(crate) fn maybe_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Text>::deserialize(deserializer)?;
    Ok(value.map(|Text(value)| value))
}

/// Reads an optional boolean from `true` and `false`, with or without quotes.
pub(crate) fn maybe_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let value = Option::<Flag>::deserialize(deserializer)?;
    Ok(value.map(|Flag(value)| value))
}

/// Writes a number that JSON can hold, and fails on one that it cannot, which would become `null`.
pub(crate) fn finite<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(*value)
    } else {
        Err(serde::ser::Error::custom("a coordinate is not a finite number"))
    }
}

pub(crate) trait Integer: TryFrom<u64> + TryFrom<i64> + FromStr {}

impl Integer for u64 {}
impl Integer for i64 {}

struct Int<T>(T);
struct Text(String);
struct Flag(bool);

impl<'de, T: Integer> Deserialize<'de> for Int<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor<T>(PhantomData<T>);

        impl<T: Integer> Visitor<'_> for IntVisitor<T> {
            type Value = Int<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int<T>, E> {
                let integer = T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
                Ok(Int(integer))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int<T>, E> {
                let integer = T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))?;
                Ok(Int(integer))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Int<T>, E> {
                // The standard library takes a leading plus, the wire has none.
                match value.parse() {
                    Ok(integer) if !value.starts_with('+') => Ok(Int(integer)),
                    _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
                }
            }
        }

        deserializer.deserialize_any(IntVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_u64<E>(self, value: u64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Text, E> {
                Ok(Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Text, E> {
                Ok(Text(value))
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;

        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Flag, E> {
                match value {
                    _ if value.eq_ignore_ascii_case("true") => Ok(Flag(true)),
                    _ if value.eq_ignore_ascii_case("false") => Ok(Flag(false)),
                    _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
                }
            }
        }

        deserializer.deserialize_any(FlagVisitor)
    }
}
