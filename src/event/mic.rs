//! `Mic`: the seats of live and conference rooms.

use crate::wire::{UnixMillis, payload};

payload! {
    /// Seats of a room changed: taken, left, locked, muted or unmuted.
    ///
    /// Live and conference rooms share it; the conference's page is
    /// <https://www.tencentcloud.com/document/product/647/60736>.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/64425>
    pub struct AfterSeatInfoChanged {
        CallbackCommand,
        /// UserID that made the call. Documented for conference rooms alone.
        pub operator_account: Option<String> = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// The seats that changed.
        pub seat_list: Vec<Seat> = "SeatList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A seat.
    pub struct Seat {
        /// Number of the seat.
        pub index: u64 = "Index",
        /// UserID on the seat. Missing or empty where it is free; an integer in the page's sample.
        #[serde(default, deserialize_with = "crate::wire::maybe_text")]
        pub member_account: Option<String> = "Member_Account",
        /// Whether the seat is locked.
        pub is_taken_disabled: bool = "IsTakenDisabled",
        /// Whether its video is off.
        pub is_video_disabled: bool = "IsVideoDisabled",
        /// Whether its audio is off.
        pub is_audio_disabled: bool = "IsAudioDisabled",
    }
}
