//! The events: one type for each command, one module for each family.
//!
//! An event is named after its command, without the family and without `Callback`: `C2C.CallbackBeforeSendMsg` is
//! [`c2c::BeforeSendMsg`]. A field has its name on the wire, in snake case. The page of an event says what triggers it,
//! what may be answered, which fields are required and what identifies it, and shows a sample body. To find it, search
//! these docs for the command: `CallbackBeforeSendMsg`.
//!
//! Every event can be deserialized and serialized with serde; values that the vendor sends in several forms are
//! serialized in the documented one. The types are `#[non_exhaustive]`, because the vendor adds fields. In tests,
//! deserialize an event from JSON:
//!
//! ```
//! use tower_tencent_webhook::event::follow::AfterFollowDelete;
//!
//! let event: AfterFollowDelete = serde_json::from_str(
//!     r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}"#,
//! )?;
//! assert_eq!(event.to_account, ["linus"]);
//!
//! let json = serde_json::to_string(&event)?;
//! assert!(json.starts_with(r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","#));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Which webhooks are sent
//!
//! Those that are enabled. Chat has a switch for each in its console, under *Webhook Configuration*, except where the
//! page of an event says otherwise. Live and Call have REST APIs for it: see [`live`] and [`call`].
//!
//! # Required and optional fields
//!
//! A required field identifies *whom or what* an event is about, such as `To_Account` or `GroupId`. An event's page
//! lists its own, and [`Command::required_fields`] returns them. **Every other field is an `Option`, or a list that may
//! be empty.**
//!
//! An optional field is absent if it is missing or `null`, if it is `""` and not of type string, or if its value does
//! not fit, which is [reported](crate::Webhook::drift). Values in other forms are converted: digits in quotes, an
//! integral `1.0`, `"true"` or `1` for a boolean, a number for a string, a single string for a list of strings; `null`
//! and `{}` are the empty list. A list item that cannot be read is dropped; the others stay. If a field occurs twice,
//! or under two of its names, the last usable value wins.
//!
//! Half a surrogate pair, bytes that are not UTF-8 and raw NULs are read as U+FFFD. The original
//! [body](crate::Webhook::body) is always available.
//!
//! # What identifies an event
//!
//! [`Webhook::identity`](crate::Webhook::identity) tells a repeated delivery from a new event: by the vendor's own
//! fields if the body has them, otherwise by the whole body if it says when the event happened. An event with neither
//! has no identity. The page of an event says which it is. An unknown event has one if its body says when it happened.
//!
//! # All events
//!
#![cfg_attr(doc, doc = include_str!("commands.md"))]

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned},
    ser::{self, SerializeMap},
};

use crate::{
    catalogue::catalogue,
    command::{Command, KnownCommand},
    policy::Policy,
    rejection::{Rejection, RejectionKind},
    reply::{Ack, Reply, SignalAnswer},
    verdict::{self, Verdict},
    wire::{
        Drift, Drifts, Expected, Fault, JsonError, Kind, Members, Named, Reader, Sealed, Value, body_text, json_text,
        members, write_members,
    },
};
#[cfg(feature = "rtc")]
use crate::{rtc, wire::UnixMillis};

pub mod alert;
pub mod bot;
pub mod c2c;
pub mod call;
pub mod content;
pub mod follow;
pub mod group;
pub mod live;
pub mod mic;
pub mod official_account;
pub mod profile;
pub mod push;
pub mod recording;
pub mod room;
#[cfg(feature = "rtc")]
mod rtc_engine;
pub mod sns;
pub mod state;

/// A type of event: the body of one command.
///
/// It is implemented only for the types of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of event",
    label = "not a type of event",
    note = "the types of events are in the modules of `tower_tencent_webhook::event`",
    note = "`WebhookRouter::fallback` takes a handler of all events",
    note = "`WebhookRouter::on_command` takes a handler of any command, with a type of your own for its body"
)]
pub trait WebhookEvent: FromEvent + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned {
    /// The command of the event.
    const COMMAND: Command;

    /// The answer of its handlers: a [`Verdict`] on a before-event, an [`Ack`] of an after-event.
    type Answer: Into<Reply>;
}

