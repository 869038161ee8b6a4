//! Whom and what a webhook is about, for a line.

use serde_json::Value;
use tower_tencent_webhook::{Command, Event, Phase, Webhook, event::sns};

use crate::output::printable;

/// How much is kept of a name, and of a text, in letters.
const NAME: usize = 128;
const TEXT: usize = 1000;

/// The names of whoever caused an event, most telling first.
const SENDERS: [&str; 8] = [
    "From_Account",
    "Operator_Account",
    "Report_Account",
    "Requester_Account",
    "Member_Account",
    "Owner_Account",
    "To_Account",
    "UserId",
];
/// The names of the other side.
const OTHERS: [&str; 2] = ["To_Account", "Peer_Account"];
/// The objects of a body that have some of these.
const INSIDE: [&str; 5] = ["Info", "EventInfo", "RoomInfo", "Payload", "CallRecord"];
/// The names of what is said in few words.
const WORDS: [&str; 5] = ["Action", "Name", "Text", "Notification", "Introduction"];

/// What a line says about an event. All of it comes from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) sender: String,
    /// The group, room, call, task or other user.
    pub(crate) about: String,
    /// The text of a message, or else a word on what happened.
    pub(crate) text: String,
    /// The friends of an event that is answered for each.
    pub(crate) friends: Vec<String>,
}

impl Facts {
    /// In a few words, with a space before each part; nothing if nothing is known.
    pub(crate) fn words(&self) -> String {
        let name = |name: &str| printable(name, 40);
        let mut words = match (&*self.sender, &*self.about) {
            ("", "") => String::new(),
            ("", one) | (one, "") => format!("  {}", name(one)),
            (sender, about) => format!("  {} → {}", name(sender), name(about)),
        };
        if !self.text.is_empty() {
            words += &format!("  “{}”", printable(&self.text, 60));
        }
        words
    }

    pub(crate) fn of(hook: &Webhook, subject: Option<&str>) -> Self {
        // The event's own JSON: a body may be nested so deep that reading it would not end well.
        let event = serde_json::to_value(hook.event()).unwrap_or_default();
        let sender = find(&event, &SENDERS);
        let other = find(&event, &OTHERS).filter(|other| Some(other) != sender.as_ref());
        let subject = subject.filter(|subject| sender.as_deref() != Some(subject));
        Self {
            about: subject.map(|subject| cut(subject, NAME)).or(other).unwrap_or_default(),
            sender: sender.unwrap_or_default(),
            text: text(&event),
            friends: friends(hook.event()),
        }
    }
}

/// The first of these names that an event has, as a text.
fn find(event: &Value, names: &[&str]) -> Option<String> {
    // Some events are lists of pairs: the first one tells enough.
    let firsts = || event.as_object().into_iter().flatten().filter_map(|(_, value)| value.get(0));
    let objects = || std::iter::once(event).chain(INSIDE.iter().filter_map(|name| event.get(name))).chain(firsts());
    names.iter().find_map(|name| objects().find_map(|object| short(&object[name])))
}

fn short(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(cut(text, NAME)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(event: &Value) -> String {
    if let Some(elements) = event["MsgBody"].as_array() {
        let all: Vec<_> = elements.iter().take(20).map(element).collect();
        return cut(&all.join(" "), TEXT);
    }
    find(event, &WORDS).unwrap_or_default()
}

/// A message's element in words.
fn element(element: &Value) -> String {
    let content = &element["MsgContent"];
    match (element["MsgType"].as_str().unwrap_or_default(), &content["Text"]) {
        ("TIMTextElem", Value::String(text)) => text.clone(),
        (kind, _) => {
            let word = kind.strip_prefix("TIM").and_then(|kind| kind.strip_suffix("Elem")).unwrap_or(kind);
            match content["Desc"].as_str().or(content["FileName"].as_str()).unwrap_or_default() {
                "" => format!("[{word}]"),
                more => format!("[{word}] {more}"),
            }
        }
    }
}

/// The friends of an event that is answered for each.
fn friends(event: &Event) -> Vec<String> {
    match event {
        Event::SnsPrevFriendAdd(event) => {
            event.friend_item.iter().map(|friend: &sns::FriendItem| friend.to_account.clone()).collect()
        }
        Event::SnsPrevFriendResponse(event) => {
            event.response_friend_item.iter().map(|friend| friend.to_account.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// The same for a body; `None` if it is not one of its command.
pub(crate) fn friends_of(command: &Command, body: &[u8]) -> Option<Vec<String>> {
    // Without the work, where the answer is known.
    if command.is_rtc() || command.phase() == Phase::After {
        return Some(Vec::new());
    }
    Event::parse(command, body).ok().map(|event| friends(&event))
}

pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use tower_tencent_webhook::{App, signer::Signer};

    use super::*;

    fn facts(command: &str, body: &'static str) -> (String, String, String) {
        let signer = Signer::new(&App::unsigned(7).rtc_unsigned());
        let hook = signer.any_webhook(command, body).unwrap();
        let facts = Facts::of(&hook, hook.cloud_event().subject());
        (facts.sender, facts.about, facts.text)
    }

    #[test]
    fn a_line_says_whom_and_what() {
        let told = |sender: &str, about: &str, text: &str| (sender.to_owned(), about.to_owned(), text.to_owned());
        assert_eq!(
            facts(
                "C2C.CallbackBeforeSendMsg",
                r#"{"From_Account":"ada","To_Account":"grace","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}},{"MsgType":"TIMImageElem","MsgContent":{}}]}"#,
            ),
            told("ada", "grace", "hi [Image]")
        );
        assert_eq!(
            facts("State.StateChange", r#"{"Info":{"Action":"Login","To_Account":"ada"}}"#),
            told("ada", "", "Login")
        );
        assert_eq!(
            facts("Sns.CallbackFriendAdd", r#"{"PairList":[{"From_Account":"ada","To_Account":"grace"}]}"#),
            told("ada", "grace", "")
        );
        assert_eq!(
            facts("103", r#"{"EventGroupId":1,"EventType":103,"EventInfo":{"RoomId":7,"UserId":"ada"}}"#).1,
            "7"
        );
    }
}
