use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, request::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::WebhookBody;
use crate::{
    observe::{self, Outcome, WebhookSpan, label},
    receiver::ParseOptions,
    rejection::{BoxError, Rejection},
    webhook::WebhookContext,
};

pin_project! {
    /// The future of [`WebhookService`](crate::WebhookService).
    pub struct ResponseFuture<S, B, F> {
        #[pin]
        state: State<S, B, F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, F> {
        /// The body is being read.
        Collect { pending: Option<Pending<S>>, #[pin] body: B, collected: Collected },
        /// The inner service is handling a webhook.
        Inner { #[pin] future: F, span: WebhookSpan },
        /// The inner service is handling a request that is not a webhook.
        Passthrough { #[pin] future: F },
        /// The webhook is rejected.
        Rejected { rejection: Option<Rejection> },
    }
}

/// A webhook whose URL was verified, and the service to call once its body is in.
pub(super) struct Pending<S> {
    pub(super) inner: S,
    pub(super) head: Parts,
    pub(super) context: WebhookContext,
    pub(super) options: ParseOptions,
    pub(super) max_body: usize,
}

impl<S> Pending<S> {
    /// Calls the inner service, with the webhook in the request's extensions.
    fn finish<B>(self, collected: Collected) -> Result<(S::Future, WebhookSpan), Rejection>
    where
        S: Service<Request<WebhookBody<B>>>,
    {
        let Self { mut inner, mut head, context, options, .. } = self;
        let (body, trailers) = collected.finish();
        let webhook = options.parse(context, body.clone())?;
        let span = WebhookSpan::new(webhook.context());
        head.extensions.insert(webhook);
        let request = Request::from_parts(head, WebhookBody::buffered(body, trailers));
        Ok((span.in_scope(|| inner.call(request)), span))
    }
}

/// The body so far.
#[derive(Default)]
struct Collected {
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
                    self.all.extend_from_slice(&std::mem::take(&mut self.first));
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
        Self { state: State::Passthrough { future } }
    }

    pub(super) fn rejected(rejection: Rejection) -> Self {
        observe::rejected(&rejection, observe::OTHER);
        Self { state: State::Rejected { rejection: Some(rejection) } }
    }

    pub(super) fn collect(pending: Pending<S>, body: B) -> Self {
        Self { state: State::Collect { pending: Some(pending), body, collected: Collected::default() } }
    }
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
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Passthrough { future } => {
                    return future.poll(cx).map_ok(|response| response.map(WebhookBody::passthrough));
                }
                StateProj::Inner { future, span } => {
                    let outcome = ready!(span.in_scope(|| future.poll(cx)));
                    span.finish(outcome.as_ref().map_or(Outcome::Failed, Outcome::of));
                    return Poll::Ready(outcome.map(|response| response.map(WebhookBody::passthrough)));
                }
                StateProj::Rejected { rejection } => {
                    let rejection = rejection.take().expect("polled after completion");
                    return Poll::Ready(Ok(rejection.into_response().map(WebhookBody::full)));
                }
                StateProj::Collect { pending, body, collected } => {
                    let frame = ready!(body.poll_frame(cx));
                    let waiting = pending.as_ref().expect("polled after completion");
                    let command = label(waiting.context.command());
                    let outcome = match frame {
                        Some(Ok(frame)) => match collected.push(frame, waiting.max_body) {
                            Ok(()) => continue,
                            Err(rejection) => Err(rejection),
                        },
                        Some(Err(error)) => Err(Rejection::body_failed(error)),
                        None => pending.take().expect("polled after completion").finish(std::mem::take(collected)),
                    };
                    match outcome {
                        Ok((future, span)) => state.set(State::Inner { future, span }),
                        Err(rejection) => {
                            observe::rejected(&rejection, command);
                            state.set(State::Rejected { rejection: Some(rejection) });
                        }
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
            State::Rejected { .. } => "rejecting",
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
