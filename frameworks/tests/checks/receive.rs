//! Webhooks without Tower, as the READMEs show it.

use std::time::SystemTime;

use bytes::Bytes;
use tower_tencent_webhook::{Failure, FailureCause, FailurePolicy, Receiver, WebhookRouter};

/// In actix-web or a function: what is answered, as a status and JSON.
#[rustfmt::skip]
pub async fn receive(
    receiver: &Receiver,
    policy: &FailurePolicy,
    webhooks: &WebhookRouter,
    query: &str,
    body: Bytes,
) -> (u16, Bytes) {
    let context = match receiver.verify_query(query, SystemTime::now()) {
        Ok(context) => context,
        Err(rejection) => return (rejection.status().as_u16(), rejection.body()),
    };
    let answer = match receiver.parse(context.clone(), body) {
        Ok(hook) => match webhooks.handle(hook).await {
            Ok(reply) => Some(reply),
            Err(error) => policy.reply(&error.failure()),
        },
        Err(rejection) => match policy.reply(&Failure::new(&context, FailureCause::Rejection(&rejection))) {
            Some(reply) => Some(reply),
            None => return (rejection.status().as_u16(), rejection.body()),
        },
    };
    answer.map_or((500, Bytes::new()), |reply| (200, reply.body().clone()))
}
