//! Every verdict on the twelve before-events, as JSON, and those that cannot be made.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use tower_tencent_webhook::{
    Command, Event, FriendVerdict, MsgElem, Reply, Verdict, VerdictError, WebhookEvent,
    event::{c2c, group, official_account, sns},
    message::{CustomElem, LocationElem},
    signer,
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
};

use crate::common::verdicts::{PerFriend, Visitor, visit};

/// A verdict: on which event, which of the schema's alternatives it is, and its JSON.
pub(crate) struct Made {
    pub(crate) command: Command,
    /// The title of its alternative in the schema.
    pub(crate) name: &'static str,
    pub(crate) reply: Reply,
    pub(crate) json: Value,
}

/// Every verdict of every before-event.
pub(crate) fn all() -> Vec<Made> {
    let mut all = All(Vec::new());
    visit(&mut all);
    all.0
}

struct All(Vec<Made>);

impl All {
    fn add<E: WebhookEvent>(&mut self, name: &'static str, verdict: Verdict<E>, json: Value) {
        // The verdict is what the event's handlers return.
        let reply = E::Answer::into(answer::<E>(verdict));
        self.0.push(Made { command: E::COMMAND, name, reply, json });
    }
}

fn answer<E: WebhookEvent>(verdict: Verdict<E>) -> E::Answer {
    // Both are the same type, which generic code cannot know.
    let verdict: Box<dyn std::any::Any> = Box::new(verdict);
    *verdict.downcast().expect("a before-event is answered with a verdict")
}

fn envelope(code: u32, info: &str) -> Value {
    json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info })
}

impl Visitor for All {
    fn decidable<E: WebhookEvent + Decidable>(&mut self) {
        self.add("allow", Verdict::<E>::allow(), envelope(0, ""));
        self.add("refuse", Verdict::<E>::refuse(), envelope(1, ""));
    }

    fn refuse_with_code<E: WebhookEvent + RefuseWithCode>(&mut self, codes: RangeInclusive<u32>) {
        assert_eq!(E::CODES, codes);
        for code in [*codes.start(), (codes.start() + codes.end()) / 2, *codes.end()] {
            for info in ["", "not now", "引号 \" 反斜线 \\ \u{0} 🚢"] {
                self.add("refuse_with", Verdict::<E>::refuse_with(code, info).unwrap(), envelope(code, info));
            }
        }
    }

    fn discardable<E: WebhookEvent + Discardable>(&mut self) {
        self.add("discard", Verdict::<E>::discard(), envelope(2, ""));
    }

    fn replaceable<E: WebhookEvent + Replaceable>(&mut self) {
        let body = json!([
            { "MsgType": "TIMTextElem", "MsgContent": { "Text": "low tide at noon" } },
            { "MsgType": "TIMCustomElem", "MsgContent": { "Desc": "badge", "Data": "gold" } },
        ]);
        let with = |fields: &[(&str, &Value)]| {
            let mut json = envelope(0, "");
            for (name, value) in fields {
                json[*name] = (*value).clone();
            }
            json
        };
        let data = json!("trace=af31;checked");

        let verdict = Verdict::<E>::replace(&message(), "trace=af31;checked").unwrap();
        self.add("replace", verdict, with(&[("MsgBody", &body), ("CloudCustomData", &data)]));
        self.add("replace", Verdict::<E>::replace_msg_body(&message()).unwrap(), with(&[("MsgBody", &body)]));
        let verdict = Verdict::<E>::replace_cloud_custom_data("trace=af31;checked");
        self.add("replace", verdict, with(&[("CloudCustomData", &data)]));
        self.add("replace", Verdict::<E>::replace_cloud_custom_data(""), with(&[("CloudCustomData", &json!(""))]));

        // Each element of a message that was received can be sent back.
        for elem in every_kind() {
            let json = serde_json::to_value(std::slice::from_ref(&elem)).unwrap();
            self.add("replace", Verdict::<E>::replace_msg_body(&[elem]).unwrap(), with(&[("MsgBody", &json)]));
        }
    }

    fn allow_except<E: WebhookEvent + AllowExcept>(&mut self, name: &'static str) {
        assert_eq!(E::REFUSED, name);
        for refused in [&[][..], &["u_skua"], &["piet", "u\"\\", "北", "piet"]] {
            let mut json = envelope(0, "");
            json[name] = json!(refused);
            self.add("allow_except", Verdict::<E>::allow_except(refused.iter().copied()), json);
        }
    }

