use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};

async fn handler(_: Webhook<String>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
