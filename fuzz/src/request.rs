//! Any request, its body split into any frames: the inner service and the client see the same as with one frame.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
    time::{Duration, UNIX_EPOCH},
};

use arbitrary::{Arbitrary, Unstructured};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header::CONTENT_LENGTH, request::Parts};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_tencent_webhook::{
    Ack, App, Policy, Receiver, Rejection, RejectionKind, Reply, Webhook, WebhookBody, WebhookLayer, signer::Signer,
};

use crate::{command_and_body, event};

/// A request and its receiver. Of fixed size except for the text, so that seeds are easy to make.
#[derive(Arbitrary)]
struct Input<'a> {
    /// One bit per policy, and for an allow-list, a forged `Sign`, a `Content-Length`, another path, another method.
    switches: u8,
    limit: u16,
    content_length: u16,
    cuts: [u8; 16],
    /// Whether the body ends with an error, and whether it knows its size.
    end: u8,
    /// The command, a line feed, and the body.
    text: &'a [u8],
}

impl Input<'_> {
    fn is(&self, switch: u8) -> bool {
        self.switches & 1 << switch != 0
    }

    fn is_sized(&self) -> bool {
        self.end & 4 != 0
    }
}

const ALLOWED: &str = "C2C.CallbackBeforeSendMsg";

/// An [`Input`].
pub fn run(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let Some((command, body)) = command_and_body(input.text) else { return };

    let app = App::signed(7, "token").unwrap();
    let policy = if input.is(0) { Policy::Forward } else { Policy::Reject };
    let mut layer = WebhookLayer::new(app.clone()).path("/im").max_body(input.limit.into()).tolerance(Duration::MAX);
    layer = layer.on_unknown(policy);
    let mut receiver = Receiver::new(app.clone()).tolerance(Duration::MAX);
    receiver = receiver.on_unknown(policy);
    if input.is(3) {
        layer = layer.allow_commands([ALLOWED]);
        receiver = receiver.allow_commands([ALLOWED]);
    }

    let signed = if input.is(4) { App::signed(7, "forged").unwrap() } else { app };
    let path = if input.is(6) { "/im/" } else { "/im" };
    let uri = Signer::new(&signed).url(path).uri(command, UNIX_EPOCH);
    let method = if input.is(7) { Method::PUT } else { Method::POST };
    let mut request = Request::builder().method(method).uri(uri);
    if input.is(5) {
        request = request.header(CONTENT_LENGTH, input.content_length);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();

    let frames = split(body, &input.cuts, input.end);
    let expected = expected(&receiver, &input, &head, body, &frames);
    if let Some((Some(hook), _)) = &expected.inner {
        let stored = serde_json::to_string(hook).unwrap();
        assert_eq!(serde_json::from_str::<Webhook>(&stored).unwrap(), *hook, "{stored}");
    }
    let is_sized = input.is_sized();
    assert_eq!(send(&layer, &head, frames.clone(), is_sized), expected, "in frames");
    if !input.is(6) && !input.is(7) {
        assert_eq!(send(&layer, &head, joined(body, &frames), is_sized), expected, "in one frame");
    }
}

/// The samples under their commands, in one frame and in several, complete and cut off by an error.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (index, text) in event::seeds().into_iter().enumerate() {
        let switches = if index % 3 == 0 { 1 << (index / 3 % 8) } else { 0 };
        let limit: u16 = if index % 5 == 0 { 200 } else { u16::MAX };
        let cuts: [u8; 16] = std::array::from_fn(|at| if index % 2 == 0 { 0 } else { (index * 31 + at * 77) as u8 });
        let head = [&[switches][..], &limit.to_le_bytes(), &300_u16.to_le_bytes(), &cuts, &[index as u8]].concat();
        seeds.push([head, text].concat());
    }
    // The console's checks of the URL: of a command that is allowed, and of one that is not, with a body that knows its
    // size, and with one that does not.
    for (text, end) in
        [("C2C.CallbackBeforeSendMsg\n{}", 1), ("State.StateChange\n{}", 1), ("State.StateChange\n{}", 5)]
    {
        let head = [&[1 << 3][..], &u16::MAX.to_le_bytes(), &[0; 2], &[0; 16], &[end]].concat();
        seeds.push([&head, text.as_bytes()].concat());
    }
    seeds
}

/// One poll of a body.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Pending,
    Data(Bytes),
    Trailers(HeaderMap),
    Error,
}

/// Splits a body into frames, one per byte of `cuts`: its length, whether it is pending first, and whether trailers
/// come before it.
fn split(body: &[u8], cuts: &[u8], end: u8) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let mut rest = Bytes::copy_from_slice(body);
    for (index, cut) in cuts.iter().enumerate() {
        if cut & 0x40 != 0 {
            steps.push_back(Step::Pending);
        }
        if cut & 0x80 != 0 {
            let name = ["sum", "mark"][index % 2];
            steps.push_back(Step::Trailers(HeaderMap::from_iter([(name.parse().unwrap(), index.into())])));
        }
        // Small, large and empty frames.
        let length = usize::from(cut & 0x3f).pow(2).min(rest.len());
        steps.push_back(Step::Data(rest.split_to(length)));
    }
    steps.push_back(Step::Data(rest));
    if end & 3 == 0 {
        steps.push_back(Step::Error);
    }
    steps
}

/// The same body: all data in one frame, then all trailers.
fn joined(body: &[u8], steps: &VecDeque<Step>) -> VecDeque<Step> {
    let rest = steps.iter().filter(|step| matches!(step, Step::Trailers(_) | Step::Error)).cloned();
    [Step::Data(Bytes::copy_from_slice(body))].into_iter().chain(rest).collect()
}

