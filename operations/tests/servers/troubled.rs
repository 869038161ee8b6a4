//! A receiver in which everything goes wrong that can: what a message says is what happens to it. With `UNTAKEN` in its
//! environment it has no router at all, and with `PLACES` it has more than one place in the background.

use std::{
    convert::Infallible,
    env, io,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::time::sleep;
use tower::service_fn;
use tower_tencent_webhook::{
    Ack, MsgElem, Verdict, Webhook, WebhookRouter,
    event::{c2c, follow},
};
use tower_tencent_webhook_operations::{BoxError, Server, Settings, install_logs, install_metrics, layer};

async fn moderate(hook: Webhook<c2c::BeforeSendMsg>) -> io::Result<Verdict<c2c::BeforeSendMsg>> {
    let Some(MsgElem::Text(elem)) = hook.msg_body.first() else { return Ok(Verdict::allow()) };
    match elem.text.as_str() {
        "fail" => return Err(io::Error::other("as asked")),
        "panic" => panic!("as asked"),
        "late" => sleep(Duration::from_secs(10)).await,
        // Within the deadline, but later than it should.
        "slow" => sleep(Duration::from_millis(1850)).await,
        _ => {}
    }
    Ok(Verdict::allow())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    install_logs()?;
    let settings = Settings::from_env()?;
    install_metrics(settings.metrics)?;

    let places = env::var("PLACES").map_or(Ok(1), |places| places.parse())?;
    // With one place for each, the second has none.
    let engine = service_fn(async |_: Webhook| {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(())
    });
    let webhooks = WebhookRouter::new()
        .on(moderate)
        .on(async |_: Webhook<follow::AfterFollowAdd>| {
            static HANDLED: AtomicUsize = AtomicUsize::new(0);

            sleep(Duration::from_secs(1)).await;
            println!("handled {}", HANDLED.fetch_add(1, Ordering::Relaxed));
            Ack::ok()
        })
        .deadline(Duration::from_millis(1900))
        .ack_first(places)
        .hand_off(engine)
        .copy_before_events(1);
    let drained = webhooks.drain();
    let server = Server::new();
    let app = server.health();
    let app = if env::var_os("UNTAKEN").is_some() { app } else { app.layer(webhooks) };
    server.run(settings.address, settings.linger, app.layer(layer(&settings)?), drained).await?;
    Ok(())
}
