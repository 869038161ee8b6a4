//! `Mic`: the seats of live and conference rooms.
//!
#![cfg_attr(doc, doc = include_str!("docs/mic.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::mic::AfterSeatInfoChanged;
//!
//! /// The seats that are taken, and by whom.
//! fn taken(event: &AfterSeatInfoChanged) -> Vec<(u64, &str)> {
//!     let seats = event.seat_list.iter();
//!     seats
//!         .filter_map(|seat| Some((seat.index?, seat.member_account.as_deref()?)))
//!         .filter(|(_, member)| !member.is_empty())
//!         .collect()
//! }
//!
//! let event: AfterSeatInfoChanged = serde_json::from_str(r#"{
//!     "RoomId": "chess-live",
//!     "SeatList": [{"Index": 0, "Member_Account": "ada"}, {"Index": 1}]
//! }"#)?;
//! assert_eq!(taken(&event), [(0, "ada")]);
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{UnixMillis, payload};

payload! {
    /// Seats of a room were taken, left, locked, muted or unmuted.
    ///
    /// Sent for both live and conference rooms. Vendor docs for conference rooms:
    /// <https://www.tencentcloud.com/document/product/647/60736>
    #[cfg_attr(doc, doc = include_str!("docs/Mic.CallbackAfterSeatInfoChanged.md"))]
    #[doc(alias("Mic.CallbackAfterSeatInfoChanged", "CallbackAfterSeatInfoChanged"))]
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
