//! The docs that are generated from the code, and the vendor's words that a search in the docs must find.
//!
//! `DOCS=overwrite cargo test --all-features --test it docs::` writes the generated files anew.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use tower_tencent_webhook::{Command, Phase, schema, signer};

use crate::{
    common::samples_of,
    identity::{identity, vendors_fields},
};

/// The table of all events, and a file for each event and each family, relative to `src/event`.
#[test]
fn the_generated_docs_are_up_to_date() {
    let mut files = vec![("commands.md".to_owned(), all_events())];
    files.extend(Command::ALL.iter().map(|command| (format!("docs/{command}.md"), page(command))));
    files.extend(families().into_iter().map(|family| (format!("docs/{family}.md"), events_of(family))));

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event");
    let overwrite = std::env::var_os("DOCS").is_some_and(|value| value == "overwrite");
    for (name, text) in &files {
        let path = folder.join(name);
        if overwrite {
            fs::write(path, text).unwrap();
            continue;
        }
        let found = fs::read_to_string(path).unwrap_or_default();
        assert!(found == *text, "src/event/{name} is out of date: run this test with DOCS=overwrite\n\n{text}");
    }
    for file in fs::read_dir(folder.join("docs")).unwrap() {
        let name = format!("docs/{}", file.unwrap().file_name().to_str().unwrap());
        assert!(files.iter().any(|(expected, _)| *expected == name), "src/event/{name} is of no event: delete it");
    }
}

/// The modules of the events, in the catalogue's order.
fn families() -> Vec<&'static str> {
    let mut families: Vec<_> = Command::ALL.iter().map(|command| path_of(command).0).collect();
    families.dedup();
    let distinct: BTreeSet<_> = families.iter().collect();
    assert_eq!(distinct.len(), families.len(), "the catalogue has the rows of a family in two places");
    families
}

/// The module and the name of an event's type.
fn path_of(command: &Command) -> (&'static str, &'static str) {
    command.event_type().unwrap().split_once("::").unwrap()
}

/// What the catalogue says about a command, behind its name.
fn facts(command: &Command) -> &'static str {
    let (_, rest) = include_str!("../../src/catalogue/mod.rs").split_once(&format!("\"{command}\"")).unwrap();
    rest.split(";\n").next().unwrap()
}

/// The type of the answer to an event.
fn answer_type(command: &Command) -> &'static str {
    match command.phase() {
        Phase::Before => "Verdict",
        Phase::After if facts(command).contains("rsp_data") => "SignalAnswer",
        Phase::After => "Ack",
    }
}

// The tables.

/// The events of all families: first those whose answers decide something.
///
/// The links have no targets, so that the file can be read without rustdoc too.
fn all_events() -> String {
    let (before, after): (Vec<_>, Vec<_>) = Command::ALL.iter().partition(|command| command.phase() == Phase::Before);
    let event = |command: &Command| format!("[`{}`]", command.event_type().unwrap());

    let mut text = "## Before-events\n\nAnswered with a [`Verdict`].\n\n".to_owned();
    text += "| event and command | verdicts |\n|---|---|\n";
    for command in before {
        writeln!(text, "| {}<br>`{command}` | {} |", event(command), verdicts(command)).unwrap();
    }

    text += "\n## After-events\n\nAnswered with an [`Ack`]";
    for command in after.iter().filter(|command| answer_type(command) != "Ack") {
        write!(text, ", except {} with a [`{}`]", event(command), answer_type(command)).unwrap();
    }
    // A list, as two columns of such long names do not fit.
    text += ".\n\n";
    for command in after {
        writeln!(text, "* {}, `{command}`", event(command)).unwrap();
    }
    text
}

