//! `tencent-webhook listen`: the real program, and webhooks that are signed as Tencent signs them.

mod listener;

use std::{
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{Router, extract::Request as Incoming};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use listener::{
    APP, Client, KEY, Listener, OTHER_APP, OTHER_TOKEN, TOKEN, ask, chat, entry, events, events_after, get, message,
    message_body, sign, signer, tool,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::Layer;
use tower_tencent_webhook::{
    App, CloudEvent, Platform, Receiver, Verdict, Webhook, WebhookLayer, WebhookRouter,
    event::c2c,
    signer::{Signer, rtc_samples, sample, samples},
};

const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

fn group(text: &str) -> Request<Full<Bytes>> {
    let body = json!({
        "CallbackCommand": "Group.CallbackBeforeSendMsg", "GroupId": "@TGS#1", "From_Account": "eve", "Random": 7,
        "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": text } }],
    });
    chat("Group.CallbackBeforeSendMsg", body.to_string())
}

#[tokio::test]
async fn webhooks_of_all_apps_and_products_are_acknowledged_and_shown() {
    let (app, other) = (APP.to_string(), OTHER_APP.to_string());
    let apps = ["--app", &app, "--token", TOKEN, "--rtc-key", KEY, "--app", &other, "--token", OTHER_TOKEN];
    let listener = Listener::with(&[&apps[..], &["--no-page"]].concat()).await;
    let another = Signer::new(&App::signed(OTHER_APP, OTHER_TOKEN).unwrap());
    let mut client = Client::to(listener.address).await;
    for (request, answer) in [
        (message("ada", "lunch at noon?"), OK),
        (another.request("State.StateChange", sample("State.StateChange"), SystemTime::now()), OK),
        (signer().rtc_request(rtc_samples(103)[0]), r#"{"code":0}"#),
        (chat("Moon.CallbackAfterRise", r#"{"Phase":"full"}"#), OK),
    ] {
        assert_eq!(client.send(request).await, Some((200, answer.to_owned())));
    }
    let line = listener.out.line("BeforeSendMsg").await;
    for part in [&app, "C2C.CallbackBeforeSendMsg", "ada → grace", "“lunch at noon?”", "allowed", " ms"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(listener.out.line("State.StateChange").await.contains(&other));
    assert!(listener.out.line("EVENT_TYPE_ENTER_ROOM").await.contains("anouk → 7741  acknowledged"));
    assert!(listener.out.line("Moon.CallbackAfterRise").await.contains("acknowledged"));
    let ended = listener.stop().await;
    assert!(ended.status.success());
    assert!(ended.err.contains("4 received in") && ended.err.contains("3 acknowledged, 1 allowed"), "{}", ended.err);
    assert!(ended.err.contains("slowest: "), "{}", ended.err);
}

#[tokio::test]
async fn every_sample_is_answered_so_that_its_sender_can_use_it() {
    let listener = Listener::start(&["--format", "json", "--no-page"]).await;
    let mut sent = 0;
    let mut client = Client::to(listener.address).await;
    for command in tower_tencent_webhook::Command::ALL {
        for body in samples(command) {
            assert_eq!(client.send(chat(command.as_str(), body)).await.unwrap().0, 200);
            sent += 1;
        }
    }
    let ended = listener.stop().await;
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), sent);
    for line in lines {
        assert!(["acknowledged", "allowed"].contains(&line["outcome"].as_str().unwrap()), "{line}");
        assert_eq!((&line["app"], &line["status"]), (&json!(APP), &json!(200)));
        assert!(line["took_ms"].is_number() && line["time"].is_string());
    }
}

#[tokio::test]
async fn what_is_not_genuine_is_shown_with_its_reason() {
    let listener = Listener::start(&[]).await;
    let now = SystemTime::now();
    let forged = Signer::new(&App::signed(APP, "another token").unwrap().rtc_key("another key").unwrap());
    let unknown = Signer::new(&App::signed(9, TOKEN).unwrap());
    let raw = |uri: &str, body: &'static str| Request::post(uri).body(Full::from(body)).unwrap();
    let state = sample("State.StateChange");
    let mut large = message_body("ada", "x").into_bytes();
    large.resize((1 << 20) + 1, b' ');
    let no_command = signer().uri("", now).to_string();
    for (request, status, line) in [
        (forged.request("State.StateChange", state, now), 401, "Sign is not valid"),
        (signer().request("State.StateChange", state, now - Duration::from_secs(90)), 401, "it was signed 9"),
        (signer().request("State.StateChange", state, now + Duration::from_secs(300)), 401, "s in the future"),
        (unknown.request("State.StateChange", state, now), 403, "the app 9 is not served here"),
        (
            raw(&format!("/?SdkAppid={APP}&CallbackCommand=State.StateChange"), "{}"),
            401,
            "the URL has no Sign and RequestTime",
        ),
        (raw("/favicon", ""), 400, "the URL has no SdkAppid that is a number"),
        (raw(&format!("/?SdkAppid={APP}"), ""), 400, "the URL has no CallbackCommand"),
        (forged.rtc_request(rtc_samples(103)[0]), 401, "the header Sign is not valid"),
        (chat("C2C.CallbackBeforeSendMsg", large), 413, "larger than 1 MiB"),
        (Request::get("/hello").body(Full::default()).unwrap(), 405, "GET /hello  rejected: a webhook is a POST"),
        (chat("EVENT_TYPE_ENTER_ROOM", "{}"), 400, "is not known"),
        // The console's check of the URL.
        (raw(&no_command, "{}"), 200, "the console's check of the URL: it is right"),
        (chat("State.StateChange", ""), 200, "the console's check of the URL: it is right"),
    ] {
        let uri = request.uri().clone();
        assert_eq!(listener.send(request).await.unwrap().0, status, "{uri}");
        listener.out.line(line).await;
    }
    // The page has what was claimed, and the body.
    let stale = entry(&listener, 2, |_| true).await;
    assert_eq!((&stale["command"], &stale["app"]), (&json!("State.StateChange"), &json!(APP)));
    assert_eq!((&stale["outcome"], &stale["trouble"]["kind"]), (&json!("rejected"), &json!("stale")));
    assert_eq!(stale["body"].as_str().unwrap().as_bytes(), state);
    // What was signed is told so, as `{}` and without a command.
    for id in [12, 13] {
        let check = entry(&listener, id, |_| true).await;
        assert_eq!((&check["outcome"], &check["signed"]), (&json!("checked"), &json!(true)), "{check}");
    }
    let large = entry(&listener, 9, |_| true).await;
    assert_eq!((&large["body_bytes"], &large["body_is_whole"]), (&json!(1 << 20), &json!(false)));
    let ended = listener.stop().await;
    assert!(ended.err.contains("11 rejected (") && ended.err.contains("2 stale"), "{}", ended.err);
    assert!(ended.err.contains("2 checked"), "{}", ended.err);
}

/// A disk that is full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_could_not_be_recorded_is_counted() {
    let listener = Listener::start(&["--record", "/dev/full", "--no-page"]).await;
    for _ in 0..3 {
        assert_eq!(listener.send(message("ada", "hello")).await.unwrap().0, 200);
    }
    let ended = listener.stop().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    assert!(ended.err.contains("0 recorded, 3 lost"), "{}", ended.err);
    assert_eq!(ended.err.matches("cannot record to /dev/full").count(), 1, "{}", ended.err);
}

#[cfg(unix)]
#[tokio::test]
async fn a_recording_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded");
    assert!(Listener::start(&["--record", file.to_str().unwrap(), "--no-page"]).await.stop().await.status.success());
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_shown_recorded_and_left_to_chat() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded");
    // Somebody pulled the plug.
    std::fs::write(&file, r#"{"specversion":"1.0","id":"#).unwrap();
    let listener = Listener::start(&["--record", file.to_str().unwrap()]).await;
    let rtc = r#"{"EventGroupId":1,"EventType":103,"EventInfo":[]}"#;
    let odd = r#"{"GroupId":"@TGS#1","EventTime":"soon"}"#;
    for (request, status) in [
        (chat("C2C.CallbackBeforeSendMsg", r#"{"From_Account":7"#), 400),
        (chat("C2C.CallbackBeforeSendMsg", r#"{"CallbackCommand":"State.StateChange"}"#), 400),
        (signer().rtc_request(rtc), 400),
        (chat("Group.CallbackAfterGroupFull", odd), 200),
    ] {
        assert_eq!(listener.send(request).await.unwrap().0, status);
    }
    listener.out.line("HTTP 400 (malformed body").await;
    listener.out.line("is not the URL's").await;
    listener.out.line("does not fit: EventTime").await;
    let drifted = entry(&listener, 4, |_| true).await;
    assert_eq!(drifted["drifts"][0][0], "EventTime");
    let ended = listener.stop().await;
    assert!(ended.err.contains("3 failed") && ended.err.contains("4 recorded"), "{}", ended.err);
    let file = std::fs::read_to_string(file).unwrap();
    let lines: Vec<_> = file.lines().skip(1).collect();
    let find = |data: &str| {
        let all = lines.iter().map(|line| CloudEvent::from_json(line.as_bytes()).unwrap());
        all.into_iter().find(|event| event.data() == data).unwrap()
    };
    assert_eq!(lines.len(), 4);
    let broken = find(r#"{"From_Account":7"#);
    assert_eq!(broken.event_type(), "com.tencent.im.C2C.CallbackBeforeSendMsg");
    assert_eq!(broken.source(), format!("/tencent/im/{APP}"));
    assert_eq!(broken.attribute("clientip"), Some("127.0.0.1"));
    assert_eq!(broken.attribute("answerstatus"), Some("400"));
    assert_eq!(find(rtc).event_type(), "com.tencent.rtc.EVENT_TYPE_ENTER_ROOM");
}

#[tokio::test]
async fn rules_decide_what_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules");
    std::fs::write(
        &file,
        "# of the team\n\nC2C.CallbackBeforeSendMsg text:later -> wait 10ms then refuse\nfrom:grace -> status 503\n",
    )
    .unwrap();
    let from_file = format!("@{}", file.display());
    let rules = [
        "BeforeSendMsg text:casino -> refuse 120001 no casinos",
        "Group. text:\"buy*now\" -> refuse 10101",
        "Group. text:spam -> discard",
        "Group. text:rude -> replace be nice",
        "C2C. from:e* -> refuse",
        "BeforeInviteJoinGroup -> except u_skua",
        "PrevFriendAdd -> refuse 38002 no friends",
        "103 -> status 500",
        &from_file,
        "app:1 -> status 599",
        "Group.CallbackBeforeSendMsg text:fine -> allow",
    ];
    let args: Vec<&str> = rules.iter().flat_map(|rule| ["--answer", *rule]).chain(["--no-page"]).collect();
    let listener = Listener::start(&args).await;
    let body =
        |code: u64, info: &str| json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info }).to_string();
    let friend = |user: &str| json!({ "To_Account": user, "ResultCode": 38_002, "ResultInfo": "no friends" });
    for (request, status, answer) in [
        (message("ada", "A Casino!"), 200, body(120_001, "no casinos")),
        (group("buy it now!"), 200, body(10_101, "")),
        (group("SPAM"), 200, body(2, "")),
        (
            group("rude"),
            200,
            json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "",
                "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": "be nice" } }] })
            .to_string(),
        ),
        (message("eve", "hello"), 200, body(1, "")),
        (
            chat("Group.CallbackBeforeInviteJoinGroup", sample("Group.CallbackBeforeInviteJoinGroup")),
            200,
            json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "RefusedMembers_Account": ["u_skua"] }).to_string(),
        ),
        (
            chat("Sns.CallbackPrevFriendAdd", sample("Sns.CallbackPrevFriendAdd")),
            200,
            json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ResultItem": [friend("tomas"), friend("yara")] })
                .to_string(),
        ),
        (message("ada", "later"), 200, body(1, "")),
        (group("fine"), 200, body(0, "")),
        (message("ada", "hello"), 200, body(0, "")),
    ] {
        assert_eq!(listener.send(request).await, Some((status, answer)));
    }
    assert_eq!(listener.send(message("grace", "hello")).await.unwrap().0, 503);
    assert_eq!(listener.send(signer().rtc_request(rtc_samples(103)[0])).await.unwrap().0, 500);
    listener.out.line("refused, code 120001: no casinos  by the rule BeforeSendMsg text:casino").await;
    listener.out.line("dropped silently").await;
    listener.out.line("tomas refused, code 38002: no friends").await;
    listener.out.line("HTTP 500 (as a rule says): the RTC Engine sends it again").await;
    listener.out.line("HTTP 503 (as a rule says): the console's setting decides").await;
    // A rule that some of those it names cannot have is told at the start.
    listener.err.line("`refuse 10101` is no answer to Group.").await;
    assert!(listener.stop().await.status.success());
}

