//! `verify`: what is wrong with a URL, or with a callback of the RTC Engine.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Args;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use tower_tencent_webhook::{App, Receiver, Rejection, RejectionKind, SdkAppId};

use crate::{
    apps::{Apps, ConfiguredApp, Secret},
    body::read,
    cli::Ended,
    output::{BAD, GOOD, printable, say, styled},
    request::At,
};

/// Says what is wrong with a webhook's URL, or with a callback of the RTC Engine
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook verify 'http://example.com/im?SdkAppid=1400000000&CallbackCommand=State.StateChange&RequestTime=…&Sign=…' \\
      --app 1400000000 --token secret
  tencent-webhook verify --body event.json --sign '3sPZ…=' --app 1400000000 --rtc-key K       the RTC Engine
  tencent-webhook verify URL --body body.json …                                           with the body, which is parsed too

The exit status is 1 if it would be rejected. The right signature is never printed.")]
pub(crate) struct VerifyArgs {
    /// The URL, or only its query
    #[arg(value_name = "URL", required_unless_present = "sign")]
    url: Option<String>,
    /// The body; `-` for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "url")]
    body: Option<PathBuf>,
    /// The header `Sign` of a callback of the RTC Engine
    #[arg(long, value_name = "BASE64", conflicts_with = "url", allow_hyphen_values = true)]
    sign: Option<String>,
    #[command(flatten)]
    apps: Apps,
    /// When it was received: -90s, seconds since 1970, or 2026-11-26T12:00:00Z
    #[arg(long, value_name = "TIME", default_value = "now", hide_default_value = true, allow_hyphen_values = true)]
    at: At,
    /// How far the clocks may be apart [default: 60s; the age of callbacks of the RTC Engine is not checked]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    tolerance: Option<Duration>,
}

impl VerifyArgs {
    pub(crate) fn run(self) -> Result<Ended, String> {
        let now = self.at.time();
        let body = self.body.as_ref().map(read).transpose()?;
        let mut receiver = Receiver::new(self.apps.first().app.clone());
        for app in &self.apps.0[1..] {
            receiver = receiver.try_app(app.app.clone()).map_err(|error| error.to_string())?;
        }
        if let Some(tolerance) = self.tolerance {
            receiver = receiver.tolerance(tolerance).rtc_tolerance(tolerance);
        }
        let wrong = match (&self.url, body) {
            (Some(url), body) => self.chat(&receiver, url, body, now),
            (None, Some(body)) => self.rtc(&receiver, body, now),
            (None, None) => return Err("give a URL, or --body and --sign".to_owned()),
        };
        match wrong {
            None => Ok(Ended::Well),
            Some(wrong) => {
                say!("{} {}", styled(BAD, "✗"), printable(&wrong, 400));
                Ok(Ended::Badly)
            }
        }
    }

