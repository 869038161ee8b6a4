//! The commands: the `CallbackCommand` of a webhook, and the words that stand for the RTC Engine's types of events.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

use crate::{
    catalogue::catalogue,
    wire::{Escaped, Fault, Reader, Value, deserialize_by_value, word},
};
#[cfg(feature = "rtc")]
use crate::{catalogue::rtc_catalogue, wire::digits};

macro_rules! known_commands {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?
            docs $docs:literal;
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

            fn vendor_docs(self) -> &'static str {
                match self { $( Self::$variant => $docs, )* }
            }

            fn aliases(self) -> &'static [&'static str] {
                match self { $( Self::$variant => &[$($alias),*], )* }
            }
        }

        impl Command {
            /// The known commands, in the order of the vendor's families.
            pub const ALL: &'static [Command] = &[$(Command::known(KnownCommand::$variant)),*];
        }
    };
}

catalogue!(known_commands);

#[cfg(feature = "rtc")]
macro_rules! rtc_commands {
    ($(
        $variant:ident($group:ident::$type:ident) = $number:literal $word:literal id($($id:ident),*)
            docs $docs:literal;
    )*) => {
        /// The types of events of the RTC Engine that have an event type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum RtcCommand { $($variant),* }

        impl RtcCommand {
            /// The vendor's word.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// The number that travels.
            pub(crate) fn number(self) -> u64 {
                match self { $( Self::$variant => $number, )* }
            }

            fn vendor_docs(self) -> &'static str {
                match self { $( Self::$variant => $docs, )* }
            }

            fn lookup(word: &str) -> Option<Self> {
                Some(match word { $( $word => Self::$variant, )* _ => return None })
            }

            fn numbered(number: u64) -> Option<Self> {
                Some(match number { $( $number => Self::$variant, )* _ => return None })
            }
        }
    };
}

#[cfg(feature = "rtc")]
rtc_catalogue!(rtc_commands);

/// What the words for the RTC Engine's types of events begin with. No command of Chat does.
const RTC_PREFIX: &str = "EVENT_TYPE_";

