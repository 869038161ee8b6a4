//! One request: what came, what became of it, and how both are told.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value, json};
use tower_tencent_webhook::{Command, Event, Phase, Platform, SdkAppId, rtc};

use crate::{
    answer::{Expected, Judge, Verdict},
    apps::Apps,
    facts::Facts,
    output::{BAD, BOLD, FAINT, GOOD, WARNING, escaped, printable, styled},
    tally::millis,
};

/// What stands in for a value that has a signature or other secrets.
const HIDDEN: &str = "(hidden)";
/// How often a text is decoded, to see whether it has one.
const DECODED: usize = 4;

/// A request, as it came.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) id: u64,
    pub(super) time: SystemTime,
    pub(super) peer: SocketAddr,
    pub(super) method: Method,
    pub(super) path: String,
    /// Without `Sign`.
    pub(super) parameters: Vec<(String, String)>,
    /// Without signatures and credentials.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    /// Whether it is all of the body.
    pub(super) is_whole: bool,
    pub(super) is_rtc: bool,
    /// What a rejected request claims.
    pub(super) app: Option<SdkAppId>,
    pub(super) command: Option<Command>,
    pub(super) client_ip: Option<IpAddr>,
    pub(super) platform: Option<Platform>,
    /// It has a signature, which is right.
    pub(super) is_signed: bool,
    /// Why it is not an event.
    pub(super) trouble: Option<Trouble>,
    pub(super) facts: Facts,
    /// The parts of the body that do not fit their fields: path and reason.
    pub(super) drift: Vec<(String, String)>,
}

/// Why a request is not an event.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    /// A word for programs.
    pub(super) kind: &'static str,
    pub(super) reason: String,
}

/// The parameters of a URL, without its signature, wherever it stands, and without a secret that has got there.
pub(super) fn parameters(uri: &Uri, apps: &Apps) -> Vec<(String, String)> {
    let all = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0);
    let mut all = all.unwrap_or_default();
    // Also `amp;Sign`, of a URL that was copied from HTML.
    all.retain(|(name, _)| !name.trim().to_ascii_lowercase().ends_with("sign"));
    for text in all.iter_mut().flat_map(|(name, value)| [name, value]) {
        if is_to_hide(text, apps) {
            *text = HIDDEN.to_owned();
        }
    }
    all
}

/// The path, without a signature or a secret that has got there.
pub(super) fn path(uri: &Uri, apps: &Apps) -> String {
    let path = uri.path();
    if !is_to_hide(path, apps) {
        return path.to_owned();
    }
    // What stands before it helps to find the mistake.
    let lower = path.to_ascii_lowercase();
    let ends = ["?", "%3f", "&", "%26", "sign"].iter().filter_map(|end| lower.find(end));
    let begin = &path[..ends.min().unwrap_or(0)];
    if is_to_hide(begin, apps) { HIDDEN.to_owned() } else { format!("{begin}{HIDDEN}") }
}

/// Whether a text has a signature, as a part of a URL in any encoding, or a secret.
fn is_to_hide(text: &str, apps: &Apps) -> bool {
    let has = |text: &str| {
        let lower = text.to_ascii_lowercase();
        // Also `Sign: …`, and JSON.
        let after =
            lower.match_indices("sign").map(|(at, sign)| lower[at + sign.len()..].trim_start_matches(['"', ' ']));
        after.into_iter().any(|after| after.starts_with(['=', ':'])) || has_secret(text, apps)
    };
    let mut text = text.to_owned();
    // A URL in a URL is encoded twice.
    for _ in 0..DECODED {
        if has(&text) {
            return true;
        }
        let decoded = decoded(&text);
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    has(&text)
}

/// A text without percent encoding.
fn decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut all = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                all.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                all.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The value of a parameter, in any letter case.
pub(super) fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

fn has_secret(text: &str, apps: &Apps) -> bool {
    // Shorter ones are found in everything.
    apps.secrets().any(|secret| secret.len() >= 4 && text.contains(secret))
}

/// The headers, without signatures and credentials. A proxy may have put the whole URL into one.
pub(super) fn headers(headers: &HeaderMap, apps: &Apps) -> Vec<(String, String)> {
    let one = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let name = name.as_str();
        let is_secret = ["sign", "authorization", "proxy-authorization", "cookie"].contains(&name)
            || ["token", "secret", "password", "api-key"].iter().any(|word| name.contains(word));
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = if is_secret || is_to_hide(&value, apps) { HIDDEN.to_owned() } else { value.into_owned() };
        (name.to_owned(), value)
    };
    headers.iter().map(one).collect()
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Acknowledged,
    Allowed,
    Refused,
    Discarded,
    /// There is no answer that its sender can use.
    Failed,
    /// It is not genuine, or no webhook at all.
    Rejected,
    /// The console's check of the URL.
    Checked,
}

