use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

#[derive(Clone)]
struct App;

#[derive(Clone)]
struct Database;

async fn followed(_: Database, _: Webhook<follow::AfterFollowAdd>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on_with(&App, followed);
}
