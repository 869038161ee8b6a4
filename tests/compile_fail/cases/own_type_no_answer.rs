//~ error[E0277]: `()` is not an answer
//~ a command is answered by an `Ack`, a `Reply` or any `Verdict<E>`, each plain or in a `Result`

use tower_tencent_webhook::{Webhook, WebhookRouter};

#[derive(serde::Deserialize)]
struct AfterRise;

async fn risen(_: Webhook<AfterRise>) {}

fn main() {
    let _ = WebhookRouter::new().on_command("Moon.CallbackAfterRise", risen);
}
