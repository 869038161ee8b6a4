//! Chat's webhooks and the RTC Engine's callbacks of one app at one URL: who is in which room, and which recordings are
//! ready.
//!
//! ```sh
//! cargo run --example rtc --features rtc -- 3000
//! BODY='{"EventGroupId":1,"EventType":103,"EventInfo":{"RoomId":7741,"EventMsTs":1788000300911,"UserId":"anouk"}}'
//! curl -i http://127.0.0.1:3000/tencent -H 'SdkAppId: 1400000000' -d "$BODY" \
//!     -H "Sign: $(printf %s "$BODY" | openssl dgst -sha256 -hmac secret -binary | base64)"
//! BODY='{"EventGroupId":3,"EventType":310,"EventInfo":{"TaskId":"t","Payload":{"Status":0,"FileList":["7741.mp4"]}}}'
//! curl -i http://127.0.0.1:3000/tencent -H 'SdkAppId: 1400000000' -d "$BODY" \
//!     -H "Sign: $(printf %s "$BODY" | openssl dgst -sha256 -hmac secret -binary | base64)"
//! T=$(date +%s)
//! S=$(printf %s "secret$T" | sha256sum | cut -d' ' -f1)
//! curl -i "http://127.0.0.1:3000/tencent?SdkAppid=1400000000&CallbackCommand=State.StateChange&RequestTime=$T&Sign=$S" \
//!     -d '{"Info":{"Action":"Logout","To_Account":"anouk","Reason":"Unregister"}}'
//! curl http://127.0.0.1:3000/rooms
//! ```
//!
//! A callback of the RTC Engine is signed by its body and the app's key. Chat's `Sign` is the SHA-256 of the app's token
//! and the time, and is accepted for a minute.

mod server;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tower_http::timeout::TimeoutLayer;
use tower_tencent_webhook::{
    Ack, App, UnixMillis, Webhook, WebhookLayer, WebhookRouter,
    event::state,
    rtc::{RoomId, recording, room},
};

/// For each room and user the last change.
#[derive(Clone, Debug, Default)]
struct Presence(Arc<Mutex<BTreeMap<(RoomId, String), Change>>>);

#[derive(Debug)]
struct Change {
    time: u64,
    is_there: bool,
}

impl Presence {
    /// Callbacks come in any order, and some twice: the later event counts, not the later callback.
    fn change(&self, room: &RoomId, user: &str, time: Option<UnixMillis>, is_there: bool) {
        let time = time.map_or(0, u64::from);
        let mut users = self.0.lock().unwrap();
        let last = users.entry((room.clone(), user.to_owned())).or_insert(Change { time, is_there });
        if time >= last.time {
            *last = Change { time, is_there };
        }
    }

    fn list(&self) -> String {
        let users = self.0.lock().unwrap();
        let there = users.iter().filter(|(_, change)| change.is_there);
        there.map(|((room, user), _)| format!("{room}: {user}\n")).collect()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let presence = Presence::default();
    let webhooks = WebhookRouter::new()
        .deadline(Duration::from_millis(1800))
        .on_with(&presence, async |presence: Presence, hook: Webhook<room::UserEntered>| {
            presence.change(&hook.room_id, &hook.user_id, hook.event_time(), true);
            Ack::ok()
        })
        .on_with(&presence, async |presence: Presence, hook: Webhook<room::UserLeft>| {
            presence.change(&hook.room_id, &hook.user_id, hook.event_time(), false);
            Ack::ok()
        })
        .on(async |hook: Webhook<recording::Mp4Ready>| {
            println!("the recording {} is ready: {:?}", hook.task_id, hook.file_list);
            Ack::ok()
        })
        // Chat's own.
        .on(async |hook: Webhook<state::StateChange>| {
            println!("{}: {:?}", hook.info.to_account, hook.info.action);
            Ack::ok()
        });
    let drained = webhooks.drain();

    let app = App::signed(1_400_000_000, "secret")?.rtc_key("secret")?;
    let service = Router::new()
        .route("/rooms", get(async |State(presence): State<Presence>| presence.list()))
        .with_state(presence)
        .layer(webhooks)
        .layer(WebhookLayer::new(app).path("/tencent"))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)));

    server::run(service, drained).await?;
    Ok(())
}
