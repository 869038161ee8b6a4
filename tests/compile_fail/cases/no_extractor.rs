//~ error[E0277]: this is not a handler of an event
//~ with the feature `axum`, up to eight extractors may come before the webhook, after the state: types that implement `FromRequestParts<()>`

use http::HeaderMap;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

struct Peer;

async fn followed(_: HeaderMap, _: Peer, _: Webhook<follow::AfterFollowAdd>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