/// The events of one family, apart from the types that are only parts of them.
fn events_of(family: &str) -> String {
    let mut table = "# Events\n\n| event | command | answer |\n|---|---|---|\n".to_owned();
    for command in Command::ALL.iter().filter(|command| path_of(command).0 == family) {
        let answer = answer_type(command);
        writeln!(table, "| [`{}`] | `{command}` | [`{answer}`](crate::{answer}) |", path_of(command).1).unwrap();
    }
    table
}

/// The functions that make the verdicts on an event, with the codes that they accept.
fn verdicts(command: &Command) -> String {
    let verdicts = alternatives(command).into_iter().map(|(title, codes, _)| match title.as_str() {
        "refuse_with" => format!("`refuse_with` {codes}"),
        "each_friend" => format!("for each friend: `allow`, `refuse` {codes}"),
        title => format!("`{title}`"),
    });
    verdicts.collect::<Vec<_>>().join(", ")
}

/// The verdicts on an event, with their codes and their effects, from the schema of its answer.
fn alternatives(command: &Command) -> Vec<(String, String, String)> {
    let schema = schema::verdict(command).unwrap().to_value();
    let alternatives = schema["oneOf"].as_array().unwrap().iter().map(|one| {
        let title = one["title"].as_str().unwrap();
        let code = match title {
            "each_friend" => &one["properties"]["ResultItem"]["items"]["properties"]["ResultCode"]["anyOf"][1],
            _ => &one["properties"]["ErrorCode"],
        };
        let codes = match code.get("const") {
            Some(code) => code.to_string(),
            None => format!("{} to {}", code["minimum"], code["maximum"]),
        };
        (title.to_owned(), codes, one["description"].as_str().unwrap().to_owned())
    });
    alternatives.collect()
}

// The page of an event.

fn page(command: &Command) -> String {
    let mut page = format!("\n* **Command**: `{command}`");
    for alias in command.aliases() {
        write!(page, " or `{alias}`").unwrap();
    }
    let required: Vec<_> = command.required_fields().iter().map(|path| format!("`{path}`")).collect();
    let required = if required.is_empty() { "none".to_owned() } else { required.join(", ") };
    writeln!(page, "\n* **Required fields**: {required}").unwrap();
    writeln!(page, "* **[Identity](crate::Webhook::identity)**: {}", identities(command.as_str())).unwrap();
    let answer = answer_type(command);
    write!(page, "* **Answer**: [`{answer}`](crate::{answer})").unwrap();
    page += match answer {
        "Verdict" => ": one of those below\n",
        "Ack" => "; its content is ignored\n",
        _ => "\n",
    };
    writeln!(page, "* **Vendor docs**: <{}>", command.vendor_docs().unwrap()).unwrap();
    if command.phase() == Phase::Before {
        page += &effects(command);
    }
    let sample = str::from_utf8(signer::sample(command)).unwrap();
    write!(page, "\n# Sample body\n\n```json\n{}\n```\n", pretty(sample, 0, 0)).unwrap();
    page
}

