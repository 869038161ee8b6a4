//! What an answer means for its event, in words, and whether the event may be answered so.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_tencent_webhook::{Command, Phase, schema};

use crate::{client::Reception, output::printable};

/// How long Chat waits for an answer.
pub(crate) const CHAT_WAITS: Duration = Duration::from_secs(2);
/// How long the RTC Engine waits.
pub(crate) const RTC_WAITS: Duration = Duration::from_secs(5);
/// The RTC Engine's limit for head and body of an answer.
const RTC_ANSWER: usize = 2000;
/// How much of an answer is shown.
const SHOWN: usize = 120;

/// How long the sender of this command waits.
pub(crate) fn patience(command: &Command) -> Duration {
    if command.is_rtc() { RTC_WAITS } else { CHAT_WAITS }
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// An after-event has arrived.
    Ack,
    /// A signal to a chatbot is answered with data.
    Data {
        data: String,
    },
    Allow,
    Refuse {
        code: u64,
        info: String,
    },
    /// The sender is told that it was sent.
    Discard,
    /// The message is sent with another content.
    Replace {
        with: Value,
    },
    /// Allowed, but not for these users.
    AllowExcept {
        users: Vec<String>,
    },
    /// One result for each friend.
    EachFriend {
        friends: Vec<Friend>,
    },
    /// Nothing that the sender can use.
    Fault {
        fault: Fault,
    },
}

/// The verdict on one friend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Friend {
    user: String,
    code: u64,
    info: String,
}

/// Why an answer is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Another status than 200.
    Status {
        status: u16,
        info: String,
    },
    /// Not what the event may be answered with.
    Answer {
        reason: String,
    },
    Late {
        after_ms: u64,
    },
    /// The connection was closed before there was an answer.
    Closed {
        reason: String,
    },
    /// No connection.
    Unreachable {
        reason: String,
    },
}

/// What events may be answered with, made once for each known command.
#[derive(Debug, Default)]
pub(crate) struct Judges(Mutex<HashMap<Command, Arc<Judge>>>);

impl Judges {
    pub(crate) fn of(&self, command: &Command) -> Arc<Judge> {
        let judge = || Arc::new(Judge::new(command));
        match command.is_known() {
            true => {
                let mut judges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                judges.entry(command.clone()).or_insert_with(judge).clone()
            }
            // Their names come from outside: there may be any number of them.
            false => judge(),
        }
    }
}

impl Verdict {
    pub(crate) fn is_usable(&self) -> bool {
        !matches!(self, Self::Fault { .. })
    }

    /// The verdict in words.
    pub(crate) fn words(&self, command: &Command) -> String {
        match self {
            Self::Ack => "acknowledged".to_owned(),
            Self::Data { data } => format!("acknowledged, with data: {}", printable(data, SHOWN)),
            Self::Allow => "allowed".to_owned(),
            Self::Refuse { code: 1, info } if info.is_empty() => "refused".to_owned(),
            Self::Refuse { code: 1, info } => format!("refused: {}", printable(info, SHOWN)),
            Self::Refuse { code, info } if info.is_empty() => format!("refused, code {code}"),
            Self::Refuse { code, info } => format!("refused, code {code}: {}", printable(info, SHOWN)),
            Self::Discard => "dropped silently".to_owned(),
            Self::Replace { with } => format!("allowed, with {}", printable(&with.to_string(), SHOWN)),
            Self::AllowExcept { users } => format!("allowed, but not for {}", printable(&users.join(", "), SHOWN)),
            Self::EachFriend { friends } => {
                let one = |friend: &Friend| {
                    let user = printable(&friend.user, 40);
                    match (friend.code, friend.info.as_str()) {
                        (0, _) => format!("{user} allowed"),
                        (code, "") => format!("{user} refused, code {code}"),
                        (code, info) => format!("{user} refused, code {code}: {}", printable(info, 60)),
                    }
                };
                if friends.is_empty() {
                    return "decided for no friend".to_owned();
                }
                friends.iter().take(5).map(one).collect::<Vec<_>>().join("; ")
            }
            Self::Fault { fault } => format!("{}: {}", fault.words(), consequence(command)),
        }
    }
}

