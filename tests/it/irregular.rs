//! Where webhooks differ from the vendor's pages, or say the same thing in two ways.
//!
//! What is parsed leniently is serialized in the documented form.

use std::time::SystemTime;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_tencent_webhook::{
    App, Command, Event, MsgElem, Platform, Receiver, Rejection, RejectionKind, Reply, Verdict, Webhook, WebhookLayer,
    event::{call, group, official_account, profile},
    signer::Signer,
};

use crate::common::{self, sample, written};

fn parse(command: &str, body: &Value) -> Event {
    common::parse(&command.into(), &body.to_string())
}

/// Verifies the URL and parses the body.
fn receive(receiver: &Receiver, url: &str, body: &Value) -> Result<Webhook, Rejection> {
    let (head, _) = Signer::new(&app()).request(url, Bytes::new(), SystemTime::now()).into_parts();
    let context = receiver.verify(&head, SystemTime::now())?;
    receiver.parse(context, body.to_string().into())
}

fn app() -> App {
    App::signed(1_400_000_000, "xxxxyyyy").unwrap()
}

/// The sample with one value changed, by JSON pointer.
fn with(command: &str, pointer: &str, value: Value) -> Value {
    let mut body = sample(command);
    *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{command} has no {pointer}")) = value;
    body
}

#[test]
fn some_commands_are_only_in_the_url() {
    for command in ["Push.AllMemberPush", "Push.OfflinePush", "ContentCallback.ResultNotify"] {
        let body = sample(command);
        assert!(body.get("CallbackCommand").is_none(), "{command}");
        let hook = receive(&Receiver::new(app()), command, &body).unwrap();
        assert_eq!(*hook.context().command(), command);
        assert_eq!(*hook.event().command(), command);
        assert!(written(hook.event()).get("CallbackCommand").is_none(), "{command}");
        // Without a URL they are recognised by their fields.
        assert_eq!(serde_json::from_value::<Event>(body).unwrap(), *hook.event(), "{command}");
    }
}

#[test]
fn push_events_come_in_batches() {
    for command in ["Push.AllMemberPush", "Push.OfflinePush"] {
        let one = sample(command)["Events"][0].clone();
        for count in [0, 1, 3, 100] {
            let body = json!({ "Events": vec![one.clone(); count] });
            let event = parse(command, &body);
            let events = match &event {
                Event::PushAllMemberPush(batch) => batch.events.len(),
                Event::PushOfflinePush(batch) => batch.events.len(),
                _ => unreachable!(),
            };
            assert_eq!(events, count);
            // An empty batch names its command nowhere else.
            let named = json!({ "CallbackCommand": command, "Events": [] });
            assert_eq!(written(&event), if count == 0 { named } else { body });
        }
    }
    // A field that one public receiver expects, and that is not on the vendor's pages.
    let mut body = with("Push.AllMemberPush", "/Events/0/CallbackCommand", json!("Push.TagPush"));
    let event = parse("Push.AllMemberPush", &body);
    body["CallbackCommand"] = json!("Push.AllMemberPush");
    assert_eq!(written(&event), body, "such a batch says itself what it is");
}

#[test]
fn member_state_changed_has_an_alias() {
    const COMMAND: &str = "Live.CallbackAfterMemberStateChanged";
    const ALIAS: &str = "Live.CallbackMemberStateChanged";
    assert_eq!(Command::from(ALIAS), Command::from(COMMAND));
    assert_eq!(Command::from(ALIAS).as_str(), COMMAND);

    let documented = sample(COMMAND);
    let alias = with(COMMAND, "/CallbackCommand", json!(ALIAS));
    for receiver in [
        Receiver::new(app()),
        Receiver::new(app()).allow_commands([COMMAND]),
        Receiver::new(app()).allow_commands([ALIAS]),
    ] {
        for url in [COMMAND, ALIAS] {
            for body in [&documented, &alias] {
                let hook = receive(&receiver, url, body).unwrap();
                assert_eq!(*hook.context().command(), COMMAND);
                assert_eq!(written(hook.event()), documented);
            }
        }
    }
    assert_eq!(written(&serde_json::from_value(alias).unwrap()), documented);
}

