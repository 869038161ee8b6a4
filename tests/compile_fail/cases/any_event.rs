//~ error[E0277]: `Event` is not a type of event
//~ the types of events are in the modules of `tower_tencent_webhook::event`
//~ `WebhookRouter::fallback` takes a handler of all events
//~ `WebhookRouter::on_command` takes a handler of any command, with a type of your own for its body

use tower_tencent_webhook::{Ack, Webhook, WebhookRouter};

async fn greet(_: Webhook) -> Ack {
    Ack::ok()
}

fn main() {
    let _ = WebhookRouter::new().on(greet);
}
