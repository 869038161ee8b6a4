//~ error[E0277]
//~ `std::error::Error` is not implemented for `u8`

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

async fn followed(_: Webhook<follow::AfterFollowAdd>) -> Result<Ack, u8> {
    Err(7)
}

fn main() {
    let _ = WebhookRouter::new().on(followed);
}
