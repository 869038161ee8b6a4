//~ error[E0277]: this is not a handler of an event
//~ with `on_with(&state, …)` the state may come first, by value: it is `()` here

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};

#[derive(Clone)]
struct App;

impl App {
    async fn followed(self, _: Webhook<follow::AfterFollowAdd>) -> Ack {
        Ack::ok()
    }
}

fn main() {
    let _ = WebhookRouter::new().on(App::followed);
}
