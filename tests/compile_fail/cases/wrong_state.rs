//~ error[E0277]: this is not a handler of an event
//~ with `on_with(&state, …)` the state may come first, by value: it is `App` here
//~ with the feature `axum`, up to eight extractors may come before the webhook, after the state: types that implement `FromRequestParts<App>`

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
