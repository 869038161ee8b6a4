//! The router: which handler is called, and what is answered when.

use std::{
    convert::Infallible,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_tencent_webhook::{
    Ack, BeforeFailure, Command, Event, FriendVerdict, Phase, Reply, Verdict, Webhook, WebhookBody, WebhookEvent,
    WebhookRouter,
    event::{c2c, follow, group, sns, state},
    router::{IntoAnswer, RouterService},
};

use crate::common::*;

// Dispatch.

/// Names of the handlers that were called.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note<E: WebhookEvent<Answer = Ack>>(&self, router: WebhookRouter) -> WebhookRouter {
        let calls = self.clone();
        router.on(move |hook: Webhook<E>| {
            calls.push(E::COMMAND.as_str());
            assert_eq!(*hook.context().command(), E::COMMAND);
            async { Ack::ok() }
        })
    }

    fn fallback(&self, router: WebhookRouter) -> WebhookRouter {
        let calls = self.clone();
        router.fallback(move |hook: Webhook| {
            calls.push(&format!("fallback {}", hook.command()));
            async { Ack::ok() }
        })
    }

    fn push(&self, name: &str) {
        self.0.lock().unwrap().push(name.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn each_event_reaches_its_own_handler() {
    let calls = Calls::default();
    let router = calls.note::<follow::AfterFollowAdd>(WebhookRouter::new());
    let router = calls.note::<follow::AfterFollowDelete>(router);
    let router = calls.note::<state::StateChange>(router).on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());

    for command in [FOLLOW, UNFOLLOW, "State.StateChange", FOLLOW] {
        assert_eq!(ask(&router, command).await, ok());
    }
    assert_eq!(calls.take(), [FOLLOW, UNFOLLOW, "State.StateChange", FOLLOW]);
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    assert_eq!(calls.take(), [""; 0]);
}

#[tokio::test]
async fn an_unhandled_event_is_acknowledged() {
    let router = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok());
    for command in Command::ALL {
        let (status, mut answer) = ask(&router, command.as_str()).await;
        // Friends are decided one by one.
        if command.as_str().starts_with("Sns.CallbackPrev") {
            let results = answer.as_object_mut().unwrap().remove("ResultItem").expect("each friend has a result");
            let results = results.as_array().unwrap();
            assert!(!results.is_empty() && results.iter().all(|friend| friend["ResultCode"] == 0), "{results:?}");
        }
        assert_eq!((status, answer), ok(), "{command}");
    }
    assert_eq!(send(endpoint(&router), signed_with("Moon.CallbackAfterRise", r#"{"Phase":1}"#)).await, ok());
}

#[tokio::test]
async fn the_fallback_gets_every_event_without_a_handler() {
    let calls = Calls::default();
    let router = calls.fallback(calls.note::<follow::AfterFollowAdd>(WebhookRouter::new()));
    for command in Command::ALL {
        assert_eq!(ask(&router, command.as_str()).await, ok());
        let name = if command == FOLLOW { FOLLOW.to_owned() } else { format!("fallback {command}") };
        assert_eq!(calls.take(), [name]);
    }
    assert_eq!(send(endpoint(&router), signed_with("Moon.CallbackAfterRise", r#"{"Phase":1}"#)).await, ok());
    assert_eq!(calls.take(), ["fallback Moon.CallbackAfterRise"]);
}

#[tokio::test]
async fn a_fallback_may_return_any_reply() {
    let router = WebhookRouter::new().fallback(async |hook: Webhook| match hook.event() {
        Event::C2CBeforeSendMsg(_) => Ok(Reply::from(Verdict::<c2c::BeforeSendMsg>::refuse())),
        Event::Other(_) => Err("what is this?"),
        _ => Ok(Ack::ok().into()),
    });
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(
        send(endpoint(&router), signed_with("Moon.CallbackAfterRise", r#"{"Phase":1}"#)).await,
        handler_failed()
    );
}

#[tokio::test]
async fn merged_routers_act_as_one() {
    let calls = Calls::default();
    let one = calls.note::<follow::AfterFollowAdd>(WebhookRouter::new());
    let two = calls.fallback(calls.note::<follow::AfterFollowDelete>(WebhookRouter::new()));
    for router in [one.clone().merge(two.clone()), two.merge(one)] {
        for command in [FOLLOW, UNFOLLOW, MESSAGE] {
            assert_eq!(ask(&router, command).await, ok());
        }
        assert_eq!(calls.take(), [FOLLOW, UNFOLLOW, &format!("fallback {MESSAGE}")]);
    }
}

#[tokio::test]
async fn merging_takes_handlers_but_not_policies() {
    let hanging = WebhookRouter::new()
        .deadline(Duration::from_millis(1))
        .on(async |_: Webhook<c2c::BeforeSendMsg>| -> Verdict<c2c::BeforeSendMsg> { std::future::pending().await });
    assert_eq!(ask(&hanging, MESSAGE).await, late());
    let merged = WebhookRouter::new().merge(hanging);
    assert!(tokio::time::timeout(Duration::from_millis(50), ask(&merged, MESSAGE)).await.is_err());
}

#[test]
fn a_second_handler_for_an_event_panics() {
    let router = || WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok());
    let fallback = || WebhookRouter::new().fallback(async |_: Webhook| Ack::ok());

    let message = panic_of(|| router().on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok()));
    assert_eq!(message, format!("{FOLLOW} already has a handler"));
    let message = panic_of(|| router().merge(router()));
    assert_eq!(message, format!("{FOLLOW} already has a handler"));
    let service = service_fn(async |_: Webhook<follow::AfterFollowAdd>| Ok::<_, Infallible>(Ack::ok()));
    let message = panic_of(|| router().on_service::<follow::AfterFollowAdd>(service));
    assert_eq!(message, format!("{FOLLOW} already has a handler"));
    assert_eq!(panic_of(|| fallback().fallback(async |_: Webhook| Ack::ok())), "there already is a fallback");
    assert_eq!(panic_of(|| fallback().merge(fallback())), "both routers have a fallback");
}

fn panic_of<T: fmt::Debug>(step: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(step)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[tokio::test]
async fn a_clone_shares_existing_handlers_but_not_later_ones() {
    let base = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let more = base.clone().on(async |_: Webhook<group::BeforeSendMsg>| Verdict::discard());
    assert_eq!(ask(&more, MESSAGE).await, code(1));
    assert_eq!(ask(&more, "Group.CallbackBeforeSendMsg").await, code(2));
    assert_eq!(ask(&base, "Group.CallbackBeforeSendMsg").await, ok());
    let debug = format!("{more:?}");
    assert!(debug.contains(MESSAGE) && debug.contains("Group.CallbackBeforeSendMsg"), "{debug}");
}

// Handlers.

/// With what outer layers have put into its extensions.
#[tokio::test]
async fn a_handler_may_take_the_requests_parts() {
    #[derive(Clone)]
    struct Tenant(&'static str);

    let seen = Arc::new(Mutex::new(String::new()));
    let noted = seen.clone();
    let router = WebhookRouter::new().on(move |_: Webhook<follow::AfterFollowAdd>, head: Parts| {
        let Tenant(tenant) = head.extensions.get().unwrap();
        *noted.lock().unwrap() = format!("{} {} for {tenant}", head.method, head.uri.path());
        // It was passed separately.
        assert!(head.extensions.get::<Webhook>().is_none());
        async { Ack::ok() }
    });
    let outer = ServiceBuilder::new()
        .map_request(|mut request: Request<_>| {
            request.extensions_mut().insert(Tenant("acme"));
            request
        })
        .layer(layer())
        .service(router);
    assert_eq!(send(outer, signed_sample(FOLLOW)).await, ok());
    assert_eq!(*seen.lock().unwrap(), "POST /im for acme");
}

#[tokio::test]
async fn a_fallback_may_take_the_requests_parts() {
    let router = WebhookRouter::new().fallback(async |_: Webhook, head: Parts| {
        if head.headers.contains_key("content-type") { Ok(Ack::ok()) } else { Err("no content type") }
    });
    assert_eq!(ask(&router, FOLLOW).await, ok());
}

#[tokio::test]
async fn a_failing_handler_is_answered_with_500() {
    let router = WebhookRouter::new().on(async |hook: Webhook<c2c::BeforeSendMsg>| {
        if hook.from_account == "ada" { Verdict::refuse_with(120_001, "no") } else { Verdict::refuse_with(7, "no") }
    });
    let mut body = samples_of(MESSAGE)[0].clone();
    body["From_Account"] = "ada".into();
    let refused = json!({ "ActionStatus": "OK", "ErrorCode": 120_001, "ErrorInfo": "no" });
    assert_eq!(send(endpoint(&router), signed_with(MESSAGE, body.to_string())).await, (200, refused));
    body["From_Account"] = "eve".into();
    // The error itself is not disclosed.
    assert_eq!(send(endpoint(&router), signed_with(MESSAGE, body.to_string())).await, handler_failed());
}

// Services as handlers.

/// Panics if it is called without having been polled ready: a clone of it has not been.
struct OnlyReady(bool);

impl Clone for OnlyReady {
    fn clone(&self) -> Self {
        Self(false)
    }
}

impl<T> Service<T> for OnlyReady {
    type Response = Ack;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Ack, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.0 {
            return Poll::Ready(Ok(()));
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, _: T) -> Self::Future {
        assert!(std::mem::take(&mut self.0), "called before it was ready");
        std::future::ready(Ok(Ack::ok()))
    }
}

#[tokio::test]
async fn a_service_is_called_once_it_is_ready() {
    let router = WebhookRouter::new().on_service::<follow::AfterFollowAdd>(OnlyReady(false));
    for _ in 0..3 {
        assert_eq!(ask(&router, FOLLOW).await, ok());
    }
}

#[tokio::test]
async fn a_service_may_limit_its_concurrency() {
    let (most, now) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = most.clone();
    let work = service_fn(move |_: Webhook<follow::AfterFollowAdd>| {
        let (peak, now) = (peak.clone(), now.clone());
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Infallible>(Ack::ok())
        }
    });
    let limited = ServiceBuilder::new().concurrency_limit(2).service(work);
    let router = WebhookRouter::new().on_service::<follow::AfterFollowAdd>(limited);
    let asked: Vec<_> = (0..20).map(|_| tokio::spawn(send(endpoint(&router), signed_sample(FOLLOW)))).collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), ok());
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_service_may_be_buffered() {
    let buffered = ServiceBuilder::new().buffer(4).concurrency_limit(1).service(OnlyReady(false));
    let router = WebhookRouter::new().on_service::<follow::AfterFollowAdd>(buffered);
    let asked: Vec<_> = (0..20).map(|_| tokio::spawn(send(endpoint(&router), signed_sample(FOLLOW)))).collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), ok());
    }
}

#[tokio::test]
async fn a_service_that_sheds_load_fails_like_a_handler() {
    let closed = ServiceBuilder::new().layer(tower::load_shed::LoadShedLayer::new()).concurrency_limit(1);
    let (began, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let (begins, waits) = (began.clone(), gate.clone());
    let service = closed.service(service_fn(move |_: Webhook<c2c::BeforeSendMsg>| {
        let (begins, waits) = (begins.clone(), waits.clone());
        async move {
            begins.notify_one();
            waits.acquire().await.unwrap().forget();
            Ok::<_, Infallible>(Verdict::refuse())
        }
    }));
    let router = WebhookRouter::new().on_service::<c2c::BeforeSendMsg>(service);
    let first = tokio::spawn(send(endpoint(&router), signed_sample(MESSAGE)));
    within(began.notified()).await;
    assert_eq!(ask(&router, MESSAGE).await, handler_failed());
    gate.add_permits(1);
    assert_eq!(first.await.unwrap(), code(1));
}

// In front of other services.

#[tokio::test]
async fn a_router_alone_answers_other_requests_with_404() {
    let router = WebhookRouter::new();
    let answer = error(404, "this is not a webhook");
    assert_eq!(send(endpoint(&router), get("/im")).await, answer);
    assert_eq!(send(router.clone(), signed_sample(FOLLOW)).await, answer, "without the layer nothing is a webhook");
}

#[tokio::test]
async fn a_router_works_in_front_of_an_axum_app() {
    use axum::{Router, routing};

    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let app: Router = Router::new()
        .route("/hello", routing::get(async || "hello"))
        .route("/echo", routing::post(async |body: String| body))
        .layer(router)
        .layer(layer());
    let send = async |request: Request<Full<Bytes>>| send(app.clone(), request.map(axum::body::Body::new)).await;
    assert_eq!(send(get("/hello")).await, (200, "hello".into()));
    let echo = Request::post("/echo").body("as it came".into()).unwrap();
    assert_eq!(send(echo).await, (200, "as it came".into()));
    assert_eq!(send(get("/other")).await.0, 404);
    assert_eq!(send(signed_sample(MESSAGE)).await, code(1));
}

/// The error type too.
#[tokio::test]
async fn other_requests_and_errors_pass_through_a_router_unchanged() {
    #[derive(Debug, PartialEq)]
    struct Teapot;

    fn keeps_its_error<S: Service<Request<Full<Bytes>>, Error = Teapot>>(service: S) -> S {
        service
    }

    let inner = service_fn(async |request: Request<WebhookBody<Full<Bytes>>>| match request.uri().path() {
        "/tea" => Err(Teapot),
        _ => Ok(Response::builder()
            .status(StatusCode::CREATED)
            .extension(7)
            .body(Full::new(request.into_body().collect().await.unwrap().to_bytes()))
            .unwrap()),
    });
    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let service = keeps_its_error(ServiceBuilder::new().layer(layer()).layer(router).service(inner));

    assert_eq!(service.clone().oneshot(get("/tea")).await.unwrap_err(), Teapot);
    let echo = Request::post("/echo").body("as it came".into()).unwrap();
    let response = service.clone().oneshot(echo).await.unwrap();
    assert_eq!((response.status(), response.extensions().get()), (StatusCode::CREATED, Some(&7)));
    assert_eq!(Answer::read(response).await.body, "as it came");
    assert_eq!(send(service, signed_sample(MESSAGE)).await, code(1));
}

#[test]
fn a_router_is_send_sync_and_clone() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<WebhookRouter>();
    shared::<RouterService<WebhookRouter>>();
    fn sent<T: Send>(_: &T) {}
    sent(&endpoint(&WebhookRouter::new()).call(signed_sample(FOLLOW)));
    sent(&WebhookRouter::new().drain());
}

// Failures.

async fn failing<E: WebhookEvent>(_: Webhook<E>) -> Result<Failed, &'static str> {
    Err("this handler fails")
}

/// The reply that `failing` never returns.
enum Failed {}

impl<E> IntoAnswer<E> for Failed {
    fn into_answer(self) -> Result<Reply, BoxError> {
        match self {}
    }
}

async fn panicking<E: WebhookEvent>(_: Webhook<E>) -> Failed {
    tokio::task::yield_now().await;
    panic!("this handler panics, which is what is tested here")
}

#[tokio::test(start_paused = true)]
async fn failures_are_answered_according_to_the_policy() {
    async fn hanging<E: WebhookEvent>(_: Webhook<E>) -> Failed {
        std::future::pending().await
    }

    macro_rules! each_way_to_fail {
        ($router:expr) => {{
            let fails = $router.on(failing::<c2c::BeforeSendMsg>).on(failing::<sns::PrevFriendAdd>);
            let panics = $router.on(panicking::<c2c::BeforeSendMsg>).on(panicking::<sns::PrevFriendAdd>);
            let hangs = $router.on(hanging::<c2c::BeforeSendMsg>).on(hanging::<sns::PrevFriendAdd>);
            let after = $router.on(failing::<follow::AfterFollowAdd>).on(panicking::<follow::AfterFollowDelete>);
            assert_eq!(ask(&after, FOLLOW).await, handler_failed(), "it was not acknowledged");
            assert_eq!(ask(&after, UNFOLLOW).await, handler_failed(), "it was not acknowledged");
            [("", fails), ("", panics), ("hangs", hangs.deadline(Duration::from_secs(1)))]
        }};
    }

    for (how, router) in each_way_to_fail!(WebhookRouter::new()) {
        let rejected = if how == "hangs" { late() } else { handler_failed() };
        assert_eq!(ask(&router, MESSAGE).await, rejected);
        assert_eq!(ask(&router, FRIENDS).await, rejected);

        let allow = before(BeforeFailure::Allow);
        assert_eq!(ask_under(&allow, &router, MESSAGE).await, ok());
        assert_eq!(ask_under(&allow, &router, FRIENDS).await, each_friend(0));

        let refuse = before(BeforeFailure::Refuse);
        assert_eq!(ask_under(&refuse, &router, MESSAGE).await, code(1));
        assert_eq!(ask_under(&refuse, &router, FRIENDS).await, each_friend(*FriendVerdict::CODES.start()));
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("this panics when dropped, which is what is tested here");
    }
}

/// A handler's future that answers at once if it may, and panics when it is dropped.
struct Trapped {
    ready: bool,
    _bomb: Bomb,
}

impl Future for Trapped {
    type Output = Verdict<c2c::BeforeSendMsg>;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.ready { Poll::Ready(Verdict::allow()) } else { Poll::Pending }
    }
}

/// Whenever it is dropped, and whatever the handler answered.
#[tokio::test(start_paused = true)]
async fn a_panic_in_the_drop_of_a_handlers_future_is_a_panic_of_the_handler() {
    let trapped = |ready| {
        let handler = move |_: Webhook<c2c::BeforeSendMsg>| Trapped { ready, _bomb: Bomb };
        WebhookRouter::new().deadline(Duration::from_secs(1)).on(handler)
    };
    assert_eq!(ask(&trapped(true), MESSAGE).await, handler_failed());
    assert_eq!(ask_under(&before(BeforeFailure::Refuse), &trapped(true), MESSAGE).await, code(1));
    assert_eq!(ask(&trapped(false), MESSAGE).await, late());

    // The client leaves.
    let mut asking = Box::pin(endpoint(&trapped(false)).oneshot(signed_sample(MESSAGE)));
    let is_pending = std::future::poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx).is_pending())).await;
    assert!(is_pending);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(asking))).is_ok());

    // Its panic panics in turn.
    let nested = async |_: Webhook<c2c::BeforeSendMsg>| -> Failed { std::panic::panic_any(Bomb) };
    assert_eq!(ask(&WebhookRouter::new().on(nested), MESSAGE).await, handler_failed());
}