/// The content of a [`Webhook`](crate::Webhook): any event ([`Event`]), or an event of one type.
///
/// It is implemented only for the types of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "the types of events are in the modules of `tower_tencent_webhook::event`",
    note = "`Webhook::json` reads the body of a webhook into a type of your own"
)]
pub trait FromEvent: Sealed + Sized + Send + Sync + 'static {
    /// The event, if it is of this type.
    ///
    /// # Errors
    ///
    /// The event, unchanged, if it is of another type.
    fn from_event(event: Event) -> Result<Self, Event>;

    /// The parts of the vendor's own identity of the event, if the body has them.
    #[doc(hidden)]
    fn identity_parts(&self) -> Option<Vec<String>> {
        None
    }

    /// What tells an event of the RTC Engine from all others of an app.
    #[doc(hidden)]
    #[cfg(feature = "rtc")]
    fn rtc_distinction(&self) -> Option<rtc::Distinction> {
        None
    }

    /// When an event of the RTC Engine happened.
    #[doc(hidden)]
    #[cfg(feature = "rtc")]
    fn rtc_time(&self) -> Option<UnixMillis> {
        None
    }
}

macro_rules! events {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?
            docs $docs:literal;
    )*) => {
        /// The event of a webhook: typed if its command is known, otherwise with the body as received.
        ///
        /// Events are boxed, so that an `Event` stays small as the vendor adds fields. With serde, it serializes to the
        /// webhook's body.
        #[doc(alias("callback", "回调", "第三方回调"))]
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $( #[doc = concat!("`", $word, "`")] $variant(Box<$family::$type>), )*
            /// A callback of the RTC Engine.
            #[cfg(feature = "rtc")]
            Rtc(rtc::Event),
            /// A webhook without an event type.
            Other(Box<Other>),
        }

        impl Event {
            /// The command of the event.
            pub fn command(&self) -> &Command {
                match self {
                    $( Self::$variant(_) => const { &Command::known(KnownCommand::$variant) }, )*
                    #[cfg(feature = "rtc")]
                    Self::Rtc(event) => event.command(),
                    Self::Other(other) => &other.command,
                }
            }

            fn read_known(known: KnownCommand, reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
                Ok(match known {
                    $( KnownCommand::$variant => <Box<$family::$type>>::read(reader)?.map(Self::$variant), )*
                })
            }
        }

        impl Command {
            /// The JSON paths of the required fields in this command's body. Empty if the command is unknown.
            ///
            /// ```
            /// # use tower_tencent_webhook::Command;
            /// assert_eq!(Command::from("State.StateChange").required_fields(), ["Info.To_Account"]);
            /// ```
            pub fn required_fields(&self) -> Vec<String> {
                let mut paths = Vec::new();
                match self.as_known() {
                    $( Some(KnownCommand::$variant) => <$family::$type>::required("", &mut paths), )*
                    None => {}
                }
                #[cfg(feature = "rtc")]
                if let Some(known) = self.as_known_rtc() {
                    paths = rtc::EventType::from(known.number()).required_fields();
                }
                paths
            }

            /// The schema of the event's documented form, in which it is written.
            #[cfg(feature = "schemars")]
            pub(crate) fn event_schema(&self) -> Option<::schemars::Schema> {
                let generator = ::schemars::generate::SchemaSettings::default().for_serialize().into_generator();
                Some(match self.as_known()? {
                    $( KnownCommand::$variant => generator.into_root_schema_for::<$family::$type>(), )*
                })
            }
        }

        impl FromEvent for Event {
            fn from_event(event: Event) -> Result<Self, Event> {
                Ok(event)
            }

            fn identity_parts(&self) -> Option<Vec<String>> {
                match self {
                    $( Self::$variant(event) => event.identity_parts(), )*
                    #[cfg(feature = "rtc")]
                    Self::Rtc(_) => None,
                    Self::Other(_) => None,
                }
            }

            #[cfg(feature = "rtc")]
            fn rtc_distinction(&self) -> Option<rtc::Distinction> {
                if let Self::Rtc(event) = self { event.distinction() } else { None }
            }

            #[cfg(feature = "rtc")]
            fn rtc_time(&self) -> Option<UnixMillis> {
                if let Self::Rtc(event) = self { event.event_time() } else { None }
            }
        }

        /// Serializes to the body.
        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    // Some bodies do not name their command, and some of those do not imply it either.
                    Self::PushAllMemberPush(event) if event.told() != Some(self.command()) => {
                        named(self.command(), &**event, serializer)
                    }
                    Self::PushOfflinePush(event) if event.told() != Some(self.command()) => {
                        named(self.command(), &**event, serializer)
                    }
                    Self::ContentCallbackResultNotify(event) if event.ctxcb_request_id.is_none() => {
                        named(self.command(), &**event, serializer)
                    }
                    $( Self::$variant(event) => event.serialize(serializer), )*
                    #[cfg(feature = "rtc")]
                    Self::Rtc(event) => event.serialize(serializer),
                    Self::Other(other) => other.serialize(serializer),
                }
            }
        }

        $(
            impl Sealed for $family::$type {}

            impl Named for $family::$type {
                const WORD: &'static str = $word;
                const ALIASES: &'static [&'static str] = &[$($alias),*];
            }

            impl WebhookEvent for $family::$type {
                const COMMAND: Command = Command::known(KnownCommand::$variant);
                type Answer = events!(@answer $phase $family::$type; $($($facts)*)?);
            }

            impl FromEvent for $family::$type {
                fn from_event(event: Event) -> Result<Self, Event> {
                    match event {
                        Event::$variant(event) => Ok(*event),
                        event => Err(event),
                    }
                }

                events!(@identity $($($facts)*)?);
            }

            events!(@decidable $phase $family::$type; $($($facts)*)?);
        )*
    };

    (@answer After $type:ty; rsp_data $($rest:tt)*) => { SignalAnswer };
    (@answer After $type:ty; $($facts:tt)*) => { Ack };
    (@answer Before $type:ty; $($facts:tt)*) => { Verdict<$type> };

    (@identity id($($id:ident),* $(; $($may:ident),*)?) $($rest:tt)*) => {
        fn identity_parts(&self) -> Option<Vec<String>> {
            let parts = vec![$(json(&self.$id)),*];
            // Some may be absent, and what is empty identifies nothing.
            let is_there = parts.iter().all(|part| part != "null" && part != "\"\"");
            is_there.then(|| [parts, vec![$($(json(&self.$may)),*)?]].concat())
        }
    };
    (@identity $fact:tt $($rest:tt)*) => { events!(@identity $($rest)*); };
    (@identity) => {};

    (@decidable After $type:ty; $($facts:tt)*) => {};
    (@decidable Before $type:ty; friends) => {};
    (@decidable Before $type:ty; $($facts:tt)*) => {
        impl verdict::Decidable for $type {}
        events!(@verdict $type; $($facts)*);
    };
    (@verdict $type:ty;) => {};
    (@verdict $type:ty; codes: $codes:expr $(, $($rest:tt)*)?) => {
        impl verdict::RefuseWithCode for $type {
            const CODES: std::ops::RangeInclusive<u32> = $codes;
        }
        events!(@verdict $type; $($($rest)*)?);
    };
    (@verdict $type:ty; discard $(, $($rest:tt)*)?) => {
        impl verdict::Discardable for $type {}
        events!(@verdict $type; $($($rest)*)?);
    };
    (@verdict $type:ty; replace $(, $($rest:tt)*)?) => {
        impl verdict::Replaceable for $type {}
        events!(@verdict $type; $($($rest)*)?);
    };
    (@verdict $type:ty; refuses: $name:literal $(, $($rest:tt)*)?) => {
        impl verdict::AllowExcept for $type {
            const REFUSED: &'static str = $name;
        }
        events!(@verdict $type; $($($rest)*)?);
    };
    (@verdict $type:ty; id($($id:tt)*) $(, $($rest:tt)*)?) => {
        events!(@verdict $type; $($($rest)*)?);
    };
}

