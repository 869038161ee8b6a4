use http::HeaderMap;
use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

async fn followed(_: Webhook<follow::AfterFollowAdd>, _: HeaderMap) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