#[tokio::test]
async fn silence_lasts_until_the_sender_hangs_up() {
    let listener = Listener::start(&["--answer", "silence"]).await;
    let address = listener.address;
    let sender = tokio::spawn(async move { Client::to(address).await.send(message("ada", "hello")).await });
    let open = entry(&listener, 1, |entry| entry["state"] == "open").await;
    assert!(open["answer"].is_null() && !sender.is_finished());
    sender.abort();
    listener.out.line("no answer within").await;
    let done = entry(&listener, 1, |entry| entry["state"] == "done").await;
    assert_eq!((&done["outcome"], &done["by"]["rule"]), (&json!("failed"), &json!("silence")));
    // Nor does it keep the program from ending.
    let sender = tokio::spawn(async move { Client::to(address).await.send(message("ada", "hello")).await });
    entry(&listener, 2, |entry| entry["state"] == "open").await;
    assert!(listener.stop().await.status.success());
    assert_eq!(sender.await.unwrap(), None);
}

#[tokio::test]
async fn a_command_line_that_cannot_be_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let app = APP.to_string();
    for (args, reason) in [
        (&["--answer", "State.StateChange -> refuse"][..], "State.StateChange may be answered with: acknowledge"),
        (&["--answer", "C2C.CallbackBeforeSendMsg -> discard"], "allow, refuse, refuse 120001"),
        (&["--answer", "nonsense"], "WEBHOOK -> ANSWER"),
        (&["--addr", &taken], "the port is in use. Choose another one with --addr"),
        (&["--page", &taken], "the port is in use. Choose another one with --page"),
        (&["--page", "0.0.0.0:8081"], "is no loopback address. Choose --page 127.0.0.1:8081"),
        (&["--forward-token", "t"], "must come before it"),
        (&["--record", "/nowhere/at/all"], "cannot record to /nowhere/at/all"),
        (&["--app", &app], "is there twice"),
    ] {
        let output = tool().args(["listen", "--app", &app, "--token", TOKEN]).args(args).output().await.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(reason), "{args:?}: {error}");
    }
}