const DEL: &str = "Live.CallbackAfterDelMetadata";
const SET: &str = "Live.CallbackAfterSetMetadata";

#[test]
fn del_metadata_comes_with_the_url_of_set_metadata() {
    let receiver = Receiver::new(app());
    let hook = receive(&receiver, SET, &sample(DEL)).unwrap();
    assert_eq!(*hook.context().command(), DEL);
    assert_eq!(written(hook.event()), sample(DEL));
    assert_eq!(*receive(&receiver, DEL, &sample(DEL)).unwrap().event().command(), DEL);
    assert_eq!(*receive(&receiver, SET, &sample(SET)).unwrap().event().command(), SET);
    // The reverse is a mismatch.
    let error = receive(&receiver, DEL, &sample(SET)).unwrap_err();
    assert_eq!(error.kind(), RejectionKind::CommandMismatch);
}

/// The allow-list, the URL's command, the body's command, and whether it is accepted.
const ALLOWED: [(&[&str], &str, &str, bool); 12] = [
    (&[SET], SET, SET, true),
    (&[SET], SET, DEL, false),
    (&[SET], DEL, DEL, false),
    (&[DEL], SET, SET, false),
    (&[DEL], SET, DEL, true),
    (&[DEL], DEL, DEL, true),
    (&[DEL, SET], SET, SET, true),
    (&[DEL, SET], SET, DEL, true),
    (&[DEL, SET], DEL, DEL, true),
    (&["State.StateChange"], SET, SET, false),
    (&["State.StateChange"], SET, DEL, false),
    (&["State.StateChange"], DEL, DEL, false),
];

#[test]
fn del_metadata_is_accepted_only_if_allowed() {
    for (allowed, url, body, taken) in ALLOWED {
        let receiver = Receiver::new(app()).allow_commands(allowed.iter().copied());
        match receive(&receiver, url, &sample(body)) {
            Ok(hook) => assert!(taken && *hook.event().command() == body, "{allowed:?} {url} {body}"),
            Err(error) => {
                assert!(!taken, "{allowed:?} {url} {body}: {error}");
                assert_eq!(error.kind(), RejectionKind::CommandNotAllowed);
            }
        }
    }
}

#[tokio::test]
async fn the_layer_accepts_del_metadata_only_if_allowed() {
    let inner = tower::service_fn(|request: Request<tower_tencent_webhook::WebhookBody<Full<Bytes>>>| async move {
        let hook = request.extensions().get::<Webhook>().unwrap();
        let word = hook.event().command().as_str().to_owned();
        Ok::<_, std::convert::Infallible>(http::Response::new(Full::from(word)))
    });
    for (allowed, url, body, taken) in ALLOWED {
        let layer = WebhookLayer::new(app()).allow_commands(allowed.iter().copied());
        let service = tower::Layer::layer(&layer, inner);
        let request = Signer::new(&app()).request(url, sample(body).to_string(), SystemTime::now());
        let response = service.oneshot(request).await.unwrap();
        let status = response.status();
        let answer = response.into_body().collect().await.unwrap_or_else(|_| panic!("a body")).to_bytes();
        if taken {
            assert_eq!(answer, body);
        } else {
            assert_eq!(status, 403, "{allowed:?} {url} {body}");
        }
    }
}

#[test]
fn modified_account_may_be_called_member_account() {
    const COMMAND: &str = "Group.CallbackAfterMemberFieldChanged";
    for name in ["Modified_Account", "Member_Account"] {
        let mut body = with(COMMAND, "/EventTime", json!(1));
        body.as_object_mut().unwrap().remove("Modified_Account");
        body[name] = json!("u_tern");
        let event = parse(COMMAND, &body);
        assert_eq!(written(&event), body);
        let Event::GroupAfterMemberFieldChanged(event) = event else { unreachable!() };
        assert_eq!(event.account(), Some("u_tern"));
    }
}

