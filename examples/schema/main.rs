//! Prints the JSON Schema of a command's body and of the verdicts on it, or those of all commands:
//!
//! ```console
//! cargo run --features schemars,rtc --example schema -- C2C.CallbackBeforeSendMsg
//! cargo run --features schemars,rtc --example schema
//! ```
//!
//! It also makes `webhooks.openapi.json`, an OpenAPI document of all of them, and the folder `schemas`, with a file for
//! each command:
//!
//! ```console
//! cargo run --features schemars,rtc --example schema -- --openapi > webhooks.openapi.json
//! cargo run --features schemars,rtc --example schema -- --folder schemas
//! ```

mod documented;
mod openapi;

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

use serde_json::{Map, Value};
use tower_tencent_webhook::{Command, rtc::EventType, schema};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let done = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print(&Value::Object(commands().map(|command| (command.to_string(), both(&command))).collect())),
        ["--openapi"] => print(&openapi::document()),
        ["--folder", folder] => write(Path::new(folder)),
        [word] if Command::from(*word).is_known() => print(&both(&Command::from(*word))),
        [word] if !word.starts_with('-') => {
            eprintln!("unknown command: {word}");
            return ExitCode::FAILURE;
        }
        _ => {
            eprintln!("usage: schema [COMMAND | --openapi | --folder FOLDER]");
            return ExitCode::FAILURE;
        }
    };
    match done {
        // `head`, for one, stops reading when it has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("cannot write it: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn print(json: &Value) -> io::Result<()> {
    io::stdout().write_all(text(json).as_bytes())
}

fn text(json: &Value) -> String {
    format!("{json:#}\n")
}

/// Those of Chat, then those of the RTC Engine.
fn commands() -> impl Iterator<Item = Command> {
    let rtc = EventType::ALL.iter().filter_map(|event_type| event_type.name()).map(Command::from);
    Command::ALL.iter().cloned().chain(rtc)
}

/// The type of an event of the RTC Engine.
fn event_type(command: &Command) -> Option<EventType> {
    EventType::ALL.iter().copied().find(|event_type| event_type.name() == Some(command.as_str()))
}

/// The body's schema.
fn event(command: &Command) -> Value {
    let schema = match event_type(command) {
        Some(event_type) => schema::rtc_event(event_type),
        None => schema::event(command),
    };
    schema.expect("the command is known").into()
}

/// The body's schema, and for a before-event that of the verdicts.
fn both(command: &Command) -> Value {
    let mut schemas = Map::new();
    schemas.insert("event".to_owned(), event(command));
    if let Some(verdict) = schema::verdict(command) {
        schemas.insert("verdict".to_owned(), verdict.into());
    }
    Value::Object(schemas)
}

/// A file for each body, and one for the verdicts on each before-event.
fn write(folder: &Path) -> io::Result<()> {
    for subfolder in ["rtc", "verdicts"] {
        fs::create_dir_all(folder.join(subfolder))?;
    }
    for command in commands() {
        let name = match event_type(&command) {
            Some(event_type) => format!("rtc/{event_type}.json"),
            None => format!("{command}.json"),
        };
        fs::write(folder.join(name), text(&event(&command)))?;
        if let Some(verdict) = schema::verdict(&command) {
            fs::write(folder.join(format!("verdicts/{command}.json")), text(&verdict.into()))?;
        }
    }
    Ok(())
}
