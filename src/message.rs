//! `MsgBody`: the elements of a message.
//!
//! The text of a message:
//!
//! ```
//! use tower_tencent_webhook::MsgElem;
//!
//! fn text(message: &[MsgElem]) -> String {
//!     let texts = message.iter().filter_map(|element| match element {
//!         MsgElem::Text(text) => Some(text.text.as_str()),
//!         _ => None,
//!     });
//!     texts.collect::<Vec<_>>().join(" ")
//! }
//!
//! let message = [MsgElem::text("see you"), MsgElem::custom("7"), MsgElem::text("at noon")];
//! assert_eq!(text(&message), "see you at noon");
//! ```
//!
//! Replacing a word in a message. The elements keep all their fields, known or not:
//!
//! ```
//! use tower_tencent_webhook::MsgElem;
//!
//! let received = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"heck","Lang":"en"}}]"#;
//! let mut message: Vec<MsgElem> = serde_json::from_str(received)?;
//! for element in &mut message {
//!     if let MsgElem::Text(text) = element {
//!         text.text = text.text.replace("heck", "h**k");
//!     }
//! }
//! let replaced = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"h**k","Lang":"en"}}]"#;
//! assert_eq!(serde_json::to_string(&message)?, replaced);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Elements come from chat users' clients, so a bad one never fails the event. An element of an unknown kind, or one
//! that cannot be read as its kind, is kept in its place, as received:
//!
//! ```
//! use tower_tencent_webhook::MsgElem;
//!
//! let message: Vec<MsgElem> = serde_json::from_str(r#"[
//!     {"MsgType": "TIMTextElem", "MsgContent": "no content"},
//!     {"MsgType": "TIMGestureElem", "MsgContent": {"Wave": 3}}
//! ]"#)?;
//! assert!(matches!(message[0], MsgElem::Other(_)));
//! assert_eq!(message[0].msg_type(), "TIMTextElem");
//!
//! let MsgElem::Other(gesture) = &message[1] else { panic!("the kind is known now") };
//! assert_eq!(gesture.msg_type, "TIMGestureElem");
//! assert_eq!(gesture.msg_content.get(), r#"{"Wave": 3}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;

use serde::{Serialize, Serializer, de::Error as _, ser::SerializeMap};

pub use crate::wire::Json;
use crate::wire::{
    Fault, JsonError, Kept, Kind, Reader, Rest, UnixSeconds, Value, deserialize_by_value, members, payload, text,
    write_members,
};

/// The kind of element that is a forwarded history.
const RELAY: &str = "TIMRelayElem";

/// How many levels of nested forwarded histories are typed. The vendor allows 100; deeper levels are kept as JSON, to
/// bound the stack.
const MAX_RELAYS: usize = 24;

