//! Prints the JSON Schema of a command's event and verdict, or of all commands:
//!
//! ```console
//! cargo run --features schemars --example schema -- C2C.CallbackBeforeSendMsg
//! cargo run --features schemars --example schema
//! ```

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use serde_json::{Map, Value, json};
use tower_tencent_webhook::{Command, schema};

fn main() -> ExitCode {
    let schemas = match std::env::args().nth(1) {
        None => Value::Object(Command::ALL.iter().map(|command| (command.to_string(), both(command))).collect()),
        Some(word) => {
            let command = Command::from(word);
            if !command.is_known() {
                eprintln!("unknown command: {command}");
                return ExitCode::FAILURE;
            }
            both(&command)
        }
    };
    match io::stdout().write_all(format!("{schemas:#}\n").as_bytes()) {
        // `head`, for one, stops reading when it has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("cannot print it: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The event's schema, and for a before-event its verdict's.
fn both(command: &Command) -> Value {
    let mut schemas = Map::new();
    schemas.insert("event".to_owned(), json!(schema::event(command)));
    if let Some(verdict) = schema::verdict(command) {
        schemas.insert("verdict".to_owned(), verdict.into());
    }
    Value::Object(schemas)
}
