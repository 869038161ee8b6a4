//! JSON Schema: a walk over its nodes, and validation by `boon`.

#![allow(missing_debug_implementations)] // boon's types have none.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use tower_tencent_webhook::{Command, schema};

/// A whole schema.
pub struct Document {
    value: Value,
    /// The compiled form of its nodes, by their addresses.
    compiled: RefCell<HashMap<*const Value, Compiled>>,
}

struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Document {
    pub fn new(value: Value) -> Self {
        Self { value, compiled: RefCell::default() }
    }

    /// The schema of a command's event.
    pub fn event(command: &Command) -> Self {
        Self::new(schema::event(command).unwrap().to_value())
    }

    /// The schema of the verdicts on a before-event.
    pub fn verdict(command: &Command) -> Self {
        Self::new(schema::verdict(command).unwrap().to_value())
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn root(&self) -> Node<'_> {
        Node { document: self, schema: &self.value }.resolved()
    }

    /// Whether a value is valid.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.root().check(value)
    }
}

/// A schema within a [`Document`].
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document,
    pub schema: &'a Value,
}

impl<'a> Node<'a> {
    fn resolved(self) -> Self {
        match self.schema.get("$ref").and_then(Value::as_str) {
            Some(path) => {
                let schema = self.document.value.pointer(path.strip_prefix('#').unwrap());
                Self { schema: schema.unwrap_or_else(|| panic!("{path} is not in the schema")), ..self }.resolved()
            }
            None => self,
        }
    }

    fn at(self, schema: &'a Value) -> Self {
        Self { schema, ..self }.resolved()
    }

    pub fn get(self, key: &str) -> Option<Self> {
        self.schema.get(key).map(|schema| self.at(schema))
    }

    pub fn list(self, key: &str) -> Vec<Self> {
        self.schema.get(key).and_then(Value::as_array).into_iter().flatten().map(|one| self.at(one)).collect()
    }

    pub fn properties(self) -> Vec<(&'a str, Self)> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), self.at(schema))).collect()
    }

    pub fn required(self) -> BTreeSet<&'a str> {
        self.schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The documented types of a value.
    pub fn types(self) -> Vec<&'a str> {
        match self.schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => self.list("anyOf").into_iter().flat_map(Self::types).collect(),
        }
    }

    /// Whether a value is valid.
    pub fn check(self, value: &Value) -> Result<(), String> {
        let mut compiled = self.document.compiled.borrow_mut();
        let Compiled { schemas, index } = compiled.entry(self.schema).or_insert_with(|| self.compile());
        schemas.validate(value, *index).map_err(|error| format!("{error:#}"))
    }

    /// Compiles this node, with the definitions that it may refer to.
    fn compile(self) -> Compiled {
        let mut schema = self.schema.clone();
        for shared in ["$schema", "$defs"] {
            if let (Some(fields), Some(value)) = (schema.as_object_mut(), self.document.value.get(shared)) {
                fields.insert(shared.to_owned(), value.clone());
            }
        }
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("schema.json", schema).unwrap();
        let index = compiler.compile("schema.json", &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
        Compiled { schemas, index }
    }

    /// Calls `found` with the schema and the JSON pointer of each object in a value that has documented properties.
    pub fn objects(self, value: &Value, pointer: &str, found: &mut dyn FnMut(Node<'a>, &str)) {
        for one in self.list("anyOf") {
            if one.check(value).is_ok() {
                one.objects(value, pointer, found);
            }
        }
        if !self.properties().is_empty() && value.is_object() {
            found(self, pointer);
            for (name, node) in self.properties() {
                if let Some(value) = value.get(name) {
                    node.objects(value, &format!("{pointer}/{name}"), found);
                }
            }
        }
        if let (Some(node), Some(items)) = (self.get("items"), value.as_array()) {
            for (index, item) in items.iter().enumerate() {
                node.objects(item, &format!("{pointer}/{index}"), found);
            }
        }
    }
}
