use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};

async fn greet(_: Webhook) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(greet);
}
