//! What several groups of events share: fields, rooms, and the words and codes that mean the same in all of them.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::wire::{
    Expected, Fault, Kind, Reader, Value, deserialize_by_value, float, integer, numeric, open_code, open_enum,
};

/// Declares an event in a room, of a person: the fields that all of them have, and its own.
macro_rules! in_room {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        $crate::rtc::body::event! {
            $(# $meta)*
            pub struct $name {
                /// The room: a number or a text, as on the client.
                pub room_id: $crate::rtc::RoomId = Info "RoomId"; required room,
                /// When it happened, in seconds.
                pub event_ts: Option<$crate::wire::UnixSeconds> = Info "EventTs"; s,
                /// When it happened, in milliseconds. Absent in bodies from before October 2021.
                pub event_ms_ts: Option<$crate::wire::UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
                $($fields)*
            }
        }
    };
}
pub(crate) use in_room;

/// Declares an event of a task that a robot does in a room: the fields that all of them have, and its own.
macro_rules! robot_task {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        $crate::rtc::body::event! {
            $(# $meta)*
            pub struct $name {
                /// The room. Usually a text, even if the room has a number.
                pub room_id: Option<$crate::rtc::RoomId> = Info "RoomId"; room,
                /// When it happened, in seconds.
                pub event_ts: Option<$crate::wire::UnixSeconds> = Info "EventTs"; s,
                /// When it happened, in milliseconds. Absent in recordings' bodies from 2022.
                pub event_ms_ts: Option<$crate::wire::UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
                /// UserID of the task's robot, which is not a person. `UserId` on the wire.
                pub robot_id: Option<String> = Info "UserId",
                /// ID of the task. Opaque; may contain `+`, `/`, `-`, `_` and `.`.
                pub task_id: String = Info "TaskId"; required task,
                $($fields)*
            }
        }
    };
}
pub(crate) use robot_task;

/// Declares an event of a task of a room, in the newer form: the fields that all of them have, and its own.
macro_rules! room_task {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        $crate::rtc::body::event! {
            $(# $meta)*
            pub struct $name {
                /// When it happened, in milliseconds.
                pub event_ms_ts: Option<$crate::wire::UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
                /// ID of the task. Opaque; may contain `+`, `/`, `-`, `_` and `.`.
                pub task_id: String = Info "TaskId"; required task,
                /// The room. Always a text, even if the room has a number.
                pub room_id: Option<$crate::rtc::RoomId> = Info "RoomId"; room,
                /// Whether the room has a number or a text for its ID.
                pub room_id_type: Option<$crate::rtc::RoomIdType> = Info "RoomIdType",
                $($fields)*
            }
        }
    };
}
pub(crate) use room_task;

/// ID of a room: a number or a text.
///
/// To the engine, the rooms `7741` and `"7741"` are two rooms. This is the form on the wire. The groups `room` and `media`
/// send numeric IDs as numbers; most others send both kinds as text, and some of those have a [`RoomIdType`] beside it.
/// Both forms display the same, so [`to_string`](ToString::to_string) gives a key that matches across groups if the app
/// uses one kind only.
///
/// ```
/// use tower_tencent_webhook::rtc::RoomId;
///
/// assert_ne!(RoomId::from(7741), RoomId::from("7741"));
/// assert_eq!(RoomId::from(7741).to_string(), RoomId::from("7741").to_string());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomId {
    /// A number on the wire.
    Number(u64),
    /// A text on the wire, which may consist of digits.
    Text(String),
}

impl From<u64> for RoomId {
    fn from(id: u64) -> Self {
        Self::Number(id)
    }
}

impl From<&str> for RoomId {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

impl From<String> for RoomId {
    fn from(id: String) -> Self {
        Self::Text(id)
    }
}

impl PartialEq<u64> for RoomId {
    fn eq(&self, id: &u64) -> bool {
        matches!(self, Self::Number(number) if number == id)
    }
}

impl PartialEq<str> for RoomId {
    fn eq(&self, id: &str) -> bool {
        matches!(self, Self::Text(text) if text == id)
    }
}

impl PartialEq<&str> for RoomId {
    fn eq(&self, id: &&str) -> bool {
        *self == **id
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt::Display::fmt(number, f),
            Self::Text(text) => f.pad(text),
        }
    }
}

impl Serialize for RoomId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Value for RoomId {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        match reader.kind()? {
            Kind::Number => {
                let start = reader.pos();
                let number = integer(reader.number()?).map(Self::Number);
                if number.is_none() {
                    reader.drop_at(start, Expected::Value("the ID of a room"));
                }
                Ok(number)
            }
            Kind::String => Ok(Some(Self::Text(reader.string()?.into_owned()))),
            Kind::Null => reader.literal("null").map(|()| None),
            _ => reader.unfit("the ID of a room").map(|()| None),
        }
    }
}

deserialize_by_value!(RoomId);

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for RoomId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoomId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "title": crate::wire::title(module_path!(), "RoomId"),
            "type": ["integer", "string"],
            "format": "uint64",
            "minimum": 0,
        })
    }
}

