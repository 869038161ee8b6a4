//! The callbacks of the RTC Engine: one type for each type of event, one module for each group.
//!
//! The RTC Engine calls back in a wire format of its own: a number for the type of the event instead of a command, and a
//! signature over the body. [`Event::parse`] turns the body of such a callback into an event.
//!
//! ```
//! use tower_tencent_webhook::rtc::Event;
//!
//! let body = r#"{"EventGroupId":1,"EventType":103,"CallbackTs":1788000301000,"EventInfo":{
//!     "RoomId":7741,"EventTs":1788000300,"EventMsTs":1788000300911,"UserId":"anouk","Role":20,"Reason":1}}"#;
//! let event = Event::parse(body)?;
//! assert_eq!((event.group(), event.event_type()), (1, 103));
//! match event {
//!     Event::RoomUserEntered(event) => assert_eq!(event.user_id, "anouk"),
//!     Event::RoomUserLeft(event) => println!("{} left: {:?}", event.user_id, event.reason),
//!     _ => {}
//! }
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```
//!
//! # Behind the layer
//!
//! An app that [has a key](crate::App::rtc_key) receives these callbacks through the same
//! [`WebhookLayer`](crate::WebhookLayer) and at the same URL as the webhooks of Chat. A callback is a
//! [`Webhook`](crate::Webhook) too: its event is an [`Event::Rtc`](crate::Event::Rtc), and each type in here has typed
//! handlers, which answer [`Ack`](crate::Ack). The vendor then gets `{"code":0}`. On any other status than 200 it sends
//! the callback again, for a minute, so an error is the way to get an event that could not be handled once more.
//!
//! ```
//! use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::follow, rtc::room};
//!
//! let app = App::signed(1400000000, "token of Chat's console")?.rtc_key("key of the RTC console")?;
//! let webhooks = WebhookRouter::new()
//!     .on(async |hook: Webhook<room::UserEntered>| {
//!         println!("{} is in {}", hook.user_id, hook.room_id);
//!         Ack::ok()
//!     })
//!     .on(async |hook: Webhook<follow::AfterFollowDelete>| {
//!         println!("{} left {:?}", hook.from_account, hook.to_account);
//!         Ack::ok()
//!     });
//! let service = tower::Layer::layer(&WebhookLayer::new(app).path("/tencent"), webhooks);
//! # Ok::<(), tower_tencent_webhook::ConfigError>(())
//! ```
//!
//! Callbacks come in any order, and some come twice: sort by [`event_time`](Event::event_time), and recognise repeats by
//! their [identity](Event::identity). Without Tower, see [`Receiver::verify_rtc`](crate::Receiver::verify_rtc). What the
//! signature covers is in [Security](crate::_documentation::security).
//!
//! # Fields
//!
//! An event is flat: it has the fields of `EventInfo` and of the `Payload` in it. A field has its name on the wire, in
//! snake case, with one exception: `user_id` is always a person and `robot_id` always a robot, whatever the wire calls
//! them, since `UserId` is a person in some groups and a robot in others.
//!
//! The rule of reading is that of [Chat's events](crate::event#required-and-optional-fields): only the fields that the
//! table below lists as required are, and any JSON value is read. Of a field with two names, such as `EventMsTs` and
//! `EventTsMs`, the first one counts if both are there.
//!
//! The type decides, not the group: the vendor's docs give some events the group of others. A body without an
//! `EventType` is malformed; only in group 9, where a sample of the docs lacks it, it is told from the payload if that
//! is unmistakable.
//!
//! **An event serializes to the body that it was read from**, with all that is unknown or does not fit; a field that has
//! been changed since then is written with its new value. In tests, deserialize an event from JSON.
//!
//! # What is kept out of logs
//!
//! Push URLs, URLs and names of files, what people said, and whatever has no documented form are not in the `Debug`
//! output of an event: `[elided]` stands for them.
//!
//! # What identifies an event
//!
//! The vendor sends an event again if it gets no answer, and some events more than once anyway. [`Event::identity`]
//! tells a repeated delivery from a new event, by the fields that the table lists. An event that does not say in
//! milliseconds when it happened has none.
//!
//! # The types of events
//!
#![doc = include_str!("events.md")]

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned},
};

