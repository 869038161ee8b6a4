//! Relay to CDN: the state of each target.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, RoomIdType, relay::State};
//!
//! let body = r#"{"EventGroupId":4,"EventType":401,"CallbackTs":1788020000300,"EventInfo":{
//!     "RoomId":"7741","RoomType":0,"EventTsMs":1788020000119,"UserId":"pub_bot_9","TaskId":"u5Y-c7B1nQ",
//!     "Payload":{"Url":"rtmp://push.example/live/7741?txSecret=5ec2e7","Status":2}}}"#;
//! let event = Event::parse(body)?;
//! assert!(!format!("{event:?}").contains("5ec2e7"));
//! let Event::RelayStatus(event) = event else { panic!("another event") };
//! assert_eq!(event.status, Some(State::Running));
//! assert_eq!(event.room_type, Some(RoomIdType::Number));
//! assert!(event.url.as_deref().is_some_and(|url| url.starts_with("rtmp:")));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::{
        body::event,
        words::{RoomId, RoomIdType},
    },
    wire::{UnixMillis, open_code},
};

event! {
    /// The state of a relay to a CDN.
    ///
    /// A state of [`Connecting`](State::Connecting) or [`Recovering`](State::Recovering) is told every five seconds
    /// for up to a minute, each time with a time of its own; the other states once. The usual courses are 1, 2; 2, 5,
    /// 0 at the end; 2, 3, 2 for a recovery; and 2, 3, 4, 0 for a failure. Events come out of order: sort them by
    /// `event_ms_ts`.
    ///
    /// Event type 401, `EVENT_TYPE_CLOUD_PUBLISH_CDN_STATUS`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54913>
    #[doc(alias = "401", alias = "EVENT_TYPE_CLOUD_PUBLISH_CDN_STATUS")]
    pub struct RelayStatus {
        /// The room. Usually a text, even if the room has a number.
        pub room_id: Option<RoomId> = Info "RoomId"; room,
        /// Whether the room has a number or a text for its ID.
        pub room_type: Option<RoomIdType> = Info "RoomType",
        /// When it happened, in milliseconds. `EventTsMs` in the docs' sample.
        pub event_ms_ts: Option<UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
        /// UserID of the relay robot, which is not a person. `UserId` on the wire.
        pub robot_id: Option<String> = Info "UserId",
        /// ID of the relay task. Opaque; also accepted as an integer, as in the docs' table.
        pub task_id: String = Info "TaskId"; required task,
        /// Push URL of the target. It contains its own secret, so it is not in the `Debug` output.
        pub url: Option<String> = Payload "Url"; secret,
        /// The state.
        pub status: Option<State> = Payload "Status",
        /// An error code. Its values are not documented.
        pub error_code: Option<i64> = Payload "ErrorCode",
        /// An error message. It may quote the URL, so it is not in the `Debug` output.
        pub error_msg: Option<String> = Payload "ErrorMsg"; secret,
    }
}

open_code! {
    /// The state of a relay.
    pub enum State {
        /// It has not begun, or has ended.
        Idle = 0,
        /// It is connecting.
        Connecting = 1,
        /// It is running.
        Running = 2,
        /// It was interrupted and is recovering.
        Recovering = 3,
        /// The recovery failed, or connecting timed out.
        Failed = 4,
        /// It is disconnecting.
        Disconnecting = 5,
    }
}
