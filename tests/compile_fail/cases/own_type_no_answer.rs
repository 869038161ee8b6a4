use tower_tencent_webhook::{Webhook, WebhookRouter};

#[derive(serde::Deserialize)]
struct AfterRise;

async fn risen(_: Webhook<AfterRise>) {}

fn main() {
    let _ = WebhookRouter::new().on_command("Moon.CallbackAfterRise", risen);
}
