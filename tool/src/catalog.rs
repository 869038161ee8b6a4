//! The commands of Chat and the types of the RTC Engine, by the names that people type.

use tower_tencent_webhook::{Command, rtc::EventType};

/// All commands: Chat's, then the RTC Engine's types.
pub(crate) fn all() -> impl Iterator<Item = Command> {
    Command::ALL.iter().cloned().chain(rtc())
}

/// The RTC Engine's types.
pub(crate) fn rtc() -> impl Iterator<Item = Command> {
    EventType::ALL.iter().map(|known| Command::from(format!("EVENT_TYPE_{}", known.get())))
}

/// A command by its name, by the end of its name, or by the number of a type of the RTC Engine. Case does not matter. A
/// whole name that nobody knows is a command too, so that what the vendor adds can be tried.
pub(crate) fn find(word: &str) -> Result<Command, String> {
    if let Ok(number) = word.parse::<u64>() {
        return Ok(Command::from(format!("EVENT_TYPE_{number}")));
    }
    let exact = Command::from(word);
    if exact.is_known() {
        return Ok(exact);
    }
    let small = word.to_lowercase();
    let named = |test: &dyn Fn(&str) -> bool| -> Vec<Command> {
        all().filter(|command| test(&command.as_str().to_lowercase())).collect()
    };
    for found in
        [named(&|name| name == small), named(&|name| name.ends_with(&small)), named(&|name| name.contains(&small))]
    {
        match &found[..] {
            [] => {}
            [only] => return Ok(only.clone()),
            several => {
                let names: Vec<_> = several.iter().take(8).map(Command::as_str).collect();
                let more = if several.len() > names.len() { ", …" } else { "" };
                return Err(format!("which one is meant by `{word}`? {}{more}", names.join(", ")));
            }
        }
    }
    if word.contains('.') || exact.is_rtc() {
        return Ok(exact);
    }
    Err(format!("no command is named `{word}`: see `tencent-webhook commands --search WORD`"))
}

/// Whether a pattern of `--only` means this command: a part of its name, in any case, or a type's number.
pub(crate) fn is_meant(command: &Command, pattern: &str) -> bool {
    let number = number(command);
    command.as_str().to_lowercase().contains(&pattern.to_lowercase())
        || number.is_some_and(|number| number.to_string() == pattern)
}

/// The number that travels, of a type of the RTC Engine.
pub(crate) fn number(command: &Command) -> Option<u64> {
    EventType::ALL
        .iter()
        .find(|known| Command::from(format!("EVENT_TYPE_{}", known.get())) == *command)
        .map(|known| known.get())
}