catalogue!(events);

impl Sealed for Event {}

fn json(field: &impl Serialize) -> String {
    serde_json::to_string(field).expect("an event that was read can be written")
}

/// A webhook whose command this crate does not know. Its body is a JSON object.
///
/// Or one of a known command whose body could not be read, if such are [kept](crate::Receiver::on_malformed): it may be
/// anything, and is not serialized.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Other {
    /// The command.
    pub command: Command,
    /// The body, as received. See [`Webhook::body`](crate::Webhook::body).
    pub body: Bytes,
    /// Whether the body could not be read.
    unread: bool,
}

/// Two are equal if their bodies have the same content, whether or not these name the command.
impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        self.command == other.command
            && (self.body == other.body
                || matches!((sayings(&self.body), sayings(&other.body)), (Some(ours), Some(theirs)) if ours == theirs))
    }
}

/// The members of a body without its command, sorted.
fn sayings(body: &[u8]) -> Option<Members> {
    let mut members = members(&body_text(body))?;
    members.retain(|(name, _)| **name != *"CallbackCommand");
    members.sort_by(|(ours, _), (theirs, _)| ours.cmp(theirs));
    Some(members)
}

impl Event {
    /// Parses the event of a command from a body, under the default policies: an unknown command gives
    /// [`Event::Other`]; a malformed body, or one that names another command, is rejected.
    ///
    /// For bodies without a URL: from a file or a test. The body is not copied, unless the command is unknown or one of
    /// the RTC Engine.
    ///
    /// ```
    /// use tower_tencent_webhook::{Event, WebhookEvent, event::state};
    ///
    /// let body = String::from(r#"{"Info":{"Action":"Login","To_Account":"ada"}}"#);
    /// let event = Event::parse(state::StateChange::COMMAND, &body)?;
    /// assert!(matches!(event, Event::StateStateChange(event) if event.info.to_account == "ada"));
    /// assert!(Event::parse("State.StateChange", b"{}").is_err());
    /// # Ok::<(), tower_tencent_webhook::Rejection>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`](RejectionKind::Malformed) and [`CommandMismatch`](RejectionKind::CommandMismatch), and
    /// [`MissingCommand`](RejectionKind::MissingCommand) if the command is empty.
    pub fn parse(command: impl AsRef<str>, body: impl AsRef<[u8]>) -> Result<Self, Rejection> {
        Self::parse_borrowed(command.as_ref(), body.as_ref())
    }

