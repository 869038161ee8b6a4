//! The commands: the words that say what a webhook is about.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{event::Known, rejection::Shown};

/// What a webhook is about: the `CallbackCommand` of its URL, for example `C2C.CallbackBeforeSendMsg`.
///
/// An open set: [`Command::ALL`] has the known ones, and any other word is a command too.
///
/// ```
/// use tower_tencent_webhook::{Command, Phase};
///
/// let command = Command::from("C2C.CallbackBeforeSendMsg");
/// assert!(command.is_known());
/// assert_eq!(command.phase(), Phase::Before);
/// assert!(!Command::from("C2C.CallbackBeforeTyping").is_known());
/// ```
///
/// The vendor's list: <https://www.tencentcloud.com/document/product/1047/34355>
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Command(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Known(Known),
    Other(Arc<str>),
}

/// Whether a webhook asks before something happens, or tells after it has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The answer decides what happens. Never sent twice.
    Before,
    /// The answer changes nothing. Sent again on a time-out where the console says so.
    After,
}

impl Command {
    pub(crate) const fn known(known: Known) -> Self {
        Self(Repr::Known(known))
    }

    pub(crate) fn as_known(&self) -> Option<Known> {
        match self.0 {
            Repr::Known(known) => Some(known),
            Repr::Other(_) => None,
        }
    }

    /// For texts that end in logs.
    pub(crate) fn shown(&self) -> Shown<'_> {
        Shown(self.as_str(), 64)
    }

    /// Whether a word names this command.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.as_str() == word || (self.is_known() && self.as_known() == Known::from_word(word))
    }

    /// Whether this crate has an event type for the command.
    pub fn is_known(&self) -> bool {
        self.as_known().is_some()
    }

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Known(known) => known.word(),
            Repr::Other(word) => word,
        }
    }

    /// The path of its event type below [`event`](crate::event), for docs and tools. None where it is not known.
    ///
    /// ```
    /// # use tower_tencent_webhook::Command;
    /// assert_eq!(Command::from("C2C.CallbackBeforeSendMsg").event_type(), Some("c2c::BeforeSendMsg"));
    /// assert_eq!(Command::from("C2C.CallbackBeforeTyping").event_type(), None);
    /// ```
    pub fn event_type(&self) -> Option<&'static str> {
        self.as_known().map(Known::event_type)
    }

    /// Whether the answer decides what happens.
    ///
    /// An unknown command is judged by its name: `…CallbackBefore…` and `…CallbackPrev…` are before, as the vendor
    /// names them.
    pub fn phase(&self) -> Phase {
        match &self.0 {
            Repr::Known(known) => known.phase(),
            Repr::Other(word) if word.contains("CallbackBefore") || word.contains("CallbackPrev") => Phase::Before,
            Repr::Other(_) => Phase::After,
        }
    }
}

impl From<&str> for Command {
    fn from(word: &str) -> Self {
        match Known::from_word(word) {
            Some(known) => Self::known(known),
            None => Self(Repr::Other(word.into())),
        }
    }
}

impl From<String> for Command {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl AsRef<str> for Command {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Command {
    fn eq(&self, word: &str) -> bool {
        self.as_str() == word
    }
}

impl PartialEq<&str> for Command {
    fn eq(&self, word: &&str) -> bool {
        self.as_str() == *word
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({:?})", self.as_str())
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CommandVisitor;

        impl serde::de::Visitor<'_> for CommandVisitor {
            type Value = Command;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command")
            }

            fn visit_str<E>(self, word: &str) -> Result<Command, E> {
                Ok(Command::from(word))
            }
        }

        deserializer.deserialize_str(CommandVisitor)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Command {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let known: Vec<_> = Self::ALL.iter().map(Self::as_str).collect();
        schemars::json_schema!({ "type": "string", "examples": known })
    }
}
