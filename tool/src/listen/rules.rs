//! Which webhook is answered how: `[WEBHOOK ->] ANSWER`.

use std::{fmt, fs, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};
use tower_tencent_webhook::{Command, SdkAppId};

use crate::{
    answer::{Judge, Verdict},
    catalog,
    client::Reception,
    facts::Facts,
    output::printable,
};

/// The longest time that an answer may be delayed.
const LONGEST: Duration = Duration::from_secs(600);
/// What the answers begin with, for errors and for programs.
const ANSWERS: &str = "allow, refuse, discard, replace, except, wait, silence or status";
const WORDS: [&str; 9] = ["allow", "ack", "refuse", "discard", "replace", "except", "wait", "silence", "status"];
/// The answer that says no more than that all is well.
pub(super) const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// How a webhook is answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Also: acknowledge.
    Allow,
    Refuse {
        code: Option<u64>,
        info: String,
    },
    Discard,
    Replace {
        text: String,
    },
    Except {
        users: Vec<String>,
    },
    Status(u16),
    Silence,
}

/// What is done for a webhook.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) wait: Duration,
    /// `None`: as without a rule.
    pub(super) answer: Option<Answer>,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Reply { status: u16, body: Bytes },
    Silence,
}

impl Given {
    pub(super) fn ok(body: impl Into<Bytes>) -> Self {
        Self::Reply { status: 200, body: body.into() }
    }

    fn json(value: &Value) -> Self {
        Self::ok(value.to_string())
    }
}

impl Answer {
    fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = first_word(text);
        let nothing_more = |answer| match rest {
            "" => Ok(answer),
            more => Err(format!("`{}` after `{word}` has no meaning", printable(more, 40))),
        };
        match word {
            "allow" | "ack" => nothing_more(Self::Allow),
            "discard" => nothing_more(Self::Discard),
            "silence" => nothing_more(Self::Silence),
            "refuse" => {
                let (code, info) = match first_word(rest) {
                    (code, info) if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (Some(code.parse().map_err(|_| "the code after `refuse` is too large".to_owned())?), info)
                    }
                    _ => (None, rest),
                };
                Ok(Self::Refuse { code, info: unquoted(info).to_owned() })
            }
            "replace" if rest.is_empty() => Err("`replace` needs the text of the new message".to_owned()),
            "replace" => Ok(Self::Replace { text: unquoted(rest).to_owned() }),
            "except" => {
                let users: Vec<_> = rest.split([',', ' ']).filter(|user| !user.is_empty()).map(str::to_owned).collect();
                if users.is_empty() {
                    return Err("`except` needs the users for whom it is not allowed: except eve,mallory".to_owned());
                }
                Ok(Self::Except { users })
            }
            "status" => match rest.parse() {
                Ok(status @ 200..=599) => Ok(Self::Status(status)),
                _ => Err("`status` needs an HTTP status of 200 to 599, such as status 500".to_owned()),
            },
            "" => Err(format!("there is no answer: {ANSWERS}")),
            other => Err(format!("`{}` is no answer: {ANSWERS}", printable(other, 40))),
        }
    }

    /// The answer to this event, which may be about several friends.
    pub(super) fn give(&self, judge: &Judge, friends: &[String]) -> Given {
        let envelope = |code: u64, info: &str| json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info });
        let with = |name: &str, value: Value| {
            let mut answer = envelope(0, "");
            answer[name] = value;
            Given::json(&answer)
        };
        let each_friend = |code: u64, info: &str| {
            let one = |user: &String| json!({ "To_Account": user, "ResultCode": code, "ResultInfo": info });
            with("ResultItem", friends.iter().map(one).collect())
        };
        match self {
            Self::Silence => Given::Silence,
            Self::Status(200) => Given::ok(""),
            Self::Status(status) => {
                let body = json!({ "ActionStatus": "FAIL", "ErrorCode": status, "ErrorInfo": "as a rule says" });
                Given::Reply { status: *status, body: body.to_string().into() }
            }
            Self::Allow if judge.command().is_rtc() => Given::ok(r#"{"code":0}"#),
            Self::Allow if judge.friend_codes().is_some() => each_friend(0, ""),
            Self::Allow => Given::ok(OK),
            Self::Refuse { code, info } => match judge.friend_codes() {
                Some(codes) => each_friend(code.unwrap_or(*codes.start()), info),
                None => Given::json(&envelope(code.unwrap_or(1), info)),
            },
            Self::Discard => Given::json(&envelope(2, "")),
            Self::Replace { text } => {
                with("MsgBody", json!([{ "MsgType": "TIMTextElem", "MsgContent": { "Text": text } }]))
            }
            Self::Except { users } => with(judge.refused_users().unwrap_or("RefusedMembers_Account"), json!(users)),
        }
    }

    /// Whether the event may be answered so.
    pub(super) fn check(&self, judge: &Judge) -> Result<(), String> {
        let friends = ["friend".to_owned()];
        let Given::Reply { status: 200, body } = self.give(judge, &friends) else { return Ok(()) };
        let verdict = judge.judge(&Reception::Answer { status: 200, head: 0, body }, Some(&friends));
        let is_meant = match self {
            Self::Allow => matches!(verdict, Verdict::Allow | Verdict::Ack | Verdict::EachFriend { .. }),
            Self::Refuse { .. } if judge.command().is_rtc() => false,
            Self::Refuse { code: Some(0 | 2), .. } => false,
            Self::Refuse { .. } => matches!(verdict, Verdict::Refuse { .. } | Verdict::EachFriend { .. }),
            Self::Discard => verdict == Verdict::Discard,
            Self::Replace { .. } => matches!(verdict, Verdict::Replace { .. }),
            Self::Except { .. } => matches!(verdict, Verdict::AllowExcept { .. }),
            // To be wrong is what it is for.
            Self::Status(_) | Self::Silence => true,
        };
        if is_meant {
            return Ok(());
        }
        Err(format!("{} may be answered with: {}; not with `{self}`", judge.command(), judge.answers()))
    }
}

