//! `Mic`: the seats of live and conference rooms.
//!
//! ```
//! use tower_tencent_webhook::event::mic::AfterSeatInfoChanged;
//!
//! let event: AfterSeatInfoChanged = serde_json::from_str(r#"{
//!     "RoomId": "chess-live", "EventTime": 1702018343678,
//!     "SeatList": [{
//!         "Index": 0, "Member_Account": "ada",
//!         "IsTakenDisabled": false, "IsVideoDisabled": true, "IsAudioDisabled": false
//!     }]
//! }"#)?;
//! assert_eq!(event.seat_list[0].member_account.as_deref(), Some("ada"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{UnixMillis, payload};

payload! {
    /// Seats of a room were taken, left, locked, muted or unmuted.
    ///
    /// Sent for both live and conference rooms. Vendor docs for conference rooms:
    /// <https://www.tencentcloud.com/document/product/647/60736>
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/647/64425>
    pub struct AfterSeatInfoChanged {
        CallbackCommand,
        /// UserID of the operator who made the call. Optional: documented for conference rooms only.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// The seats that changed.
        pub seat_list: Vec<Seat> = "SeatList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A seat.
    pub struct Seat {
        /// Number of the seat.
        pub index: Option<u64> = "Index",
        /// UserID of the user on the seat. Missing or empty if the seat is free. Also accepted as an integer, as in the
        /// docs' sample.
        pub member_account: Option<String> = "Member_Account",
        /// Whether the seat is locked.
        pub is_taken_disabled: Option<bool> = "IsTakenDisabled",
        /// Whether the seat's video is off.
        pub is_video_disabled: Option<bool> = "IsVideoDisabled",
        /// Whether the seat's audio is off.
        pub is_audio_disabled: Option<bool> = "IsAudioDisabled",
    }
}
