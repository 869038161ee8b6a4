use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
#[cfg(feature = "tokio")]
use tokio::runtime::Handle;

use super::{
    handler::{Failure, Head, Route, Running},
    policy::failed,
    service::Policies,
};
use crate::{Reply, Webhook, WebhookBody, observe::Outcome};

pin_project! {
    /// The future of [`WebhookRouter`](crate::WebhookRouter) and of its layer's service.
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        /// It is no webhook.
        Inner { #[pin] future: F },
        /// A handler is at work.
        Run { run: Run },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn inner(future: F) -> Self {
        Self { state: State::Inner { future } }
    }

    pub(super) fn run(run: Run) -> Self {
        Self { state: State::Run { run } }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body<Data = Bytes>,
{
    type Output = Result<Response<WebhookBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Inner { future } => future.poll(cx).map_ok(|response| response.map(WebhookBody::inner)),
            StateProj::Run { run } => run.poll(cx).map(|response| Ok(response.map(WebhookBody::whole))),
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Inner { .. } => "calling the inner service",
            State::Run { .. } => "handling a webhook",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}

/// A webhook in the router: answered, or with a handler at work.
pub(super) enum Run {
    Answered(Option<Response<Bytes>>),
    Handling(Handling),
}

impl Run {
    /// Sets a handler to work, as far as the policies want that now.
    pub(super) fn new(route: Option<&Route>, hook: Webhook, head: Head<'_>, policies: &Policies) -> Self {
        let Some(route) = route else {
            return Self::answered(Outcome::Unhandled.tag(Reply::OK.into_response()));
        };
        let on_error = policies.on_error.answer(&hook);
        #[cfg(feature = "tokio")]
        let after = hook.context().command().phase() == crate::Phase::After;

        #[cfg(feature = "tokio")]
        if let Some(limit) = policies.ack_first.as_ref().filter(|_| after) {
            return Self::answered(match limit.clone().try_acquire_owned() {
                Ok(permit) => {
                    policies.behind.run(&Handle::current(), route(hook, head), Some(permit));
                    Outcome::First.tag(Reply::OK.into_response())
                }
                Err(_) => {
                    let response = failed(StatusCode::SERVICE_UNAVAILABLE, "too many events are being handled");
                    Outcome::Overloaded.tag(response)
                }
            });
        }

        Self::Handling(Handling {
            handler: Some(route(hook, head)),
            on_error,
            #[cfg(feature = "tokio")]
            deadline: policies.deadline.map(|deadline| Deadline {
                sleep: Box::pin(tokio::time::sleep(deadline)),
                behind: after.then(|| policies.behind.clone()),
            }),
        })
    }

    pub(super) fn answered(response: Response<Bytes>) -> Self {
        Self::Answered(Some(response))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Bytes>> {
        match self {
            Self::Answered(response) => Poll::Ready(response.take().expect("polled after completion")),
            Self::Handling(handling) => handling.poll(cx),
        }
    }
}

/// A handler at work.
pub(super) struct Handling {
    handler: Option<Running>,
    /// The failure policy's answer. `None` is HTTP 500.
    on_error: Option<Reply>,
    #[cfg(feature = "tokio")]
    deadline: Option<Deadline>,
}

#[cfg(feature = "tokio")]
struct Deadline {
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// Where an after-event's handler runs on.
    behind: Option<super::behind::Behind>,
}

impl Handling {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Bytes>> {
        let handler = self.handler.as_mut().expect("polled after completion");
        if let Poll::Ready(outcome) = Pin::new(handler).poll(cx) {
            self.handler = None;
            return Poll::Ready(match outcome {
                Ok(reply) => reply.into_response(),
                Err(Failure::Error(_)) => self.failed(Outcome::Failed, "the handler failed"),
                Err(Failure::Panic) => self.failed(Outcome::Panicked, "the handler failed"),
            });
        }
        #[cfg(feature = "tokio")]
        if let Some(Deadline { sleep, behind }) = &mut self.deadline {
            std::task::ready!(sleep.as_mut().poll(cx));
            return Poll::Ready(match (self.handler.take(), behind.take()) {
                (Some(handler), Some(behind)) => {
                    behind.run(&Handle::current(), handler, None);
                    Outcome::Late.tag(Reply::OK.into_response())
                }
                _ => self.failed(Outcome::Late, "the handler took too long"),
            });
        }
        Poll::Pending
    }

    fn failed(&mut self, outcome: Outcome, info: &'static str) -> Response<Bytes> {
        outcome.tag(match self.on_error.take() {
            Some(reply) => reply.into_response(),
            None => failed(StatusCode::INTERNAL_SERVER_ERROR, info),
        })
    }
}

/// Where the client is gone, an after-event's handler runs on all the same; not where the runtime is gone too.
#[cfg(feature = "tokio")]
impl Drop for Handling {
    fn drop(&mut self) {
        let behind = self.deadline.take().and_then(|deadline| deadline.behind);
        if let (Some(handler), Some(behind), Ok(runtime)) = (self.handler.take(), behind, Handle::try_current()) {
            behind.run(&runtime, handler, None);
        }
    }
}
