//! Open codes: a variant for each documented number, and one for all others.

/// Declares open codes: an enum with a variant for each documented number, and `Other` for all others.
macro_rules! open_code {
    ($( $(#[$meta:meta])* pub enum $name:ident {
        $( $(#[$doc:meta])* $variant:ident = $code:literal, )*
    } )*) => { $(
        $(#[$meta])*
        ///
        /// An open set: compare with `==`, or `match` with an arm for the rest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$doc])* #[doc = concat!("\n\n`", $code, "` on the wire.")] $variant, )*
            /// Any other number, as received.
            Other(i64),
        }

        impl $name {
            /// The number on the wire.
            pub fn code(self) -> i64 {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Other(code) => code,
                }
            }
        }

        impl From<i64> for $name {
            fn from(code: i64) -> Self {
                match code {
                    $( $code => Self::$variant, )*
                    code => Self::Other(code),
                }
            }
        }

        impl PartialEq<i64> for $name {
            fn eq(&self, code: &i64) -> bool {
                self.code() == *code
            }
        }

        /// Displays the number.
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.code(), f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.code())
            }
        }

        impl $crate::wire::Value for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Result<Option<Self>, $crate::wire::Fault> {
                Ok(i64::read(reader)?.map(Self::from))
            }

            const SCALAR: bool = true;
        }

        $crate::wire::deserialize_by_value!($name);

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "title": $crate::wire::title(module_path!(), stringify!($name)),
                    "type": "integer",
                    "format": "int64",
                    "examples": [$($code),*],
                })
            }
        }
    )* };
}
pub(crate) use open_code;
