//! The URL's parameters, read in one pass over the query. It allocates only for our own values, if they are encoded.

use std::{borrow::Cow, iter};

use memchr::{memchr_iter, memchr2};

macro_rules! parameters {
    ($($parameter:ident = $name:literal),* $(,)?) => {
        /// A parameter of the URL, under the name in the vendor's docs.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Parameter { $($parameter),* }

        impl Parameter {
            pub(crate) const ALL: [Self; [$($name),*].len()] = [$(Self::$parameter),*];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$parameter => $name),* }
            }

            /// The parameter and its value, if it is spelled as Chat does: comparing with constants is cheaper than
            /// looking for the end of the name.
            fn of_pair(pair: &str) -> Option<(Self, &str)> {
                $(
                    if let Some(value) = pair.strip_prefix(concat!($name, "=")) {
                        return Some((Self::$parameter, value));
                    }
                )*
                None
            }
        }
    };
}

parameters! {
    SdkAppId = "SdkAppid",
    CallbackCommand = "CallbackCommand",
    WebhookCommand = "WebhookCommand",
    ClientIp = "ClientIP",
    OptPlatform = "OptPlatform",
    RequestTime = "RequestTime",
    Sign = "Sign",
}

impl Parameter {
    /// The parameter with this name, ignoring case.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(name))
    }

    /// The parameter with this percent-encoded name. A name that cannot be decoded is not one of ours.
    fn named_encoded(name: &str) -> Option<Self> {
        let lower = |byte: u8| Some(byte.to_ascii_lowercase());
        let is_name = |own: &Self| decoded(name).map(|byte| byte.and_then(lower)).eq(own.name().bytes().map(lower));
        Self::ALL.into_iter().find(is_name)
    }
}

/// Why a query is rejected: it is ambiguous.
#[derive(Clone, Copy, Debug)]
pub(crate) enum QueryError {
    /// A parameter occurs twice, with different values.
    Repeated(Parameter),
    /// A value is not percent-encoded UTF-8.
    Encoding(Parameter),
}

/// The parameters that this crate reads, percent-decoded. Names are case-insensitive; repeats of an equal value are
/// ignored.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    values: [Option<Cow<'a, str>>; Parameter::ALL.len()],
}

impl<'a> Query<'a> {
    /// Adds what is in the part of a URL after its `?`.
    ///
    /// Only our own parameters are validated: none may occur twice with different values, or have a value that is not
    /// percent-encoded UTF-8.
    pub(crate) fn read(&mut self, query: &'a str) -> Result<(), QueryError> {
        let encoded = memchr2(b'%', b'+', query.as_bytes()).is_some();
        let mut start = 0;
        for end in memchr_iter(b'&', query.as_bytes()).chain([query.len()]) {
            self.insert(&query[start..end], encoded)?;
            start = end + 1;
        }
        Ok(())
    }

    fn insert(&mut self, pair: &'a str, encoded: bool) -> Result<(), QueryError> {
        let Some((parameter, value)) = Parameter::of_pair(pair).or_else(|| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let encoded = || if encoded { Parameter::named_encoded(name) } else { None };
            Some((Parameter::named(name).or_else(encoded)?, value))
        }) else {
            return Ok(());
        };
        let value = match encoded && memchr2(b'%', b'+', value.as_bytes()).is_some() {
            true => decode(value).ok_or(QueryError::Encoding(parameter))?.into(),
            false => value.into(),
        };
        match &mut self.values[parameter as usize] {
            Some(first) if *first != value => return Err(QueryError::Repeated(parameter)),
            Some(_) => {}
            none => *none = Some(value),
        }
        Ok(())
    }

    /// The command, under the first of its names. An empty one is none.
    pub(crate) fn command(&self) -> Option<&str> {
        let named = |parameter| self.get(parameter).filter(|word| !word.is_empty());
        named(Parameter::CallbackCommand).or_else(|| named(Parameter::WebhookCommand))
    }

    pub(crate) fn get(&self, parameter: Parameter) -> Option<&str> {
        self.values[parameter as usize].as_deref()
    }
}

