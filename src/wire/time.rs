//! Timestamps in the wire's own units.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Serialize, Serializer};

use super::{error::Fault, reader::Reader, serde::deserialize_by_value, value::Value};

macro_rules! unix_time {
    ($($(#[$meta:meta])* $name:ident, $from:ident;)*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transparent))]
        pub struct $name(pub u64);

        impl $name {
            /// Converts it to the standard library's time. A time after the year 9999 becomes the end of that year.
            pub fn to_system_time(self) -> SystemTime {
                /// The last second of the year 9999, which every platform's `SystemTime` can represent.
                const LAST: Duration = Duration::from_secs(253_402_300_799);
                UNIX_EPOCH + Duration::$from(self.0).min(LAST)
            }
        }

        impl PartialEq<u64> for $name {
            fn eq(&self, other: &u64) -> bool {
                self.0 == *other
            }
        }

        impl From<u64> for $name {
            fn from(time: u64) -> Self {
                Self(time)
            }
        }

        impl From<$name> for u64 {
            fn from(time: $name) -> Self {
                time.0
            }
        }

        impl From<$name> for SystemTime {
            fn from(time: $name) -> Self {
                time.to_system_time()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.0)
            }
        }

        impl Value for $name {
            fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
                Ok(u64::read(reader)?.map(Self))
            }
        }

        deserialize_by_value!($name);
    )* };
}

unix_time! {
    /// A time in milliseconds since 1970-01-01 UTC, the unit of `EventTime` in all webhooks except `Push`.
    UnixMillis, from_millis;
    /// A time in seconds since 1970-01-01 UTC, the unit of `MsgTime`, of `RequestTime` and of the `Push` webhooks.
    UnixSeconds, from_secs;
}
