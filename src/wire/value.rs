//! Lenient readers: a JSON value of any type is converted if it fits, and otherwise dropped and reported.
//!
//! | type | accepted | absent or empty |
//! |---|---|---|
//! | an integer | an integral number (`7`, `7.0`, `7e2`), also in quotes | `null`, `""` |
//! | a boolean | `true`, `false`, `1`, `0`, also in quotes | `null`, `""` |
//! | a number | a number, also in quotes | `null`, `""` |
//! | a string | a string, or a number's text | `null` |
//! | an open enum | the same | `null`, `""` |
//! | a list | an array; a single value for a list of strings, integers, open enums or `LONE` objects | `null`, `{}` |
//! | an object | an object | `null`, `""` |

use std::{borrow::Cow, collections::BTreeMap, str::FromStr};

use super::{
    error::{Drift, Expected, Fault},
    reader::{Kind, Reader, number_len},
};

/// A type that can be read from any JSON value that fits.
pub(crate) trait Value: Sized {
    /// Reads a value. `None` if it is absent, or does not fit and is recorded as a drift.
    ///
    /// # Errors
    ///
    /// Only if the text is not JSON.
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault>;

    /// Whether a list of these may come as a single value, a string or a number.
    const SCALAR: bool = false;

    /// Whether a list of these may come as a single object.
    const LONE: bool = false;

    /// Whether every JSON value can be read, even `null`.
    const ANY: bool = false;

    /// Whether JSON can represent it.
    fn is_json(&self) -> bool {
        true
    }

    /// Adds the paths of the fields that are required to read it, if it is at this path.
    fn required(path: &str, paths: &mut Vec<String>) {
        paths.push(path.to_owned());
    }
}

/// A field that may be absent. If it is read twice, the last usable value wins.
pub(crate) trait Slot: Default {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault>;

    /// Whether it has a value to write.
    fn is_present(&self) -> bool;
}

impl<T: Value> Slot for Option<T> {
    #[inline(never)]
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        if let Some(value) = T::read(reader)? {
            *self = Some(value);
        }
        Ok(())
    }

    fn is_present(&self) -> bool {
        self.is_some()
    }
}

impl<T: Value> Slot for Vec<T> {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        if reader.kind()? == Kind::Null {
            return reader.literal("null");
        }
        if let Some(list) = Value::read(reader)? {
            *self = list;
        }
        Ok(())
    }

    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

/// A field without which its object cannot be read.
pub(crate) struct Required<T> {
    value: Option<T>,
    /// Why its value could not be read.
    why: Option<Drift>,
}

impl<T> Default for Required<T> {
    fn default() -> Self {
        Self { value: None, why: None }
    }
}

impl<T: Value> Required<T> {
    #[inline(never)]
    pub(crate) fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        // A list would take it for an empty one.
        if self.value.is_some() && reader.kind()? == Kind::Null {
            return reader.literal("null");
        }
        let before = reader.dropped();
        match T::read(reader)? {
            Some(value) => self.value = Some(value),
            None if reader.dropped() > before => self.why = reader.last_drift(),
            None => {}
        }
        Ok(())
    }

    pub(crate) fn is_present(&self) -> bool {
        self.value.is_some()
    }

    /// The value. If there is none, reports that the object at `start` lacks the field.
    pub(crate) fn take(self, reader: &mut Reader<'_>, start: usize, name: &'static str) -> Option<T> {
        match (&self.value, self.why) {
            (Some(_), _) => {}
            // Already reported when it was read.
            (None, Some(why)) => reader.blame(why),
            (None, None) => reader.drop_at(start, Expected::Field(name)),
        }
        self.value
    }
}