    /// An event whose body cannot be read.
    #[cold]
    pub(crate) fn unread(command: Command, body: Bytes) -> Self {
        #[cfg(feature = "rtc")]
        if command.is_rtc() {
            return Self::Rtc(crate::rtc::Event::unread(command, body));
        }
        Self::Other(Box::new(Other { command, body, unread: true }))
    }

    /// Whether its body could not be read.
    pub(crate) fn is_unread(&self) -> bool {
        match self {
            Self::Other(other) => other.unread,
            #[cfg(feature = "rtc")]
            Self::Rtc(crate::rtc::Event::Other(other)) => other.unread,
            _ => false,
        }
    }

    fn parse_borrowed(command: &str, body: &[u8]) -> Result<Self, Rejection> {
        if command.is_empty() {
            return Err(Rejection::plain(RejectionKind::MissingCommand));
        }
        Self::read(&Command::from(command), Body::Borrowed(body), Policy::default()).map(|(event, _)| event)
    }

    /// Reads an event, and reports the parts of its body that were dropped.
    pub(crate) fn read(command: &Command, body: Body<'_>, unknown: Policy) -> Result<(Self, Drifts), Rejection> {
        #[cfg(feature = "rtc")]
        if command.is_rtc() {
            return Self::read_rtc_of(command, &body.to_bytes(), unknown);
        }
        let text = body_text(body.as_slice());
        let mut reader = Reader::new(&text);
        let event = Self::read_text(command, body, &mut reader);
        match event.and_then(|event| reader.end().map(|()| event)) {
            Ok(Some(Self::Other(_))) if unknown == Policy::Reject => Err(Rejection::unknown_command(command.clone())),
            Ok(Some(event)) => Ok((event, Drifts::of(&text, &reader))),
            failed => Self::diagnose(command, body, failed.err(), &text, reader, unknown),
        }
    }

