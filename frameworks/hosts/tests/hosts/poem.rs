use poem::{
    Route, Server,
    endpoint::{TowerCompatExt, make_sync},
    get,
    listener::{Acceptor, Listener, TcpListener},
    post,
};
use tower::Layer;
use tower_tencent_webhook::{WebhookLayer, WebhookRouter};

use crate::checks::{assert_shown_in_the_docs, check, layer, over_tcp, webhooks};

// Shown in the docs.
/// An endpoint, not a middleware: poem's have a request type of their own.
fn app(webhooks: WebhookRouter, layer: WebhookLayer) -> Route {
    Route::new().at("/im", post(layer.layer(webhooks).compat())).at("/hello", get(make_sync(|_| "hello")))
}
// To here.

#[tokio::test]
async fn poem_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("poem.rs"));
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app(webhooks(), layer())));
    check(async |request| over_tcp(address, request).await).await;
}