#[test]
fn group_name_and_tag_name_are_aliases() {
    let friend = |name: &str| json!({ "To_Account": "yara", name: "crew" });
    for name in ["GroupName", "TagName"] {
        let body = with("Sns.CallbackPrevFriendAdd", "/FriendItem", json!([friend(name)]));
        let event = parse("Sns.CallbackPrevFriendAdd", &body);
        assert_eq!(written(&event)["FriendItem"], json!([friend("GroupName")]));
        let Event::SnsPrevFriendAdd(event) = event else { unreachable!() };
        assert_eq!(event.friend_item[0].group_name.as_deref(), Some("crew"));

        let mut friend_with_answer = friend(name);
        friend_with_answer["ResponseAction"] = json!("Response_Action_Agree");
        let body = with("Sns.CallbackPrevFriendResponse", "/ResponseFriendItem", json!([friend_with_answer]));
        let event = parse("Sns.CallbackPrevFriendResponse", &body);
        assert_eq!(written(&event)["ResponseFriendItem"][0]["TagName"], "crew");
        assert!(written(&event)["ResponseFriendItem"][0].get("GroupName").is_none());
        let Event::SnsPrevFriendResponse(event) = event else { unreachable!() };
        assert_eq!(event.response_friend_item[0].tag_name.as_deref(), Some("crew"));
    }
}

#[test]
fn the_list_of_the_refused_is_named_after_the_event() {
    let json = |reply: Reply| serde_json::from_slice::<Value>(reply.body()).unwrap();
    let members = json(Verdict::<group::BeforeInviteJoinGroup>::allow_except(["a"]).into());
    assert_eq!(members["RefusedMembers_Account"], json!(["a"]));
    assert!(members.get("RefusedSubscribers_Account").is_none());
    let subscribers = json(Verdict::<official_account::BeforeAddSubscriber>::allow_except(["a"]).into());
    assert_eq!(subscribers["RefusedSubscribers_Account"], json!(["a"]));
    assert!(subscribers.get("RefusedMembers_Account").is_none());
}

#[test]
fn call_media_type_and_media_type_are_aliases() {
    const COMMAND: &str = "Call.CallbackAfterStartCall";
    let documented = sample(COMMAND);
    let mut body = documented.clone();
    let info = body["CallInfo"].as_object_mut().unwrap();
    let (old, new) = if info.contains_key("CallMediaType") {
        ("CallMediaType", "MediaType")
    } else {
        ("MediaType", "CallMediaType")
    };
    let kind = info.remove(old).unwrap();
    info.insert(new.to_owned(), kind.clone());
    let event = parse(COMMAND, &body);
    assert_eq!(event, parse(COMMAND, &documented));
    assert_eq!(written(&event)["CallInfo"]["CallMediaType"], kind);
    assert!(written(&event)["CallInfo"].get("MediaType").is_none());
    let Event::CallAfterStartCall(event) = event else { unreachable!() };
    assert_eq!(event.call_info.call_media_type, Some(call::MediaType::from(kind.as_str().unwrap())));
}

#[test]
fn booleans_may_be_quoted() {
    const COMMAND: &str = "Room.CallbackAfterUpdateRoomInfo";
    const FIELD: &str = "/RoomInfo/IsCloudRecordingDisabled";
    for (read, is) in [
        (json!("false"), false),
        (json!("true"), true),
        (json!("False"), false),
        (json!("TRUE"), true),
        (json!(false), false),
        (json!(true), true),
    ] {
        let event = parse(COMMAND, &with(COMMAND, FIELD, read));
        assert_eq!(*written(&event).pointer(FIELD).unwrap(), is);
    }
    for (number, is) in [(json!(0), false), (json!("0"), false), (json!(1), true), (json!("1"), true)] {
        assert_eq!(*written(&parse(COMMAND, &with(COMMAND, FIELD, number))).pointer(FIELD).unwrap(), is);
    }
    for wrong in [json!(""), json!("no"), json!(2), json!(" true")] {
        assert!(written(&parse(COMMAND, &with(COMMAND, FIELD, wrong))).pointer(FIELD).is_none());
    }
}

