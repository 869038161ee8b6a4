use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::c2c};

async fn handler(_: Webhook<c2c::BeforeSendMsg>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
