//! The one JSON parser: a pull reader over a body's text.
//!
//! It is not generic, so each event adds only one function to the binary. It accepts any JSON: a value of any type can
//! be skipped, kept as received, or converted if it fits. Only text that is not JSON is an error.
//!
//! It also accepts text that JSON forbids but people send: half a surrogate pair and a raw NUL are read as U+FFFD,
//! other raw control characters unchanged. One name is read as another one: see [`HIDDEN`].

use std::borrow::Cow;

use super::error::{Drift, Expected, Fault};

/// The maximum number of drifts kept per body: enough to notice a change of the wire, few enough to cost little memory.
pub(crate) const MAX_DRIFTS: usize = 16;

/// Where serde_json makes a `serde_json::Value`, its feature `raw_value` replaces an object that begins with this name by
/// the JSON in the string that follows. That JSON may have such an object again, and the guard against deep nesting starts
/// anew each time: a body within the limit overflows the stack. So JSON that is kept never has this name.
const HIDDEN: &str = "$serde_json::private::RawValue";
/// What is read instead.
const SHOWN: &str = "\u{fffd}serde_json::private::RawValue";

/// A position in a body, and the drifts found so far.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    json: &'a str,
    pos: usize,
    /// The first drifts, up to [`MAX_DRIFTS`].
    drifts: Vec<Drift>,
    /// The last drift, whether or not it was kept.
    last: Option<Drift>,
    /// The number of all drifts.
    dropped: u32,
    /// How deep the reader is in nested forwarded histories.
    pub(crate) relays: usize,
    /// The command that an event's body names, if it is not the event's own.
    pub(crate) other_command: Option<String>,
    /// Whether a skipped string needs cleaning: it has a raw control character or half a surrogate pair, or it is the
    /// name [`HIDDEN`].
    unclean: bool,
}

