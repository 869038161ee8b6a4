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

    /// A location.
    #[derive(Default)]
    pub struct LocationElem {
        /// Description of the location.
        pub desc: String = "Desc",
        /// Latitude in degrees.
        #[serde(serialize_with = "crate::wire::finite")]
        pub latitude: f64 = "Latitude",
        /// Longitude in degrees.
        #[serde(serialize_with = "crate::wire::finite")]
        pub longitude: f64 = "Longitude",
    }

    /// An emoji defined by the app.
    #[derive(Default)]
    pub struct FaceElem {
        /// Index of the emoji, defined by the app.
        pub index: i64 = "Index",
        /// Custom data defined by the app.
        pub data: Option<String> = "Data",
    }

    /// Custom data defined by the app.
    #[derive(Default)]
    pub struct CustomElem {
        /// The data, often JSON in a string.
        pub data: Option<String> = "Data",
        /// The text of the push notification.
        pub desc: Option<String> = "Desc",
        /// Passed to APNs as `Ext`.
        pub ext: Option<String> = "Ext",
        /// Name of the APNs notification sound.
        pub sound: Option<String> = "Sound",
    }

    /// A voice message.
    #[derive(Default)]
    pub struct SoundElem {
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub url: Option<String> = "Url",
        /// Unique id.
        pub uuid: String = "UUID",
        /// Size in bytes.
        pub size: u64 = "Size",
        /// Duration in seconds.
        pub second: u64 = "Second",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }

    /// An image.
    #[derive(Default)]
    pub struct ImageElem {
        /// Unique id.
        pub uuid: String = "UUID",
        /// 1 = JPG, 2 = GIF, 3 = PNG, 4 = BMP, 255 = other.
        pub image_format: u64 = "ImageFormat",
        /// The image in up to three sizes.
        pub image_info_array: Vec<ImageInfo> = "ImageInfoArray",
    }

    /// An image in one size.
    #[derive(Default)]
    pub struct ImageInfo {
        /// 1 = original, 2 = large, 3 = thumbnail.
        pub r#type: u64 = "Type",
        /// Size in bytes.
        pub size: u64 = "Size",
        /// Width in pixels. 0 = unknown.
        pub width: u64 = "Width",
        /// Height in pixels. 0 = unknown.
        pub height: u64 = "Height",
        /// Download URL.
        pub url: String = "URL",
    }

    /// A file.
    #[derive(Default)]
    pub struct FileElem {
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub url: Option<String> = "Url",
        /// Unique id.
        pub uuid: String = "UUID",
        /// Size in bytes.
        pub file_size: u64 = "FileSize",
        /// File name, possibly a full path.
        pub file_name: String = "FileName" | "fileName",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }

    /// A video.
    #[derive(Default)]
    pub struct VideoFileElem {
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub video_url: Option<String> = "VideoUrl",
        /// Unique id.
        pub video_uuid: String = "VideoUUID",
        /// Size in bytes.
        pub video_size: u64 = "VideoSize",
        /// Duration in seconds. 0 from web clients.
        pub video_second: u64 = "VideoSecond",
        /// Format of the video, for example `mp4`.
        pub video_format: String = "VideoFormat",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub video_download_flag: Option<u64> = "VideoDownloadFlag",
        /// Download URL of the thumbnail. Missing if the sender uses SDK 2 or 3.
        pub thumb_url: Option<String> = "ThumbUrl",
        /// Unique id of the thumbnail.
        pub thumb_uuid: String = "ThumbUUID",
        /// Size of the thumbnail in bytes.
        pub thumb_size: u64 = "ThumbSize",
        /// Width of the thumbnail in pixels.
        pub thumb_width: u64 = "ThumbWidth",
        /// Height of the thumbnail in pixels.
        pub thumb_height: u64 = "ThumbHeight",
        /// Format of the thumbnail, for example `JPG`.
        pub thumb_format: String = "ThumbFormat",
        /// 2 = download the thumbnail from its URL. Missing if the sender uses SDK 2 or 3.
        pub thumb_download_flag: Option<u64> = "ThumbDownloadFlag",
    }

    /// Several messages, merged and forwarded.
    #[derive(Default)]
    pub struct RelayElem {
        /// The title.
        pub title: String = "Title",
        /// Number of merged messages.
        pub msg_num: u64 = "MsgNum",
        /// Fallback text for clients that cannot display the element.
        pub compatible_text: String = "CompatibleText",
        /// One line for each of the first messages.
        pub abstract_list: Vec<String> = "AbstractList",
        /// The messages, if they total at most 12 KB.
        pub msg_list: Option<Vec<RelayMsg>> = "MsgList",
        /// The key under which the messages are stored, if they exceed 12 KB.
        pub json_msg_key: Option<String> = "JsonMsgKey",
    }

    /// One of the merged messages.
    #[derive(Default)]
    pub struct RelayMsg {
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient, for a one-to-one message.
        pub to_account: Option<String> = "To_Account",
        /// Id of the group, for a group message.
        pub group_id: Option<String> = "GroupId",
        /// Sequence number (32 bits).
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: u64 = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time_stamp: UnixSeconds = "MsgTimeStamp",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// Custom data attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
    }

    /// A message that a chatbot is still writing.
    #[derive(Default)]
    pub struct StreamElem {
        /// The chunks written so far.
        pub chunks: Vec<Chunk> = "Chunks",
        /// Fallback text for clients that cannot display the element.
        pub compatible_text: Option<String> = "CompatibleText",
        /// Id of the message: assigned by the first call, repeated in later ones.
        pub stream_msg_id: Option<String> = "StreamMsgID",
    }

    /// A chunk of a message.
    #[derive(Default)]
    pub struct Chunk {
        /// `data` in every chunk seen so far.
        pub event_type: String = "EventType",
        /// Number of the chunk. Increases.
        pub index: u64 = "Index",
        /// Text of the chunk.
        pub markdown: String = "Markdown",
        /// Whether this is the last chunk.
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
