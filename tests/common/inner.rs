//! Inner services and handlers that record what happens to them.

use std::{
    convert::Infallible,
    fmt::Debug,
    future::pending,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tower::Service;
use tower_tencent_webhook::{Ack, Reply, Webhook};

/// Answers `Ack::ok()` and records what reached it.
#[derive(Clone, Debug, Default)]
pub struct Inner {
    calls: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that reached the inner service.
#[derive(Debug)]
pub struct Seen {
    pub head: Parts,
    pub body: Bytes,
    pub trailers: Option<HeaderMap>,
}

impl Seen {
    #[track_caller]
    pub fn hook(&self) -> &Webhook {
        self.head.extensions.get().expect("no webhook in the request's extensions")
    }
}

impl Inner {
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl<B> Service<Request<B>> for Inner
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Debug,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let seen = self.seen.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.expect("the inner service gets whole bodies");
            let trailers = body.trailers().cloned();
            seen.lock().unwrap().push(Seen { head, body: body.to_bytes(), trailers });
            Ok(Reply::from(Ack::ok()).into_response())
        })
    }
}

/// Counts how many handlers started, and how each of them ended.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    started: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Probe {
    /// Starts a handler, which holds this while it runs.
    pub fn start(&self) -> Running {
        self.started.fetch_add(1, Ordering::SeqCst);
        Running { probe: self.clone(), finished: false }
    }

    /// How many handlers started, finished, and were dropped unfinished.
    pub fn counts(&self) -> (usize, usize, usize) {
        let load = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (load(&self.started), load(&self.finished), load(&self.dropped))
    }
}

/// A handler that is running.
#[derive(Debug)]
pub struct Running {
    probe: Probe,
    finished: bool,
}

impl Running {
    pub fn finish(mut self) {
        self.finished = true;
    }

    /// Never finishes.
    pub async fn hang(self) -> ! {
        pending::<()>().await;
        unreachable!()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let count = if self.finished { &self.probe.finished } else { &self.probe.dropped };
        count.fetch_add(1, Ordering::SeqCst);
    }
}
