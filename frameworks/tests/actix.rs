//! actix-web: webhooks without Tower, as the READMEs show it.

mod checks;
#[path = "../../tests/common/mod.rs"]
mod common;

use std::net::SocketAddr;

use actix_web::{HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use bytes::Bytes;
use checks::{LIMIT, assert_shown_in_the_docs, check, over_tcp, receive::receive, receiver, webhooks};
use common::*;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use tower_tencent_webhook::{
    Ack, AfterFailure, BeforeFailure, FailurePolicy, Receiver, Verdict, Webhook, WebhookRouter,
    event::{c2c, follow},
};

#[test]
fn the_function_tested_here_is_the_readmes() {
    let (_, function) = include_str!("checks/receive.rs").split_once("#[rustfmt::skip]\npub ").unwrap();
    let (function, _) = function.split_once("\n}\n").unwrap();
    for readme in [include_str!("../../README.md"), include_str!("../../README.zh-CN.md")] {
        assert!(readme.contains(function), "a README has another function than\n{function}");
    }
}

// Shown in the docs.
struct Webhooks {
    receiver: Receiver,
    policy: FailurePolicy,
    router: WebhookRouter,
}

async fn endpoint(webhooks: web::Data<Webhooks>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let Webhooks { receiver, policy, router } = &**webhooks;
    let (status, answer) = receive(receiver, policy, router, request.query_string(), body).await;
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).content_type("application/json").body(answer)
}

/// For `App::configure`.
fn routes(webhooks: web::Data<Webhooks>) -> impl FnOnce(&mut web::ServiceConfig) {
    let limit = web::PayloadConfig::new(LIMIT);
    let endpoint = web::resource("/im").app_data(limit).post(endpoint);
    move |app| _ = app.app_data(webhooks).service(endpoint)
}
// To here.

/// Starts a server for these webhooks: its address, and what stops it.
fn start(webhooks: Webhooks) -> (SocketAddr, impl AsyncFnOnce()) {
    let webhooks = web::Data::new(webhooks);
    let server = HttpServer::new(move || {
        let hello = web::get().to(async || "hello");
        actix_web::App::new().configure(routes(webhooks.clone())).route("/hello", hello)
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let stop = server.handle();
    let server = tokio::spawn(server);
    (address, async move || {
        within(stop.stop(true)).await;
        within(server).await.unwrap().unwrap();
    })
}

#[tokio::test]
async fn actix_web_receives_the_vector_and_rejects_the_rest() {
    assert_shown_in_the_docs(include_str!("actix.rs"));
    let webhooks = Webhooks { receiver: receiver(), policy: FailurePolicy::new(), router: webhooks() };
    let (address, stop) = start(webhooks);
    check(async |request| over_tcp(address, request).await).await;
    stop().await;
}

#[tokio::test]
async fn actix_web_serves_webhooks_through_the_receiver_and_the_router() {
    let (address, stop) = start(Webhooks {
        receiver: Receiver::new(app()),
        policy: FailurePolicy::new().before(BeforeFailure::Refuse).after(AfterFailure::Reject),
        router: WebhookRouter::new()
            .on(async |hook: Webhook<c2c::BeforeSendMsg>| {
                Ok(match &*hook.from_account {
                    "eve" => Verdict::refuse_with(120_001, "no, eve").unwrap(),
                    "nobody" => return Err("there is no such user"),
                    _ => Verdict::allow(),
                })
            })
            .on(async |_: Webhook<follow::AfterFollowAdd>| Ack::ok()),
    });
    let ask = async |mut request: Request<Full<Bytes>>| {
        // Without it, HTTP/1.1 is a bad request to actix-web.
        request.headers_mut().insert("host", address.to_string().parse().unwrap());
        let answer = fetch(address, request).await;
        assert_eq!(answer.head.headers["content-type"], "application/json");
        answer.json()
    };
    let from = |sender: &str| {
        let mut body = samples_of(MESSAGE)[0].clone();
        body["From_Account"] = sender.into();
        signed_with(MESSAGE, body.to_string())
    };
    assert_eq!(ask(from("ada")).await, ok());
    let refused = json!({ "ActionStatus": "OK", "ErrorCode": 120_001, "ErrorInfo": "no, eve" });
    assert_eq!(ask(from("eve")).await, (200, refused));
    assert_eq!(ask(forged()).await, error(401, "Sign is not valid"));

    // What fails is answered as the policy says: a message is refused, an after-event rejected.
    assert_eq!(ask(from("nobody")).await, code(1));
    assert_eq!(ask(signed_with(MESSAGE, "nonsense")).await, code(1));
    assert_eq!(ask(signed_sample(FOLLOW)).await, ok());
    assert_eq!(ask(signed_with(FOLLOW, "nonsense")).await.0, 400);
    // The console's check of the URL is no failure, whatever its command.
    assert_eq!(ask(signed_with(MESSAGE, "{}")).await, ok());

    stop().await;
}
