use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::Body;
use tower_service::Service;

use super::{
    body::WebhookBody,
    config::{Config, Terms, check_length},
    future::{Collected, Pending, ResponseFuture},
};
use crate::{observe::Receipt, rejection::BoxError};

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

    /// A reference to the inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// A mutable reference to the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Unwraps the inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for WebhookService<S>
where
    S: Service<Request<WebhookBody<B>>, Response = Response<R>> + Clone,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes>,
{
    type Response = Response<WebhookBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.config.is_webhook(&request) {
            return ResponseFuture::passthrough(self.inner.call(request.map(WebhookBody::passthrough)));
        }
        // Call the instance that was polled ready, and leave its clone here. If the webhook is rejected, the instance
        // is dropped, together with any permit that it holds.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let unread = holds_up_the_next(&request);
        let (claimed, Terms { policy, limit, max_body }) = match self.config.claim(&request) {
            Ok(claim) => claim,
            Err(rejection) => return ResponseFuture::rejected(rejection, unread),
        };
        if let Err(rejection) = check_length(&request, limit) {
            return ResponseFuture::failed(rejection, &claimed, policy, unread);
        }
        let wire = claimed.wire();
        let options = self.config.receiver.options().clone();
        let receipt = Some(Receipt::new());
        let (head, body) = request.into_parts();
        let (inner, head, claimed) = (Some(inner), Some(head), Some(claimed));
        let collected = Collected::default();
        ResponseFuture::collect(
            wire,
            Pending { inner, head, claimed, options, policy, max_body, receipt, collected },
            body,
            unread,
        )
    }
}

/// Whether the next request of the connection comes after this one's body: a server that does not read it closes the
/// connection, and says so, or a proxy would send the next webhook to nobody. HTTP/2 has streams for that.
fn holds_up_the_next(request: &Request<impl Body>) -> bool {
    request.version() <= Version::HTTP_11 && !request.body().is_end_stream()
}
