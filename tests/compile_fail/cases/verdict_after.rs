use tower_tencent_webhook::{Verdict, Webhook, WebhookRouter, event::c2c};

async fn handler(_: Webhook<c2c::AfterSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
    Verdict::allow()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