/// Reads an object: `fields` is called inside it, and reads to its end.
///
/// Only this small part is generic; the rest is one function for all types.
pub(crate) fn object<T>(
    reader: &mut Reader<'_>,
    fields: fn(&mut Reader<'_>, usize) -> Result<Option<T>, Fault>,
) -> Result<Option<T>, Fault> {
    let start = begin_object(reader)?;
    match start {
        Some(start) => fields(reader, start),
        None => Ok(None),
    }
}

/// Enters an object, and returns its position. Anything else is skipped.
pub(crate) fn begin_object(reader: &mut Reader<'_>) -> Result<Option<usize>, Fault> {
    match reader.kind()? {
        Kind::Object => {
            let start = reader.pos();
            reader.object()?;
            return Ok(Some(start));
        }
        _ => absent(reader, "an object")?,
    }
    Ok(None)
}

/// Skips a value of an unexpected type. `null` and the empty string mean that the field is absent; the rest is drift.
fn absent(reader: &mut Reader<'_>, expected: &'static str) -> Result<(), Fault> {
    match reader.kind()? {
        Kind::Null => reader.literal("null"),
        Kind::String => {
            let start = reader.pos();
            if reader.string()?.is_empty() {
                return Ok(());
            }
            reader.drop_at(start, Expected::Value(expected));
            Ok(())
        }
        _ => reader.unfit(expected),
    }
}

/// Reads a number, which may be in quotes.
pub(crate) fn numeric<T>(
    reader: &mut Reader<'_>,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let kind = reader.kind()?;
    let start = reader.pos();
    let value = match kind {
        Kind::Number => parse(reader.number()?),
        Kind::String => match &*reader.string()? {
            "" => return Ok(None),
            text => parse(text),
        },
        Kind::Null => {
            reader.literal("null")?;
            return Ok(None);
        }
        _ => {
            reader.unfit(expected)?;
            return Ok(None);
        }
    };
    if value.is_none() {
        reader.drop_at(start, Expected::Value(expected));
    }
    Ok(value)
}

impl Value for u64 {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        match reader.natural() {
            Some(value) => Ok(Some(value)),
            None => numeric(reader, "an integer without a sign", integer),
        }
    }

    const SCALAR: bool = true;
}

impl Value for i64 {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        match reader.natural() {
            Some(value) => Ok(value.try_into().ok()),
            None => numeric(reader, "an integer", integer),
        }
    }

    const SCALAR: bool = true;
}

impl Value for f64 {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        numeric(reader, "a number", float)
    }

    fn is_json(&self) -> bool {
        self.is_finite()
    }
}

impl Value for bool {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        if reader.kind()? == Kind::Bool {
            return reader.bool().map(Some);
        }
        numeric(reader, "true or false", |text| match integer(text) {
            Some(0_u64) => Some(false),
            Some(1) => Some(true),
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }
}

/// Reads a string. It is borrowed if it has no escapes.
pub(crate) fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    Ok(match reader.kind()? {
        Kind::String => Some(reader.string()?),
        Kind::Number => Some(Cow::Borrowed(reader.number()?)),
        Kind::Null => {
            reader.literal("null")?;
            None
        }
        _ => {
            reader.unfit("a text")?;
            None
        }
    })
}

/// Reads a word: a string that is not empty.
pub(crate) fn word<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    Ok(text(reader)?.filter(|word| !word.is_empty()))
}

impl Value for String {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        Ok(text(reader)?.map(Cow::into_owned))
    }

    const SCALAR: bool = true;
}

impl<T: Value> Value for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        Ok(Some(T::read(reader)?))
    }

    fn is_json(&self) -> bool {
        self.as_ref().is_none_or(T::is_json)
    }
}

impl<T: Value> Value for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        Ok(T::read(reader)?.map(Self::new))
    }
}

/// An item that cannot be read is dropped; the others stay.
impl<T: Value> Value for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        match reader.kind()? {
            Kind::Array => {
                let mut list = Self::new();
                reader.array()?;
                let mut first = true;
                while reader.item(&mut first)? {
                    if !T::ANY && reader.kind()? == Kind::Null {
                        reader.unfit("an item")?;
                    } else if let Some(item) = T::read(reader)? {
                        list.push(item);
                    }
                }
                Ok(Some(list))
            }
            Kind::String | Kind::Number if T::SCALAR => {
                let start = reader.pos();
                if reader.kind()? == Kind::String && reader.string()?.is_empty() {
                    return Ok(None);
                }
                reader.seek(start);
                Ok(T::read(reader)?.map(|item| vec![item]))
            }
            Kind::Null => {
                reader.literal("null")?;
                Ok(Some(Self::new()))
            }
            _ if empty_object(reader)? => Ok(Some(Self::new())),
            Kind::Object if T::LONE => Ok(T::read(reader)?.map(|item| vec![item])),
            _ => absent(reader, "a list").map(|()| None),
        }
    }
}

