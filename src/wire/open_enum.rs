//! Open enums: a variant for each documented word, and one for all others.

/// Declares open enums: a variant for each documented word, and `Other` for all others.
///
/// Each documented word has its own variant, so that it is written back unchanged. Words after a `|` are the vendor's
/// misspellings, which are read as the same variant. Use `ignore case` if the vendor writes the words in more than one
/// case.
macro_rules! open_enum {
    ($( $(#[$meta:meta])* pub enum $name:ident $(($case:ident case))? {
        $( $(#[$doc:meta])* $variant:ident = $word:literal $(| $alias:literal)*, )*
    } )*) => { $(
        $(#[$meta])*
        ///
        /// An open enum: compare with `==`, or `match` with an arm for the rest.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$doc])* #[doc = concat!("\n\n`", $word, "` on the wire.")] $variant, )*
            /// Any other word, as received.
            Other(String),
        }

        impl $name {
            const WORDS: &'static [(&'static str, $name)] =
                &[$(($word, $name::$variant), $(($alias, $name::$variant),)*)*];

            /// The word as the vendor documents it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( $name::$variant => $word, )*
                    $name::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                let same = |known: &str| $crate::wire::open_enum!(@same known, word $(, $case)?);
                match Self::WORDS.iter().find(|(known, _)| same(known)) {
                    Some((_, value)) => value.clone(),
                    None => Self::Other(word.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, word: &str) -> bool {
                $crate::wire::open_enum!(@same self.as_str(), word $(, $case)?)
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, word: &&str) -> bool {
                *self == **word
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::wire::Value for $name {
            fn read(
                reader: &mut $crate::wire::Reader<'_>,
            ) -> Result<Option<Self>, $crate::wire::Fault> {
                Ok($crate::wire::word(reader)?.map(|word| Self::from(&*word)))
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
                    "type": "string",
                    "examples": [$($word),*],
                })
            }
        }
    )* };
    (@same $known:expr, $word:ident) => { $known == $word };
    (@same $known:expr, $word:ident, ignore) => { $known.eq_ignore_ascii_case($word) };
}
pub(crate) use open_enum;
