use http::HeaderMap;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

struct Peer;

async fn followed(_: HeaderMap, _: Peer, _: Webhook<follow::AfterFollowAdd>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