/// Skips `{}`, which some encoders write for an empty list. Returns whether it was that; otherwise, nothing is skipped.
fn empty_object(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    let start = reader.pos();
    if reader.kind()? == Kind::Object {
        reader.object()?;
        if reader.key(&mut true)?.is_none() {
            return Ok(true);
        }
        reader.seek(start);
    }
    Ok(false)
}

/// An entry whose value cannot be read is dropped. Its name is not reported, because it is data too.
impl<T: Value> Value for BTreeMap<String, T> {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        object(reader, |reader, start| {
            let mut map = Self::new();
            let mut first = true;
            let mut entries = || -> Result<(), Fault> {
                while let Some(name) = reader.key(&mut first)? {
                    let at = reader.pos();
                    let before = reader.dropped();
                    if let Some(value) = T::read(reader)? {
                        map.insert(name.into_owned(), value);
                    } else if reader.dropped() > before {
                        reader.redirect(at, start);
                    }
                }
                Ok(())
            };
            entries().map_err(|fault| fault.within(start))?;
            Ok(Some(map))
        })
    }
}

/// An integer's exact value: from digits, or from a fraction and an exponent that amount to an integer.
pub(crate) fn integer<T: TryFrom<i128> + FromStr>(text: &str) -> Option<T> {
    // The usual case. The standard library accepts a plus sign; JSON does not.
    if let Some(first) = text.bytes().next()
        && first != b'+'
        && let Ok(value) = text.parse()
    {
        return Some(value);
    }
    integral(text).and_then(|value| value.try_into().ok())
}