/// What each verdict on an event does.
fn effects(command: &Command) -> String {
    let verdict = |name: &str| format!("[`{name}`](crate::Verdict::{name})");
    let friend = |name: &str| format!("[`FriendVerdict::{name}`](crate::FriendVerdict::{name})");
    let row = |verdict: String, codes: &str, effect: &str| format!("| {verdict} | {codes} | {effect} |\n");

    let mut text = "\n# Verdicts\n\n".to_owned();
    let mut code = "ErrorCode";
    let mut rows = String::new();
    for (title, codes, effect) in &alternatives(command) {
        let (verdict, effect) = match title.as_str() {
            "replace" => {
                (["replace_msg_body", "replace_cloud_custom_data", "replace"].map(verdict).join(", "), effect.as_str())
            }
            "each_friend" => {
                let event = path_of(command).1;
                writeln!(text, "Each friend gets one, by [`{event}::verdict`].\n").unwrap();
                code = "ResultCode";
                rows += &row(friend("allow"), "0", "The operation goes ahead for this friend.");
                (friend("refuse"), "The operation is refused for this friend, with a code and a text.")
            }
            name => (verdict(name), effect.as_str()),
        };
        rows += &row(verdict, codes, effect);
    }
    write!(text, "| verdict | `{code}` | effect |\n|---|---|---|\n{rows}").unwrap();
    let otherwise = match command.as_str() {
        "Live.CallbackBeforeSendGift" => {
            "the gift is **refused**, unless `Live.CallbackBeforeCallBackNotBlock` is enabled as well"
        }
        _ => "the operation **goes ahead**, unless the console says otherwise",
    };
    writeln!(
        text,
        "\nWithout a usable answer within two seconds, {otherwise}. To decide yourself what is answered when something \
         fails, set a [`FailurePolicy`](crate::FailurePolicy)."
    )
    .unwrap();
    text
}

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
    let none = "none: nothing tells a repeated delivery from a new event";
    let mut found = BTreeSet::new();
    for body in samples_of(command) {
        found.insert(match vendors_fields(command, &body) {
            _ if identity(command, &body).is_none() => none.to_owned(),
            Some(fields) => list(fields),
            None => {
                let time = TIMES.iter().find(|fields| fields.iter().all(|field| has(&body, field)));
                format!("the whole body, if it has {}", list(time.expect("an identity needs a time")))
            }
        });
    }
    found.remove(if found.len() > 1 { none } else { "" });
    found.into_iter().collect::<Vec<_>>().join("; or ")
}

// Samples.

/// An object's members, in the order of the text.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// JSON with each inner value on one line if it fits there, behind `before` characters.
fn pretty(json: &str, indent: usize, before: usize) -> String {
    /// The rendered docs have room for a few more.
    const WIDTH: usize = 85;

    let (open, items, close): (_, Vec<_>, _) = match json.as_bytes()[0] {
        b'{' => {
            let Members(members) = serde_json::from_str(json).unwrap();
            let members = members.iter().map(|(name, value)| {
                let name = format!("{}: ", Value::from(&**name));
                let value = pretty(value.get(), indent + 2, indent + 2 + name.len());
                name + &value
            });
            ('{', members.collect(), '}')
        }
        b'[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(json).unwrap();
            ('[', items.iter().map(|item| pretty(item.get(), indent + 2, indent + 2)).collect(), ']')
        }
        _ => return json.to_owned(),
    };
    let line = format!("{open}{}{close}", items.join(", "));
    // A comma may follow.
    if indent > 0 && !line.contains('\n') && before + line.len() < WIDTH {
        return line;
    }
    let (outer, inner) = (" ".repeat(indent), " ".repeat(indent + 2));
    format!("{open}\n{inner}{}\n{outer}{close}", items.join(&format!(",\n{inner}")))
}

// Searching.

/// The source of an event: its attributes, up to its first field.
fn attributes<'a>(source: &'a str, event: &str) -> &'a str {
    let end = source.find(&format!("pub struct {event} {{")).unwrap_or_else(|| panic!("there is no struct {event}"));
    &source[source[..end].rfind("\n\n").unwrap()..end]
}

#[test]
fn a_search_for_the_vendors_words_finds_the_event() {
    for command in Command::ALL {
        let (family, event) = path_of(command);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/event/{family}.rs"));
        let source = fs::read_to_string(path).unwrap();
        let attributes = attributes(&source, event);
        let page = format!("include_str!(\"docs/{command}.md\")");
        assert!(attributes.contains(&page), "{event} lacks #[cfg_attr(doc, doc = {page})]");
        for word in [command.as_str()].into_iter().chain(command.aliases().iter().copied()) {
            let (_, bare) = word.split_once('.').unwrap();
            for word in [word, bare] {
                // The name itself is found anyway, and may not be an alias.
                let is_found = word == event || attributes.contains(&format!("\"{word}\""));
                assert!(is_found, "{event} lacks #[doc(alias(\"{word}\"))]");
            }
        }
    }
}
