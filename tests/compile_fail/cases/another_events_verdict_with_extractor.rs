use http::HeaderMap;
use tower_tencent_webhook::{Verdict, Webhook, WebhookRouter, event::{c2c, group}};

async fn handler(_: HeaderMap, _: Webhook<c2c::BeforeSendMsg>) -> Verdict<group::BeforeSendMsg> {
    Verdict::allow()
}

fn main() {
    let _ = WebhookRouter::new().on(handler);
}
