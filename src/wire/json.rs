//! JSON kept as received: whole values, and the fields of an object that were not read as typed ones.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{
    error::Fault,
    reader::{Kind, Reader},
    serde::deserialize_by_value,
    value::{Value, integer},
};

/// JSON as received.
///
/// Two are equal if their content is: whitespace, escapes and the order of names do not matter.
///
/// It is safe to turn it into a [`serde_json::Value`]. The one name with which serde_json would let a body overflow the
/// stack, a private one of its own, is read as another name.
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Wraps JSON that [`Reader::raw`] has read.
    pub(crate) fn from_reader(json: Cow<'_, str>) -> Self {
        Self(RawValue::from_string(json.into_owned()).expect("the reader returns only valid JSON"))
    }

    pub(crate) fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

deserialize_by_value!(Json);

/// Reads any value except `null`, as received.
impl Value for Json {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if reader.kind()? == Kind::Null {
            reader.literal("null")?;
            return Ok(None);
        }
        Ok(Some(Self::from_reader(reader.raw()?)))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        let is_same = || is_same(&mut Reader::new(self.get()), &mut Reader::new(other.get()), 0);
        self.get() == other.get() || is_same().unwrap_or_default()
    }
}

/// The members of an object: names and JSON.
pub(crate) type Members = Vec<(Box<str>, Json)>;

/// The members of a JSON object, in order. `None` if the text is not one.
pub(crate) fn members(json: &str) -> Option<Members> {
    let mut reader = Reader::new(json);
    let mut members = Vec::new();
    (reader.kind().ok()? == Kind::Object).then_some(())?;
    reader.object().ok()?;
    let mut first = true;
    while let Some(name) = reader.key(&mut first).ok()? {
        members.push((name.into(), Json::from_reader(reader.raw().ok()?)));
    }
    reader.end().ok()?;
    Some(members)
}

/// Writes the members of an object one by one, so that serde's `flatten` and `tag` see them.
pub(crate) fn write_members<'a, M: SerializeMap>(
    map: &mut M,
    members: impl IntoIterator<Item = &'a (Box<str>, Json)>,
) -> Result<(), M::Error> {
    members.into_iter().try_for_each(|(name, json)| map.serialize_entry(&**name, json))
}

/// The depth to which names are compared in any order. Anything deeper is compared as text.
const MAX_DEPTH: usize = 64;

/// Whether the next values of two readers have the same content: names in any order, whitespace and escapes ignored,
/// numbers compared by value. Reads both values.
fn is_same(ours: &mut Reader<'_>, theirs: &mut Reader<'_>, depth: usize) -> Result<bool, Fault> {
    let kinds = (ours.kind()?, theirs.kind()?);
    if kinds.0 != kinds.1 {
        return Ok(false);
    }
    Ok(match kinds.0 {
        _ if depth == MAX_DEPTH => ours.raw()? == theirs.raw()?,
        Kind::Null => true,
        Kind::Bool => ours.bool()? == theirs.bool()?,
        Kind::String => ours.string()? == theirs.string()?,
        Kind::Number => is_same_number(ours.number()?, theirs.number()?),
        Kind::Array => {
            ours.array()?;
            theirs.array()?;
            let (mut first, mut their_first) = (true, true);
            loop {
                match (ours.item(&mut first)?, theirs.item(&mut their_first)?) {
                    (false, false) => break true,
                    (true, true) if is_same(ours, theirs, depth + 1)? => {}
                    _ => break false,
                }
            }
        }
        Kind::Object => {
            let (members, their_members) = (places(ours)?, places(theirs)?);
            let ends = (ours.pos(), theirs.pos());
            let is_same = members.len() == their_members.len()
                && members.iter().zip(&their_members).try_fold(
                    true,
                    |same, ((name, at), (their_name, their_at))| {
                        if !same || name != their_name {
                            return Ok(false);
                        }
                        ours.seek(*at);
                        theirs.seek(*their_at);
                        is_same(ours, theirs, depth + 1)
                    },
                )?;
            ours.seek(ends.0);
            theirs.seek(ends.1);
            is_same
        }
    })
}

/// The names of an object, sorted, with the positions of their values.
fn places<'a>(reader: &mut Reader<'a>) -> Result<Vec<(Cow<'a, str>, usize)>, Fault> {
    let mut members = Vec::new();
    reader.object()?;
    let mut first = true;
    while let Some(name) = reader.key(&mut first)? {
        members.push((name, reader.pos()));
        reader.skip()?;
    }
    members.sort();
    Ok(members)
}

fn is_same_number(ours: &str, theirs: &str) -> bool {
    let float = |text: &str| text.parse().ok().filter(|float: &f64| float.is_finite());
    ours == theirs
        || match (integer::<i128>(ours), integer(theirs)) {
            (None, None) => float(ours).zip(float(theirs)).is_some_and(|(ours, theirs)| ours == theirs),
            (ours, theirs) => ours == theirs,
        }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.get())
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Json {
    fn schema_name() -> Cow<'static, str> {
        "Json".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!(true)
    }
}

/// The fields of an object that are unknown or could not be read, kept as received so that they can be written back.
///
/// Ignored when objects are compared.
#[derive(Clone, Default)]
pub(crate) struct Rest(Option<Box<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    /// The fields of the object itself.
    inside: Members,
    /// The fields of the enclosing object, if that has no struct of its own.
    around: Members,
}

impl Rest {
    /// Adds a field.
    #[cold]
    pub(crate) fn keep(&mut self, name: &str, json: Cow<'_, str>) {
        self.0.get_or_insert_default().inside.push((name.into(), Json::from_reader(json)));
    }

    /// Adds the fields of the enclosing object.
    pub(crate) fn surround(&mut self, around: Self) {
        if let Some(around) = around.0 {
            self.0.get_or_insert_default().around = around.inside;
        }
    }

    /// Writes the fields back, except those that have already been written.
    pub(crate) fn write<M: SerializeMap>(
        &self,
        map: &mut M,
        is_written: impl Fn(&str) -> bool,
    ) -> Result<(), M::Error> {
        let inside = self.0.iter().flat_map(|kept| &kept.inside);
        write_members(map, inside.filter(|(name, _)| !is_written(name)))
    }

    /// Writes back the fields of the enclosing object.
    pub(crate) fn write_around<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        write_members(map, self.0.iter().flat_map(|kept| &kept.around))
    }
}

impl PartialEq for Rest {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().flat_map(|kept| &kept.inside).map(|(name, json)| (name, json))).finish()
    }
}
