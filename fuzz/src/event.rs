//! Any command and any body: an event that round-trips, or a rejection. A JSON object that says whom and what it is
//! about is never rejected.

use std::fmt;

use http::Request;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use tower_tencent_webhook::{App, Command, Event, Policy, Receiver, RejectionKind, WebhookContext, signer};

use crate::command_and_body;

/// The command on the first line, then the body.
pub fn run(data: &[u8]) {
    let Some((word, body)) = command_and_body(data) else { return };
    let strict = Event::parse(word, body);
    match &strict {
        Ok(Event::Other(other)) => {
            assert!(!Command::from(word).is_known());
            assert_eq!(other.command, word);
            assert_eq!(other.body, body);
            let wrote = serde_json::to_vec(other).unwrap();
            assert_eq!(serde_json::from_slice::<Event>(&wrote).unwrap(), Event::Other(other.clone()));
        }
        // Only the words that stand for the RTC Engine's types give its events: the target `rtc` is about them.
        Ok(Event::Rtc(_)) => assert!(Command::from(word).is_rtc()),
        Ok(event) => {
            assert!(may_come(event.command(), word), "{} under {word}", event.command());
            round_trips(event);
        }
        Err(rejection) => {
            let kinds = matches!(rejection.kind(), RejectionKind::Malformed | RejectionKind::CommandMismatch);
            assert!(kinds || (word.is_empty() && rejection.kind() == RejectionKind::MissingCommand));
            let is_chat = !Command::from(word).is_rtc();
            assert!(
                word.is_empty() || !(is_chat && is_genuine(word, body)),
                "{rejection}: {}",
                String::from_utf8_lossy(body)
            );
            let info = rejection.to_string();
            assert!(!info.is_empty() && !info.contains(char::is_control), "{info:?}");
        }
    }
    named_by_itself(body);
    if let Some(context) = context(word) {
        forwarded(&context, body, &strict.map_err(|rejection| rejection.kind()));
    }
}

/// Each sample under its command, its keys in the documented order.
pub fn seeds() -> Vec<Vec<u8>> {
    let dense = |body| str::from_utf8(body).unwrap().lines().map(str::trim_start).collect::<String>();
    let of = |command| signer::samples(command).into_iter().map(move |body| format!("{command}\n{}", dense(body)));
    Command::ALL.iter().flat_map(of).map(String::into_bytes).collect()
}

/// Whether the URL's command can give this event: only its own, apart from two slips in the vendor's docs.
fn may_come(command: &Command, word: &str) -> bool {
    command.as_str() == Command::from(word).as_str()
        || (command.as_str(), word) == ("Live.CallbackAfterDelMetadata", "Live.CallbackAfterSetMetadata")
}

fn round_trips(event: &Event) {
    let wrote = serde_json::to_string(event).unwrap();
    let again = Event::parse(event.command(), &wrote);
    assert_eq!(again.as_ref().ok(), Some(event), "{again:?}\n{wrote}");
    assert_eq!(serde_json::to_string(&again.unwrap()).unwrap(), wrote);
    assert_eq!(serde_json::from_str::<Event>(&wrote).unwrap(), *event, "{wrote}");
}

/// The members of an object as serde_json reads them, repeated ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

pub(crate) fn members(json: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str(json).ok().map(|Members(members)| members)
}

/// Whether a body is a JSON object that names no other command and has each required field, by the docs' own rule.
fn is_genuine(word: &str, body: &[u8]) -> bool {
    let Some((body, members)) = str::from_utf8(body).ok().and_then(|body| Some((body, members(body)?))) else {
        return false;
    };
    let command = Command::from(word);
    let names_it = |json: &RawValue| match serde_json::from_str::<Option<String>>(json.get()) {
        Ok(Some(named)) => {
            let named = Command::from(named);
            named == command
        }
        Ok(None) => true,
        Err(_) => false,
    };
    let is_named = members.iter().filter(|(name, _)| name == "CallbackCommand").all(|(_, json)| names_it(json));
    is_named && command.required_fields().iter().all(|path| has(body, path))
}

/// Whether the last value at a path identifies something.
fn has(json: &str, path: &str) -> bool {
    let (name, inner) = path.split_once('.').map_or((path, None), |(name, inner)| (name, Some(inner)));
    let last = members(json).and_then(|members| members.into_iter().rfind(|(its, _)| its == name));
    let Some((_, json)) = last else { return false };
    match (inner, json.get().as_bytes()[0]) {
        (Some(inner), b'{') => has(json.get(), inner),
        (Some(_), _) => false,
        (None, b'[') => ["MsgBody", "PairList", "Events"].contains(&name),
        (None, b'"' | b'-' | b'0'..=b'9') => !["MsgBody", "PairList", "Events"].contains(&name),
        (None, _) => false,
    }
}

/// A body that names its own command.
fn named_by_itself(body: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event>(body) {
        let again = Event::parse(event.command(), body.trim_ascii());
        assert_eq!(again.unwrap(), event);
    }
}

/// The context of a URL with this command, if it can be one.
fn context(word: &str) -> Option<WebhookContext> {
    let mut url = form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2);
    url.append_pair("SdkAppid", "7").append_pair("CallbackCommand", word);
    let (head, ()) = Request::post(url.finish()).body(()).unwrap().into_parts();
    Receiver::new(App::unsigned(7)).verify(&head, std::time::UNIX_EPOCH).ok()
}

/// Checks what the policy on unknown commands changes, and what it does not.
fn forwarded(context: &WebhookContext, body: &[u8], strict: &Result<Event, RejectionKind>) {
    let parse = |receiver: &Receiver| {
        let hook = receiver.parse(context.clone(), body.to_vec().into()).map_err(|rejection| rejection.kind())?;
        assert_eq!(hook.context().command(), hook.event().command());
        assert_eq!(hook.body(), body);
        Ok(hook.into_parts().1)
    };
    let receiver = Receiver::new(App::unsigned(7));
    assert_eq!(parse(&receiver), *strict);

    let refused = parse(&receiver.on_unknown(Policy::Reject));
    match strict {
        Ok(Event::Other(_)) => assert_eq!(refused, Err(RejectionKind::UnknownCommand)),
        strict => assert_eq!(refused, *strict),
    }
}
