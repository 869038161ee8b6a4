//! Every verdict on every before-event, and the JSON that it must be.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use tower_tencent_webhook::{
    Command, Event, FriendVerdict, MsgElem, Reply, Verdict, WebhookEvent,
    event::{c2c, group, live, official_account, sns},
    signer,
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
};

/// A verdict: on which event, which of its alternatives in the schema, and as JSON.
pub struct Made {
    pub command: Command,
    pub name: &'static str,
    pub reply: Reply,
    pub json: Value,
}

pub fn all() -> Vec<Made> {
    let mut all = Vec::new();

    decided::<c2c::BeforeSendMsg>(&mut all);
    own_code::<c2c::BeforeSendMsg>(&mut all, 120_001..=130_000);
    replaceable::<c2c::BeforeSendMsg>(&mut all);

    decided::<group::BeforeCreateGroup>(&mut all);
    own_code::<group::BeforeCreateGroup>(&mut all, 10_100..=10_200);

    decided::<group::BeforeCreateTopic>(&mut all);
    own_code::<group::BeforeCreateTopic>(&mut all, 10_100..=10_200);

    decided::<group::BeforeApplyJoinGroup>(&mut all);
    own_code::<group::BeforeApplyJoinGroup>(&mut all, 10_100..=10_200);

    decided::<group::BeforeInviteJoinGroup>(&mut all);
    own_code::<group::BeforeInviteJoinGroup>(&mut all, 10_100..=10_200);
    partly_refusable::<group::BeforeInviteJoinGroup>(&mut all, "RefusedMembers_Account");

    decided::<group::BeforeSendMsg>(&mut all);
    own_code::<group::BeforeSendMsg>(&mut all, 10_100..=10_200);
    discardable::<group::BeforeSendMsg>(&mut all);
    replaceable::<group::BeforeSendMsg>(&mut all);

    decided::<official_account::BeforeCreateOfficialAccount>(&mut all);
    own_code::<official_account::BeforeCreateOfficialAccount>(&mut all, 120_001..=130_000);

    decided::<official_account::BeforeAddSubscriber>(&mut all);
    partly_refusable::<official_account::BeforeAddSubscriber>(&mut all, "RefusedSubscribers_Account");

    decided::<official_account::BeforeSendMsg>(&mut all);
    own_code::<official_account::BeforeSendMsg>(&mut all, 120_001..=130_000);
    discardable::<official_account::BeforeSendMsg>(&mut all);
    replaceable::<official_account::BeforeSendMsg>(&mut all);

    decided::<live::BeforeSendGift>(&mut all);
    own_code::<live::BeforeSendGift>(&mut all, 102_100..=102_200);

    let event: sns::PrevFriendAdd = event(FRIENDS_TO_ADD);
    each_friend(&mut all, |judge| event.verdict(|friend| judge(&friend.to_account)));
    let event: sns::PrevFriendResponse = self::event(FRIENDS_TO_ANSWER);
    each_friend(&mut all, |judge| event.verdict(|friend| judge(&friend.to_account)));

    all
}

pub const FRIENDS_TO_ADD: &str = r#"{
    "CallbackCommand": "Sns.CallbackPrevFriendAdd", "Requester_Account": "mila", "From_Account": "mila",
    "FriendItem": [{"To_Account": "tomas"}, {"To_Account": "yara"}, {"To_Account": "abel"}, {"To_Account": "yara"}],
    "AddType": "Add_Type_Both", "ForceAddFlags": 0, "EventTime": 1739004561123
}"#;

pub const FRIENDS_TO_ANSWER: &str = r#"{
    "CallbackCommand": "Sns.CallbackPrevFriendResponse", "Requester_Account": "mila", "From_Account": "mila",
    "ResponseFriendItem": [
        {"To_Account": "tomas", "ResponseAction": "Response_Action_Agree"},
        {"To_Account": "yara", "ResponseAction": "Response_Action_AgreeAndAdd"},
        {"To_Account": "abel", "ResponseAction": "Response_Action_Reject"},
        {"To_Account": "yara", "ResponseAction": "Response_Action_Agree"}
    ],
    "EventTime": 1739004561123
}"#;

/// The event of a body.
pub fn event<E: WebhookEvent>(body: &str) -> E {
    serde_json::from_str(body).unwrap()
}

fn add<E: WebhookEvent>(all: &mut Vec<Made>, name: &'static str, verdict: Verdict<E>, json: Value) {
    // The verdict is what the event's handlers answer.
    let reply = E::Answer::into(answer::<E>(verdict));
    all.push(Made { command: E::COMMAND, name, reply, json });
}

fn answer<E: WebhookEvent>(verdict: Verdict<E>) -> E::Answer {
    // Both are the same type, which generic code cannot know.
    let verdict: Box<dyn std::any::Any> = Box::new(verdict);
    *verdict.downcast().expect("a before-event is answered with a verdict")
}