/// As it is written in a rule.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allow"),
            Self::Refuse { code, info } => {
                f.write_str("refuse")?;
                if let Some(code) = code {
                    write!(f, " {code}")?;
                }
                if info.is_empty() { Ok(()) } else { write!(f, " {}", printable(info, 80)) }
            }
            Self::Discard => f.write_str("discard"),
            Self::Replace { text } => write!(f, "replace {}", printable(text, 80)),
            Self::Except { users } => write!(f, "except {}", printable(&users.join(","), 80)),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Silence => f.write_str("silence"),
        }
    }
}

impl Plan {
    /// `refuse 120001 no links`, `wait 3s`, `wait 3s then allow`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = first_word(text);
        if word != "wait" {
            return Ok(Self { wait: Duration::ZERO, answer: Some(Answer::parse(text)?) });
        }
        let (time, rest) = first_word(rest);
        let wait = humantime::parse_duration(time).map_err(|_| "`wait` needs a time, such as wait 3s".to_owned())?;
        if wait > LONGEST {
            return Err(format!("`wait` waits for {} minutes at most", LONGEST.as_secs() / 60));
        }
        let answer = match first_word(rest) {
            ("", _) => None,
            ("then", answer) => Some(Answer::parse(answer)?),
            _ => return Err("after `wait 3s` comes nothing, or `then` and another answer".to_owned()),
        };
        Ok(Self { wait, answer })
    }
}

/// Which webhooks are meant. All conditions must be met.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    command: Option<String>,
    app: Option<SdkAppId>,
    sender: Option<String>,
    text: Option<String>,
}

impl Conditions {
    /// `BeforeSendMsg from:eve text:"buy now"`, in any order. Nothing means all.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::default();
        let twice = |name: &str| format!("there are two conditions on the {name}");
        for word in words(text)? {
            let (slot, name, value) = match word.split_once(':') {
                Some(("from", value)) => (&mut all.sender, "sender", value),
                Some(("text", value)) => (&mut all.text, "text", value),
                Some(("app", id)) => {
                    let id: u64 = id.parse().map_err(|_| "`app:` needs an SDKAppID".to_owned())?;
                    if all.app.replace(SdkAppId::new(id)).is_some() {
                        return Err(twice("app"));
                    }
                    continue;
                }
                Some((other, _)) => {
                    return Err(format!(
                        "`{}:` is no condition: they are COMMAND, app:ID, from:USER and text:WORDS",
                        printable(other, 40)
                    ));
                }
                None => (&mut all.command, "command", &*word),
            };
            if value.is_empty() {
                return Err(format!("the condition on the {name} is empty"));
            }
            if slot.replace(value.to_owned()).is_some() {
                return Err(twice(name));
            }
        }
        Ok(all)
    }

    fn names(&self, command: &Command) -> bool {
        self.command.as_ref().is_none_or(|pattern| match pattern.contains('*') {
            true => glob(&pattern.to_lowercase(), &command.as_str().to_lowercase(), true),
            false => catalog::is_meant(command, pattern),
        })
    }

    pub(super) fn are_met(&self, app: SdkAppId, command: &Command, facts: &Facts) -> bool {
        self.names(command)
            && self.app.is_none_or(|wanted| wanted == app)
            && self.sender.as_ref().is_none_or(|pattern| glob(pattern, &facts.sender, true))
            && self.text.as_ref().is_none_or(|pattern| glob(&pattern.to_lowercase(), &facts.text.to_lowercase(), false))
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    text: String,
    conditions: Conditions,
    plan: Plan,
}

