//! The commands: the `CallbackCommand` of a webhook.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

use crate::{
    catalogue::catalogue,
    wire::{Escaped, Fault, Reader, Value, deserialize_by_value, word},
};

macro_rules! known_commands {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?;
    )*) => {
        /// The commands that have an event type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum KnownCommand { $($variant),* }

        impl KnownCommand {
            pub(crate) const COUNT: usize = Command::ALL.len();

            const WORDS: [&str; Self::COUNT] = [$($word),*];

            /// The name on the wire.
            pub(crate) fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            pub(crate) fn phase(self) -> Phase {
                match self { $( Self::$variant => Phase::$phase, )* }
            }

            /// The command with this name, which may be another name for it in the vendor's docs.
            fn lookup(word: &str) -> Option<Self> {
                Some(match word { $( $word $(| $alias)* => Self::$variant, )* _ => return None })
            }

            fn event_type(self) -> &'static str {
                match self { $( Self::$variant => concat!(stringify!($family), "::", stringify!($type)), )* }
            }
        }

        impl Command {
            /// The known commands, in the order of the vendor's families.
            pub const ALL: &'static [Command] = &[$(Command::known(KnownCommand::$variant)),*];
        }
    };
}

catalogue!(known_commands);

/// The `CallbackCommand` of a webhook, for example `C2C.CallbackBeforeSendMsg`.
///
/// An open set: [`Command::ALL`] has the known commands, and any other string is a command too. Another name for a
/// known command in the vendor's docs becomes that command.
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
/// Vendor docs: <https://www.tencentcloud.com/document/product/1047/34355>
#[derive(Clone, PartialEq, Eq, Hash)]
#[doc(alias = "CallbackCommand")]
pub struct Command(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Known(KnownCommand),
    Other(Arc<str>),
}

/// Whether a webhook is sent before an operation or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The answer decides what happens. Never sent twice.
    Before,
    /// The answer changes nothing. Sent again only after a timeout, and only if enabled in the console.
    After,
}

impl Command {
    pub(crate) const fn known(known: KnownCommand) -> Self {
        Self(Repr::Known(known))
    }

    pub(crate) fn as_known(&self) -> Option<KnownCommand> {
        match self.0 {
            Repr::Known(known) => Some(known),
            Repr::Other(_) => None,
        }
    }

    /// The name, for messages that end up in logs.
    pub(crate) fn escaped(&self) -> Escaped<'_> {
        Escaped(self.as_str(), 64)
    }

    /// Whether a word is a name of this command.
    pub(crate) fn matches(&self, word: &str) -> bool {
        self.as_str() == word || (self.is_known() && self.as_known() == KnownCommand::lookup(word))
    }

    /// Whether the event of this command may arrive at the URL of another: the docs list
    /// `Live.CallbackAfterDelMetadata` under the URL of `Live.CallbackAfterSetMetadata`.
    pub(crate) fn comes_under(&self, url: &Command) -> bool {
        let known = (self.as_known(), url.as_known());
        known == (Some(KnownCommand::LiveAfterDelMetadata), Some(KnownCommand::LiveAfterSetMetadata))
    }

    /// Whether this crate has an event type for the command.
    pub fn is_known(&self) -> bool {
        self.as_known().is_some()
    }

    /// The command's name on the wire.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Known(known) => known.as_str(),
            Repr::Other(word) => word,
        }
    }

    /// The path of the event type within [`event`](crate::event), for tools. `None` if the command is unknown.
    ///
    /// ```
    /// # use tower_tencent_webhook::Command;
    /// assert_eq!(Command::from("C2C.CallbackBeforeSendMsg").event_type(), Some("c2c::BeforeSendMsg"));
    /// assert_eq!(Command::from("C2C.CallbackBeforeTyping").event_type(), None);
    /// ```
    #[doc(hidden)]
    pub fn event_type(&self) -> Option<&'static str> {
        self.as_known().map(KnownCommand::event_type)
    }

    /// Whether the answer decides what happens.
    ///
    /// An unknown command is judged by its name: following the vendor's naming, `…CallbackBefore…` and `…CallbackPrev…`
    /// are before-events.
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
        match KnownCommand::lookup(word) {
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

impl Value for Command {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        Ok(word(reader)?.map(|word| Self::from(&*word)))
    }
}

deserialize_by_value!(Command);

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
