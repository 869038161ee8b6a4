use std::{
    error::Error,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::request::Parts;
use pin_project_lite::pin_project;

use crate::{
    Ack, Event, Reply, Verdict, Webhook, WebhookEvent,
    event::FromEvent,
    observe::{Outcome, Work, label},
};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A handler of any event, its own type forgotten.
pub(super) type Route = Arc<dyn Fn(Webhook, Head<'_>) -> Running + Send + Sync>;

/// Takes the request's head, for a handler that wants it: moving it costs more than most handlers do.
pub(super) type Head<'a> = &'a mut dyn FnMut() -> Parts;

/// A handler's future, its own type forgotten.
type Replying = Pin<Box<dyn Future<Output = Result<Reply, BoxError>> + Send>>;

/// An async function that handles the webhooks of the event `E`.
///
/// It takes a `Webhook<E>`, or a `Webhook<E>` and the request's head: `http::request::Parts`. It returns what is
/// [an answer to `E`](IntoAnswer). `T` tells the two forms apart.
#[diagnostic::on_unimplemented(
    message = "this is no handler of an event",
    label = "no handler of an event",
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

/// What a handler of the event `E` may return: that event's own answer, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer to `{E}`",
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

impl<E: WebhookEvent> IntoAnswer<E> for Verdict<E> {
    fn into_answer(self) -> Result<Reply, BoxError> {
        Ok(self.into())
    }
}

/// [`Ack`], as the compiler says it best.
#[diagnostic::on_unimplemented(
    message = "this event is answered by its `{Self}`, not by `Ack`",
    label = "returns `Ack`"
)]
#[allow(unnameable_types)] // For the message alone.
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

/// Forgets a handler's type. The router only ever calls it for its own event.
pub(super) fn route<E: FromEvent, T>(handler: impl Handler<E, T, Answer: IntoAnswer<E>>) -> Route {
    Arc::new(move |hook, head| {
        let work = Work::new(label(hook.context().command()));
        let start = || -> Replying {
            let hook = hook.downcast().unwrap_or_else(|_| unreachable!("a handler has its own event alone"));
            Box::pin(Answering { future: handler.call(hook, head), event: PhantomData })
        };
        Running { future: catch_unwind(AssertUnwindSafe(start)).ok(), work }
    })
}

pin_project! {
    /// A handler's future, its answer made a reply.
    struct Answering<F, E> {
        #[pin]
        future: F,
        event: PhantomData<fn(E)>,
    }
}

impl<E, F: Future<Output: IntoAnswer<E>>> Future for Answering<F, E> {
    type Output = Result<Reply, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(IntoAnswer::into_answer)
    }
}

/// A handler at work. Its panic is its failure.
pub(super) struct Running {
    /// `None` after a panic: it is never polled again, so that nothing broken is seen.
    future: Option<Replying>,
    work: Work,
}

impl Running {
    /// The span that it was set to work in.
    #[cfg(all(feature = "tokio", feature = "tracing"))]
    pub(super) fn span(&self) -> &tracing::Span {
        self.work.span()
    }
}

impl Future for Running {
    type Output = Result<Reply, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let step = self.future.as_mut().map(|future| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))));
        let outcome = match step {
            Some(Ok(poll)) => ready!(poll).map_err(Failure::Error),
            Some(Err(_)) | None => Err(Failure::Panic),
        };
        match &outcome {
            Ok(_) => self.work.end(Outcome::Answered, None),
            Err(Failure::Error(error)) => self.work.end(Outcome::Failed, Some(&**error)),
            Err(Failure::Panic) => self.work.end(Outcome::Panicked, None),
        }
        Poll::Ready(outcome)
    }
}

/// Why a handler gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    Error(BoxError),
    Panic,
}
