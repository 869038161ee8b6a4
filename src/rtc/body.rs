//! How an event is read from its callback's body, and written back.
//!
//! A body is an envelope around `EventInfo`, which in most groups has a `Payload`. An event is one flat struct with the
//! fields of all of them: `event!` declares it, and says where each field is.
//!
//! An event keeps its body. So it is written back as it was received, whatever is unknown, does not fit or has another
//! form; only fields that have been changed since then are replaced.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, Serializer, ser, ser::SerializeMap};

use crate::{
    rejection::Rejection,
    rtc::words::RoomId,
    wire::{
        Drift, Drifts, Expected, Fault, JsonError, Kind, Reader, Required, UnixMillis, UnixSeconds, Value,
        begin_object, body_text, members, write_members,
    },
};

/// Declares structs that are events.
///
/// Each line declares a field: its Rust name, its type, `=`, the object that it is in, its name there, and after a `|`
/// other places and names for it, which count only if the first one has no usable value. These may follow, after a
/// semicolon:
///
/// * `required`: the event cannot be read without it; it must be in `EventInfo`;
/// * `secret`: its value is not in the `Debug` output;
/// * `room`, `user`, `task`: the field that is the event's room, person or task, in the order of preference;
/// * `ms`, `s`: when it happened, in milliseconds or in seconds.
///
/// Each event also has `callback_ts`.
macro_rules! event {
    ($( $(# $meta:tt)* pub struct $name:ident { $($fields:tt)* } )*) => { $(
        $crate::rtc::body::event!(@define [$(# $meta)*] $name
            /// When the callback was sent, in milliseconds. A repeated delivery may have a later time. `CallbackMsTs`
            /// in some groups.
            pub callback_ts: Option<$crate::wire::UnixMillis> =
                Envelope "CallbackTs" | Envelope "CallbackMsTs"; sent,
            $($fields)*
        );
    )* };

    (@define [$(# $meta:tt)*] $name:ident $(
        $(#[doc = $doc:literal])*
        pub $field:ident: $type:ty = $place:ident $wire:literal $(| $other:ident $alias:literal)* $(; $($flag:ident)+)?,
    )*) => {
        $(# $meta)*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $type, )*
            /// The body that it was read from.
            body: $crate::rtc::body::Body,
        }

        const _: () = {
            use $crate::{
                rtc::body::{Body, Change, Content, Draft, Field, Place, event, read, written},
                wire::{Fault, Reader, Slot as _},
            };

            #[derive(Default)]
            struct Fields {
                $( $field: event!(@draft $type; $($($flag)+)?), )*
            }

            impl Draft for Fields {
                fn has(&self, place: Place) -> bool {
                    $name::FIELDS.iter().any(|field| field.is_in(place))
                }

                fn fill(&mut self, place: Place, name: &str, reader: &mut Reader<'_>) -> Result<bool, Fault> {
                    match (place, name) {
                        $(
                            (Place::$place, $wire) => self.$field.fill(reader)?,
                            $( (Place::$other, $alias) => {
                                if self.$field.is_present() { reader.skip()? } else { self.$field.fill(reader)? }
                            } )*
                        )*
                        _ => return Ok(false),
                    }
                    Ok(true)
                }
            }

            impl Content for $name {
                const FIELDS: &'static [Field] = &[$( Field {
                    name: stringify!($field),
                    places: &[(Place::$place, $wire) $(, (Place::$other, $alias))*],
                    required: event!(@is_required $($($flag)+)?),
                }, )*];

                #[cfg(feature = "schemars")]
                const DOCS: &'static str = concat!($( event!(@doc $meta) ),*);

                #[cfg(feature = "schemars")]
                fn schemas(generator: &mut ::schemars::SchemaGenerator) -> Vec<(&'static str, ::schemars::Schema)> {
                    vec![$( (concat!($($doc, "\n"),*), generator.subschema_for::<$type>()) ),*]
                }

                fn read(
                    reader: &mut Reader<'_>,
                    own: Option<u64>,
                    body: &::bytes::Bytes,
                ) -> Result<Option<Self>, Fault> {
                    let mut fields = Fields::default();
                    #[allow(unused_variables, reason = "some events have no required fields")]
                    let Some(found) = read(reader, own, &mut fields)? else { return Ok(None) };
                    Ok(Some(Self {
                        $( $field: event!(@take reader, found, fields.$field, $wire; $($($flag)+)?), )*
                        body: Body::new(body),
                    }))
                }

                fn body(&self) -> &Body {
                    &self.body
                }

                fn changes(&self, original: &Self) -> Vec<Change> {
                    let mut fields = Self::FIELDS.iter();
                    let mut changes = Vec::new();
                    $(
                        if let Some(field) = fields.next() && self.$field != original.$field {
                            let is_present = event!(@present self.$field; $($($flag)+)?);
                            changes.push(Change::new(field, is_present.then_some(&self.$field)));
                        }
                    )*
                    changes
                }
            }

            impl $crate::rtc::body::About for $name {
                fn room_id(&self) -> Option<&$crate::rtc::RoomId> {
                    $($($( event!(@room $flag self.$field); )+)?)*
                    None
                }

                fn user_id(&self) -> Option<&str> {
                    $($($( event!(@user $flag self.$field); )+)?)*
                    None
                }

                fn task_id(&self) -> Option<&str> {
                    $($($( event!(@task $flag self.$field); )+)?)*
                    None
                }

                fn millis(&self) -> Option<$crate::wire::UnixMillis> {
                    $($($( event!(@ms $flag self.$field); )+)?)*
                    None
                }

                fn seconds(&self) -> Option<$crate::wire::UnixSeconds> {
                    $($($( event!(@s $flag self.$field); )+)?)*
                    None
                }

                fn callback_time(&self) -> Option<$crate::wire::UnixMillis> {
                    self.callback_ts
                }
            }

            impl ::std::fmt::Debug for $name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_struct(stringify!($name))
                        $( .field(stringify!($field), event!(@debug self.$field; $($($flag)+)?)) )*
                        .finish_non_exhaustive()
                }
            }

            /// Serializes to the body.
            impl ::serde::Serialize for $name {
                fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::rtc::body::serialize(&written(self), serializer)
                }
            }
        };
    };

    (@doc [doc = $doc:literal]) => { concat!($doc, "\n") };
    (@doc [$($other:tt)*]) => { "" };
    (@draft $type:ty; required $($flag:ident)*) => { $crate::wire::Required<$type> };
    (@draft $type:ty; $($flag:ident)*) => { $type };
    (@is_required required $($flag:ident)*) => { true };
    (@is_required $($flag:ident)*) => { false };
    (@take $reader:ident, $found:ident, $fields:ident.$field:ident, $wire:literal; required $($flag:ident)*) => {
        match $crate::rtc::body::take($reader, &$found, $fields.$field, $wire) {
            Some(value) => value,
            None => return Ok(None),
        }
    };
    (@take $reader:ident, $found:ident, $fields:ident.$field:ident, $wire:literal; $($flag:ident)*) => {
        $fields.$field
    };
    (@present $self:ident.$field:ident; required $($flag:ident)*) => { true };
    (@present $self:ident.$field:ident; $($flag:ident)*) => { $self.$field.is_present() };
    (@debug $self:ident.$field:ident; secret $($flag:ident)*) => {
        &$crate::rtc::body::Elided($self.$field.is_present())
    };
    (@debug $self:ident.$field:ident; $($flag:ident)*) => { &$self.$field };

    (@room room $self:ident.$field:ident) => {
        if let Some(room) = $crate::rtc::body::Given::<$crate::rtc::RoomId>::given(&$self.$field) {
            return Some(room);
        }
    };
    (@user user $self:ident.$field:ident) => {
        // It is empty where it stands for nobody.
        if let Some(user) = $crate::rtc::body::Given::<String>::given(&$self.$field).filter(|user| !user.is_empty()) {
            return Some(user);
        }
    };
    (@task task $self:ident.$field:ident) => {
        if let Some(task) = $crate::rtc::body::Given::<String>::given(&$self.$field) {
            return Some(task);
        }
    };
    (@ms ms $self:ident.$field:ident) => {
        if $self.$field.is_some() {
            return $self.$field;
        }
    };
    (@s s $self:ident.$field:ident) => {
        if $self.$field.is_some() {
            return $self.$field;
        }
    };
    (@$question:ident $flag:ident $self:ident.$field:ident) => {};
}
pub(crate) use event;

