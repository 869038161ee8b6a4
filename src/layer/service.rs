use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use http::{Method, Request, Response, header::CONTENT_LENGTH};
use http_body::Body;
use tower_service::Service;

use super::{ResponseFuture, WebhookBody, future::Admitted, layer::Config};
use crate::{WebhookContext, rejection::Rejection};

/// The service of [`WebhookLayer`](crate::WebhookLayer).
#[derive(Clone, Debug)]
pub struct WebhookService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> WebhookService<S> {
    pub(super) fn new(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }
}

impl Config {
    fn concerns<B>(&self, request: &Request<B>) -> bool {
        request.method() == Method::POST && self.path.as_deref().is_none_or(|path| path == request.uri().path())
    }

    fn admit(&self, request: &Request<impl Body>, now: SystemTime) -> Result<WebhookContext, Rejection> {
        let context = self.receiver.verify_uri(request.uri(), now)?;
        // A length beyond u64 is no number to the standard library, and too large to us.
        let claimed = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let claimed = claimed.map_or(0, |length| length.trim().parse().unwrap_or(u64::MAX));
        if claimed.max(request.body().size_hint().lower()) > self.max_body as u64 {
            return Err(Rejection::body_too_large(self.max_body));
        }
        Ok(context)
    }
}

impl<S, B, R> Service<Request<B>> for WebhookService<S>
where
    S: Service<Request<WebhookBody<B>>, Response = Response<R>> + Clone,
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: Body<Data = Bytes>,
{
    type Response = Response<WebhookBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.config.concerns(&request) {
            return ResponseFuture::untouched(self.inner.call(request.map(WebhookBody::inner)));
        }
        // The instance that was polled ready is the one to be called; the clone takes its place here. Where the webhook
        // is refused it is dropped, and with it the place that it may hold in a limit.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        match self.config.admit(&request, SystemTime::now()) {
            Ok(context) => {
                let (head, body) = request.into_parts();
                let Config { receiver, max_body, .. } = &*self.config;
                let parser = receiver.parser().clone();
                ResponseFuture::collect(Admitted { inner, head, context, parser, max_body: *max_body }, body)
            }
            Err(rejection) => ResponseFuture::refused(rejection),
        }
    }
}
