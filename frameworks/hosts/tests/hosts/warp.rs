use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;
use tower::Layer;
use tower_tencent_webhook::{WebhookLayer, WebhookRouter};
use warp::Filter;

use crate::checks::{assert_shown_in_the_docs, check, layer, over_tcp, webhooks};

// Shown in the docs.
/// `warp::serve` takes filters only, so hyper serves it.
async fn serve(listener: TcpListener, webhooks: WebhookRouter, layer: WebhookLayer) -> std::io::Result<()> {
    let hello = warp::path("hello").map(|| "hello");
    let service = TowerToHyperService::new(layer.layer(webhooks.layer(warp::service(hello))));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
    }
}
// To here.

#[tokio::test]
async fn warp_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("warp.rs"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, webhooks(), layer()));
    check(async |request| over_tcp(address, request).await).await;
}