struct Steps {
    steps: VecDeque<Step>,
    is_sized: bool,
    polls: Arc<Mutex<usize>>,
}

impl Body for Steps {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        *self.polls.lock().unwrap() += 1;
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Pending) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Step::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Step::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Step::Error) => Some(Err(io::Error::other("reset"))),
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        let size = |step: &Step| if let Step::Data(data) = step { data.len() as u64 } else { 0 };
        if self.is_sized { SizeHint::with_exact(self.steps.iter().map(size).sum()) } else { SizeHint::default() }
    }
}

/// The outcome of a request.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    answer: Bytes,
    refused: Option<RejectionKind>,
    /// What the inner service received: the webhook, and the steps of the body.
    inner: Option<(Option<Webhook>, Vec<Step>)>,
    /// Whether the body was read.
    read: bool,
}

/// The outcome that the request must have.
fn expected(receiver: &Receiver, input: &Input<'_>, head: &Parts, body: &[u8], steps: &VecDeque<Step>) -> Outcome {
    let accepted = |hook, steps| {
        let answer = Reply::from(Ack::ok()).body().clone();
        Outcome { status: 200, answer, refused: None, inner: Some((hook, steps)), read: true }
    };
    let refused = |rejection: Rejection, read| {
        let (status, kind) = (rejection.status(), rejection.kind());
        let answer = rejection.into_response::<Bytes>().into_body();
        Outcome { status: status.as_u16(), answer, refused: Some(kind), inner: None, read }
    };
    // Only the layer gives these two answers, so their texts are repeated here.
    let plain = |status: u16, kind, info: &str, read| {
        let answer = format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{status},"ErrorInfo":"{info}"}}"#).into();
        Outcome { status, answer, refused: Some(kind), inner: None, read }
    };
    if input.is(6) || input.is(7) {
        return accepted(None, steps.iter().filter(|step| **step != Step::Pending).cloned().collect());
    }
    let context = match receiver.verify(head, UNIX_EPOCH) {
        Ok(context) => context,
        Err(rejection) => return refused(rejection, false),
    };
    // A body may be the console's check of the URL if it is known to be small. Any other is not read if its command is
    // not allowed.
    if input.is(3) && context.command() != ALLOWED && !(input.is_sized() && body.len() <= 2) {
        return refused(receiver.parse(context, Bytes::from_static(b"not blank")).unwrap_err(), false);
    }
    let too_large = format!("the body is larger than {} bytes", input.limit);
    let claims = [input.is(5).then_some(input.content_length.into()), input.is_sized().then_some(body.len())];
    if claims.into_iter().flatten().any(|claimed| claimed > input.limit.into()) {
        return plain(413, RejectionKind::BodyTooLarge, &too_large, false);
    }
    if body.len() > input.limit.into() {
        return plain(413, RejectionKind::BodyTooLarge, &too_large, true);
    }
    if steps.contains(&Step::Error) {
        return plain(400, RejectionKind::BodyFailed, "the body could not be read to its end", true);
    }
    let mut trailers = HeaderMap::new();
    for step in steps {
        if let Step::Trailers(more) = step {
            trailers.extend(more.clone());
        }
    }
    let data = Some(body).filter(|body| !body.is_empty()).map(|body| Step::Data(Bytes::copy_from_slice(body)));
    let trailers = Some(trailers).filter(|trailers| !trailers.is_empty()).map(Step::Trailers);
    match receiver.parse(context, Bytes::copy_from_slice(body)) {
        Ok(hook) => accepted(Some(hook), data.into_iter().chain(trailers).collect()),
        Err(rejection) => refused(rejection, true),
    }
}

/// Sends a request through the layer to a service that records it.
fn send(layer: &WebhookLayer, head: &Parts, steps: VecDeque<Step>, is_sized: bool) -> Outcome {
    let polls = Arc::new(Mutex::new(0));
    let seen = Arc::new(Mutex::new(None));
    let remembered = seen.clone();
    let inner = service_fn(move |request: Request<WebhookBody<Steps>>| {
        let seen = remembered.clone();
        async move {
            let hook = request.extensions().get::<Webhook>().cloned();
            let mut body = pin!(request.into_body());
            let mut steps = Vec::new();
            while let Some(frame) = body.frame().await {
                steps.push(match frame.map(Frame::into_data) {
                    Ok(Ok(data)) => Step::Data(data),
                    Ok(Err(frame)) => Step::Trailers(frame.into_trailers().unwrap()),
                    Err(_) => Step::Error,
                });
            }
            assert!(seen.lock().unwrap().replace((hook, steps)).is_none(), "called twice");
            Ok::<_, Infallible>(Reply::from(Ack::ok()).into_response::<Full<Bytes>>())
        }
    });
    let request = Request::from_parts(head.clone(), Steps { steps, is_sized, polls: polls.clone() });
    let (head, body) = finish(layer.layer(inner).oneshot(request)).unwrap().into_parts();
    let answer = finish(body.collect()).unwrap().to_bytes();
    let refused = head.extensions.get().map(Rejection::kind);
    let inner = seen.lock().unwrap().take();
    let read = *polls.lock().unwrap() > 0;
    Outcome { status: head.status.as_u16(), answer, refused, inner, read }
}

/// Polls a future to completion, but only after it has been woken.
fn finish<F: Future>(future: F) -> F::Output {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = woken.clone().into();
    let mut future = pin!(future);
    loop {
        assert!(woken.0.swap(false, Ordering::Relaxed), "pending without a wake-up");
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
    }
}
