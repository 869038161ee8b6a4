//! Sample bodies in their documented form.
//!
//! The samples have what the vendor really sends, which now and then is another JSON type than the docs say.

use std::collections::BTreeSet;

use serde_json::{Number, Value};

/// Turns a body into the form that its schema has, and notes for each path what it had been.
pub(crate) fn documented(schema: &Value, body: &mut Value, forms: &mut BTreeSet<(String, &'static str)>) {
    convert(schema, schema, body, "", forms);
}

fn convert(root: &Value, schema: &Value, value: &mut Value, path: &str, forms: &mut BTreeSet<(String, &'static str)>) {
    let schema = resolved(root, schema);
    let form = match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                convert(root, &schema["properties"][name], value, &path, forms);
            }
            return;
        }
        Value::Array(items) => {
            for item in items {
                convert(root, &schema["items"], item, &format!("{path}[]"), forms);
            }
            return;
        }
        ref other => scalar(schema, other),
    };
    if let Some((documented, form)) = form {
        *value = documented;
        forms.insert((path.to_owned(), form));
    }
}

/// The documented form of a value, and what the value is instead. `None` if it is in that form already, or in none that
/// is known.
fn scalar(schema: &Value, value: &Value) -> Option<(Value, &'static str)> {
    match schema.get("const") {
        Some(one) if one == value => return None,
        Some(one) => return Some((one.clone(), if value.is_string() { "another name" } else { "another number" })),
        None => {}
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let may_be = |name| types.contains(&name);
    match value {
        Value::String(text) if !may_be("string") => match (text.parse::<Number>(), text.parse::<bool>()) {
            (Ok(number), _) if may_be("integer") => Some((number.into(), "a string of digits")),
            (_, Ok(word)) if may_be("boolean") => Some((word.into(), "a string")),
            _ => None,
        },
        Value::Number(number) if !may_be("integer") && !may_be("number") && may_be("string") => {
            Some((number.to_string().into(), "an integer"))
        }
        _ => None,
    }
}

/// What a reference leads to, and of alternatives the only one besides `null`.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(path) = schema["$ref"].as_str() {
        return resolved(root, root.pointer(path.trim_start_matches('#')).unwrap_or(&Value::Null));
    }
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    match alternatives.filter(|one| one["type"] != "null").collect::<Vec<_>>()[..] {
        [one] => resolved(root, one),
        _ => schema,
    }
}