use self::body::{About, Content, Draft, Elided, Place, event, finish, json, malformed};
use crate::{
    catalogue::rtc_catalogue,
    command::{Command, RtcCommand},
    rejection::Rejection,
    wire::{
        Drifts, Expected, Fault, Json, Kind, Reader, Sealed, UnixMillis, UnixSeconds, Value, body_text, json_text, read,
    },
};

mod body;
mod claim;
#[cfg(feature = "schemars")]
mod schema;
mod words;

pub mod ai;
pub mod ingest;
pub mod media;
pub mod moderation;
pub mod recording;
pub mod relay;
pub mod room;
pub mod screenshot;
pub mod slicing;
pub mod transcription;
pub mod web_recording;

pub(crate) use self::body::Distinction;
pub use self::claim::Claim;
pub use self::words::{LeaveCode, Number, RoomId, RoomIdType, StartStatus};

/// An event of one type.
///
/// It is implemented only for the types of this crate.
pub trait TypedEvent:
    Sealed + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The type of the event.
    const EVENT_TYPE: EventType;

    /// The event, if it is of this type.
    ///
    /// # Errors
    ///
    /// The event, unchanged, if it is of another type.
    fn from_event(event: Event) -> Result<Self, Event>;

    /// When it happened, as [`Event::event_time`] says it.
    #[doc(hidden)]
    fn happened(&self) -> Option<UnixMillis>;

    /// What [`Event::identity`] is made of.
    #[doc(hidden)]
    fn distinction(&self) -> Option<Distinction>;
}

/// The type of an event: the `EventType` of a callback.
///
/// An open set: [`EventType::ALL`] has the known ones, and any other number is a type too.
///
/// ```
/// use tower_tencent_webhook::rtc::EventType;
///
/// let entered = EventType::from(103);
/// assert_eq!((entered.group(), entered.name()), (1, Some("EVENT_TYPE_ENTER_ROOM")));
/// assert_eq!(entered.required_fields(), ["EventInfo.RoomId", "EventInfo.UserId"]);
/// assert!(!EventType::from(1501).is_known());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(u64);