    /// Reads an event up to the end of its object. `None` if that is not an object, or lacks a required field.
    fn read_text(command: &Command, body: Body<'_>, reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if reader.kind()? != Kind::Object {
            reader.unfit("an object")?;
            return Ok(None);
        }
        if let Some(known) = command.as_known() {
            return Self::read_known(known, reader);
        }
        // The body of an unknown command must be an object and name no other command. Nothing else can be checked.
        reader.object()?;
        let mut first = true;
        while let Some(name) = reader.key(&mut first)? {
            match &*name {
                "CallbackCommand" => reader.check_command(|word| command.matches(word))?,
                _ => reader.skip()?,
            }
        }
        let other = Other { command: command.clone(), body: body.to_bytes(), unread: false };
        Ok(Some(Self::Other(Box::new(other))))
    }

    /// Finds out why a body is not an event of its command. Slow; never on the hot path.
    #[cold]
    fn diagnose(
        command: &Command,
        body: Body<'_>,
        fault: Option<Fault>,
        text: &str,
        mut reader: Reader<'_>,
        unknown: Policy,
    ) -> Result<(Self, Drifts), Rejection> {
        let mut fault = fault.or(reader.last_drift().map(Fault::from));
        if let Some(word) = reader.other_command.take() {
            let mut whole = Reader::new(text);
            match whole.skip().and_then(|()| whole.end()) {
                Ok(()) => {
                    let named = Command::from(word);
                    if !named.comes_under(command) {
                        return Err(Rejection::command_mismatch(command.clone()));
                    }
                    return Self::read(&named, body, unknown);
                }
                Err(not_json) => fault = Some(not_json),
            }
        }
        let fault = fault.unwrap_or_else(|| Drift { at: 0, expected: Expected::Value("an object") }.into());
        Err(Rejection::malformed(JsonError::new(text, fault)))
    }
}

/// A body that is read.
#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    Borrowed(&'a [u8]),
    /// Can be kept without a copy.
    Shared(&'a Bytes),
}

impl Body<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(body) => body,
            Self::Shared(body) => body,
        }
    }

    fn to_bytes(self) -> Bytes {
        match self {
            Self::Borrowed(body) => Bytes::copy_from_slice(body),
            Self::Shared(body) => body.clone(),
        }
    }
}

/// Deserializes a body, with the command that it names or implies.
///
/// If the command is known from elsewhere, [`Event::parse`] is faster.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = json_text(deserializer)?;
        let command = named_in(&body).ok_or_else(|| de::Error::missing_field("CallbackCommand"))?;
        let body = Body::Borrowed(body.as_bytes());
        Self::read(&command, body, Policy::default()).map(|(event, _)| event).map_err(de::Error::custom)
    }
}

/// The command that a body names or implies.
fn named_in(body: &str) -> Option<Command> {
    /// What the first of a batch's events names.
    fn in_events(reader: &mut Reader<'_>) -> Result<Option<Command>, Fault> {
        let mut found = None;
        if reader.kind()? != Kind::Array {
            return reader.skip().map(|()| None);
        }
        reader.array()?;
        let mut first = true;
        while reader.item(&mut first)? {
            let mut named = None;
            reader.members(|name, reader| match name {
                "CallbackCommand" => {
                    named = Command::read(reader)?.or(named.take());
                    Ok(())
                }
                _ => reader.skip(),
            })?;
            found = found.or(named);
        }
        Ok(found)
    }

    let (mut named, mut told) = (None, None);
    let whole = Reader::new(body).members(|name, reader| {
        match name {
            "CallbackCommand" => named = Command::read(reader)?.or(named.take()),
            // The `Push` webhooks name the command in each of their events.
            "Events" => told = in_events(reader)?.or(told.take()),
            // `ContentCallback.ResultNotify` never names it, but has this field.
            "CtxcbRequestId" => {
                reader.skip()?;
                told = Some(Command::from("ContentCallback.ResultNotify"));
            }
            // Only the RTC Engine's callbacks have it without a command.
            #[cfg(feature = "rtc")]
            "EventInfo" => {
                reader.skip()?;
                told = told.take().or_else(|| Some(Command::of_unknown_rtc_type()));
            }
            _ => reader.skip()?,
        }
        Ok(())
    });
    whole.ok().and(named.or(told))
}

/// Serializes to the body, plus the command if the body does not name it. Fails if the body is not a JSON object.
impl Serialize for Other {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = body_text(&self.body);
        let is_named = named_in(&body).is_some_and(|command| command == self.command);
        write(&body, (!is_named).then_some(&self.command), serializer)
    }
}

/// Writes an event that does not name its command, with the command first.
fn named<S: Serializer>(command: &Command, event: &impl Serialize, serializer: S) -> Result<S::Ok, S::Error> {
    write(&json(event), Some(command), serializer)
}

fn write<S: Serializer>(json: &str, command: Option<&Command>, serializer: S) -> Result<S::Ok, S::Error> {
    let members = members(json).ok_or_else(|| ser::Error::custom("the body is not a JSON object"))?;
    let mut map = serializer.serialize_map(None)?;
    if let Some(command) = command {
        map.serialize_entry("CallbackCommand", command)?;
    }
    write_members(&mut map, &members)?;
    map.end()
}
