//~ error[E0277]: the trait bound `AfterRise: serde::de::DeserializeOwned` is not satisfied

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};

struct AfterRise;

async fn risen(_: Webhook<AfterRise>) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on_command("Moon.CallbackAfterRise", risen);
}
