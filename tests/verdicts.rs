//! Every verdict on the twelve before-events, as JSON; and those that there cannot be.

mod bodies;

use std::collections::BTreeSet;

use bodies::verdicts::{self, event, message};
use serde_json::{Value, json};
use tower_tencent_webhook::{
    Command, FriendVerdict, MsgElem, Phase, Reply, Verdict, VerdictError,
    event::{c2c, group, live, official_account, sns},
    message::{CustomElem, LocationElem},
    schema,
    verdict::{RefuseWithCode, Replaceable},
};

fn json(reply: impl Into<Reply>) -> Value {
    serde_json::from_slice(reply.into().body()).unwrap()
}

#[test]
fn each_is_its_json() {
    for made in verdicts::all() {
        assert_eq!(json(made.reply.clone()), made.json, "{} on {}", made.name, made.command);
        let response = made.reply.into_response::<bytes::Bytes>();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}

/// No before-event and none of its verdicts is left out of [`verdicts::all`].
#[test]
fn all_that_the_types_allow_are_here() {
    let before: Vec<_> = Command::ALL.iter().filter(|command| command.phase() == Phase::Before).collect();
    assert_eq!(before.len(), 12);
    let all = verdicts::all();
    for command in before {
        let made: BTreeSet<_> = all.iter().filter(|made| made.command == *command).map(|made| made.name).collect();
        let schema = schema::verdict(command).unwrap().to_value();
        let there_are: BTreeSet<_> =
            schema["oneOf"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(made, there_are, "{command}");
    }
}

/// The answers of the vendor's pages, with values of our own.
#[test]
fn the_documented_answers() {
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

    let add: sns::PrevFriendAdd = event(
        r#"{"Requester_Account":"a","From_Account":"a","FriendItem":[{"To_Account":"tomas"},{"To_Account":"yara"}],
            "AddType":"Add_Type_Both","ForceAddFlags":0,"EventTime":1}"#,
    );
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

/// The bytes themselves: the envelope's three fields first, as the pages have them.
#[test]
fn to_the_byte() {
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

fn codes_end_where_documented<E: RefuseWithCode>(first: u32, last: u32) {
    for code in [first, first + 1, last - 1, last] {
        assert!(Verdict::<E>::refuse_with(code, "").is_ok(), "{code} on {}", E::COMMAND);
    }
    // Nor do the plain codes: they have functions of their own.
    for code in [0, 1, 2, first - 1, last + 1, u32::MAX] {
        let error = Verdict::<E>::refuse_with(code, "").unwrap_err();
        assert_eq!(error, VerdictError::CodeOutOfRange { code, codes: first..=last }, "{}", E::COMMAND);
        assert_eq!(error.to_string(), format!("the code {code} is not one of {first} to {last}"));
    }
}

#[test]
fn codes_at_both_ends_and_just_outside() {
    codes_end_where_documented::<c2c::BeforeSendMsg>(120_001, 130_000);
    codes_end_where_documented::<group::BeforeCreateGroup>(10_100, 10_200);
    codes_end_where_documented::<group::BeforeCreateTopic>(10_100, 10_200);
    codes_end_where_documented::<group::BeforeApplyJoinGroup>(10_100, 10_200);
    codes_end_where_documented::<group::BeforeInviteJoinGroup>(10_100, 10_200);
    codes_end_where_documented::<group::BeforeSendMsg>(10_100, 10_200);
    codes_end_where_documented::<official_account::BeforeCreateOfficialAccount>(120_001, 130_000);
    codes_end_where_documented::<official_account::BeforeSendMsg>(120_001, 130_000);
    codes_end_where_documented::<live::BeforeSendGift>(102_100, 102_200);

    assert!(FriendVerdict::refuse(38_000, "").is_ok() && FriendVerdict::refuse(39_000, "").is_ok());
    for code in [0, 1, 37_999, 39_001] {
        let error = FriendVerdict::refuse(code, "").unwrap_err();
        assert_eq!(error, VerdictError::CodeOutOfRange { code, codes: 38_000..=39_000 });
    }
}

fn messages_that_cannot_be<E: Replaceable>() {
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
            (place.latitude, place.longitude) = (latitude, longitude);
            let message = [text(), MsgElem::Location(place)];
            assert_eq!(Verdict::<E>::replace_msg_body(&message).unwrap_err(), VerdictError::NotJson);
            assert_eq!(Verdict::<E>::replace(&message, "").unwrap_err(), VerdictError::NotJson);
        }
    }
    assert!(Verdict::<E>::replace_msg_body(&[custom()]).is_ok());
    assert!(Verdict::<E>::replace_msg_body(&message()).is_ok());
}

#[test]
fn messages_that_cannot_be_sent_are_typed_errors() {
    messages_that_cannot_be::<c2c::BeforeSendMsg>();
    messages_that_cannot_be::<group::BeforeSendMsg>();
    messages_that_cannot_be::<official_account::BeforeSendMsg>();
}

/// A custom element is one also where its kind is only known by its word.
#[test]
fn a_custom_element_by_its_word_counts() {
    let custom = || MsgElem::new("TIMCustomElem", "{}").unwrap();
    let error = Verdict::<c2c::BeforeSendMsg>::replace_msg_body(&[custom(), custom()]).unwrap_err();
    assert_eq!(error, VerdictError::TooManyCustomElems);
}