#[tokio::test]
async fn a_refused_friend_response_lists_each_friend() {
    let command = "Sns.CallbackPrevFriendResponse";
    let router = WebhookRouter::new().on(failing::<sns::PrevFriendResponse>);
    let (status, body) = ask_under(&before(BeforeFailure::Refuse), &router, command).await;
    let asked = samples_of(command)[0]["ResponseFriendItem"].as_array().unwrap().len();
    let listed: Vec<_> = body["ResultItem"].as_array().unwrap().iter().map(|item| &item["ResultCode"]).collect();
    assert_eq!((status, listed), (200, vec![&json!(38_000); asked]));
}

#[tokio::test]
async fn each_phase_has_its_own_policy() {
    let router = WebhookRouter::new().fallback(async |_: Webhook| Err::<Ack, _>("no"));
    for command in Command::ALL {
        let (status, body) = ask_under(&before(BeforeFailure::Refuse), &router, command.as_str()).await;
        let expected = if command.phase() == Phase::Before { 200 } else { 500 };
        assert_eq!(status, expected, "{command}");
        assert!(body["ErrorCode"] != 0 || body["ResultItem"][0]["ResultCode"] != 0, "{command}: {body}");
    }
}

/// Wherever the handler ran.
#[tokio::test]
async fn later_requests_are_served_after_a_panic() {
    fn router() -> WebhookRouter {
        let panics = |panics: bool| {
            assert!(!panics, "this handler panics, which is what is tested here");
        };
        // Panics before it returns a future, and within the future.
        WebhookRouter::new()
            .on(move |hook: Webhook<follow::AfterFollowAdd>| {
                panics(hook.from_account == "early");
                async move {
                    panics(hook.from_account == "late");
                    Ack::ok()
                }
            })
            .on(move |hook: Webhook<c2c::BeforeSendMsg>| {
                panics(hook.from_account == "early");
                async move {
                    panics(hook.from_account == "late");
                    Verdict::refuse()
                }
            })
    }
    let from = |command, who: &str| {
        let mut body = samples_of(command)[0].clone();
        body["From_Account"] = who.into();
        signed_with(command, body.to_string())
    };

    let deadline = Duration::from_secs(60);
    for (router, behind) in [(router(), false), (router().deadline(deadline), false), (router().ack_first(1), true)] {
        let service = endpoint(&router);
        for who in ["early", "late"] {
            let failed = if behind { ok() } else { handler_failed() };
            assert_eq!(send(service.clone(), from(FOLLOW, who)).await, failed);
            within(router.drain()).await;
            assert_eq!(send(service.clone(), from(FOLLOW, "ada")).await, ok());
            assert_eq!(send(service.clone(), from(MESSAGE, who)).await, handler_failed());
            assert_eq!(send(service.clone(), from(MESSAGE, "ada")).await, code(1));
            within(router.drain()).await;
        }
    }
}

