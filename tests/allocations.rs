//! The allocations for a webhook, counted on the thread that receives it.

mod common;

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    hint::black_box,
    io, iter,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt};
use tower_tencent_webhook::{
    Ack, App, BeforeFailure, Event, FailurePolicy, Receiver, Rejection, RejectionKind, Verdict, Webhook, WebhookBody,
    WebhookEvent, WebhookLayer, WebhookRouter,
    event::{c2c, follow, group},
    signer::Signer,
};

use common::*;

/// The first value in a request's or a response's extensions: the map, its table and the value.
const EXTENSION: u64 = 3;
/// The first header of a response.
const HEADER: u64 = 2;
/// The labels of a counter; nothing without the feature `metrics`. A rejection or a webhook has one counter, and a
/// handler another. Histograms and gauges allocate nothing.
const METRIC: u64 = 1;
/// The cost of an accepted webhook on top of its event: the event's box and the request's extension.
const ACCEPTED: u64 = 1 + EXTENSION + METRIC;
/// The additional cost of its handler: a future and a reply.
const HANDLED: u64 = 1 + HEADER + METRIC;

/// Answers at once, without allocating.
#[derive(Clone)]
struct Silent;

impl<B> Service<Request<B>> for Silent {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // A webhook that nobody takes is counted, for which its metric allocates.
        black_box(request.extensions().get::<Webhook>().map(Webhook::event));
        ready(Ok(Response::new(Full::from("{}"))))
    }
}

/// Calls a service twice, and counts the second call: the first pays for one-time initialisation.
fn call<S, B, R>(service: S, request: impl Fn() -> Request<B>) -> (Response<R>, AllocationInfo)
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone,
{
    let answer = |request| {
        let mut future = pin!(service.clone().oneshot(request));
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) {
                return response;
            }
        }
    };
    answer(request());
    let (request, mut response) = (request(), None);
    let counted = measure(|| response = Some(answer(request)));
    (response.unwrap(), counted)
}

/// The event only: its own strings and vectors, without its box.
fn event<E: WebhookEvent>(body: &str) -> AllocationInfo {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let mut counted = measure(|| drop(black_box(Event::parse(E::COMMAND, body.clone()).unwrap())));
    counted.count_total -= 1;
    counted.bytes_total -= size_of::<E>() as u64;
    counted
}

/// Sends a webhook with the event `E`, counting from the layer to the response.
fn accept<E: WebhookEvent, S, R>(body: &str, inner: S) -> AllocationInfo
where
    S: Service<Request<WebhookBody<Full<Bytes>>>, Response = Response<R>, Error = Infallible> + Clone,
    R: Body<Data = Bytes>,
{
    let request = || signer().request(E::COMMAND, body.to_owned(), SystemTime::now());
    let (response, counted) = call(layer().layer(inner), request);
    assert_eq!(response.status(), 200);
    counted
}

/// How much a rejection may allocate.
struct Bound {
    /// On top of its response.
    beside: u64,
    /// For its response.
    answer: u64,
}

/// Sends a request that must be rejected for this reason, within this bound.
fn reject<B>(layer: &WebhookLayer, kind: RejectionKind, bound: Bound, what: &str, request: impl Fn() -> Request<B>)
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (response, counted) = call(layer.layer(Silent), request);
    let rejection: &Rejection = response.extensions().get().expect("the request must be rejected");
    assert_eq!(rejection.kind(), kind, "{what}");
    let answer = measure(|| drop(rejection.clone().into_response::<Bytes>())).count_total;
    at_most(format!("{what}, besides its answer"), counted.count_total - answer, METRIC + bound.beside);
    at_most(format!("{what}, its answer"), answer, HEADER + EXTENSION + bound.answer);
}

#[track_caller]
fn at_most(what: impl fmt::Display, allocations: u64, bound: u64) {
    // Shown if the test fails.
    println!("{what}: {allocations} allocations of {bound}");
    assert!(allocations <= bound, "{what}: {allocations} allocations, more than {bound}");
}

/// A request with [`signed_uri`], something replaced in it, and a body that must not be read.
fn head(from: &str, to: &str) -> Request<PanicBody> {
    let uri = signed_uri();
    assert!(uri.contains(from), "{from} is not in {uri}");
    Request::post(uri.replace(from, to)).body(PanicBody::default()).unwrap()
}

