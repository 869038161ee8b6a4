//! What apps are configured with: their ids, and what can be wrong with a configuration.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use crate::wire::digits;

/// The SDKAppID of an app: the number assigned by the Chat console.
///
/// ```
/// use tower_tencent_webhook::{App, SdkAppId};
///
/// const SUPPORT: SdkAppId = SdkAppId::new(1400000000);
/// assert_eq!(SUPPORT, 1400000000);
/// assert_eq!("1400000000".parse(), Ok(SUPPORT));
///
/// // `App::signed` takes any of them: whatever type a configuration has.
/// assert_eq!(App::signed(1400000000, "token")?.id(), SUPPORT);
/// assert_eq!(App::signed(String::from("1400000000"), "token")?.id(), SUPPORT);
/// assert!(App::signed(-1, "token").is_err());
/// # Ok::<(), tower_tencent_webhook::ConfigError>(())
/// ```
///
/// With serde it is a number, and is also read from digits in text, as environment variables and the keys of a map
/// have it.
///
/// `u64` is the only integer that it is made of by `From`, so that a literal needs no type where an
/// `impl Into<SdkAppId>` is expected. All the others convert by `TryFrom`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "SDKAppID")]
pub struct SdkAppId(u64);

impl SdkAppId {
    /// The id with this number.
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for SdkAppId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl From<SdkAppId> for u64 {
    fn from(id: SdkAppId) -> Self {
        id.0
    }
}

/// Never fails.
#[expect(clippy::infallible_try_from, reason = "beside `From<u64>`, a literal would be ambiguous")]
impl TryFrom<u32> for SdkAppId {
    type Error = Infallible;

    fn try_from(id: u32) -> Result<Self, Infallible> {
        Ok(Self(id.into()))
    }
}

macro_rules! from_signed {
    ($($integer:ty),*) => { $(
        /// Fails if the number is negative.
        impl TryFrom<$integer> for SdkAppId {
            type Error = ConfigError;

            fn try_from(id: $integer) -> Result<Self, ConfigError> {
                id.try_into().map(Self).map_err(|_| ConfigError::InvalidSdkAppId)
            }
        }
    )* };
}

from_signed!(i32, i64);

/// Reads decimal digits.
impl FromStr for SdkAppId {
    type Err = ConfigError;

    fn from_str(id: &str) -> Result<Self, ConfigError> {
        digits(id).map(Self).ok_or(ConfigError::InvalidSdkAppId)
    }
}

/// Reads decimal digits.
impl TryFrom<&str> for SdkAppId {
    type Error = ConfigError;

    fn try_from(id: &str) -> Result<Self, ConfigError> {
        id.parse()
    }
}

/// Reads decimal digits.
impl TryFrom<String> for SdkAppId {
    type Error = ConfigError;

    fn try_from(id: String) -> Result<Self, ConfigError> {
        id.parse()
    }
}

impl PartialEq<u64> for SdkAppId {
    fn eq(&self, id: &u64) -> bool {
        self.0 == *id
    }
}

impl fmt::Display for SdkAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SdkAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for SdkAppId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for SdkAppId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;

        impl Visitor<'_> for IdVisitor {
            type Value = SdkAppId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an SDKAppID: a number, or its digits as text")
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<SdkAppId, E> {
                Ok(SdkAppId(id))
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<SdkAppId, E> {
                id.try_into().map_err(E::custom)
            }

            // The text itself is in no error: a token may have got into the wrong place.
            fn visit_str<E: de::Error>(self, id: &str) -> Result<SdkAppId, E> {
                id.parse().map_err(E::custom)
            }
        }

        // A format that is not for people may be unable to tell a number from a text, and has no need to.
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(IdVisitor),
            false => deserializer.deserialize_u64(IdVisitor),
        }
    }
}

/// A mistake in a configuration.
///
/// No text of it has a token, nor anything else that was configured, except the id of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The SDKAppID is not a number from 0 to 2⁶⁴ − 1, in decimal digits if it is text.
    InvalidSdkAppId,
    /// The token is empty. To receive unsigned webhooks, use [`App::unsigned`](crate::App::unsigned).
    EmptyToken,
    /// The token is longer than 128 bytes.
    TokenTooLong,
    /// [`App::or_token`](crate::App::or_token) was called on an unsigned app.
    UnsignedApp,
    /// The key of the RTC Engine is empty. To receive unsigned callbacks, use `App::rtc_unsigned`.
    #[cfg(feature = "rtc")]
    EmptyRtcKey,
    /// The key of the RTC Engine is longer than 32 bytes.
    #[cfg(feature = "rtc")]
    RtcKeyTooLong,
    /// `App::or_rtc_key` was called on an app without a key of the RTC Engine.
    #[cfg(feature = "rtc")]
    NoRtcKey,
    /// There are two apps with this id.
    RepeatedApp(SdkAppId),
    /// There is no app, so that no webhook would be accepted.
    NoApp,
    /// The path does not begin with a slash, or has a query or a character that no path has.
    InvalidPath,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSdkAppId => "the SDKAppID is not a number",
            Self::EmptyToken => "the token is empty",
            Self::TokenTooLong => "the token is longer than 128 bytes",
            Self::UnsignedApp => "an unsigned app cannot have a token",
            #[cfg(feature = "rtc")]
            Self::EmptyRtcKey => "the key of the RTC Engine is empty",
            #[cfg(feature = "rtc")]
            Self::RtcKeyTooLong => "the key of the RTC Engine is longer than 32 bytes",
            #[cfg(feature = "rtc")]
            Self::NoRtcKey => "the app has no key of the RTC Engine yet",
            Self::RepeatedApp(id) => return write!(f, "the app {id} has already been added"),
            Self::NoApp => "there is no app",
            Self::InvalidPath => "the path does not begin with a slash, or has a character that no path has",
        })
    }
}

impl std::error::Error for ConfigError {}

/// For conversions that never fail, so that they need no special case.
impl From<Infallible> for ConfigError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