// Deadlines.

/// Handlers that wait at a gate.
fn gated(probe: &Probe, gate: &Arc<Semaphore>) -> WebhookRouter {
    let work = |probe: &Probe, gate: &Arc<Semaphore>| {
        let (probe, gate) = (probe.clone(), gate.clone());
        move || {
            let (running, gate) = (probe.start(), gate.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                running.finish();
            }
        }
    };
    let (after, before) = (work(probe, gate), work(probe, gate));
    WebhookRouter::new()
        .on(move |_: Webhook<follow::AfterFollowAdd>| {
            let work = after();
            async {
                work.await;
                Ack::ok()
            }
        })
        .on(move |_: Webhook<c2c::BeforeSendMsg>| {
            let work = before();
            async {
                work.await;
                Verdict::refuse()
            }
        })
}

fn probe_and_gate() -> (Probe, Arc<Semaphore>) {
    (Probe::default(), Arc::new(Semaphore::new(0)))
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_within_the_deadline_is_waited_for() {
    let router =
        WebhookRouter::new().deadline(Duration::from_millis(1800)).on(async |_: Webhook<c2c::BeforeSendMsg>| {
            tokio::time::sleep(Duration::from_millis(1799)).await;
            Verdict::refuse()
        });
    assert_eq!(ask(&router, MESSAGE).await, code(1));
}

#[tokio::test(start_paused = true)]
async fn past_the_deadline_an_after_event_is_acknowledged_and_handled_in_the_background() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).deadline(Duration::from_millis(1800));
    let start = tokio::time::Instant::now();
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(start.elapsed().as_millis() / 100, 18);
    assert_eq!(probe.counts(), (1, 0, 0));
    gate.add_permits(1);
    within(router.drain()).await;
    assert_eq!(probe.counts(), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn past_the_deadline_a_before_event_is_answered_and_its_handler_dropped() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).deadline(Duration::from_millis(1800));
    assert_eq!(ask(&router, MESSAGE).await, late());
    assert_eq!(probe.counts(), (1, 0, 1));
    assert!(resolves_at_once(router.drain()));
}