/// An object of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The body itself.
    Envelope,
    /// `EventInfo`.
    Info,
    /// `EventInfo.Payload`.
    Payload,
    /// `EventInfo.Payload.TencentVod`.
    Vod,
    /// `EventInfo.Payload.Tag`.
    Tag,
}

impl Place {
    /// The objects in this one: their names and places.
    pub(crate) fn inside(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Envelope => &[("EventInfo", Self::Info)],
            Self::Info => &[("Payload", Self::Payload)],
            Self::Payload => &[("TencentVod", Self::Vod), ("Tag", Self::Tag)],
            Self::Vod | Self::Tag => &[],
        }
    }

    fn child(self, name: &str) -> Option<Self> {
        self.inside().iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
    }

    /// The JSON path of a field in this object.
    pub(crate) fn path(self, name: &str) -> String {
        let before = match self {
            Self::Envelope => "",
            Self::Info => "EventInfo.",
            Self::Payload => "EventInfo.Payload.",
            Self::Vod => "EventInfo.Payload.TencentVod.",
            Self::Tag => "EventInfo.Payload.Tag.",
        };
        format!("{before}{name}")
    }
}

/// A field of an event.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the struct.
    pub(crate) name: &'static str,
    /// Its places and names on the wire, the documented one first.
    pub(crate) places: &'static [(Place, &'static str)],
    pub(crate) required: bool,
}