impl Rule {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (answer, _) = first_word(text);
        // A message that is to be replaced may have an arrow.
        let is_answer = WORDS.contains(&answer);
        let (conditions, answer) = match text.split_once("->").filter(|_| !is_answer) {
            Some((conditions, answer)) => (conditions, answer),
            None if is_answer => ("", text),
            None => {
                return Err(format!(
                    "it has the form `WEBHOOK -> ANSWER` or `ANSWER`, where the answer is {ANSWERS}: such as \
                     'BeforeSendMsg text:casino -> refuse'"
                ));
            }
        };
        Ok(Self { text: text.to_owned(), conditions: Conditions::parse(conditions)?, plan: Plan::parse(answer)? })
    }

    /// That the webhooks it names may be answered so. Says which of those that it names in part it leaves alone.
    fn check(&self, judge: impl Fn(&Command) -> Judge) -> Result<Option<String>, String> {
        let Some(answer) = &self.plan.answer else { return Ok(None) };
        let named: Vec<Command> = catalog::all().filter(|command| self.conditions.names(command)).collect();
        let Some(pattern) = self.conditions.command.as_ref().filter(|pattern| *pattern != "*") else {
            let possible = named.iter().any(|command| answer.check(&judge(command)).is_ok());
            return if possible { Ok(None) } else { Err(format!("no event may be answered with `{answer}`")) };
        };
        if named.is_empty() {
            // What the vendor adds has a name that nobody knows.
            let unknown = Command::from(pattern.as_str());
            if pattern.contains('*') || !(pattern.contains('.') || unknown.is_rtc()) {
                return Err(format!("no command is named `{}`", printable(pattern, 60)));
            }
            return answer.check(&judge(&unknown)).map(|()| None);
        }
        let wrong: Vec<_> =
            named.iter().filter_map(|command| Some((command, answer.check(&judge(command)).err()?))).collect();
        match &wrong[..] {
            [] => Ok(None),
            [(_, reason), ..] if wrong.len() == named.len() => Err(reason.clone()),
            left => {
                let left: Vec<_> = left.iter().take(4).map(|(command, _)| command.as_str()).collect();
                let more =
                    if wrong.len() > left.len() { format!(" and {} more", wrong.len() - 4) } else { String::new() };
                Ok(Some(format!("`{answer}` is no answer to {}{more}, so it leaves them alone", left.join(", "))))
            }
        }
    }
}

/// All rules, in order.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    /// Rules of the command line: each is one, or `@FILE` with one a line. Also what whoever wrote them should know.
    pub(super) fn read(args: &[String], judge: impl Fn(&Command) -> Judge) -> Result<(Self, Vec<String>), String> {
        let (mut rules, mut notes) = (Vec::new(), Vec::new());
        let mut add = |text: &str, place: String| {
            let rule = Rule::parse(text).map_err(|error| format!("{place}: {error}"))?;
            let note = rule.check(&judge).map_err(|error| format!("{place}: {error}"))?;
            notes.extend(note.map(|note| format!("{place}: {note}")));
            rules.push(rule);
            Ok::<_, String>(())
        };
        for arg in args {
            let Some(path) = arg.strip_prefix('@') else {
                add(arg, format!("--answer '{}'", printable(arg, 80)))?;
                continue;
            };
            let file = fs::read_to_string(path).map_err(|error| format!("cannot read the rules in {path}: {error}"))?;
            for (number, line) in file.lines().enumerate() {
                if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                    add(line, format!("{path}, line {}", number + 1))?;
                }
            }
        }
        Ok((Self(rules), notes))
    }

    /// The first rule for a webhook, and what it says. An event that may not be answered so is left to the next one.
    pub(super) fn find(&self, app: SdkAppId, judge: &Judge, facts: &Facts) -> Option<(&str, &Plan)> {
        let rule = self.0.iter().find(|rule| {
            rule.conditions.are_met(app, judge.command(), facts)
                && rule.plan.answer.as_ref().is_none_or(|answer| answer.check(judge).is_ok())
        });
        rule.map(|rule| (&*rule.text, &rule.plan))
    }
}

/// The first word, and the rest without the spaces around it.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

/// A text in quotes, without them.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// Words with spaces between them. What is in quotes is no space.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => all.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    if quoted {
        return Err("a quotation mark has no partner".to_owned());
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    Ok(all)
}

