use std::{
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::request::Parts;
use pin_project_lite::pin_project;

use crate::{
    event::{Event, FromEvent, WebhookEvent},
    observe::{HandlerSpan, Outcome, label},
    panic::quietly,
    rejection::BoxError,
    reply::{Ack, Reply, SignalAnswer},
    verdict::Verdict,
    webhook::Webhook,
};

/// A type-erased handler of any event.
pub(super) type Route = Arc<dyn Fn(Webhook, Head<'_>) -> HandlerFuture + Send + Sync>;

/// Takes the request's head, for a handler that wants it: moving its 200 bytes and more for every request costs about
/// as much as calling a handler.
pub(super) type Head<'a> = &'a mut dyn FnMut() -> Parts;

/// A type-erased handler's future.
type BoxReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, BoxError>> + Send>>;

/// An async function that handles the webhooks of the event `E`.
///
/// It takes a `Webhook<E>`, or a `Webhook<E>` and the request's head: `http::request::Parts`. It returns what is
/// [an answer to `E`](IntoAnswer). `T` tells the two forms apart.
#[diagnostic::on_unimplemented(
    message = "this is not a handler of an event",
    label = "not a handler of an event",
    note = "a handler is an async function of `Webhook<E>`, or of `Webhook<E>` and `http::request::Parts`, for an \
            event type `E`; it and its future are `Send`, and borrow nothing"
)]
pub trait Handler<E, T>: Send + Sync + 'static {
    /// What it returns. Apart from the rest, so that the compiler can say what is wrong with it.
    type Answer;

    #[doc(hidden)]
    type Future: Future<Output = Self::Answer> + Send + 'static;

    #[doc(hidden)]
    fn call(&self, hook: Webhook<E>, head: &mut dyn FnMut() -> Parts) -> Self::Future;
}

impl<E, F, A, O> Handler<E, (Webhook<E>,)> for F
where
    F: Fn(Webhook<E>) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
{
    type Answer = O;
    type Future = A;

    fn call(&self, hook: Webhook<E>, _: Head<'_>) -> A {
        self(hook)
    }
}

impl<E, F, A, O> Handler<E, (Webhook<E>, Parts)> for F
where
    F: Fn(Webhook<E>, Parts) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
{
    type Answer = O;
    type Future = A;

    fn call(&self, hook: Webhook<E>, head: Head<'_>) -> A {
        self(hook, head())
    }
}

/// What a handler of the event `E` may return: the answer that fits the event, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer to `{E}`",
    note = "after-events are answered by `Ack`, before-events by their own `Verdict<E>`, each plain or in a `Result`"
)]
pub trait IntoAnswer<E> {
    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// What the handler failed with.
    fn into_answer(self) -> Result<Reply, BoxError>;
}

impl<E: WebhookEvent<Answer: IsAck>> IntoAnswer<E> for Ack {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<E: WebhookEvent<Answer = SignalAnswer>> IntoAnswer<E> for SignalAnswer {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

impl<E: WebhookEvent> IntoAnswer<E> for Verdict<E> {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

/// Stands for `Answer = Ack`, for the sake of its diagnostic.
#[diagnostic::on_unimplemented(
    message = "this event is answered by its `{Self}`, not by `Ack`",
    label = "returns `Ack`"
)]
#[expect(unnameable_types, reason = "only for the diagnostic")]
pub trait IsAck {}

impl IsAck for Ack {}

/// [`WebhookRouter::fallback`](crate::WebhookRouter::fallback) answers any event.
impl IntoAnswer<Event> for Ack {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

/// [`WebhookRouter::fallback`](crate::WebhookRouter::fallback) answers any event.
impl IntoAnswer<Event> for Reply {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self)
    }
}

impl<E, A: IntoAnswer<E>, X: Into<BoxError>> IntoAnswer<E> for Result<A, X> {
    fn into_answer(self) -> Result<Reply, BoxError> {
        self.map_err(Into::into)?.into_answer()
    }
}

/// Erases a handler's type. The router only ever calls it for its own event.
pub(super) fn route<E: FromEvent, T>(handler: impl Handler<E, T, Answer: IntoAnswer<E>>) -> Route {
    Arc::new(move |hook, head| {
        let span = HandlerSpan::new(label(hook.context().command()));
        let start = || -> BoxReplyFuture {
            let hook = hook.downcast().unwrap_or_else(|_| unreachable!("a handler is only called for its own event"));
            Box::pin(IntoReplyFuture { future: handler.call(hook, head), event: PhantomData })
        };
        HandlerFuture { future: quietly(start), span }
    })
}

pin_project! {
    /// A handler's future, whose answer becomes a reply.
    struct IntoReplyFuture<F, E> {
        #[pin]
        future: F,
        event: PhantomData<fn(E)>,
    }
}

impl<E, F: Future<Output: IntoAnswer<E>>> Future for IntoReplyFuture<F, E> {
    type Output = Result<Reply, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(IntoAnswer::into_answer)
    }
}

/// A handler at work. A panic counts as its failure: in the handler, in the drop of what it holds, or in its error.
pub(super) struct HandlerFuture {
    /// `None` once it is done or has panicked: it is never polled again, so that nothing broken is seen.
    future: Option<BoxReplyFuture>,
    span: HandlerSpan,
}

impl HandlerFuture {
    /// Drops the handler's future, and all that it holds. `None` if that panics.
    fn end(&mut self) -> Option<()> {
        let future = self.future.take();
        quietly(|| drop(future))
    }
}

#[cfg(feature = "tokio")]
impl HandlerFuture {
    /// Ends it, as its time is up.
    pub(super) fn expire(&mut self) {
        let outcome = self.end().map_or(Outcome::Panicked, |()| Outcome::DeadlineExceeded);
        self.span.finish(outcome);
    }

    /// The span that it was started in.
    pub(super) fn span(&self) -> crate::observe::Span {
        self.span.span()
    }
}

impl Future for HandlerFuture {
    type Output = Result<Reply, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match self.future.as_mut().and_then(|future| quietly(|| future.as_mut().poll(cx))) {
            Some(poll) => Some(ready!(poll)),
            None => None,
        };
        let ended = self.end();
        let answer = answer.and_then(|answer| match answer {
            Ok(reply) => Some(Ok(reply)),
            Err(error) => {
                let reported = quietly(|| self.span.failed(&*error));
                quietly(|| drop(error)).and(reported).map(|()| Err(Failure::Error))
            }
        });
        let answer = ended.and(answer).unwrap_or(Err(Failure::Panic));
        self.span.finish(match &answer {
            Ok(_) => Outcome::Answered,
            Err(Failure::Error) => Outcome::Failed,
            Err(Failure::Panic) => Outcome::Panicked,
        });
        Poll::Ready(answer)
    }
}

/// Cancelled by the client or by the deadline, if it is not done.
impl Drop for HandlerFuture {
    fn drop(&mut self) {
        if self.end().is_none() {
            self.span.finish(Outcome::Panicked);
        }
    }
}

/// Why a handler gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    Error,
    Panic,
}
