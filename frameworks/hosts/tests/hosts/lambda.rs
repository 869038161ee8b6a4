use std::convert::Infallible;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use lambda_http::{Body, Error, IntoResponse, Request, request};
use serde_json::json;
use tower::{Layer, ServiceExt};
use tower_tencent_webhook::{WebhookBody, WebhookLayer, WebhookRouter};

use crate::checks::{Ask, assert_shown_in_the_docs, check, layer, webhooks};

// Shown in the docs.
/// After its answer a function is frozen: no `ack_first`, and no handlers in the background.
async fn run(webhooks: WebhookRouter, layer: WebhookLayer) -> Result<(), Error> {
    lambda_http::run(layer.layer(webhooks)).await
}
// To here.

/// A request as API Gateway and function URLs hand it over.
fn event(ask: &Ask) -> Request {
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": ask.path,
        "rawQueryString": ask.query,
        "headers": { "host": "function.example", "content-type": "application/json" },
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "function.example", "domainPrefix": "function",
            "http": { "method": ask.method, "path": ask.path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9" },
            "requestId": "r", "routeKey": "$default", "stage": "$default", "timeEpoch": 0,
        },
        "body": ask.body,
        "isBase64Encoded": false,
    });
    request::from_str(&event.to_string()).unwrap()
}

#[tokio::test]
async fn lambda_http_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("lambda.rs"));
    // Its runtime needs Amazon's API, so only the service is called here.
    let _ = run;
    let hello = tower::service_fn(async |_: http::Request<WebhookBody<Body>>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
    });
    let app = layer().layer(webhooks().layer(hello));
    check(async |ask| {
        let answer = app.clone().oneshot(event(&ask)).await.unwrap().into_response().await;
        let (head, body) = answer.into_parts();
        match body {
            Body::Text(text) => (head.status.as_u16(), text),
            other => panic!("JSON and text are answered as text: {other:?}"),
        }
    })
    .await;
}
