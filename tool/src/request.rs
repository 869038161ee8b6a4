//! Genuine requests, and those that are wrong on purpose.

use std::{
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use clap::Args;
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use tower_tencent_webhook::{CloudEvent, Command, Platform, signer::Signer};

use crate::{
    apps::{Apps, ConfiguredApp},
    body::BodyArgs,
};

/// When a webhook claims to have been sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum At {
    #[default]
    Now,
    Ago(Duration),
    In(Duration),
    Time(SystemTime),
}

impl At {
    pub(crate) fn time(self) -> SystemTime {
        let now = SystemTime::now();
        match self {
            Self::Now => now,
            Self::Ago(duration) => now.checked_sub(duration).unwrap_or(UNIX_EPOCH),
            Self::In(duration) => now.checked_add(duration).unwrap_or(now),
            Self::Time(time) => time,
        }
    }
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = |text| humantime::parse_duration(text).map_err(|error| error.to_string());
        if text == "now" {
            return Ok(Self::Now);
        }
        if let Some(ago) = text.strip_prefix('-') {
            return duration(ago).map(Self::Ago);
        }
        if let Some(ahead) = text.strip_prefix('+') {
            return duration(ahead).map(Self::In);
        }
        if let Ok(seconds) = text.parse() {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
            return time.map(Self::Time).ok_or_else(|| "too far in the future".to_owned());
        }
        humantime::parse_rfc3339_weak(text).map(Self::Time).map_err(|_| {
            "a distance such as -90s or +5m, seconds since 1970, or a time such as 2026-11-26T12:00:00Z".to_owned()
        })
    }
}

/// What the requests are made of, of `send` and `sign`.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    pub(crate) apps: Apps,
    #[command(flatten)]
    pub(crate) body: BodyArgs,
    /// When it claims to be sent: -90s, +5m, seconds since 1970, or 2026-11-26T12:00:00Z
    #[arg(long, value_name = "TIME", default_value = "now", hide_default_value = true, allow_hyphen_values = true)]
    pub(crate) at: At,
}

/// Makes requests of one app.
#[derive(Clone, Debug)]
pub(crate) struct Maker {
    signer: Signer,
    at: At,
    forge: bool,
}

impl Maker {
    /// Requests with this path and query, signed with the app's first token or key.
    pub(crate) fn new(app: &ConfiguredApp, path: &str) -> Self {
        Self { signer: Signer::new(&app.app).url(path), at: At::Now, forge: false }
    }

    /// Another time than that at which each is made.
    pub(crate) fn at(self, at: At) -> Self {
        Self { at, ..self }
    }

    /// With a wrong signature.
    pub(crate) fn forge(self, forge: bool) -> Self {
        Self { forge, ..self }
    }

    /// On behalf of the client of a recorded webhook.
    pub(crate) fn on_behalf_of(&self, event: &CloudEvent) -> Self {
        let platform = event.attribute("optplatform").map(Platform::from);
        let ip = event.attribute("clientip").and_then(|ip| ip.parse().ok());
        Self { signer: self.signer.clone().client_ip(ip).platform(platform), ..self.clone() }
    }

    /// A request. The body of a callback of the RTC Engine gets the time at which it is sent, and nothing else changes.
    pub(crate) fn request(&self, command: &Command, body: &Bytes) -> Request<Full<Bytes>> {
        let time = self.at.time();
        if command.is_rtc() {
            let mut request = self.signer.rtc_request(sent_at(body, time));
            if self.forge
                && let Some(sign) = request.headers_mut().get_mut("sign")
            {
                let other = if sign.as_bytes().starts_with(b"A") { b'B' } else { b'A' };
                let wrong: Vec<u8> = std::iter::once(other).chain(sign.as_bytes()[1..].iter().copied()).collect();
                *sign = HeaderValue::from_bytes(&wrong).expect("Base64 is a header's value");
            }
            return request;
        }
        let mut request = self.signer.request(command, body.clone(), time);
        if self.forge {
            *request.uri_mut() = forged(request.uri());
        }
        request
    }
}

/// The URL with another `Sign` of the same form.
fn forged(uri: &Uri) -> Uri {
    let url = uri.to_string();
    let (begin, sign) = match url.rsplit_once("Sign=") {
        Some((begin, sign)) if !sign.is_empty() => (begin, sign),
        _ => return uri.clone(),
    };
    let other = if sign.starts_with('0') { '1' } else { '0' };
    format!("{begin}Sign={other}{}", &sign[1..]).parse().expect("it is as long as before, and a digit is another")
}

/// The body of a callback of the RTC Engine, with the time at which it is sent. Everything else stays as it is, byte for
/// byte. A body that does not say it stays as it is.
pub(crate) fn sent_at(body: &Bytes, time: SystemTime) -> Bytes {
    let Some(place) = str::from_utf8(body).ok().and_then(place_of_time) else { return body.clone() };
    let millis = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let (begin, rest) = body.split_at(place.start);
    let (old, end) = rest.split_at(place.len());
    let new = if old.len() <= 10 { millis / 1000 } else { millis };
    [begin, new.to_string().as_bytes(), end].concat().into()
}

/// Where in the body the digits of the time stand at which it was sent.
fn place_of_time(body: &str) -> Option<std::ops::Range<usize>> {
    struct Time;

    impl<'de> Visitor<'de> for Time {
        type Value = Option<&'de RawValue>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a callback")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut time = None;
            while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                if name == "CallbackTs" || name == "CallbackMsTs" {
                    time = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(time)
        }
    }

    let raw = serde_json::Deserializer::from_str(body).deserialize_map(Time).ok()??.get();
    let digits = raw.trim_matches('"');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // It is a part of the body.
    let start = digits.as_ptr() as usize - body.as_ptr() as usize;
    Some(start..start + digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_time_of_sending_changes() {
        let time = UNIX_EPOCH + Duration::from_millis(1_702_018_343_678);
        let sent = |body: &'static str| sent_at(&Bytes::from_static(body.as_bytes()), time);
        let pretty = "{\n\t\"EventInfo\":\t{\"CallbackTs\": 5},\n\t\"CallbackTs\":\t1600000000000\n}";
        assert_eq!(sent(pretty), "{\n\t\"EventInfo\":\t{\"CallbackTs\": 5},\n\t\"CallbackTs\":\t1702018343678\n}");
        assert_eq!(sent(r#"{"CallbackMsTs":"1600000000000"}"#), r#"{"CallbackMsTs":"1702018343678"}"#);
        assert_eq!(sent(r#"{"CallbackTs":1600000000,"é":1}"#), r#"{"CallbackTs":1702018343,"é":1}"#);
        for as_it_is in ["{}", "", "[1]", r#"{"CallbackTs":null}"#, r#"{"CallbackTs":-1}"#, r#"{"CallbackTs":1.5}"#] {
            assert_eq!(sent(as_it_is), as_it_is);
        }
    }

    #[test]
    fn a_time_is_a_distance_or_a_point() {
        for (text, time) in [
            ("now", At::Now),
            ("-90s", At::Ago(Duration::from_secs(90))),
            ("+5m", At::In(Duration::from_secs(300))),
            ("1702018343", At::Time(UNIX_EPOCH + Duration::from_secs(1_702_018_343))),
            ("2023-12-08T06:52:23Z", At::Time(UNIX_EPOCH + Duration::from_secs(1_702_018_343))),
        ] {
            assert_eq!(text.parse(), Ok(time), "{text}");
        }
        for wrong in ["", "-", "yesterday", "90s", "18446744073709551615"] {
            assert!(wrong.parse::<At>().is_err(), "{wrong}");
        }
    }
}
