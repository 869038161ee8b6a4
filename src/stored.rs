//! Webhooks written and read with serde, to be kept in a queue or a database and handled later.
//!
//! A webhook is stored as its context and its body as received. The event is parsed again when it is read: by the one
//! parser that there is, and by what that knows then.

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};

use crate::{
    command::Command,
    config::SdkAppId,
    event::FromEvent,
    platform::Platform,
    policy::Policy,
    webhook::{Webhook, WebhookContext},
    wire::UnixSeconds,
};

/// Reads a struct: by the names of its fields, or by their order in a format without names. A field with `or` may be
/// missing; unknown ones are skipped.
macro_rules! read_struct {
    ($deserializer:ident, $name:literal { $($field:ident: $type:ty $(, or $default:expr)?;)* }) => {{
        const FIELDS: &[&str] = &[$(stringify!($field)),*];

        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = ($($type,)*);

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("a ", $name))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                Ok(($(
                    fields.next_element::<$type>()?.ok_or_else(|| de::Error::missing_field(stringify!($field)))?,
                )*))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                $( let mut $field: Option<$type> = None; )*
                while let Some(name) = fields.next_key_seed(Name(FIELDS))? {
                    match name {
                        $(
                            Some(stringify!($field)) if $field.is_some() => {
                                return Err(de::Error::duplicate_field(stringify!($field)));
                            }
                            Some(stringify!($field)) => $field = Some(fields.next_value()?),
                        )*
                        _ => _ = fields.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(($(
                    match $field {
                        Some(value) => value,
                        $( None => $default, )?
                        #[allow(unreachable_patterns, reason = "for the fields without a default")]
                        None => return Err(de::Error::missing_field(stringify!($field))),
                    },
                )*))
            }
        }

        $deserializer.deserialize_struct($name, FIELDS, Fields)?
    }};
}

/// Reads the name of a field, or its number: one of these. `None` for any other.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(usize::try_from(number).ok().and_then(|number| self.0.get(number).copied()))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        self.visit_bytes(name.as_bytes())
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|field| field.as_bytes() == name))
    }
}

/// Written as text in every format: what is buffered inside a tagged enum no longer knows whether its format is for
/// people.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for WebhookContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("WebhookContext", 6)?;
        fields.serialize_field("app", &self.app())?;
        fields.serialize_field("command", self.command().as_str())?;
        fields.serialize_field("client_ip", &self.client_ip().map(Text))?;
        fields.serialize_field("platform", &self.platform().map(Platform::as_str))?;
        fields.serialize_field("request_time", &self.request_time().map(u64::from))?;
        fields.serialize_field("verified", &self.is_verified())?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for WebhookContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (app, command, client_ip, platform, request_time, verified) = read_struct!(deserializer, "WebhookContext" {
            app: SdkAppId;
            command: String;
            client_ip: Option<String>, or None;
            platform: Option<String>, or None;
            request_time: Option<u64>, or None;
            verified: bool;
        });
        if command.is_empty() {
            return Err(de::Error::custom("the command is empty"));
        }
        Ok(Self {
            app,
            command: Command::from(command),
            client_ip: client_ip.map(|ip| ip.parse()).transpose().map_err(de::Error::custom)?,
            platform: platform.map(|word| Platform::from(&*word)),
            request_time: request_time.map(UnixSeconds),
            verified,
        })
    }
}

/// Writes the context and the body: see [above](Webhook#later-from-a-queue).
impl<E> Serialize for Webhook<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Webhook", 2)?;
        fields.serialize_field("context", self.context())?;
        fields.serialize_field("body", &Body(self.body()))?;
        fields.end()
    }
}

/// Fails if the body is not one of its command, or the event is not of this type. An after-event whose body cannot be read
/// is an [`Event::Other`](crate::Event::Other), whether or not it was [kept](crate::Receiver::on_malformed) as that.
impl<'de, E: FromEvent> Deserialize<'de> for Webhook<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (context, StoredBody(body)) = read_struct!(deserializer, "Webhook" {
            context: WebhookContext;
            body: StoredBody;
        });
        // What could not be read when it was stored is read as it was kept.
        let hook = Webhook::parse(context, body, Policy::default(), Some(|_| {})).map_err(de::Error::custom)?;
        hook.downcast().map_err(|hook| {
            let command = hook.context().command().escaped();
            match hook.is_unread() {
                true => de::Error::custom(format_args!("the body cannot be read as one of {command}")),
                false => de::Error::custom(format_args!("the webhook is one of {command}, which is another event")),
            }
        })
    }
}

/// A body: as text where that loses nothing and people may read it, otherwise as bytes.
struct Body<'a>(&'a [u8]);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) if serializer.is_human_readable() => serializer.serialize_str(text),
            _ => serializer.serialize_bytes(self.0),
        }
    }
}

struct StoredBody(Bytes);

impl<'de> Deserialize<'de> for StoredBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BodyVisitor;

        impl<'de> Visitor<'de> for BodyVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a body: text or bytes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                self.visit_bytes(text.as_bytes())
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Bytes, E> {
                Ok(text.into())
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes::copy_from_slice(bytes))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(bytes.into())
            }

            /// JSON's way to write bytes.
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = items.next_element()? {
                    bytes.push(byte);
                }
                Ok(bytes.into())
            }
        }

        // A format that is not for people may be unable to tell a text from bytes, and only bytes are written to it.
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(BodyVisitor),
            false => deserializer.deserialize_byte_buf(BodyVisitor),
        }
        .map(Self)
    }
}