    /// What is wrong with a webhook of Chat.
    fn chat(&self, receiver: &Receiver, url: &str, body: Option<Bytes>, now: SystemTime) -> Option<String> {
        let query = url.split_once('?').map_or(url, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let parameters = Parameters::of(query);
        let context = match receiver.verify_query(query, now) {
            Ok(context) => context,
            Err(rejection) if rejection.kind() == RejectionKind::UrlCheck => {
                say!("{} the console's check of the URL: genuine", styled(GOOD, "✓"));
                return None;
            }
            Err(rejection) => return Some(self.wrong_url(&rejection, &parameters, now)),
        };
        let genuine = if context.is_verified() { "genuine" } else { "not signed, and the app is --unsigned" };
        let command = printable(context.command().as_str(), 100);
        say!("{} {command} of app {}: {genuine}", styled(GOOD, "✓"), context.app());
        if let Some(time) = parameters.time() {
            say!("  sent {}", distance(time, now));
        }
        self.parsed(receiver.parse(context, body?))
    }

    /// What is wrong with a callback of the RTC Engine.
    fn rtc(&self, receiver: &Receiver, body: Bytes, now: SystemTime) -> Option<String> {
        let app = self.apps.first();
        let id = app.id.to_string();
        let claim = match receiver.verify_rtc_headers(Some(&id), self.sign.as_deref()) {
            Ok(claim) => claim,
            Err(rejection) => return Some(self.wrong_callback(&rejection, app, &body, now)),
        };
        match receiver.parse_rtc(claim, body.clone(), now) {
            Err(rejection) if is_about_the_guard(&rejection) => Some(self.wrong_callback(&rejection, app, &body, now)),
            parsed => {
                let genuine = if app.keys.is_empty() { "not signed, and the app is --unsigned" } else { "genuine" };
                say!("{} a callback of the RTC Engine of app {}: {genuine}", styled(GOOD, "✓"), app.id);
                if let Some(time) = sent(&body) {
                    say!("  sent {}", distance(time, now));
                }
                self.parsed(parsed)
            }
        }
    }

    /// What is wrong with the body.
    fn parsed(&self, parsed: Result<tower_tencent_webhook::Webhook, Rejection>) -> Option<String> {
        match parsed {
            Ok(hook) => {
                let drift = hook.drift();
                let command = printable(hook.context().command().as_str(), 100);
                say!("{} {command}: the body is read", styled(GOOD, "✓"));
                for drift in drift {
                    say!("  left out: {}", printable(&drift.to_string(), 200));
                }
                None
            }
            Err(rejection) => Some(format!("the body cannot be read: {rejection}")),
        }
    }

    fn wrong_url(&self, rejection: &Rejection, parameters: &Parameters, now: SystemTime) -> String {
        let app = parameters.app.and_then(|id| self.apps.0.iter().find(|app| app.id == id));
        match (rejection.kind(), app) {
            (RejectionKind::UnknownApp, None) => {
                let ours: Vec<_> = self.apps.0.iter().map(|app| app.id.to_string()).collect();
                let theirs = parameters.app.map(|id| id.to_string()).unwrap_or_default();
                format!("its SdkAppid is {theirs}, not {}", ours.join(" or "))
            }
            (RejectionKind::UnknownApp, Some(app)) => {
                format!("app {} has a key of the RTC Engine only: give the token with --token", app.id)
            }
            (RejectionKind::Stale, _) => match parameters.time() {
                Some(time) => {
                    format!("the signature is right, but it is stale: {}", self.too_far(time, now))
                }
                None => format!("{rejection}"),
            },
            (RejectionKind::InvalidSign, Some(app)) => match parameters.hint(app) {
                Some(hint) => format!("the Sign is wrong: {hint}"),
                None => {
                    let which = if app.tokens.len() == 1 { "this token" } else { "any of these tokens" };
                    format!("the Sign is wrong: it was not made with {which} at this RequestTime")
                }
            },
            _ => format!("{rejection}"),
        }
    }

    fn wrong_callback(&self, rejection: &Rejection, app: &ConfiguredApp, body: &Bytes, now: SystemTime) -> String {
        match rejection.kind() {
            RejectionKind::InvalidSign => match self.sign.as_deref().and_then(|sign| rtc_hint(sign, app, body)) {
                Some(hint) => format!("the Sign is wrong: {hint}"),
                None => "the Sign is wrong: no key of the app made it for exactly this body. A newline at the end, or JSON that was \
                         formatted anew, is another body"
                    .to_owned(),
            },
            RejectionKind::Stale => match sent(body) {
                Some(time) => format!("the signature is right, but it is stale: {}", self.too_far(time, now)),
                None => format!("{rejection}"),
            },
            _ => format!("{rejection}"),
        }
    }

    /// By how much a time is too far from now.
    fn too_far(&self, time: SystemTime, now: SystemTime) -> String {
        let tolerance = self.tolerance.unwrap_or(TOLERANCE);
        let (far, side) = match now.duration_since(time) {
            Ok(ago) => (ago, "before"),
            Err(ahead) => (ahead.duration(), "after"),
        };
        let beyond = far.saturating_sub(tolerance).as_secs();
        format!(
            "it was sent {} s {side} this clock, {beyond} s more than the {} s that are tolerated",
            far.as_secs(),
            tolerance.as_secs()
        )
    }
}

/// The crate's own default.
const TOLERANCE: Duration = Duration::from_secs(60);

/// Whether a rejection is about who has sent it and when, not about what the body says.
fn is_about_the_guard(rejection: &Rejection) -> bool {
    matches!(rejection.kind(), RejectionKind::InvalidSign | RejectionKind::MissingSign | RejectionKind::Stale)
}

/// When a callback of the RTC Engine was sent.
fn sent(body: &[u8]) -> Option<SystemTime> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    let time = json.get("CallbackTs").or(json.get("CallbackMsTs"))?;
    let number = time.as_u64().or_else(|| time.as_str()?.parse().ok())?;
    UNIX_EPOCH.checked_add(Duration::from_millis(number))
}

