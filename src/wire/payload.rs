//! Structs that are JSON objects on the wire.

use serde::ser;

use super::{
    error::Fault,
    json::Rest,
    reader::Reader,
    value::{Value, word},
};

/// Declares a struct that is a JSON object on the wire.
///
/// Each line declares a field: its Rust name, its type, `=`, and its name on the wire (after a `|`, other names that
/// the vendor uses for it). An object cannot be read without its `required` fields, which identify whom or what it is
/// about; all others are `Option`s or lists, and may be absent. Unknown fields are skipped. If a field occurs twice, or
/// under two of its names, the last usable value wins.
///
/// These may precede the fields:
///
/// * `CallbackCommand,`: the object is an event that names its own command, which is checked and written;
/// * `(CallbackCommand),`: the same for an event whose documented body does not name it: checked, not written;
/// * `..Rest,`: fields that are unknown or cannot be read are kept, and written back;
/// * `Self | [Self],`: a list of these may come as a single one.
macro_rules! payload {
    ($( $(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } )*) => {
        $( $crate::wire::payload!(@flags [$(#[$meta])*] $name $($body)*); )*
    };

    (@flags $meta:tt $name:ident CallbackCommand, $($rest:tt)*) => {
        $crate::wire::payload!(@define $meta $name [check write] [] [] [] $($rest)*);
    };
    (@flags $meta:tt $name:ident (CallbackCommand), $($rest:tt)*) => {
        $crate::wire::payload!(@define $meta $name [check] [] [] [] $($rest)*);
    };
    (@flags $meta:tt $name:ident ..Rest, $($rest:tt)*) => {
        $crate::wire::payload!(@define $meta $name [] [rest] [rest] [] $($rest)*);
    };
    (@flags $meta:tt $name:ident Self | [Self], $($rest:tt)*) => {
        $crate::wire::payload!(@define $meta $name [] [] [] [lone] $($rest)*);
    };
    (@flags $meta:tt $name:ident $($rest:tt)*) => {
        $crate::wire::payload!(@define $meta $name [] [] [] [] $($rest)*);
    };

    (@define [$(#[$meta:meta])*] $name:ident [$($check:ident $($write:ident)?)?] [$($keep:ident)?] $kept:tt [$($lone:ident)?] $(
        $(#[$doc:meta])*
        pub $field:ident: $type:ty = $($required:ident)? $wire:literal $(| $alias:literal)*,
    )*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(
            feature = "schemars",
            derive(::schemars::JsonSchema),
            schemars(transform = $crate::wire::documented::<$name>)
        )]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$doc])*
                #[cfg_attr(feature = "schemars", schemars(rename = $wire))]
                pub $field: $type,
            )*
            $(
                #[cfg_attr(feature = "schemars", schemars(skip))]
                $keep: $crate::wire::Rest,
            )?
        }

        impl $crate::wire::Value for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> Result<Option<Self>, $crate::wire::Fault> {
                #[allow(unused_imports, reason = "some structs have required fields only")]
                use $crate::wire::Slot as _;

                #[allow(unused_variables, reason = "some structs have no required fields")]
                fn fields(
                    reader: &mut $crate::wire::Reader<'_>,
                    start: usize,
                ) -> Result<Option<$name>, $crate::wire::Fault> {
                    $( let mut $field = <$crate::wire::payload!(@draft $type $(, $required)?)>::default(); )*
                    $( let mut $keep = $crate::wire::Rest::default(); )?
                    let mut first = true;
                    while let Some(name) = reader.key(&mut first)? {
                        $( let $keep = ($crate::wire::Kept { at: reader.pos(), name: &name }, &mut $keep); )?
                        match &*name {
                            $(
                                $wire $(| $alias)* => {
                                    $field.fill(reader)?;
                                    $crate::wire::payload!(@keep $kept reader, $field);
                                }
                            )*
                            $( "CallbackCommand" => $crate::wire::payload!(@use $check reader.command::<$name>()?), )?
                            _ => $crate::wire::payload!(@skip $kept reader),
                        }
                    }
                    Ok(Some($name {
                        $( $field: $crate::wire::payload!(@take reader, start, $field, $wire $(, $required)?), )*
                        $( $keep, )?
                    }))
                }

                $crate::wire::object(reader, fields)
            }

            $( const LONE: bool = $crate::wire::payload!(@use $lone true); )?

            fn required(path: &str, paths: &mut Vec<String>) {
                let fields: &[(&str, fn(&str, &mut Vec<String>))] = &[$($(
                    $crate::wire::payload!(@use $required ($wire, <$type as $crate::wire::Value>::required)),
                )?)*];
                fields.iter().for_each(|(name, required)| required(&$crate::wire::join(path, name), paths));
            }
        }

        #[cfg(feature = "schemars")]
        impl $crate::wire::Documented for $name {
            const MODULE: &'static str = module_path!();
            const NAME: &'static str = stringify!($name);
            const REQUIRED: &'static [&'static str] =
                &[$( $($crate::wire::payload!(@use $required $wire),)? )*];
            const COMMAND: Option<&'static str> = $crate::wire::payload!(@word $name $($($write)?)?);
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                #[allow(unused_imports, reason = "some structs have required fields only")]
                use $crate::wire::Slot as _;

                let mut map = serializer.serialize_map(None)?;
                $( $( map.serialize_entry(
                    "CallbackCommand",
                    $crate::wire::payload!(@use $write <$name as $crate::wire::Named>::WORD),
                )?; )? )?
                $(
                    if $crate::wire::payload!(@present self.$field $(, $required)?) {
                        $crate::wire::check(&self.$field)?;
                        map.serialize_entry($wire, &self.$field)?;
                    }
                )*
                $crate::wire::payload!(@write $kept self map {
                    $( $wire $(| $alias)* => $crate::wire::payload!(@present self.$field $(, $required)?), )*
                });
                map.end()
            }
        }

        $crate::wire::deserialize_by_value!($name);
    };

    (@use $flag:tt $($used:tt)*) => { $($used)* };
    (@word $name:ident) => { None };
    (@word $name:ident $write:ident) => { Some(<$name as $crate::wire::Named>::WORD) };
    (@draft $type:ty) => { $type };
    (@draft $type:ty, $required:ident) => { $crate::wire::Required<$type> };
    (@take $reader:ident, $start:ident, $field:ident, $wire:literal) => { $field };
    (@take $reader:ident, $start:ident, $field:ident, $wire:literal, $required:ident) => {
        match $field.take($reader, $start, $wire) {
            Some(value) => value,
            None => return Ok(None),
        }
    };
    (@present $self:ident.$field:ident) => { $self.$field.is_present() };
    (@present $self:ident.$field:ident, $required:ident) => { true };
    (@keep [] $reader:ident, $field:ident) => {};
    (@keep [$keep:ident] $reader:ident, $field:ident) => {
        if !$field.is_present() {
            $keep.0.keep($reader, $keep.1)?;
        }
    };
    (@write [] $self:ident $map:ident $arms:tt) => {};
    (@write [$keep:ident] $self:ident $map:ident { $($arms:tt)* }) => {
        $self.$keep.write(&mut $map, |name| match name {
            $($arms)*
            _ => false,
        })?;
    };
    (@skip [] $reader:ident) => { $reader.skip()? };
    (@skip [$keep:ident] $reader:ident) => { $keep.0.keep($reader, $keep.1)? };
}
pub(crate) use payload;

