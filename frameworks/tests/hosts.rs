//! The frameworks that host the layer, and are light: axum, what is built on it, hyper and tonic.

mod checks;

use std::{convert::Infallible, io, net::SocketAddr};

use bytes::Bytes;
use checks::{assert_shown_in_the_docs, check, layer, over_tcp, webhooks};
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;
use tower::Layer;
use tower_tencent_webhook::{WebhookBody, WebhookLayer, WebhookRouter};

#[test]
fn the_docs_show_this_code() {
    assert_shown_in_the_docs(include_str!("hosts.rs"));
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn check_axum(app: axum::Router) {
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    check(async |request| over_tcp(address, request).await).await;
}

// Shown in the docs.
fn axum_app(webhooks: WebhookRouter, layer: WebhookLayer) -> axum::Router {
    axum::Router::new()
        .route("/hello", axum::routing::get(async || "hello"))
        // The router goes inside of the layer.
        .layer(webhooks)
        .layer(layer)
}
// To here.

#[tokio::test]
async fn axum_receives_the_vector_and_rejects_the_rest() {
    check_axum(axum_app(webhooks(), layer())).await;
}

// Shown in the docs.
/// For loco's `Hooks::after_routes`, which is given the app's router and returns it.
fn after_routes(app: axum::Router, webhooks: WebhookRouter, layer: WebhookLayer) -> axum::Router {
    app.layer(webhooks).layer(layer)
}
// To here.

#[tokio::test]
async fn a_host_on_axum_receives_the_vector_and_rejects_the_rest() {
    // As loco has built it: with routes and layers of its own, and a fallback.
    let built = axum::Router::new()
        .nest("/api", axum::Router::new().route("/users", axum::routing::post(async || "users")))
        .route("/hello", axum::routing::get(async || "hello"))
        .layer(tower_http::timeout::TimeoutLayer::with_status_code(
            http::StatusCode::REQUEST_TIMEOUT,
            std::time::Duration::from_secs(10),
        ))
        .fallback(async || http::StatusCode::NOT_FOUND);
    check_axum(after_routes(built, webhooks(), layer())).await;
}

// Shown in the docs.
async fn serve(listener: TcpListener, webhooks: WebhookRouter, layer: WebhookLayer) -> io::Result<()> {
    let hello = tower::service_fn(async |_: Request<WebhookBody<Incoming>>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
    });
    let service = TowerToHyperService::new(layer.layer(webhooks.layer(hello)));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
    }
}
// To here.

#[tokio::test]
async fn hyper_receives_the_vector_and_rejects_the_rest() {
    let (listener, address) = listener().await;
    tokio::spawn(serve(listener, webhooks(), layer()));
    check(async |request| over_tcp(address, request).await).await;
}

// Shown in the docs.
fn tonic_app(grpc: tonic::service::Routes, webhooks: WebhookRouter, layer: WebhookLayer) -> axum::Router {
    grpc.into_axum_router().route("/hello", axum::routing::get(async || "hello")).layer(webhooks).layer(layer)
}
// To here.

#[tokio::test]
async fn tonic_receives_the_vector_and_rejects_the_rest() {
    let (_reporter, health) = tonic_health::server::health_reporter();
    check_axum(tonic_app(tonic::service::Routes::new(health), webhooks(), layer())).await;
}