impl Fault {
    /// What happened.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Status { status, info } if info.is_empty() => format!("HTTP {status}"),
            Self::Status { status, info } => format!("HTTP {status} ({})", printable(info, SHOWN)),
            Self::Answer { reason } => printable(reason, 300),
            Self::Late { after_ms } => format!("no answer within {} s", *after_ms as f64 / 1000.0),
            Self::Closed { reason } => {
                format!("the connection was closed without an answer ({})", printable(reason, SHOWN))
            }
            Self::Unreachable { reason } => format!("no connection ({})", printable(reason, SHOWN)),
        }
    }

    /// A word for summaries.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Status { status, .. } => format!("HTTP {status}"),
            Self::Answer { .. } => "wrong answer".to_owned(),
            Self::Late { .. } => "late".to_owned(),
            Self::Closed { .. } => "closed".to_owned(),
            Self::Unreachable { .. } => "no connection".to_owned(),
        }
    }
}

/// What becomes of the event whose answer cannot be used.
fn consequence(command: &Command) -> &'static str {
    match command.phase() {
        _ if command.is_rtc() => "the RTC Engine sends it again for a minute",
        Phase::Before => "the console's setting decides, by default it goes ahead",
        Phase::After => "for Chat it has not arrived",
    }
}

/// What the event of one command may be answered with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Judge {
    command: Command,
    codes: Option<RangeInclusive<u64>>,
    discard: bool,
    replace: bool,
    refused: Option<String>,
    each_friend: Option<RangeInclusive<u64>>,
    is_known: bool,
}

impl Judge {
    pub(crate) fn new(command: &Command) -> Self {
        let schema = schema::verdict(command).map(Value::from).unwrap_or_default();
        let alternative = |title: &str| schema["oneOf"].as_array()?.iter().find(|one| one["title"] == title);
        let range = |code: &Value| Some(code["minimum"].as_u64()?..=code["maximum"].as_u64()?);
        let common = ["ActionStatus", "ErrorCode", "ErrorInfo"];
        let own_field =
            |one: &Value| one["properties"].as_object()?.keys().find(|name| !common.contains(&name.as_str())).cloned();
        Self {
            command: command.clone(),
            codes: alternative("refuse_with").and_then(|one| range(&one["properties"]["ErrorCode"])),
            discard: alternative("discard").is_some(),
            replace: alternative("replace").is_some(),
            refused: alternative("allow_except").and_then(own_field),
            each_friend: alternative("each_friend").and_then(|one| {
                range(&one["properties"]["ResultItem"]["items"]["properties"]["ResultCode"]["anyOf"][1])
            }),
            is_known: command.is_known(),
        }
    }

    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    /// The codes that refuse one friend, if each friend is answered for itself.
    pub(crate) fn friend_codes(&self) -> Option<&RangeInclusive<u64>> {
        self.each_friend.as_ref()
    }

