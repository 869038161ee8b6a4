//! Sends six webhooks to an axum server over loopback TCP, and shows how each one is received and answered.
//!
//! ```sh
//! cargo run --example quickstart
//! ```

use std::{
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use axum::{Router, body::Bytes, routing::post};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tower_tencent_webhook::{
    Ack, App, Event, MsgElem, Reply, Verdict, VerdictError, Webhook, WebhookLayer, event::c2c, signer::Signer,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const APP: u64 = 1_400_000_000;
const TOKEN: &str = "xxxxyyyy";

/// The app's part: a handler, here one for all events.
async fn receive(hook: Webhook) -> Result<Reply, VerdictError> {
    println!("  received  {:?}", hook.event());
    Ok(match hook.event() {
        Event::FollowAfterFollowDelete(_) => Ack::ok().into(),
        Event::C2CBeforeSendMsg(message) => judge(message)?.into(),
        _ => Ack::ok().into(),
    })
}

fn judge(message: &c2c::BeforeSendMsg) -> Result<Verdict<c2c::BeforeSendMsg>, VerdictError> {
    match &message.msg_body[..] {
        [MsgElem::Text(text)] if text.text.contains("http") => Verdict::refuse_with(120_001, "no links, please"),
        _ => Ok(Verdict::allow()),
    }
}

/// … and the layer in front of it.
fn app() -> Result<Router, BoxError> {
    let webhooks = WebhookLayer::new(App::signed(APP, TOKEN)?).path("/im");
    Ok(Router::new().route("/im", post(receive)).layer(webhooks))
}

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(axum::serve(listener, app()?).into_future());
    println!("listening on http://{address}/im for the webhooks of app {APP}");

    // Plays the part of Tencent's servers. The signer is meant for tests, and for examples like this one.
    let now = SystemTime::now();
    let genuine = Signer::new(&App::signed(APP, TOKEN)?).url("/im");
    let forger = Signer::new(&App::signed(APP, "a guess")?).url("/im");
    let foreign = Signer::new(&App::signed(1_400_000_001, TOKEN)?).url("/im");
    let unfollow = r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"UserID_001","To_Account":["UserID_002","UserID_003"],"EventTime":1702018343678}"#;
    let message = r#"{"CallbackCommand":"C2C.CallbackBeforeSendMsg","From_Account":"ada","To_Account":"grace","MsgSeq":48374,"MsgRandom":2837546,"MsgTime":1702018343,"MsgKey":"48374_2837546_1702018343","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"see http://example.com"}}]}"#;
    let unknown = r#"{"CallbackCommand":"Moon.CallbackAfterRise","Phase":"full"}"#;
    let follow_delete = "Follow.CallbackAfterFollowDelete";

    #[rustfmt::skip]
    let deliveries = [
        ("a user unfollowed two others", 200, 0,
            genuine.request(follow_delete, unfollow, now)),
        ("a user is about to send a message, which the handler refuses", 200, 120_001,
            genuine.request("C2C.CallbackBeforeSendMsg", message, now)),
        ("a command that this crate does not know yet", 200, 0,
            genuine.request("Moon.CallbackAfterRise", unknown, now)),
        ("a forged signature", 401, 401,
            forger.request(follow_delete, unfollow, now)),
        ("a webhook for another app", 403, 403,
            foreign.request(follow_delete, unfollow, now)),
        ("a signature from two minutes ago", 401, 401,
            genuine.request(follow_delete, unfollow, now - Duration::from_secs(120))),
    ];

    let mut as_expected = true;
    for (what, status, code, request) in deliveries {
        println!("\n{what}");
        let (got, answer) = send(address, request).await?;
        println!("  answered  {got} {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        as_expected &= got == status && answer["ErrorCode"] == code;
    }
    server.abort();
    println!("\n{}", if as_expected { "all as expected" } else { "NOT as expected" });
    Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn send(address: SocketAddr, mut request: Request<Full<Bytes>>) -> Result<(StatusCode, String), BoxError> {
    request.headers_mut().insert("host", address.to_string().parse()?);
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let answer = String::from_utf8(body.collect().await?.to_bytes().into())?;
    connection.abort();
    Ok((head.status, answer))
}