#[test]
fn an_accepted_webhook_allocates_its_event_and_little_more() {
    fn check<E: WebhookEvent>(body: &str) {
        let (event, layer) = (event::<E>(body), accept::<E, _, _>(body, Silent));
        at_most(E::COMMAND, layer.count_total, event.count_total + ACCEPTED);
        // A body in a single frame is not copied.
        let around = layer.bytes_total - event.bytes_total;
        assert!(around < 1024, "{}: {around} bytes on top of an event of {}", E::COMMAND, event.bytes_total);
    }

    check::<follow::AfterFollowDelete>(&common::sizes::unfollow());
    check::<c2c::BeforeSendMsg>(&common::sizes::message());
    check::<group::AfterNewMemberJoin>(&common::sizes::join());
}

#[test]
fn many_apps_and_apps_that_are_looked_up_cost_no_allocation() {
    let body = common::sizes::unfollow();
    let counted = |layer: WebhookLayer| {
        let request = || signer().request(COMMAND, body.clone(), SystemTime::now());
        let (response, counted) = call(layer.path("/im").layer(Silent), request);
        assert_eq!(response.status(), 200);
        counted.count_total
    };
    let one = counted(WebhookLayer::new(app()));
    let others = (0..10_000).map(App::unsigned);
    assert_eq!(counted(WebhookLayer::from_apps(others.chain([app()])).unwrap()), one);
    let looked_up = app();
    assert_eq!(counted(WebhookLayer::from_lookup(move |id| (id == APP).then(|| looked_up.clone()))), one);
}

#[test]
fn a_failure_policy_costs_one_allocation() {
    let body = common::sizes::unfollow();
    let counted = |layer: WebhookLayer| {
        let request = || signer().request(COMMAND, body.clone(), SystemTime::now());
        call(layer.layer(Silent), request).1.count_total
    };
    let policy = FailurePolicy::new().before(BeforeFailure::Refuse);
    at_most("a failure policy", counted(layer().on_failure(policy)), counted(layer()) + 1);
}

#[test]
fn a_layer_of_many_apps_is_cloned_without_copying_them() {
    let many = WebhookLayer::from_apps((0..10_000).map(App::unsigned)).unwrap();
    let one = WebhookLayer::new(app());
    let cost = |layer: &WebhookLayer| measure(|| drop(black_box(layer.layer(Silent)))).bytes_total;
    assert_eq!(cost(&many), cost(&one));
}

#[test]
fn a_handler_costs_its_future_and_its_reply() {
    fn check<E: WebhookEvent>(router: &WebhookRouter, body: &str, bound: u64) {
        let (event, router) = (event::<E>(body), accept::<E, _, _>(body, router.clone()));
        at_most(E::COMMAND, router.count_total, event.count_total + bound);
    }

    let router = WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok())
        .on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::<c2c::BeforeSendMsg>::allow())
        .fallback(async |_: Webhook| Ack::ok());
    check::<follow::AfterFollowDelete>(&router, &common::sizes::unfollow(), ACCEPTED + HANDLED);
    check::<c2c::BeforeSendMsg>(&router, &common::sizes::message(), ACCEPTED + HANDLED);
    check::<group::AfterNewMemberJoin>(&router, &common::sizes::join(), ACCEPTED + HANDLED);

    // No handler: a response, and its extension for the metrics.
    let router = WebhookRouter::new();
    check::<follow::AfterFollowDelete>(&router, &common::sizes::unfollow(), ACCEPTED + HEADER + EXTENSION);
}

/// Each call has a clone of the state, which does not allocate here. Nor do these extractors.
#[test]
fn a_state_and_extractors_cost_no_allocation_of_their_own() {
    use http::{Method, Version};

    let state = std::sync::Arc::new(7);
    let router = WebhookRouter::new()
        .on_with(&state, async |_: std::sync::Arc<u8>, _: Webhook<follow::AfterFollowDelete>| Ack::ok())
        .on_with(&state, async |_: std::sync::Arc<u8>, _: Method, _: Version, _: Webhook<c2c::BeforeSendMsg>| {
            Verdict::allow()
        });
    for (counted, own) in [
        (
            accept::<follow::AfterFollowDelete, _, _>(&common::sizes::unfollow(), router.clone()),
            event::<follow::AfterFollowDelete>(&common::sizes::unfollow()),
        ),
        (
            accept::<c2c::BeforeSendMsg, _, _>(&common::sizes::message(), router),
            event::<c2c::BeforeSendMsg>(&common::sizes::message()),
        ),
    ] {
        at_most("state", counted.count_total, own.count_total + ACCEPTED + HANDLED);
    }
}