macro_rules! events {
    ($(
        $variant:ident($group:ident::$type:ident) = $number:literal $name:literal id($($id:ident),*)
            docs $docs:literal;
    )*) => {
        /// An event of the RTC Engine: typed if its type is known, otherwise with the body as received.
        ///
        /// Events are boxed, so that an `Event` stays small as the vendor adds fields.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $(
                #[doc = concat!("Event type ", $number, ", `", $name, "`.")]
                #[doc(alias = $name)]
                $variant(Box<$group::$type>),
            )*
            /// An event of a type that this crate does not know.
            Other(Box<Other>),
        }

        impl EventType {
            /// The known types, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self($number)),*];

            /// The vendor's name, such as `EVENT_TYPE_ENTER_ROOM`, which never travels. `None` if the type is unknown.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some($name), )*
                    _ => None,
                }
            }

            /// The path of the event's struct within [`rtc`](crate::rtc), for tools. `None` if the type is unknown.
            #[doc(hidden)]
            pub fn struct_path(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some(concat!(stringify!($group), "::", stringify!($type))), )*
                    _ => None,
                }
            }

            /// Its docs.
            #[cfg(feature = "schemars")]
            fn docs(self) -> &'static str {
                match self.0 {
                    $( $number => <$group::$type>::DOCS, )*
                    _ => "",
                }
            }

            /// Its fields, with the docs and the schema of each.
            #[cfg(feature = "schemars")]
            fn schemas(self, generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
                match self.0 {
                    $( $number => <$group::$type>::schemas(generator), )*
                    _ => Vec::new(),
                }
            }

            fn fields(self) -> &'static [body::Field] {
                match self.0 {
                    $( $number => <$group::$type>::FIELDS, )*
                    _ => &[],
                }
            }

            fn identity_fields(self) -> &'static [&'static str] {
                match self.0 {
                    $( $number => &[$(stringify!($id)),*], )*
                    _ => &[],
                }
            }
        }

        impl Event {
            /// The type of the event.
            pub fn event_type(&self) -> u64 {
                match self {
                    $( Self::$variant(_) => $number, )*
                    Self::Other(other) => other.event_type,
                }
            }

            fn about(&self) -> &dyn About {
                match self {
                    $( Self::$variant(event) => &**event, )*
                    Self::Other(other) => &other.envelope,
                }
            }

            /// What tells it from all others of an app. `None` if it does not say in milliseconds when it happened.
            pub(crate) fn distinction(&self) -> Option<Distinction> {
                match self {
                    $( Self::$variant(event) => event.distinction(), )*
                    Self::Other(other) => Some(Distinction {
                        group: other.group,
                        event_type: other.event_type,
                        time: other.envelope.millis()?,
                        parts: vec![body_text(&other.body).into_owned()],
                    }),
                }
            }

            /// The command that stands for its type.
            pub(crate) fn command(&self) -> &Command {
                match self {
                    $( Self::$variant(_) => const { &Command::rtc(RtcCommand::$variant) }, )*
                    Self::Other(other) => &other.command,
                }
            }

            /// Reads an event of a known type. `None` if the type is unknown.
            fn read_known(number: u64, reader: &mut Reader<'_>, body: &Bytes) -> Option<Result<Option<Self>, Fault>> {
                Some(match number {
                    $(
                        $number => <$group::$type>::read(reader, Some($number), body)
                            .map(|event| event.map(|event| Self::$variant(Box::new(event)))),
                    )*
                    _ => return None,
                })
            }
        }

        /// Serializes to the body.
        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let body = match self {
                    $( Self::$variant(event) => body::written(&**event), )*
                    Self::Other(other) => return other.serialize(serializer),
                };
                body::serialize(&body, serializer)
            }
        }

        $(
            impl Sealed for $group::$type {}

            impl TypedEvent for $group::$type {
                const EVENT_TYPE: EventType = EventType($number);

                fn from_event(event: Event) -> Result<Self, Event> {
                    match event {
                        Event::$variant(event) => Ok(*event),
                        event => Err(event),
                    }
                }

                fn happened(&self) -> Option<UnixMillis> {
                    About::happened(self)
                }

                fn distinction(&self) -> Option<Distinction> {
                    Some(Distinction {
                        group: Self::EVENT_TYPE.group(),
                        event_type: $number,
                        time: self.millis()?,
                        parts: vec![$( json(&self.$id) ),*],
                    })
                }
            }

            /// Deserializes a body.
            impl<'de> Deserialize<'de> for $group::$type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    body::parse(&json_text(deserializer)?.into(), $number).map_err(de::Error::custom)
                }
            }
        )*
    };
}

rtc_catalogue!(events);

impl EventType {
    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The group: the number without its last two digits.
    pub const fn group(self) -> u64 {
        self.0 / 100
    }

    /// Whether this crate has a struct for it.
    pub fn is_known(self) -> bool {
        self.name().is_some()
    }

    /// The JSON paths of the required fields. Empty if the type is unknown.
    pub fn required_fields(self) -> Vec<String> {
        self.fields().iter().filter(|field| field.required).map(|field| field.path()).collect()
    }

    /// The JSON paths of the fields that, together with the time, tell an event from all others of its type.
    #[doc(hidden)]
    pub fn identifying_fields(self) -> Vec<String> {
        let field = |id: &&str| self.fields().iter().find(|field| field.name == *id).map(|field| field.path());
        self.identity_fields().iter().filter_map(field).collect()
    }
}

