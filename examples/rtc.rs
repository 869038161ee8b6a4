//! Chat's webhooks and the RTC Engine's callbacks of one app at one URL: who is in which room, and which recordings are
//! ready.
//!
//! ```sh
//! cargo run --example rtc --features rtc -- 3000
//! curl -i http://127.0.0.1:3000/tencent -H 'SdkAppId: 1400000000' \
//!     -d '{"EventGroupId":1,"EventType":103,"EventInfo":{"RoomId":7741,"EventMsTs":1788000300911,"UserId":"anouk"}}'
//! curl -i http://127.0.0.1:3000/tencent -H 'SdkAppId: 1400000000' \
//!     -d '{"EventGroupId":3,"EventType":310,"EventInfo":{"TaskId":"t","Payload":{"Status":0,"FileList":["7741.mp4"]}}}'
//! curl -i 'http://127.0.0.1:3000/tencent?SdkAppid=1400000000&CallbackCommand=State.StateChange' \
//!     -d '{"Info":{"Action":"Logout","To_Account":"anouk","Reason":"Unregister"}}'
//! curl http://127.0.0.1:3000/rooms
//! ```
//!
//! The app is unsigned so that plain `curl` can call it. Give yours a token and a key:
//! `App::signed(id, token)?.rtc_key(key)?`.

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
async fn main() -> std::io::Result<()> {
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

    let app = Router::new()
        .route("/rooms", get(async |State(presence): State<Presence>| presence.list()))
        .with_state(presence)
        .layer(webhooks)
        .layer(WebhookLayer::new(App::unsigned(1_400_000_000).rtc_unsigned()).path("/tencent"))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)));

    server::run(app, drained).await
}
