//! Together with auth: what the documentation of the layer says of its place in a stack, in order and out of order.

mod common_router;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing,
};
use common_router::*;
use http::{StatusCode, header::AUTHORIZATION, request::Parts};
use tower_tencent_webhook::{Ack, Verdict, Webhook, WebhookRouter, event::c2c, event::follow};

const BEARER: &str = "Bearer members-only";

/// Who is asking: what auth puts into the extensions.
#[derive(Clone, Debug, PartialEq)]
struct User(&'static str);

async fn auth(mut request: Request, next: Next) -> Result<Response, StatusCode> {
    if request.headers().get(AUTHORIZATION).is_none_or(|token| token != BEARER) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    request.extensions_mut().insert(User("ada"));
    Ok(next.run(request).await)
}

fn members() -> Router {
    Router::new().route("/members", routing::get(async || "members")).route("/im", routing::any(async || "inner"))
}

fn webhooks() -> WebhookRouter {
    WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse())
}

async fn get(app: &Router, path: &str, token: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token);
    }
    send(app.clone(), request.body(Body::empty()).unwrap()).await
}

async fn webhook(app: &Router, token: Option<&str>) -> Answer {
    let mut request = genuine(MESSAGE).map(Body::new);
    if let Some(token) = token {
        request.headers_mut().insert(AUTHORIZATION, token.parse().unwrap());
    }
    send(app.clone(), request).await
}

async fn forged(app: &Router, token: Option<&str>) -> Answer {
    let mut request = genuine(MESSAGE).map(Body::new);
    *request.uri_mut() = request.uri().to_string().replace("RequestTime=1", "RequestTime=2").parse().unwrap();
    if let Some(token) = token {
        request.headers_mut().insert(AUTHORIZATION, token.parse().unwrap());
    }
    send(app.clone(), request).await
}

/// Webhooks bring a signature, the rest a bearer token; neither helps with the other.
async fn each_has_its_own(app: Router) {
    assert_eq!(webhook(&app, None).await, Answer::code(1));
    assert_eq!(forged(&app, None).await.0, 401);
    assert_eq!(forged(&app, Some(BEARER)).await.0, 401);
    assert_eq!(get(&app, "/members", None).await.0, 401);
    assert_eq!(get(&app, "/members", Some("Bearer guess")).await.0, 401);
    assert_eq!(get(&app, "/members", Some(BEARER)).await, Answer(200, "members".into()));
    // The webhook path is not a way around: what is no POST there is one of the rest.
    assert_eq!(get(&app, "/im", None).await.0, 401);
}

/// In order: auth is inside, so webhooks are received before it.
#[tokio::test]
async fn auth_of_the_rest_of_the_app() {
    each_has_its_own(members().layer(middleware::from_fn(auth)).layer(webhooks()).layer(layer())).await;
}

/// Beside: auth stands on the other routes alone.
#[tokio::test]
async fn auth_beside_the_webhooks() {
    let rest = Router::new().route("/members", routing::get(async || "members")).layer(middleware::from_fn(auth));
    let im = tower::Layer::layer(&layer(), webhooks());
    let app = rest.route_service("/im", im);
    assert_eq!(webhook(&app, None).await, Answer::code(1));
    assert_eq!(forged(&app, Some(BEARER)).await.0, 401);
    assert_eq!(get(&app, "/members", None).await.0, 401);
    assert_eq!(get(&app, "/members", Some(BEARER)).await, Answer(200, "members".into()));
    assert_eq!(get(&app, "/im", None).await, Answer::failed(404, "this is no webhook"));
}

/// Out of order: Tencent's servers have no credentials of a user, so nothing of theirs comes through.
#[tokio::test]
async fn auth_around_all_keeps_webhooks_out() {
    let app = members().layer(webhooks()).layer(layer()).layer(middleware::from_fn(auth));
    assert_eq!(webhook(&app, None).await.0, 401);
    assert_eq!(webhook(&app, Some(BEARER)).await, Answer::code(1), "with both, as a gateway might send it");
    assert_eq!(forged(&app, Some(BEARER)).await.0, 401);
    assert_eq!(get(&app, "/members", Some(BEARER)).await, Answer(200, "members".into()));
}

fn who_asks() -> (WebhookRouter, Arc<Mutex<Vec<Option<User>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let router = WebhookRouter::new().on(move |_: Webhook<follow::AfterFollowAdd>, head: Parts| {
        noted.lock().unwrap().push(head.extensions.get().cloned());
        async { Ack::ok() }
    });
    (router, seen)
}

#[tokio::test]
async fn what_auth_says_is_read_in_a_handler() {
    let mut request = genuine(FOLLOW).map(Body::new);
    request.headers_mut().insert(AUTHORIZATION, BEARER.parse().unwrap());
    let (around, seen) = who_asks();
    let around = members().layer(around).layer(layer()).layer(middleware::from_fn(auth));
    assert_eq!(send(around, request).await, Answer::ok());

    // Between the two layers it is known as well: only webhooks and the rest that it admits come there.
    let (between, seen_between) = who_asks();
    let between = members().layer(between).layer(middleware::from_fn(auth)).layer(layer());
    assert_eq!(send(between.clone(), genuine(FOLLOW).map(Body::new)).await.0, 401);
    let mut request = genuine(FOLLOW).map(Body::new);
    request.headers_mut().insert(AUTHORIZATION, BEARER.parse().unwrap());
    assert_eq!(send(between, request).await, Answer::ok());

    // Out of order: auth inside of the router is never asked for a webhook.
    let (inside, seen_inside) = who_asks();
    let inside = members().layer(middleware::from_fn(auth)).layer(inside).layer(layer());
    assert_eq!(send(inside, genuine(FOLLOW).map(Body::new)).await, Answer::ok());

    assert_eq!(*seen.lock().unwrap(), [Some(User("ada"))]);
    assert_eq!(*seen_between.lock().unwrap(), [Some(User("ada"))]);
    assert_eq!(*seen_inside.lock().unwrap(), [None]);
}

/// Out of order: a router around the layer sees requests before they are webhooks, and lets them all pass.
#[tokio::test]
async fn a_router_around_the_layer_handles_nothing() {
    let app = members().layer(layer()).layer(webhooks());
    assert_eq!(webhook(&app, None).await, Answer(200, "inner".into()));
    assert_eq!(forged(&app, None).await.0, 401, "the layer is there all the same");
}