impl Field {
    /// Whether it may be in this object.
    pub(crate) fn is_in(&self, place: Place) -> bool {
        self.places.iter().any(|(of, _)| *of == place)
    }

    pub(crate) fn path(&self) -> String {
        let (place, name) = self.places[0];
        place.path(name)
    }
}

/// What `event!` generates: an event, and how it is read.
pub(crate) trait Content: Sized {
    const FIELDS: &'static [Field];

    /// Its docs.
    #[cfg(feature = "schemars")]
    const DOCS: &'static str;

    /// For each field its docs, and the schema of its documented form.
    #[cfg(feature = "schemars")]
    fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)>;

    /// Reads a body up to the end of its object. `None` if that is not an object, or lacks a required field.
    ///
    /// If the body has an `EventType`, it must be the event's `own`.
    fn read(reader: &mut Reader<'_>, own: Option<u64>, body: &Bytes) -> Result<Option<Self>, Fault>;

    fn body(&self) -> &Body;

    /// The fields that differ from those of the original.
    fn changes(&self, original: &Self) -> Vec<Change>;
}

/// What is asked of all events.
pub(crate) trait About {
    fn room_id(&self) -> Option<&RoomId>;
    fn user_id(&self) -> Option<&str>;
    fn task_id(&self) -> Option<&str>;
    fn millis(&self) -> Option<UnixMillis>;
    fn seconds(&self) -> Option<UnixSeconds>;
    fn callback_time(&self) -> Option<UnixMillis>;

    /// When it happened. Exact to the second only, if the body has no milliseconds.
    fn happened(&self) -> Option<UnixMillis> {
        self.millis().or_else(|| self.seconds()?.0.checked_mul(1000).map(UnixMillis))
    }
}

/// What tells an event from all others of an app.
#[derive(Debug)]
#[expect(unnameable_types, reason = "only `Event::identity` needs it")]
pub struct Distinction {
    pub(crate) group: u64,
    pub(crate) event_type: u64,
    pub(crate) time: UnixMillis,
    /// JSON values.
    pub(crate) parts: Vec<String>,
}

/// A field that may be optional.
pub(crate) trait Given<T> {
    fn given(&self) -> Option<&T>;
}

impl<T> Given<T> for Option<T> {
    fn given(&self) -> Option<&T> {
        self.as_ref()
    }
}

impl Given<RoomId> for RoomId {
    fn given(&self) -> Option<&RoomId> {
        Some(self)
    }
}

impl Given<String> for String {
    fn given(&self) -> Option<&String> {
        Some(self)
    }
}

/// The body of an event. Ignored when events are compared.
#[derive(Clone)]
pub(crate) struct Body(Bytes);

