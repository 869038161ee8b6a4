//! The way of one webhook through the router: which handler, at once or in the background, until when.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
#[cfg(feature = "tokio")]
use tokio::runtime::Handle;

#[cfg(feature = "tokio")]
use super::policy::Late;
use super::{
    handler::{Head, Hook},
    policy::Policies,
    route::{Failure, HandlerFuture, Route},
};
use crate::{
    failure::{FailureCause, FriendReplies},
    observe::Outcome,
    rejection::BoxError,
    reply::Reply,
};

/// What becomes of a webhook: it is answered, or a handler is at work.
pub(super) enum Dispatch {
    Answered(Option<End>),
    InFlight(InFlight),
}

/// What has become of a webhook.
pub(super) enum End {
    Reply(Reply, Outcome),
    /// With the handler's error, if it is kept.
    Failed(FailureCause<'static>, Option<BoxError>),
}

impl End {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Reply(_, outcome) => *outcome,
            Self::Failed(cause, _) => match cause {
                FailureCause::HandlerPanicked => Outcome::Panicked,
                FailureCause::DeadlineExceeded => Outcome::DeadlineExceeded,
                FailureCause::Overloaded => Outcome::Overloaded,
                _ => Outcome::Failed,
            },
        }
    }

    /// The response, tagged for the layer.
    #[inline]
    pub(super) fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let outcome = self.outcome();
        let mut response = match self {
            Self::Reply(reply, _) => reply.into_response(),
            Self::Failed(cause, _) => cause.response(),
        };
        outcome.tag(&mut response);
        response
    }
}

impl Dispatch {
    /// Starts a handler, if the policies want that now. `keeps_error` hands its error to the caller.
    #[cfg_attr(not(feature = "tokio"), expect(unused_variables, reason = "each policy needs a timer"))]
    pub(super) fn new(
        route: Option<&Route>,
        hook: Hook<'_>,
        head: Head<'_>,
        policies: &Policies,
        keeps_error: bool,
    ) -> Self {
        let Some(route) = route else {
            return Self::Answered(Some(match hook.is_unread() {
                // Its handler could not be called, if it has one. It is not to be acknowledged by silence.
                true => End::Failed(FailureCause::HandlerFailed, keeps_error.then(|| Unread.into())),
                false => {
                    let friends = FriendReplies::of(&hook);
                    End::Reply(friends.map_or(Reply::OK, FriendReplies::into_allow), Outcome::Unhandled)
                }
            }));
        };
        #[cfg(feature = "tokio")]
        let may_be_early = !route.is_durable && hook.context().command().phase() == crate::command::Phase::After;

        #[cfg(feature = "tokio")]
        let has_data =
            || route.has_data || hook.context().command().as_known().is_some_and(|known| known.capabilities().rsp_data);

        #[cfg(feature = "tokio")]
        if let Some(places) = policies.ack_first.as_ref().filter(|_| may_be_early && !has_data()) {
            return Self::Answered(Some(match places.take() {
                Some(place) => {
                    policies.background.spawn(&Handle::current(), route.call(hook, head), place);
                    End::Reply(Reply::OK, Outcome::AckedFirst)
                }
                None => OVERLOADED,
            }));
        }

        Self::InFlight(InFlight {
            handler: Some(route.call(hook, head).keep_error(keeps_error)),
            #[cfg(feature = "tokio")]
            deadline: policies.deadline.map(|deadline| {
                let may_run_on = may_be_early && policies.late == Late::Acknowledge;
                Box::pin(Deadline {
                    sleep: tokio::time::sleep(deadline),
                    background: may_run_on.then(|| policies.background.clone()),
                })
            }),
        })
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        match self {
            Self::Answered(end) => Poll::Ready(end.take().expect("polled after completion")),
            Self::InFlight(in_flight) => in_flight.poll(cx),
        }
    }
}

/// Why a webhook has no answer whose body could not be read, and that nothing takes as it is.
#[derive(Debug)]
struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body could not be read, and nothing takes the event without its type")
    }
}

impl Error for Unread {}

#[cfg(feature = "tokio")]
const OVERLOADED: End = End::Failed(FailureCause::Overloaded, None);

/// A handler at work, and its deadline.
pub(super) struct InFlight {
    handler: Option<HandlerFuture>,
    #[cfg(feature = "tokio")]
    deadline: Option<Pin<Box<Deadline>>>,
}

#[cfg(feature = "tokio")]
pin_project_lite::pin_project! {
    #[project = DeadlineProj]
    struct Deadline {
        #[pin]
        sleep: tokio::time::Sleep,
        // Where an after-event's handler runs on.
        background: Option<super::background::Background>,
    }
}

impl InFlight {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let handler = self.handler.as_mut().expect("polled after completion");
        if let Poll::Ready(outcome) = Pin::new(handler).poll(cx) {
            self.handler = None;
            return Poll::Ready(match outcome {
                Ok(reply) => End::Reply(reply, Outcome::Answered),
                Err(Failure::Error(error)) => End::Failed(FailureCause::HandlerFailed, error),
                Err(Failure::Panic) => End::Failed(FailureCause::HandlerPanicked, None),
            });
        }
        #[cfg(feature = "tokio")]
        if let Some(deadline) = &mut self.deadline {
            let DeadlineProj { sleep, background } = deadline.as_mut().project();
            std::task::ready!(sleep.poll(cx));
            let mut handler = self.handler.take().expect("it is pending");
            let Some(background) = background.take() else {
                handler.expire();
                return Poll::Ready(End::Failed(FailureCause::DeadlineExceeded, None));
            };
            return Poll::Ready(match background.late.take() {
                Some(place) => {
                    background.spawn(&Handle::current(), handler, place);
                    End::Reply(Reply::OK, Outcome::DeadlineExceeded)
                }
                None => OVERLOADED,
            });
        }
        Poll::Pending
    }
}

/// If the client is gone, an after-event's handler keeps running, unless the runtime is gone as well.
#[cfg(feature = "tokio")]
impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(handler) = self.handler.take()
            && let Some(background) =
                self.deadline.as_mut().and_then(|deadline| deadline.as_mut().project().background.take())
            && let Ok(runtime) = Handle::try_current()
            && let Some(place) = background.late.take()
        {
            background.spawn(&runtime, handler, place);
        }
    }
}
