//! The subjects of events.

use std::fmt::Write;

use tower_tencent_webhook::CloudEvent;

/// The first token of subjects, unless it is set.
pub(crate) const PREFIX: &str = "tencent";

/// What is longer would come near to the 4,096 bytes at which a server closes the connection.
const MAX_WORDS: usize = 256;

/// The subject of an event: `tencent.1400000000.im.C2C.CallbackAfterSendMsg`.
pub(crate) fn of(prefix: &str, event: &CloudEvent) -> String {
    // `/tencent/im/1400000000` says whose event it is, `com.tencent.im.C2C.CallbackAfterSendMsg` which.
    let app = event.source().rsplit('/').next().unwrap_or_default();
    let words = event.event_type();
    let words = words.strip_prefix("com.tencent.").unwrap_or(words);
    let (product, command) = words.split_once('.').unwrap_or((words, ""));
    join(prefix, [app, product, command])
}

fn join(prefix: &str, parts: [&str; 3]) -> String {
    let mut subject = String::with_capacity(prefix.len() + parts.iter().map(|part| part.len() + 1).sum::<usize>());
    subject.push_str(prefix);
    for part in parts {
        subject.push('.');
        escape(part, &mut subject);
    }
    subject
}

/// A text as tokens of a subject.
pub(crate) fn tokens(text: &str) -> String {
    let mut tokens = String::with_capacity(text.len());
    escape(text, &mut tokens);
    tokens
}

/// Letters, digits, `-` and `_` stay as they are, and so do dots between tokens. Every other byte is percent-encoded, also
/// dots that would make an empty token. Cut off where it becomes too long.
fn escape(text: &str, subject: &mut String) {
    let start = subject.len();
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        if subject.len() - start >= MAX_WORDS {
            break;
        }
        let ends_token = subject.len() > start && !subject.ends_with('.');
        let begins_token = bytes.get(at + 1).is_some_and(|next| *next != b'.');
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => subject.push(byte.into()),
            b'.' if ends_token && begins_token => subject.push('.'),
            _ => _ = write!(subject, "%{byte:02X}"),
        }
    }
    match subject[start..].is_empty() {
        true => subject.push('_'),
        // Cut off between two tokens.
        false if subject.ends_with('.') => _ = subject.pop(),
        false => {}
    }
}

/// Whether a pattern matches every subject that another pattern matches.
pub(crate) fn covers(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_command_is_its_own_tokens() {
        let subject = join(PREFIX, ["1400000000", "im", "C2C.CallbackAfterSendMsg"]);
        assert_eq!(subject, "tencent.1400000000.im.C2C.CallbackAfterSendMsg");
    }

    #[test]
    fn odd_words_keep_to_the_grammar_of_subjects() {
        #[rustfmt::skip]
        let cases = [
            ("im.Moon.CallbackAfterRise", "im.Moon.CallbackAfterRise"),
            ("im.*.>", "im.%2A.%3E"),
            ("im.a b\tc\r\n", "im.a%20b%09c%0D%0A"),
            ("im.", "im%2E"), ("im..a", "im%2E.a"), ("im.a.", "im.a%2E"), (".", "%2E"), ("..", "%2E%2E"),
            ("im.100%", "im.100%25"), ("im.好", "im.%E5%A5%BD"), ("", "_"), ("$JS.API", "%24JS.API"),
        ];
        for (words, expected) in cases {
            assert_eq!(tokens(words), expected, "{words:?}");
        }
    }

    #[test]
    fn long_words_are_cut_off() {
        let subject = join(PREFIX, ["1400000000", "im", &"a.".repeat(5000)]);
        assert!(subject.len() < 400 && !subject.ends_with('.') && !subject.contains(".."), "{subject}");
    }

    #[test]
    fn a_pattern_covers_those_within_it() {
        for (pattern, subject, expected) in [
            ("tencent.>", "tencent.>", true),
            (">", "tencent.>", true),
            ("*.>", "tencent.>", true),
            ("tencent.*", "tencent.>", false),
            ("tencent.*", "tencent.a", true),
            ("tencent.1.>", "tencent.>", false),
            ("tencent.>", "tencent", false),
            ("dead.>", "dead.tencent.>", true),
            ("tencent", "tencent.>", false),
        ] {
            assert_eq!(covers(pattern, subject), expected, "{pattern} {subject}");
        }
    }
}
