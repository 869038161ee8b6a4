//! Stacked with auth, in each order.

use std::time::SystemTime;

use axum::{Router, middleware::from_fn, response::IntoResponse, routing::get};
use bytes::Bytes;
use http::{Request, StatusCode, request::Parts};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tower_tencent_webhook::{Ack, App, Webhook, WebhookLayer, WebhookRouter, event::follow, signer::Signer};

/// Who asks, as the auth layer found out.
#[derive(Clone, Debug, PartialEq)]
struct User(&'static str);

async fn bearer(mut request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    match request.headers().get("authorization") {
        Some(token) if token == "Bearer passport" => {
            request.extensions_mut().insert(User("ada"));
            next.run(request).await
        }
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn app() -> App {
    App::signed(1_400_000_000, "token").unwrap()
}

fn layer() -> WebhookLayer {
    WebhookLayer::new(app()).path("/im")
}

/// Fails without a user: then the answer is HTTP 500.
fn webhooks() -> WebhookRouter {
    WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowDelete>, head: Parts| {
        head.extensions.get::<User>().map(|_| Ack::ok()).ok_or("nobody asked")
    })
}

fn quiet() -> WebhookRouter {
    WebhookRouter::new().on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok())
}

fn rest() -> Router {
    Router::new().route("/me", get(async || "hello"))
}

fn webhook() -> Request<Full<Bytes>> {
    let body = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1}"#;
    Signer::new(&app()).url("/im").request("Follow.CallbackAfterFollowDelete", body, SystemTime::now())
}

fn me() -> Request<Full<Bytes>> {
    Request::get("/me").body(Full::default()).unwrap()
}

fn with_passport(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    request.headers_mut().insert("authorization", "Bearer passport".parse().unwrap());
    request
}

async fn status(app: &Router, request: Request<Full<Bytes>>) -> u16 {
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn auth_on_the_rest_and_none_on_the_webhooks() {
    let app = rest().layer(from_fn(bearer)).layer(quiet()).layer(layer());
    assert_eq!(status(&app, webhook()).await, 200);
    assert_eq!(status(&app, me()).await, 401);
    assert_eq!(status(&app, with_passport(me())).await, 200);
}

#[tokio::test]
async fn auth_around_all_is_for_webhooks_too() {
    let app = rest().layer(quiet()).layer(layer()).layer(from_fn(bearer));
    assert_eq!(status(&app, webhook()).await, 401);
    assert_eq!(status(&app, with_passport(webhook())).await, 200);
    assert_eq!(status(&app, me()).await, 401);
}

#[tokio::test]
async fn a_handler_reads_what_auth_found_out() {
    let outside = rest().layer(webhooks()).layer(layer()).layer(from_fn(bearer));
    assert_eq!(status(&outside, with_passport(webhook())).await, 200);
    let between = rest().layer(webhooks()).layer(from_fn(bearer)).layer(layer());
    assert_eq!(status(&between, with_passport(webhook())).await, 200);
    assert_eq!(status(&between, webhook()).await, 401);
    // Auth inside of the router is never asked about webhooks.
    let inside = rest().layer(from_fn(bearer)).layer(webhooks()).layer(layer());
    assert_eq!(status(&inside, with_passport(webhook())).await, 500);
}

#[tokio::test]
async fn a_router_outside_of_the_layer_sees_no_webhook() {
    let inner = Router::new().route("/im", axum::routing::post(async |hook: Webhook| hook.command().to_string()));
    let app = inner.layer(layer()).layer(quiet());
    let response = app.oneshot(webhook()).await.unwrap();
    let answer = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(answer, "Follow.CallbackAfterFollowDelete", "it went on to the inner service");
}