    fn per_friend<E: PerFriend>(&mut self) {
        let event = E::about(&["tomas", "yara", "abel", "yara"]);
        let line = |account, code, info| json!({ "To_Account": account, "ResultCode": code, "ResultInfo": info });
        let with = |lines: Value| {
            let mut json = envelope(0, "");
            json["ResultItem"] = lines;
            json
        };
        self.add(
            "each_friend",
            event.decide(&mut |_| FriendVerdict::allow()),
            with(json!([line("tomas", 0, ""), line("yara", 0, ""), line("abel", 0, ""), line("yara", 0, "")])),
        );
        // In the order of the request, and asked once for each entry, even for a friend who is listed twice.
        let mut code = 37_999;
        let verdict = event.decide(&mut |account| {
            code += 1;
            match account {
                "tomas" => FriendVerdict::allow(),
                account => FriendVerdict::refuse(code, format!("not {account}")).unwrap(),
            }
        });
        self.add(
            "each_friend",
            verdict,
            with(json!([
                line("tomas", 0, ""),
                line("yara", 38_001, "not yara"),
                line("abel", 38_002, "not abel"),
                line("yara", 38_003, "not yara"),
            ])),
        );
    }
}

/// The message of the vendor's page: a text and a custom element.
fn message() -> [MsgElem; 2] {
    let custom = MsgElem::new("TIMCustomElem", r#"{"Desc":"badge","Data":"gold"}"#).unwrap();
    [MsgElem::text("low tide at noon"), custom]
}

/// An element of each kind in the samples, and one of an unknown kind.
fn every_kind() -> Vec<MsgElem> {
    let mut kinds = vec![MsgElem::new("TIMGestureElem", r#"{"Wave": 3}"#).unwrap()];
    for body in signer::samples(&c2c::BeforeSendMsg::COMMAND) {
        let Ok(Event::C2CBeforeSendMsg(event)) = Event::parse("C2C.CallbackBeforeSendMsg", body) else { panic!() };
        for elem in event.msg_body {
            if kinds.iter().all(|kind| kind.msg_type() != elem.msg_type()) {
                kinds.push(elem);
            }
        }
    }
    kinds
}

fn json(reply: impl Into<Reply>) -> Value {
    serde_json::from_slice(reply.into().body()).unwrap()
}

#[test]
fn every_verdict_serializes_to_its_documented_json() {
    for made in all() {
        assert_eq!(json(made.reply.clone()), made.json, "{} on {}", made.name, made.command);
        let response = made.reply.into_response::<bytes::Bytes>();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}

/// [`all`] has every before-event, and every alternative of its schema.
#[cfg(feature = "schemars")]
#[test]
fn every_verdict_in_the_schemas_is_tested() {
    use std::collections::BTreeSet;

    use tower_tencent_webhook::{Phase, schema};

    let before: Vec<_> = Command::ALL.iter().filter(|command| command.phase() == Phase::Before).collect();
    assert_eq!(before.len(), 12);
    let all = all();
    for command in before {
        let tested: BTreeSet<_> = all.iter().filter(|made| made.command == *command).map(|made| made.name).collect();
        let schema = schema::verdict(command).unwrap().to_value();
        let documented: BTreeSet<_> =
            schema["oneOf"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(tested, documented, "{command}");
    }
}

/// The responses on the vendor's pages, with values of our own.
#[test]
fn the_vendors_examples_can_be_written() {
    let text = |text: &str| json!({ "MsgType": "TIMTextElem", "MsgContent": { "Text": text } });
    let custom = |desc: &str, data: &str| {
        MsgElem::new("TIMCustomElem", &json!({ "Desc": desc, "Data": data }).to_string()).unwrap()
    };

    let data = r#"{"thread":"t-5","checked":true}"#;
    let replace =
        Verdict::<c2c::BeforeSendMsg>::replace(&[MsgElem::text("lunch at noon?"), custom("badge", "gold")], data);
    assert_eq!(
        json(replace.unwrap()),
        json!({
            "ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0,
            "MsgBody": [
                text("lunch at noon?"),
                { "MsgType": "TIMCustomElem", "MsgContent": { "Desc": "badge", "Data": "gold" } },
            ],
            "CloudCustomData": data,
        }),
    );

    let data = r#"{"lane":"ferry"}"#;
    let message = [MsgElem::text("ferry delayed by fog"), custom("desk.grade", "A3")];
    assert_eq!(
        json(Verdict::<official_account::BeforeSendMsg>::replace(&message, data).unwrap()),
        json!({
            "ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0,
            "MsgBody": [
                text("ferry delayed by fog"),
                { "MsgType": "TIMCustomElem", "MsgContent": { "Desc": "desk.grade", "Data": "A3" } },
            ],
            "CloudCustomData": data,
        }),
    );

    assert_eq!(
        json(Verdict::<group::BeforeInviteJoinGroup>::allow_except(["u_skua"])),
        json!({ "ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "RefusedMembers_Account": ["u_skua"] }),
    );
    assert_eq!(
        json(Verdict::<official_account::BeforeAddSubscriber>::allow_except(["piet"])),
        json!({ "ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "RefusedSubscribers_Account": ["piet"] }),
    );

    let add = sns::PrevFriendAdd::about(&["tomas", "yara"]);
    let verdict = add.verdict(|friend| match &*friend.to_account {
        "yara" => FriendVerdict::refuse(38_010, "not allowed").unwrap(),
        _ => FriendVerdict::allow(),
    });
    assert_eq!(
        json(verdict),
        json!({
            "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "",
            "ResultItem": [
                { "To_Account": "tomas", "ResultCode": 0, "ResultInfo": "" },
                { "To_Account": "yara", "ResultCode": 38010, "ResultInfo": "not allowed" },
            ],
        }),
    );
}

/// The envelope's three fields come first, as on the vendor's pages.
#[test]
fn fields_are_written_in_the_documented_order() {
    let reply = |verdict: Verdict<group::BeforeSendMsg>| Reply::from(verdict).body().clone();
    assert_eq!(reply(Verdict::allow()), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    assert_eq!(reply(Verdict::refuse()), r#"{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}"#);
    assert_eq!(reply(Verdict::discard()), r#"{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}"#);
    assert_eq!(
        reply(Verdict::replace(&[MsgElem::text("hm")], "x").unwrap()),
        concat!(
            r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","#,
            r#""MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hm"}}],"CloudCustomData":"x"}"#,
        ),
    );
}

#[test]
fn codes_are_limited_to_the_documented_range() {
    struct Ranges(usize);

    impl Visitor for Ranges {
        fn refuse_with_code<E: WebhookEvent + RefuseWithCode>(&mut self, codes: RangeInclusive<u32>) {
            let (first, last) = codes.into_inner();
            for code in [first, first + 1, last - 1, last] {
                assert!(Verdict::<E>::refuse_with(code, "").is_ok(), "{code} on {}", E::COMMAND);
            }
            // The plain codes have functions of their own.
            for code in [0, 1, 2, first - 1, last + 1, u32::MAX] {
                let error = Verdict::<E>::refuse_with(code, "").unwrap_err();
                assert_eq!(error, VerdictError::CodeOutOfRange { code, codes: first..=last }, "{}", E::COMMAND);
                assert_eq!(error.to_string(), format!("the code {code} is not one of {first} to {last}"));
            }
            self.0 += 1;
        }
    }

    let mut ranges = Ranges(0);
    visit(&mut ranges);
    assert_eq!(ranges.0, 9);

    assert!(FriendVerdict::refuse(38_000, "").is_ok() && FriendVerdict::refuse(39_000, "").is_ok());
    for code in [0, 1, 37_999, 39_001] {
        let error = FriendVerdict::refuse(code, "").unwrap_err();
        assert_eq!(error, VerdictError::CodeOutOfRange { code, codes: 38_000..=39_000 });
    }
}

#[test]
fn messages_that_cannot_be_sent_are_typed_errors() {
    struct Messages(usize);

    impl Visitor for Messages {
        fn replaceable<E: WebhookEvent + Replaceable>(&mut self) {
            let custom = || MsgElem::Custom(CustomElem::default());
            let text = || MsgElem::text("hm");
            for (message, error) in [
                (vec![], VerdictError::EmptyMsgBody),
                (vec![custom(), custom()], VerdictError::TooManyCustomElems),
                (vec![custom(), text(), custom()], VerdictError::TooManyCustomElems),
            ] {
                assert_eq!(Verdict::<E>::replace_msg_body(&message).unwrap_err(), error);
                assert_eq!(Verdict::<E>::replace(&message, "").unwrap_err(), error);
            }
            for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                for (latitude, longitude) in [(number, 0.0), (0.0, number)] {
                    let mut place = LocationElem::default();
                    (place.latitude, place.longitude) = (Some(latitude), Some(longitude));
                    let message = [text(), MsgElem::Location(place)];
                    assert_eq!(Verdict::<E>::replace_msg_body(&message).unwrap_err(), VerdictError::NotJson);
                    assert_eq!(Verdict::<E>::replace(&message, "").unwrap_err(), VerdictError::NotJson);
                }
            }
            assert!(Verdict::<E>::replace_msg_body(&[custom()]).is_ok());
            assert!(Verdict::<E>::replace_msg_body(&message()).is_ok());
            self.0 += 1;
        }
    }

    let mut messages = Messages(0);
    visit(&mut messages);
    assert_eq!(messages.0, 3);
}

/// Even if it was made from its `MsgType`.
#[test]
fn a_second_custom_element_is_one_too_many() {
    let custom = || MsgElem::new("TIMCustomElem", "{}").unwrap();
    let error = Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&[custom(), custom()]).unwrap_err();
    assert_eq!(error, VerdictError::TooManyCustomElems);
}
