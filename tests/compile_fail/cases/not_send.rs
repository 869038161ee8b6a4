//~ error[E0277]: this is not a handler of an event
//~ a handler is an async function of `Webhook<E>`, or of `Webhook<E>` and `http::request::Parts`, for an event type `E`; it and its future are `Send`, and borrow nothing

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
