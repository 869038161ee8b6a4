//! This crate as it was at an earlier commit, which `benches/before` builds beside.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service};
use tower_tencent_webhook_before::{
    Ack, App, Webhook, WebhookBody, WebhookLayer, WebhookRouter, WebhookService, event::follow,
};

use super::{
    common::{APP, Inner, TOKEN},
    receivers::{PATH, unfollowed},
};

pub fn layer() -> WebhookService<Inner> {
    WebhookLayer::new(App::signed(APP, TOKEN).unwrap()).layer(Inner)
}

pub fn layer_and_router() -> WebhookService<WebhookRouter> {
    let router = WebhookRouter::new().on(async |hook: Webhook<follow::AfterFollowDelete>| {
        unfollowed(&hook.from_account, &hook.to_account);
        Ack::ok()
    });
    WebhookLayer::new(App::signed(APP, TOKEN).unwrap()).path(PATH).layer(router)
}

impl Service<Request<WebhookBody<Full<Bytes>>>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<WebhookBody<Full<Bytes>>>) -> Self::Future {
        black_box(&request);
        ready(Ok(Response::new(Full::default())))
    }
}