#[cold]
fn integral(text: &str) -> Option<i128> {
    if number_len(text.as_bytes()) != text.len() || text.is_empty() {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or((1, mantissa), |mantissa| (-1, mantissa));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // How many zeros follow the significant digits.
    let trailing = (digits.len() - digits.trim_end_matches('0').len()) as i64;
    let zeros = exponent.parse::<i64>().ok()?.checked_add(trailing)?.checked_sub(fraction.len() as i64)?;
    // A u64 has at most 20 digits.
    if zeros < 0 || significant.len() as i64 + zeros > 20 {
        return None;
    }
    Some(sign * significant.parse::<i128>().ok()? * 10_i128.pow(zeros as u32))
}

/// A number's nearest finite value.
pub(crate) fn float(text: &str) -> Option<f64> {
    let is_number = number_len(text.as_bytes()) == text.len();
    text.parse().ok().filter(|number: &f64| is_number && number.is_finite())
}

/// Reads decimal digits only: no sign, no space.
pub(crate) fn digits(text: &str) -> Option<u64> {
    // `u64::from_str` also accepts a leading `+`.
    if text.starts_with('+') { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(json: &str) -> (Option<T>, u32) {
        let mut reader = Reader::new(json);
        let value = T::read(&mut reader).unwrap();
        reader.end().unwrap();
        (value, reader.dropped())
    }

    #[test]
    fn integers_are_read_exactly_and_also_in_quotes() {
        for (json, value) in [
            ("7", 7),
            ("0", 0),
            ("-0", 0),
            ("18446744073709551615", u64::MAX),
            ("9007199254740993", 9_007_199_254_740_993),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 1_000_000_000_000_000_000),
            (" 7 ", 7),
            ("1.0", 1),
            ("1702018343678.000", 1_702_018_343_678),
            ("1e3", 1000),
            ("1.5e1", 15),
            ("150e-1", 15),
            ("0e400", 0),
            ("0.0", 0),
            ("18446744073709551615.0", u64::MAX),
            ("\"7\"", 7),
            ("\"1.0\"", 1),
            ("\"0007\"", 7),
        ] {
            assert_eq!(read::<u64>(json), (Some(value), 0), "{json}");
        }
        for json in [
            "-1",
            "1.5",
            "1e400",
            "1e-1",
            "\"x\"",
            "\" 7\"",
            "\"+7\"",
            "\"0x1\"",
            "\"١\"",
            "true",
            "[7]",
            "{}",
            "[[[]]]",
            "18446744073709551616",
            "1e99999999999999999999",
            "1e-9223372036854775808",
        ] {
            assert_eq!(read::<u64>(json), (None, 1), "{json}");
        }
        for json in ["null", "\"\""] {
            assert_eq!(read::<u64>(json), (None, 0), "{json}");
        }
        assert_eq!(read::<i64>("-1"), (Some(-1), 0));
        assert_eq!(read::<i64>("-9223372036854775808.0"), (Some(i64::MIN), 0));
        assert_eq!(read::<i64>("9223372036854775808"), (None, 1));
    }

    #[test]
    fn booleans_are_read_from_words_and_from_0_and_1() {
        for (json, value) in [
            ("true", true),
            ("false", false),
            ("1", true),
            ("0", false),
            ("\"true\"", true),
            ("\"False\"", false),
            ("\"1\"", true),
            ("1.0", true),
        ] {
            assert_eq!(read::<bool>(json), (Some(value), 0), "{json}");
        }
        for json in ["2", "-1", "\"yes\"", "[]", "{\"a\":1}", "0.5"] {
            assert_eq!(read::<bool>(json), (None, 1), "{json}");
        }
        assert_eq!(read::<bool>("null"), (None, 0));
    }

    #[test]
    fn floats_may_be_quoted_and_strings_may_be_numbers() {
        assert_eq!(read::<f64>("22.25"), (Some(22.25), 0));
        assert_eq!(read::<f64>("\"-1e2\""), (Some(-100.0), 0));
        for json in ["1e400", "\"inf\"", "\"nan\"", "true", "[1.0]"] {
            assert_eq!(read::<f64>(json), (None, 1), "{json}");
        }
        for (json, text) in
            [("\"ada\"", "ada"), ("\"\"", ""), ("144115271904417733", "144115271904417733"), ("1.50", "1.50")]
        {
            assert_eq!(read::<String>(json), (Some(text.to_owned()), 0));
        }
        for json in ["true", "[]", "{\"a\":[]}"] {
            assert_eq!(read::<String>(json), (None, 1), "{json}");
        }
        assert_eq!(read::<String>("null"), (None, 0));
    }

    #[test]
    fn an_unreadable_item_does_not_affect_the_others() {
        let list = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect::<Vec<String>>());
        assert_eq!(read(r#"["a",7,null,{"b":"c"},[],"d"]"#), (list(&["a", "7", "d"]), 3));
        for json in ["[]", "{}", "{ }", "null"] {
            assert_eq!(read(json), (list(&[]), 0), "{json}");
        }
        assert_eq!(read(r#""one""#), (list(&["one"]), 0));
        assert_eq!(read("7"), (list(&["7"]), 0));
        assert_eq!(read::<Vec<String>>(r#""""#), (None, 0));
        for json in ["true", r#"{"a":1}"#] {
            assert_eq!(read::<Vec<String>>(json), (None, 1), "{json}");
        }
        assert_eq!(read::<Vec<Vec<u64>>>("7"), (None, 1));
    }

    #[test]
    fn digits_have_no_sign_and_no_space() {
        assert_eq!(digits("1400000000"), Some(1_400_000_000));
        assert_eq!(digits("18446744073709551615"), Some(u64::MAX));
        for text in ["", "+1", "-1", " 1", "1 ", "0x1", "1e3", "١", "18446744073709551616"] {
            assert_eq!(digits(text), None, "{text:?}");
        }
    }
}