#[test]
fn integers_are_accepted_where_a_string_is_documented() {
    for (command, field) in [
        ("Live.CallbackAfterCreateRoom", "/RoomInfo/Owner_Account"),
        ("Live.CallbackAfterDestroyRoom", "/RoomInfo/Owner_Account"),
        ("Live.CallbackAfterStartBattle", "/FromRoomInfo/Owner_Account"),
        ("Live.CallbackAfterStartBattle", "/ToRoomList/0/Owner_Account"),
        ("Live.CallbackAfterEndBattle", "/FromRoomInfo/Owner_Account"),
        ("Live.CallbackAfterEndBattle", "/ToRoomList/0/Owner_Account"),
        ("Mic.CallbackAfterSeatInfoChanged", "/SeatList/0/Member_Account"),
        ("Call.CallbackAfterStartCall", "/UserList/0/User_Account"),
        ("Call.CallbackAfterMemberChanged", "/ChangedUserList/0/User_Account"),
    ] {
        for number in [144_115_271_904_417_733_u64, (1 << 53) + 1, u64::MAX, 0] {
            let event = parse(command, &with(command, field, json!(number)));
            assert_eq!(*written(&event).pointer(field).unwrap(), number.to_string(), "{command}");
        }
    }
}

#[test]
fn digits_are_accepted_where_an_integer_is_documented() {
    for (command, field) in [
        ("C2C.CallbackBeforeSendMsg", "/MsgSeq"),
        ("C2C.CallbackBeforeSendMsg", "/MsgTime"),
        ("Group.CallbackAfterSendMsg", "/MsgSeq"),
        ("Live.CallbackAfterCreateRoomReachingThreshold", "/CurRoomCount"),
        ("Live.CallbackAfterCreateRoomReachingThreshold", "/MaxRoomCount"),
        ("ContentCallback.ResultNotify", "/SdkAppId"),
    ] {
        for number in [0, (1 << 53) + 1, u64::MAX] {
            let event = parse(command, &with(command, field, json!(number.to_string())));
            assert_eq!(*written(&event).pointer(field).unwrap(), number, "{command}{field}");
        }
        for wrong in ["", " 1", "0x1", "+1", "-1", "18446744073709551616", "١"] {
            let event = parse(command, &with(command, field, json!(wrong)));
            assert!(written(&event).pointer(field).is_none(), "{command}{field}: {wrong}");
        }
        for (integral, number) in [("1.0", 1), ("1e3", 1000)] {
            let event = parse(command, &with(command, field, json!(integral)));
            assert_eq!(*written(&event).pointer(field).unwrap(), number, "{command}{field}");
        }
    }
    let event = parse("C2C.CallbackAfterSendMsg", &with("C2C.CallbackAfterSendMsg", "/SendMsgResult", json!("-1")));
    assert_eq!(written(&event)["SendMsgResult"], -1);
}

#[test]
fn event_time_may_be_a_number_or_digits() {
    let mut commands = 0;
    for command in Command::ALL {
        let mut body = sample(command.as_str());
        if body.get("EventTime").is_none() {
            continue;
        }
        commands += 1;
        for time in [json!(1_735_689_600_123_u64), json!("1735689600123")] {
            body["EventTime"] = time;
            assert_eq!(written(&parse(command.as_str(), &body))["EventTime"], 1_735_689_600_123_u64, "{command}");
        }
    }
    assert!(commands > 50, "{commands}");
}

#[test]
fn group_attributes_have_lower_case_field_names() {
    const COMMAND: &str = "Group.CallbackAfterGroupAttrChanged";
    let body = with(COMMAND, "/GroupAttr", json!([{ "key": "tide", "value": "low" }, { "key": "wind" }]));
    let event = parse(COMMAND, &body);
    assert_eq!(written(&event)["GroupAttr"], body["GroupAttr"]);
    let Event::GroupAfterGroupAttrChanged(event) = event else { unreachable!() };
    let attributes = event.group_attr;
    assert_eq!((attributes[0].key.as_deref(), attributes[0].value.as_deref()), (Some("tide"), Some("low")));
    assert_eq!((attributes[1].key.as_deref(), attributes[1].value.as_deref()), (Some("wind"), None));
}