/// The `CallbackCommand` of a webhook, for example `C2C.CallbackBeforeSendMsg`.
///
/// An open set: [`Command::ALL`] has the known commands, and any other string is a command too. Another name for a
/// known command in the vendor's docs becomes that command.
///
/// With the feature `rtc`, a callback of the RTC Engine has a command too, though none travels: the vendor's word for its
/// type, such as `EVENT_TYPE_ENTER_ROOM`, or `EVENT_TYPE_` and the number of a type that this crate does not know. A URL
/// with such a command is rejected: that would be neither a webhook of Chat nor a callback of the RTC Engine.
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
    #[cfg(feature = "rtc")]
    Rtc(RtcCommand),
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
            _ => None,
        }
    }

    #[cfg(feature = "rtc")]
    pub(crate) const fn rtc(known: RtcCommand) -> Self {
        Self(Repr::Rtc(known))
    }

    /// The command of a type of event of the RTC Engine.
    #[cfg(feature = "rtc")]
    pub(crate) fn of_rtc_type(number: u64) -> Self {
        match RtcCommand::numbered(number) {
            Some(known) => Self::rtc(known),
            None => Self(Repr::Other(format!("{RTC_PREFIX}{number}").into())),
        }
    }

    /// The command of a callback of the RTC Engine that does not say its type.
    #[cfg(feature = "rtc")]
    pub(crate) fn of_unknown_rtc_type() -> Self {
        Self(Repr::Other(format!("{RTC_PREFIX}UNKNOWN").into()))
    }

    /// The number of a type of event of the RTC Engine. `None` if the word does not say it.
    #[cfg(feature = "rtc")]
    pub(crate) fn rtc_type(&self) -> Option<u64> {
        match &self.0 {
            Repr::Known(_) => None,
            Repr::Rtc(known) => Some(known.number()),
            Repr::Other(word) => word.strip_prefix(RTC_PREFIX).and_then(digits),
        }
    }

    #[cfg(feature = "rtc")]
    pub(crate) fn as_known_rtc(&self) -> Option<RtcCommand> {
        match self.0 {
            Repr::Rtc(known) => Some(known),
            _ => None,
        }
    }

    /// Whether it stands for a type of event of the RTC Engine.
    pub fn is_rtc(&self) -> bool {
        match &self.0 {
            Repr::Known(_) => false,
            #[cfg(feature = "rtc")]
            Repr::Rtc(_) => true,
            Repr::Other(word) => word.starts_with(RTC_PREFIX),
        }
    }

    /// A known command's word. `None` for an unknown one.
    pub(crate) fn known_word(&self) -> Option<&'static str> {
        match self.0 {
            Repr::Known(known) => Some(known.as_str()),
            #[cfg(feature = "rtc")]
            Repr::Rtc(known) => Some(known.as_str()),
            Repr::Other(_) => None,
        }
    }

    /// The name, for messages that end up in logs.
    pub(crate) fn escaped(&self) -> Escaped<'_> {
        Escaped(self.as_str(), 64)
    }

    /// Whether a word is a name of this command.
    pub(crate) fn matches(&self, word: &str) -> bool {
        self.as_str() == word || (self.as_known().is_some() && self.as_known() == KnownCommand::lookup(word))
    }

    /// Whether the event of this command may arrive at the URL of another: the docs list
    /// `Live.CallbackAfterDelMetadata` under the URL of `Live.CallbackAfterSetMetadata`.
    pub(crate) fn comes_under(&self, url: &Command) -> bool {
        let known = (self.as_known(), url.as_known());
        known == (Some(KnownCommand::LiveAfterDelMetadata), Some(KnownCommand::LiveAfterSetMetadata))
    }

    /// Whether this crate has an event type for the command.
    pub fn is_known(&self) -> bool {
        self.known_word().is_some()
    }

    /// The command's name on the wire. For a callback of the RTC Engine the vendor's word for its type.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Known(known) => known.as_str(),
            #[cfg(feature = "rtc")]
            Repr::Rtc(known) => known.as_str(),
            Repr::Other(word) => word,
        }
    }

    /// The path of the event type within [`event`](crate::event), for tools. `None` if the command is unknown,
    /// or not one of Chat.
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

    /// Other names for it in the vendor's docs, for tools.
    #[doc(hidden)]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.as_known().map(KnownCommand::aliases).unwrap_or_default()
    }

    /// The page of the vendor's docs that describes its body: a URL. `None` if the command is unknown.
    ///
    /// ```
    /// # use tower_tencent_webhook::Command;
    /// let page = "https://www.tencentcloud.com/document/product/1047/34364";
    /// assert_eq!(Command::from("C2C.CallbackBeforeSendMsg").vendor_docs(), Some(page));
    /// assert_eq!(Command::from("C2C.CallbackBeforeTyping").vendor_docs(), None);
    /// ```
    pub fn vendor_docs(&self) -> Option<&'static str> {
        match &self.0 {
            Repr::Known(known) => Some(known.vendor_docs()),
            #[cfg(feature = "rtc")]
            Repr::Rtc(known) => Some(known.vendor_docs()),
            Repr::Other(_) => None,
        }
    }

    /// Whether the answer decides what happens.
    ///
    /// An unknown command is judged by its name: following the vendor's naming, `…CallbackBefore…` and `…CallbackPrev…`
    /// are before-events. All events of the RTC Engine are after-events.
    pub fn phase(&self) -> Phase {
        match &self.0 {
            Repr::Known(known) => known.phase(),
            Repr::Other(word) if word.contains("CallbackBefore") || word.contains("CallbackPrev") => {
                match self.is_rtc() {
                    true => Phase::After,
                    false => Phase::Before,
                }
            }
            _ => Phase::After,
        }
    }
}

impl From<&str> for Command {
    fn from(word: &str) -> Self {
        if let Some(known) = KnownCommand::lookup(word) {
            return Self::known(known);
        }
        #[cfg(feature = "rtc")]
        if let Some(rest) = word.strip_prefix(RTC_PREFIX) {
            // A type that was unknown when its command was stored may be known by now.
            let known = RtcCommand::lookup(word).or_else(|| RtcCommand::numbered(digits(rest)?));
            if let Some(known) = known {
                return Self::rtc(known);
            }
        }
        Self(Repr::Other(word.into()))
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
