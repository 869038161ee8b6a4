//! The page of `tencent-webhook listen`, driven in a real browser.

mod browser;
mod listener;

use std::time::{Duration, SystemTime};

use browser::Browser;
use http::Request;
use http_body_util::Full;
use listener::{APP, Client, Listener, OTHER_TOKEN, TOKEN, chat, events, message, message_body, sign, signer};
use serde_json::{Value, json};
use tower_tencent_webhook::{
    App,
    signer::{Signer, sample},
};

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
        let time = SystemTime::now() - Duration::from_secs(seconds);
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

/// Waits until a filter leaves this many.
async fn count(browser: &Browser, count: &str) {
    browser.wait(&format!("document.querySelector('#count').value === {}", json!(count))).await;
}

/// Waits until a part of the page has a text.
async fn says(browser: &Browser, selector: &str, text: &str) {
    let (selector, text) = (json!(selector), json!(text));
    browser.wait(&format!("document.querySelector({selector})?.textContent.includes({text})")).await;
}

async fn select(browser: &Browser, selector: &str, value: &str) {
    let script = format!(
        "(() => {{ const e = document.querySelector({}); e.value = {}; e.dispatchEvent(new Event('input', {{ bubbles: true }})); \
         e.dispatchEvent(new Event('change', {{ bubbles: true }})); return e.value; }})()",
        json!(selector),
        json!(value)
    );
    assert_eq!(browser.eval(&script).await, value, "{selector}");
}

/// Replaces what a field has.
async fn fill(browser: &Browser, selector: &str, text: &str) {
    browser.click(selector).await;
    browser.eval(&format!("document.querySelector({}).select()", json!(selector))).await;
    browser.write(text).await;
}

/// Which one is chosen, by its id.
async fn chosen(browser: &Browser) -> u64 {
    let id = browser.eval("document.querySelector('#list').getAttribute('aria-activedescendant')").await;
    id.as_str().unwrap().trim_start_matches("entry-").parse().unwrap()
}

#[tokio::test]
async fn pictures_in_light_in_dark_and_on_a_phone() {
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
    count(&browser, "22").await;
    browser.click("[id='entry-18']").await;
    says(&browser, ".tree", "buy now, only today").await;
    browser.picture("light").await;
    browser.scheme("dark").await;
    browser.picture("dark").await;
    browser.key("5").await;
    browser.wait("document.querySelector('#again-body').value !== ''").await;
    browser.picture("dark-again").await;
    browser.scheme("light").await;
    browser.click("#hold-open").await;
    browser.click("#hold-set").await;
    says(&browser, "#hold-text", "You answer all before-events").await;
    let address = listener.address;
    let sender = tokio::spawn(async move { Client::to(address).await.send(message("eve", "May I?")).await });
    says(&browser, ".countdown", "Chat would have hung up").await;
    browser.picture("by-hand").await;
    // Nothing is cut off at the width of a phone.
    browser.size(390, 844, true).await;
    fits(&browser, "by hand").await;
    browser.picture("phone-by-hand").await;
    browser.click("#decide-allow").await;
    assert_eq!(sender.await.unwrap().unwrap().0, 200);
    says(&browser, "#hold-text", "None waits").await;
    browser.click("#hold-off").await;
    for tab in ["event", "body", "request", "answer", "again"] {
        browser.click(&format!("#tab-{tab}")).await;
        fits(&browser, tab).await;
        browser.picture(&format!("phone-{tab}")).await;
    }
    browser.click(".back").await;
    browser.wait("document.querySelector('#list').getClientRects().length > 0").await;
    fits(&browser, "the list").await;
    browser.picture("phone").await;
    browser.click("#hold-open").await;
    fits(&browser, "the form").await;
    browser.click("#help-open").await;
    fits(&browser, "help").await;
    browser.scheme("dark").await;
    browser.picture("phone-help").await;
    assert_eq!(browser.troubles(), [""; 0]);
}

/// Nothing has to be scrolled sideways, and nothing that one can press is out of sight.
async fn fits(browser: &Browser, what: &str) {
    let wide = browser
        .eval(
            "[...document.querySelectorAll('body, body *:not(.tabs *)')].filter((e) => { const r = e.getBoundingClientRect(); \
             return r.width > 1 && (r.right > innerWidth + 0.5 || r.left < -0.5); }).map((e) => e.tagName + '#' + e.id + '.' + e.className)",
        )
        .await;
    assert_eq!(wide, json!([]), "{what}");
    let is_narrow = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.eval(is_narrow).await, true, "{what}");
}