impl From<u64> for EventType {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<EventType> for u64 {
    fn from(event_type: EventType) -> Self {
        event_type.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventType({})", self.0)
    }
}

event! {
    /// What the callbacks of most groups have in common, as far as a callback of an unknown type has it.
    pub struct Envelope {
        /// The room.
        pub room_id: Option<RoomId> = Info "RoomId"; room,
        /// Whether the room has a number or a text for its ID.
        pub room_id_type: Option<RoomIdType> = Info "RoomIdType" | Info "RoomType",
        /// When it happened, in seconds.
        pub event_ts: Option<UnixSeconds> = Info "EventTs"; s,
        /// When it happened, in milliseconds.
        pub event_ms_ts: Option<UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
        /// ID of the task.
        pub task_id: Option<String> = Info "TaskId"; task,
        /// `UserId` on the wire. Depending on the group, this is a person or a robot.
        pub user_id: Option<String> = Info "UserId",
        /// Details of what happened. Not in the `Debug` output.
        pub payload: Option<Json> = Info "Payload"; secret,
    }
}

/// An event of a type that this crate does not know, such as those of group 15; or of a known type, if its body could not
/// be read and such are [kept](crate::Receiver::on_malformed).
#[derive(Clone)]
#[non_exhaustive]
pub struct Other {
    /// The group. If the body does not name it, its type without the last two digits.
    pub group: u64,
    /// The type. 0 if it could not be read.
    pub event_type: u64,
    /// What could be read of it.
    pub envelope: Envelope,
    /// The body, as received. Not in the `Debug` output.
    pub body: Bytes,
    command: Command,
    /// Whether the body could not be read.
    pub(crate) unread: bool,
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other")
            .field("group", &self.group)
            .field("event_type", &self.event_type)
            .field("envelope", &self.envelope)
            .field("body", &Elided(true))
            .finish()
    }
}

/// Two are equal if their bodies have the same content.
impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        let json = |body: &Bytes| read::<Json>(&body_text(body)).ok();
        (self.group, self.event_type) == (other.group, other.event_type)
            && (self.body == other.body || json(&self.body) == json(&other.body))
    }
}

/// Serializes to the body.
impl Serialize for Other {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        body::serialize(&body_text(&self.body), serializer)
    }
}

impl Event {
    /// Parses the body of a callback.
    ///
    /// A type that this crate does not know gives [`Event::Other`].
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::RejectionKind::Malformed) if the body is not a JSON object, or lacks its `EventType` or a
    /// required field.
    pub fn parse(body: impl Into<Bytes>) -> Result<Self, Rejection> {
        Self::read(&body.into()).map(|(event, _)| event)
    }

    /// An event whose body cannot be read.
    #[cold]
    pub(crate) fn unread(command: Command, body: Bytes) -> Self {
        let text = body_text(&body);
        let group = Head::of(&text).ok().and_then(|head| head.group);
        let envelope = |text| Envelope::read(&mut Reader::new(text), None, &body).ok().flatten();
        let envelope = envelope(&text).or_else(|| envelope("{}")).expect("an envelope has no required fields");
        let event_type = command.rtc_type().unwrap_or_default();
        let group = group.unwrap_or(EventType(event_type).group());
        Self::Other(Box::new(Other { group, event_type, envelope, body: body.clone(), command, unread: true }))
    }

    /// The command of a body that may not be one of an event.
    #[cold]
    pub(crate) fn command_in(body: &[u8]) -> Command {
        let head = Head::of(&body_text(body));
        head.map_or_else(|_| Command::of_unknown_rtc_type(), |head| Command::of_rtc_type(head.event_type))
    }

    /// Reads an event, and reports the parts of its body that were dropped.
    pub(crate) fn read(body: &Bytes) -> Result<(Self, Drifts), Rejection> {
        let text = body_text(body);
        let head = Head::of(&text)?;
        let mut reader = Reader::new(&text);
        reader.seek(head.read);
        let event = Self::read_known(head.event_type, &mut reader, body).unwrap_or_else(|| {
            let Head { event_type, group, .. } = head;
            let envelope = Envelope::read(&mut reader, Some(event_type), body)?;
            let other = |envelope| Other {
                group: group.unwrap_or(EventType(event_type).group()),
                event_type,
                envelope,
                body: body.clone(),
                command: Command::of_rtc_type(event_type),
                unread: false,
            };
            Ok(envelope.map(|envelope| Self::Other(Box::new(other(envelope)))))
        });
        finish(event, &text, reader)
    }

    /// The group of the event. For a known type its own, whatever the body says.
    pub fn group(&self) -> u64 {
        match self {
            Self::Other(other) => other.group,
            event => EventType(event.event_type()).group(),
        }
    }

    /// The room. `None` if the event does not say it.
    pub fn room_id(&self) -> Option<&RoomId> {
        self.about().room_id()
    }

    /// UserID of the person whom the event is about: who entered, who spoke, whose stream was recorded or reviewed.
    ///
    /// `None` if it is about nobody or several, or the body does not say it. Never a robot.
    pub fn user_id(&self) -> Option<&str> {
        self.about().user_id()
    }

    /// ID of the task of a recording, a relay or another service. `None` if the event is not one of a task.
    pub fn task_id(&self) -> Option<&str> {
        self.about().task_id()
    }

    /// When the event happened. Exact to the second only, if the body has no milliseconds.
    pub fn event_time(&self) -> Option<UnixMillis> {
        self.about().happened()
    }

    /// When the callback was sent: `CallbackTs` or, in some groups, `CallbackMsTs`.
    ///
    /// The clocks of the vendor's servers differ: it may be a little earlier than [`event_time`](Self::event_time).
    pub fn callback_time(&self) -> Option<UnixMillis> {
        self.about().callback_time()
    }
}

