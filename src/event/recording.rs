//! Recordings: events of the RTC Engine that [`live`](super::live) and [`call`](super::call) pass on.
//!
//! ```
//! use tower_tencent_webhook::event::live::AfterCloudRecordingChanged;
//!
//! let event: AfterCloudRecordingChanged = serde_json::from_str(r#"{
//!     "EventGroupId": 3, "EventType": 301, "CallbackTs": 1788130000082,
//!     "EventInfo": {"RoomId": "atelier-5", "TaskId": "rec-41", "Payload": {"Status": 0}}
//! }"#)?;
//! assert_eq!(event.event_info.task_id, "rec-41");
//! // The payload depends on the event type, and is yours to parse.
//! let payload = event.event_info.payload.expect("an event of recording has one");
//! let payload: serde_json::Value = serde_json::from_str(payload.get())?;
//! assert_eq!(payload["Status"], 0);
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{Json, UnixMillis, UnixSeconds, payload};

payload! {
    /// A recording task of the RTC Engine, and what happened to it.
    ///
    /// What has no field here is kept and written back, such as `EventMessage`, which web page recordings may have beside
    /// the payload.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/647/78428>
    pub struct RecordingInfo {
        ..Rest,
        /// ID of the room. Absent for web page recordings.
        pub room_id: Option<String> = "RoomId",
        /// When it happened, in seconds.
        pub event_ts: Option<UnixSeconds> = "EventTs",
        /// When it happened, in milliseconds.
        pub event_ms_ts: Option<UnixMillis> = "EventMsTs",
        /// UserID of the recording robot.
        pub user_id: Option<String> = "UserId",
        /// ID of the recording task.
        pub task_id: String = required "TaskId",
        /// Details of what happened. Their form depends on the event type.
        pub payload: Option<Json> = "Payload",
    }
}
