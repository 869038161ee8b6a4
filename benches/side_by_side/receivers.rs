//! The contestants: services that answer the same webhook with the same JSON.

use std::{collections::HashMap, convert::Infallible, hint::black_box};

use axum::{Json, Router, extract::Query, routing::post};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::Layer;
use tower_tencent_webhook::{
    Ack, Webhook, WebhookLayer, WebhookRouter, WebhookService,
    event::{c2c, follow, group, profile, sns, state},
};

use super::common::{APP, UNFOLLOW, app};

pub const PATH: &str = "/im";
pub const ANSWER: &[u8] = br#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// The app's own work: nothing, without the optimiser knowing.
pub fn unfollowed<T>(from: &str, to: &[T]) {
    black_box((from, to));
}

/// The answer of the contestants without this crate.
pub fn acknowledged() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// No webhooks at all: the cost of HTTP.
pub async fn bare<B: Body>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match request.into_body().collect().await {
        Ok(body) => {
            black_box(body);
            acknowledged()
        }
        Err(_) => Response::default(),
    })
}

/// This crate, without a framework.
pub fn layer_and_router() -> WebhookService<WebhookRouter> {
    let router = WebhookRouter::new().on(async |hook: Webhook<follow::AfterFollowDelete>| {
        unfollowed(&hook.from_account, &hook.to_account);
        Ack::ok()
    });
    WebhookLayer::new(app()).path(PATH).layer(router)
}

/// This crate, with axum.
pub fn axum_and_layer() -> Router {
    async fn receive(hook: Webhook<follow::AfterFollowDelete>) -> Ack {
        unfollowed(&hook.from_account, &hook.to_account);
        Ack::ok()
    }
    Router::new().route(PATH, post(receive)).layer(WebhookLayer::new(app()).path(PATH))
}

/// What most apps do: untyped JSON, a check of the app and the command, no signature.
pub fn axum_by_hand() -> Router {
    async fn receive(
        Query(query): Query<HashMap<String, String>>,
        Json(body): Json<Value>,
    ) -> Result<Json<Value>, StatusCode> {
        if query.get("SdkAppid").and_then(|app| app.parse().ok()) != Some(APP) {
            return Err(StatusCode::FORBIDDEN);
        }
        match query.get("CallbackCommand").map(String::as_str) {
            Some(UNFOLLOW) => {
                let from = body["From_Account"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
                let to = body["To_Account"].as_array().ok_or(StatusCode::BAD_REQUEST)?;
                unfollowed(from, to);
            }
            _ => return Err(StatusCode::NOT_IMPLEMENTED),
        }
        Ok(Json(json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" })))
    }
    Router::new().route(PATH, post(receive))
}

/// What careful apps do: serde selects the event by the tag in the body, no signature.
pub fn axum_tagged_enum() -> Router {
    #[derive(Deserialize)]
    struct Parameters {
        #[serde(rename = "SdkAppid")]
        app: u64,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        action_status: &'static str,
        error_code: u32,
        error_info: &'static str,
    }

    async fn receive(
        Query(parameters): Query<Parameters>,
        Json(event): Json<TaggedEvent>,
    ) -> Result<Json<Answer>, StatusCode> {
        if parameters.app != APP {
            return Err(StatusCode::FORBIDDEN);
        }
        match event {
            TaggedEvent::Unfollow(event) => unfollowed(&event.from_account, &event.to_account),
            _ => return Err(StatusCode::NOT_IMPLEMENTED),
        }
        Ok(Json(Answer { action_status: "OK", error_code: 0, error_info: "" }))
    }
    Router::new().route(PATH, post(receive))
}

/// The events of a typical app, as an internally tagged enum.
#[derive(Deserialize)]
#[serde(tag = "CallbackCommand")]
#[allow(dead_code)] // The fields of the other events are never read here.
enum TaggedEvent {
    #[serde(rename = "State.StateChange")]
    State(state::StateChange),
    #[serde(rename = "Profile.CallbackPortraitSet")]
    Portrait(profile::PortraitSet),
    #[serde(rename = "Sns.CallbackFriendAdd")]
    FriendAdd(sns::FriendAdd),
    #[serde(rename = "Sns.CallbackFriendDelete")]
    FriendDelete(sns::FriendDelete),
    #[serde(rename = "Follow.CallbackAfterFollowAdd")]
    Follow(follow::AfterFollowAdd),
    #[serde(rename = "Follow.CallbackAfterFollowDelete")]
    Unfollow(follow::AfterFollowDelete),
    #[serde(rename = "C2C.CallbackBeforeSendMsg")]
    Message(c2c::BeforeSendMsg),
    #[serde(rename = "C2C.CallbackAfterSendMsg")]
    Sent(c2c::AfterSendMsg),
    #[serde(rename = "Group.CallbackAfterNewMemberJoin")]
    Join(group::AfterNewMemberJoin),
    #[serde(rename = "Group.CallbackAfterMemberExit")]
    Exit(group::AfterMemberExit),
}
