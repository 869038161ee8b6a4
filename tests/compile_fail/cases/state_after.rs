use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

#[derive(Clone)]
struct App;

async fn followed(_: Webhook<follow::AfterFollowAdd>, _: App) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on_with(&App, followed);
}