impl Body {
    pub(crate) fn new(body: &Bytes) -> Self {
        Self(body.clone())
    }
}

impl PartialEq for Body {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Stands in for a secret in `Debug` output: `None`, or that there is one.
pub(crate) struct Elided(pub(crate) bool);

impl fmt::Debug for Elided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "[elided]" } else { "None" })
    }
}

// Reading.

/// The fields of an event while it is read.
pub(crate) trait Draft {
    /// Whether any field is in this object.
    fn has(&self, place: Place) -> bool;

    /// Reads the value of a field. `false`, and nothing is read, if there is no such field.
    fn fill(&mut self, place: Place, name: &str, reader: &mut Reader<'_>) -> Result<bool, Fault>;
}

/// The objects of a body that was read.
pub(crate) struct Found {
    info: Option<usize>,
    /// Why `EventInfo` could not be read.
    why: Option<Drift>,
}

/// Reads a body into the fields of an event. `None` if it is not an object. A reader that has moved is in it already,
/// behind a member.
pub(crate) fn read(reader: &mut Reader<'_>, own: Option<u64>, draft: &mut dyn Draft) -> Result<Option<Found>, Fault> {
    let mut first = reader.pos() == 0;
    if first {
        if reader.kind()? != Kind::Object {
            reader.unfit("an object")?;
            return Ok(None);
        }
        reader.object()?;
    }
    let mut found = Found { info: None, why: None };
    read_members(reader, Place::Envelope, own, draft, &mut found, &mut first)?;
    Ok(Some(found))
}

fn read_members(
    reader: &mut Reader<'_>,
    place: Place,
    own: Option<u64>,
    draft: &mut dyn Draft,
    found: &mut Found,
    first: &mut bool,
) -> Result<(), Fault> {
    while let Some(name) = reader.key(first)? {
        match (place, &*name) {
            (Place::Envelope, "EventType") => {
                let at = reader.pos();
                if let (Some(named), Some(own)) = (u64::read(reader)?, own)
                    && named != own
                {
                    return Err(Drift { at, expected: Expected::Value("the type of the event") }.into());
                }
            }
            (Place::Envelope, "EventGroupId") => _ = u64::read(reader)?,
            _ => {
                let start = reader.pos();
                let is_field = draft.fill(place, &name, reader)?;
                match place.child(&name).filter(|child| *child == Place::Info || draft.has(*child)) {
                    None if is_field => {}
                    None => reader.skip()?,
                    Some(_) if is_field && !reader.since(start).starts_with('{') => {}
                    Some(child) => {
                        // A field that is the whole object does not hide the fields in it.
                        reader.seek(start);
                        let before = reader.dropped();
                        let start = begin_object(reader)?;
                        if child == Place::Info {
                            found.info = start.or(found.info);
                            found.why = reader.last_drift().filter(|_| reader.dropped() > before);
                        }
                        if start.is_some() {
                            read_members(reader, child, own, draft, found, &mut true)?;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// A required field. If it is missing, reports that `EventInfo` lacks it.
pub(crate) fn take<T: Value>(
    reader: &mut Reader<'_>,
    found: &Found,
    field: Required<T>,
    name: &'static str,
) -> Option<T> {
    match (found.info, found.why) {
        (Some(start), _) => return field.take(reader, start, name),
        (None, Some(why)) => reader.blame(why),
        (None, None) => reader.drop_at(reader.json().find('{').unwrap_or(0), Expected::Field("EventInfo")),
    }
    None
}

/// Reads an event of a type from a whole body.
pub(crate) fn parse<C: Content>(body: &Bytes, own: u64) -> Result<C, Rejection> {
    let text = body_text(body);
    let mut reader = Reader::new(&text);
    let content = C::read(&mut reader, Some(own), body);
    finish(content, &text, reader).map(|(content, _)| content)
}

/// The event that was read, or why it was not, once the body has been read to its end.
pub(crate) fn finish<T>(
    event: Result<Option<T>, Fault>,
    text: &str,
    mut reader: Reader<'_>,
) -> Result<(T, Drifts), Rejection> {
    match event.and_then(|event| reader.end().map(|()| event)) {
        Ok(Some(event)) => Ok((event, Drifts::of(text, &reader))),
        failed => Err(malformed(failed.err(), text, &reader)),
    }
}

#[cold]
pub(crate) fn malformed(fault: Option<Fault>, text: &str, reader: &Reader<'_>) -> Rejection {
    let fault = fault
        .or(reader.last_drift().map(Fault::from))
        .unwrap_or_else(|| Drift { at: 0, expected: Expected::Value("an object") }.into());
    Rejection::malformed(JsonError::new(text, fault))
}

// Writing.

/// A field that was changed after it had been read.
pub(crate) struct Change {
    pub(crate) field: &'static Field,
    /// Its new value as JSON. `None` if it was removed.
    json: Option<String>,
}

impl Change {
    pub(crate) fn new(field: &'static Field, value: Option<&impl Serialize>) -> Self {
        Self { field, json: value.map(|value| json(value)) }
    }

    fn is_in(&self, place: Place) -> bool {
        self.json.is_some() && self.field.places[0].0 == place
    }
}

/// A field as JSON.
pub(crate) fn json(field: &impl Serialize) -> String {
    serde_json::to_string(field).expect("a field can be written")
}

/// The body of an event, with its changes.
pub(crate) fn written<C: Content>(content: &C) -> String {
    let body = &content.body().0;
    let mut text = body_text(body);
    // Where one field is the whole object that others are in, to write one may change another: its value, then theirs,
    // then the object again.
    for _ in 0..3 {
        let changes = match C::read(&mut Reader::new(&text), None, body) {
            Ok(Some(original)) => content.changes(&original),
            // It was read before.
            Ok(None) | Err(_) => Vec::new(),
        };
        if changes.is_empty() {
            break;
        }
        let mut json = String::with_capacity(text.len());
        if rewrite(Some(&mut Reader::new(&text)), Place::Envelope, &changes, &mut json).is_err() {
            break;
        }
        text = json.into();
    }
    text.into_owned()
}

/// Writes an object as it was received, but with the changed fields. Without a reader, there was no such object.
fn rewrite(reader: Option<&mut Reader<'_>>, place: Place, changes: &[Change], json: &mut String) -> Result<(), Fault> {
    let mut open = '{';
    let mut member = |name: &str, json: &mut String| {
        json.push(std::mem::replace(&mut open, ','));
        json.push_str(&self::json(&name));
        json.push(':');
    };
    let mut seen = Vec::new();
    if let Some(reader) = reader {
        reader.kind()?;
        reader.object()?;
        let mut first = true;
        while let Some(name) = reader.key(&mut first)? {
            let is_changed = |change: &Change| change.field.places.iter().any(|at| *at == (place, &*name));
            match place.child(&name) {
                _ if changes.iter().any(is_changed) => reader.skip()?,
                Some(child) if reader.kind()? == Kind::Object => {
                    seen.push(child);
                    member(&name, json);
                    rewrite(Some(&mut *reader), child, changes, json)?;
                }
                // Something else than an object makes way for it.
                Some(child) if needs(child, changes) => reader.skip()?,
                _ => {
                    member(&name, json);
                    json.push_str(&reader.raw()?);
                }
            }
        }
    }
    for change in changes.iter().filter(|change| change.is_in(place)) {
        member(change.field.places[0].1, json);
        json.push_str(change.json.as_deref().unwrap_or("null"));
    }
    for (name, child) in place.inside().iter().filter(|(_, child)| !seen.contains(child) && needs(*child, changes)) {
        member(name, json);
        rewrite(None, *child, changes, json)?;
    }
    json.push_str(if open == '{' { "{}" } else { "}" });
    Ok(())
}

/// Whether an object has to be there for the changed fields.
fn needs(place: Place, changes: &[Change]) -> bool {
    changes.iter().any(|change| change.is_in(place)) || place.inside().iter().any(|(_, child)| needs(*child, changes))
}

/// Writes a body member by member, so that serde's `flatten` and `tag` see them.
pub(crate) fn serialize<S: Serializer>(body: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let members = members(body).ok_or_else(|| ser::Error::custom("the body is not a JSON object"))?;
    let mut map = serializer.serialize_map(None)?;
    write_members(&mut map, &members)?;
    map.end()
}
