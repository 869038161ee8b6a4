//! The way of one webhook through the router: which handler, at once or in the background, until when.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, StatusCode};
#[cfg(feature = "tokio")]
use tokio::runtime::Handle;

#[cfg(feature = "tokio")]
use super::policy::Late;
use super::{
    handler::{Failure, HandlerFuture, Head, Route},
    policy::Policies,
};
use crate::{
    observe::Outcome,
    reply::{Reply, error_response},
    webhook::Webhook,
};

/// What becomes of a webhook: it is answered, or a handler is at work.
pub(super) enum Dispatch {
    Answered(Option<Response<Bytes>>),
    InFlight(InFlight),
}

impl Dispatch {
    /// Starts a handler, if the policies want that now.
    #[cfg_attr(not(feature = "tokio"), expect(unused_variables, reason = "each policy needs a timer"))]
    pub(super) fn new(route: Option<&Route>, hook: Webhook, head: Head<'_>, policies: &Policies) -> Self {
        let Some(route) = route else {
            return Self::answered(Outcome::Unhandled.tag(Reply::OK.into_response()));
        };
        #[cfg(feature = "tokio")]
        let after = hook.context().command().phase() == crate::command::Phase::After;

        #[cfg(feature = "tokio")]
        let has_data = hook.context().command().as_known().is_some_and(|known| known.capabilities().rsp_data);

        #[cfg(feature = "tokio")]
        if let Some(places) = policies.ack_first.as_ref().filter(|_| after && !has_data) {
            return Self::answered(match places.take() {
                Some(place) => {
                    policies.background.spawn(&Handle::current(), route(hook, head), place);
                    Outcome::AckedFirst.tag(Reply::OK.into_response())
                }
                None => overloaded(),
            });
        }

        Self::InFlight(InFlight {
            handler: Some(route(hook, head)),
            #[cfg(feature = "tokio")]
            deadline: policies.deadline.map(|deadline| Deadline {
                sleep: Box::pin(tokio::time::sleep(deadline)),
                background: (after && policies.late == Late::Acknowledge).then(|| policies.background.clone()),
            }),
        })
    }

    pub(super) fn answered(response: Response<Bytes>) -> Self {
        Self::Answered(Some(response))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Bytes>> {
        match self {
            Self::Answered(response) => Poll::Ready(response.take().expect("polled after completion")),
            Self::InFlight(in_flight) => in_flight.poll(cx),
        }
    }
}

/// A handler at work, and its deadline.
pub(super) struct InFlight {
    handler: Option<HandlerFuture>,
    #[cfg(feature = "tokio")]
    deadline: Option<Deadline>,
}

#[cfg(feature = "tokio")]
struct Deadline {
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// Where an after-event's handler runs on.
    background: Option<super::background::Background>,
}

impl InFlight {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Bytes>> {
        let handler = self.handler.as_mut().expect("polled after completion");
        if let Poll::Ready(outcome) = Pin::new(handler).poll(cx) {
            self.handler = None;
            return Poll::Ready(match outcome {
                Ok(reply) => reply.into_response(),
                Err(Failure::Error) => failed(Outcome::Failed, "the handler failed"),
                Err(Failure::Panic) => failed(Outcome::Panicked, "the handler failed"),
            });
        }
        #[cfg(feature = "tokio")]
        if let Some(Deadline { sleep, background }) = &mut self.deadline {
            std::task::ready!(sleep.as_mut().poll(cx));
            let mut handler = self.handler.take().expect("it is pending");
            let Some(background) = background.take() else {
                handler.expire();
                return Poll::Ready(late());
            };
            return Poll::Ready(match background.late.take() {
                Some(place) => {
                    background.spawn(&Handle::current(), handler, place);
                    Outcome::DeadlineExceeded.tag(Reply::OK.into_response())
                }
                None => overloaded(),
            });
        }
        Poll::Pending
    }
}

fn failed(outcome: Outcome, info: &'static str) -> Response<Bytes> {
    outcome.tag(error_response(StatusCode::INTERNAL_SERVER_ERROR, info))
}

#[cfg(feature = "tokio")]
fn late() -> Response<Bytes> {
    Outcome::DeadlineExceeded.tag(error_response(StatusCode::SERVICE_UNAVAILABLE, "the handler took too long"))
}

#[cfg(feature = "tokio")]
fn overloaded() -> Response<Bytes> {
    let info = "too many events are being handled";
    Outcome::Overloaded.tag(error_response(StatusCode::SERVICE_UNAVAILABLE, info))
}

/// If the client is gone, an after-event's handler keeps running, unless the runtime is gone as well.
#[cfg(feature = "tokio")]
impl Drop for InFlight {
    fn drop(&mut self) {
        let background = self.deadline.take().and_then(|deadline| deadline.background);
        if let (Some(handler), Some(background), Ok(runtime)) = (self.handler.take(), background, Handle::try_current())
            && let Some(place) = background.late.take()
        {
            background.spawn(&runtime, handler, place);
        }
    }
}
