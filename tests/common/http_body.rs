//! HTTP bodies under a test's control.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// Trailers for a body.
pub fn trailers() -> HeaderMap {
    HeaderMap::from_iter([("x-sum".parse().unwrap(), HeaderValue::from_static("17"))])
}

/// Yields its frames one by one, each after a `Poll::Pending`, and counts them.
#[derive(Debug, Default)]
pub struct Frames {
    frames: VecDeque<io::Result<Frame<Bytes>>>,
    polled: Arc<AtomicUsize>,
    waited: bool,
    /// The size that it claims to have.
    claimed: Option<u64>,
}

impl Frames {
    pub fn of<T: Into<Bytes>>(data: impl IntoIterator<Item = T>) -> Self {
        Self { frames: data.into_iter().map(|data| Ok(Frame::data(data.into()))).collect(), ..Self::default() }
    }

    pub fn then_trailers(mut self, trailers: HeaderMap) -> Self {
        self.frames.push_back(Ok(Frame::trailers(trailers)));
        self
    }

    pub fn then_error(mut self, error: io::Error) -> Self {
        self.frames.push_back(Err(error));
        self
    }

    pub fn claiming(self, size: u64) -> Self {
        Self { claimed: Some(size), ..self }
    }

    /// How many frames were polled, the end among them.
    pub fn polled(&self) -> Arc<AtomicUsize> {
        self.polled.clone()
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.waited = !self.waited;
        if self.waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.polled.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(self.frames.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        self.claimed.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Panics when it is polled.
#[derive(Clone, Copy, Debug, Default)]
pub struct PanicBody {
    /// The lower bound of its size hint.
    pub at_least: u64,
}

impl Body for PanicBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("this body must not be read");
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.at_least);
        hint
    }
}

/// A body that ends when its sender is dropped.
pub fn channel() -> (mpsc::UnboundedSender<Bytes>, Channel) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Channel(receiver))
}

#[derive(Debug)]
pub struct Channel(mpsc::UnboundedReceiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}
