//! `Room`: conference rooms and their members.

use crate::wire::{UnixMillis, UnixSeconds, payload, words};

payload! {
    /// A conference room was created.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/60733>
    pub struct AfterCreateRoom {
        CallbackCommand,
        /// UserID that created it.
        pub operator_account: String = "Operator_Account",
        /// The room.
        pub room_info: RoomInfo = "RoomInfo",
        /// UserIDs invited to a scheduled room. In the page's sample, not in its table.
        pub schedule_invitee_list_account: Option<Vec<String>> = "ScheduleInviteeList_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A new conference room.
    pub struct RoomInfo {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Name of the room.
        pub room_name: String = "RoomName",
        /// The kind of room: [`RoomType::Meeting`].
        pub room_type: RoomType = "RoomType",
        /// UserID of the owner.
        pub owner_account: String = "Owner_Account",
        /// How many members it can have.
        pub max_member_count: u64 = "MaxMemberCount",
        /// How many seats it can have.
        pub max_seat_count: u64 = "MaxSeatCount",
        /// Whether all cameras are off.
        pub is_video_disabled: bool = "IsVideoDisabled",
        /// Whether all are muted.
        pub is_audio_disabled: bool = "IsAudioDisabled",
        /// Whether nobody may send text messages.
        pub is_message_disabled: bool = "IsMessageDisabled",
        /// Whether nobody may share a screen.
        pub is_screen_sharing_disabled: bool = "IsScreenSharingDisabled",
        /// Whether it cannot be recorded in the cloud.
        pub is_cloud_recording_disabled: bool = "IsCloudRecordingDisabled",
        /// The app's own text.
        pub custom_info: String = "CustomInfo",
        /// When it is to start, where it is scheduled, in seconds.
        pub schedule_start_time: Option<UnixSeconds> = "ScheduleStartTime",
        /// When it is to end, where it is scheduled, in seconds.
        pub schedule_end_time: Option<UnixSeconds> = "ScheduleEndTime",
        /// Whether it is scheduled or runs.
        pub room_status: RoomStatus = "RoomStatus",
        /// Whether the room has seats.
        pub is_seat_enabled: bool = "IsSeatEnabled",
        /// How seats are taken.
        pub take_seat_mode: TakeSeatMode = "TakeSeatMode",
        /// When it was created, in seconds.
        pub create_time: UnixSeconds = "CreateTime",
    }

    /// The information of a conference room was changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/60731>
    pub struct AfterUpdateRoomInfo {
        CallbackCommand,
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// The room, and what is new.
        pub room_info: UpdatedRoomInfo = "RoomInfo",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// What is new about a conference room. What did not change may be missing.
    pub struct UpdatedRoomInfo {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// How seats are taken. In the page's sample, not in its table.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// How many members it can have.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Whether all cameras are off.
        pub is_video_disabled: Option<bool> = "IsVideoDisabled",
        /// Whether all are muted.
        pub is_audio_disabled: Option<bool> = "IsAudioDisabled",
        /// Whether nobody may send text messages.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// Whether nobody may share a screen.
        pub is_screen_sharing_disabled: Option<bool> = "IsScreenSharingDisabled",
        /// Whether it cannot be recorded in the cloud. In quotes in the page's sample.
        #[serde(default, deserialize_with = "crate::wire::maybe_flag")]
        pub is_cloud_recording_disabled: Option<bool> = "IsCloudRecordingDisabled",
        /// The app's own text.
        pub custom_info: Option<String> = "CustomInfo",
    }

    /// A conference room was destroyed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/60732>
    pub struct AfterDestroyRoom {
        CallbackCommand,
        /// UserID that destroyed it.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Users entered a conference room.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/60735>
    pub struct AfterMemberEnter {
        CallbackCommand,
        /// UserID that made the call.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// How many members there are, by its name; the room's capacity, by the page.
        pub member_count: u64 = "MemberCount",
        /// How they came.
        pub r#type: EnterType = "Type",
        /// UserIDs that entered.
        pub member_list_account: Vec<String> = "MemberList_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Members left a conference room, were put out or lost.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/60734>
    pub struct AfterMemberLeave {
        CallbackCommand,
        /// UserID that made the call.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// How many members there are, by its name; the room's capacity, by the page.
        pub member_count: u64 = "MemberCount",
        /// How they went.
        pub r#type: LeaveType = "Type",
        /// UserIDs that left.
        pub member_list_account: Vec<String> = "MemberList_Account",
        /// Why. May be empty.
        pub reason: Option<String> = "Reason",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }
}

words! {
    /// The kind of a room.
    pub enum RoomType {
        /// A conference.
        Meeting = "Meeting",
        /// A live room.
        Live = "Live",
    }

    /// Whether a conference room is scheduled or runs.
    pub enum RoomStatus {
        /// Neither.
        None = "None",
        /// Scheduled, and not begun.
        NotStarted = "NotStarted",
        /// It runs.
        Running = "Running",
    }

    /// How seats are taken.
    pub enum TakeSeatMode {
        /// There is no rule.
        None = "None",
        /// Whoever comes takes one.
        FreeToTake = "FreeToTake",
        /// Users ask for one.
        ApplyToTake = "ApplyToTake",
    }

    /// How users came into a conference room.
    pub enum EnterType {
        /// They entered.
        Enter = "Enter",
    }

    /// How members went out of a conference room.
    pub enum LeaveType {
        /// They left.
        Leave = "Leave",
        /// They were put out.
        Kicked = "Kicked",
        /// Their heartbeat was lost.
        Expired = "Expired",
    }
}