/// Deserializes a body.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(json_text(deserializer)?).map_err(de::Error::custom)
    }
}

/// What says how a body is to be read.
struct Head {
    event_type: u64,
    /// Not looked for if the type is known.
    group: Option<u64>,
    /// Up to where the body needs no second look: 0, unless it begins with its group and type.
    read: usize,
}

impl Head {
    /// Scans a body up to its type. The vendor sends it first, so this reads little.
    fn of(text: &str) -> Result<Self, Rejection> {
        let mut reader = Reader::new(text);
        match Self::scan(&mut reader) {
            Ok(Some(head)) => Ok(head),
            failed => Err(malformed(failed.err(), text, &reader)),
        }
    }

    fn scan(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        let (mut event_type, mut group) = (None, None);
        if reader.kind()? != Kind::Object {
            reader.unfit("an object")?;
            return Ok(None);
        }
        let start = reader.pos();
        let mut why = None;
        reader.object()?;
        let (mut first, mut skipped, mut read) = (true, false, 0);
        while let Some(name) = reader.key(&mut first)? {
            match &*name {
                "EventType" => {
                    let before = reader.dropped();
                    event_type = u64::read(reader)?.or(event_type);
                    why = reader.last_drift().filter(|_| reader.dropped() > before);
                }
                "EventGroupId" => group = u64::read(reader)?.or(group),
                _ => {
                    reader.skip()?;
                    skipped = true;
                }
            }
            if let Some(event_type) = event_type
                && (group.is_some() || EventType(event_type).is_known())
            {
                if !skipped && reader.dropped() == 0 {
                    read = reader.pos();
                }
                break;
            }
        }
        if event_type.is_none() && group == Some(9) && why.is_none() {
            event_type = Shape::of(reader.json())?;
        }
        match (event_type, why) {
            (Some(event_type), _) => return Ok(Some(Self { event_type, group, read })),
            (None, Some(why)) => reader.blame(why),
            (None, None) => reader.drop_at(start, Expected::Field("EventType")),
        }
        Ok(None)
    }
}

/// The payload of an AI event that does not name its type.
#[derive(Default)]
struct Shape {
    has_status: bool,
    has_leave_code: bool,
    has_text: bool,
    has_start: bool,
}

impl Shape {
    /// The type of the event, if its payload can only be of one.
    #[cold]
    fn of(text: &str) -> Result<Option<u64>, Fault> {
        let mut shape = Self::default();
        body::read(&mut Reader::new(text), None, &mut shape)?;
        Ok(match shape {
            Self { has_status: true, has_leave_code: false, has_text: false, has_start: false } => Some(901),
            Self { has_status: false, has_leave_code: true, has_text: false, has_start: false } => Some(902),
            Self { has_status: false, has_leave_code: false, has_text: true, has_start: true } => Some(903),
            _ => None,
        })
    }
}