/// How far a time is from now.
fn distance(time: SystemTime, now: SystemTime) -> String {
    match now.duration_since(time) {
        Ok(ago) => format!("{} s ago", ago.as_secs()),
        Err(ahead) => format!("{} s ahead of this clock", ahead.duration().as_secs()),
    }
}

/// What a URL says, read leniently.
#[derive(Default)]
struct Parameters {
    app: Option<SdkAppId>,
    request_time: Option<String>,
    sign: Option<String>,
}

impl Parameters {
    fn of(query: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name.to_ascii_lowercase().as_str() {
                "sdkappid" => parameters.app = value.parse().ok().map(SdkAppId::new),
                "requesttime" => parameters.request_time = Some(value.to_owned()),
                "sign" => parameters.sign = Some(value.to_owned()),
                _ => {}
            }
        }
        parameters
    }

    fn time(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.request_time.as_ref()?.parse().ok()?))
    }

    /// What was done wrong, if it is one of what people do wrong.
    fn hint(&self, app: &ConfiguredApp) -> Option<&'static str> {
        let (time, sign) = (self.request_time.as_deref()?, self.sign.as_deref()?);
        let made = |token: &str, time: &str| hex(&Sha256::digest(format!("{token}{time}")));
        let tokens = || app.tokens.iter().map(Secret::expose);
        if sign.len() != 64 {
            return Some("a Sign has 64 hexadecimal digits");
        }
        if tokens().any(|token| made(time, token) == sign) {
            return Some("RequestTime stands before the token in what was hashed: the token comes first");
        }
        if tokens().any(|token| made(token.trim(), time) == sign || made(&format!("{token}\n"), time) == sign) {
            return Some("the token has white space around it, on one of the two sides");
        }
        if tokens().any(|token| (0..1000).any(|millis| made(token, &format!("{time}{millis:03}")) == sign)) {
            return Some("milliseconds were hashed, but RequestTime is in seconds");
        }
        if tokens().any(|token| hex(&mac(token, time.as_bytes())) == sign) {
            return Some("it is an HMAC: it has to be the SHA-256 of the token and RequestTime, one after the other");
        }
        None
    }
}

/// What was done wrong with a callback of the RTC Engine, if it is one of what people do wrong.
fn rtc_hint(sign: &str, app: &ConfiguredApp, body: &[u8]) -> Option<&'static str> {
    let keys = || app.keys.iter().map(Secret::expose);
    let is_of = |body: &[u8]| keys().any(|key| STANDARD.encode(mac(key, body)) == sign);
    let genuine = |body: &[u8]| keys().any(|key| App::rtc_only(app.id).rtc_key(key).is_ok()) && is_of(body);
    if genuine(body.trim_ascii_end()) {
        return Some("it is right for the body without the white space at its end");
    }
    if genuine(&[body, b"\n"].concat()) {
        return Some("it is right for the body with a newline at its end");
    }
    if genuine(&body.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>()) {
        return Some("it is right for the body with other line ends: CR was added on the way");
    }
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(body)
        && genuine(json.to_string().as_bytes())
    {
        return Some("it is right for this JSON without white space: the body was formatted on the way");
    }
    if keys().any(|key| hex(&mac(key, body)).eq_ignore_ascii_case(sign)) {
        return Some("it is hexadecimal: it has to be Base64");
    }
    let is_base64 = STANDARD.decode(sign).is_ok_and(|mac| mac.len() == 32);
    (!is_base64).then_some("a Sign is the Base64 of 32 bytes, 44 characters")
}

fn mac(key: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
