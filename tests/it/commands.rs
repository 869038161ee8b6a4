//! The table of commands, in the docs of `event`, says what the types do.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_tencent_webhook::Command;

use crate::{
    common::samples_of,
    identity::{identity, vendors_fields},
};

/// What says when an event happened, best first: together, these fields do.
const TIMES: &[&[&str]] = &[
    &["EventTime"],
    &["MsgTime", "MsgRandom"],
    &["MsgTime", "Random"],
    &["Events.EventTime"],
    &["EventInfo.EventMsTs"],
];

/// Whether a body has a field, in the object of an outer name or in the first item of its list.
fn has(body: &Value, field: &str) -> bool {
    let Some((outer, name)) = field.split_once('.') else { return body.get(field).is_some() };
    body.get(outer).is_some_and(|outer| outer.get(0).unwrap_or(outer).get(name).is_some())
}

/// The identities that the samples of a command have.
fn identities(command: &str) -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut found = BTreeSet::new();
    for body in samples_of(command) {
        found.insert(match vendors_fields(command, &body) {
            _ if identity(command, &body).is_none() => "none".to_owned(),
            Some(fields) => list(fields),
            None => {
                let time = TIMES.iter().find(|fields| fields.iter().all(|field| has(&body, field)));
                list(time.expect("an identity needs a time")) + " and the body"
            }
        });
    }
    found.remove(if found.len() > 1 { "none" } else { "" });
    found.into_iter().collect::<Vec<_>>().join("; or ")
}

#[test]
fn the_table_of_commands_is_up_to_date() {
    let mut table = "| command | required fields | identity |\n|---|---|---|\n".to_owned();
    for command in Command::ALL {
        let fields: Vec<_> = command.required_fields().iter().map(|path| format!("`{path}`")).collect();
        table += &format!("| `{command}` | {} | {} |\n", fields.join(", "), identities(command.as_str()));
    }
    let documented = include_str!("../../src/event/commands.md");
    assert!(documented == table, "src/event/commands.md should be:\n{table}");
}
