use tower_tencent_webhook::{Ack, WebhookRouter, event::follow};

async fn followed(_: follow::AfterFollowAdd) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
