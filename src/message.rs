//! `MsgBody`: the elements of a message.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned, IgnoredAny, MapAccess, Visitor},
    ser::SerializeStruct,
};
use serde_json::value::RawValue;

use crate::{
    rejection::Shape,
    wire::{UnixSeconds, payload},
};

macro_rules! elements {
    ($( $(#[$doc:meta])* $variant:ident($type:ty) = $word:literal, )*) => {
        /// An element of a message: `MsgType` and `MsgContent`.
        ///
        /// A message may mix several; at most one is a custom element. Kinds that this crate does not know are kept
        /// with their JSON.
        ///
        /// ```
        /// use tower_tencent_webhook::MsgElem;
        ///
        /// let message: Vec<MsgElem> = serde_json::from_str(r#"[
        ///     {"MsgType":"TIMTextElem","MsgContent":{"Text":"see you at the gate"}},
        ///     {"MsgContent":{"Wave":3},"MsgType":"TIMGestureElem"}
        /// ]"#)?;
        /// assert_eq!(message[0], MsgElem::text("see you at the gate"));
        /// assert!(matches!(&message[1], MsgElem::Other(other) if other.msg_type == "TIMGestureElem"));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        ///
        /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/33527>
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum MsgElem {
            $( $(#[$doc])* #[doc = concat!("\n\n`", $word, "`")] $variant($type), )*
            /// An element of a kind that this crate does not know.
            Other(OtherElem),
        }

        impl MsgElem {
            /// The kind on the wire.
            pub fn msg_type(&self) -> &str {
                match self {
                    $( Self::$variant(_) => $word, )*
                    Self::Other(other) => &other.msg_type,
                }
            }
        }

        /// What `MsgType` says.
        enum Kind { $($variant,)* Other(String) }

        impl Kind {
            fn read(word: &str) -> Self {
                match word {
                    $( $word => Self::$variant, )*
                    _ => Self::Other(word.to_owned()),
                }
            }

            /// The element, its content straight from the parser.
            fn next_content<'de, A: MapAccess<'de>>(self, map: &mut A) -> Result<MsgElem, A::Error> {
                Ok(match self {
                    $( Self::$variant => MsgElem::$variant(map.next_value()?), )*
                    Self::Other(msg_type) => MsgElem::Other(OtherElem { msg_type, msg_content: map.next_value()? }),
                })
            }

            /// The element, where its content came before its kind.
            fn content<E: de::Error>(self, json: Json) -> Result<MsgElem, E> {
                Ok(match self {
                    $( Self::$variant => MsgElem::$variant(json.shallow()?), )*
                    Self::Other(msg_type) => MsgElem::Other(OtherElem { msg_type, msg_content: json }),
                })
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for MsgElem {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "MsgElem".into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "object",
                    "anyOf": [
                        $( { "required": ["MsgType", "MsgContent"], "properties": {
                            "MsgType": { "const": $word },
                            "MsgContent": generator.subschema_for::<$type>(),
                        } }, )*
                        { "required": ["MsgType", "MsgContent"], "properties": {
                            "MsgType": { "type": "string", "not": { "enum": [$($word),*] } },
                            "MsgContent": { "type": "object" },
                        } },
                    ],
                })
            }
        }

        impl Serialize for MsgElem {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut element = serializer.serialize_struct("MsgElem", 2)?;
                element.serialize_field("MsgType", self.msg_type())?;
                match self {
                    $( Self::$variant(content) => element.serialize_field("MsgContent", content)?, )*
                    Self::Other(other) => element.serialize_field("MsgContent", &other.msg_content)?,
                }
                element.end()
            }
        }
    };
}

elements! {
    /// Text.
    Text(TextElem) = "TIMTextElem",
    /// A place.
    Location(LocationElem) = "TIMLocationElem",
    /// An emoji of the app's.
    Face(FaceElem) = "TIMFaceElem",
    /// Data of the app's own.
    Custom(CustomElem) = "TIMCustomElem",
    /// A voice message.
    Sound(SoundElem) = "TIMSoundElem",
    /// A picture.
    Image(ImageElem) = "TIMImageElem",
    /// A file.
    File(FileElem) = "TIMFileElem",
    /// A video.
    VideoFile(Box<VideoFileElem>) = "TIMVideoFileElem",
    /// Merged messages, forwarded.
    Relay(Box<RelayElem>) = "TIMRelayElem",
    /// A message that is still being written, by a chatbot.
    Stream(StreamElem) = "TIMStreamElem",
}

impl MsgElem {
    /// A text element.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextElem { text: text.into() })
    }

    /// A custom element of this data. Its other fields can be set on a [`CustomElem`].
    pub fn custom(data: impl Into<String>) -> Self {
        Self::Custom(CustomElem { data: Some(data.into()), ..CustomElem::default() })
    }

    /// An element of any kind.
    ///
    /// # Errors
    ///
    /// When the content is no JSON, or has not the shape of the kind.
    pub fn new(msg_type: &str, msg_content: &str) -> Result<Self, serde_json::Error> {
        Kind::read(msg_type).content(Json(serde_json::from_str(msg_content)?))
    }
}

impl<'de> Deserialize<'de> for MsgElem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ElemVisitor;

        impl<'de> Visitor<'de> for ElemVisitor {
            type Value = MsgElem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message element")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MsgElem, A::Error> {
                let mut kind = None;
                let mut content = None;
                let mut element = None;
                // The documented order has the kind first, the alphabetical one the content.
                while let Some(field) = map.next_key()? {
                    match field {
                        Field::MsgType if kind.is_some() || element.is_some() => {
                            return Err(de::Error::duplicate_field("MsgType"));
                        }
                        Field::MsgContent if content.is_some() || element.is_some() => {
                            return Err(de::Error::duplicate_field("MsgContent"));
                        }
                        Field::MsgType => kind = Some(map.next_value::<Kind>()?),
                        Field::MsgContent => match kind.take() {
                            Some(kind) => element = Some(kind.next_content(&mut map)?),
                            None => content = Some(map.next_value()?),
                        },
                        Field::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                match (element, kind, content) {
                    (Some(element), _, _) => Ok(element),
                    (None, Some(kind), Some(content)) => kind.content(content),
                    (None, None, _) => Err(de::Error::missing_field("MsgType")),
                    (None, Some(_), None) => Err(de::Error::missing_field("MsgContent")),
                }
            }
        }

        deserializer.deserialize_struct("MsgElem", &["MsgType", "MsgContent"], ElemVisitor)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Field {
    MsgType,
    MsgContent,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindVisitor;

        impl Visitor<'_> for KindVisitor {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of message element")
            }

            fn visit_str<E>(self, word: &str) -> Result<Kind, E> {
                Ok(Kind::read(word))
            }
        }

        deserializer.deserialize_str(KindVisitor)
    }
}

