//! This crate as it was at an earlier commit, which `benches/before` builds beside.

use tower::Layer;
use tower_tencent_webhook_before::{Ack, App, Webhook, WebhookLayer, WebhookRouter, WebhookService, event::follow};

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
