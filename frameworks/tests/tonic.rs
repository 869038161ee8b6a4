//! tonic: gRPC and webhooks on one port.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/example.rs"]
mod example;

use bytes::Bytes;
use common::*;
use example::Example;
use http_body_util::{BodyExt, Full};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tower::{Layer, ServiceExt};
use tower_tencent_webhook::{Verdict, Webhook, WebhookRouter, event::c2c};

#[tokio::test]
async fn the_layer_serves_grpc_and_webhooks_on_one_port() {
    let (reporter, health) = tonic_health::server::health_reporter();
    let inner = Inner::default();
    let app = tonic::service::Routes::new(health).into_axum_router().route_service("/im", inner.clone()).layer(layer());
    let server = serve(app).await;

    let channel = tonic::transport::Endpoint::from_shared(format!("http://{server}")).unwrap();
    let mut grpc = HealthClient::new(within(channel.connect()).await.unwrap());
    let whole = HealthCheckRequest { service: String::new() };
    let chat = HealthCheckRequest { service: "chat".to_owned() };

    // A streaming response stays open meanwhile.
    reporter.set_service_status("chat", tonic_health::ServingStatus::Serving).await;
    let mut watch = within(grpc.watch(chat.clone())).await.unwrap().into_inner();
    let seen = within(watch.message()).await.unwrap().unwrap();
    assert_eq!(seen.status(), ServingStatus::Serving);

    let mut http2 = http2(server).await;
    for _ in 0..3 {
        assert_eq!(within(grpc.check(whole.clone())).await.unwrap().into_inner().status(), ServingStatus::Serving);
        assert_eq!(fetch(server, signed()).await.body, OK);
        assert_eq!(fetch(server, forged()).await.status(), 401);
        let mut request = signed();
        *request.uri_mut() = format!("http://{server}{}", signed_uri()).parse().unwrap();
        assert_eq!(within(http2.send_request(request)).await.unwrap().status(), 200);
    }
    assert_eq!(inner.calls(), 6);

    reporter.set_service_status("chat", tonic_health::ServingStatus::NotServing).await;
    let seen = within(watch.message()).await.unwrap().unwrap();
    assert_eq!(seen.status(), ServingStatus::NotServing);
    // A status of gRPC, in trailers only.
    let unknown = within(grpc.check(HealthCheckRequest { service: "nobody".to_owned() })).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn a_router_works_in_front_of_tonic_routes() {
    let (_reporter, health) = tonic_health::server::health_reporter();
    let router = WebhookRouter::new().on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let app = layer().layer(router.layer(tonic::service::Routes::new(health).prepare()));
    assert_eq!(send(app.clone(), signed_sample(MESSAGE)).await, code(1));

    // The health of the whole server, as a raw gRPC frame: an empty message behind five bytes of prefix.
    let request = http::Request::post("/grpc.health.v1.Health/Check")
        .header("content-type", "application/grpc")
        .body(Full::new(Bytes::from_static(&[0; 5])))
        .unwrap();
    let (head, body) = within(app.oneshot(request)).await.unwrap().into_parts();
    assert_eq!(head.headers["content-type"], "application/grpc");
    let body = body.collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(body.to_bytes(), [0, 0, 0, 0, 2, 8, 1][..], "it is serving");
}

#[cfg(feature = "rtc")]
#[tokio::test]
async fn grpc_and_both_wire_formats_share_a_port() {
    use tower_tencent_webhook::{Ack, WebhookLayer, rtc, signer::Signer};

    let (_reporter, health) = tonic_health::server::health_reporter();
    let router = WebhookRouter::new()
        .on(async |_: Webhook<rtc::room::UserEntered>| Ack::ok())
        .on(async |_: Webhook<c2c::BeforeSendMsg>| Verdict::refuse());
    let both = common::app().rtc_key("Quay7Key").unwrap();
    let layer = WebhookLayer::new(both.clone()).path("/im");
    let app = tonic::service::Routes::new(health).into_axum_router().layer(router).layer(layer);
    let server = serve(app).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{server}")).unwrap();
    let mut grpc = HealthClient::new(within(channel.connect()).await.unwrap());
    let mut http2 = http2(server).await;
    for _ in 0..2 {
        let whole = HealthCheckRequest { service: String::new() };
        assert_eq!(within(grpc.check(whole)).await.unwrap().into_inner().status(), ServingStatus::Serving);
        assert_eq!(fetch(server, signed_sample(MESSAGE)).await.json(), code(1));
        let callback = || Signer::new(&both).url("/im").rtc_request(tower_tencent_webhook::signer::rtc_samples(103)[0]);
        assert_eq!(fetch(server, callback()).await.body, r#"{"code":0}"#);
        let mut request = callback();
        *request.uri_mut() = absolute(server, "/im").parse().unwrap();
        let answer = Answer::read(within(http2.send_request(request)).await.unwrap()).await;
        assert_eq!((answer.status(), &answer.body[..]), (200, &br#"{"code":0}"#[..]));
        let mut forged = callback();
        forged.headers_mut().insert("sign", "84WqP+LwS4gp9S8D2jI2j24YRyv3qGriJ+y3an7ukas=".parse().unwrap());
        assert_eq!(fetch(server, forged).await.status(), 401);
    }
}

#[tokio::test]
async fn the_example_serves_grpc_and_webhooks_on_one_port() {
    let example = Example::start("tonic");
    let channel = tonic::transport::Endpoint::try_from(format!("http://{}", example.address)).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let health = client.check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1, "it is serving");

    example.answers_its_docs(include_str!("../examples/tonic.rs"), &[(200, OK)]);
    let full = r#"{"GroupId":"@TGS#1","EventTime":"1702018343678"}"#;
    example.rejects_strangers("/im", "Group.CallbackAfterGroupFull", full);
    let (status, answer) = example.webhook("/im", "Group.CallbackAfterGroupFull", full);
    assert_eq!((status, &answer["ErrorCode"]), (200, &0.into()));
    let (status, _) = example.webhook("/im", "Moon.CallbackAfterRise", "{}");
    assert_eq!(status, 200);
    assert!(client.check(HealthCheckRequest::default()).await.is_ok());
}
