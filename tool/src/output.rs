//! Standard output and standard error: coloured on a terminal unless `NO_COLOR` says otherwise, and no panic when whoever
//! reads them has gone.

use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use tower_tencent_webhook::Command;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// A text in a style, which `anstream` takes away where it is not wanted.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes to standard output. Ends the process, as others do, if nobody reads it any more.
pub(crate) fn write(text: &str) {
    write_to(anstream::stdout().lock(), text.as_bytes());
}

/// The same, byte for byte: where there are no colours, `anstream` also takes away what only looks like some, such as DEL,
/// and a signature fits no other body.
pub(crate) fn write_raw(bytes: &[u8]) {
    write_to(std::io::stdout().lock(), bytes);
}

/// A line of JSON on standard output.
pub(crate) fn write_json(json: &Value) {
    write_raw(format!("{}\n", escaped(&json.to_string())).as_bytes());
}

fn write_to(mut out: impl Write, bytes: &[u8]) {
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        gone(&error);
    }
}

/// Writes to standard error, which is for people. Nobody may be there to read it.
pub(crate) fn write_error(text: &str) {
    _ = anstream::stderr().lock().write_all(text.as_bytes());
}

fn gone(error: &std::io::Error) -> ! {
    // `head` has seen enough: that is no failure.
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    write_error(&format!("error: cannot write to standard output: {error}\n"));
    std::process::exit(1)
}

/// A line on standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::write(&format!("{}\n", format_args!($($text)*))) };
}

/// A line on standard output, byte for byte.
macro_rules! say_raw {
    ($($text:tt)*) => { $crate::output::write_raw(format!("{}\n", format_args!($($text)*)).as_bytes()) };
}

/// A line on standard error.
macro_rules! tell {
    ($($text:tt)*) => { $crate::output::write_error(&format!("{}\n", format_args!($($text)*))) };
}

pub(crate) use {say, say_raw, tell};

/// A text that others made, as it may stand on a terminal: one line, no control characters, and at most so many letters.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let mut line: String =
        text.chars().take(most).map(|letter| if is_unsafe(letter) { '\u{fffd}' } else { letter }).collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

/// The same for each line of a text.
pub(crate) fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line, usize::MAX)).collect::<Vec<_>>().join("\n")
}

/// The name of a command, which a recording or a URL may have made up.
pub(crate) fn printable_name(command: &Command) -> String {
    printable(command.as_str(), 100)
}

/// JSON in which nothing steers a terminal: what is not allowed in a line stands as `\uXXXX`.
pub(crate) fn escaped(json: &str) -> std::borrow::Cow<'_, str> {
    if !json.contains(is_unsafe) {
        return json.into();
    }
    let escape = |letter: char| match is_unsafe(letter) {
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    json.chars().map(escape).collect()
}

/// Control characters, and those that change the direction of what follows.
fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_made_stays_on_its_line_and_cannot_steer_the_terminal() {
        assert_eq!(printable("a\nb\u{1b}[2J\u{202e}c", 100), "a\u{fffd}b\u{fffd}[2J\u{fffd}c");
        assert_eq!(printable("héllo", 4), "héll…");
        assert_eq!(printable("", 4), "");
        assert_eq!(printable_lines("a\u{7}\nb\r\u{7f}"), "a\u{fffd}\nb\u{fffd}\u{fffd}");
        assert_eq!(escaped("{\"a\":\"\u{9b}2J\u{202e}é\"}"), r#"{"a":"\u009b2J\u202eé"}"#);
    }
}
