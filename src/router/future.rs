use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::dispatch::Dispatch;
use crate::layer::WebhookBody;

pin_project! {
    /// The future of [`WebhookRouter`](crate::WebhookRouter) and [`RouterService`](super::RouterService).
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        /// Not a webhook.
        Inner { #[pin] future: F },
        /// A webhook.
        Dispatch { dispatch: Dispatch },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn inner(future: F) -> Self {
        Self { state: State::Inner { future } }
    }

    pub(super) fn dispatch(dispatch: Dispatch) -> Self {
        Self { state: State::Dispatch { dispatch } }
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
            StateProj::Inner { future } => future.poll(cx).map_ok(|response| response.map(WebhookBody::passthrough)),
            StateProj::Dispatch { dispatch } => dispatch.poll(cx).map(|response| Ok(response.map(WebhookBody::full))),
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Inner { .. } => "calling the inner service",
            State::Dispatch { .. } => "handling a webhook",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}