fn resolves_at_once(future: impl Future) -> bool {
    pin!(future).as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
}

/// Asks, and drops the future once the handler has started, as a server does when its client leaves.
async fn ask_and_leave(router: &WebhookRouter, command: &str, probe: &Probe) {
    let mut asking = Box::pin(ask(router, command));
    std::future::poll_fn(|cx| {
        assert!(asking.as_mut().poll(cx).is_pending());
        if probe.counts().0 == 1 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn without_a_deadline_a_handler_is_dropped_when_the_client_leaves() {
    for command in [FOLLOW, MESSAGE] {
        let (probe, gate) = probe_and_gate();
        let router = gated(&probe, &gate);
        ask_and_leave(&router, command, &probe).await;
        assert_eq!(probe.counts(), (1, 0, 1));
        assert!(resolves_at_once(router.drain()));
        // The next webhook is served.
        gate.add_permits(1);
        ask(&router, command).await;
        assert_eq!(probe.counts(), (2, 1, 1));
    }
}

#[tokio::test]
async fn with_a_deadline_an_after_event_is_handled_even_if_the_client_leaves() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).deadline(Duration::from_secs(3600));
    ask_and_leave(&router, FOLLOW, &probe).await;
    let drained = router.drain();
    gate.add_permits(1);
    within(drained).await;
    assert_eq!(probe.counts(), (1, 1, 0));

    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).deadline(Duration::from_secs(3600));
    ask_and_leave(&router, MESSAGE, &probe).await;
    assert_eq!(probe.counts(), (1, 0, 1), "nobody waits for this verdict");
}

