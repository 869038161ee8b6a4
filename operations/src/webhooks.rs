//! What the receiver does with webhooks.

use std::{sync::Arc, time::Duration};

use tower_tencent_webhook::{
    AfterFailure, ConfigError, FailurePolicy, MsgElem, Policy, Verdict, VerdictError, Webhook, WebhookLayer,
    WebhookRouter,
    event::{c2c, group},
};

use crate::Settings;

/// The layer that receives them.
///
/// # Errors
///
/// If the path is none.
pub fn layer(settings: &Settings) -> Result<WebhookLayer, ConfigError> {
    let layer = WebhookLayer::new(settings.app.clone()).try_path(settings.path.clone())?;
    // What is not kept is not answered, so that Chat sends it again. Of before-events the console decides.
    let layer = layer.on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    Ok(match settings.nats {
        // What this release cannot read is kept as well.
        Some(_) => layer.on_malformed(Policy::Forward),
        None => layer,
    })
}

/// A router that refuses messages with a banned word, and has no handlers yet for anything else.
pub fn moderator(settings: &Settings) -> WebhookRouter {
    let banned: Arc<[String]> = settings.banned.as_slice().into();
    WebhookRouter::new()
        .on_with(&banned, before_c2c)
        .on_with(&banned, before_group)
        .deadline(Duration::from_millis(1800))
        // Otherwise a handler that hangs would keep the process from ending.
        .background_timeout(Duration::from_secs(20))
}

fn is_banned(banned: &[String], message: &[MsgElem]) -> bool {
    let texts = message.iter().filter_map(|elem| if let MsgElem::Text(elem) = elem { Some(&elem.text) } else { None });
    texts.into_iter().any(|text| banned.iter().any(|word| text.contains(word)))
}

async fn before_c2c(
    banned: Arc<[String]>,
    hook: Webhook<c2c::BeforeSendMsg>,
) -> Result<Verdict<c2c::BeforeSendMsg>, VerdictError> {
    if is_banned(&banned, &hook.msg_body) {
        Verdict::refuse_with(120_001, "not here, please")
    } else {
        Ok(Verdict::allow())
    }
}

async fn before_group(
    banned: Arc<[String]>,
    hook: Webhook<group::BeforeSendMsg>,
) -> Result<Verdict<group::BeforeSendMsg>, VerdictError> {
    if is_banned(&banned, &hook.msg_body) {
        Verdict::refuse_with(10_100, "not here, please")
    } else {
        Ok(Verdict::allow())
    }
}
