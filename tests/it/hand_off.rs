//! Durable hand-off: an after-event is acknowledged once a service has kept it, and not before.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use axum::routing::post;
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceBuilder, service_fn};
use tower_tencent_webhook::{
    Ack, AfterFailure, BeforeFailure, Event, FailureCause, FailurePolicy, Policy, Reply, Verdict, Webhook,
    WebhookRouter,
    event::{c2c, follow},
};

use crate::common::*;

/// What a sink has kept.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<Webhook>>>);

impl Kept {
    fn sink(&self) -> impl Service<Webhook, Error = BoxError, Future: Send> + Clone + Send + Sync + 'static + use<> {
        let kept = self.clone();
        service_fn(move |hook: Webhook| {
            kept.0.lock().unwrap().push(hook);
            std::future::ready(Ok::<_, BoxError>("any response"))
        })
    }

    fn commands(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|hook| hook.context().command().to_string()).collect()
    }
}

/// A sink that keeps a webhook once the gate is open.
fn gated(
    kept: &Kept,
    gate: &Arc<Semaphore>,
) -> impl Service<Webhook, Error = BoxError, Future: Send> + Clone + Send + Sync + use<> {
    let (kept, gate) = (kept.clone(), gate.clone());
    service_fn(move |hook: Webhook| {
        let (kept, gate) = (kept.clone(), gate.clone());
        async move {
            gate.acquire().await?.forget();
            kept.0.lock().unwrap().push(hook);
            Ok::<_, BoxError>(())
        }
    })
}

fn broken() -> impl Service<Webhook, Response = (), Error = BoxError, Future: Send> + Clone + Send + Sync + 'static {
    service_fn(async |_: Webhook| Err::<(), BoxError>("the engine is down".into()))
}

fn refuses() -> WebhookRouter {
    WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
}

