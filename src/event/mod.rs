//! The events: one type for each command, a module for each family.
//!
//! An event is named after its command without the family and without `Callback`: `C2C.CallbackBeforeSendMsg` is
//! [`c2c::BeforeSendMsg`]. A field is named after the wire, in snake case. Every event can be read with serde, and
//! written again: what the vendor sends in more than one form is then written in the documented one.
//!
//! The types are `#[non_exhaustive]`: the vendor adds fields. For a test, make one of its JSON:
//!
//! ```
//! use tower_tencent_webhook::event::follow::AfterFollowDelete;
//!
//! let event: AfterFollowDelete = serde_json::from_str(
//!     r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1702018343678}"#,
//! )?;
//! assert_eq!(event.to_account, ["linus"]);
//! assert!(serde_json::to_string(&event)?.starts_with(r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","#));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned, IgnoredAny},
    ser,
};
use serde_json::value::RawValue;

use crate::{
    command::{Command, Phase},
    dedup::Hash,
    policy::{Policies, Policy},
    rejection::{Rejection, Shape},
    reply::{Ack, Reply},
    verdict::Verdict,
    wire::Object,
};

mod catalogue;

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
pub mod room;
pub mod sns;
pub mod state;

pub use catalogue::Event;
pub(crate) use catalogue::Known;

/// A type of event: what the body of one command says.
///
/// Implemented for the types of this crate alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of event",
    label = "no type of event",
    note = "the types of events are in the modules of `tower_tencent_webhook::event`",
    note = "`WebhookRouter::fallback` takes a handler of all events"
)]
pub trait WebhookEvent: FromEvent + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned {
    /// The command that it belongs to.
    const COMMAND: Command;

    /// What its handlers answer: [`Ack`] after something has happened, [`Verdict`] before it does.
    type Answer: Into<Reply>;
}

/// What a [`Webhook`](crate::Webhook) can be of: any event ([`Event`]), or those of one type.
///
/// Implemented for the types of this crate alone.
pub trait FromEvent: sealed::Sealed + Sized + Send + Sync + 'static {
    /// Itself, where the event is of this type.
    ///
    /// # Errors
    ///
    /// The event as it was, where it is of another type.
    fn from_event(event: Event) -> Result<Self, Event>;

    #[doc(hidden)]
    fn identity(&self, hash: &mut Hash) -> bool {
        _ = hash;
        false
    }
}

mod sealed {
    /// Out of others' reach, so that they implement none of the traits above.
    #[allow(unnameable_types)]
    pub trait Sealed {}
}

/// A webhook without an event type: forwarded as it came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Other {
    /// What it is about.
    pub command: Command,
    /// The body as it came.
    pub body: Bytes,
    /// Why it has no event type.
    pub reason: OtherReason,
}

/// Why a webhook is an [`Event::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherReason {
    /// This crate does not know the command. The body is a JSON object.
    Unknown,
    /// The command is known, and the body is no JSON or has not the event's shape.
    Malformed,
}

/// What a body says of itself.
#[derive(Deserialize)]
#[serde(remote = "Self")]
struct Head<'a> {
    #[serde(rename = "CallbackCommand", borrow)]
    command: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Head<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(Object(deserializer))
    }
}

/// What a body without a command of its own can be told by.
#[derive(Deserialize)]
struct Marks<'a> {
    /// The `Push` webhooks name the command in each of their events.
    #[serde(rename = "Events", borrow)]
    events: Option<Vec<Head<'a>>>,
    /// `ContentCallback.ResultNotify` names it nowhere.
    #[serde(rename = "CtxcbRequestId")]
    request_id: Option<IgnoredAny>,
}

impl Event {
    /// Makes the event of a command and a body, under the default policies: an unknown command gives
    /// [`Event::Other`], a malformed body and one of another command are refused.
    ///
    /// For bodies that come from somewhere else than a URL: a queue, a file, a test.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::RejectionKind::Malformed) and
    /// [`CommandMismatch`](crate::RejectionKind::CommandMismatch).
    pub fn parse(command: &str, body: impl Into<Bytes>) -> Result<Self, Rejection> {
        Self::read(&Command::from(command), &body.into(), Policies::default())
    }

    pub(crate) fn read(command: &Command, body: &Bytes, policies: Policies) -> Result<Self, Rejection> {
        // One pass over the whole is cheaper than serde_json's own over each string.
        let text = str::from_utf8(body).ok();
        match command.as_known().zip(text).map(|(known, text)| known.parse(text)) {
            Some(Ok(event)) => Ok(event),
            _ => Self::second_look(command, body, policies),
        }
    }

    /// Finds out why a body is not the event of its command. Slow, and off the way of genuine webhooks.
    #[cold]
    fn second_look(command: &Command, body: &Bytes, policies: Policies) -> Result<Self, Rejection> {
        let other = |reason| Ok(Self::Other(Box::new(Other { command: command.clone(), body: body.clone(), reason })));
        let outcome = match Shape::read(body) {
            Ok(Head { command: Some(word) }) if !command.is(&word) => {
                let named = Command::from(&*word);
                return if named.may_come_as(command) || (policies.mismatch == Policy::Forward && !word.is_empty()) {
                    Self::read(&named, body, policies)
                } else {
                    Err(Rejection::command_mismatch(command.clone()))
                };
            }
            Ok(Head { .. }) => match command.as_known() {
                Some(known) => known.explain(body).map(Some),
                // What is skipped is not looked at: it may be no UTF-8, and then the body is no JSON.
                None => Shape::read::<&RawValue>(body).map(|_| None),
            },
            Err(shape) => Err(shape),
        };
        match (outcome, policies) {
            (Ok(Some(event)), _) => Ok(event),
            (Ok(None), Policies { unknown: Policy::Reject, .. }) => Err(Rejection::unknown_command(command.clone())),
            (Ok(None), _) => other(OtherReason::Unknown),
            (Err(shape), Policies { malformed: Policy::Reject, .. }) => Err(Rejection::malformed(shape)),
            (Err(_), _) => other(OtherReason::Malformed),
        }
    }
}

impl sealed::Sealed for Event {}

/// Reads what was written with serde: a body, its command told by what it says. Needs a JSON format.
///
/// Where the command is known from elsewhere, [`Event::parse`] is faster and says more of what is wrong.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Box::<RawValue>::deserialize(deserializer)?;
        let body: Box<str> = body.into();
        let Head { command } = serde_json::from_str(&body).map_err(de::Error::custom)?;
        let command = match command {
            Some(command) => Command::from(&*command),
            None => match serde_json::from_str(&body).map_err(de::Error::custom)? {
                Marks { events: Some(events), .. } if !events.is_empty() => {
                    Command::from(events[0].command.as_deref().unwrap_or_default())
                }
                Marks { request_id: Some(_), .. } => Command::from("ContentCallback.ResultNotify"),
                Marks { .. } => return Err(de::Error::missing_field("CallbackCommand")),
            },
        };
        Self::read(&command, &Bytes::from(body.into_string()), Policies::default()).map_err(de::Error::custom)
    }
}

/// The body again. That of [`Event::Other`] must be JSON.
impl Serialize for Other {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_slice::<&RawValue>(&self.body).map_err(ser::Error::custom)?.serialize(serializer)
    }
}