/// Whether a text is what the pattern says, where `*` is any number of letters. If it need not be whole, it may stand
/// anywhere. Takes the time of one search for each part.
fn glob(pattern: &str, text: &str, is_whole: bool) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let mut rest = match (is_whole, text.find(first)) {
        (true, Some(0)) => &text[first.len()..],
        (false, Some(at)) => &text[at + first.len()..],
        _ => return false,
    };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
    }
    match last {
        Some(last) if is_whole => rest.ends_with(last),
        Some(last) => rest.contains(last),
        None => !is_whole || rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rules: &[&str]) -> Result<(Rules, Vec<String>), String> {
        let rules: Vec<_> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        Rules::read(&rules, Judge::new)
    }

    fn found(rules: &[&str], command: &str, sender: &str, text: &str) -> Option<String> {
        let (rules, _) = read(rules).unwrap();
        let facts = Facts { sender: sender.to_owned(), text: text.to_owned(), ..Facts::default() };
        let judge = Judge::new(&Command::from(command));
        let (rule, _) = rules.find(SdkAppId::new(7), &judge, &facts)?;
        Some(rule.rsplit("-> ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_first_rule_that_matches_wins() {
        let rules = [
            "BeforeSendMsg from:eve -> refuse 120001 not you",
            "Group.*SendMsg text:casino -> discard",
            "c2c.callbackbeforesendmsg text:\"buy*now\" -> refuse",
            "app:8 -> status 500",
            "103 -> wait 1s",
            "replace a -> b",
        ];
        for (command, sender, text, answer) in [
            ("C2C.CallbackBeforeSendMsg", "eve", "hello", Some("refuse 120001 not you")),
            ("Group.CallbackBeforeSendMsg", "ada", "The CASINO!", Some("discard")),
            ("C2C.CallbackBeforeSendMsg", "ada", "please buy it now.", Some("refuse")),
            ("C2C.CallbackBeforeSendMsg", "Eve", "now buy", Some("b")),
            ("EVENT_TYPE_ENTER_ROOM", "", "", Some("wait 1s")),
            // `replace` is no answer to it.
            ("State.StateChange", "eve", "casino", None),
        ] {
            assert_eq!(found(&rules, command, sender, text).as_deref(), answer, "{command} {sender} {text}");
        }
    }

    #[test]
    fn answers_are_read_and_written_alike() {
        for text in ["allow", "refuse", "refuse 120001", "refuse no links", "discard", "status 500", "silence"] {
            assert_eq!(Answer::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Plan::parse("wait 3s").unwrap(), Plan { wait: Duration::from_secs(3), answer: None });
        assert_eq!(Plan::parse("wait 1500ms then refuse").unwrap().answer.unwrap().to_string(), "refuse");
        assert_eq!(Answer::parse("replace \"be nice\""), Ok(Answer::Replace { text: "be nice".to_owned() }));
    }

    #[test]
    fn a_rule_that_cannot_be_is_an_error_that_says_what_can() {
        for (rule, reason) in [
            ("State.StateChange -> refuse", "State.StateChange may be answered with: acknowledge"),
            ("C2C.CallbackBeforeSendMsg -> discard", "may be answered with: allow, refuse"),
            ("C2C.CallbackBeforeSendMsg -> refuse 7", "refuse 120001–130000"),
            ("Group.CallbackBeforeSendMsg -> refuse 2", "discard"),
            ("Sns.CallbackPrevFriendAdd -> refuse 1", "each friend"),
            ("103 -> refuse", "acknowledge"),
            ("refuse 7000000", "no event"),
            ("BeforeRising -> allow", "no command"),
            ("BeforeSendMsg", "WEBHOOK -> ANSWER"),
            ("BeforeSendMsg -> maybe", "`maybe` is no answer"),
            ("BeforeSendMsg -> allow me", "no meaning"),
            ("a b -> allow", "two conditions"),
            ("from: -> allow", "empty"),
            ("by:eve -> allow", "no condition"),
            ("text:\"x -> allow", "no partner"),
            ("wait forever", "wait 3s"),
            ("wait 1day", "at most"),
            ("wait 1s allow", "then"),
            ("status 7", "200 to 599"),
            ("replace", "needs the text"),
            ("@/nowhere/at/all", "cannot read"),
        ] {
            let error = read(&[rule]).unwrap_err();
            assert!(error.contains(reason), "{rule}: {error}");
        }
    }

    #[test]
    fn what_a_rule_leaves_alone_is_told() {
        let (_, notes) = read(&["BeforeSendMsg -> discard", "refuse", "Moon.CallbackBeforeRise -> refuse 9"]).unwrap();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains("C2C.CallbackBeforeSendMsg"), "{notes:?}");
    }

    #[test]
    fn a_star_is_any_number_of_letters() {
        for (pattern, text, whole, part) in [
            ("", "", true, true),
            ("a", "a", true, true),
            ("a", "bab", false, true),
            ("a*", "abc", true, true),
            ("*c", "abc", true, true),
            ("a*a", "a", false, false),
            ("*b*", "abc", true, true),
            ("é*è", "aéxèb", false, true),
            ("**", "x", true, true),
        ] {
            assert_eq!((glob(pattern, text, true), glob(pattern, text, false)), (whole, part), "{pattern} {text}");
        }
    }
}