#[tokio::test]
async fn with_a_deadline_even_an_unpolled_call_is_handled() {
    let (probe, gate) = probe_and_gate();
    gate.add_permits(1);
    let router = gated(&probe, &gate).deadline(Duration::from_secs(3600));
    let hook = Arc::new(Mutex::new(None));
    let kept = hook.clone();
    let keep = service_fn(move |request: Request<WebhookBody<Full<Bytes>>>| {
        *kept.lock().unwrap() = Some(request);
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
    });
    send(layer().layer(keep), signed_sample(FOLLOW)).await;
    let request = hook.lock().unwrap().take().unwrap();
    drop(Service::call(&mut router.clone(), request));
    within(router.drain()).await;
    assert_eq!(probe.counts(), (1, 1, 0));
}

/// Dropping it without a runtime does not panic.
#[test]
fn a_call_may_outlive_its_runtime() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).deadline(Duration::from_secs(3600));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut asking = Box::pin(endpoint(&router).oneshot(signed_sample(FOLLOW)));
    runtime.block_on(async {
        assert!(std::future::poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx))).await.is_pending());
    });
    drop(runtime);
    drop(asking);
    assert_eq!(probe.counts(), (1, 0, 1));
}

// Acknowledged first.

#[tokio::test]
async fn ack_first_acknowledges_after_events_up_to_its_limit() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).ack_first(2);
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(ask(&router, FOLLOW).await, ok());
    let overloaded = error(503, "too many events are being handled");
    assert_eq!(ask(&router, FOLLOW).await, overloaded);
    assert_eq!(probe.counts().1, 0);

    // An event without a handler does not count.
    assert_eq!(ask(&router, UNFOLLOW).await, ok());

    gate.add_permits(2);
    within(router.drain()).await;
    assert_eq!(probe.counts(), (2, 2, 0), "the rejected one never started");
    gate.add_permits(1);
    assert_eq!(ask(&router, FOLLOW).await, ok());
    within(router.drain()).await;
    assert_eq!(probe.counts(), (3, 3, 0));
}

