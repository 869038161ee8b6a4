use std::rc::Rc;

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

async fn followed(_: Webhook<follow::AfterFollowAdd>) -> Ack {
    let held = Rc::new(());
    std::future::ready(()).await;
    drop(held);
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