/// A field to be kept as received.
pub(crate) struct Kept<'a> {
    pub(crate) at: usize,
    pub(crate) name: &'a str,
}

impl Kept<'_> {
    #[cold]
    pub(crate) fn keep(&self, reader: &mut Reader<'_>, rest: &mut Rest) -> Result<(), Fault> {
        reader.seek(self.at);
        rest.keep(self.name, reader.raw()?);
        Ok(())
    }
}

/// An event that may name its command in its body.
pub(crate) trait Named {
    /// The command.
    const WORD: &'static str;
    /// Other names for it in the vendor's docs.
    const ALIASES: &'static [&'static str];
}

impl Reader<'_> {
    /// Reads the body's own `CallbackCommand`. If present, it must name the event.
    pub(crate) fn command<E: Named>(&mut self) -> Result<(), Fault> {
        self.check_command(|word| word == E::WORD || E::ALIASES.contains(&word))
    }

    /// The same, for an event whose command is not known at compile time.
    pub(crate) fn check_command(&mut self, is_named: impl Fn(&str) -> bool) -> Result<(), Fault> {
        let fault = Fault::other_command(self.pos());
        match word(self)? {
            Some(word) if !is_named(&word) => {
                self.other_command = Some(word.into_owned());
                Err(fault)
            }
            _ => Ok(()),
        }
    }
}

/// Fails on a value that JSON cannot represent: it would be written as `null`.
pub(crate) fn check<T: Value, E: ser::Error>(value: &T) -> Result<(), E> {
    if value.is_json() { Ok(()) } else { Err(E::custom("a number is not finite")) }
}

/// The path of a field.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The documented form of an object.
#[cfg(feature = "schemars")]
pub(crate) trait Documented {
    /// The path of its module.
    const MODULE: &'static str;
    /// Its name there.
    const NAME: &'static str;
    /// The required fields.
    const REQUIRED: &'static [&'static str];
    /// The command, if the object names it.
    const COMMAND: Option<&'static str>;
}

/// What a type is called in a schema: no other type of any event has this name. It begins with the type's family, unless
/// the type is shared by all of them.
#[cfg(feature = "schemars")]
pub(crate) fn title(module: &str, name: &str) -> String {
    let (_, inside) = module.split_once("::").unwrap_or_default();
    let (floor, family) = inside.split_once("::").unwrap_or((inside, ""));
    let family = match (floor, family) {
        ("event", family) => pascal(family),
        ("rtc", "" | "words") => String::new(),
        ("rtc", group) => pascal(group),
        _ => String::new(),
    };
    let family = if name.starts_with(&family) { "" } else { &family };
    format!("{}{family}{name}", if floor == "rtc" { "Rtc" } else { "" })
}

/// `OfficialAccount` for `official_account`, `C2C` for `c2c`.
#[cfg(feature = "schemars")]
fn pascal(word: &str) -> String {
    let mut before = '_';
    let letters = word.chars().filter_map(|letter| {
        let starts = !before.is_ascii_alphabetic();
        before = letter;
        (letter != '_').then_some(if starts { letter.to_ascii_uppercase() } else { letter })
    });
    letters.collect()
}

/// Adjusts a schema to the documented form.
#[cfg(feature = "schemars")]
pub(crate) fn documented<T: Documented>(schema: &mut schemars::Schema) {
    let mut required: Vec<serde_json::Value> = T::REQUIRED.iter().map(|name| (*name).into()).collect();
    if let Some(command) = T::COMMAND {
        required.insert(0, "CallbackCommand".into());
        let properties = schema.ensure_object().entry("properties").or_insert_with(|| serde_json::json!({}));
        if let Some(properties) = properties.as_object_mut() {
            let command = serde_json::json!({ "type": "string", "const": command });
            properties.insert("CallbackCommand".to_owned(), command);
        }
    }
    schema.insert("title".to_owned(), title(T::MODULE, T::NAME).into());
    schema.remove("required");
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
}