/// The type of a JSON value, known from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(json: &'a str) -> Self {
        Self {
            json,
            pos: 0,
            drifts: Vec::new(),
            last: None,
            dropped: 0,
            relays: 0,
            other_command: None,
            unclean: false,
        }
    }

    /// The whole text.
    pub(crate) fn json(&self) -> &'a str {
        self.json
    }

    /// The position of the next value, once [`kind`](Self::kind) has found it.
    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    /// Moves to a position that has already been read.
    pub(crate) fn seek(&mut self, pos: usize) {
        self.pos = pos;
    }

    /// The text from a position up to the current one.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.json[start..self.pos]
    }

    /// The number of drifts so far.
    pub(crate) fn dropped(&self) -> u32 {
        self.dropped
    }

    pub(crate) fn last_drift(&self) -> Option<Drift> {
        self.last
    }

    /// The drifts that were kept.
    pub(crate) fn drifts(&self) -> &[Drift] {
        &self.drifts
    }

    /// Records that something was dropped.
    #[cold]
    pub(crate) fn drop_at(&mut self, at: usize, expected: Expected) {
        let drift = Drift { at, expected };
        self.dropped += 1;
        self.last = Some(drift);
        if self.drifts.len() < MAX_DRIFTS {
            self.drifts.push(drift);
        }
    }

    /// Makes this the last drift.
    #[cold]
    pub(crate) fn blame(&mut self, why: Drift) {
        self.last = Some(why);
    }

    /// Reports the drifts from position `since` onwards at another position.
    #[cold]
    pub(crate) fn redirect(&mut self, since: usize, at: usize) {
        for drift in self.drifts.iter_mut().chain(&mut self.last).filter(|drift| drift.at >= since) {
            drift.at = at;
        }
    }

    /// Skips a value that does not fit, and records the drift.
    #[cold]
    pub(crate) fn unfit(&mut self, expected: &'static str) -> Result<(), Fault> {
        self.drop_at(self.pos, Expected::Value(expected));
        self.skip()
    }

    /// The type of the next value.
    pub(crate) fn kind(&mut self) -> Result<Kind, Fault> {
        Ok(match self.peek() {
            Some(b'"') => Kind::String,
            Some(b'0'..=b'9' | b'-') => Kind::Number,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => return Err(self.fault("a value")),
        })
    }

    /// Fails unless only whitespace follows.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("the end")),
        }
    }

    /// Enters an object.
    pub(crate) fn object(&mut self) -> Result<(), Fault> {
        self.take(b'{', "an object")
    }

    /// The next name in an object, or `None` at its end. The value comes next. `first` is true before the first name.
    #[inline(never)]
    pub(crate) fn key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, Fault> {
        if !self.next(first, b'}')? {
            return Ok(None);
        }
        if self.json.as_bytes().get(self.pos) != Some(&b'"') {
            return Err(self.fault("a name"));
        }
        let name = self.string()?;
        self.take(b':', "a colon")?;
        // Move to the value, so that drifts have its own position.
        self.peek();
        if *name == *HIDDEN {
            return Ok(Some(Cow::Borrowed(SHOWN)));
        }
        Ok(Some(name))
    }

    /// Reads a name again: that which [`key`](Self::key) read from this position on.
    pub(crate) fn key_at(&mut self, pos: usize) -> Result<Cow<'a, str>, Fault> {
        self.pos = pos;
        let mut first = self.peek() != Some(b',');
        self.key(&mut first)?.ok_or_else(|| self.fault("a name"))
    }

    /// Enters an array.
    pub(crate) fn array(&mut self) -> Result<(), Fault> {
        self.take(b'[', "an array")
    }

    /// Calls `member` with each name of an object, to read its value. Skips what is no object.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(&str, &mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind()? != Kind::Object {
            return self.skip();
        }
        self.object()?;
        let mut first = true;
        while let Some(name) = self.key(&mut first)? {
            member(&name, self)?;
        }
        Ok(())
    }

    /// Whether an array has another item. `first` is true before the first item.
    pub(crate) fn item(&mut self, first: &mut bool) -> Result<bool, Fault> {
        self.next(first, b']')
    }

    fn next(&mut self, first: &mut bool, close: u8) -> Result<bool, Fault> {
        match self.peek() {
            Some(byte) if byte == close => {
                self.pos += 1;
                return Ok(false);
            }
            Some(b',') if !*first => self.pos += 1,
            Some(_) if *first => {}
            _ => return Err(self.fault("a comma or the end of the list")),
        }
        *first = false;
        match self.peek() {
            // JSON has no trailing commas.
            Some(byte) if byte == close => Err(self.fault("a value")),
            _ => Ok(true),
        }
    }

    /// Reads a string. It is borrowed if it has no escapes.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.pos + 1;
        let end = special(self.json.as_bytes(), start);
        if self.json.as_bytes().get(end) == Some(&b'"') {
            self.pos = end + 1;
            return Ok(Cow::Borrowed(&self.json[start..end]));
        }
        self.decode(start, end).map(Cow::Owned)
    }

    /// Reads a string with a special character at `end`.
    fn decode(&mut self, mut start: usize, mut end: usize) -> Result<String, Fault> {
        // A text is at most as long as what it is written as, so this does not grow, but for raw NULs.
        let mut text = String::with_capacity(closing_quote(self.json.as_bytes(), end) - start);
        loop {
            text.push_str(&self.json[start..end]);
            self.pos = end;
            match self.json.as_bytes().get(end) {
                None => return Err(self.fault("the end of the string")),
                Some(b'"') => {
                    self.pos = end + 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(control) => {
                    text.push(if *control == 0 { char::REPLACEMENT_CHARACTER } else { char::from(*control) });
                    self.pos = end + 1;
                }
            }
            start = self.pos;
            end = special(self.json.as_bytes(), start);
        }
    }

    /// Reads the escape that begins here. Half a surrogate pair becomes U+FFFD.
    fn escape(&mut self) -> Result<char, Fault> {
        let escape = self.json.as_bytes().get(self.pos + 1);
        let char = match escape {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("an escape")),
        };
        self.pos += 2;
        Ok(char)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let Some(unit) = self.code_unit(self.pos) else { return Err(self.fault("four hexadecimal digits")) };
        self.pos += 6;
        if let Some(char) = char::from_u32(unit.into()) {
            return Ok(char);
        }
        let low = self.code_unit(self.pos).filter(|low| unit < 0xdc00 && (0xdc00..0xe000).contains(low));
        let Some(low) = low else {
            self.unclean = true;
            return Ok(char::REPLACEMENT_CHARACTER);
        };
        self.pos += 6;
        let scalar = 0x1_0000 + ((u32::from(unit) - 0xd800) << 10) + (u32::from(low) - 0xdc00);
        Ok(char::from_u32(scalar).expect("a surrogate pair is a character"))
    }

    /// The code unit of a `\uXXXX` at a position.
    fn code_unit(&self, at: usize) -> Option<u16> {
        let digits = self.json.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
    }

    /// Reads a number, as text.
    pub(crate) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.pos;
        let len = number_len(&self.json.as_bytes()[start..]);
        if len == 0 {
            return Err(self.fault("a number"));
        }
        self.pos += len;
        Ok(&self.json[start..self.pos])
    }

    /// Reads a number that is written with up to 18 digits alone, as almost all are. Otherwise `None`, and nothing is
    /// read.
    pub(crate) fn natural(&mut self) -> Option<u64> {
        self.peek();
        let digits = &self.json.as_bytes()[self.pos..];
        let (mut value, mut len) = (0, 0);
        loop {
            match digits.get(len) {
                Some(digit @ b'0'..=b'9') if len < 18 => value = value * 10 + u64::from(digit - b'0'),
                Some(b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => return None,
                _ => break,
            }
            len += 1;
        }
        if len == 0 || len > 1 && digits[0] == b'0' {
            return None;
        }
        self.pos += len;
        Some(value)
    }

    /// Reads `true`, `false` or `null`.
    pub(crate) fn literal(&mut self, word: &'static str) -> Result<(), Fault> {
        if !self.json.as_bytes()[self.pos..].starts_with(word.as_bytes()) {
            return Err(self.fault(word));
        }
        self.pos += word.len();
        Ok(())
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Fault> {
        let value = self.json.as_bytes().get(self.pos) == Some(&b't');
        self.literal(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Skips a value of any type, at any depth of nesting.
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        // The names inside are unknown, and may be personal data.
        self.skip_value().map_err(|fault| fault.within(start))
    }

    fn skip_value(&mut self) -> Result<(), Fault> {
        let mut open = Open::default();
        loop {
            let mut entered = false;
            match self.kind()? {
                Kind::Null => self.literal("null")?,
                Kind::Bool => _ = self.bool()?,
                Kind::Number => _ = self.number()?,
                Kind::String => self.skip_string()?,
                Kind::Array => {
                    self.pos += 1;
                    open.push(false);
                    entered = true;
                }
                Kind::Object => {
                    self.pos += 1;
                    open.push(true);
                    entered = true;
                }
            }
            // Move to the next value, and leave all arrays and objects that end here.
            loop {
                let more = match open.last() {
                    None => return Ok(()),
                    Some(false) => self.next(&mut entered, b']')?,
                    Some(true) => self.skip_key(&mut entered)?,
                };
                if more {
                    break;
                }
                open.pop();
                entered = false;
            }
        }
    }

    fn skip_key(&mut self, first: &mut bool) -> Result<bool, Fault> {
        if !self.next(first, b'}')? {
            return Ok(false);
        }
        if self.peek() != Some(b'"') {
            return Err(self.fault("a name"));
        }
        let start = self.pos;
        self.skip_string()?;
        if self.pos - start > HIDDEN.len() {
            self.unclean |= is_hidden(self.since(start));
        }
        self.take(b':', "a colon")?;
        Ok(true)
    }

    fn skip_string(&mut self) -> Result<(), Fault> {
        self.pos += 1;
        loop {
            self.pos = special(self.json.as_bytes(), self.pos);
            match self.json.as_bytes().get(self.pos) {
                None => return Err(self.fault("the end of the string")),
                Some(b'"') => {
                    self.pos += 1;
                    return Ok(());
                }
                Some(b'\\') => _ = self.escape()?,
                Some(_) => {
                    self.unclean = true;
                    self.pos += 1;
                }
            }
        }
    }

    /// The JSON of the next value, as received except that strings are cleaned if necessary.
    pub(crate) fn raw(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.unclean = false;
        let start = self.pos;
        self.skip()?;
        let json = self.since(start);
        Ok(if self.unclean { Cow::Owned(cleaned(json)) } else { Cow::Borrowed(json) })
    }

    /// Skips whitespace, and peeks at the next byte.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.json.as_bytes();
        while let Some(byte) = bytes.get(self.pos) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.pos += 1,
                byte => return Some(*byte),
            }
        }
        None
    }

    fn take(&mut self, byte: u8, name: &'static str) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.pos += 1;
            Ok(())
        } else {
            Err(self.fault(name))
        }
    }

    #[cold]
    fn fault(&self, expected: &'static str) -> Fault {
        let ends = self.pos >= self.json.len();
        let at = self.pos.min(self.json.len());
        Fault { at, within: at, expected: Expected::Syntax { expected, ends } }
    }
}

