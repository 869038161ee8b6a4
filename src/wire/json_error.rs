//! Errors in a body, for people: by JSON path, and without the values, which may be personal data.

use std::{error::Error, fmt};

use super::{
    error::{Expected, Fault},
    reader::Reader,
};

/// An error in a body, for people: the JSON path, the reason, the line and the column.
#[derive(Clone, Debug)]
pub(crate) struct JsonError {
    path: String,
    expected: Expected,
    line: usize,
    column: usize,
}

impl JsonError {
    #[cold]
    pub(crate) fn new(json: &str, fault: Fault) -> Self {
        let before = &json.as_bytes()[..fault.at];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        Self {
            path: path(json, fault.within, fault.expected),
            expected: fault.expected,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + before.len() - line_start,
        }
    }

    /// The JSON path, empty for the body itself.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What was expected there.
    pub(crate) fn reason(&self) -> impl fmt::Display {
        self.expected
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.expected, self.line, self.column)
    }
}

impl Error for JsonError {}

/// The JSON path of a position, found by a scan from the start, so that readers need not track it.
pub(crate) fn path(json: &str, at: usize, expected: Expected) -> String {
    enum Step {
        Key(Option<usize>),
        Index(usize),
    }

    let bytes = json.as_bytes();
    let mut steps = Vec::new();
    let mut pos = 0;
    while pos < at {
        match bytes[pos] {
            b'{' => steps.push(Step::Key(None)),
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => _ = steps.pop(),
            b',' => match steps.last_mut() {
                Some(Step::Key(key)) => *key = None,
                Some(Step::Index(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = pos;
                pos += 1;
                while pos < at && bytes[pos] != b'"' {
                    pos += if bytes[pos] == b'\\' { 2 } else { 1 };
                }
                if let Some(Step::Key(key @ None)) = steps.last_mut() {
                    *key = Some(start);
                }
            }
            _ => {}
        }
        pos += 1;
    }

    let mut path = String::new();
    let name = |path: &mut String, name: &str| {
        path.push_str(if path.is_empty() { "" } else { "." });
        path.push_str(name);
    };
    for step in steps {
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Key(Some(start)) => {
                let mut reader = Reader::new(json);
                reader.seek(start);
                // A truncated name is left out.
                name(&mut path, &reader.string().unwrap_or_default());
            }
            Step::Key(None) => {}
        }
    }
    if let Expected::Field(field) = expected {
        name(&mut path, field);
    }
    Escaped(&path, 256).to_string()
}

/// Untrusted text for logs and answers, with control characters escaped: at most a number of characters, as written.
pub(crate) struct Escaped<'a>(pub(crate) &'a str, pub(crate) usize);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.1;
        for escaped in self.0.chars().map(char::escape_debug) {
            let Some(rest) = left.checked_sub(escaped.len()) else { break };
            left = rest;
            escaped.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_has_a_json_path() {
        let json = r#"{"a":1, "b" : {"c\n":[true, {"d":"x,\"]}"}]}, "":[[2]]}"#;
        for (value, expected) in [
            ("{\"a\"", ""),
            ("1, ", "a"),
            ("{\"c", "b"),
            ("[true", "b.c\\n"),
            ("true", "b.c\\n[0]"),
            ("{\"d", "b.c\\n[1]"),
            ("\"x,", "b.c\\n[1].d"),
            ("[[2]]", ""),
            ("[2]", "[0]"),
            ("2]]", "[0][0]"),
        ] {
            let at = json.find(value).unwrap();
            assert_eq!(path(json, at, Expected::Value("this")), expected, "{value}");
        }
        assert_eq!(path(json, json.find("{\"d").unwrap(), Expected::Field("e")), "b.c\\n[1].e");
        // No text and no position causes a panic.
        for json in ["", "}", "]]", ",", "{\"", "{\"a\\", "{\"a\":[\"\\\"", "回{回"] {
            for at in (0..=json.len()).filter(|at| json.is_char_boundary(*at)) {
                path(json, at, Expected::Value("this"));
            }
        }
    }

    #[test]
    fn escaped_text_is_as_long_as_it_says_at_most() {
        assert_eq!(Escaped("a\nb", 4).to_string(), "a\\nb");
        assert_eq!(Escaped("a\nb", 3).to_string(), "a\\n");
        assert_eq!(Escaped("a\nb", 2).to_string(), "a");
        assert_eq!(Escaped(&"\u{1f}".repeat(1000), 256).to_string(), "\\u{1f}".repeat(42));
        assert_eq!(Escaped(&"回".repeat(1000), 256).to_string(), "回".repeat(256));
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let fault = |at| Fault { at, within: at, expected: Expected::Value("text") };
        assert_eq!(JsonError::new("{}", fault(0)).to_string(), "expected text at line 1 column 1");
        assert_eq!(JsonError::new("{\n \"a\": 1}", fault(8)).to_string(), "expected text at line 2 column 7");
    }
}