macro_rules! elements {
    ($( $(#[$doc:meta])* $variant:ident($type:ty) = $word:literal, )*) => {
        /// An element of a message: `MsgType` and `MsgContent`.
        ///
        /// A message may mix several kinds; at most one element is custom. An element of an unknown kind, or one that
        /// cannot be read as its kind, is [`MsgElem::Other`]: to go by the kind only, match on
        /// [`msg_type`](MsgElem::msg_type). Two elements are equal if their typed fields are.
        ///
        /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/33527>
        #[doc(alias("MsgBody", "MsgContent", "MsgType"))]
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum MsgElem {
            $( $(#[$doc])* #[doc = concat!("\n\n`", $word, "`")] #[doc(alias = $word)] $variant($type), )*
            /// An element of an unknown kind, or one that cannot be read as its kind.
            Other(OtherElem),
        }

        impl MsgElem {
            /// The kind, `MsgType`. Empty if the element has none.
            pub fn msg_type(&self) -> &str {
                match self {
                    $( Self::$variant(_) => $word, )*
                    Self::Other(other) => &other.msg_type,
                }
            }

            /// Reads the content of an element of this kind. `None` if it does not fit.
            fn read_content(kind: &str, reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
                Ok(match kind {
                    $( $word => <$type>::read(reader)?.map(Self::$variant), )*
                    _ => {
                        reader.skip()?;
                        None
                    }
                })
            }

            /// The fields that were not read as typed ones.
            fn rest(&self) -> Option<&Rest> {
                match self {
                    $( Self::$variant(content) => Some(&content.rest), )*
                    Self::Other(_) => None,
                }
            }

            fn rest_mut(&mut self) -> Option<&mut Rest> {
                match self {
                    $( Self::$variant(content) => Some(&mut content.rest), )*
                    Self::Other(_) => None,
                }
            }

            fn write_content<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self {
                    $( Self::$variant(content) => map.serialize_entry("MsgContent", content), )*
                    Self::Other(other) => map.serialize_entry("MsgContent", &other.msg_content),
                }
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for MsgElem {
            fn schema_name() -> Cow<'static, str> {
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
    };
}

elements! {
    /// Text.
    Text(TextElem) = "TIMTextElem",
    /// A location.
    Location(LocationElem) = "TIMLocationElem",
    /// An emoji defined by the app.
    Face(FaceElem) = "TIMFaceElem",
    /// Custom data defined by the app.
    Custom(CustomElem) = "TIMCustomElem",
    /// A voice message.
    Sound(SoundElem) = "TIMSoundElem",
    /// An image.
    Image(ImageElem) = "TIMImageElem",
    /// A file.
    File(FileElem) = "TIMFileElem",
    /// A video.
    VideoFile(Box<VideoFileElem>) = "TIMVideoFileElem",
    /// Several messages, merged and forwarded.
    Relay(Box<RelayElem>) = "TIMRelayElem",
    /// A message that a chatbot is still writing.
    Stream(StreamElem) = "TIMStreamElem",
}

impl MsgElem {
    /// A text element.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextElem { text: text.into(), ..TextElem::default() })
    }

    /// A custom element with this data. Its other fields can be set on a [`CustomElem`].
    pub fn custom(data: impl Into<String>) -> Self {
        Self::Custom(CustomElem { data: Some(data.into()), ..CustomElem::default() })
    }

    /// An element of any kind.
    ///
    /// # Errors
    ///
    /// If the content is not JSON.
    pub fn new(msg_type: &str, msg_content: &str) -> Result<Self, serde_json::Error> {
        let mut reader = Reader::new(msg_content);
        let element = Self::content(msg_type, &mut reader).and_then(|element| reader.end().map(|()| element));
        let not_json = |fault| serde_json::Error::custom(JsonError::new(msg_content, fault));
        if let Some(element) = element.map_err(not_json)? {
            return Ok(element);
        }
        let mut reader = Reader::new(msg_content);
        reader.kind().map_err(not_json)?;
        let msg_content = Json::from_reader(reader.raw().map_err(not_json)?);
        Ok(Self::Other(OtherElem { msg_type: msg_type.to_owned(), msg_content, whole: None }))
    }

    /// Reads a content, unless it is a history that is nested too deeply.
    fn content(kind: &str, reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if kind != RELAY {
            return Self::read_content(kind, reader);
        }
        if reader.relays == MAX_RELAYS {
            reader.skip()?;
            return Ok(None);
        }
        reader.relays += 1;
        let element = Self::read_content(kind, reader)?;
        reader.relays -= 1;
        Ok(element)
    }
}

/// Reads any JSON value: one that is not an element is kept as received.
impl Value for MsgElem {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if reader.kind()? != Kind::Object {
            return OtherElem::keep_whole(reader, reader.pos(), Cow::Borrowed(""), Json::null());
        }
        let start = reader.pos();
        reader.object()?;
        let mut kind = None;
        let mut content = None;
        let mut element = None;
        // Whether a content was read as a history. It is not read as one again after a second kind: that would double
        // the work at each level.
        let mut has_read_relay = false;
        // The kind that the content was read as: what it lacks is reported once.
        let mut read_as = None;
        let mut rest = Rest::default();
        // Whether it has exactly one kind, one content and nothing else.
        let mut is_plain = true;
        let mut first = true;
        while let Some(name) = reader.key(&mut first)? {
            let at = reader.pos();
            match &*name {
                "MsgType" => {
                    is_plain &= kind.is_none() && reader.kind()? == Kind::String;
                    if let Some(another) = text(reader)?.filter(|another| kind.as_ref() != Some(another)) {
                        (kind, element, read_as) = (Some(another), None, None);
                    }
                }
                // The kind comes first in the documented order, the content in the alphabetical one.
                "MsgContent" => {
                    is_plain &= content.is_none();
                    content = Some(at);
                    read_as = kind.clone();
                    element = match &kind {
                        Some(kind) => {
                            has_read_relay |= kind == RELAY;
                            Self::content(kind, reader)?
                        }
                        None => {
                            reader.skip()?;
                            None
                        }
                    };
                }
                _ => {
                    is_plain = false;
                    Kept { at, name: &name }.keep(reader, &mut rest)?;
                }
            }
        }

        let end = reader.pos();
        let kind = kind.unwrap_or_default();
        if let (None, Some(content)) = (&element, content)
            && !(has_read_relay && kind == RELAY)
            && read_as != Some(kind.clone())
        {
            reader.seek(content);
            element = Self::content(&kind, reader)?;
            reader.seek(end);
        }
        if let Some(mut element) = element {
            if let Some(own) = element.rest_mut() {
                own.surround(rest);
            }
            return Ok(Some(element));
        }
        let msg_content = match content {
            Some(content) => {
                reader.seek(content);
                Json::from_reader(reader.raw()?)
            }
            None => Json::null(),
        };
        reader.seek(end);
        if is_plain && content.is_some() && !kind.is_empty() {
            return Ok(Some(Self::Other(OtherElem { msg_type: kind.into_owned(), msg_content, whole: None })));
        }
        OtherElem::keep_whole(reader, start, kind, msg_content)
    }

    const ANY: bool = true;
}

deserialize_by_value!(MsgElem);

impl Serialize for MsgElem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Other(OtherElem { whole: Some(whole), .. }) = self {
            let Some(members) = members(whole.get()) else { return whole.serialize(serializer) };
            let mut map = serializer.serialize_map(None)?;
            write_members(&mut map, &members)?;
            return map.end();
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("MsgType", self.msg_type())?;
        self.write_content(&mut map)?;
        if let Some(rest) = self.rest() {
            rest.write_around(&mut map)?;
        }
        map.end()
    }
}

/// An element that is kept as received: one of an unknown kind, or one that cannot be read as its kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OtherElem {
    /// The kind. Empty if the element has none.
    pub msg_type: String,
    /// The content, as received. `null` if the element has none.
    pub msg_content: Json,
    /// The whole element, unless it has exactly these two fields.
    whole: Option<Json>,
}

impl OtherElem {
    /// Keeps the element that begins at a position.
    fn keep_whole(
        reader: &mut Reader<'_>,
        start: usize,
        kind: Cow<'_, str>,
        msg_content: Json,
    ) -> Result<Option<MsgElem>, Fault> {
        reader.seek(start);
        let whole = Some(Json::from_reader(reader.raw()?));
        Ok(Some(MsgElem::Other(Self { msg_type: kind.into_owned(), msg_content, whole })))
    }
}

payload! {
    /// Text.
    #[derive(Default)]
    pub struct TextElem {
        ..Rest,
        /// The text.
        pub text: String = required "Text",
    }
}

payload! {
    /// A location.
    #[derive(Default)]
    pub struct LocationElem {
        ..Rest,
        /// Description of the location.
        pub desc: Option<String> = "Desc",
        /// Latitude in degrees.
        pub latitude: Option<f64> = "Latitude",
        /// Longitude in degrees.
        pub longitude: Option<f64> = "Longitude",
    }
}

payload! {
    /// An emoji defined by the app.
    #[derive(Default)]
    pub struct FaceElem {
        ..Rest,
        /// Index of the emoji, defined by the app.
        pub index: Option<i64> = "Index",
        /// Custom data defined by the app.
        pub data: Option<String> = "Data",
    }
}

payload! {
    /// Custom data defined by the app.
    #[derive(Default)]
    pub struct CustomElem {
        ..Rest,
        /// The data, often JSON in a string.
        pub data: Option<String> = "Data",
        /// The text of the push notification.
        pub desc: Option<String> = "Desc",
        /// Passed to APNs as `Ext`.
        pub ext: Option<String> = "Ext",
        /// Name of the APNs notification sound.
        pub sound: Option<String> = "Sound",
    }
}

payload! {
    /// A voice message.
    #[derive(Default)]
    pub struct SoundElem {
        ..Rest,
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub url: Option<String> = "Url",
        /// Unique id.
        pub uuid: Option<String> = "UUID",
        /// Size in bytes.
        pub size: Option<u64> = "Size",
        /// Duration in seconds.
        pub second: Option<u64> = "Second",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }
}

payload! {
    /// An image.
    #[derive(Default)]
    pub struct ImageElem {
        ..Rest,
        /// Unique id.
        pub uuid: Option<String> = "UUID",
        /// 1 = JPG, 2 = GIF, 3 = PNG, 4 = BMP, 255 = other.
        pub image_format: Option<u64> = "ImageFormat",
        /// The image in up to three sizes.
        pub image_info_array: Vec<ImageInfo> = "ImageInfoArray",
    }
}

payload! {
    /// An image in one size.
    #[derive(Default)]
    pub struct ImageInfo {
        ..Rest,
        /// 1 = original, 2 = large, 3 = thumbnail.
        pub r#type: Option<u64> = "Type",
        /// Size in bytes.
        pub size: Option<u64> = "Size",
        /// Width in pixels. 0 = unknown.
        pub width: Option<u64> = "Width",
        /// Height in pixels. 0 = unknown.
        pub height: Option<u64> = "Height",
        /// Download URL.
        pub url: Option<String> = "URL",
    }
}

payload! {
    /// A file.
    #[derive(Default)]
    pub struct FileElem {
        ..Rest,
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub url: Option<String> = "Url",
        /// Unique id.
        pub uuid: Option<String> = "UUID",
        /// Size in bytes.
        pub file_size: Option<u64> = "FileSize",
        /// File name, possibly a full path.
        pub file_name: Option<String> = "FileName" | "fileName",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub download_flag: Option<u64> = "Download_Flag",
    }
}

payload! {
    /// A video.
    #[derive(Default)]
    pub struct VideoFileElem {
        ..Rest,
        /// Download URL. Missing if the sender uses SDK 2 or 3.
        pub video_url: Option<String> = "VideoUrl",
        /// Unique id.
        pub video_uuid: Option<String> = "VideoUUID",
        /// Size in bytes.
        pub video_size: Option<u64> = "VideoSize",
        /// Duration in seconds. 0 from web clients.
        pub video_second: Option<u64> = "VideoSecond",
        /// Format of the video, for example `mp4`.
        pub video_format: Option<String> = "VideoFormat",
        /// 2 = download from the URL. Missing if the sender uses SDK 2 or 3.
        pub video_download_flag: Option<u64> = "VideoDownloadFlag",
        /// Download URL of the thumbnail. Missing if the sender uses SDK 2 or 3.
        pub thumb_url: Option<String> = "ThumbUrl",
        /// Unique id of the thumbnail.
        pub thumb_uuid: Option<String> = "ThumbUUID",
        /// Size of the thumbnail in bytes.
        pub thumb_size: Option<u64> = "ThumbSize",
        /// Width of the thumbnail in pixels.
        pub thumb_width: Option<u64> = "ThumbWidth",
        /// Height of the thumbnail in pixels.
        pub thumb_height: Option<u64> = "ThumbHeight",
        /// Format of the thumbnail, for example `JPG`.
        pub thumb_format: Option<String> = "ThumbFormat",
        /// 2 = download the thumbnail from its URL. Missing if the sender uses SDK 2 or 3.
        pub thumb_download_flag: Option<u64> = "ThumbDownloadFlag",
    }
}

payload! {
    /// Several messages, merged and forwarded.
    #[derive(Default)]
    pub struct RelayElem {
        ..Rest,
        /// The title.
        pub title: Option<String> = "Title",
        /// Number of merged messages.
        pub msg_num: Option<u64> = "MsgNum",
        /// Fallback text for clients that cannot display the element.
        pub compatible_text: Option<String> = "CompatibleText",
        /// One line for each of the first messages.
        pub abstract_list: Vec<String> = "AbstractList",
        /// The messages, if they total at most 12 KB.
        pub msg_list: Vec<RelayMsg> = "MsgList",
        /// The key under which the messages are stored, if they exceed 12 KB.
        pub json_msg_key: Option<String> = "JsonMsgKey",
    }
}

payload! {
    /// One of the merged messages.
    #[derive(Default)]
    pub struct RelayMsg {
        ..Rest,
        /// UserID of the sender.
        pub from_account: Option<String> = "From_Account",
        /// UserID of the recipient, for a one-to-one message.
        pub to_account: Option<String> = "To_Account",
        /// Id of the group, for a group message.
        pub group_id: Option<String> = "GroupId",
        /// Sequence number (32 bits).
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time_stamp: Option<UnixSeconds> = "MsgTimeStamp",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// Custom data attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
    }
}

payload! {
    /// A message that a chatbot is still writing.
    #[derive(Default)]
    pub struct StreamElem {
        ..Rest,
        /// The chunks written so far.
        pub chunks: Vec<Chunk> = "Chunks",
        /// Fallback text for clients that cannot display the element.
        pub compatible_text: Option<String> = "CompatibleText",
        /// Id of the message: assigned by the first call, repeated in later ones.
        pub stream_msg_id: Option<String> = "StreamMsgID",
    }
}

payload! {
    /// A chunk of a message.
    #[derive(Default)]
    pub struct Chunk {
        ..Rest,
        /// `data` in every chunk seen so far.
        pub event_type: Option<String> = "EventType",
        /// Number of the chunk. Increases.
        pub index: Option<u64> = "Index",
        /// Text of the chunk.
        pub markdown: Option<String> = "Markdown",
        /// Whether this is the last chunk.
        pub is_last: Option<bool> = "IsLast",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack that suffices for reading, writing, comparing, printing, cloning and dropping, even without
    /// optimizations, in bytes: half of a tokio worker's.
    const STACK: usize = 1024 * 1024;

    fn relays(depth: usize, kind_first: bool) -> String {
        let (before, after) = match kind_first {
            true => (r#"[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[{"MsgBody":"#, "}]}}]"),
            false => (r#"[{"MsgContent":{"MsgList":[{"MsgBody":"#, r#"}]},"MsgType":"TIMRelayElem"}]"#),
        };
        let text = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]"#;
        before.repeat(depth) + text + &after.repeat(depth)
    }

    #[test]
    fn forwarded_histories_of_any_depth_need_little_stack() {
        for kind_first in [true, false] {
            for depth in [1, MAX_RELAYS, MAX_RELAYS + 1, 100, 2_000] {
                let json = relays(depth, kind_first);
                let read = move || {
                    let message: Vec<MsgElem> = crate::wire::read(&json).unwrap();
                    assert_eq!(message.clone(), message);
                    assert!(format!("{message:?}").contains("hi"));
                    let wrote = serde_json::to_string(&message).unwrap();
                    assert_eq!(
                        wrote,
                        relays(depth.min(MAX_RELAYS), true)
                            .replace(
                                r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]"#,
                                &if depth > MAX_RELAYS {
                                    relays(depth - MAX_RELAYS, kind_first)
                                } else {
                                    relays(0, true)
                                },
                            )
                            .replace(
                                &relays(depth.saturating_sub(MAX_RELAYS), kind_first),
                                &relays_written(depth.saturating_sub(MAX_RELAYS), kind_first),
                            )
                    );
                };
                std::thread::Builder::new().stack_size(STACK).spawn(read).unwrap().join().unwrap();
            }
        }
    }

    /// The levels that are too deep for types, as they are written: the kind first, the content as received.
    fn relays_written(depth: usize, kind_first: bool) -> String {
        if depth == 0 || kind_first {
            return relays(depth, true);
        }
        let inner = relays(depth, false);
        let content = inner.strip_prefix(r#"[{"MsgContent":"#).unwrap().strip_suffix(r#","MsgType":"TIMRelayElem"}]"#);
        format!(r#"[{{"MsgType":"TIMRelayElem","MsgContent":{}}}]"#, content.unwrap())
    }

    /// Each level names its kind twice. If its content were read twice, the next level would be read four times.
    #[test]
    fn naming_the_kind_twice_at_each_level_takes_no_longer() {
        for kinds in
            [["TIMRelayElem", "TIMRelayElem"], ["TIMTextElem", "TIMRelayElem"], ["TIMRelayElem", "TIMTextElem"]]
        {
            let before = format!(r#"[{{"MsgType":"{}","MsgContent":{{"MsgList":[{{"MsgBody":"#, kinds[0]);
            let after = format!(r#"}}]}},"MsgType":"{}","MsgType":"TIMRelayElem"}}]"#, kinds[1]);
            let json = before.repeat(60) + "[]" + &after.repeat(60);
            let mut reader = Reader::new(&json);
            let message = Vec::<MsgElem>::read(&mut reader).unwrap().unwrap();
            assert_eq!(message[0].msg_type(), RELAY);
        }
    }

    #[test]
    fn any_element_is_written_back_as_received() {
        for (json, kind) in [
            (r#"{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Lang":"en"}}"#, "TIMTextElem"),
            (r#"{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"},"IsRead":1}"#, "TIMTextElem"),
            (
                r#"{"MsgType":"TIMSoundElem","MsgContent":{"Size":-1,"Second":"","UUID":null,"Url":[1]}}"#,
                "TIMSoundElem",
            ),
            (r#"{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":{},"N":1.50}}"#, "TIMImageElem"),
            (r#"{"MsgType":"TIMVideoFileElem","MsgContent":{"Download_Flag":2}}"#, "TIMVideoFileElem"),
            (r#"{"MsgType":"TIMTextElem","MsgContent":{}}"#, "TIMTextElem"),
            (r#"{"MsgType":"TIMTextElem","MsgContent":"hi"}"#, "TIMTextElem"),
            (r#"{"MsgType":"TIMTextElem"}"#, "TIMTextElem"),
            (r#"{"MsgType":"TIMGestureElem","MsgContent":[1e400],"X":{}}"#, "TIMGestureElem"),
            (r#"{"MsgContent":{"Text":"hi"}}"#, ""),
            (r#"{"MsgType":7,"MsgContent":{"Text":"hi"}}"#, "7"),
            (r#"{"MsgType":"","MsgContent":null}"#, ""),
            ("{}", ""),
            ("null", ""),
            ("[]", ""),
            (r#""text""#, ""),
        ] {
            let element: MsgElem = crate::wire::read(json).unwrap();
            assert_eq!(element.msg_type(), kind, "{json}");
            assert_eq!(serde_json::to_string(&element).unwrap(), json);
        }
    }

    #[test]
    fn setting_a_field_replaces_its_kept_value() {
        let json = r#"{"MsgType":"TIMSoundElem","MsgContent":{"Size":-1,"Codec":"aac"}}"#;
        let MsgElem::Sound(mut sound) = crate::wire::read(json).unwrap() else { panic!("not a sound") };
        assert_eq!(sound.size, None);
        sound.size = Some(7);
        let wrote = serde_json::to_string(&MsgElem::Sound(sound)).unwrap();
        assert_eq!(wrote, r#"{"MsgType":"TIMSoundElem","MsgContent":{"Size":7,"Codec":"aac"}}"#);
    }
}
