//! `Room`: conference rooms and their members.
//!
//! The seats are events of [`mic`](super::mic).
//!
#![cfg_attr(doc, doc = include_str!("docs/room.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::room::{AfterMemberLeave, LeaveType};
//!
//! /// The members who may want to come back: their connection was lost.
//! fn lost(event: &AfterMemberLeave) -> &[String] {
//!     match event.r#type {
//!         Some(LeaveType::Expired) => &event.member_list_account,
//!         _ => &[],
//!     }
//! }
//!
//! let event: AfterMemberLeave = serde_json::from_str(
//!     r#"{"RoomId": "standup", "Type": "Expired", "MemberList_Account": ["ada"]}"#,
//! )?;
//! assert_eq!(lost(&event), ["ada"]);
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{UnixMillis, UnixSeconds, open_enum, payload};

payload! {
    /// A conference room was created.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Room.CallbackAfterCreateRoom.md"))]
    #[doc(alias("Room.CallbackAfterCreateRoom", "CallbackAfterCreateRoom"))]
    pub struct AfterCreateRoom {
        CallbackCommand,
        /// UserID of the operator who created the room.
        pub operator_account: Option<String> = "Operator_Account",
        /// The room.
        pub room_info: RoomInfo = required "RoomInfo",
        /// UserIDs of users invited to a scheduled room. Optional: in the docs' sample but not in their table.
        pub schedule_invitee_list_account: Vec<String> = "ScheduleInviteeList_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A new conference room.
    pub struct RoomInfo {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// The kind of room: [`RoomType::Meeting`].
        pub room_type: Option<RoomType> = "RoomType",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// Maximum number of members.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Maximum number of seats.
        pub max_seat_count: Option<u64> = "MaxSeatCount",
        /// Whether all cameras are off.
        pub is_video_disabled: Option<bool> = "IsVideoDisabled",
        /// Whether all members are muted.
        pub is_audio_disabled: Option<bool> = "IsAudioDisabled",
        /// Whether text messages are disabled.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// Whether screen sharing is disabled.
        pub is_screen_sharing_disabled: Option<bool> = "IsScreenSharingDisabled",
        /// Whether cloud recording is disabled.
        pub is_cloud_recording_disabled: Option<bool> = "IsCloudRecordingDisabled",
        /// Custom text set by the app.
        pub custom_info: Option<String> = "CustomInfo",
        /// Scheduled start, in seconds. Only for scheduled rooms.
        pub schedule_start_time: Option<UnixSeconds> = "ScheduleStartTime",
        /// Scheduled end, in seconds. Only for scheduled rooms.
        pub schedule_end_time: Option<UnixSeconds> = "ScheduleEndTime",
        /// Whether the room is scheduled or running.
        pub room_status: Option<RoomStatus> = "RoomStatus",
        /// Whether the room has seats.
        pub is_seat_enabled: Option<bool> = "IsSeatEnabled",
        /// How seats are taken.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// When it was created, in seconds.
        pub create_time: Option<UnixSeconds> = "CreateTime",
    }
}

payload! {
    /// A conference room's information changed.
    ///
    /// Triggered by clients and by the REST API.
    ///
    /// Some of the docs call the command `Room.CallbackUpdateRoomInfo`; that name is accepted as well.
    #[cfg_attr(doc, doc = include_str!("docs/Room.CallbackAfterUpdateRoomInfo.md"))]
    #[doc(alias("Room.CallbackAfterUpdateRoomInfo", "CallbackAfterUpdateRoomInfo"))]
    #[doc(alias("Room.CallbackUpdateRoomInfo", "CallbackUpdateRoomInfo"))]
    pub struct AfterUpdateRoomInfo {
        CallbackCommand,
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The room and its changed fields.
        pub room_info: UpdatedRoomInfo = required "RoomInfo",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The changed fields of a conference room. Unchanged fields may be missing.
    pub struct UpdatedRoomInfo {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// How seats are taken. Optional: in the docs' sample but not in their table.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// Maximum number of members.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Whether all cameras are off.
        pub is_video_disabled: Option<bool> = "IsVideoDisabled",
        /// Whether all members are muted.
        pub is_audio_disabled: Option<bool> = "IsAudioDisabled",
        /// Whether text messages are disabled.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// Whether screen sharing is disabled.
        pub is_screen_sharing_disabled: Option<bool> = "IsScreenSharingDisabled",
        /// Whether cloud recording is disabled. Also accepted in quotes, as in the docs' sample.
        pub is_cloud_recording_disabled: Option<bool> = "IsCloudRecordingDisabled",
        /// Custom text set by the app.
        pub custom_info: Option<String> = "CustomInfo",
    }
}

payload! {
    /// A conference room was destroyed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Room.CallbackAfterDestroyRoom.md"))]
    #[doc(alias("Room.CallbackAfterDestroyRoom", "CallbackAfterDestroyRoom"))]
    pub struct AfterDestroyRoom {
        CallbackCommand,
        /// UserID of the operator who destroyed the room.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Users entered a conference room.
    ///
    /// Triggered by clients.
    #[cfg_attr(doc, doc = include_str!("docs/Room.CallbackAfterMemberEnter.md"))]
    #[doc(alias("Room.CallbackAfterMemberEnter", "CallbackAfterMemberEnter"))]
    pub struct AfterMemberEnter {
        CallbackCommand,
        /// UserID of the operator who made the call.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Number of members, judging by the name; the docs describe it as the room's capacity.
        pub member_count: Option<u64> = "MemberCount",
        /// How the users entered.
        pub r#type: Option<EnterType> = "Type",
        /// UserIDs of the users who entered.
        pub member_list_account: Vec<String> = "MemberList_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Members left a conference room, were removed or lost their connection.
    #[cfg_attr(doc, doc = include_str!("docs/Room.CallbackAfterMemberLeave.md"))]
    #[doc(alias("Room.CallbackAfterMemberLeave", "CallbackAfterMemberLeave"))]
    pub struct AfterMemberLeave {
        CallbackCommand,
        /// UserID of the operator who made the call.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Number of members, judging by the name; the docs describe it as the room's capacity.
        pub member_count: Option<u64> = "MemberCount",
        /// How the members left.
        pub r#type: Option<LeaveType> = "Type",
        /// UserIDs of the members who left.
        pub member_list_account: Vec<String> = "MemberList_Account",
        /// The reason. May be empty.
        pub reason: Option<String> = "Reason",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

open_enum! {
    /// The kind of room.
    pub enum RoomType {
        /// A conference.
        Meeting = "Meeting",
        /// A live room.
        Live = "Live",
    }
}

open_enum! {
    /// Whether a conference room is scheduled or running.
    pub enum RoomStatus {
        /// Neither.
        None = "None",
        /// Scheduled but not yet started.
        NotStarted = "NotStarted",
        /// Running.
        Running = "Running",
    }
}

open_enum! {
    /// How seats are taken.
    pub enum TakeSeatMode {
        /// No rule.
        None = "None",
        /// Anyone may take a free seat.
        FreeToTake = "FreeToTake",
        /// Users must apply for a seat.
        ApplyToTake = "ApplyToTake",
    }
}

open_enum! {
    /// How users entered a conference room.
    pub enum EnterType {
        /// Entered the room.
        Enter = "Enter",
    }
}

open_enum! {
    /// How members left a conference room.
    pub enum LeaveType {
        /// Left the room.
        Leave = "Leave",
        /// Removed from the room.
        Kicked = "Kicked",
        /// The heartbeat was lost.
        Expired = "Expired",
    }
}
