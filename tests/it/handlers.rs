//! Handlers: what they may take, and where they may run.

use std::{
    convert::Infallible,
    error::Error,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{
        ConnectInfo, Extension, FromRef, FromRequestParts, Request, State, connect_info::MockConnectInfo,
        rejection::ExtensionRejection,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, Version, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, ServiceBuilder};
use tower_tencent_webhook::{
    Ack, AfterFailure, App, BeforeFailure, Command, Event, Failure, FailureCause, FailurePolicy, Late, Receiver, Reply,
    SignalAnswer, Verdict, VerdictError, Webhook, WebhookRouter,
    event::{c2c, follow, group, room},
    router::HandleError,
};

use crate::common::*;

const RISE: &str = "Moon.CallbackAfterRise";
const BEFORE_RISE: &str = "Moon.CallbackBeforeRise";

// State.

/// An app whose clones are counted.
#[derive(Default)]
struct Moderator {
    clones: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Clone for Moderator {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::SeqCst);
        Self { clones: self.clones.clone(), seen: self.seen.clone() }
    }
}

impl Moderator {
    async fn moderate(self, hook: Webhook<c2c::BeforeSendMsg>) -> Result<Verdict<c2c::BeforeSendMsg>, VerdictError> {
        self.note(&hook.from_account);
        Verdict::refuse_with(120_001, "no")
    }

    async fn followed(self, hook: Webhook<follow::AfterFollowAdd>, head: Parts) -> Ack {
        self.note(format!("{} by {}", hook.from_account, head.method));
        Ack::ok()
    }

    async fn unfollowed(self, peer: ConnectInfo<SocketAddr>, hook: Webhook<follow::AfterFollowDelete>) -> Ack {
        self.note(format!("{} from {}", hook.from_account, peer.0));
        Ack::ok()
    }

    async fn other(self, hook: Webhook) -> Ack {
        self.note(hook.command());
        Ack::ok()
    }

    async fn risen(self, hook: Webhook<Rise>) -> Ack {
        self.note(&hook.phase);
        Ack::ok()
    }

    #[expect(clippy::too_many_arguments, reason = "as many as there may be")]
    async fn eight(
        self,
        _: Method,
        _: Uri,
        _: Version,
        _: HeaderMap,
        _: HeaderMap,
        _: HeaderMap,
        _: HeaderMap,
        State(same): State<Moderator>,
        _: Webhook<follow::AfterFollowAdd>,
    ) -> Ack {
        assert!(Arc::ptr_eq(&self.seen, &same.seen));
        Ack::ok()
    }

