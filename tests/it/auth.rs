//! Webhooks beside an app with authentication: what the documentation says about the placement in a stack, right and
//! wrong.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing,
};
use http::{StatusCode, header::AUTHORIZATION, request::Parts};
use tower::{Layer, ServiceBuilder};
use tower_http::validate_request::{RequiredHeaderValue, ValidateRequestHeaderLayer};
use tower_tencent_webhook::{
    Ack, RejectionKind, Verdict, Webhook, WebhookRouter,
    event::{c2c, follow},
};

use crate::common::*;

const BEARER: &str = "Bearer members-only";

/// What authentication rejects gets a 403 without a body, and what the layer rejects a 401.
fn auth<B: Default>() -> ValidateRequestHeaderLayer<RequiredHeaderValue<B>> {
    ValidateRequestHeaderLayer::has_header_value("authorization", BEARER).unwrap()
}

fn members() -> Router {
    Router::new().route("/members", routing::get(async || "members"))
}

fn webhooks() -> WebhookRouter {
    WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
}

fn with_token<B>(mut request: http::Request<B>, token: &str) -> http::Request<B> {
    request.headers_mut().insert(AUTHORIZATION, token.parse().unwrap());
    request
}

/// Calls an axum app, with a token or without.
async fn call(app: &Router, request: http::Request<Body>, token: Option<&str>) -> Answer {
    let request = if let Some(token) = token { with_token(request, token) } else { request };
    crate::common::call(app.clone(), request).await
}

fn message() -> http::Request<Body> {
    signed_sample(MESSAGE).map(Body::new)
}

fn forged_message() -> http::Request<Body> {
    let mut request = message();
    *request.uri_mut() = request.uri().to_string().replace("RequestTime=1", "RequestTime=2").parse().unwrap();
    request
}

fn get(path: &str) -> http::Request<Body> {
    crate::common::get(path).map(Body::new)
}

#[track_caller]
fn assert_unauthenticated(answer: &Answer) {
    assert_eq!((answer.status(), answer.body.len()), (403, 0));
}

#[track_caller]
fn assert_forged(answer: &Answer) {
    assert_eq!((answer.status(), answer.rejection().kind()), (401, RejectionKind::InvalidSign));
}

/// Webhooks need a signature and everything else a bearer token. Neither stands in for the other.
async fn assert_separate(app: &Router) {
    assert_eq!(call(app, message(), None).await.json(), code(1));
    assert_forged(&call(app, forged_message(), None).await);
    assert_forged(&call(app, forged_message(), Some(BEARER)).await);
    assert_unauthenticated(&call(app, get("/members"), None).await);
    assert_unauthenticated(&call(app, get("/members"), Some("Bearer guess")).await);
    assert_eq!(call(app, get("/members"), Some(BEARER)).await.json(), (200, "members".into()));
}

#[tokio::test]
async fn auth_inside_the_layer_does_not_apply_to_webhooks() {
    let app = members().route("/im", routing::any(async || "inner"));
    let app = app.layer(auth()).layer(webhooks()).layer(layer());
    assert_separate(&app).await;
    // Nor is the webhooks' path a way around: what is not a POST belongs to the rest.
    assert_unauthenticated(&call(&app, get("/im"), None).await);
    assert_eq!(call(&app, get("/im"), Some(BEARER)).await.json(), (200, "inner".into()));
}

#[tokio::test]
async fn auth_on_the_other_routes_does_not_apply_to_webhooks() {
    let app = members().layer(auth()).route_service("/im", layer().layer(webhooks()));
    assert_separate(&app).await;
    assert_eq!(call(&app, get("/im"), None).await.json(), error(404, "this is not a webhook"));

    let handler = async |_: Webhook| Verdict::<c2c::BeforeSendMsg>::refuse();
    let app = members().route_layer(auth()).route("/im", routing::post(handler)).layer(layer());
    assert_separate(&app).await;
}

