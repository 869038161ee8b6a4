//! JSON Schema of the bodies.

use schemars::{Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::rtc::{
    EventType,
    body::{Field, Place},
};

/// A field, its docs and its schema.
type Described = (&'static Field, &'static str, Schema);

impl EventType {
    /// The schema of the documented form. `None` if the type is unknown.
    pub(crate) fn schema(self) -> Option<Schema> {
        let title = format!("{self} {}", self.name()?);
        let mut generator = SchemaSettings::default().for_serialize().into_generator();
        let schemas = self.schemas(&mut generator).into_iter();
        let fields: Vec<Described> =
            self.fields().iter().zip(schemas).map(|(field, (docs, schema))| (field, docs, schema)).collect();
        let mut body = object(Place::Envelope, &fields);
        body.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        body.insert("title".to_owned(), title.into());
        // The last paragraph has the type's number and the vendor's page.
        let docs = self.docs().replace("\n ", "\n");
        let about = docs.trim().rsplit_once("\n\nEvent type ").map_or("", |(about, _)| about);
        body.insert("description".to_owned(), about.into());
        if let Some(Value::Object(properties)) = body.get_mut("properties") {
            for (name, number) in [("EventGroupId", self.group()), ("EventType", self.get())] {
                properties.insert(name.to_owned(), json!({ "type": "integer", "const": number }));
            }
        }
        body.insert("required".to_owned(), json!(["EventGroupId", "EventType", "EventInfo"]));
        let definitions = generator.take_definitions(true);
        if !definitions.is_empty() {
            body.insert("$defs".to_owned(), definitions.into());
        }
        Some(body.into())
    }
}

/// The schema of one object of the body, with those in it.
fn object(place: Place, fields: &[Described]) -> Map<String, Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (field, docs, schema) in fields.iter().filter(|(field, ..)| field.places[0].0 == place) {
        let mut schema = schema.clone();
        schema.insert("description".to_owned(), docs.trim().replace("\n ", "\n").into());
        properties.insert(field.places[0].1.to_owned(), schema.into());
        if field.required {
            required.push(field.places[0].1);
        }
    }
    for (name, inside) in place.inside() {
        let inner = object(*inside, fields);
        let is_empty = inner.get("properties").and_then(Value::as_object).is_none_or(Map::is_empty);
        if *inside == Place::Info || !is_empty {
            properties.insert((*name).to_owned(), inner.into());
        }
    }
    let mut object =
        Map::from_iter([("type".to_owned(), "object".into()), ("properties".to_owned(), properties.into())]);
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object
}
