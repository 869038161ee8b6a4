use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::{
    body::WebhookBody,
    claim::Claimed,
    config::{Config, check_length},
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

/// The size of the body of the console's check of the URL: an empty object.
const BLANK: usize = 2;

fn may_be_blank(body: &impl Body) -> bool {
    body.size_hint().upper().is_some_and(|upper| upper <= BLANK as u64)
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
        let Config { receiver, failure, .. } = &*self.config;
        #[cfg(feature = "rtc")]
        if receiver.is_rtc_request(request.uri(), request.headers()) {
            let claim = match receiver.verify_rtc_map(request.headers()) {
                Ok(claim) => claim,
                Err(rejection) => return ResponseFuture::rejected(rejection),
            };
            let claimed = Claimed::Rtc(claim);
            let max_body = self.config.rtc_limit();
            if let Err(rejection) = check_length(&request, max_body) {
                return ResponseFuture::failed(rejection, &claimed, None);
            }
            let (options, policy) = (receiver.options().clone(), failure.clone());
            let receipt = Some(Receipt::new());
            let (head, body) = request.into_parts();
            return ResponseFuture::collect(
                Pending {
                    inner: Some(inner),
                    head: Some(head),
                    claimed: Some(claimed),
                    options,
                    policy,
                    max_body,
                    receipt,
                    collected: Collected::default(),
                },
                body,
            );
        }
        let context = match receiver.verify_uri(request.uri(), SystemTime::now()) {
            Ok(context) => context,
            Err(rejection) => return ResponseFuture::rejected(rejection),
        };
        let limit = self.config.chat_limit();
        let (policy, max_body) = match receiver.options().check_url(context.command()) {
            Ok(()) => (failure.clone(), limit),
            Err(rejection) if !may_be_blank(request.body()) => return ResponseFuture::rejected(rejection),
            // It is rejected unless it turns out to be the console's check of the URL, so the policy has no say.
            Err(_) => (None, BLANK.min(limit)),
        };
        let claimed = Claimed::Chat(context);
        if let Err(rejection) = check_length(&request, limit) {
            return ResponseFuture::failed(rejection, &claimed, policy);
        }
        let options = receiver.options().clone();
        let receipt = Some(Receipt::new());
        let (head, body) = request.into_parts();
        ResponseFuture::collect(
            Pending {
                inner: Some(inner),
                head: Some(head),
                claimed: Some(claimed),
                options,
                policy,
                max_body,
                receipt,
                collected: Collected::default(),
            },
            body,
        )
    }
}