/// A mistake: Tencent's servers have no user's credentials.
#[tokio::test]
async fn auth_outside_the_layer_rejects_webhooks_too() {
    let app = members().layer(webhooks()).layer(layer()).layer(auth());
    assert_unauthenticated(&call(&app, message(), None).await);
    assert_eq!(call(&app, message(), Some(BEARER)).await.json(), code(1), "with both, as a gateway might send it");
    assert_forged(&call(&app, forged_message(), Some(BEARER)).await);
    assert_eq!(call(&app, get("/members"), Some(BEARER)).await.json(), (200, "members".into()));

    let inner = Inner::default();
    let service = ServiceBuilder::new().layer(auth()).layer(layer()).service(inner.clone());
    assert_unauthenticated(&crate::common::call(service.clone(), signed()).await);
    assert_eq!(inner.calls(), 0);
    assert_eq!(crate::common::call(service, with_token(signed(), BEARER)).await.body, OK);
}

#[tokio::test]
async fn auth_inside_the_layer_runs_after_the_signature_is_checked() {
    let inner = Inner::default();
    let service = ServiceBuilder::new().layer(layer()).layer(auth()).service(inner.clone());
    let call = async |request| crate::common::call(service.clone(), request).await;
    assert_forged(&call(with_token(forged(), BEARER)).await);
    assert_unauthenticated(&call(signed()).await);
    assert_eq!(inner.calls(), 0);
    assert_eq!(call(with_token(signed(), BEARER)).await.status(), 200);
    assert!(inner.take_seen()[0].head.extensions.get::<Webhook>().is_some());
    assert_unauthenticated(&call(crate::common::get("/")).await);
}

/// The user: what authentication puts into the extensions.
#[derive(Clone, Debug, PartialEq)]
struct User(&'static str);

async fn identify(mut request: Request, next: Next) -> Result<Response, StatusCode> {
    if request.headers().get(AUTHORIZATION).is_none_or(|token| token != BEARER) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    request.extensions_mut().insert(User("ada"));
    Ok(next.run(request).await)
}

fn recording_users() -> (WebhookRouter, Arc<Mutex<Vec<Option<User>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorded = seen.clone();
    let router = WebhookRouter::new().on(move |_: Webhook<follow::AfterFollowAdd>, head: Parts| {
        recorded.lock().unwrap().push(head.extensions.get().cloned());
        async { Ack::ok() }
    });
    (router, seen)
}

#[tokio::test]
async fn a_handler_sees_the_user_that_an_outer_layer_identified() {
    let followed = || signed_sample(FOLLOW).map(Body::new);
    let (router, seen) = recording_users();
    let outside = members().layer(router).layer(layer()).layer(middleware::from_fn(identify));
    assert_eq!(call(&outside, followed(), Some(BEARER)).await.json(), ok());
    assert_eq!(*seen.lock().unwrap(), [Some(User("ada"))]);

    // Between the two layers it runs for webhooks and for everything else.
    let (router, seen) = recording_users();
    let between = members().layer(router).layer(middleware::from_fn(identify)).layer(layer());
    assert_eq!(call(&between, followed(), None).await.status(), 401);
    assert_eq!(call(&between, followed(), Some(BEARER)).await.json(), ok());
    assert_eq!(*seen.lock().unwrap(), [Some(User("ada"))]);

    // A mistake: inside the router it never runs for a webhook.
    let (router, seen) = recording_users();
    let inside = members().layer(middleware::from_fn(identify)).layer(router).layer(layer());
    assert_eq!(call(&inside, followed(), None).await.json(), ok());
    assert_eq!(*seen.lock().unwrap(), [None]);
}

/// A mistake: the router sees requests before they are webhooks.
#[tokio::test]
async fn a_router_outside_the_layer_handles_nothing() {
    let app = members().route("/im", routing::any(async || "inner")).layer(layer()).layer(webhooks());
    assert_eq!(call(&app, message(), None).await.json(), (200, "inner".into()));
    assert_forged(&call(&app, forged_message(), None).await);
}