/// The position of the next quote, backslash or control character from `start` on, or the end of the text.
fn special(bytes: &[u8], mut start: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    while let Some(chunk) = bytes.get(start..start + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        // The high bit of each byte that is zero. A borrow may also mark bytes above the first, which is harmless.
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = control | zero(word ^ (ONES * b'"' as u64)) | zero(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return start + (found.trailing_zeros() / 8) as usize;
        }
        start += 8;
    }
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The position of the quote that ends a string, or the end of the text. No quote is before `start`.
fn closing_quote(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
        at = special(bytes, at);
    }
}

/// The length in bytes of the number at the start of a text; 0 if there is none.
pub(super) fn number_len(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut len = usize::from(bytes.first() == Some(&b'-'));
    match bytes.get(len) {
        Some(b'0') => len += 1,
        Some(b'1'..=b'9') => len += digits(len),
        _ => return 0,
    }
    if bytes.get(len) == Some(&b'.') {
        match digits(len + 1) {
            0 => return 0,
            fraction => len += 1 + fraction,
        }
    }
    if let Some(b'e' | b'E') = bytes.get(len) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        match digits((len + 1 + sign).min(bytes.len())) {
            0 => return 0,
            exponent => len += 1 + sign + exponent,
        }
    }
    // `01` and `1x` are invalid, rather than a number followed by something else.
    if bytes.get(len).is_some_and(|byte| byte.is_ascii_alphanumeric()) { 0 } else { len }
}