impl Kind {
    pub(super) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ack | Verdict::Data { .. } => Self::Acknowledged,
            Verdict::Discard => Self::Discarded,
            Verdict::Fault { .. } => Self::Failed,
            verdict if Expected::Allow.is_met(verdict) => Self::Allowed,
            _ => Self::Refused,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Checked => "checked",
        }
    }
}

/// Who decided on the answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum By {
    Default,
    Rule(String),
    /// The user of the page.
    Hand,
    Forward(String),
}

impl By {
    fn value(&self) -> Value {
        match self {
            Self::Default => Value::Null,
            Self::Rule(text) => json!({ "rule": text }),
            Self::Hand => json!("hand"),
            Self::Forward(url) => json!({ "forward": url }),
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) verdict: Option<Verdict>,
    pub(super) words: String,
    /// Status and body of the answer, if there was one.
    pub(super) answer: Option<(u16, Bytes)>,
    pub(super) by: By,
    pub(super) took: Duration,
}

/// What another server said.
#[derive(Clone, Debug)]
pub(super) struct Forwarded {
    pub(super) url: String,
    pub(super) verdict: Verdict,
    pub(super) words: String,
    pub(super) answer: Option<(u16, Bytes)>,
    pub(super) took: Duration,
}

impl Forwarded {
    fn value(&self, outcome: Option<&Outcome>) -> Value {
        json!({
            "url": self.url,
            "kind": Kind::of(&self.verdict).as_str(),
            "words": self.words,
            "verdict": self.verdict,
            "status": self.answer.as_ref().map(|(status, _)| status),
            "took_ms": took(self.took),
            "differs": outcome.is_some_and(|outcome| self.differs(outcome)),
        })
    }

    fn differs(&self, outcome: &Outcome) -> bool {
        // How late something is does not matter.
        outcome.verdict.as_ref().is_some_and(|verdict| match (verdict, &self.verdict) {
            (Verdict::Fault { fault: one }, Verdict::Fault { fault: other }) => one.kind() != other.kind(),
            (one, other) => one != other,
        })
    }
}

#[derive(Clone, Debug)]
pub(super) enum State {
    Open,
    /// The user of the page decides, since this time.
    Held(SystemTime),
    Done(Outcome),
}

/// A request and what is known of it so far.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) received: std::sync::Arc<Received>,
    pub(super) state: State,
    pub(super) forwards: Vec<Forwarded>,
}

impl Entry {
    /// About how many bytes it keeps.
    pub(super) fn weight(&self) -> usize {
        let Received { parameters, headers, body, path, drift, .. } = &*self.received;
        let pairs = parameters.iter().chain(headers).chain(drift).map(|(name, value)| name.len() + value.len() + 48);
        let answer = |answer: &Option<(u16, Bytes)>| answer.as_ref().map_or(0, |(_, body)| body.len());
        let answers = self.forwards.iter().map(|forwarded| 512 + answer(&forwarded.answer)).sum::<usize>()
            + self.outcome().map_or(0, |outcome| answer(&outcome.answer));
        2048 + body.len() + path.len() + pairs.sum::<usize>() + answers
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// For a list.
    pub(super) fn summary(&self) -> Map<String, Value> {
        let received = &*self.received;
        let outcome = self.outcome();
        let differ = self.forwards.iter().filter(|one| outcome.is_some_and(|outcome| one.differs(outcome))).count();
        let phase = received.command.as_ref().map(|command| match command.phase() {
            Phase::Before => "before",
            Phase::After => "after",
        });
        let value = json!({
            "id": received.id,
            "time": humantime::format_rfc3339_millis(received.time).to_string(),
            "app": received.app.map(SdkAppId::get),
            "command": received.command.as_ref().map(Command::as_str),
            "rtc": received.is_rtc,
            "phase": phase,
            "sender": received.facts.sender,
            "about": received.facts.about,
            "text": received.facts.text,
            "drift": received.drift.len(),
            "trouble": received.trouble.as_ref().map(|trouble| json!({ "kind": trouble.kind, "reason": trouble.reason })),
            "state": match &self.state {
                State::Open => "open",
                State::Held(_) => "held",
                State::Done(_) => "done",
            },
            "held_ms": match &self.state {
                State::Held(since) => json!(since.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)),
                _ => Value::Null,
            },
            "outcome": outcome.map(|outcome| outcome.kind.as_str()),
            "words": outcome.map(|outcome| &*outcome.words),
            "status": outcome.and_then(|outcome| outcome.answer.as_ref()).map(|(status, _)| status),
            "by": outcome.map(|outcome| outcome.by.value()),
            "took_ms": outcome.map(|outcome| took(outcome.took)),
            "differ": differ,
        });
        match value {
            Value::Object(summary) => summary,
            _ => Map::new(),
        }
    }