#[tokio::test]
async fn the_list_is_live_and_can_be_filtered() {
    let (app, other) = (APP.to_string(), listener::OTHER_APP.to_string());
    let apps = ["--app", &app, "--token", TOKEN, "--app", &other, "--token", OTHER_TOKEN, "--page", "0"];
    let listener = Listener::with(&[&apps[..], &["--answer", "text:casino -> refuse"]].concat()).await;
    let browser = open(&listener).await;
    says(&browser, "#empty", "Nothing has come yet").await;
    let another = Signer::new(&App::signed(listener::OTHER_APP, OTHER_TOKEN).unwrap());
    for request in [
        message("ada", "lunch at noon?"),
        message("grace", "the casino is open"),
        chat("State.StateChange", sample("State.StateChange")),
        another.request("State.StateChange", sample("State.StateChange"), SystemTime::now()),
        Signer::new(&App::signed(APP, "wrong").unwrap()).request("State.StateChange", "{}", SystemTime::now()),
    ] {
        listener.send(request).await.unwrap();
    }
    // It was open all the time.
    count(&browser, "5").await;
    says(&browser, ".row[aria-posinset='5']", "lunch at noon?").await;
    says(&browser, "#entry-5 .chip", "rejected: invalid sign").await;

    browser.key("/").await;
    browser.write("CASINO grace").await;
    count(&browser, "1 of 5").await;
    says(&browser, "#entry-2", "refused").await;
    fill(&browser, "#filter-text", "nothing like it").await;
    says(&browser, "#empty", "Nothing fits the filters").await;
    browser.eval("document.querySelector('#filter-text').select()").await;
    browser.key("Backspace").await;
    browser.eval("(() => { const e = document.querySelector('#filter-text'); e.value = ''; e.dispatchEvent(new Event('input')); })()").await;
    count(&browser, "5").await;
    select(&browser, "#filter-app", &other).await;
    count(&browser, "1 of 5").await;
    select(&browser, "#filter-app", "").await;
    select(&browser, "#filter-command", "State.StateChange").await;
    count(&browser, "3 of 5").await;
    select(&browser, "#filter-outcome", "rejected").await;
    count(&browser, "1 of 5").await;
    // What comes while it is filtered is filtered too.
    listener.send(message("ada", "another one")).await.unwrap();
    count(&browser, "1 of 6").await;
    assert_eq!(browser.troubles(), [""; 0]);
}

#[tokio::test]
async fn details_show_all_but_the_signature() {
    let listener = Listener::start(&["--page", "0"]).await;
    let body = r#"{"GroupId":"@TGS#1", "EventTime":"soon","Big":18446744073709551615,"Pi":3.10}"#;
    let request = chat("Group.CallbackAfterGroupFull", body);
    let signature = sign(&request).unwrap();
    listener.send(request).await.unwrap();
    // The console's check of the URL is signed, as everything is.
    listener.send(chat("State.StateChange", "{}")).await.unwrap();
    let browser = open(&listener).await;
    browser.click("#entry-2").await;
    says(&browser, "#detail .outcome", "the console's check of the URL").await;
    says(&browser, "#detail .facts", "signature valid").await;
    browser.click("#entry-1").await;
    says(&browser, "#detail .facts", "signature valid").await;
    says(&browser, ".tree", "@TGS#1").await;
    says(&browser, ".field.drifted", "expected an integer").await;
    says(&browser, ".field.drifted del", "soon").await;
    browser.click("#tab-body").await;
    // Numbers stay as they were written.
    says(&browser, "#raw", "\n  \"Big\": 18446744073709551615,\n  \"Pi\": 3.10\n}").await;
    browser.eval("[...document.querySelectorAll('.switch button')].at(-1).click()").await;
    browser.wait(&format!("document.querySelector('#raw').textContent === {}", json!(body))).await;
    browser.click("#tab-request").await;
    for part in ["POST /im", "RequestTime", "CallbackCommand", "127.0.0.1", "content-type"] {
        says(&browser, "#sheet", part).await;
    }
    let html = browser.eval("document.documentElement.outerHTML").await;
    assert!(!html.as_str().unwrap().contains(&signature));
    browser.click("#tab-answer").await;
    says(&browser, "#sheet", "HTTP 200").await;
    says(&browser, "#sheet", "\"ErrorCode\": 0").await;
    assert_eq!(browser.troubles(), [""; 0]);
}