#[tokio::test]
async fn a_deadline_costs_a_timer() {
    let router = WebhookRouter::new()
        .on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok())
        .deadline(Duration::from_secs(60));
    let body = common::sizes::unfollow();
    let own = event::<follow::AfterFollowDelete>(&body).count_total;
    let counted = accept::<follow::AfterFollowDelete, _, _>(&body, router);
    at_most("deadline", counted.count_total, own + ACCEPTED + HANDLED + 1);
}

#[tokio::test]
async fn ack_first_costs_a_task() {
    let router = WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok()).ack_first(usize::MAX);
    let body = common::sizes::unfollow();
    let own = event::<follow::AfterFollowDelete>(&body).count_total;
    let counted = accept::<follow::AfterFollowDelete, _, _>(&body, router.clone());
    // The handler's future and its task, the response and its extension. The handler itself has not run yet.
    at_most("ack first", counted.count_total, own + ACCEPTED + 1 + HEADER + EXTENSION + 1);
    within(router.drain()).await;
}

#[test]
fn other_requests_allocate_nothing() {
    let get = || Request::get(signed_uri()).body(Full::<Bytes>::default()).unwrap();
    let elsewhere = || post("/elsewhere?Sign=%", "{}");
    for request in [&get as &dyn Fn() -> _, &elsewhere] {
        let (_, counted) = call(layer().layer(Silent), request);
        assert_eq!(counted.count_total, 0, "{:?}", request());
    }
}

#[test]
fn a_rejection_before_the_body_allocates_only_its_response() {
    use RejectionKind::*;

    let check = |layer: &WebhookLayer, kind, answer, what: &str, request: &dyn Fn() -> Request<PanicBody>| {
        reject(layer, kind, Bound { beside: 0, answer }, what, request);
    };
    let layer = layer();
    let strict = layer.clone().allow_commands([follow::AfterFollowAdd::COMMAND]);
    let claim = || {
        let mut request = head("", "");
        request.headers_mut().insert(CONTENT_LENGTH, "9223372036854775808".parse().unwrap());
        request
    };
    let signed = |signer: Signer, age| {
        let uri = signer.url("/im").uri(COMMAND, SystemTime::now() - Duration::from_secs(age));
        Request::post(uri).body(PanicBody::default()).unwrap()
    };
    let no_command = |sign| {
        let mut request = head("CallbackCommand", "Command");
        *request.uri_mut() = request.uri().to_string().replace("Sign=", sign).parse().unwrap();
        request
    };
    let forger = Signer::new(&App::signed(APP, "a guess").unwrap());
    let crowd = format!("{}Sign=0", "a=1&b=2&".repeat(1000));

    // The JSON, and its shared bytes.
    check(&layer, InvalidSdkAppId, 2, "no app", &|| head("SdkAppid", "Appid"));
    check(&layer, MissingCommand, 2, "no command", &|| no_command("x="));
    check(&layer, UrlCheck, 0, "a check of the URL", &|| no_command("Sign="));
    check(&layer, RepeatedParameter, 2, "repeated", &|| head("contenttype=json", "sign=0"));
    check(&layer, UnknownApp, 2, "unknown app", &|| head("SdkAppid=14", "SdkAppid=41"));
    check(&layer, MissingSign, 2, "unsigned", &|| head("Sign=", "x="));
    check(&layer, InvalidSign, 2, "malformed", &|| head("Sign=", "Sign=x"));
    check(&layer, InvalidSign, 2, "forged", &|| signed(forger.clone(), 0));
    check(&layer, InvalidSign, 2, "malformed, among many parameters", &|| head("Sign=", &crowd));
    check(&layer, Stale, 2, "stale", &|| signed(signer(), 90));
    check(&strict, CommandNotAllowed, 2, "not allowed", &|| head("", ""));
    check(&layer, BodyTooLarge, 2, "too large", &claim);

    // The response names the unknown command.
    let bound = Bound { beside: 1, answer: 2 };
    reject(&strict, CommandNotAllowed, bound, "neither allowed nor known", || head(COMMAND, "Group.CallbackNew"));
}