#[test]
fn an_event_may_carry_an_error_code() {
    const COMMAND: &str = "Group.CallbackSendMsgException";
    for (code, expected) in [(json!(10017), 10017), (json!("80001"), 80001), (json!(-1), -1)] {
        let event = parse(COMMAND, &with(COMMAND, "/ErrorCode", code));
        assert_eq!(written(&event)["ErrorCode"], expected);
        let Event::GroupSendMsgException(event) = event else { unreachable!() };
        assert_eq!(event.error_code, Some(expected));
    }
    let body = with("C2C.CallbackAfterSendMsg", "/ErrorInfo", json!("recipient unknown"));
    assert_eq!(written(&parse("C2C.CallbackAfterSendMsg", &body))["ErrorInfo"], "recipient unknown");
}

fn first_element(elements: &str) -> MsgElem {
    const COMMAND: &str = "C2C.CallbackBeforeSendMsg";
    let body = with(COMMAND, "/MsgBody", json!("HERE")).to_string().replace("\"HERE\"", elements);
    let Event::C2CBeforeSendMsg(event) = common::parse(&COMMAND.into(), &body) else { unreachable!() };
    event.msg_body.into_iter().next().unwrap()
}

#[test]
fn msg_content_may_precede_msg_type() {
    let usual = first_element(r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a \"b\" }]"}}]"#);
    let alphabetical = first_element(r#"[ { "MsgContent" : {"Text":"a \"b\" }]"} , "MsgType" : "TIMTextElem" } ]"#);
    assert_eq!(usual, MsgElem::text("a \"b\" }]"));
    assert_eq!(usual, alphabetical);

    assert_eq!(first_element(r#"[{"MsgContent":{"Text":1},"MsgType":"TIMTextElem"}]"#), MsgElem::text("1"));
    let odd = r#"{"MsgContent":{"Text":[1]},"MsgType":"TIMTextElem"}"#;
    let MsgElem::Other(other) = first_element(&format!("[{odd}]")) else { panic!("a text without text") };
    assert_eq!((&*other.msg_type, other.msg_content.get()), ("TIMTextElem", r#"{"Text":[1]}"#));
}

#[test]
fn an_unknown_element_is_kept_byte_for_byte() {
    let content = r#"{"z":144115271904417733,"a":1.50,"z2":1e400,"n":{"b":[ ],"a":null},"u":"\u00e9\/"}"#;
    for element in [
        format!(r#"[{{"MsgType":"TIMGestureElem","MsgContent":{content}}}]"#),
        format!(r#"[{{"MsgContent":{content},"MsgType":"TIMGestureElem"}}]"#),
    ] {
        let element = first_element(&element);
        let MsgElem::Other(other) = &element else { panic!("{element:?}") };
        assert_eq!(other.msg_type, "TIMGestureElem");
        assert_eq!(other.msg_content.get(), content);
        let written = serde_json::to_string(&element).unwrap();
        assert_eq!(written, format!(r#"{{"MsgType":"TIMGestureElem","MsgContent":{content}}}"#));
    }
}

#[test]
fn ios_matches_in_any_case() {
    assert_eq!(Platform::from("IOS"), Platform::Ios);
    assert_eq!(Platform::from("iOS"), Platform::Ios);
    assert_eq!(Platform::Ios, "IOS");
    assert_eq!(Platform::Ios.as_str(), "iOS");
    for word in ["IOS", "iOS", "ios"] {
        let signer = Signer::new(&app()).platform(Platform::from(word));
        let uri = signer.uri("State.StateChange", SystemTime::now());
        let uri = uri.to_string().replace("OptPlatform=iOS", &format!("OptPlatform={word}"));
        let (head, ()) = Request::post(uri).body(()).unwrap().into_parts();
        let context = Receiver::new(app()).verify(&head, SystemTime::now()).unwrap();
        assert_eq!(context.platform(), Some(&Platform::Ios));

        let mut body = sample("State.StateChange");
        body["KickedDevice"] = json!([{ "Platform": word }, { "Platform": "Mac" }, { "Platform": "macOS" }]);
        let written = written(&parse("State.StateChange", &body));
        let documented = json!([{ "Platform": "iOS" }, { "Platform": "Mac" }, { "Platform": "macOS" }]);
        assert_eq!(written["KickedDevice"], documented);
    }
}

#[test]
fn profile_values_are_numbers_or_strings() {
    const COMMAND: &str = "Profile.CallbackPortraitSet";
    let items = json!([
        { "Tag": "Tag_Profile_IM_Level", "Value": 4_294_967_295_u32 },
        { "Tag": "Tag_Profile_IM_Level", "Value": "4294967295" },
        { "Tag": "Tag_Profile_IM_Nick", "Value": "mila" },
        { "Tag": "Tag_Profile_Custom_Boat", "Value": "" },
    ]);
    let event = parse(COMMAND, &with(COMMAND, "/ProfileItem", items.clone()));
    assert_eq!(written(&event)["ProfileItem"], items);
    let Event::ProfilePortraitSet(event) = event else { unreachable!() };
    let [number, digits, nick, custom] = &event.profile_item[..] else { unreachable!() };
    assert_eq!(number.value, Some(profile::Value::Number(4_294_967_295)));
    assert_eq!(digits.value, Some(profile::Value::Text("4294967295".to_owned())));
    assert_eq!(nick.tag, Some(profile::Tag::Nick));
    assert_eq!(custom.tag, Some(profile::Tag::Other("Tag_Profile_Custom_Boat".to_owned())));
}

#[test]
fn unknown_words_are_kept() {
    for (command, field) in [
        ("State.StateChange", "/Info/Action"),
        ("State.StateChange", "/Info/Reason"),
        ("Sns.CallbackFriendAdd", "/ClientCmd"),
        ("Group.CallbackBeforeCreateGroup", "/Type"),
        ("Group.CallbackAfterNewMemberJoin", "/JoinType"),
        ("Group.CallbackAfterGroupAttrChanged", "/OptionType"),
        ("ContentCallback.ResultNotify", "/Scene"),
        ("Call.CallbackAfterEndCall", "/CallRecord/CallResult"),
        ("Room.CallbackAfterMemberLeave", "/Type"),
    ] {
        // Words are case-sensitive, unless the vendor itself uses several cases.
        let known = sample(command).pointer(field).unwrap().as_str().unwrap().to_owned();
        for word in ["Unheard Of", "回", &known.to_uppercase(), &known.to_lowercase(), &known] {
            let body = with(command, field, json!(word));
            assert_eq!(written(&parse(command, &body)).pointer(field), Some(&json!(word)), "{command}");
        }
        // An empty one says nothing.
        assert!(written(&parse(command, &with(command, field, json!("")))).pointer(field).is_none(), "{command}");
    }
}

#[test]
fn moderated_text_is_a_list_or_a_single_string() {
    const COMMAND: &str = "ContentCallback.ResultNotify";
    for text in [json!("one"), json!(["one"])] {
        let mut body = sample(COMMAND);
        body["TextContent"] = text;
        assert_eq!(written(&parse(COMMAND, &body))["TextContent"], json!(["one"]));
    }
}

#[test]
fn the_number_of_groups_has_three_names_and_two_shapes() {
    const COMMAND: &str = "Group.CallbackBeforeCreateGroup";
    for (name, read, out) in [
        ("CreateGroupNum", json!(3), json!(3)),
        ("CreatedNum", json!("3"), json!(3)),
        ("CreatedGroupNum", json!("3"), json!(3)),
        ("CreatedGroupNum", json!({ "Public": "3", "Live": 1 }), json!({ "Public": 3, "Live": 1 })),
    ] {
        let mut body = sample(COMMAND);
        body[name] = read;
        assert_eq!(written(&parse(COMMAND, &body))[name], out);
    }
}

#[test]
fn follow_lists_hold_objects_when_added_and_strings_when_deleted() {
    let add = with("Follow.CallbackAfterFollowAdd", "/FollowList", json!([{ "To_Account": "linus" }]));
    assert_eq!(written(&parse("Follow.CallbackAfterFollowAdd", &add)), add);
    let delete = with("Follow.CallbackAfterFollowDelete", "/To_Account", json!(["linus"]));
    assert_eq!(written(&parse("Follow.CallbackAfterFollowDelete", &delete)), delete);
}

#[test]
fn an_array_is_not_an_object() {
    let unfollow = r#"["Follow.CallbackAfterFollowDelete","ada",["linus"],1]"#;
    let nested = r#"{"Info":["Login","ada","Register"],"EventTime":1}"#;
    for (command, body) in [
        ("Follow.CallbackAfterFollowDelete", unfollow),
        ("State.StateChange", nested),
        ("Moon.CallbackAfterRise", "[null]"),
        ("Moon.CallbackAfterRise", r#"["Moon.CallbackAfterRise"]"#),
    ] {
        let rejection = Event::parse(command, body).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::Malformed, "{body}");
    }
    let item = r#"{"From_Account":"ada","FollowList":[["linus"],{"To_Account":"grace"}]}"#;
    let Event::FollowAfterFollowAdd(event) = Event::parse("Follow.CallbackAfterFollowAdd", item).unwrap() else {
        panic!("another event")
    };
    assert_eq!(event.follow_list.len(), 1);
    let element = first_element(r#"[["TIMTextElem",{"Text":"hi"}]]"#);
    assert!(matches!(element, MsgElem::Other(_)));
}

#[test]
fn a_rejected_command_cannot_forge_a_log_line() {
    let receiver = Receiver::new(App::unsigned(7)).allow_commands(["State.StateChange"]);
    let head = Request::post("/?SdkAppid=7&CallbackCommand=a%0A2026%20ERROR%20b").body(()).unwrap().into_parts().0;
    let rejection = receiver.verify(&head, SystemTime::now()).unwrap_err();
    assert_eq!(rejection.to_string(), "the command a\\n2026 ERROR b is not allowed here");
}

#[test]
fn a_malformed_field_cannot_forge_a_log_line() {
    let body = format!("{{\"\\nERROR{}\":", "!".repeat(1_000));
    let text = Event::parse("State.StateChange", body).unwrap_err().to_string();
    assert!(text.starts_with("malformed body at \\nERROR!"), "{text}");
    assert!(text.len() < 400, "{text}");
}

#[test]
fn an_empty_command_in_the_body_is_like_none() {
    let receiver = Receiver::new(App::unsigned(7));
    let head = Request::post("/?SdkAppid=7&CallbackCommand=State.StateChange").body(()).unwrap().into_parts().0;
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    let rejection = receiver.parse(context, r#"{"CallbackCommand":""}"#.into()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::Malformed);
}

/// The vendor may cut a nickname in the middle of a character. An event is not lost because of a field that nobody reads.
#[test]
fn a_body_need_not_be_utf8() {
    let body = b"{\"From_Account\":\"ada\",\"To_Account\":[\"linus\"],\"EventTime\":1,\"Nick\":\"\xe5\x9b\"}";
    let Event::FollowAfterFollowDelete(event) = Event::parse("Follow.CallbackAfterFollowDelete", &body[..]).unwrap()
    else {
        panic!("another event");
    };
    assert_eq!((&*event.from_account, &event.to_account[..]), ("ada", &["linus".to_owned()][..]));

    let named = body.map(|byte| if byte == b'l' { 0xff } else { byte });
    let event = Event::parse("Follow.CallbackAfterFollowDelete", Bytes::copy_from_slice(&named)).unwrap();
    assert_eq!(written(&event)["To_Account"], json!(["\u{fffd}inus"]));
}