#[tokio::test]
async fn a_webhook_is_sent_again_with_another_body_and_a_fresh_signature() {
    let theirs = Listener::start(&["--no-page", "--answer", "refuse 120007 from the other one"]).await;
    let forward = format!("http://{}/", theirs.address);
    let listener =
        Listener::start(&["--page", "0", "--answer", "text:casino -> refuse 120001 no", "--forward", &forward]).await;
    // A stale one, an hour old.
    let time = SystemTime::now() - Duration::from_secs(3600);
    let old = signer().request("C2C.CallbackBeforeSendMsg", message_body("ada", "hello"), time);
    assert_eq!(listener.send(old).await.unwrap().0, 401);
    let browser = open(&listener).await;
    browser.click("#entry-1").await;
    says(&browser, "h2", "C2C.CallbackBeforeSendMsg").await;
    browser.key("r").await;
    browser.wait("document.activeElement.id === 'again-body'").await;
    fill(&browser, "#again-body", &message_body("ada", "the casino")).await;
    browser.click("#again-send").await;
    says(&browser, "#again-result", "refused, code 120001: no").await;
    count(&browser, "2").await;
    // What was written is still there.
    says(&browser, "#entry-2", "the casino").await;
    browser.wait("document.querySelector('#again-body').value.includes('casino')").await;

    select(&browser, "#again-to", "forward 0").await;
    browser.click("#again-send").await;
    says(&browser, "#again-result", "from the other one").await;
    select(&browser, "#again-to", "url").await;
    fill(&browser, "#again-url", &forward.replace("127.0.0.1", "localhost")).await;
    browser.click("#again-send").await;
    says(&browser, ".result", "localhost").await;
    says(&browser, "#again-result", "from the other one").await;
    fill(&browser, "#again-url", "http://192.0.2.1/").await;
    browser.click("#again-send").await;
    says(&browser, "#again-result", "only servers of this machine").await;
    assert!(browser.troubles().iter().all(|trouble| trouble.contains("400")), "{:?}", browser.troubles());
}