/// Whether a string, as it is written, is the name [`HIDDEN`].
#[cold]
fn is_hidden(string: &str) -> bool {
    let may_be = string[1..].starts_with(HIDDEN) || string.contains('\\');
    may_be && Reader::new(string).string().is_ok_and(|text| text == HIDDEN)
}

/// Cleans JSON whose strings have raw control characters or half surrogate pairs, or are the name [`HIDDEN`]: writes them
/// as they are read.
#[cold]
fn cleaned(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut reader = Reader::new(json);
    while let Some(offset) = json[reader.pos..].find('"') {
        clean.push_str(&json[reader.pos..reader.pos + offset]);
        reader.pos += offset;
        let start = reader.pos;
        reader.unclean = false;
        reader.skip_string().expect("it was skipped before");
        let is_hidden = is_hidden(reader.since(start));
        if reader.unclean || is_hidden {
            reader.seek(start);
            let text = reader.string().expect("it was skipped before");
            let text = if is_hidden { SHOWN } else { &text };
            clean.push_str(&serde_json::to_string(text).expect("a string can be written as JSON"));
        } else {
            clean.push_str(reader.since(start));
        }
    }
    clean.push_str(&json[reader.pos..]);
    clean
}

/// The open arrays and objects, one bit each: 1 for an object.
#[derive(Default)]
struct Open {
    depth: usize,
    words: Vec<u64>,
    word: u64,
}

