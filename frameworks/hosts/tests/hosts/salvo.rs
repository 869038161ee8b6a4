use salvo::{
    Listener, Router, Server,
    conn::{Acceptor, TcpListener},
    handler,
    http::ReqBody,
    prelude::TowerServiceCompat,
};
use tower::Layer;
use tower_tencent_webhook::{WebhookLayer, WebhookRouter};

use crate::checks::{assert_shown_in_the_docs, check, layer, over_tcp, webhooks};

#[handler]
async fn hello() -> &'static str {
    "hello"
}

// Shown in the docs.
/// Salvo cannot infer the type of the body.
fn app(webhooks: WebhookRouter, layer: WebhookLayer) -> Router {
    let webhooks = TowerServiceCompat::<ReqBody, _, _, _>::compat(layer.layer(webhooks));
    Router::new().push(Router::with_path("im").post(webhooks)).push(Router::with_path("hello").get(hello))
}
// To here.

#[tokio::test]
async fn salvo_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("salvo.rs"));
    let acceptor = TcpListener::new("127.0.0.1:0").bind().await;
    let address = acceptor.holdings()[0].local_addr.clone().into_std().unwrap();
    tokio::spawn(Server::new(acceptor).serve(app(webhooks(), layer())));
    check(async |request| over_tcp(address, request).await).await;
}