#[test]
fn only_the_crates_own_encoded_parameters_are_decoded() {
    use RejectionKind::*;

    let layer = layer();
    let check = |kind, beside, what: &str, from: &str, to: &str| {
        reject(&layer, kind, Bound { beside, answer: 2 }, what, || head(from, to));
    };
    check(InvalidSign, 1, "an encoded value", "Sign=", "Sign=%30");
    check(InvalidSign, 0, "encoded parameters of others", "Sign=", &format!("{}Sign=0", "%61=%31&b=+&".repeat(100)));
    check(InvalidEncoding, 1, "badly encoded", "Sign=", "Sign=%zz");
}

#[test]
fn a_rejection_after_the_body_allocates_for_its_reason() {
    use RejectionKind::*;

    fn check<B>(kind: RejectionKind, beside: u64, answer: u64, what: &str, body: impl Fn() -> B)
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let layer = layer().max_body(80);
        let request = || Request::post(signed_uri()).body(body()).unwrap();
        reject(&layer, kind, Bound { beside, answer }, what, request);
    }
    let whole = |json: &'static str| move || Full::new(Bytes::from_static(json.as_bytes()));

    // The joined frames: their buffer doubles.
    check(BodyTooLarge, 2, 2, "too large as it grows", || Frames::of([[b' '; 30]; 3].map(Vec::from)));
    // The stream's error, boxed and shared.
    check(BodyFailed, 2, 2, "failing", || Frames::default().then_error(io::ErrorKind::Other.into()));
    // The error, and its path.
    check(Malformed, 2, 2, "not JSON", whole("{"));
    check(Malformed, 8, 2, "another shape", whole(r#"{"From_Account":{},"To_Account":[1]}"#));
    check(CommandMismatch, 1, 3, "another command", whole(r#"{"CallbackCommand":"State.StateChange"}"#));
}

#[cfg(feature = "rtc")]
#[test]
fn a_callback_of_the_rtc_engine_allocates_its_event_and_its_answer() {
    use tower_tencent_webhook::rtc;

    const BODY: &str = r#"{"EventGroupId":1,"EventType":103,"CallbackTs":1788000301000,"EventInfo":{"RoomId":7741,"EventTs":1788000300,"EventMsTs":1788000300911,"UserId":"anouk","Role":20}}"#;

    let app = app().rtc_key("Quay7Key").unwrap();
    let layer = WebhookLayer::new(app.clone()).path("/im");
    let signer = Signer::new(&app).url("/im");
    let body = Bytes::from_static(BODY.as_bytes());
    let event = measure(|| drop(black_box(rtc::Event::parse(body.clone()).unwrap()))).count_total - 1;
    let (response, counted) = call(layer.layer(Silent), || signer.rtc_request(body.clone()));
    assert_eq!(response.status(), 200);
    at_most("a callback", counted.count_total, event + ACCEPTED + HEADER);
    let router = WebhookRouter::new().on(async |_: Webhook<rtc::room::UserEntered>| Ack::ok());
    let (response, counted) = call(layer.layer(router), || signer.rtc_request(body.clone()));
    assert_eq!(response.status(), 200);
    at_most("a callback and its handler", counted.count_total, event + ACCEPTED + HANDLED);

    // Nothing of a forged body is parsed, however large it is: an event cannot be had without allocating.
    let large = Bytes::from(BODY.replace("anouk", &"x".repeat(1024 * 1024 - BODY.len())));
    let forger = Signer::new(&App::rtc_only(APP).rtc_key("a guess").unwrap()).url("/im");
    let forged = forger.rtc_request(large);
    let request = || {
        let (head, body) = (forged.headers().clone(), forged.body().clone());
        let mut request = post("/im", Bytes::new()).map(|_| body);
        *request.headers_mut() = head;
        request
    };
    reject(&layer, RejectionKind::InvalidSign, Bound { beside: 0, answer: 2 }, "a forged mebibyte", request);
    // Chat's webhooks cost what they cost without the RTC Engine.
    let counted = |layer: WebhookLayer| call(layer.path("/im").layer(Silent), signed).1.count_total;
    assert_eq!(counted(WebhookLayer::new(app.clone())), counted(common::layer()));
}

/// Yields single bytes, and then stays pending.
struct Dribble {
    claimed: u64,
    left: usize,
}

impl Body for Dribble {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Pending;
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.claimed)
    }
}

/// The memory that a webhook holds after `sent` of the `claimed` bytes.
fn hold(claimed: u64, sent: usize) -> AllocationInfo {
    let service = layer().layer(Silent);
    let request = Request::post(signed_uri()).header(CONTENT_LENGTH, claimed);
    let request = request.body(Dribble { claimed, left: sent }).unwrap();
    let mut future = pin!(service.oneshot(request));
    let mut cx = Context::from_waker(Waker::noop());
    measure(|| assert!(future.as_mut().poll(&mut cx).is_pending()))
}

#[test]
fn memory_grows_with_received_data_and_never_with_content_length() {
    for sent in [1, 2, 100, 10_000] {
        let honest = hold(sent as u64, sent);
        assert_eq!(hold(256 * 1024 - 1, sent), honest);
        assert_eq!(hold(256 * 1024, sent), honest);
        // Twice the received data, plus the old buffer while a larger one is filled.
        let bound = 64 + 2 * sent;
        assert!(honest.bytes_current <= bound as i64, "{honest:?} for {sent} bytes");
        assert!(honest.bytes_max <= (bound + sent) as u64, "{honest:?} for {sent} bytes");
    }
}

/// The webhook of a group that is full, with this JSON in an unknown field.
fn full_group(json: &str) -> Webhook {
    let app = App::unsigned(APP);
    let body = format!(r#"{{"GroupId":"g","EventTime":1,"X":{json}}}"#);
    let (head, _) = Signer::new(&app).request(group::AfterGroupFull::COMMAND, "", SystemTime::now()).into_parts();
    let receiver = Receiver::new(app);
    let context = receiver.verify(&head, SystemTime::now()).unwrap();
    receiver.parse(context, body.into()).unwrap()
}

/// Whatever a stranger's message has in it.
#[test]
fn an_identity_takes_at_most_two_bytes_for_each_byte_of_the_body() {
    let check = |what: &str, json: &str| {
        let hook = full_group(json);
        let counted = measure(|| assert!(black_box(hook.identity()).is_some()));
        let (len, bound) = (hook.body().len(), 2 * hook.body().len() + 512);
        // Shown if the test fails.
        println!("{what}: {} bytes for {len}", counted.bytes_max);
        assert!(counted.bytes_max <= bound as u64, "{what}: {} bytes for a body of {len}", counted.bytes_max);
        assert_eq!(counted.bytes_current, 0, "{what}");
    };
    let nested = |open: &str, close: &str, depth: usize| open.repeat(depth) + "0" + &close.repeat(depth);
    let object = |names: &mut dyn Iterator<Item = String>| {
        format!("{{{}}}", names.map(|name| format!("\"{name}\":0")).collect::<Vec<_>>().join(","))
    };
    check("nothing", "0");
    check("arrays", &nested("[", "]", 120_000));
    check("objects", &nested("{\"\":", "}", 50_000));
    check("objects in arrays", &nested("[{\"a\":", "}]", 30_000));
    // Buffers that double in size are largest where they have just done so.
    for power in [1 << 10, 1 << 14, 1 << 15] {
        for names in power - 1..=power + 1 {
            check("the same name", &object(&mut iter::repeat_n(String::new(), names)));
            check("names of their own", &object(&mut (0..names).map(|name| format!("{name:x}"))));
            check("escaped names", &object(&mut (0..names).map(|name| format!("\\n{name:x}"))));
        }
    }
    for len in [1 << 10, 1 << 16, 1 << 17] {
        for len in len - 1..=len + 1 {
            let long = "a".repeat(len);
            for escaped in [long.clone(), format!("\\n{long}"), format!("{long}\\n"), format!("\\n{long}\\n\\n")] {
                check("a long text", &format!("\"{escaped}\""));
                check("a long name", &object(&mut iter::once(escaped.clone())));
                check("two long names", &object(&mut ["", "b"].iter().map(|end| format!("{escaped}{end}"))));
            }
        }
    }
    check("a text of escapes", &format!("\"{}\"", "\\n".repeat(1 << 16)));
    check("a text of code points", &format!("\"{}\"", "\\u56de".repeat(1 << 15)));
    check(
        "names in each of the levels",
        &(0..31).fold(object(&mut iter::repeat_n(String::new(), 1025)), |inner, _| {
            format!("{{{},\"\":{inner}}}", vec!["\"\":0"; 1025].join(","))
        }),
    );
}