    fn note(&self, what: impl AsRef<str>) {
        self.seen.lock().unwrap().push(what.as_ref().to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

#[tokio::test]
async fn a_handler_may_be_a_method_of_the_state() {
    let app = Moderator::default();
    let router = WebhookRouter::new()
        .on_with(&app, Moderator::moderate)
        .on_with(&app, Moderator::followed)
        .on_with(&app, Moderator::unfollowed)
        .on_command_with(&app, RISE, Moderator::risen)
        .fallback_with(&app, Moderator::other);
    let router = router.layer(Router::<()>::new());
    let peer = SocketAddr::from(([203, 0, 113, 7], 4711));
    let service = ServiceBuilder::new().layer(MockConnectInfo(peer)).layer(layer()).service(router);
    let from = |command| samples_of(command)[0]["From_Account"].as_str().unwrap().to_owned();

    let refused = json!({ "ActionStatus": "OK", "ErrorCode": 120_001, "ErrorInfo": "no" });
    assert_eq!(send(service.clone(), boxed(signed_sample(MESSAGE))).await, (200, refused));
    assert_eq!(app.take(), [from(MESSAGE)]);
    assert_eq!(send(service.clone(), boxed(signed_sample(FOLLOW))).await, ok());
    assert_eq!(app.take(), [format!("{} by POST", from(FOLLOW))]);
    assert_eq!(send(service.clone(), boxed(signed_sample(UNFOLLOW))).await, ok());
    assert_eq!(app.take(), [format!("{} from {peer}", from(UNFOLLOW))]);
    assert_eq!(send(service.clone(), boxed(signed_with(RISE, r#"{"Phase":"full"}"#))).await, ok());
    assert_eq!(app.take(), ["full"]);
    assert_eq!(send(service.clone(), boxed(signed_sample("State.StateChange"))).await, ok());
    assert_eq!(app.take(), ["State.StateChange"]);
}

fn boxed(request: http::Request<http_body_util::Full<Bytes>>) -> Request {
    request.map(axum::body::Body::new)
}

#[tokio::test]
async fn a_handler_may_be_a_function_or_a_closure_of_the_state() {
    async fn followed(greeting: &'static str, hook: Webhook<follow::AfterFollowAdd>) -> Result<Ack, String> {
        Err(format!("{greeting}, {}", hook.from_account))
    }

    let router = WebhookRouter::new()
        .on_with(&"hello", followed)
        .on_with(&7_u32, async |code: u32, _: Webhook<c2c::BeforeSendMsg>| Verdict::refuse_with(120_000 + code, ""))
        .on_with(&StatusCode::OK, |status: StatusCode, _: Webhook<follow::AfterFollowDelete>, head: Parts| async move {
            if head.method == Method::POST && status == StatusCode::OK { Ok(Ack::ok()) } else { Err("no") }
        })
        // A handler need not take the state.
        .on_with(&"unused", async |_: Webhook<group::BeforeSendMsg>| Verdict::discard())
        .fallback_with(&2, async |code: u32, _: Webhook| Reply::refuse(code, ""));
    assert_eq!(ask(&router, FOLLOW).await, handler_failed());
    assert_eq!(ask(&router, MESSAGE).await, code(120_007));
    assert_eq!(ask(&router, UNFOLLOW).await, ok());
    assert_eq!(ask(&router, "Group.CallbackBeforeSendMsg").await, code(2));
    assert_eq!(ask(&router, "State.StateChange").await, code(2));
}

#[tokio::test]
async fn each_call_gets_one_clone_of_the_state() {
    let app = Moderator::default();
    let router = WebhookRouter::new().on_with(&app, Moderator::moderate).on_with(&app, Moderator::followed);
    assert_eq!(app.clones.load(Ordering::SeqCst), 2, "one for each handler");
    for calls in 1..=3 {
        ask(&router, MESSAGE).await;
        assert_eq!(app.clones.load(Ordering::SeqCst), 2 + calls);
    }
    // Not by a webhook that it does not handle, nor by a clone of the router.
    ask(&router.clone(), UNFOLLOW).await;
    assert_eq!(app.clones.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_panic_in_the_clone_of_the_state_is_a_panic_of_the_handler() {
    struct Once(AtomicUsize);

    impl Clone for Once {
        fn clone(&self) -> Self {
            assert_eq!(self.0.fetch_add(1, Ordering::SeqCst), 0, "which is what is tested here");
            Self(AtomicUsize::new(1))
        }
    }

    let router = WebhookRouter::new()
        .on_with(&Once(AtomicUsize::new(0)), async |_: Once, _: Webhook<c2c::BeforeSendMsg>| Verdict::allow());
    assert_eq!(ask(&router, MESSAGE).await, handler_failed());
}

// Extractors.

/// The app's own extractor, which asks for a header.
struct Admin(String);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Response> {
        tokio::task::yield_now().await;
        match head.headers.get("x-admin") {
            Some(name) => Ok(Self(name.to_str().unwrap().to_owned())),
            None => {
                Err((StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic")], "the secret is 4711").into_response())
            }
        }
    }
}

#[derive(Clone)]
struct Tenant(&'static str);

#[derive(Clone)]
struct Backend {
    tenant: Tenant,
}

impl FromRef<Backend> for Tenant {
    fn from_ref(backend: &Backend) -> Self {
        backend.tenant.clone()
    }
}

#[tokio::test]
async fn a_handler_may_take_axums_extractors() {
    async fn moderate(
        State(backend): State<Backend>,
        State(Tenant(tenant)): State<Tenant>,
        headers: HeaderMap,
        _: Webhook<c2c::BeforeSendMsg>,
    ) -> Result<Verdict<c2c::BeforeSendMsg>, String> {
        if tenant == backend.tenant.0 && headers["content-type"] == "application/json" {
            Ok(Verdict::refuse())
        } else {
            Err(format!("{tenant}, {headers:?}"))
        }
    }

    async fn other(method: Method, Extension(seven): Extension<u8>, hook: Webhook) -> Result<Ack, &'static str> {
        // It was passed separately.
        (method == Method::POST && seven == 7 && hook.command() == FOLLOW).then(Ack::ok).ok_or("no")
    }

    let router = WebhookRouter::new()
        .on_with(&Backend { tenant: Tenant("acme") }, moderate)
        .on_command("Moon.CallbackBeforeRise", async |Admin(name): Admin, hook: Webhook<Rise>| {
            Reply::refuse(7, format!("{name}: {}", hook.phase))
        })
        .fallback(other);
    let service = ServiceBuilder::new().layer(Extension(7_u8)).layer(layer()).service(router);

    assert_eq!(send(service.clone(), signed_sample(MESSAGE)).await, code(1));
    assert_eq!(send(service.clone(), signed_sample(FOLLOW)).await, ok());
    let mut request = signed_with(BEFORE_RISE, r#"{"Phase":"full"}"#);
    request.headers_mut().insert("x-admin", "ada".parse().unwrap());
    let refused = json!({ "ActionStatus": "OK", "ErrorCode": 7, "ErrorInfo": "ada: full" });
    assert_eq!(send(service, request).await, (200, refused));
}

#[tokio::test]
async fn a_handler_may_take_up_to_eight_extractors() {
    type Rest = (Version, HeaderMap);
    #[expect(clippy::too_many_arguments, reason = "as many as there may be")]
    async fn eight(
        _: Method,
        uri: Uri,
        _: Version,
        headers: HeaderMap,
        State(()): State<()>,
        _: Rest,
        nobody: Result<Extension<u8>, ExtensionRejection>,
        head: Parts,
        _: Webhook<c2c::BeforeSendMsg>,
    ) -> Result<Verdict<c2c::BeforeSendMsg>, &'static str> {
        // Each is given the whole head.
        let is_same = head.uri == uri && head.headers == headers && !headers.is_empty();
        if is_same && nobody.is_err() { Ok(Verdict::refuse()) } else { Err("no") }
    }

    let router = WebhookRouter::new().on(eight).on_with(&Moderator::default(), Moderator::eight);
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    assert_eq!(ask(&router, FOLLOW).await, ok());
}

/// As it does for axum's handlers: in a test there is a mock, in a server the peer's address.
#[tokio::test]
async fn connect_info_is_there_in_tests_and_in_servers() {
    let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
    let router = WebhookRouter::new().on(
        move |ConnectInfo(peer): ConnectInfo<SocketAddr>, _: Webhook<follow::AfterFollowAdd>| {
            told.send(peer).unwrap();
            async { Ack::ok() }
        },
    );
    let app: Router = Router::new().layer(router).layer(layer());

    let mock = SocketAddr::from(([203, 0, 113, 7], 4711));
    let mocked = app.clone().layer(MockConnectInfo(mock));
    assert_eq!(send(mocked, boxed(signed_sample(FOLLOW))).await, ok());
    assert_eq!(tells.recv().await, Some(mock));
    // Neither.
    assert_eq!(send(app.clone(), boxed(signed_sample(FOLLOW))).await, handler_failed());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>());
    tokio::spawn(server.into_future());
    let mut client = http1(address).await;
    let response = within(client.send_request(signed_sample(FOLLOW))).await.unwrap();
    assert_eq!(Answer::read(response).await.json(), ok());
    assert!(within(tells.recv()).await.unwrap().ip().is_loopback());
}

#[tokio::test]
async fn a_rejected_extractor_is_a_failure_of_the_handler() {
    let called = Arc::new(AtomicUsize::new(0));
    let calls = called.clone();
    let router = WebhookRouter::new()
        .on(move |_: HeaderMap, _: Admin, _: Webhook<c2c::BeforeSendMsg>| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Verdict::allow() }
        })
        .fallback(async |_: Admin, _: Webhook| Ack::ok());
    // Nothing of its response reaches Chat: neither its status, nor its headers, nor its body.
    let answer = call(endpoint(&router), signed_sample(MESSAGE)).await;
    assert_eq!(answer.json(), handler_failed());
    assert!(answer.head.headers.get("www-authenticate").is_none());
    assert_eq!(ask_under(&before(BeforeFailure::Refuse), &router, MESSAGE).await, code(1));
    assert_eq!(ask_under(&before(BeforeFailure::Allow), &router, MESSAGE).await, ok());
    assert_eq!(ask(&router, FOLLOW).await, handler_failed());
    assert_eq!(called.load(Ordering::SeqCst), 0);

    let error = router.handle(hook(MESSAGE)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::HandlerFailed));
    let why = error.source().unwrap().to_string();
    assert!(why.contains("Admin` rejected the request with HTTP 401"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn extractors_run_within_the_deadline_and_in_the_background() {
    struct Slow;

    impl<S: Sync> FromRequestParts<S> for Slow {
        type Rejection = Infallible;

        async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(Self)
        }
    }

    let router = WebhookRouter::new()
        .on(async |_: Slow, _: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
        .on(async |_: Slow, _: Webhook<follow::AfterFollowAdd>| Ack::ok());
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    let router = router.deadline(Duration::from_secs(1));
    assert_eq!(ask(&router, MESSAGE).await, late());
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(router.background_handlers(), 1);
    let router = router.ack_first(1);
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(router.background_handlers(), 2);
    within(router.drain()).await;
}

#[tokio::test]
async fn a_panic_of_an_extractor_is_a_panic_of_the_handler() {
    struct Panics;

    impl<S: Sync> FromRequestParts<S> for Panics {
        type Rejection = Infallible;

        async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
            panic!("which is what is tested here")
        }
    }

    let router = WebhookRouter::new().on(async |_: Panics, _: Webhook<c2c::BeforeSendMsg>| Verdict::allow());
    assert_eq!(ask(&router, MESSAGE).await, handler_failed());
}

// Commands with types of the app's own.

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Rise {
    phase: String,
    #[serde(default)]
    tides: Vec<u64>,
}

#[tokio::test]
async fn an_unknown_command_may_have_a_type_of_the_apps_own() {
    let router = WebhookRouter::new()
        .on_command(RISE, async |hook: Webhook<Rise>| {
            assert_eq!((hook.phase.as_str(), &hook.tides[..], hook.body().len()), ("full", &[1, 2][..], 30));
            Ack::ok()
        })
        .on_command(BEFORE_RISE, async |hook: Webhook<Rise>, head: Parts| -> Result<_, Box<dyn Error + Send + Sync>> {
            assert_eq!(head.method, Method::POST);
            Ok(match &*hook.phase {
                "full" => Reply::refuse(10_100, "wolves")?,
                "new" => Reply::allow(),
                _ => Reply::json(&json!({ "ErrorCode": 0, "Tide": hook.tides }))?,
            })
        })
        // As another of the vendor's events is answered.
        .on_command("Moon.CallbackBeforeSet", async |_: Webhook<Value>| {
            Verdict::<group::BeforeSendMsg>::refuse_with(10_101, "stay")
        })
        .on_command("Moon.Signal", async |_: Webhook<Value>| SignalAnswer::text("yes"));

    let ask = async |command: &str, body: &'static str| send(endpoint(&router), signed_with(command, body)).await;
    assert_eq!(ask(RISE, r#"{"Phase":"full","Tides":[1,2]}"#).await, ok());
    let refused = |code, info| (200, json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": info }));
    assert_eq!(ask(BEFORE_RISE, r#"{"Phase":"full"}"#).await, refused(10_100, "wolves"));
    assert_eq!(ask(BEFORE_RISE, r#"{"Phase":"new"}"#).await, ok());
    let answer = json!({ "ErrorCode": 0, "Tide": [3] });
    assert_eq!(ask(BEFORE_RISE, r#"{"Phase":"half","Tides":[3]}"#).await, (200, answer));
    assert_eq!(ask("Moon.CallbackBeforeSet", r#"{"At":5}"#).await, refused(10_101, "stay"));
    assert_eq!(ask("Moon.Signal", r#"{"At":5}"#).await.1["RspData"], "yes");
    // Others are still acknowledged.
    assert_eq!(ask("Moon.CallbackAfterSet", r#"{"At":5}"#).await, ok());
}

#[tokio::test]
async fn a_known_command_may_have_a_type_of_the_apps_own() {
    #[derive(Deserialize)]
    struct Message {
        #[serde(rename = "From_Account")]
        from: String,
    }

    let router =
        WebhookRouter::new().on_command(MESSAGE, async |hook: Webhook<Message>| Reply::refuse(120_001, &hook.from));
    let from = samples_of(MESSAGE)[0]["From_Account"].clone();
    assert_eq!(ask(&router, MESSAGE).await.1["ErrorInfo"], from);
}

/// For the vendor, these are one command.
#[tokio::test]
async fn a_command_is_the_same_under_each_of_its_names() {
    let (name, alias) = ("Room.CallbackAfterUpdateRoomInfo", "Room.CallbackUpdateRoomInfo");
    for registered in [name, alias] {
        let router = WebhookRouter::new().on_command(registered, async |_: Webhook<Value>| Reply::refuse(7, ""));
        for sent in [name, alias] {
            assert_eq!(send(endpoint(&router), signed_with(sent, sample_of(name))).await, code(7), "{sent}");
        }
        let message = panic_of(|| router.clone().on_command(alias, async |_: Webhook<Value>| Ack::ok()));
        assert_eq!(message, format!("{name} already has a handler"));
        let message = panic_of(|| router.on(async |_: Webhook<room::AfterUpdateRoomInfo>| Ack::ok()));
        assert_eq!(message, format!("{name} already has a handler"));
    }
}

fn sample_of(command: &str) -> String {
    samples_of(command)[0].to_string()
}

fn panic_of<T>(step: impl FnOnce() -> T) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(step)).err().expect("it must panic");
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn a_second_handler_for_a_command_panics() {
    let router = || WebhookRouter::new().on_command(RISE, async |_: Webhook<Rise>| Ack::ok());
    let message = format!("{RISE} already has a handler");
    assert_eq!(panic_of(|| router().on_command(RISE, async |_: Webhook<Value>| Ack::ok())), message);
    assert_eq!(panic_of(|| router().merge(router())), message);
    assert_eq!(panic_of(|| router().on_command("", async |_: Webhook<Rise>| Ack::ok())), "the command is empty");
    let followed = || WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok());
    let message = panic_of(|| followed().on_command(FOLLOW, async |_: Webhook<Value>| Ack::ok()));
    assert_eq!(message, format!("{FOLLOW} already has a handler"));
}

#[tokio::test]
async fn commands_are_merged_and_shown() {
    let one = WebhookRouter::new().on_command(RISE, async |_: Webhook<Rise>| Reply::refuse(1, ""));
    let two = WebhookRouter::new()
        .on_command(FOLLOW, async |_: Webhook<Value>| Reply::refuse(2, ""))
        .fallback(async |_: Webhook| Reply::refuse(3, ""));
    for router in [one.clone().merge(two.clone()), two.merge(one)] {
        assert_eq!(send(endpoint(&router), signed_with(RISE, r#"{"Phase":""}"#)).await, code(1));
        assert_eq!(ask(&router, FOLLOW).await, code(2));
        assert_eq!(send(endpoint(&router), signed_with(BEFORE_RISE, r#"{"Phase":""}"#)).await, code(3));
        let debug = format!("{router:?}");
        assert!(debug.contains(RISE) && debug.contains(FOLLOW), "{debug}");
    }
}

/// What JSON forbids, but people send.
#[tokio::test]
async fn a_body_is_repaired_before_it_is_read() {
    let router = WebhookRouter::new().on_command(RISE, async |hook: Webhook<Rise>| Reply::refuse(1, &hook.phase));
    for (phase, read) in [
        (&b"full \xff\xfe moon"[..], "full \u{fffd}\u{fffd} moon"),
        (b"full\0moon", "full\u{fffd}moon"),
        (br"full \ud83c moon", "full \u{fffd} moon"),
        (br"\ud83c\udf15", "🌕"),
        (b"a\tb\nc", "a\tb\nc"),
        ("满月".as_bytes(), "满月"),
    ] {
        let body = [b" {\"Phase\": \"", phase, b"\"} \n"].concat();
        let (_, answer) = send(endpoint(&router), signed_with(RISE, body)).await;
        assert_eq!(answer["ErrorInfo"], read, "{}", phase.escape_ascii());
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_a_failure_of_the_handler() {
    let router = WebhookRouter::new()
        .on_command(BEFORE_RISE, async |_: Webhook<Rise>| Reply::allow())
        .on_command(RISE, async |_: Webhook<Rise>| Ack::ok())
        .on_command(MESSAGE, async |_: Webhook<Rise>| Reply::allow());
    for body in [r#"{"Phase":"secret\nforged","Tides":["secret"]}"#, r#"{"Tides":[]}"#, r#"{"Phase":{}}"#] {
        for command in [BEFORE_RISE, RISE] {
            let asked = |policy: FailurePolicy| {
                send(layer().on_failure(policy).layer(router.clone()), signed_with(command, body))
            };
            assert_eq!(asked(FailurePolicy::new()).await, handler_failed());
            let policy = before(BeforeFailure::Refuse).after(AfterFailure::Acknowledge);
            assert_eq!(asked(policy).await, if command == RISE { ok() } else { code(1) });
        }
    }
    assert_eq!(ask_under(&before(BeforeFailure::Refuse), &router, MESSAGE).await, code(1));

    // What may be logged says where it is, and not what.
    let hook = hook_of(RISE, "{\n  \"Phase\": \"\", \"Tides\": [\"secret\\u0000\"]\n}");
    let error = router.handle(hook).await.unwrap_err();
    let why = error.source().unwrap();
    let place = "the body does not fit `it::handlers::Rise` at line 2 column 39";
    assert_eq!(why.to_string(), place);
    // The app itself may ask for more.
    assert!(why.source().unwrap().to_string().contains("secret"));
    assert!(!format!("{error:?} {error:#?} {error}").contains("secret"));
    assert_eq!(Answer::read(error.into_response::<http_body_util::Full<Bytes>>()).await.json(), handler_failed());
}

/// It is read by recursion, where this crate's own types are not.
#[tokio::test]
async fn a_deep_body_fails_and_does_not_overflow_the_stack() {
    let router = WebhookRouter::new().on_command(RISE, async |_: Webhook<Value>| Ack::ok());
    for (depth, answer) in [(100, ok()), (100_000, handler_failed())] {
        let body = format!(r#"{{"Deep":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(send(endpoint(&router), signed_with(RISE, body)).await, answer);
    }
}

#[tokio::test]
async fn a_command_whose_answer_has_data_is_never_acknowledged_first() {
    let router = WebhookRouter::new()
        .ack_first(10)
        .on_command(RISE, async |_: Webhook<Value>| Ok::<_, Infallible>(Ack::ok()))
        .on_command("Moon.Signal", async |_: Webhook<Value>| Reply::json(&json!({ "RspData": "yes" })));
    let ask = async |command| send(endpoint(&router), signed_with(command, r#"{"At":5}"#)).await;
    assert_eq!(ask(RISE).await, ok());
    assert_eq!(router.background_handlers(), 1);
    assert_eq!(ask("Moon.Signal").await, (200, json!({ "RspData": "yes" })));
    within(router.drain()).await;
}

#[test]
fn a_webhook_of_the_apps_own_type_can_be_made_for_tests() {
    let hook = hook_of(RISE, r#"{"Phase":"full"}"#);
    let rise: Rise = hook.json().unwrap();
    let hook = hook.with_event(rise);
    assert_eq!(*hook.event(), Rise { phase: "full".into(), tides: Vec::new() });
    assert_eq!((hook.context().command().as_str(), &hook.body()[..]), (RISE, &br#"{"Phase":"full"}"#[..]));
    let error = hook.json::<u64>().unwrap_err();
    assert!(error.is_data());
}

// Answers by hand.

#[test]
fn a_reply_refuses_with_any_code_but_zero() {
    let refused = |code| Reply::refuse(code, "no \"way\"\n").map(|reply| reply.body().clone());
    for code in [1, 2, 10_100, u32::MAX] {
        let body: Value = serde_json::from_slice(&refused(code).unwrap()).unwrap();
        assert_eq!(body, json!({ "ActionStatus": "OK", "ErrorCode": code, "ErrorInfo": "no \"way\"\n" }));
    }
    let error = VerdictError::CodeOutOfRange { code: 0, codes: 1..=u32::MAX };
    assert_eq!(refused(0), Err(error));
    assert_eq!(Reply::allow(), Ack::ok().into());
    assert!(Reply::json(&std::collections::BTreeMap::from([((1, 2), 3)])).is_err());
}

/// What fits an event fits a handler of all events.
#[tokio::test]
async fn a_fallback_may_return_a_verdict() {
    let router = WebhookRouter::new().fallback(async |_: Webhook| Verdict::<c2c::BeforeSendMsg>::refuse());
    assert_eq!(ask(&router, MESSAGE).await, code(1));
}

// Without HTTP.

/// A webhook with the command's first sample.
fn hook(command: &str) -> Webhook {
    hook_of(command, sample_of(command))
}

fn hook_of(command: &str, body: impl Into<Bytes>) -> Webhook {
    let receiver = Receiver::new(App::unsigned(APP));
    let uri = format!("/?SdkAppid={APP}&CallbackCommand={command}");
    let head = http::Request::post(uri).body(()).unwrap().into_parts().0;
    receiver.parse(receiver.verify(&head, SystemTime::now()).unwrap(), body.into()).unwrap()
}

fn json_of(reply: &Reply) -> (u16, Value) {
    (200, serde_json::from_slice(reply.body()).unwrap())
}

/// What a handler answers, with and without HTTP.
#[tokio::test]
async fn a_webhook_is_handled_the_same_without_its_request() {
    let router = WebhookRouter::new()
        .on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
        .on(async |_: Webhook<follow::AfterFollowAdd>| Err::<Ack, _>("the database is gone"))
        .on(async |_: Webhook<follow::AfterFollowDelete>| -> Ack { panic!("which is what is tested here") })
        .fallback(async |hook: Webhook| match hook.event() {
            Event::SnsPrevFriendAdd(event) => {
                Reply::from(event.verdict(|_| tower_tencent_webhook::FriendVerdict::allow()))
            }
            _ => Ack::ok().into(),
        });
    for command in Command::ALL {
        let by_http = ask(&router, command.as_str()).await;
        let by_hand = match router.handle(hook(command.as_str())).await {
            Ok(reply) => json_of(&reply),
            Err(error) => Answer::read(error.into_response::<http_body_util::Full<Bytes>>()).await.json(),
        };
        assert_eq!(by_hand, by_http, "{command}");
    }
}

#[tokio::test]
async fn what_nobody_handles_is_acknowledged() {
    for command in Command::ALL {
        let reply = WebhookRouter::new().handle(hook(command.as_str())).await.unwrap();
        match command.as_str().starts_with("Sns.CallbackPrev") {
            // Friends are decided one by one.
            true => assert!(str::from_utf8(reply.body()).unwrap().contains(r#""ResultItem":[{"#), "{reply:?}"),
            false => assert_eq!(reply, Reply::allow()),
        }
    }
}

#[tokio::test]
async fn the_error_has_the_cause_and_the_handlers_own_error() {
    let router = WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowAdd>| Err::<Ack, _>(std::io::Error::other("the database is gone")))
        .on(async |_: Webhook<follow::AfterFollowDelete>| -> Ack { panic!("which is what is tested here") });
    let error = router.handle(hook(FOLLOW)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::HandlerFailed));
    assert_eq!(error.to_string(), format!("{FOLLOW}: the handler failed"));
    assert_eq!(error.context().app(), APP);
    let source: &std::io::Error = error.source().unwrap().downcast_ref().unwrap();
    assert_eq!(source.to_string(), "the database is gone");

    let error = router.handle(hook(UNFOLLOW)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::HandlerPanicked));
    assert_eq!(error.to_string(), format!("{UNFOLLOW}: the handler panicked"));
    assert!(error.source().is_none());
    // Which is nobody else's business.
    assert_eq!(Answer::read(error.into_response::<http_body_util::Full<Bytes>>()).await.json(), handler_failed());

    fn assert<T: Error + Send + Sync + 'static>() {}
    assert::<HandleError>();
    fn assert_future<T: Send + 'static>(_: T) {}
    assert_future(router.handle(hook(FOLLOW)));
}

/// An error that panics when it is shown, or when it is dropped by the router.
#[tokio::test]
async fn a_panic_of_the_error_is_a_panic_of_the_handler() {
    #[derive(Debug)]
    struct Trapped;

    impl std::fmt::Display for Trapped {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("which is what is tested here")
        }
    }

    impl Error for Trapped {}

    impl Drop for Trapped {
        fn drop(&mut self) {
            panic!("which is what is tested here")
        }
    }

    let router = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Err::<Ack, _>(Trapped));
    assert_eq!(ask(&router, FOLLOW).await, handler_failed());
    match router.handle(hook(FOLLOW)).await {
        // Without the feature `tracing` nobody shows it, and the app has it.
        Err(error) if error.source().is_some() => std::mem::forget(error),
        error => assert!(matches!(error.unwrap_err().cause(), FailureCause::HandlerPanicked)),
    }
}

#[tokio::test]
async fn without_a_request_the_head_is_empty() {
    let router = WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowAdd>, head: Parts| {
            assert_eq!((head.uri.path(), head.headers.len(), head.extensions.len()), ("/", 0, 0));
            Ack::ok()
        })
        .on(async |headers: HeaderMap, _: Webhook<follow::AfterFollowDelete>| {
            assert!(headers.is_empty());
            Ack::ok()
        });
    assert_eq!(router.handle(hook(FOLLOW)).await.unwrap(), Reply::allow());
    assert_eq!(router.handle(hook(UNFOLLOW)).await.unwrap(), Reply::allow());
}

fn hanging() -> WebhookRouter {
    WebhookRouter::new()
        .on(async |_: Webhook<c2c::BeforeSendMsg>| -> Verdict<c2c::BeforeSendMsg> { std::future::pending().await })
        .on(async |_: Webhook<follow::AfterFollowAdd>| {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Err::<Ack, _>("nobody waits")
        })
}

#[tokio::test(start_paused = true)]
async fn deadlines_and_limits_hold_without_http() {
    let router = hanging().deadline(Duration::from_secs(1));
    let error = router.handle(hook(MESSAGE)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::DeadlineExceeded));
    assert_eq!(router.handle(hook(FOLLOW)).await.unwrap(), Reply::allow());
    assert_eq!(router.background_handlers(), 1);
    within(router.drain()).await;

    let error = router.clone().on_late(Late::Fail).handle(hook(FOLLOW)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::DeadlineExceeded));
    let error = router.clone().late_limit(0).handle(hook(FOLLOW)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::Overloaded));

    let router = hanging().ack_first(1);
    assert_eq!(router.handle(hook(FOLLOW)).await.unwrap(), Reply::allow());
    let error = router.handle(hook(FOLLOW)).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::Overloaded));
    assert_eq!(error.cause().status(), StatusCode::SERVICE_UNAVAILABLE);
    within(router.drain()).await;
}

/// As for a request.
#[tokio::test]
async fn with_a_deadline_an_after_event_is_handled_even_if_nobody_waits() {
    let (probe, router) = (Probe::default(), WebhookRouter::new().deadline(Duration::from_secs(3600)));
    let running = probe.clone();
    let router = router.on(move |_: Webhook<follow::AfterFollowAdd>| {
        let running = running.start();
        async {
            running.finish();
            Ack::ok()
        }
    });
    drop(router.handle(hook(FOLLOW)));
    within(router.drain()).await;
    assert_eq!(probe.counts(), (1, 1, 0));
}

// The failure policy without the layer.

/// The same decisions as the layer's.
#[tokio::test]
async fn the_failure_policy_can_be_asked_without_the_layer() {
    let router = WebhookRouter::new().fallback(async |_: Webhook| Err::<Ack, _>("no"));
    for policy in [
        FailurePolicy::new(),
        before(BeforeFailure::Allow).after(AfterFailure::Acknowledge),
        before(BeforeFailure::Refuse).after(AfterFailure::Acknowledge),
    ] {
        for command in Command::ALL {
            let by_layer = ask_under(&policy, &router, command.as_str()).await;
            let error = router.handle(hook(command.as_str())).await.unwrap_err();
            let by_hand = match policy.reply(&error.failure()) {
                Some(reply) => json_of(&reply),
                None => handler_failed(),
            };
            assert_eq!(by_hand, by_layer, "{command}");

            // The same for an app without a router.
            let hook = hook(command.as_str());
            let reply = policy.reply(&Failure::of(&hook, FailureCause::HandlerFailed));
            assert_eq!(reply.as_ref().map_or_else(handler_failed, json_of), by_layer, "{command}");
        }
    }
}

#[test]
fn a_policy_is_told_about_rejections_that_are_failures() {
    let receiver = Receiver::new(app());
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = seen.clone();
    let policy = FailurePolicy::new().before_with(move |failure| {
        note.lock().unwrap().push(failure.cause().to_string());
        BeforeFailure::Refuse
    });
    let refused = |body: &'static str| {
        let head = signed_with(MESSAGE, body).into_parts().0;
        let context = receiver.verify(&head, SystemTime::now()).unwrap();
        let rejection = receiver.parse(context.clone(), body.into()).unwrap_err();
        policy.reply(&Failure::new(&context, FailureCause::Rejection(&rejection))).map(|reply| json_of(&reply))
    };
    assert_eq!(refused("[]"), Some(code(1)));
    assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), ["malformed body: expected an object"]);
    // The console's check of the URL is none.
    assert_eq!(refused("{}"), None);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn withholding_is_up_to_the_caller() {
    let policy = FailurePolicy::new().after(AfterFailure::Withhold).withhold_limit(1);
    let hook = hook(FOLLOW);
    let failure = Failure::of(&hook, FailureCause::ServiceFailed);
    assert_eq!(policy.reply(&failure), None);
    // It takes no place from the layer.
    let router = WebhookRouter::new().fallback(async |_: Webhook| Err::<Ack, _>("no"));
    let withheld = error(503, "the webhook failed, and its answer was withheld");
    assert_eq!(ask_under(&policy, &router, FOLLOW).await, withheld);
}

#[test]
fn each_cause_has_a_text_and_a_status() {
    use FailureCause::*;

    for (cause, status, text) in [
        (HandlerFailed, 500, "the handler failed"),
        (HandlerPanicked, 500, "the handler panicked"),
        (DeadlineExceeded, 503, "the handler took too long"),
        (Overloaded, 503, "too many events are being handled"),
        (WrongAnswer, 500, "the webhook was answered with what is no answer to its event"),
        (Status(StatusCode::BAD_GATEWAY), 502, "the inner service answered with HTTP 502"),
        (ServiceFailed, 500, "the inner service failed"),
    ] {
        assert_eq!((cause.status().as_u16(), cause.to_string().as_str()), (status, text));
        assert!(cause.source().is_none(), "{cause}");
    }
    // A rejection speaks for itself.
    let receiver = Receiver::new(app());
    let head = signed_with(MESSAGE, "{").into_parts().0;
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    let rejection = receiver.parse(context, "{".into()).unwrap_err();
    let (cause, text) = (Rejection(&rejection), rejection.to_string());
    assert_eq!((cause.status(), cause.to_string()), (rejection.status(), text));
    assert_eq!(cause.source().unwrap().to_string(), rejection.source().unwrap().to_string());

    let hook = hook(FRIENDS);
    let debug = format!("{:?}", Failure::of(&hook, HandlerFailed));
    assert!(debug.contains("HandlerFailed") && debug.contains(FRIENDS) && !debug.contains("From_Account"), "{debug}");
}