/// A number that is an integer as a rule, and may have a fraction.
///
/// Integers from [`i64::MIN`] to [`u64::MAX`] are exact, whichever way they are written; other numbers are as exact as an
/// [`f64`] is.
///
/// ```
/// use tower_tencent_webhook::rtc::Number;
///
/// let value: Number = serde_json::from_str("9007199254740993")?;
/// assert_eq!((value.as_u64(), value.as_f64()), (Some(9007199254740993), 9007199254740992.0));
/// let value: Number = serde_json::from_str("22.5")?;
/// assert_eq!((value.as_u64(), value.as_f64()), (None, 22.5));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Form);

#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// From `i64::MIN` to `u64::MAX`.
    Integer(i128),
    /// Finite, and not one of these integers.
    Float(f64),
}

impl Number {
    /// The number that an `f64` is. `None` if it is infinite or not a number.
    pub fn from_f64(number: f64) -> Option<Self> {
        // Between the two, the conversion of an integral number is exact.
        let is_integer =
            number.fract() == 0.0 && (-9_223_372_036_854_775_808.0..18_446_744_073_709_551_616.0).contains(&number);
        let form = if is_integer { Form::Integer(number as i128) } else { Form::Float(number) };
        number.is_finite().then_some(Self(form))
    }

    /// The number, if it is an integer that fits.
    pub fn as_i64(self) -> Option<i64> {
        self.integer()?.try_into().ok()
    }

    /// The number, if it is an integer that fits.
    pub fn as_u64(self) -> Option<u64> {
        self.integer()?.try_into().ok()
    }

    /// The number, or the nearest that an `f64` can be.
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Form::Integer(integer) => integer as f64,
            Form::Float(float) => float,
        }
    }

    fn integer(self) -> Option<i128> {
        match self.0 {
            Form::Integer(integer) => Some(integer),
            Form::Float(_) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let integer = integer::<i64>(text).map(i128::from).or_else(|| integer::<u64>(text).map(i128::from));
        integer.map(|integer| Self(Form::Integer(integer))).or_else(|| Self::from_f64(float(text)?))
    }
}

macro_rules! number_from {
    ($($integer:ident)*) => { $(
        impl From<$integer> for Number {
            fn from(number: $integer) -> Self {
                Self(Form::Integer(number.into()))
            }
        }
    )* };
}

number_from!(i32 u32 i64 u64);

impl PartialEq<i64> for Number {
    fn eq(&self, number: &i64) -> bool {
        self.as_i64() == Some(*number)
    }
}

impl PartialEq<f64> for Number {
    fn eq(&self, number: &f64) -> bool {
        Self::from_f64(*number).as_ref() == Some(self)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Form::Integer(integer) => fmt::Display::fmt(&integer, f),
            Form::Float(float) => fmt::Display::fmt(&float, f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Form::Float(float) => serializer.serialize_f64(float),
            Form::Integer(integer) => match integer.try_into() {
                Ok(natural) => serializer.serialize_u64(natural),
                Err(_) => serializer.serialize_i64(integer as i64),
            },
        }
    }
}

impl Value for Number {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        numeric(reader, "a number", Self::parse)
    }
}

deserialize_by_value!(Number);

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

open_code! {
    /// Whether the ID of a room is a number or a text, where it is sent as text either way.
    pub enum RoomIdType {
        /// The room has a number.
        Number = 0,
        /// The room has a text for its ID.
        Text = 1,
    }
}

open_code! {
    /// Whether something was started.
    pub enum StartStatus {
        /// It was.
        Started = 0,
        /// It failed.
        Failed = 1,
    }
}

open_code! {
    /// Why a robot left the room, which ends its task.
    pub enum LeaveCode {
        /// The task was stopped by an API call.
        Stopped = 0,
        /// The customer removed the robot from the room.
        RemovedByCustomer = 1,
        /// The customer dismissed the room.
        RoomDismissedByCustomer = 2,
        /// The server removed the robot from the room.
        RemovedByServer = 3,
        /// The server dismissed the room.
        RoomDismissedByServer = 4,
        /// An internal error. Worth another attempt. Documented for AI tasks only.
        InternalError = 98,
        /// Nobody else is left in the room.
        RoomEmpty = 99,
        /// The room timed out.
        RoomTimedOut = 100,
        /// The same user entered the room again and pushed the robot out.
        EnteredAgain = 101,
    }
}

open_enum! {
    /// What a recorded file has.
    pub enum TrackType {
        /// Sound only.
        Audio = "audio",
        /// Pictures only.
        Video = "video",
        /// Both.
        AudioVideo = "audio_video",
    }
}

open_enum! {
    /// Which stream was recorded.
    pub enum MediaId {
        /// Camera and microphone.
        Main = "main",
        /// Screen sharing.
        Aux = "aux",
        /// The mixed streams of several users.
        Mix = "mix",
    }
}
