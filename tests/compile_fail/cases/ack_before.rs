//~ error[E0277]: this event is answered by its `Verdict<tower_tencent_webhook::event::c2c::BeforeSendMsg>`, not by `Ack`
//~ returns `Ack`

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::c2c};

async fn handler(_: Webhook<c2c::BeforeSendMsg>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
