//! `commands`, `sample` and `schema`: what there is, and what it looks like.

use clap::Args;
use serde_json::{Value, json};
use tower_tencent_webhook::{Phase, rtc::EventType, schema};

use crate::{
    answer::Judge,
    body::Set,
    catalog,
    cli::{Ended, Format},
    output::{BOLD, FAINT, say, styled, write_json, write_raw},
};

/// Lists the commands of Chat and the types of the RTC Engine
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook commands
  tencent-webhook commands --search before
  tencent-webhook commands --search recording --format json")]
pub(crate) struct CommandsArgs {
    /// Only those with this word in their name, phase, answers, fields or docs
    #[arg(long, value_name = "WORD")]
    search: Option<String>,
    /// How they are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl CommandsArgs {
    pub(crate) fn run(self) -> Result<Ended, String> {
        let word = self.search.unwrap_or_default().to_lowercase();
        let mut found = 0_usize;
        for command in catalog::all() {
            let number = catalog::number(&command);
            let phase = if command.phase() == Phase::Before { "before" } else { "after" };
            let answers = Judge::new(&command).answers();
            let docs = command.vendor_docs().unwrap_or_default();
            let fields = schema_of(&command).map(|schema| schema["properties"].to_string()).unwrap_or_default();
            let digits = number.map(|number| number.to_string()).unwrap_or_default();
            let searched = [command.as_str(), phase, &answers, docs, &fields, &digits];
            if !searched.iter().any(|text| text.to_lowercase().contains(&word)) {
                continue;
            }
            found += 1;
            match self.format {
                Format::Json => write_json(
                    &json!({ "command": command.as_str(), "type": number, "phase": phase, "answers": answers, "docs": docs }),
                ),
                Format::Text => {
                    let name = match &number {
                        Some(number) => format!("{number:>4} {}", command.as_str()),
                        None => command.as_str().to_owned(),
                    };
                    say!(
                        "{}  {phase:6}  {answers:40}  {}",
                        styled(BOLD, format_args!("{name:50}")),
                        styled(FAINT, docs)
                    );
                }
            }
        }
        match found {
            0 => Err(format!("no command has the word `{word}`")),
            _ => Ok(Ended::Well),
        }
    }
}

/// Prints a sample body
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook sample C2C.CallbackBeforeSendMsg
  tencent-webhook sample C2C.CallbackBeforeSendMsg --set From_Account=ada > body.json
  tencent-webhook sample 103")]
pub(crate) struct SampleArgs {
    /// The command, such as C2C.CallbackBeforeSendMsg, PrevFriendAdd or 103
    #[arg(value_name = "COMMAND")]
    command: String,
    /// All samples, if the command has several
    #[arg(long)]
    all: bool,
    /// Changes a field, such as From_Account=ada or MsgBody.0.MsgContent.Text=hello
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<Set>,
}

impl SampleArgs {
    pub(crate) fn run(self) -> Result<Ended, String> {
        let command = catalog::find(&self.command)?;
        let body = crate::body::BodyArgs { body: None, set: self.set };
        let bodies = body.bodies(&command)?;
        let count = if self.all { bodies.len() } else { 1 };
        for body in bodies.iter().take(count) {
            write_raw(body.trim_ascii_end());
            write_raw(b"\n");
        }
        Ok(Ended::Well)
    }
}

/// Prints the JSON Schema of a body, or of the answer to a before-event
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook schema C2C.CallbackBeforeSendMsg > body.schema.json
  tencent-webhook schema C2C.CallbackBeforeSendMsg --answer")]
pub(crate) struct SchemaArgs {
    /// The command, such as C2C.CallbackBeforeSendMsg, PrevFriendAdd or 103
    #[arg(value_name = "COMMAND")]
    command: String,
    /// Of the answer
    #[arg(long)]
    answer: bool,
}

impl SchemaArgs {
    pub(crate) fn run(self) -> Result<Ended, String> {
        let command = catalog::find(&self.command)?;
        let schema = match self.answer {
            true => schema::verdict(&command)
                .map(Value::from)
                .ok_or_else(|| format!("{command} is an after-event: it is acknowledged, and nothing else"))?,
            false => schema_of(&command).ok_or_else(|| format!("the fields of {command} are not known"))?,
        };
        say!("{schema:#}");
        Ok(Ended::Well)
    }
}

fn schema_of(command: &tower_tencent_webhook::Command) -> Option<Value> {
    match catalog::number(command) {
        Some(number) => schema::rtc_event(EventType::from(number)),
        None => schema::event(command),
    }
    .map(Value::from)
}