#[tokio::test]
async fn before_events_are_answered_by_hand() {
    let listener = Listener::start(&["--page", "0"]).await;
    let address = listener.address;
    let send = |request| tokio::spawn(async move { Client::to(address).await.send(request).await.unwrap() });
    let browser = open(&listener).await;
    browser.click("#hold-open").await;
    fill(&browser, "#hold-filter", "from:eve nonsense:x").await;
    browser.click("#hold-set").await;
    browser.wait("document.querySelector('#hold-filter').validationMessage.includes('no condition')").await;
    fill(&browser, "#hold-filter", "BeforeSendMsg from:e*").await;
    browser.click("#hold-set").await;
    says(&browser, "#hold-text", "before-events that match BeforeSendMsg from:e*").await;

    // Others are not held, nor is what happened already.
    assert_eq!(listener.send(message("ada", "hello")).await.unwrap().0, 200);
    assert_eq!(listener.send(chat("State.StateChange", sample("State.StateChange"))).await.unwrap().0, 200);
    let sender = send(message("eve", "may I?"));
    // It is shown at once: there are two seconds.
    says(&browser, "#detail h2", "C2C.CallbackBeforeSendMsg").await;
    // Within them or after them: that is up to this machine.
    says(&browser, ".countdown", "Chat").await;
    says(&browser, "#hold-text", "One waits").await;
    assert!(!sender.is_finished());
    // A code that it may not have is refused, and it waits on.
    fill(&browser, ".decide .code", "7").await;
    browser.click("#decide-refuse").await;
    says(&browser, ".decide .note", "may be answered with: allow, refuse, refuse 120001–130000").await;
    fill(&browser, ".decide .code", "120001").await;
    fill(&browser, ".decide fieldset input:not(.code)", "not today").await;
    browser.click("#decide-refuse").await;
    let (status, answer) = sender.await.unwrap();
    assert_eq!((status, answer.contains("120001") && answer.contains("not today")), (200, true), "{answer}");
    says(&browser, ".outcome", "refused, code 120001: not today").await;

    // By keyboard.
    let sender = send(message("edgar", "and I?"));
    says(&browser, ".countdown", "Chat").await;
    browser.key("a").await;
    assert!(sender.await.unwrap().1.contains(r#""ErrorCode":0"#));
    // Once it is switched off, those that wait go on. The sender that hangs up is told.
    let sender = send(message("emma", "?"));
    says(&browser, "#hold-text", "One waits").await;
    browser.click("#hold-off").await;
    assert_eq!(sender.await.unwrap().0, 200);
    browser.wait("document.querySelector('#hold-on').hidden").await;
    assert!(listener.out.line("refused, code 120001: not today  by hand").await.contains("eve"));
    assert!(browser.troubles().iter().all(|trouble| trouble.contains("400")), "{:?}", browser.troubles());
}

#[tokio::test]
async fn ten_thousand_are_a_few_rows() {
    const MORE: u64 = 10_050;
    let listener = Listener::start(&["--page", "0"]).await;
    let browser = open(&listener).await;
    let mut client = Client::to(listener.address).await;
    for number in 1..=MORE {
        let body = message_body(&format!("user{number}"), "one of many");
        assert_eq!(client.send(chat("C2C.CallbackBeforeSendMsg", body)).await.unwrap().0, 200);
    }
    count(&browser, "10,000").await;
    says(&browser, &format!("#entry-{MORE}"), &format!("user{MORE} → grace")).await;
    browser.wait("document.querySelectorAll('.row').length < 60").await;
    browser.click("#list").await;
    browser.key("End").await;
    // The first fifty have gone.
    says(&browser, "#entry-51", "user51 → grace").await;
    assert_eq!(chosen(&browser).await, 51);
    browser.key("k").await;
    assert_eq!(chosen(&browser).await, 52);
    browser.key("/").await;
    browser.write("user777").await;
    // 777, 7770 to 7779.
    count(&browser, "11 of 10,000").await;
    // What one looks at stays there, whatever comes in above: in the middle, and at the end.
    for (filter, all, row) in [("user", 10_000, 4005), ("user100", 62, 62)] {
        fill(&browser, "#filter-text", filter).await;
        browser.wait(&format!("document.querySelector('.row')?.getAttribute('aria-setsize') === '{all}'")).await;
        browser.eval(&format!("document.querySelector('#list').scrollTop = 54 * {} + 20", row - 5)).await;
        let posinset = |row| format!(".row[aria-posinset='{row}']");
        browser.wait(&format!("document.querySelector(\"{}\")", posinset(row))).await;
        let seen = browser.eval(&format!("document.querySelector(\"{}\").id", posinset(row))).await;
        let place = format!("document.getElementById({seen}).getBoundingClientRect().top");
        let before = browser.eval(&place).await;
        assert_eq!(listener.send(message(&format!("{filter}-late"), "new")).await.unwrap().0, 200);
        let moved = format!("document.getElementById({seen}).matches(\"{}\")", posinset(row + 1));
        browser.wait(&moved).await;
        assert_eq!(browser.eval(&place).await, before, "{filter}");
    }
    browser.picture("many").await;
    assert_eq!(browser.troubles(), [""; 0]);
}

#[tokio::test]
async fn everything_can_be_done_by_keyboard() {
    let listener = Listener::start(&["--page", "0"]).await;
    for number in 1..=5 {
        listener.send(message(&format!("user{number}"), "hello")).await.unwrap();
    }
    let browser = open(&listener).await;
    count(&browser, "5").await;
    for (key, id) in [("j", 5), ("j", 4), ("ArrowDown", 3), ("k", 4), ("ArrowUp", 5), ("End", 1), ("Home", 5), ("j", 4)]
    {
        browser.key(key).await;
        assert_eq!(chosen(&browser).await, id, "{key}");
    }
    says(&browser, "#detail .facts", "user4").await;
    browser.key("Enter").await;
    browser.wait("document.activeElement.id === 'detail'").await;
    browser.key("2").await;
    browser.wait("document.querySelector('#tab-body').getAttribute('aria-selected') === 'true'").await;
    browser.key("ArrowRight").await;
    browser.wait("document.activeElement.id === 'tab-request'").await;
    browser.key("Escape").await;
    browser.wait("document.activeElement.id === 'list'").await;
    browser.key("?").await;
    browser.wait("document.querySelector('#help').open").await;
    browser.key("j").await;
    assert_eq!(chosen(&browser).await, 4);
    browser.eval("document.querySelector('#help').close()").await;
    browser.key("/").await;
    browser.write("user2").await;
    count(&browser, "1 of 5").await;
    browser.key("Enter").await;
    browser.wait("document.activeElement.id === 'list'").await;
    assert_eq!(chosen(&browser).await, 2);
    browser.key("r").await;
    browser.wait("document.activeElement.id === 'again-body'").await;
    // A letter that is written is no command.
    browser.key("j").await;
    assert_eq!(chosen(&browser).await, 2);
    let names = "[...document.querySelectorAll('button, input, select, textarea')].filter((e) => !(e.textContent.trim() || \
                 e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)";
    assert_eq!(browser.eval(names).await, json!([]));
    assert_eq!(browser.troubles(), [""; 0]);
}

#[tokio::test]
async fn what_is_sent_is_text_and_nothing_else() {
    let nasty = r#"<script>window.hacked=1</script><img src=x onerror="window.hacked=2"><svg onload=window.hacked=3>"#;
    let listener = Listener::start(&["--page", "0", "--answer", &format!("refuse 120001 {nasty}")]).await;
    let mut request = message(nasty, nasty);
    request.headers_mut().insert("x-nasty", nasty.parse().unwrap());
    listener.send(request).await.unwrap();
    let body = json!({ nasty: nasty, "From_Account": nasty }).to_string();
    listener.send(chat(&format!("Moon.CallbackBefore{nasty}"), body)).await.unwrap();
    let browser = open(&listener).await;
    for (id, command) in [(1, "C2C.CallbackBeforeSendMsg"), (2, "Moon.CallbackBefore<script>")] {
        browser.click(&format!("#entry-{id}")).await;
        says(&browser, "#detail h2", command).await;
        says(&browser, "#detail .outcome", "<script>window.hacked=1</script>").await;
        for tab in ["event", "body", "request", "answer", "again"] {
            browser.click(&format!("#tab-{tab}")).await;
            let count = "document.querySelectorAll('main script, main img, main svg').length";
            assert_eq!(browser.eval(count).await, 0, "{tab}");
        }
        browser.click("#again-send").await;
        says(&browser, "#again-result", "<script>window.hacked=1</script>").await;
        // Above the others, which make room for it.
        says(&browser, &format!("#entry-{}", id + 2), "refused").await;
    }
    assert_eq!(browser.eval("window.hacked === undefined").await, true);
    assert_eq!(browser.troubles(), [""; 0]);
}

#[tokio::test]
async fn another_page_can_do_nothing() {
    let listener = Listener::start(&["--page", "0"]).await;
    listener.send(message("ada", "private")).await.unwrap();
    let page = listener.page.unwrap();
    let evil = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = evil.local_addr().unwrap();
    let frame = format!("<!doctype html><iframe src='http://{page}/'></iframe>");
    let router = axum::Router::new().fallback(async move || axum::response::Html(frame));
    tokio::spawn(async move { axum::serve(evil, router).await });
    let browser = Browser::open(&format!("http://{address}/")).await;
    let attempt = |path: &str, options: Value| {
        format!("fetch('http://{page}{path}', {options}).then((r) => r.type + r.status, (e) => 'failed')")
    };
    let hold = json!({ "method": "POST", "body": r#"{"filter":""}"# });
    let mut plain = hold.clone();
    plain["mode"] = json!("no-cors");
    let mut as_json = hold.clone();
    as_json["headers"] = json!({ "content-type": "application/json" });
    for (path, options) in [("/api/hold", hold), ("/api/hold", as_json), ("/api/entries/1", json!({}))] {
        assert_eq!(browser.eval(&attempt(path, options)).await, "failed");
    }
    // It may be sent, but is neither read nor obeyed.
    assert_eq!(browser.eval(&attempt("/api/hold", plain)).await, "failed");
    assert!(events(&listener, "\"hold\"").await.contains(r#""hold":null"#));
    let stream = format!(
        "new Promise((done) => {{ const s = new EventSource('http://{page}/api/events'); s.onmessage = () => done('read'); \
         s.onerror = () => done('failed'); }})"
    );
    assert_eq!(browser.eval(&stream).await, "failed");
    // Nor is it framed.
    let framed = browser.troubles().iter().any(|trouble| trouble.contains("frame-ancestors"));
    assert!(framed, "{:?}", browser.troubles());
}

#[tokio::test]
async fn the_page_comes_back_to_a_listener_that_was_started_again() {
    let listener = Listener::start(&["--page", "0"]).await;
    listener.send(message("ada", "before")).await.unwrap();
    let browser = open(&listener).await;
    says(&browser, "#entry-1", "before").await;
    browser.click("#entry-1").await;
    let page = listener.page.unwrap().to_string();
    assert!(listener.stop().await.status.success());
    says(&browser, "#link", "the listener has gone").await;
    let listener = Listener::start(&["--page", &page]).await;
    listener.send(message("grace", "after")).await.unwrap();
    says(&browser, "#entry-1", "after").await;
    count(&browser, "1").await;
    says(&browser, "#link", "live").await;
}
