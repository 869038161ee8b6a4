use std::{
    fmt, mem,
    ops::ControlFlow,
    panic::resume_unwind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header::CONNECTION, request::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::WebhookBody,
    claim::{Claimed, Wire},
};
#[cfg(feature = "tokio")]
use crate::failure::withhold::Withheld;
#[cfg(feature = "rtc")]
use crate::webhook::WebhookContext;
use crate::{
    command::Command,
    failure::{Answer, FailureCause, FailurePolicy, Origin},
    observe::{self, Outcome, Receipt, WebhookSpan},
    panic::{Panic, caught, quietly},
    receiver::ParseOptions,
    rejection::{BoxError, Rejection},
    reply::error_response,
    taken,
    webhook::Webhook,
};

pin_project! {
    /// The future of [`WebhookService`](crate::WebhookService).
    pub struct ResponseFuture<S, B, F> {
        #[pin]
        state: State<S, B, F>,
        wire: Wire,
        // The body is not read to its end, and is in the way of the connection's next request.
        unread: bool,
    }

    impl<S, B, F> PinnedDrop for ResponseFuture<S, B, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut state = this.project().state;
            if let StateProj::Inner { .. } = state.as_mut().project() {
                taken::cancelled(|| state.set(State::Done));
            }
        }
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, F> {
        /// The body is being read.
        Collect { pending: Pending<S>, #[pin] body: B },
        /// The inner service is handling a webhook.
        Inner { #[pin] future: F, command: Command, span: WebhookSpan, guard: Option<Box<Guard>> },
        /// The inner service is handling a request that is not a webhook.
        Passthrough { #[pin] future: F },
        /// The webhook is rejected, or answered by the failure policy.
        Answered { response: Option<Response<Bytes>> },
        /// The answer to a failed webhook is withheld.
        Withheld { #[pin] withheld: Withheld },
        /// The inner service has answered, or nobody waits for that any longer.
        Done,
    }
}

/// A webhook, and the service to call once its body is in and it is verified.
///
/// What is `Some` is taken from here where it goes: to take all of it first would move 400 bytes more than once.
pub(super) struct Pending<S> {
    pub(super) inner: Option<S>,
    pub(super) head: Option<Parts>,
    pub(super) claimed: Option<Claimed>,
    pub(super) options: ParseOptions,
    /// `None` as well for a request that is about to be rejected.
    pub(super) policy: Option<Arc<FailurePolicy>>,
    pub(super) max_body: usize,
    pub(super) receipt: Option<Receipt>,
    pub(super) collected: Collected,
}

/// The failure policy, and what it needs to know of the webhook. Boxed: most apps have no policy, and moving the room for
/// one costs more than an allocation.
struct Guard {
    policy: Arc<FailurePolicy>,
    origin: Origin,
}

impl Guard {
    fn new(policy: Arc<FailurePolicy>, origin: Origin) -> Box<Self> {
        Box::new(Self { policy, origin })
    }

    /// For a webhook that cannot be parsed, or is not parsed yet.
    fn of_claimed(policy: Arc<FailurePolicy>, claimed: &Claimed) -> Option<Box<Self>> {
        Some(Self::new(policy, claimed.verified()?.clone().into()))
    }

    /// For a callback of the RTC Engine whose body was verified.
    #[cfg(feature = "rtc")]
    fn of_rtc(
        policy: Arc<FailurePolicy>,
        claim: &crate::rtc::Claim,
        parsed: &Result<Webhook, Rejection>,
    ) -> Option<Box<Self>> {
        let origin = match parsed {
            Ok(webhook) => Origin::of(webhook),
            Err(rejection) => WebhookContext::rtc(claim.app(), rejection.command()?.clone(), claim.is_signed()).into(),
        };
        Some(Self::new(policy, origin))
    }

    fn decide(&self, cause: FailureCause<'_>) -> Answer {
        self.policy.decide(&self.origin.failure(cause))
    }
}

/// Without the feature `tokio` there is no timer, and nothing is withheld.
#[cfg(not(feature = "tokio"))]
type Withheld = std::future::Pending<()>;

impl<S> Pending<S> {
    /// Calls the inner service, with the webhook in the request's extensions. Only once.
    #[expect(clippy::type_complexity, reason = "its only caller takes it apart")]
    fn finish<B>(
        &mut self,
        guard: &mut Option<Box<Guard>>,
    ) -> Result<(Result<S::Future, Panic>, Command, WebhookSpan), Rejection>
    where
        S: Service<Request<WebhookBody<B>>>,
    {
        let Self { inner, head, claimed, options, policy, receipt, collected, .. } = self;
        let (body, trailers) = mem::take(collected).finish();
        let policy = policy.take();
        let parsed;
        match claimed.take().expect(COMPLETED) {
            Claimed::Chat(context) => {
                *guard = policy.map(|policy| Guard::new(policy, context.clone().into()));
                parsed = options.parse(context, body.clone());
                if let (Some(guard), Ok(webhook)) = (guard, &parsed) {
                    guard.origin = Origin::of(webhook);
                }
            }
            #[cfg(feature = "rtc")]
            Claimed::Rtc(claim) => {
                parsed = options.parse_rtc(&claim, body.clone(), std::time::SystemTime::now);
                *guard = policy.and_then(|policy| Guard::of_rtc(policy, &claim, &parsed));
            }
        }
        let extensions = &mut head.as_mut().expect(COMPLETED).extensions;
        extensions.insert(parsed?);
        let webhook: &mut Webhook = extensions.get_mut().expect("it was just put there");
        let span = WebhookSpan::new(webhook, receipt.take().expect(COMPLETED));
        let command = webhook.context().command().clone();
        if observe::WATCHES {
            webhook.watch(observe::untaken);
        }
        let called = caught(|| {
            // What is left of the service is dropped here, which is the app's own code as well.
            let (mut inner, head) = (inner.take().expect(COMPLETED), head.take().expect(COMPLETED));
            span.in_scope(|| inner.call(Request::from_parts(head, WebhookBody::buffered(body, trailers))))
        });
        Ok((called, command, span))
    }
}

/// Nothing else takes the parts of [`Pending`].
const COMPLETED: &str = "polled after completion";

/// The body so far.
#[derive(Default)]
pub(super) struct Collected {
    /// The first frame, uncopied, while it is the only one.
    first: Bytes,
    /// All frames, once there are several. Grows with received data, never from `Content-Length`.
    all: BytesMut,
    trailers: Option<Box<HeaderMap>>,
}

impl Collected {
    fn push(&mut self, frame: http_body::Frame<Bytes>, limit: usize) -> Result<(), Rejection> {
        match frame.into_data() {
            Ok(data) if data.len() > limit - self.len() => return Err(Rejection::body_too_large(limit)),
            Ok(data) if self.len() == 0 => self.first = data,
            Ok(data) => {
                if self.all.is_empty() {
                    self.all.extend_from_slice(&mem::take(&mut self.first));
                }
                self.all.extend_from_slice(&data);
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    self.trailers.get_or_insert_default().extend(trailers);
                }
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn finish(self) -> (Bytes, Option<Box<HeaderMap>>) {
        (if self.all.is_empty() { self.first } else { self.all.freeze() }, self.trailers)
    }
}

impl<S, B, F> ResponseFuture<S, B, F> {
    pub(super) fn passthrough(future: F) -> Self {
        Self { state: State::Passthrough { future }, wire: Wire::Chat, unread: false }
    }

    /// Rejects a request that proves nothing, without reading its body.
    pub(super) fn rejected(rejection: Rejection, unread: bool) -> Self {
        Self { state: State::rejected(rejection, None), wire: Wire::Chat, unread }
    }

    /// Rejects a webhook without reading its body.
    pub(super) fn failed(
        rejection: Rejection,
        claimed: &Claimed,
        policy: Option<Arc<FailurePolicy>>,
        unread: bool,
    ) -> Self {
        Self { state: State::failed(rejection, claimed, policy), wire: claimed.wire(), unread }
    }

    #[inline]
    pub(super) fn collect(wire: Wire, pending: Pending<S>, body: B, unread: bool) -> Self {
        Self { wire, unread, state: State::Collect { pending, body } }
    }
}

impl<S, B, F> State<S, B, F> {
    fn answered(response: Response<Bytes>) -> Self {
        Self::Answered { response: Some(response) }
    }

    /// What becomes of a webhook whose body cannot be had.
    fn failed(rejection: Rejection, claimed: &Claimed, policy: Option<Arc<FailurePolicy>>) -> Self {
        let guard = policy.and_then(|policy| Guard::of_claimed(policy, claimed));
        Self::rejected(claimed.reject(rejection), guard)
    }

    /// What becomes of a rejected webhook. Without a guard the rejection is the answer.
    fn rejected(rejection: Rejection, guard: Option<Box<Guard>>) -> Self {
        observe::rejected(&rejection);
        let cause = FailureCause::of_rejection(&rejection);
        match guard.zip(cause).map_or(Answer::Reject, |(guard, cause)| guard.decide(cause)) {
            Answer::Reject => Self::answered(rejection.into_response()),
            Answer::Reply(reply) => {
                let mut response = reply.into_response();
                response.extensions_mut().insert(rejection);
                Self::answered(response)
            }
            #[cfg(feature = "tokio")]
            Answer::Withhold(withheld) => Self::Withheld { withheld },
        }
    }
}

/// What becomes of a webhook that the inner service is done with: `Break` with what the inner service returned, or
/// another answer. A panic that the policy does not answer goes on.
fn conclude<S, B, F, R: Body, E>(
    outcome: Result<Result<Response<R>, E>, Panic>,
    command: &Command,
    span: &mut WebhookSpan,
    guard: Option<Box<Guard>>,
) -> ControlFlow<Result<Response<R>, E>, State<S, B, F>> {
    let cause = match &outcome {
        Ok(Ok(response)) => FailureCause::of_response(response, command),
        Ok(Err(_)) => Some(FailureCause::ServiceFailed),
        Err(_) => Some(FailureCause::HandlerPanicked),
    };
    let is_wrong = matches!(cause, Some(FailureCause::WrongAnswer));
    span.finish(match &outcome {
        Ok(Ok(_)) if is_wrong => Outcome::WrongAnswer,
        Ok(Ok(response)) => Outcome::of(response),
        Ok(Err(_)) => Outcome::ServiceFailed,
        Err(_) => Outcome::ServicePanicked,
    });
    let next = match guard.zip(cause).map_or(Answer::Reject, |(guard, cause)| guard.decide(cause)) {
        Answer::Reject if !is_wrong => return ControlFlow::Break(outcome.unwrap_or_else(|panic| resume_unwind(panic))),
        Answer::Reject => State::answered(FailureCause::WrongAnswer.response()),
        Answer::Reply(reply) => State::answered(reply.into_response()),
        #[cfg(feature = "tokio")]
        Answer::Withhold(withheld) => State::Withheld { withheld },
    };
    quietly(|| drop(outcome));
    ControlFlow::Continue(next)
}

impl<S, B, R> Future for ResponseFuture<S, B, S::Future>
where
    S: Service<Request<WebhookBody<B>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes>,
{
    type Output = Result<Response<WebhookBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let poll = this.state.poll(cx, this.unread);
        match this.wire {
            Wire::Chat => poll,
            #[cfg(feature = "rtc")]
            Wire::Rtc => poll.map_ok(super::claim::acknowledged),
        }
    }
}

impl<S, B, R> State<S, B, S::Future>
where
    S: Service<Request<WebhookBody<B>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes>,
{
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        unread: &mut bool,
    ) -> Poll<Result<Response<WebhookBody<R>>, S::Error>> {
        loop {
            match self.as_mut().project() {
                StateProj::Passthrough { future } => {
                    return future.poll(cx).map_ok(|response| response.map(WebhookBody::passthrough));
                }
                StateProj::Inner { future, command, span, guard } => {
                    let outcome = match caught(|| span.in_scope(|| future.poll(cx))) {
                        Ok(poll) => Ok(ready!(poll)),
                        Err(panic) => Err(panic),
                    };
                    match conclude(outcome, command, span, guard.take()) {
                        // Even if dropping the inner future panics, the next state is in its place.
                        ControlFlow::Continue(next) => _ = quietly(|| self.set(next)),
                        ControlFlow::Break(outcome) => {
                            // What it holds goes now, before anybody can cancel.
                            quietly(|| self.set(State::Done));
                            return Poll::Ready(outcome.map(|response| response.map(WebhookBody::passthrough)));
                        }
                    }
                }
                StateProj::Answered { response } => {
                    let mut response = response.take().expect(COMPLETED);
                    if *unread {
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    return Poll::Ready(Ok(response.map(WebhookBody::from)));
                }
                StateProj::Withheld { withheld } => {
                    ready!(withheld.poll(cx));
                    let info = "the webhook failed, and its answer was withheld";
                    self.set(State::answered(error_response(StatusCode::SERVICE_UNAVAILABLE, info)));
                }
                StateProj::Done => panic!("{COMPLETED}"),
                StateProj::Collect { pending, body } => {
                    let frame = ready!(body.poll_frame(cx));
                    let failure = match frame {
                        Some(Ok(frame)) => match pending.collected.push(frame, pending.max_body) {
                            Ok(()) => continue,
                            Err(rejection) => Some(rejection),
                        },
                        Some(Err(error)) => Some(Rejection::body_failed(error)),
                        None => None,
                    };
                    if let Some(rejection) = failure {
                        let claimed = pending.claimed.as_ref().expect(COMPLETED);
                        let next = State::failed(rejection, claimed, pending.policy.take());
                        self.set(next);
                        continue;
                    }
                    *unread = false;
                    let mut guard = None;
                    match pending.finish(&mut guard) {
                        Ok((Ok(future), command, span)) => self.set(State::Inner { future, command, span, guard }),
                        Ok((Err(panic), command, mut span)) => match conclude(Err(panic), &command, &mut span, guard) {
                            ControlFlow::Continue(next) => self.set(next),
                            ControlFlow::Break(outcome) => {
                                return Poll::Ready(outcome.map(|response| response.map(WebhookBody::passthrough)));
                            }
                        },
                        Err(rejection) => self.set(State::rejected(rejection, guard)),
                    }
                }
            }
        }
    }
}

impl<S, B, F> fmt::Debug for ResponseFuture<S, B, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Collect { .. } => "collecting the body",
            State::Inner { .. } | State::Passthrough { .. } => "calling the inner service",
            State::Answered { .. } => "answering without the inner service",
            State::Withheld { .. } => "withholding the answer to a failed webhook",
            State::Done => "done",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http_body::Frame;

    use super::*;

    #[test]
    fn one_frame_is_not_copied() {
        let frame = Bytes::from(vec![7; 100]);
        let mut collected = Collected::default();
        collected.push(Frame::data(frame.clone()), 100).unwrap();
        assert_eq!(collected.finish().0.as_ptr(), frame.as_ptr());
    }

    #[test]
    fn frames_are_joined_up_to_the_limit() {
        let mut collected = Collected::default();
        for frame in ["", "ab", "", "c", "de"] {
            collected.push(Frame::data(frame.into()), 5).unwrap();
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("sum", "1".parse().unwrap());
        collected.push(Frame::trailers(trailers.clone()), 5).unwrap();
        assert!(collected.push(Frame::data("f".into()), 5).is_err());
        let (body, kept) = collected.finish();
        assert_eq!(body, "abcde");
        assert_eq!(*kept.unwrap(), trailers);
    }
}
