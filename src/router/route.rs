//! A handler whose type is erased, at work.

use std::{
    any, error, fmt,
    future::{poll_fn, ready},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{self, Context, Poll},
};

use pin_project_lite::pin_project;
use serde::de::DeserializeOwned;
use tower_service::Service;

use super::{
    answer::{Convert, IntoAnswer, IntoReply, ToAny, ToEvent},
    handler::{EventHandler, Head, Hook},
};
use crate::{
    event::{Event, FromEvent},
    observe::{HandlerSpan, Outcome, label},
    panic::quietly,
    rejection::BoxError,
    reply::{Ack, Reply},
    webhook::Webhook,
};

/// A type-erased handler of any event.
#[derive(Clone)]
pub(super) struct Route {
    call: Arc<dyn Fn(Hook<'_>, Head<'_>) -> HandlerFuture + Send + Sync>,
    /// Whether its answer says more than that the event has arrived, although the command is not known to ask for more.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only `ack_first` asks"))]
    pub(super) has_data: bool,
    /// Whether its event is acknowledged only once it is done.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "without a timer, none is acknowledged earlier"))]
    pub(super) is_durable: bool,
}

/// A type-erased handler's future.
type BoxReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, BoxError>> + Send>>;

impl Route {
    /// A handler of events of one type.
    pub(super) fn of_event<E: FromEvent, T, S: Clone + Send + Sync + 'static>(
        state: &S,
        handler: impl EventHandler<E, T, S, Answer: IntoAnswer<E>>,
    ) -> Self {
        Self { call: erase::<_, _, _, _, ToEvent<E>>(state, handler, own), has_data: false, is_durable: false }
    }

    /// A handler of all events.
    pub(super) fn of_any<T, S: Clone + Send + Sync + 'static>(
        state: &S,
        handler: impl EventHandler<Event, T, S, Answer: IntoReply>,
    ) -> Self {
        Self { call: erase::<_, _, _, _, ToAny>(state, handler, own), has_data: false, is_durable: false }
    }

    /// A handler of a command whose body is read into a type of the app's own.
    pub(super) fn of_command<B, T, S, H>(state: &S, handler: H) -> Self
    where
        B: DeserializeOwned + Send + 'static,
        S: Clone + Send + Sync + 'static,
        H: EventHandler<B, T, S, Answer: IntoReply>,
    {
        let has_data = !H::Answer::IS_ACK;
        Self { call: erase::<_, _, _, _, ToAny>(state, handler, read), has_data, is_durable: false }
    }

    /// A service that keeps events.
    pub(super) fn of_hand_off<S>(service: S) -> Self
    where
        S: Service<Webhook, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
    {
        let keep = move |hook: Webhook| {
            let kept = call_ready(service.clone(), hook);
            async move { kept.await.map(|_| Ack::ok()) }
        };
        Self { is_durable: true, ..Self::of_any(&(), keep) }
    }

    pub(super) fn call(&self, hook: Hook<'_>, head: Head<'_>) -> HandlerFuture {
        (self.call)(hook, head)
    }
}

/// Calls a service once it is ready.
pub(super) async fn call_ready<S, E>(mut service: S, hook: Webhook<E>) -> Result<S::Response, BoxError>
where
    S: Service<Webhook<E>, Error: Into<BoxError>>,
{
    poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into)?;
    service.call(hook).await.map_err(Into::into)
}

/// The webhook of a handler's own event.
fn own<E: FromEvent>(hook: Hook<'_>) -> Result<Webhook<E>, BoxError> {
    Ok(hook.take().downcast().unwrap_or_else(|_| unreachable!("a handler is only called for its own event")))
}

/// The webhook with its body in the app's own type.
fn read<B: DeserializeOwned>(hook: Hook<'_>) -> Result<Webhook<B>, BoxError> {
    match hook.json() {
        Ok(body) => Ok(hook.take().with_event(body)),
        Err(error) => Err(Misfit { expected: any::type_name::<B>(), error }.into()),
    }
}

/// Erases a handler's type. It gets its webhook from `event`, and `C` makes its answer a reply.
fn erase<E, T, S, H, C>(
    state: &S,
    handler: H,
    event: impl Fn(Hook<'_>) -> Result<Webhook<E>, BoxError> + Send + Sync + 'static,
) -> Arc<dyn Fn(Hook<'_>, Head<'_>) -> HandlerFuture + Send + Sync>
where
    S: Clone + Send + Sync + 'static,
    H: EventHandler<E, T, S>,
    C: Convert<H::Answer>,
{
    let (state, handler) = (state.clone(), Arc::new(handler));
    Arc::new(move |hook: Hook<'_>, head: Head<'_>| {
        let span = HandlerSpan::new(label(hook.context().command()));
        let start = || -> BoxReplyFuture {
            match event(hook) {
                Ok(hook) => {
                    Box::pin(Replying { future: handler.call(&state, hook, head), convert: PhantomData::<fn(C)> })
                }
                Err(error) => Box::pin(ready(Err(error))),
            }
        };
        HandlerFuture { future: quietly(start), span, keeps_error: false }
    })
}

pin_project! {
    /// A handler's future, whose answer becomes a reply.
    struct Replying<F, C> {
        #[pin]
        future: F,
        convert: PhantomData<fn(C)>,
    }
}

impl<A, F: Future<Output = Result<A, BoxError>>, C: Convert<A>> Future for Replying<F, C> {
    type Output = Result<Reply, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(|answer| C::convert(answer?))
    }
}

/// A body that does not fit the app's own type.
///
/// Without a word of the body, which is personal data. The source quotes it.
struct Misfit {
    expected: &'static str,
    error: serde_json::Error,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, error } = self;
        write!(f, "the body does not fit `{expected}` at line {} column {}", error.line(), error.column())
    }
}

impl fmt::Debug for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Misfit({self})")
    }
}

impl error::Error for Misfit {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A handler at work. A panic counts as its failure: in the handler, in the drop of what it holds, or in its error.
pub(super) struct HandlerFuture {
    /// `None` once it is done or has panicked: it is never polled again, so that nothing broken is seen.
    future: Option<BoxReplyFuture>,
    span: HandlerSpan,
    /// Whether an error is handed to the caller, once it has been reported.
    keeps_error: bool,
}

impl HandlerFuture {
    /// Hands the handler's error to the caller.
    pub(super) fn keep_error(mut self, keeps_error: bool) -> Self {
        self.keeps_error = keeps_error;
        self
    }

    /// Drops the handler's future, and all that it holds. `None` if that panics.
    fn end(&mut self) -> Option<()> {
        match self.future.take() {
            Some(future) => quietly(|| drop(future)),
            None => Some(()),
        }
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
            Some(poll) => Some(task::ready!(poll)),
            None => None,
        };
        let ended = self.end();
        let answer = answer.and_then(|answer| match answer {
            Ok(reply) => ended.map(|()| Ok(reply)),
            Err(error) => {
                let reported = quietly(|| self.span.failed(&*error)).and(ended);
                let error = match reported {
                    Some(()) if self.keeps_error => Some(error),
                    _ => quietly(|| drop(error)).map(|()| None)?,
                };
                reported.map(|()| Err(Failure::Error(error)))
            }
        });
        let answer = answer.unwrap_or(Err(Failure::Panic));
        self.span.finish(match &answer {
            Ok(_) => Outcome::Answered,
            Err(Failure::Error(_)) => Outcome::Failed,
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
    /// It returned an error, which is here if it is kept.
    Error(Option<BoxError>),
    Panic,
}