    /// A line for programs.
    pub(super) fn json_line(&self) -> String {
        let mut line = self.summary();
        for name in ["state", "held_ms", "differ"] {
            line.shift_remove(name);
        }
        let drift = self.received.drift.iter().map(|(path, _)| path.clone()).collect();
        line.insert("drift".to_owned(), drift);
        line.insert("verdict".to_owned(), json!(self.outcome().and_then(|outcome| outcome.verdict.as_ref())));
        let forwards = self.forwards.iter().map(|forwarded| forwarded.value(self.outcome())).collect();
        line.insert("forwards".to_owned(), forwards);
        escaped(&Value::Object(line).to_string()).into_owned()
    }

    /// A line for people.
    pub(super) fn text_line(&self, several_apps: bool) -> String {
        let received = &*self.received;
        let time = humantime::format_rfc3339_millis(received.time).to_string();
        let mut line = styled(FAINT, time.get(11..).unwrap_or_default());
        if let Some(app) = received.app.filter(|_| several_apps) {
            line += &format!(" {}", styled(FAINT, app));
        }
        let command = match &received.command {
            Some(command) => printable(command.as_str(), 64),
            None => format!("{} {}", received.method.as_str(), printable(&received.path, 60)),
        };
        line += &format!("  {}", styled(BOLD, command));
        line += &received.facts.words();
        if !received.drift.is_empty() {
            let paths: Vec<_> = received.drift.iter().take(3).map(|(path, _)| printable(path, 60)).collect();
            line += &format!("  {}", styled(WARNING, format_args!("does not fit: {}", paths.join(", "))));
        }
        if let Some(outcome) = self.outcome() {
            let style = match outcome.kind {
                Kind::Acknowledged | Kind::Allowed | Kind::Checked => GOOD,
                Kind::Refused | Kind::Discarded => WARNING,
                Kind::Failed | Kind::Rejected => BAD,
            };
            line += &format!("  {}", styled(style, printable(&outcome.words, 300)));
            match &outcome.by {
                By::Default => {}
                By::Rule(rule) => line += &styled(FAINT, format_args!("  by the rule {}", printable(rule, 60))),
                By::Hand => line += &styled(FAINT, "  by hand"),
                By::Forward(url) => line += &styled(FAINT, format_args!("  by {}", printable(url, 60))),
            }
            line += &format!("  {}", styled(FAINT, millis(outcome.took)));
            for one in self.forwards.iter().filter(|one| one.differs(outcome)) {
                let told = format!("but {}: {}", printable(&one.url, 60), printable(&one.words, 200));
                line += &format!("  {}", styled(WARNING, told));
            }
        }
        line
    }

    /// Everything, for the page.
    pub(super) fn details(&self) -> Value {
        let mut all = self.summary();
        let received = &*self.received;
        let pairs = |pairs: &[(String, String)]| json!(pairs);
        let event = match &received.command {
            Some(command) if received.trouble.is_none() => typed(command, &received.body),
            _ => None,
        };
        let answer = |answer: Option<&(u16, Bytes)>| {
            answer.map(|(status, body)| json!({ "status": status, "body": String::from_utf8_lossy(body) }))
        };
        let mut forwards = Vec::new();
        for forwarded in &self.forwards {
            let mut value = forwarded.value(self.outcome());
            value["answer"] = json!(answer(forwarded.answer.as_ref()));
            forwards.push(value);
        }
        let (body, is_text) = match str::from_utf8(&received.body) {
            Ok(text) => (text.to_owned(), true),
            Err(_) => (STANDARD.encode(&received.body), false),
        };
        for (name, value) in [
            ("peer", json!(received.peer.to_string())),
            ("method", json!(received.method.as_str())),
            ("path", json!(received.path)),
            ("parameters", pairs(&received.parameters)),
            ("headers", pairs(&received.headers)),
            ("body", json!(body)),
            ("body_is_text", json!(is_text)),
            ("body_bytes", json!(received.body.len())),
            ("body_is_whole", json!(received.is_whole)),
            ("event", json!(event)),
            ("drifts", pairs(&received.drift)),
            ("signed", json!(received.is_signed)),
            ("client_ip", json!(received.client_ip)),
            ("platform", json!(received.platform.as_ref().map(Platform::as_str))),
            ("answer", json!(answer(self.outcome().and_then(|outcome| outcome.answer.as_ref())))),
            ("forwards", json!(forwards)),
            ("docs", json!(received.command.as_ref().and_then(Command::vendor_docs))),
            ("choices", json!(received.command.as_ref().map(Judge::new))),
        ] {
            all.insert(name.to_owned(), value);
        }
        Value::Object(all)
    }
}

/// The JSON of the event as the crate reads it.
fn typed(command: &Command, body: &Bytes) -> Option<String> {
    if command.is_rtc() {
        return serde_json::to_string(&rtc::Event::parse(body.clone()).ok()?).ok();
    }
    serde_json::to_string(&Event::parse(command, body).ok()?).ok()
}

/// A time in milliseconds, to the microsecond.
fn took(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