    /// The field of an answer with the users for whom it is not allowed, if there may be some.
    pub(crate) fn refused_users(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// What the event may be answered with, for a table.
    pub(crate) fn answers(&self) -> String {
        if self.command.is_rtc() || self.command.phase() == Phase::After {
            return "acknowledge".to_owned();
        }
        if let Some(codes) = &self.each_friend {
            return format!("each friend: allow, refuse {}–{}", codes.start(), codes.end());
        }
        let mut all = vec!["allow".to_owned(), "refuse".to_owned()];
        all.extend(self.codes.as_ref().map(|codes| format!("refuse {}–{}", codes.start(), codes.end())));
        all.extend(self.discard.then(|| "discard".to_owned()));
        all.extend(self.replace.then(|| "replace".to_owned()));
        all.extend(self.refused.as_ref().map(|_| "allow except".to_owned()));
        all.join(", ")
    }

    /// What this answer says to an event about these friends; `None` if they are not known. Only an event that is answered for
    /// each friend has some.
    pub(crate) fn judge(&self, reception: &Reception, friends: Option<&[String]>) -> Verdict {
        let fault = match reception {
            Reception::Answer { status: 200, head, body } if self.command.is_rtc() => match head + body.len() {
                ..=RTC_ANSWER => return Verdict::Ack,
                size => Fault::Answer {
                    reason: format!("an answer of {size} bytes, where the RTC Engine takes {RTC_ANSWER}"),
                },
            },
            // Nearly all of them.
            Reception::Answer { status: 200, body, .. }
                if body == r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"# =>
            {
                match (self.command.phase(), &self.each_friend) {
                    (Phase::After, _) => return Verdict::Ack,
                    (Phase::Before, None) => return Verdict::Allow,
                    (Phase::Before, Some(_)) => Fault::Answer { reason: "ResultItem is missing".to_owned() },
                }
            }
            Reception::Answer { status: 200, body, .. } => match self.read(body, friends) {
                Ok(verdict) => return verdict,
                Err(reason) => Fault::Answer { reason },
            },
            Reception::Answer { status, body, .. } => Fault::Status { status: *status, info: reason(body) },
            Reception::Late { after } => Fault::Late { after_ms: after.as_millis() as u64 },
            Reception::Closed(reason) => Fault::Closed { reason: reason.clone() },
            Reception::Unreachable(reason) => Fault::Unreachable { reason: reason.clone() },
        };
        Verdict::Fault { fault }
    }

    fn read(&self, body: &[u8], friends: Option<&[String]>) -> Result<Verdict, String> {
        let envelope = Envelope::read(body)?;
        let before = self.command.phase() == Phase::Before;
        if !before && envelope.code != 0 {
            return Err(format!("code {}, where an after-event is acknowledged with 0", envelope.code));
        }
        if !before {
            return Ok(envelope.text("RspData")?.map_or(Verdict::Ack, |data| Verdict::Data { data }));
        }
        if let Some(codes) = &self.each_friend {
            return match envelope.code {
                0 => envelope.friends(codes, friends),
                code => Err(format!("code {code}, where friends are refused one by one, with ResultItem")),
            };
        }
        match envelope.code {
            0 => self.allowed(&envelope),
            1 => Ok(Verdict::Refuse { code: 1, info: envelope.info }),
            2 if self.discard => Ok(Verdict::Discard),
            code if !self.is_known || self.codes.as_ref().is_some_and(|codes| codes.contains(&code)) => {
                Ok(Verdict::Refuse { code, info: envelope.info })
            }
            code => Err(format!("code {code}, which {} may not be answered with ({})", self.command, self.answers())),
        }
    }

    fn allowed(&self, envelope: &Envelope) -> Result<Verdict, String> {
        if let Some(name) = &self.refused
            && let Some(users) = envelope.fields.get(name)
        {
            let users: Vec<String> =
                serde_json::from_value(users.clone()).map_err(|_| format!("{name} is not a list of UserIDs"))?;
            return Ok(if users.is_empty() { Verdict::Allow } else { Verdict::AllowExcept { users } });
        }
        if self.replace {
            let mut with = serde_json::Map::new();
            for name in ["MsgBody", "CloudCustomData"] {
                if let Some(value) = envelope.fields.get(name) {
                    let is_right = if name == "MsgBody" { value.is_array() } else { value.is_string() };
                    if !is_right {
                        return Err(format!("{name} is of another JSON type than that of a message"));
                    }
                    with.insert(name.to_owned(), value.clone());
                }
            }
            if !with.is_empty() {
                return Ok(Verdict::Replace { with: with.into() });
            }
        }
        Ok(Verdict::Allow)
    }
}

/// The JSON of an answer.
struct Envelope {
    code: u64,
    info: String,
    fields: serde_json::Map<String, Value>,
}

impl Envelope {
    fn read(body: &[u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Err("an empty answer, where JSON is expected".to_owned());
        }
        let shown = || printable(&String::from_utf8_lossy(body), SHOWN);
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(format!("no JSON object: {}", shown()));
        };
        match fields.get("ActionStatus") {
            Some(Value::String(status)) if status == "OK" => {}
            Some(status) => return Err(format!("ActionStatus is {}, not \"OK\"", printable(&status.to_string(), 40))),
            None => return Err(format!("ActionStatus is missing: {}", shown())),
        }
        let code = match fields.get("ErrorCode") {
            Some(Value::Number(code)) if code.is_u64() => code.as_u64().unwrap_or_default(),
            Some(code) => return Err(format!("ErrorCode is {}, not a code", printable(&code.to_string(), 40))),
            None => return Err(format!("ErrorCode is missing: {}", shown())),
        };
        let info = match fields.get("ErrorInfo") {
            Some(Value::String(info)) => info.clone(),
            Some(info) => return Err(format!("ErrorInfo is {}, not a text", printable(&info.to_string(), 40))),
            None => return Err(format!("ErrorInfo is missing: {}", shown())),
        };
        Ok(Self { code, info, fields })
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.fields.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} is not a text")),
        }
    }

    fn friends(&self, codes: &RangeInclusive<u64>, asked: Option<&[String]>) -> Result<Verdict, String> {
        #[derive(Deserialize)]
        struct Item {
            #[serde(rename = "To_Account")]
            user: String,
            #[serde(rename = "ResultCode")]
            code: u64,
            #[serde(rename = "ResultInfo")]
            info: String,
        }

        let items = self.fields.get("ResultItem").ok_or("ResultItem is missing")?;
        let items: Vec<Item> = serde_json::from_value(items.clone()).map_err(|error| {
            format!("ResultItem is not a list of results: {}", printable(&error.to_string(), SHOWN))
        })?;
        let has_result = |friend: &&String| items.iter().any(|item| item.user == **friend);
        match asked {
            Some(asked) => {
                if let Some(missing) = asked.iter().find(|friend| !has_result(friend)) {
                    return Err(format!("ResultItem has no result for {}", printable(missing, 40)));
                }
            }
            None if items.is_empty() => return Err("ResultItem has no result".to_owned()),
            None => {}
        }
        let friend = |Item { user, code, info }| match code {
            0 => Ok(Friend { user, code, info }),
            code if codes.contains(&code) => Ok(Friend { user, code, info }),
            code => Err(format!("ResultCode {code}, where {} to {} refuse a friend", codes.start(), codes.end())),
        };
        Ok(Verdict::EachFriend { friends: items.into_iter().map(friend).collect::<Result<_, _>>()? })
    }
}