impl Draft for Shape {
    fn has(&self, place: Place) -> bool {
        place == Place::Payload
    }

    fn fill(&mut self, place: Place, name: &str, reader: &mut Reader<'_>) -> Result<bool, Fault> {
        let found = match (place, name) {
            (Place::Payload, "Status") => &mut self.has_status,
            (Place::Payload, "LeaveCode") => &mut self.has_leave_code,
            (Place::Payload, "Text") => &mut self.has_text,
            (Place::Payload, "StartTimeMs") => &mut self.has_start,
            _ => return Ok(false),
        };
        // A `Status` that is a word belongs to another event.
        *found = name == "Text" || reader.kind()? == Kind::Number;
        reader.skip()?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drifts(body: &str) -> Vec<String> {
        let (_, drifts) = Event::read(&Bytes::copy_from_slice(body.as_bytes())).unwrap();
        drifts.into_inner().into_iter().map(|(path, expected)| format!("{path}: {expected}")).collect()
    }

    #[test]
    fn documented_bodies_have_no_drift() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/rtc")).unwrap() {
            let json = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let bodies: Vec<Json> =
                serde_json::from_str(&json).or_else(|_| serde_json::from_str(&format!("[{json}]"))).unwrap();
            for body in bodies {
                assert!(drifts(body.get()).is_empty(), "{body:?}");
            }
        }
    }

    #[test]
    fn the_order_of_the_members_does_not_matter() {
        let members = [
            r#""EventGroupId":1"#,
            r#""EventType":103"#,
            r#""CallbackTs":1788000301000"#,
            r#""EventInfo":{"RoomId":7,"EventMsTs":1788000300911,"UserId":"anouk"}"#,
        ];
        let body =
            |order: &[usize]| format!("{{{}}}", order.iter().map(|at| members[*at]).collect::<Vec<_>>().join(","));
        let expected = Event::parse(body(&[0, 1, 2, 3])).unwrap();
        assert_eq!(expected.user_id(), Some("anouk"));
        for first in 0..4 {
            for second in (0..4).filter(|at| *at != first) {
                let rest: Vec<_> = (0..4).filter(|at| ![first, second].contains(at)).collect();
                for [third, fourth] in [[rest[0], rest[1]], [rest[1], rest[0]]] {
                    let body = body(&[first, second, third, fourth]);
                    assert_eq!(Event::parse(body.clone()).unwrap(), expected, "{body}");
                }
            }
        }
        // A type that is said twice must be the same.
        let twice = |other: u64| format!(r#"{{"EventType":103,{},"EventType":{other}}}"#, members[3]);
        assert!(Event::parse(twice(103)).is_ok());
        assert!(Event::parse(twice(104)).is_err());
        for unknown in [
            r#"{"EventType":1501}"#,
            r#"{"EventType":1501,"EventGroupId":15}"#,
            r#"{"EventGroupId":15,"EventType":1501}"#,
        ] {
            assert_eq!(Event::parse(unknown).unwrap().group(), 15, "{unknown}");
        }
    }

    /// The body of an event with fields: their places, names and values.
    fn body_of(fields: &[(Place, &str, &str)]) -> Bytes {
        fn object(place: Place, fields: &[(Place, &str, &str)]) -> String {
            let own = fields.iter().filter(|(of, ..)| *of == place);
            let mut members: Vec<_> = own.map(|(_, name, value)| format!("\"{name}\":{value}")).collect();
            for (name, inside) in place.inside() {
                match object(*inside, fields) {
                    empty if empty == "{}" => {}
                    object => members.push(format!("\"{name}\":{object}")),
                }
            }
            format!("{{{}}}", members.join(","))
        }
        object(Place::Envelope, fields).into()
    }

    fn each_place_of_a_field_is_read<C: Content>() {
        let read = |fields: &[(Place, &str, &str)]| {
            let body = body_of(fields);
            C::read(&mut Reader::new(&body_text(&body)), None, &body).unwrap()
        };
        let differ = |ours: &C, theirs: &C, field: &body::Field| {
            ours.changes(theirs).iter().any(|change| change.field.name == field.name)
        };
        for field in C::FIELDS {
            let others = C::FIELDS.iter().filter(|other| other.required && other.name != field.name);
            let others: Vec<_> = others.map(|other| (other.places[0].0, other.places[0].1, "7")).collect();
            let with = |(place, name), value| {
                let mut fields = others.clone();
                fields.push((place, name, value));
                read(&fields)
            };
            let without = read(&others);
            assert_eq!(without.is_none(), field.required, "{field:?}");
            let is_read = |event: &C| without.as_ref().is_none_or(|without| differ(event, without, field));
            let first = |value| with(field.places[0], value).filter(is_read).map(|event| (value, event));
            let (value, first) = ["7", r#"[{"Unheard":7}]"#].into_iter().find_map(first).expect(field.name);
            for place in field.places {
                let event = with(*place, value).unwrap_or_else(|| panic!("{field:?} at {place:?}"));
                assert!(is_read(&event) && !differ(&event, &first, field), "{field:?} at {place:?}");
            }
        }
    }

    #[test]
    fn a_field_is_read_at_each_of_its_places() {
        macro_rules! each_type {
            ($( $variant:ident($group:ident::$type:ident) = $($row:literal)+ id($($id:ident),*) docs $docs:literal; )*) => {
                $( each_place_of_a_field_is_read::<$group::$type>(); )*
            };
        }
        rtc_catalogue!(each_type);
        each_place_of_a_field_is_read::<Envelope>();
    }

    #[test]
    fn what_does_not_fit_is_reported_with_its_path() {
        for (body, told) in [
            (
                r#"{"EventInfo":{"TaskId":"t","EventMsTs":"soon","Payload":{"Status":[7]}},"EventGroupId":{},"EventType":301}"#,
                &[
                    "EventInfo.EventMsTs: expected an integer without a sign",
                    "EventInfo.Payload.Status: expected an integer",
                    "EventGroupId: expected an integer without a sign",
                ][..],
            ),
            (
                r#"{"EventType":310,"EventInfo":{"TaskId":"t","Payload":{"FileList":["a",{}],"FileMessage":[{"UserId":[]}]}}}"#,
                &[
                    "EventInfo.Payload.FileList[1]: expected a text",
                    "EventInfo.Payload.FileMessage[0].UserId: expected a text",
                ],
            ),
            (
                r#"{"EventType":311,"EventInfo":{"TaskId":"t","Payload":{"TencentVod":{"FileId":{}},"Status":""}}}"#,
                &["EventInfo.Payload.TencentVod.FileId: expected a text"],
            ),
            (
                r#"{"EventType":906,"EventInfo":{"TaskId":"t","Payload":{"Tag":7}}}"#,
                &["EventInfo.Payload.Tag: expected an object"],
            ),
            (
                r#"{"EventType":301,"EventInfo":{"TaskId":"t","Payload":"x"},"Unheard":[]}"#,
                &["EventInfo.Payload: expected an object"],
            ),
            (
                r#"{"EventType":305,"EventInfo":{"TaskId":"t","Payload":{"Status":null,"LeaveCode":{}}}}"#,
                &["EventInfo.Payload.LeaveCode: expected an integer"],
            ),
            (r#"{"EventType":1104,"EventInfo":{"TaskId":"t","Payload":{"CheckDetail":{"Label":"Porn"}}}}"#, &[]),
            (
                r#"{"EventType":1104,"EventInfo":{"TaskId":"t","Payload":{"CheckDetail":{"Suggest":[7]}}}}"#,
                &["EventInfo.Payload.CheckDetail.Suggest: expected an integer"],
            ),
            (
                r#"{"EventType":310,"EventInfo":{"TaskId":"t","Payload":{"FileMessage":{"UserId":"a"}}}}"#,
                &["EventInfo.Payload.FileMessage: expected a list"],
            ),
            (r#"{"EventType":1501,"EventInfo":7}"#, &["EventInfo: expected an object"]),
        ] {
            assert_eq!(drifts(body), told, "{body}");
        }
    }
}