impl Open {
    fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.words.push(self.word);
        }
        self.depth += 1;
        self.word = self.word << 1 | u64::from(object);
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.word >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.word = self.words.pop().expect("a word for each 64 levels");
        }
    }

    fn last(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.word & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn skips(json: &str) -> bool {
        let mut reader = Reader::new(json);
        reader.skip().and_then(|()| reader.end()).is_ok()
    }

    #[test]
    fn the_grammar_is_json() {
        for json in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "1.5e-3",
            "1E+9",
            "[]",
            "[ ]",
            "{}",
            "[1,2]",
            r#"{"a":[{}, {"b":null}]}"#,
            r#""a\"\\\/\b\f\n\r\t\u00e9""#,
            r#""\ud83d\ude00""#,
            "\"\u{7f}é回😀\"",
            r#"[[[[1],2],3],{"":{"":[]}}]"#,
        ] {
            assert!(skips(json) && serde_json::from_str::<&RawValue>(json).is_ok(), "{json}");
        }
        for json in [
            "",
            " ",
            "nul",
            "nullx",
            "tru",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "0x1",
            "1x",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "[}",
            "{]",
            "1 2",
            "NaN",
            "'a'",
            "\u{feff}{}",
            "[1]]",
            "{\"a\":1,,\"b\":2}",
            "\"\\",
            "// \n1",
        ] {
            assert!(!skips(json) && serde_json::from_str::<&RawValue>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn strings_are_read_with_a_special_character_at_any_offset() {
        for before in 0..20 {
            for (json, text) in [
                ("\\n", "\n"),
                ("\\\"", "\""),
                ("\\\\", "\\"),
                ("\\u0000", "\0"),
                ("\u{0}", "\u{fffd}"),
                ("\u{1f}", "\u{1f}"),
                ("\n", "\n"),
                ("\\ud83d", "\u{fffd}"),
                ("\\ude00", "\u{fffd}"),
                ("\\ud83d\\ud83d\\ude00", "\u{fffd}😀"),
                ("\\ud83dx", "\u{fffd}x"),
                ("\\uD83D\\uDE00", "😀"),
                ("é", "é"),
                ("\u{80}\u{7f}", "\u{80}\u{7f}"),
            ] {
                let before = "回".repeat(before % 5) + &"x".repeat(before);
                let body = format!("\"{before}{json}{before}\" ");
                let mut reader = Reader::new(&body);
                assert_eq!(reader.string().unwrap(), format!("{before}{text}{before}"));
                assert_eq!(reader.pos(), body.len() - 1);
                assert!(skips(&body), "{body:?}");
            }
        }
    }

    #[test]
    fn values_of_any_depth_are_skipped() {
        for depth in [1, 2, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
            let arrays = "[".repeat(depth) + &"]".repeat(depth);
            let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
            let mixed = "[{\"a\":".repeat(depth) + "[]" + &"}]".repeat(depth);
            for json in [arrays, objects, mixed] {
                assert!(skips(&json), "{depth}");
                assert!(!skips(&json[..json.len() - 1]), "{depth}");
                let wrong = if json.ends_with(']') { "}" } else { "]" };
                assert!(!skips(&(json[..json.len() - 1].to_owned() + wrong)), "{depth}");
            }
        }
    }

    #[test]
    fn raw_json_is_kept_byte_for_byte_unless_it_needs_cleaning() {
        for (json, kept) in [
            (r#"{"z":1.50,"u":"\u00e9\/"}"#, r#"{"z":1.50,"u":"\u00e9\/"}"#),
            ("[\"a\nb\", \"\\u00e9\"]", "[\"a\\nb\", \"\\u00e9\"]"),
            (r#"["half \ud83d", "x"]"#, "[\"half \u{fffd}\", \"x\"]"),
            ("{\"a\u{0}\":\"\\\\\"}", "{\"a\u{fffd}\":\"\\\\\"}"),
            (r#"["$serde_json::private::RawValue"]"#, r#"["$serde_json::private::RawValue"]"#),
            (r#"{"$serde_json::private::RawValues":"1"}"#, r#"{"$serde_json::private::RawValues":"1"}"#),
            (r#"[{"$serde_json::private::RawValue": "1"}]"#, "[{\"\u{fffd}serde_json::private::RawValue\": \"1\"}]"),
            (r#"{"\u0024serde_json::private::Raw\u0056alue":0}"#, "{\"\u{fffd}serde_json::private::RawValue\":0}"),
        ] {
            assert_eq!(Reader::new(json).raw().unwrap(), kept);
            assert!(serde_json::from_str::<&RawValue>(kept).is_ok());
        }
    }
}