#[tokio::test]
async fn after_events_without_a_handler_are_handed_off_as_they_came() {
    let kept = Kept::default();
    let handled = Arc::new(AtomicUsize::new(0));
    let handles = handled.clone();
    let router = refuses()
        .on(move |_: Webhook<follow::AfterFollowAdd>| {
            handles.fetch_add(1, Ordering::SeqCst);
            async { Ack::ok() }
        })
        .fallback(async |_: Webhook| Reply::refuse(10_101, "by the fallback"))
        .hand_off(kept.sink());
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    assert_eq!(ask(&router, FOLLOW).await, ok());
    assert_eq!(ask(&router, "Group.CallbackBeforeSendMsg").await.1["ErrorCode"], 10_101, "the fallback decides");
    assert!(kept.commands().is_empty());

    assert_eq!(ask(&router, UNFOLLOW).await, ok());
    let answer = send(layer().layer(router), signed_with("Moon.CallbackAfterRise", r#"{"Phase" : "full"}"#)).await;
    assert_eq!(answer, ok());
    assert_eq!(kept.commands(), [UNFOLLOW, "Moon.CallbackAfterRise"]);
    assert_eq!(handled.load(Ordering::SeqCst), 1);
    let kept = kept.0.lock().unwrap();
    assert_eq!(kept[1].body(), r#"{"Phase" : "full"}"#);
    assert!(kept.iter().all(|hook| hook.context().is_verified()));
}

#[tokio::test]
async fn it_is_acknowledged_only_once_it_is_kept() {
    let (kept, gate) = (Kept::default(), Arc::new(Semaphore::new(0)));
    // Neither of these may acknowledge it earlier.
    let router = WebhookRouter::new().hand_off(gated(&kept, &gate)).ack_first(10).deadline(Duration::from_secs(3600));
    let mut asking = Box::pin(ask(&router, UNFOLLOW));
    assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(kept.commands().is_empty());
    gate.add_permits(1);
    assert_eq!(within(asking).await, ok());
    assert_eq!(kept.commands(), [UNFOLLOW]);
    assert_eq!(router.background_handlers(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_kept_by_the_deadline_has_failed() {
    let (kept, gate) = (Kept::default(), Arc::new(Semaphore::new(0)));
    let router = WebhookRouter::new().hand_off(gated(&kept, &gate)).deadline(Duration::from_millis(1800));
    assert_eq!(ask(&router, UNFOLLOW).await, late());
    gate.add_permits(1);
    within(router.drain()).await;
    assert!(kept.commands().is_empty(), "it was dropped, not left to run on");
}

#[tokio::test]
async fn an_event_whose_client_is_gone_is_not_kept_behind_its_back() {
    let (kept, gate) = (Kept::default(), Arc::new(Semaphore::new(0)));
    let router = WebhookRouter::new().hand_off(gated(&kept, &gate)).deadline(Duration::from_secs(3600));
    let mut asking = Box::pin(ask(&router, UNFOLLOW));
    assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(asking);
    assert_eq!(router.background_handlers(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_kept_is_a_failure_of_which_the_policy_decides() {
    let router = WebhookRouter::new().hand_off(broken());
    assert_eq!(ask(&router, UNFOLLOW).await, handler_failed());

    for (answer, expected) in [
        (AfterFailure::Reject, handler_failed()),
        (AfterFailure::Acknowledge, ok()),
        (AfterFailure::Withhold, error(503, "the webhook failed, and its answer was withheld")),
    ] {
        let service = layer().on_failure(FailurePolicy::new().after(answer)).layer(router.clone());
        let start = tokio::time::Instant::now();
        assert_eq!(send(service, signed_sample(UNFOLLOW)).await, expected, "{answer:?}");
        assert_eq!(start.elapsed() > Duration::from_secs(2), answer == AfterFailure::Withhold);
    }

    let hook = signer().any_webhook(UNFOLLOW, BODY).unwrap();
    let error = router.handle(hook).await.unwrap_err();
    assert!(matches!(error.cause(), FailureCause::HandlerFailed));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the engine is down");
}

/// In this order: what is above the limit is shed at once, and the time begins when there is room.
#[tokio::test(start_paused = true)]
async fn back_pressure_and_time_limits_are_those_of_tower() {
    let (kept, gate) = (Kept::default(), Arc::new(Semaphore::new(0)));
    let sink = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(2)
        .timeout(Duration::from_millis(1500))
        .service(gated(&kept, &gate));
    let router = WebhookRouter::new().hand_off(sink);
    let mut first = Box::pin(ask(&router, UNFOLLOW));
    let mut second = Box::pin(ask(&router, UNFOLLOW));
    for asking in [&mut first, &mut second] {
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let start = tokio::time::Instant::now();
    assert_eq!(ask(&router, UNFOLLOW).await, handler_failed(), "there is no room");
    assert_eq!(start.elapsed(), Duration::ZERO);
    gate.add_permits(1);
    assert_eq!(first.await, ok());
    assert_eq!(second.await, handler_failed(), "its time is up");
    assert_eq!(start.elapsed().as_millis(), 1500);
    gate.add_permits(1);
    assert_eq!(ask(&router, UNFOLLOW).await, ok(), "there is room again");
    assert_eq!(kept.commands().len(), 2);
}

#[tokio::test]
async fn before_events_are_copied_and_their_answer_does_not_wait() {
    let (kept, gate) = (Kept::default(), Arc::new(Semaphore::new(0)));
    let router = refuses().hand_off(gated(&kept, &gate)).copy_before_events(2);
    for _ in 0..3 {
        assert_eq!(ask(&router, MESSAGE).await, code(1));
    }
    // One without a handler is copied as well, and goes ahead.
    assert_eq!(ask(&router, "Group.CallbackBeforeSendMsg").await, ok());
    assert_eq!(router.background_handlers(), 2, "more are not on their way");
    gate.add_permits(4);
    within(router.drain()).await;
    assert_eq!(kept.commands(), [MESSAGE, MESSAGE]);
    assert_eq!(ask(&router, "Group.CallbackBeforeSendMsg").await, ok());
    within(router.drain()).await;
    assert_eq!(kept.commands()[2..], ["Group.CallbackBeforeSendMsg"]);

    // A copy that fails changes nothing, and an after-event is no copy.
    let router = refuses().hand_off(broken()).copy_before_events(2);
    assert_eq!(ask(&router, MESSAGE).await, code(1));
    within(router.drain()).await;
    assert_eq!(ask(&router, UNFOLLOW).await, handler_failed());
}

#[tokio::test]
async fn an_after_event_that_cannot_be_read_is_handed_off_all_the_same() {
    let kept = Kept::default();
    let router = refuses()
        .on(async |_: Webhook<follow::AfterFollowDelete>| -> Ack { unreachable!("it takes its own type") })
        .hand_off(kept.sink());
    let policy = FailurePolicy::new().before(BeforeFailure::Refuse);
    let service = layer().on_malformed(Policy::Forward).on_failure(policy).layer(router.clone());
    for body in [&b"not JSON"[..], b"[]", b"{\"From_Account\":7", b"\xff\0", b"{\"EventTime\":1}"] {
        let answer = send(service.clone(), signed_with(UNFOLLOW, body)).await;
        assert_eq!(answer, ok());
        let hook = kept.0.lock().unwrap().pop().unwrap();
        assert_eq!((hook.context().command().as_str(), &hook.body()[..]), (UNFOLLOW, body));
        assert!(matches!(hook.event(), Event::Other(event) if event.command == UNFOLLOW && event.body == body));

        // By default it is rejected.
        let rejected = send(layer().layer(router.clone()), signed_with(UNFOLLOW, body)).await;
        assert_eq!(rejected.0, 400);

        // Nothing decides about a before-event but the policy.
        assert_eq!(send(service.clone(), signed_with(MESSAGE, body)).await, code(1));
        assert!(kept.commands().is_empty());
    }
    // One that names another command is not known to be an after-event.
    let other = r#"{"CallbackCommand":"C2C.CallbackBeforeSendMsg"}"#;
    assert_eq!(send(service, signed_with(UNFOLLOW, other)).await.0, 400);
}

#[tokio::test]
async fn one_that_cannot_be_read_is_not_acknowledged_if_nothing_takes_it() {
    let malformed = || signed_with(UNFOLLOW, "{}}");
    let ask =
        async |router: WebhookRouter| send(layer().on_malformed(Policy::Forward).layer(router), malformed()).await;
    let own = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok());
    assert_eq!(ask(own.clone()).await, handler_failed());
    assert_eq!(ask(WebhookRouter::new()).await, handler_failed());
    assert_eq!(ask(own.clone().fallback(async |_: Webhook| Ack::ok())).await, ok());

    // Nor one whose command is unknown as well, and such a command is rejected where all unknown ones are.
    let unknown = || signed_with("Moon.CallbackAfterRise", "[1");
    let forwards = || layer().on_malformed(Policy::Forward);
    assert_eq!(send(forwards().layer(own.clone()), unknown()).await, handler_failed());
    let kept = own.clone().fallback(async |_: Webhook| Ack::ok());
    assert_eq!(send(forwards().layer(kept.clone()), unknown()).await, ok());
    assert_eq!(send(forwards().on_unknown(Policy::Reject).layer(kept.clone()), unknown()).await.0, 400);
    assert_eq!(send(forwards().on_unknown(Policy::Reject).layer(kept), malformed()).await, ok());

    // Nor by a handler of axum that does not take it.
    let typed = async |_: Webhook<follow::AfterFollowDelete>| Ack::ok();
    let optional = async |_: Option<Webhook<follow::AfterFollowDelete>>| Ack::ok();
    let any = async |_: Webhook| Ack::ok();
    for (route, answer) in [(post(typed), 500), (post(optional), 500), (post(any), 200)] {
        let service = axum::Router::new().route("/im", route).layer(forwards());
        assert_eq!(send(service, malformed()).await.0, answer);
    }

    let hook = layer_receiver().on_malformed(Policy::Forward);
    let hook = hook.parse(context(), "{}}".into()).unwrap();
    assert_eq!(hook.identity(), None);
    assert!(serde_json::to_value(hook.event()).is_err());
    let error = own.handle(hook).await.unwrap_err();
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(told, "the body could not be read, and nothing takes the event without its type");
}

fn layer_receiver() -> tower_tencent_webhook::Receiver {
    tower_tencent_webhook::Receiver::new(app())
}

fn context() -> tower_tencent_webhook::WebhookContext {
    layer_receiver().verify_uri(signed().uri(), std::time::SystemTime::now()).unwrap()
}

#[test]
fn two_routers_cannot_both_hand_off() {
    let router = || WebhookRouter::new().hand_off(broken());
    let merged = WebhookRouter::new().merge(router());
    assert!(format!("{merged:?}").contains("hand_off: true"), "{merged:?}");
    for twice in [
        || drop(WebhookRouter::new().hand_off(broken()).hand_off(broken())),
        || {
            drop(WebhookRouter::new().hand_off(broken()).merge(WebhookRouter::new().hand_off(broken())));
        },
    ] {
        std::panic::catch_unwind(twice).unwrap_err();
    }
}

#[cfg(feature = "rtc")]
mod callbacks {
    use http::Request;
    use http_body_util::Full;
    use tower_tencent_webhook::{App, WebhookLayer, rtc, signer::Signer};

    use super::*;

    fn rtc_app() -> App {
        app().rtc_key("Quay7Key").unwrap()
    }

    fn request(body: &'static [u8]) -> Request<Full<bytes::Bytes>> {
        Signer::new(&rtc_app()).url("/im").rtc_request(body)
    }

    fn layer() -> WebhookLayer {
        WebhookLayer::new(rtc_app()).path("/im").on_malformed(Policy::Forward)
    }

    const ENTERED: &[u8] =
        br#"{"EventGroupId":1,"EventType":103,"EventInfo":{"RoomId":7,"EventMsTs":1,"UserId":"anouk"}}"#;

    #[tokio::test]
    async fn callbacks_are_handed_off_too_and_a_failure_has_them_sent_again() {
        let kept = Kept::default();
        let router = WebhookRouter::new()
            .on(async |_: Webhook<rtc::room::UserLeft>| -> Ack { unreachable!() })
            .hand_off(kept.sink());
        let (status, answer) = send(layer().layer(router), request(ENTERED)).await;
        assert_eq!((status, answer.to_string()), (200, r#"{"code":0}"#.into()));
        assert_eq!(kept.0.lock().unwrap()[0].body(), ENTERED);

        let policy = FailurePolicy::new().after(AfterFailure::Withhold);
        let service = layer().on_failure(policy).layer(WebhookRouter::new().hand_off(broken()));
        assert_eq!(send(service, request(ENTERED)).await.0, 500);
    }

    #[tokio::test]
    async fn a_callback_that_cannot_be_read_is_kept_with_what_is_known_of_it() {
        let kept = Kept::default();
        let router = WebhookRouter::new()
            .on(async |_: Webhook<rtc::room::UserEntered>| -> Ack { unreachable!("it takes its own type") })
            .hand_off(kept.sink());
        for (body, group, event_type, room) in [
            (&br#"{"EventGroupId":1,"EventType":103,"EventInfo":{"RoomId":7}}"#[..], 1, 103, Some("7")),
            (br#"{"EventType":103}"#, 1, 103, None),
            (br#"{"EventGroupId":1}"#, 0, 0, None),
            (b"no JSON", 0, 0, None),
            (b"\xff", 0, 0, None),
        ] {
            let service = layer().layer(router.clone());
            let (status, answer) = send(service, request(body)).await;
            assert_eq!((status, answer.to_string()), (200, r#"{"code":0}"#.into()));
            let hook = kept.0.lock().unwrap().pop().unwrap();
            let Event::Rtc(event @ rtc::Event::Other(_)) = hook.event() else { panic!("{hook:?}") };
            assert_eq!((event.group(), event.event_type()), (group, event_type), "{body:?}");
            assert_eq!(event.room_id().map(ToString::to_string).as_deref(), room);
            assert_eq!((hook.body(), hook.identity()), (&bytes::Bytes::from_static(body), None));
            assert!(hook.context().is_verified() && hook.context().command().is_rtc());
        }
        let own = WebhookRouter::new().on(async |_: Webhook<rtc::room::UserEntered>| Ack::ok());
        for unread in [&br#"{"EventType":103}"#[..], b"no JSON", br#"{"EventGroupId":1"#] {
            assert_eq!(send(layer().layer(own.clone()), request(unread)).await.0, 500, "it is sent again");
        }
        let strict = layer().on_unknown(Policy::Reject);
        assert_eq!(send(strict.layer(own), request(b"no JSON")).await.0, 400);
    }
}
