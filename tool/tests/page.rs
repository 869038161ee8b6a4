//! The page of `tencent-webhook listen`, driven in a real browser.

mod browser;
mod listener;

use std::time::SystemTime;

use browser::Browser;
use http::Request;
use http_body_util::Full;
use listener::{APP, Client, Listener, chat, message, message_body, signer};
use serde_json::json;
use tower_tencent_webhook::signer::sample;

async fn open(listener: &Listener) -> Browser {
    let browser = Browser::open(&format!("http://{}/", listener.page.unwrap())).await;
    browser.wait("document.querySelector('#link').textContent === 'live'").await;
    browser
}

/// Some twenty webhooks of an app that one could have.
async fn an_evening(listener: &Listener) {
    let group = |from: &str, text: &str| {
        let body = json!({
            "CallbackCommand": "Group.CallbackBeforeSendMsg", "GroupId": "@TGS#2J4SZEAEL", "Type": "Public",
            "From_Account": from, "Operator_Account": from, "Random": 3_184_467_201_u32, "OnlineOnlyFlag": 0,
            "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": text } }],
            "CloudCustomData": "{\"thread\":\"t-5\"}", "EventTime": 1_795_697_796_123_u64,
        });
        chat("Group.CallbackBeforeSendMsg", body.to_string())
    };
    let state = |who: &str, action: &str| {
        let body = json!({
            "CallbackCommand": "State.StateChange", "EventTime": 1_795_697_796_123_u64,
            "Info": { "Action": action, "To_Account": who, "Reason": "Register" },
        });
        chat("State.StateChange", body.to_string())
    };
    let stale = |seconds| {
        let time = SystemTime::now() - std::time::Duration::from_secs(seconds);
        signer().request("State.StateChange", sample("State.StateChange"), time)
    };
    let odd =
        json!({ "CallbackCommand": "Group.CallbackAfterGroupFull", "GroupId": "@TGS#2J4SZEAEL", "EventTime": "soon" });
    let requests: Vec<Request<Full<bytes::Bytes>>> = vec![
        state("ada", "Login"),
        state("grace", "Login"),
        chat("Group.CallbackAfterCreateGroup", sample("Group.CallbackAfterCreateGroup")),
        chat("Group.CallbackAfterNewMemberJoin", sample("Group.CallbackAfterNewMemberJoin")),
        group("ada", "Hello everyone, shall we begin?"),
        message("grace", "Did you see the draft?"),
        message("ada", "Yes, reading it now"),
        stale(94),
        signer().rtc_request(sample("EVENT_TYPE_CREATE_ROOM")),
        signer().rtc_request(sample("EVENT_TYPE_ENTER_ROOM")),
        group("linus", "Here is the agenda"),
        message("mallory", "Win big at our casino tonight!"),
        chat("Sns.CallbackPrevFriendAdd", sample("Sns.CallbackPrevFriendAdd")),
        chat("C2C.CallbackAfterSendMsg", sample("C2C.CallbackAfterSendMsg")),
        chat("Group.CallbackAfterGroupFull", odd.to_string()),
        chat("Group.CallbackAfterSendMsg", sample("Group.CallbackAfterSendMsg")),
        Request::post(format!("/im?SdkAppid={APP}&CallbackCommand=State.StateChange&RequestTime=1&Sign=0"))
            .body(Full::from("{}"))
            .unwrap(),
        group("eve", "buy now, only today"),
        message("grace", "See you at noon ☀️"),
        chat("Live.CallbackBeforeSendGift", sample("Live.CallbackBeforeSendGift")),
        state("linus", "Logout"),
        group("ada", "Thanks all, same time next week"),
    ];
    let mut client = Client::to(listener.address).await;
    for request in requests {
        assert!(client.send(request).await.is_some());
    }
}

#[tokio::test]
async fn pictures() {
    let listener = Listener::start(&[
        "--page",
        "0",
        "--answer",
        "BeforeSendMsg text:casino -> refuse 120001 no casinos, please",
        "--answer",
        "Group. text:\"buy*now\" -> discard",
    ])
    .await;
    an_evening(&listener).await;
    let browser = open(&listener).await;
    browser.wait("document.querySelectorAll('.row').length >= 15").await;
    browser.click("#entry-18").await;
    browser.wait("document.querySelector('.tree')").await;
    browser.picture("light").await;
    browser.scheme("dark").await;
    browser.picture("dark").await;
    browser.size(390, 844, true).await;
    browser.picture("phone-detail").await;
    browser.key("Escape").await;
    browser.scheme("light").await;
    browser.picture("phone").await;
    assert_eq!(browser.troubles(), [""; 0]);
    _ = message_body("", "");
}