#[tokio::test]
async fn ack_first_never_applies_to_before_events() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).ack_first(1);
    let asking = tokio::spawn({
        let service = endpoint(&router);
        async move { send(service, signed_sample(MESSAGE)).await }
    });
    while probe.counts().0 == 0 {
        assert!(!asking.is_finished(), "it was answered before its handler was called");
        tokio::task::yield_now().await;
    }
    assert!(!asking.is_finished());
    // Nor does it take a permit from an after-event.
    assert_eq!(ask(&router, FOLLOW).await, ok());
    gate.add_permits(2);
    assert_eq!(within(asking).await.unwrap(), code(1));
    within(router.drain()).await;

    for command in Command::ALL {
        let router = WebhookRouter::new()
            .ack_first(1)
            .fallback(async |_: Webhook| Err::<Ack, _>("told only where the answer waits"));
        // A signal's answer has data, so it must wait for its handler as well.
        let is_first = command.phase() == Phase::After && *command != "Chatbot.OnC2CSignalMessage";
        let expected = if is_first { ok() } else { handler_failed() };
        assert_eq!(ask(&router, command.as_str()).await, expected, "{command}");
    }
}

/// With a limit of one, each event needs the permit of the previous one.
#[tokio::test]
async fn a_permit_is_released_however_its_handler_ends() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let router = WebhookRouter::new().ack_first(1).on(move |_: Webhook<follow::AfterFollowAdd>| {
        let nth = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            tokio::task::yield_now().await;
            match nth % 3 {
                0 => Ok(Ack::ok()),
                1 => Err("this handler fails"),
                _ => panic!("this handler panics, which is what is tested here"),
            }
        }
    });
    for _ in 0..30 {
        assert_eq!(ask(&router, FOLLOW).await, ok());
        within(router.drain()).await;
    }
    assert_eq!(count.load(Ordering::SeqCst), 30);
}

