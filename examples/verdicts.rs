//! Moderates messages before they are delivered: refuses some, drops some, rewrites some.
//!
//! ```sh
//! cargo run --example verdicts -- 3000
//! T=$(date +%s)
//! S=$(printf %s "secret$T" | sha256sum | cut -d' ' -f1)
//! curl -i "http://127.0.0.1:3000/im?SdkAppid=1400000000&CallbackCommand=Group.CallbackBeforeSendMsg&RequestTime=$T&Sign=$S" \
//!     -d '{"GroupId":"@TGS#1","Type":"Public","From_Account":"ada","Operator_Account":"ada","Random":1,
//!          "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"what the heck"}}]}'
//! ```
//!
//! Try `casino` (refused) and `buy now` (dropped) too. `Sign` is the SHA-256 of the app's token and the time, and is
//! accepted for a minute.

mod server;

use std::time::Duration;

use axum::{Router, http::StatusCode};
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{
    App, BeforeFailure, FailurePolicy, MsgElem, Verdict, VerdictError, Webhook, WebhookLayer, WebhookRouter,
    event::{c2c, group},
};

/// What to do with a message.
enum Judgement {
    Fine,
    Refuse,
    Drop,
    Rewrite(Vec<MsgElem>),
}

fn judge(message: &[MsgElem]) -> Judgement {
    let says = |word| message.iter().any(|element| matches!(element, MsgElem::Text(text) if text.text.contains(word)));
    if says("casino") {
        Judgement::Refuse
    } else if says("buy now") {
        Judgement::Drop
    } else if says("heck") {
        Judgement::Rewrite(message.iter().map(softened).collect())
    } else {
        Judgement::Fine
    }
}

fn softened(element: &MsgElem) -> MsgElem {
    match element {
        MsgElem::Text(text) => MsgElem::text(text.text.replace("heck", "h**k")),
        other => other.clone(),
    }
}

/// A group message can be dropped while its sender sees it as sent.
async fn before_group(hook: Webhook<group::BeforeSendMsg>) -> Result<Verdict<group::BeforeSendMsg>, VerdictError> {
    match judge(&hook.msg_body) {
        Judgement::Fine => Ok(Verdict::allow()),
        Judgement::Refuse => Verdict::refuse_with(10_100, "no gambling, please"),
        Judgement::Drop => Ok(Verdict::discard()),
        Judgement::Rewrite(message) => Verdict::replace_msg_body(&message),
    }
}

/// A one-to-one message cannot: `Verdict::discard()` would not compile here. Its error codes differ, too.
async fn before_c2c(hook: Webhook<c2c::BeforeSendMsg>) -> Result<Verdict<c2c::BeforeSendMsg>, VerdictError> {
    match judge(&hook.msg_body) {
        Judgement::Fine => Ok(Verdict::allow()),
        Judgement::Refuse => Verdict::refuse_with(120_001, "no gambling, please"),
        Judgement::Drop => Ok(Verdict::refuse()),
        Judgement::Rewrite(message) => Verdict::replace_msg_body(&message),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let webhooks = WebhookRouter::new().on(before_group).on(before_c2c).deadline(Duration::from_millis(1800));
    let drained = webhooks.drain();

    // If the message cannot be read, or the handler fails or is too slow, it is delivered.
    let policy = FailurePolicy::new().before(BeforeFailure::Allow);
    let app = Router::new()
        .layer(webhooks)
        .layer(WebhookLayer::new(App::signed(1_400_000_000, "secret")?).path("/im").on_failure(policy))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)));

    server::run(app, drained).await?;
    Ok(())
}