/// A server, and what it has received.
async fn server(router: Router) -> (SocketAddr, Arc<Mutex<Vec<(Request<()>, Bytes)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::<Mutex<Vec<_>>>::default();
    let log = received.clone();
    let router = router.layer(axum::middleware::from_fn(move |request: Incoming, next: axum::middleware::Next| {
        let log = log.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            log.lock().unwrap().push((Request::from_parts(head.clone(), ()), body.clone()));
            next.run(Incoming::from_parts(head, body.into())).await
        }
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, received)
}

/// A server of the crate's, that refuses what this function says.
fn moderated(app: App, refuses: fn(&str) -> bool) -> Router {
    let moderate = move |hook: Webhook<c2c::BeforeSendMsg>| async move {
        if refuses(&hook.from_account) { Verdict::refuse() } else { Verdict::allow() }
    };
    Router::new().fallback_service(WebhookLayer::new(app).layer(WebhookRouter::new().on(moderate)))
}

#[tokio::test]
async fn a_webhook_is_forwarded_as_it_is_and_signed_for_each() {
    let own = App::signed(APP, TOKEN).unwrap().rtc_key(KEY).unwrap();
    let theirs = App::signed(OTHER_APP, OTHER_TOKEN).unwrap().rtc_key("their key").unwrap();
    let (first, at_first) = server(moderated(own, |user| user == "eve")).await;
    let (second, at_second) = server(moderated(theirs.clone(), |user| user == "mallory")).await;
    let (one, two) = (format!("http://{first}/im"), format!("http://{second}/hooks?key=5"));
    let other = OTHER_APP.to_string();
    let forwards = ["--forward", &one, "--forward", &two, "--forward-app", &other, "--forward-token", OTHER_TOKEN];
    let more = ["--forward-rtc-key", "their key", "--answer", "from:linus -> refuse 120005"];
    let listener = Listener::start(&[&forwards[..], &more].concat()).await;

    let from = signer().client_ip(Some("203.0.113.9".parse().unwrap())).platform(Platform::Web);
    let spaced = format!("  {}  ", message_body("eve", "hello"));
    let request = from.request("C2C.CallbackBeforeSendMsg", spaced.clone(), SystemTime::now());
    // The first one's answer is the answer, and the other's is shown as it differs.
    let answer = listener.send(request).await.unwrap();
    assert!(answer.0 == 200 && answer.1.contains(r#""ErrorCode":1"#), "{answer:?}");
    let line = listener.out.line("eve").await;
    assert!(line.contains(&format!("refused  by {one}")), "{line}");
    assert!(line.contains(&format!("but http://{second}/hooks: allowed")), "{line}");

    // A rule is stronger, but all get it.
    let answer = listener.send(message("linus", "hello")).await.unwrap();
    assert!(answer.1.contains("120005"), "{answer:?}");
    let line = listener.out.line("linus").await;
    assert!(line.contains("by the rule from:linus") && line.contains(&format!("but {one}: allowed")), "{line}");

    let rtc = listener.send(signer().rtc_request(rtc_samples(103)[0])).await.unwrap();
    assert_eq!(rtc, (200, r#"{"code":0}"#.to_owned()));
    let line = listener.out.line("EVENT_TYPE_ENTER_ROOM").await;
    assert!(!line.contains("but "), "{line}");

    let requests = std::mem::take(&mut *at_second.lock().unwrap());
    assert_eq!((requests.len(), at_first.lock().unwrap().len()), (3, 3));
    let (request, body) = &requests[0];
    assert_eq!(body, &spaced);
    let query = request.uri().query().unwrap();
    for part in ["key=5&", "ClientIP=203.0.113.9", "OptPlatform=Web", "CallbackCommand=C2C.CallbackBeforeSendMsg"] {
        assert!(query.contains(part), "{query}");
    }
    let receiver = Receiver::new(theirs);
    assert!(receiver.verify_uri(request.uri(), SystemTime::now()).unwrap().is_verified());
    let (request, body) = &requests[2];
    let claim = receiver.verify_rtc(&request.clone().into_parts().0).unwrap();
    assert!(receiver.parse_rtc(claim, body.clone(), SystemTime::now()).is_ok());
    assert!(listener.stop().await.status.success());
}

#[tokio::test]
async fn the_first_targets_faults_are_the_answer_too() {
    let (broken, _) = server(Router::new().fallback(async || (StatusCode::IM_A_TEAPOT, "short and stout"))).await;
    let (slow, _) = server(Router::new().fallback(async || std::future::pending::<()>().await)).await;
    let rude = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rude_address = rude.local_addr().unwrap();
    tokio::spawn(async move { while rude.accept().await.is_ok() {} });
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let start = async |target: SocketAddr| Listener::start(&["--forward", &format!("http://{target}/")]).await;

    let listener = start(broken).await;
    assert_eq!(listener.send(message("ada", "hello")).await, Some((418, "short and stout".to_owned())));
    listener.out.line("HTTP 418 (short and stout)").await;

    let listener = start(gone).await;
    assert_eq!(listener.send(message("ada", "hello")).await.unwrap().0, 502);
    listener.out.line("HTTP 502 (Connection refused").await;

    let listener = start(rude_address).await;
    assert_eq!(listener.send(message("ada", "hello")).await, None);
    listener.out.line("the connection was closed without an answer").await;

    let listener = start(slow).await;
    let address = listener.address;
    let sender = tokio::spawn(async move { Client::to(address).await.send(message("ada", "hello")).await });
    let late = entry(&listener, 1, |entry| !entry["forwards"].as_array().unwrap().is_empty()).await;
    assert_eq!((&late["state"], &late["forwards"][0]["kind"]), (&json!("open"), &json!("failed")));
    assert!(!sender.is_finished());
    sender.abort();
    listener.out.line("no answer within").await;
}

#[tokio::test]
async fn recorded_webhooks_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded");
    let path = file.to_str().unwrap();
    let odd = message_body("ada", "two\nlines");
    for _ in 0..2 {
        let listener =
            Listener::start(&["--record", path, "--answer", "text:lines -> refuse 120001", "--no-page"]).await;
        for request in [
            message("ada", "hello"),
            signer().rtc_request(rtc_samples(103)[0]),
            chat("C2C.CallbackBeforeSendMsg", odd.clone()),
        ] {
            assert_eq!(listener.send(request).await.unwrap().0, 200);
        }
        // It is not genuine.
        let forged = Signer::new(&App::signed(APP, "another token").unwrap());
        let forged = forged.request("State.StateChange", sample("State.StateChange"), SystemTime::now());
        assert_eq!(listener.send(forged).await.unwrap().0, 401);
        assert!(listener.stop().await.err.contains("3 recorded"));
    }
    let recorded = std::fs::read_to_string(file).unwrap();
    let events: Vec<_> = recorded.lines().map(|line| CloudEvent::from_json(line.as_bytes()).unwrap()).collect();
    assert_eq!(events.len(), 6);
    let refused = events.iter().find(|event| event.data() == &odd).unwrap();
    assert!(refused.attribute("answer").unwrap().contains("120001"));
    assert_eq!(refused.attribute("answerstatus"), Some("200"));
    assert!(refused.attribute("received").is_some());
    for event in &events {
        assert!(Webhook::from_cloud_event(event).unwrap().context().is_verified());
    }
}

/// `diff` compares with what was recorded, whatever the answer looks like.
#[tokio::test]
async fn an_answer_with_a_newline_is_recorded_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded");
    let path = file.to_str().unwrap();
    let (go, _) = server(Router::new().fallback(async || format!("{OK}\n"))).await;
    let forward = format!("http://{go}/");
    let listener = Listener::start(&["--record", path, "--forward", &forward, "--no-page"]).await;
    assert_eq!(listener.send(message("ada", "hello")).await, Some((200, format!("{OK}\n"))));
    assert!(listener.stop().await.err.contains("1 recorded"));
    let app = APP.to_string();
    let output =
        tool().args(["diff", path, "--right", &forward, "--app", &app, "--token", TOKEN]).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1 the same, none different\n");
}

#[tokio::test]
async fn no_output_has_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded");
    let theirs = App::signed(APP, OTHER_TOKEN).unwrap().rtc_key("their-key-0c").unwrap();
    let (target, forwarded) = server(moderated(theirs, |user| user == "eve")).await;
    let url = format!("http://{target}/");
    let listener = Listener::start(&[
        "--record",
        file.to_str().unwrap(),
        "--forward",
        &url,
        "--forward-token",
        OTHER_TOKEN,
        "--forward-rtc-key",
        "their-key-0c",
        "--format",
        "json",
    ])
    .await;
    let mut secrets: Vec<String> = [TOKEN, OTHER_TOKEN, KEY, "their-key-0c", "of-a-cookie"].map(str::to_owned).into();
    let now = SystemTime::now();
    let mut sneaky = message("ada", "hello");
    let uri = sneaky.uri().to_string();
    let headers = sneaky.headers_mut();
    headers.insert("x-original-uri", uri.parse().unwrap());
    headers.insert("x-forwarded-uri", uri.replace('=', "%3D").parse().unwrap());
    headers.insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
    headers.insert("cookie", "of-a-cookie".parse().unwrap());
    headers.insert("x-debug", KEY.parse().unwrap());
    let again = |uri: String| Request::post(uri).body(Full::from("{}")).unwrap();
    let encoded = |text: &str| {
        let one = |letter: char| match letter {
            '?' | '&' | '=' | '%' | '/' => format!("%{:02X}", u32::from(letter)),
            letter => letter.to_string(),
        };
        text.chars().map(one).collect::<String>()
    };
    let own_sign = sign(&sneaky).unwrap();
    let requests = vec![
        sneaky,
        signer().rtc_request(rtc_samples(103)[0]),
        signer().request("State.StateChange", sample("State.StateChange"), now - Duration::from_secs(90)),
        Signer::new(&App::signed(APP, "wrong").unwrap()).request("State.StateChange", "{}", now),
        chat("C2C.CallbackBeforeSendMsg", "{"),
        again(uri.replace("&Sign", "&amp;Sign")),
        again(uri.replace("Sign=", "%53ign=")),
        again(uri.replace("Sign=", "sIGN=")),
        again(uri.replace('?', "/")),
        again(format!("{uri}&Debug={TOKEN}")),
        // Encoded once, twice, as a path, a value, a name, a header of another name.
        again(format!("/{}", encoded(&uri))),
        again(format!("/{}", encoded(&encoded(&uri)))),
        again(format!("/im?url={}", encoded(&uri))),
        again(format!("/im?url={}", encoded(&encoded(&encoded(&uri))))),
        again(format!("/im?{}", encoded(&uri))),
        again(format!("/im?header=Sign:%20{}", own_sign)),
        again(format!("/im/{TOKEN}/x")),
        again(format!("/im?{TOKEN}=1")),
    ];
    let count = requests.len();
    for request in requests {
        secrets.extend(sign(&request));
        listener.send(request).await.unwrap();
    }
    // Sent again by the page, to all that it may.
    let page = listener.page.unwrap().to_string();
    let origin = format!("http://{page}");
    let own = [("host", &*page), ("origin", &*origin), ("content-type", "application/json")];
    let mut told = String::new();
    for to in [json!("listener"), json!({ "forward": 0 }), json!({ "url": url })] {
        let body = json!({ "to": to, "app": APP, "command": "C2C.CallbackBeforeSendMsg", "client_ip": null, "platform": null,
            "body": message_body("ada", "again"), "patient": false });
        let (status, body) = ask(&listener, "/api/send", &own, Some(&body.to_string())).await;
        assert_eq!(status, 200, "{body}");
        told += &body;
    }
    secrets.extend(
        forwarded
            .lock()
            .unwrap()
            .iter()
            .filter_map(|(request, _)| sign(&Request::from_parts(request.clone().into_parts().0, Full::default()))),
    );
    assert!(secrets.len() > 12);

    for id in 1..=count as u64 + 1 {
        told += &entry(&listener, id, |entry| entry["state"] == "done").await.to_string();
    }
    told += &events(&listener, &format!("\"id\":{},", count + 1)).await;
    for path in ["/", "/page.js", "/page.css", "/icon.svg", "/api/about", "/nothing"] {
        told += &get(&listener, path).await.1;
    }
    let ended = listener.stop().await;
    let recorded = std::fs::read_to_string(file).unwrap();
    assert!(recorded.lines().count() >= 4, "{recorded}");
    for secret in secrets {
        for (name, text) in [("out", &ended.out), ("err", &ended.err), ("file", &recorded), ("page", &told)] {
            assert!(!text.contains(&secret), "{name} has {secret}: {text}");
        }
    }
}

#[tokio::test]
async fn nothing_that_is_sent_steers_a_terminal() {
    let nasty = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{7}";
    let command = format!("Moon.CallbackBefore{nasty}");
    for format in ["text", "json"] {
        let listener = Listener::start(&["--format", format, "--no-page"]).await;
        assert_eq!(listener.send(message(nasty, nasty)).await.unwrap().0, 200);
        assert_eq!(listener.send(chat(&command, format!(r#"{{"From_Account":"{nasty}"}}"#))).await.unwrap().0, 200);
        assert_eq!(listener.send(chat(&command, "{}x")).await.unwrap().0, 400);
        let forged = chat(&command, "{}").uri().to_string().replace("Sign=", "Sign=0");
        assert_eq!(listener.send(Request::post(forged).body(Full::default()).unwrap()).await.unwrap().0, 401);
        let ended = listener.stop().await;
        assert_eq!(ended.out.lines().count(), 4, "{}", ended.out);
        for text in [ended.out, ended.err] {
            let steers = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
            assert!(!text.contains(steers), "{text:?}");
        }
    }
}

#[tokio::test]
async fn a_signal_ends_it_once_open_requests_are_answered() {
    for signal in ["INT", "TERM"] {
        let mut listener = Listener::start(&["--answer", "wait 9min then refuse"]).await;
        let address = listener.address;
        let sender = tokio::spawn(async move { Client::to(address).await.send(message("ada", "hello")).await });
        entry(&listener, 1, |entry| entry["state"] == "open").await;
        listener.signal(signal).await;
        let answer = sender.await.unwrap().unwrap();
        assert!(answer.0 == 200 && answer.1.contains(r#""ErrorCode":1"#), "{answer:?}");
        let ended = listener.wait().await;
        assert!(ended.status.success());
        assert!(ended.out.contains("refused"), "{}", ended.out);
        assert!(ended.err.contains("1 received in") && ended.err.contains("1 refused"), "{}", ended.err);
    }
    // The second one does not wait for anything, such as another server's answer, which may take five seconds.
    let (slow, got) = server(Router::new().fallback(async || std::future::pending::<()>().await)).await;
    let mut listener = Listener::start(&["--forward", &format!("http://{slow}/"), "--no-page"]).await;
    let address = listener.address;
    tokio::spawn(async move { Client::to(address).await.send(signer().rtc_request(rtc_samples(103)[0])).await });
    while got.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    listener.signal("INT").await;
    // Two signals at the same time are one.
    tokio::time::sleep(Duration::from_millis(300)).await;
    listener.signal("INT").await;
    assert_eq!(listener.wait().await.status.code(), Some(130));
    let ended = Listener::start(&["--no-page"]).await.stop().await;
    assert!(ended.status.success() && ended.err.contains("nothing was received"), "{}", ended.err);
}

#[tokio::test]
async fn the_default_port_of_the_page_may_be_in_use() {
    // Both cannot have it.
    let (one, other) = (Listener::start(&[]).await, Listener::start(&[]).await);
    assert_ne!(one.page, other.page);
    assert_eq!(get(&one, "/api/about").await.0, 200);
    assert_eq!(get(&other, "/api/about").await.0, 200);
}

#[tokio::test]
async fn a_closed_pipe_ends_it_without_a_panic() {
    let mut child = tool()
        .args(["listen", "--addr", "127.0.0.1:0", "--no-page", "--app", &APP.to_string(), "--token", TOKEN])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stderr.take().unwrap()));
    let line = lines.next_line().await.unwrap().unwrap();
    let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(Client::to(address).await.send(message("ada", "hello")).await.unwrap().0, 200);
    let status = tokio::time::timeout(listener::PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    while let Some(line) = lines.next_line().await.unwrap() {
        assert!(!line.contains("panicked"), "{line}");
    }
}

#[tokio::test]
async fn a_page_that_comes_back_gets_what_it_has_missed() {
    let listener = Listener::start(&[]).await;
    listener.send(message("ada", "the old one")).await.unwrap();
    entry(&listener, 1, |entry| entry["state"] == "done").await;
    let seen = events(&listener, "the old one").await;
    let id = seen.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    listener.send(message("ada", "the new one")).await.unwrap();
    let missed = events_after(&listener, Some(id), "the new one").await;
    assert!(!missed.contains("the old one"), "{missed}");
    // What another listener said means nothing to this one.
    let all = events_after(&listener, Some("7-1"), "the new one").await;
    assert!(all.contains("the old one"), "{all}");
}

#[tokio::test]
async fn other_pages_and_other_names_are_refused() {
    let listener = Listener::start(&[]).await;
    let page = listener.page.unwrap();
    let own = page.to_string();
    let (host, origin) = (("host", &*own), format!("http://{own}"));
    let (origin, json) = (("origin", &*origin), ("content-type", "application/json"));
    let hold = Some(r#"{"filter":""}"#);
    for (path, headers, body) in [
        ("/", &[("host", "evil.example")][..], None),
        ("/api/events", &[("host", "localhost:1")], None),
        ("/api/about", &[host, ("origin", "http://evil.example")], None),
        ("/api/events", &[host, ("origin", "null")], None),
        ("/api/about", &[host, ("sec-fetch-site", "cross-site")], None),
        ("/api/hold", &[host, json], hold),
        ("/api/hold", &[host, json, ("origin", "http://evil.example")], hold),
        ("/api/hold", &[host, origin, ("content-type", "text/plain")], hold),
        ("/api/hold", &[host, origin], hold),
        ("/api/send", &[("host", "evil.example"), origin, json], Some("{}")),
    ] {
        let (status, said) = ask(&listener, path, headers, body).await;
        assert_eq!(status, 403, "{path} {headers:?}: {said}");
    }
    assert!(!events(&listener, "hold").await.contains(r#""hold":"""#));
    assert_eq!(ask(&listener, "/api/hold", &[host, origin, json], hold).await.0, 200);

    // Nor does it send webhooks to other machines.
    for url in ["http://192.0.2.1/", "http://localhost.example/", "https://example.com", "nonsense://x"] {
        let body = json!({ "to": { "url": url }, "app": APP, "command": "State.StateChange", "client_ip": null,
            "platform": null, "body": "{}", "patient": false });
        let (status, said) = ask(&listener, "/api/send", &[host, origin, json], Some(&body.to_string())).await;
        assert_eq!(status, 400, "{url}: {said}");
    }
}