#[tokio::test(start_paused = true)]
async fn acked_handlers_have_no_deadline() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).ack_first(1).deadline(Duration::from_secs(1));
    assert_eq!(ask(&router, FOLLOW).await, ok());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    gate.add_permits(1);
    within(router.drain()).await;
    assert_eq!(probe.counts(), (1, 1, 0));
}

// Shutdown.

#[tokio::test]
async fn drain_resolves_at_once_when_nothing_runs() {
    assert!(resolves_at_once(WebhookRouter::new().drain()));
    let router = WebhookRouter::new().ack_first(1).deadline(Duration::from_secs(1));
    let drained = router.drain();
    assert!(resolves_at_once(router.drain()));
    assert_eq!(ask(&router, FOLLOW).await, ok());
    drop(router);
    assert!(resolves_at_once(drained));
}

#[tokio::test]
async fn drain_outlives_its_router() {
    fn serve(command: &'static str) -> (impl Future<Output = (u16, Value)>, impl Future<Output = ()>) {
        let router = WebhookRouter::new().ack_first(1).on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok());
        let drained = router.drain();
        (async move { ask(&router, command).await }, drained)
    }

    let (asked, drained) = serve(FOLLOW);
    assert_eq!(asked.await, ok());
    within(drained).await;
}

/// All clones of a router, and the routers made from it, share their background handlers.
#[tokio::test]
async fn an_early_drain_waits_for_later_handlers() {
    let (probe, gate) = probe_and_gate();
    let router = WebhookRouter::new().ack_first(10);
    let mut drained = Box::pin(router.drain());
    let router = router.merge(gated(&probe, &gate));
    let layered = layer().layer(router.layer(WebhookRouter::new()));
    assert_eq!(send(layered, signed_sample(FOLLOW)).await, ok());
    assert_eq!(ask(&router, FOLLOW).await, ok());
    drop(router);
    assert!(!resolves_at_once(drained.as_mut()));
    gate.add_permits(2);
    within(drained).await;
    assert_eq!(probe.counts(), (2, 2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_acknowledged_events_survive_a_shutdown() {
    let (probe, gate) = probe_and_gate();
    let router = gated(&probe, &gate).ack_first(10_000);
    let drained = router.drain();
    let request = Arc::new(Mutex::new(signed_sample(FOLLOW)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (service, request) = (endpoint(&router), request.clone());
            tokio::spawn(async move {
                for _ in 0..2_500 {
                    let request = request.lock().unwrap().clone();
                    assert_eq!(service.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
                }
            })
        })
        .collect();
    for client in clients {
        within(client).await.unwrap();
    }
    assert_eq!(probe.counts().1, 0);
    assert_eq!(ask(&router, FOLLOW).await.0, 503, "the limit is reached");
    drop(router);

    let drained = tokio::spawn(drained);
    gate.add_permits(10_000);
    within(drained).await.unwrap();
    assert_eq!(probe.counts(), (10_000, 10_000, 0));
}

/// Over TCP, while clients keep sending.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_server_loses_no_acknowledged_event() {
    use hyper_util::rt::TokioIo;

    const CLIENTS: usize = 8;
    let handled = Arc::new(AtomicUsize::new(0));
    let counted = handled.clone();
    let router = WebhookRouter::new().ack_first(64).on(move |_: Webhook<follow::AfterFollowAdd>| {
        let counted = counted.clone();
        async move {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            Ack::ok()
        }
    });
    let drained = router.drain();
    let app: axum::Router = axum::Router::new().layer(router).layer(layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let server = tokio::spawn(
        axum::serve(listener, app).with_graceful_shutdown(async move { stopped.notified().await }).into_future(),
    );

    let acknowledged = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (acknowledged, stop, request) = (acknowledged.clone(), stop.clone(), signed_sample(FOLLOW));
            tokio::spawn(async move {
                let stream = TokioIo::new(tokio::net::TcpStream::connect(address).await.unwrap());
                let (mut client, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                // Until the server closes the connection.
                while client.ready().await.is_ok() {
                    let Ok(response) = client.send_request(request.clone()).await else { break };
                    let status = response.status();
                    if response.into_body().collect().await.is_err() {
                        break;
                    }
                    assert!(status == 200 || status == 503, "{status}");
                    if status == 200 && acknowledged.fetch_add(1, Ordering::SeqCst) == 2_000 {
                        stop.notify_one();
                    }
                }
            })
        })
        .collect();
    within(server).await.unwrap().unwrap();
    within(drained).await;
    let handled = handled.load(Ordering::SeqCst);
    for client in clients {
        within(client).await.unwrap();
    }
    let acknowledged = acknowledged.load(Ordering::SeqCst);
    // A response may be lost on its way to the client, but an acknowledged event must be handled.
    assert!((acknowledged..=acknowledged + CLIENTS).contains(&handled), "{handled} of {acknowledged}");
}
