//! A whole body: its text, and the parts of it that were dropped.

use std::borrow::Cow;

use super::{error::Expected, json_error::path, reader::Reader};

/// A body's text. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn body_text(body: &[u8]) -> Cow<'_, str> {
    // Checking the whole body at once is cheaper than checking each string.
    match str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// The parts of a body that were dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drifts(Vec<(String, Expected)>);

impl Drifts {
    pub(crate) fn of(text: &str, reader: &Reader<'_>) -> Self {
        if reader.dropped() == 0 { Self::default() } else { Self::found(text, reader) }
    }

    #[cold]
    fn found(text: &str, reader: &Reader<'_>) -> Self {
        let drifts = reader.drifts().iter();
        Self(drifts.map(|drift| (path(text, drift.at, drift.expected), drift.expected)).collect())
    }

    /// The JSON paths, and what was expected at each.
    pub(crate) fn into_inner(self) -> Vec<(String, Expected)> {
        self.0
    }
}
