use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request or response that went through the layer.
    ///
    /// It is either passed through frame by frame, or held in memory, like the body of a webhook or a rejection.
    pub struct WebhookBody<B> {
        #[pin]
        state: State<B>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<B> {
        Passthrough { #[pin] body: B },
        Buffered { data: Bytes, trailers: Option<Box<HeaderMap>> },
    }
}

impl<B> WebhookBody<B> {
    pub(crate) fn passthrough(body: B) -> Self {
        Self { state: State::Passthrough { body } }
    }

    pub(super) fn buffered(data: Bytes, trailers: Option<Box<HeaderMap>>) -> Self {
        Self { state: State::Buffered { data, trailers } }
    }
}

impl<B: Body<Data = Bytes>> Body for WebhookBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            StateProj::Passthrough { body } => body.poll_frame(cx),
            StateProj::Buffered { data, .. } if !data.is_empty() => {
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(data)))))
            }
            StateProj::Buffered { trailers, .. } => {
                Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(*trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Passthrough { body } => body.is_end_stream(),
            State::Buffered { data, trailers } => data.is_empty() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Passthrough { body } => body.size_hint(),
            State::Buffered { data, .. } => SizeHint::with_exact(data.len() as u64),
        }
    }
}

/// A body that is held in memory.
impl<B> From<Bytes> for WebhookBody<B> {
    fn from(data: Bytes) -> Self {
        Self::buffered(data, None)
    }
}

/// An empty body.
impl<B> Default for WebhookBody<B> {
    fn default() -> Self {
        Bytes::new().into()
    }
}

impl<B: fmt::Debug> fmt::Debug for WebhookBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Passthrough { body } => f.debug_tuple("WebhookBody").field(body).finish(),
            State::Buffered { data, .. } => write!(f, "WebhookBody({} bytes)", data.len()),
        }
    }
}
