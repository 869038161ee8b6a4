//~ error[E0277]: `Verdict<tower_tencent_webhook::event::c2c::BeforeSendMsg>` is not an answer to `tower_tencent_webhook::event::c2c::AfterSendMsg`
//~ after-events are answered by `Ack`, before-events by their own `Verdict<E>`, each plain or in a `Result`

use tower_tencent_webhook::{Verdict, Webhook, WebhookRouter, event::c2c};

async fn handler(_: Webhook<c2c::AfterSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
    Verdict::allow()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