/// JSON as it came. Compared as text.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// How deep content may be nested that came before its kind. It is read by a parser of its own, whose guard
    /// against deep nesting starts anew.
    const MAX_DEPTH: usize = 64;

    /// The JSON.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    fn shallow<T: DeserializeOwned, E: de::Error>(&self) -> Result<T, E> {
        if depth(self.get()) > Self::MAX_DEPTH {
            return Err(E::custom("nested too deep"));
        }
        // Once, for the value and for what is wrong: content in content, each read again for its error, would take
        // twice the time for each level.
        Shape::read(self.get().as_bytes()).map_err(|shape| E::custom(shape.within("MsgContent")))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

/// How deep the arrays and objects of a JSON text are nested.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => _ = bytes.next(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// An element of a kind that this crate does not know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OtherElem {
    /// The kind.
    pub msg_type: String,
    /// The content, as it came.
    pub msg_content: Json,
}

payload! {
    /// Text.
    #[derive(Default)]
    pub struct TextElem {
        /// The text.
        pub text: String = "Text",
    }

    /// A place.
    #[derive(Default)]
    pub struct LocationElem {
        /// What is there.
        pub desc: String = "Desc",
        /// Latitude in degrees.
        #[serde(serialize_with = "crate::wire::finite")]
        pub latitude: f64 = "Latitude",
        /// Longitude in degrees.
        #[serde(serialize_with = "crate::wire::finite")]
        pub longitude: f64 = "Longitude",
    }

    /// An emoji of the app's.
    #[derive(Default)]
    pub struct FaceElem {
        /// The app's own index.
        pub index: i64 = "Index",
        /// Data of the app's own.
        pub data: Option<String> = "Data",
    }

    /// Data of the app's own.
    #[derive(Default)]
    pub struct CustomElem {
        /// The data, often JSON as text.
        pub data: Option<String> = "Data",
        /// The text of the push notification.
        pub desc: Option<String> = "Desc",
        /// Handed to APNs as `Ext`.
        pub ext: Option<String> = "Ext",
        /// Name of the sound for APNs.
        pub sound: Option<String> = "Sound",
    }

    /// A voice message.
    #[derive(Default)]
    pub struct SoundElem {
        /// Where it can be loaded. Missing from senders with SDK 2 and 3.
        pub url: Option<String> = "Url",
        /// Its unique id.
        pub uuid: String = "UUID",
        /// Its size in bytes.
        pub size: u64 = "Size",
        /// Its length in seconds.
        pub second: u64 = "Second",
        /// 2 = load it from the URL. Missing from senders with SDK 2 and 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }

    /// A picture.
    #[derive(Default)]
    pub struct ImageElem {
        /// Its unique id.
        pub uuid: String = "UUID",
        /// 1 = JPG, 2 = GIF, 3 = PNG, 4 = BMP, 255 = other.
        pub image_format: u64 = "ImageFormat",
        /// Its sizes, up to three.
        pub image_info_array: Vec<ImageInfo> = "ImageInfoArray",
    }

    /// A picture in one size.
    #[derive(Default)]
    pub struct ImageInfo {
        /// 1 = original, 2 = large, 3 = thumbnail.
        pub r#type: u64 = "Type",
        /// In bytes.
        pub size: u64 = "Size",
        /// In pixels; 0 = not known.
        pub width: u64 = "Width",
        /// In pixels; 0 = not known.
        pub height: u64 = "Height",
        /// Where it can be loaded.
        pub url: String = "URL",
    }

    /// A file.
    #[derive(Default)]
    pub struct FileElem {
        /// Where it can be loaded. Missing from senders with SDK 2 and 3.
        pub url: Option<String> = "Url",
        /// Its unique id.
        pub uuid: String = "UUID",
        /// Its size in bytes.
        pub file_size: u64 = "FileSize",
        /// Its name, which can be a whole path.
        pub file_name: String = "FileName" | "fileName",
        /// 2 = load it from the URL. Missing from senders with SDK 2 and 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }

    /// A video.
    #[derive(Default)]
    pub struct VideoFileElem {
        /// Where it can be loaded. Missing from senders with SDK 2 and 3.
        pub video_url: Option<String> = "VideoUrl",
        /// Its unique id.
        pub video_uuid: String = "VideoUUID",
        /// Its size in bytes.
        pub video_size: u64 = "VideoSize",
        /// Its length in seconds; 0 from web clients.
        pub video_second: u64 = "VideoSecond",
        /// For example `mp4`.
        pub video_format: String = "VideoFormat",
        /// 2 = load it from the URL. Missing from senders with SDK 2 and 3.
        pub video_download_flag: Option<u64> = "VideoDownloadFlag",
        /// Where the thumbnail can be loaded. Missing from senders with SDK 2 and 3.
        pub thumb_url: Option<String> = "ThumbUrl",
        /// The thumbnail's unique id.
        pub thumb_uuid: String = "ThumbUUID",
        /// The thumbnail's size in bytes.
        pub thumb_size: u64 = "ThumbSize",
        /// The thumbnail's width in pixels.
        pub thumb_width: u64 = "ThumbWidth",
        /// The thumbnail's height in pixels.
        pub thumb_height: u64 = "ThumbHeight",
        /// For example `JPG`.
        pub thumb_format: String = "ThumbFormat",
        /// 2 = load the thumbnail from its URL. Missing from senders with SDK 2 and 3.
        pub thumb_download_flag: Option<u64> = "ThumbDownloadFlag",
    }

    /// Merged messages, forwarded.
    #[derive(Default)]
    pub struct RelayElem {
        /// The title.
        pub title: String = "Title",
        /// How many messages are merged.
        pub msg_num: u64 = "MsgNum",
        /// Text for clients that cannot show it.
        pub compatible_text: String = "CompatibleText",
        /// A line for each of the first messages.
        pub abstract_list: Vec<String> = "AbstractList",
        /// The messages, as long as they have 12 KB at most.
        pub msg_list: Option<Vec<RelayMsg>> = "MsgList",
        /// The key under which the messages are kept, where they have more than 12 KB.
        pub json_msg_key: Option<String> = "JsonMsgKey",
    }

    /// One of several merged messages.
    #[derive(Default)]
    pub struct RelayMsg {
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient, where it was a one-to-one message.
        pub to_account: Option<String> = "To_Account",
        /// The group, where it was a group message.
        pub group_id: Option<String> = "GroupId",
        /// Sequence number, 32 bits.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: u64 = "MsgRandom",
        /// When it was sent, in seconds.
        pub msg_time_stamp: UnixSeconds = "MsgTimeStamp",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The custom data kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
    }

    /// A message that is still being written, by a chatbot.
    #[derive(Default)]
    pub struct StreamElem {
        /// What was written so far, in pieces.
        pub chunks: Vec<Chunk> = "Chunks",
        /// Text for clients that cannot show it.
        pub compatible_text: Option<String> = "CompatibleText",
        /// The message's id: given by the first call, repeated by later ones.
        pub stream_msg_id: Option<String> = "StreamMsgID",
    }

    /// A piece of a message.
    #[derive(Default)]
    pub struct Chunk {
        /// `data` in all that was seen.
        pub event_type: String = "EventType",
        /// The piece's number, rising.
        pub index: u64 = "Index",
        /// Its text.
        pub markdown: String = "Markdown",
        /// Whether it is the last.
        pub is_last: bool = "IsLast",
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn content_before_its_kind_is_read_once_be_it_right_or_wrong() {
        thread_local!(static READ: Cell<u32> = const { Cell::new(0) });

        #[derive(Debug)]
        struct Content;

        impl<'de> Deserialize<'de> for Content {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                READ.set(READ.get() + 1);
                bool::deserialize(deserializer).map(|_| Self)
            }
        }

        for (json, right) in [("true", true), ("1", false)] {
            READ.set(0);
            let json: Json = serde_json::from_str(json).unwrap();
            assert_eq!(json.shallow::<Content, serde_json::Error>().is_ok(), right);
            assert_eq!(READ.get(), 1, "{}", json.get());
        }
    }
}
