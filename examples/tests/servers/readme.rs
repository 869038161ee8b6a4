//! The README's hyper server, word for word. Only its port is another, and it says which.

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tower::{Layer, Service};
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::state};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let webhooks = WebhookRouter::new().on(async |hook: Webhook<state::StateChange>| {
        println!("{} {:?}", hook.info.to_account, hook.info.action);
        Ack::ok()
    });
    let service = WebhookLayer::new(App::signed(1400000000, "the console's token")?).layer(webhooks);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        // Accepting fails when file descriptors run out, for one. That must not end the server.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let service = service.clone();
        // The router is always ready, and the layer is ready when its inner service is: no need to poll before the call.
        let service = service_fn(move |request| service.clone().call(request));
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Without a timer, hyper waits for slow senders forever. The open internet needs more: see below.
            server.http1().timer(TokioTimer::new());
            _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
