use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::dispatch::Dispatch;
use crate::{layer::WebhookBody, reply::error_response};

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
        /// Not a webhook, and no inner service.
        NotFound,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn inner(future: F) -> Self {
        Self { state: State::Inner { future } }
    }

    pub(super) fn dispatch(dispatch: Dispatch) -> Self {
        Self { state: State::Dispatch { dispatch } }
    }

    pub(super) fn not_found() -> Self {
        Self { state: State::NotFound }
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
            StateProj::Dispatch { dispatch } => Poll::Ready(Ok(ready!(dispatch.poll(cx)).into_response())),
            StateProj::NotFound => Poll::Ready(Ok(error_response(StatusCode::NOT_FOUND, "this is not a webhook"))),
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Inner { .. } => "calling the inner service",
            State::Dispatch { .. } => "handling a webhook",
            State::NotFound => "not a webhook",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}