/// Decodes a value. `None` if it is badly encoded, or not UTF-8 once decoded.
fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    for byte in decoded(value) {
        bytes.push(byte?);
    }
    String::from_utf8(bytes).ok()
}

/// Decodes `application/x-www-form-urlencoded`: `+` is a space, `%` precedes two hex digits.
fn decoded(text: &str) -> impl Iterator<Item = Option<u8>> {
    let mut bytes = text.bytes();
    let digit = |byte| char::from(byte).to_digit(16).map(|digit| digit as u8);
    iter::from_fn(move || {
        Some(match bytes.next()? {
            b'+' => Some(b' '),
            b'%' => bytes.next().and_then(digit).zip(bytes.next().and_then(digit)).map(|(high, low)| 16 * high + low),
            byte => Some(byte),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query<'_>, QueryError> {
        let mut query = Query::default();
        query.read(text).map(|()| query)
    }

    fn is_repeated(query: &str) -> bool {
        matches!(parse(query), Err(QueryError::Repeated(_)))
    }

    #[test]
    fn the_vendors_own_url_is_read_without_allocating() {
        let query = parse(
            "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete&contenttype=json\
             &ClientIP=127.0.0.1&OptPlatform=iOS&RequestTime=1669872112&Sign=17",
        )
        .unwrap();
        assert_eq!(query.get(Parameter::SdkAppId), Some("1400000000"));
        assert_eq!(query.get(Parameter::CallbackCommand), Some("Follow.CallbackAfterFollowDelete"));
        assert_eq!(query.get(Parameter::WebhookCommand), None);
        assert_eq!(query.get(Parameter::ClientIp), Some("127.0.0.1"));
        assert_eq!(query.get(Parameter::OptPlatform), Some("iOS"));
        assert_eq!(query.get(Parameter::RequestTime), Some("1669872112"));
        assert_eq!(query.get(Parameter::Sign), Some("17"));
        assert!(query.values.iter().flatten().all(|value| matches!(value, Cow::Borrowed(_))));
    }

    #[test]
    fn names_are_case_insensitive() {
        for name in ["SDKAppID", "SdkAppId", "sdkappid", "SdkAppid", "%53dkAppid"] {
            assert_eq!(parse(&format!("{name}=1")).unwrap().get(Parameter::SdkAppId), Some("1"), "{name}");
        }
        for parameter in Parameter::ALL {
            let name = parameter.name();
            for name in [name, &name.to_uppercase(), &name.to_lowercase()] {
                assert_eq!(parse(&format!("{name}=1")).unwrap().get(parameter), Some("1"), "{name}");
            }
        }
        let others = parse("SdkAppie=1&clientix=2&signs=3&=4&5").unwrap();
        assert!(others.values.iter().all(Option::is_none));
    }

    #[test]
    fn encoded_values_are_decoded() {
        let query = parse("CallbackCommand=State%2eStateChange&OptPlatform=a+%E5%9b%9e").unwrap();
        assert_eq!(query.get(Parameter::CallbackCommand), Some("State.StateChange"));
        assert_eq!(query.get(Parameter::OptPlatform), Some("a 回"));
        for bad in ["%", "%4", "%zz", "%+1", "%ff", "%E5%9b", "%é"] {
            let query = format!("CallbackCommand={bad}");
            assert!(matches!(parse(&query), Err(QueryError::Encoding(Parameter::CallbackCommand))), "{bad}");
        }
        // Other parameters are not validated.
        assert!(parse("note=100%&%zz=1&=&&&=1").is_ok());
    }

    #[test]
    fn a_parameter_may_be_repeated_only_with_the_same_value() {
        assert!(parse("SdkAppid=1&SDKAppID=1&sdkappid=%31").is_ok());
        assert!(is_repeated("SdkAppid=1&SDKAppID=2"));
        assert!(is_repeated("Sign=1&sign="));
        assert!(is_repeated("ClientIP=1&clientip"));
    }
}