/// Why a server says that it takes no notice: its `ErrorInfo`, or the beginning of what it says.
fn reason(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Rejected {
        #[serde(rename = "ErrorInfo")]
        info: String,
    }

    match serde_json::from_slice(body) {
        Ok(Rejected { info }) => info,
        Err(_) => String::from_utf8_lossy(body).trim().chars().take(SHOWN).collect(),
    }
}

/// What `--expect` says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    Allow,
    Refuse,
    Code(u64),
    Discard,
    Replace,
    Ack,
    Status(u16),
    Late,
    Closed,
}

impl std::str::FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        Ok(match text.split_once('=') {
            Some(("refuse", code)) => Self::Code(number(code).ok_or("the code of `refuse=CODE` is a number")?),
            Some(_) => return Err("only `refuse` may have a code: refuse=120001".to_owned()),
            None => match (text, number(text)) {
                (_, Some(status @ 100..=599)) => Self::Status(status as u16),
                ("allow", _) => Self::Allow,
                ("refuse", _) => Self::Refuse,
                ("discard", _) => Self::Discard,
                ("replace", _) => Self::Replace,
                ("ack", _) => Self::Ack,
                ("late", _) => Self::Late,
                ("closed", _) => Self::Closed,
                _ => {
                    return Err(
                        "one of allow, refuse, refuse=CODE, discard, replace, ack, late, closed, or an HTTP status"
                            .to_owned(),
                    );
                }
            },
        })
    }
}