fn decided<E: Decidable>(all: &mut Vec<Made>) {
    add(all, "allow", Verdict::<E>::allow(), json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" }));
    add(all, "refuse", Verdict::<E>::refuse(), json!({ "ActionStatus": "OK", "ErrorCode": 1, "ErrorInfo": "" }));
}

fn own_code<E: RefuseWithCode>(all: &mut Vec<Made>, codes: RangeInclusive<u32>) {
    assert_eq!(E::CODES, codes);
    for code in [*codes.start(), (codes.start() + codes.end()) / 2, *codes.end()] {
        for info in ["", "not now", "引号 \" 反斜线 \\ \u{0} 🚢"] {
            let verdict = Verdict::<E>::refuse_with(code, info).unwrap();
            add(all, "refuse_with", verdict, json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info }));
        }
    }
}

fn discardable<E: Discardable>(all: &mut Vec<Made>) {
    add(all, "discard", Verdict::<E>::discard(), json!({ "ActionStatus": "OK", "ErrorCode": 2, "ErrorInfo": "" }));
}

/// The answer of the vendor's pages: a text and a custom element.
pub fn message() -> [MsgElem; 2] {
    let custom = MsgElem::new("TIMCustomElem", r#"{"Desc":"badge","Data":"gold"}"#).unwrap();
    [MsgElem::text("low tide at noon"), custom]
}

fn replaceable<E: Replaceable>(all: &mut Vec<Made>) {
    let body = json!([
        { "MsgType": "TIMTextElem", "MsgContent": { "Text": "low tide at noon" } },
        { "MsgType": "TIMCustomElem", "MsgContent": { "Desc": "badge", "Data": "gold" } },
    ]);
    let envelope = json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" });
    let with = |fields: &[(&str, &Value)]| {
        let mut json = envelope.clone();
        for (name, value) in fields {
            json[*name] = (*value).clone();
        }
        json
    };
    let data = json!("trace=af31;checked");

    let verdict = Verdict::<E>::replace(&message(), "trace=af31;checked").unwrap();
    add(all, "replace", verdict, with(&[("MsgBody", &body), ("CloudCustomData", &data)]));
    add(all, "replace", Verdict::<E>::replace_msg_body(&message()).unwrap(), with(&[("MsgBody", &body)]));
    let verdict = Verdict::<E>::replace_cloud_custom_data("trace=af31;checked");
    add(all, "replace", verdict, with(&[("CloudCustomData", &data)]));
    add(all, "replace", Verdict::<E>::replace_cloud_custom_data(""), with(&[("CloudCustomData", &json!(""))]));

    // The elements of a message that came, each alone: what was read can be sent back.
    for elem in every_kind() {
        let json = serde_json::to_value(std::slice::from_ref(&elem)).unwrap();
        add(all, "replace", Verdict::<E>::replace_msg_body(&[elem]).unwrap(), with(&[("MsgBody", &json)]));
    }
}

/// An element of each kind that is in the samples, and one of a kind unknown here.
pub fn every_kind() -> Vec<MsgElem> {
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

fn partly_refusable<E: AllowExcept>(all: &mut Vec<Made>, name: &str) {
    assert_eq!(E::REFUSED, name);
    for refused in [&[][..], &["u_skua"], &["piet", "u\"\\", "北", "piet"]] {
        let mut json = json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" });
        json[name] = json!(refused);
        add(all, "allow_except", Verdict::<E>::allow_except(refused.iter().copied()), json);
    }
}

/// How one friend is judged, by its UserID.
type Judge<'a> = &'a mut dyn FnMut(&str) -> FriendVerdict;

fn each_friend<E: WebhookEvent>(all: &mut Vec<Made>, verdict: impl Fn(Judge<'_>) -> Verdict<E>) {
    let line = |account, code, info| json!({ "To_Account": account, "ResultCode": code, "ResultInfo": info });
    let mut made = |verdict, lines: Value| {
        let json = json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ResultItem": lines });
        add::<E>(all, "each_friend", verdict, json);
    };
    made(
        verdict(&mut |_| FriendVerdict::allow()),
        json!([line("tomas", 0, ""), line("yara", 0, ""), line("abel", 0, ""), line("yara", 0, "")]),
    );
    // In the order of the request, and asked once for each: also for one who is there twice.
    let mut code = 37_999;
    let judged = verdict(&mut |account| {
        code += 1;
        match account {
            "tomas" => FriendVerdict::allow(),
            account => FriendVerdict::refuse(code, format!("not {account}")).unwrap(),
        }
    });
    made(
        judged,
        json!([
            line("tomas", 0, ""),
            line("yara", 38_001, "not yara"),
            line("abel", 38_002, "not abel"),
            line("yara", 38_003, "not yara"),
        ]),
    );
}