impl Expected {
    pub(crate) fn is_met(&self, verdict: &Verdict) -> bool {
        match (self, verdict) {
            (Self::Allow, Verdict::Allow | Verdict::AllowExcept { .. } | Verdict::Replace { .. }) => true,
            (Self::Allow, Verdict::EachFriend { friends }) => friends.iter().all(|friend| friend.code == 0),
            (Self::Refuse, Verdict::Refuse { .. }) => true,
            (Self::Refuse, Verdict::EachFriend { friends }) => friends.iter().all(|friend| friend.code != 0),
            (Self::Code(code), Verdict::Refuse { code: is, .. }) => code == is,
            (Self::Code(code), Verdict::EachFriend { friends }) => friends.iter().all(|friend| friend.code == *code),
            (Self::Discard, Verdict::Discard) | (Self::Replace, Verdict::Replace { .. }) => true,
            (Self::Ack, Verdict::Ack | Verdict::Data { .. }) => true,
            (Self::Status(200), verdict) => match verdict {
                Verdict::Fault { fault } => matches!(fault, Fault::Answer { .. }),
                _ => true,
            },
            (Self::Status(status), Verdict::Fault { fault: Fault::Status { status: is, .. } }) => status == is,
            (Self::Late, Verdict::Fault { fault: Fault::Late { .. } }) => true,
            (Self::Closed, Verdict::Fault { fault: Fault::Closed { .. } }) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn judged(command: &str, body: &'static str) -> (Verdict, String) {
        judged_for(command, body, None)
    }

    fn judged_for(command: &str, body: &'static str, friends: Option<&[String]>) -> (Verdict, String) {
        let command = Command::from(command);
        let answer = Reception::Answer { status: 200, head: 100, body: Bytes::from_static(body.as_bytes()) };
        let verdict = Judge::new(&command).judge(&answer, friends);
        let words = verdict.words(&command);
        (verdict, words)
    }

    #[test]
    fn each_answer_is_told_in_words_for_its_event() {
        for (command, body, words) in [
            ("State.StateChange", r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#, "acknowledged"),
            ("State.StateChange", r#"{"ErrorInfo":"","ActionStatus":"OK","ErrorCode":0}"#, "acknowledged"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#, "allowed"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#, "refused"),
            (
                "C2C.CallbackBeforeSendMsg",
                r#"{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":"no links, please"}"#,
                "refused, code 120001: no links, please",
            ),
            (
                "Group.CallbackBeforeSendMsg",
                r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#,
                "dropped silently",
            ),
            (
                "Group.CallbackBeforeSendMsg",
                r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","CloudCustomData":"x"}"#,
                r#"allowed, with {"CloudCustomData":"x"}"#,
            ),
            (
                "Group.CallbackBeforeInviteJoinGroup",
                r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RefusedMembers_Account":["eve"]}"#,
                "allowed, but not for eve",
            ),
            (
                "Sns.CallbackPrevFriendAdd",
                r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"To_Account":"eve","ResultCode":38001,"ResultInfo":"no"}]}"#,
                "eve refused, code 38001: no",
            ),
            ("Moon.CallbackBeforeRise", r#"{"ActionStatus":"OK","ErrorCode":7,"ErrorInfo":""}"#, "refused, code 7"),
            ("EVENT_TYPE_103", "whatever", "acknowledged"),
        ] {
            let (verdict, told) = judged(command, body);
            assert_eq!(told, words, "{command}");
            assert!(verdict.is_usable(), "{command}: {told}");
        }
    }

    #[test]
    fn what_the_event_may_not_be_answered_with_is_a_fault() {
        for (command, body, reason) in [
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#, "code 2"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":7,"ErrorInfo":""}"#, "code 7"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":""}"#, "ActionStatus"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":"0","ErrorInfo":""}"#, "ErrorCode"),
            ("C2C.CallbackBeforeSendMsg", r#"{"ActionStatus":"OK","ErrorCode":0}"#, "ErrorInfo is missing"),
            ("C2C.CallbackBeforeSendMsg", "<html>", "no JSON object"),
            ("C2C.CallbackBeforeSendMsg", "", "empty"),
            ("State.StateChange", r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#, "acknowledged with 0"),
            ("Sns.CallbackPrevFriendAdd", r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#, "ResultItem"),
            ("Sns.CallbackPrevFriendAdd", r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#, "one by one"),
        ] {
            let (verdict, told) = judged(command, body);
            assert!(!verdict.is_usable() && told.contains(reason), "{command} {body}: {told}");
        }
    }

    #[test]
    fn each_friend_of_the_event_needs_a_result() {
        const NONE: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[]}"#;
        const EVE: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"To_Account":"eve","ResultCode":0,"ResultInfo":""}]}"#;
        let (nobody, eve, both) = ([], ["eve".to_owned()], ["eve".to_owned(), "ada".to_owned()]);
        for (body, friends, missing) in [
            (NONE, None, Some("has no result")),
            (NONE, Some(&eve[..]), Some("has no result for eve")),
            (NONE, Some(&nobody[..]), None),
            (EVE, None, None),
            (EVE, Some(&eve[..]), None),
            (EVE, Some(&both[..]), Some("has no result for ada")),
        ] {
            let (verdict, told) = judged_for("Sns.CallbackPrevFriendAdd", body, friends);
            assert_eq!(verdict.is_usable(), missing.is_none(), "{body} {friends:?}: {told}");
            assert!(told.contains(missing.unwrap_or_default()), "{body} {friends:?}: {told}");
            for expected in ["allow", "refuse", "refuse=38001"] {
                assert!(
                    missing.is_none() || !expected.parse::<Expected>().unwrap().is_met(&verdict),
                    "{expected} {told}"
                );
            }
        }
    }

    #[test]
    fn expectations_are_met_by_what_they_say() {
        let refused = Verdict::Refuse { code: 120_001, info: String::new() };
        let unauthorized = Verdict::Fault { fault: Fault::Status { status: 401, info: String::new() } };
        for (expected, verdict, met) in [
            ("refuse", &refused, true),
            ("refuse=120001", &refused, true),
            ("refuse=120002", &refused, false),
            ("allow", &refused, false),
            ("200", &refused, true),
            ("401", &unauthorized, true),
            ("403", &unauthorized, false),
            ("200", &unauthorized, false),
            ("allow", &Verdict::Allow, true),
            ("ack", &Verdict::Ack, true),
        ] {
            assert_eq!(expected.parse::<Expected>().unwrap().is_met(verdict), met, "{expected} {verdict:?}");
        }
        assert!("maybe".parse::<Expected>().is_err() && "allow=3".parse::<Expected>().is_err());
    }
}
