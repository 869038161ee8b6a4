//! `Call`: audio and video calls.

use crate::wire::{UnixMillis, UnixSeconds, payload, words};

payload! {
    /// A call was started.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68941>
    pub struct AfterStartCall {
        CallbackCommand,
        /// The call.
        pub call_info: CallInfo = "CallInfo",
        /// Its members.
        pub user_list: Vec<User> = "UserList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A call that was started.
    pub struct CallInfo {
        /// Id of the call.
        pub call_id: String = "CallId",
        /// Audio or video.
        pub call_media_type: MediaType = "CallMediaType" | "MediaType",
        /// The chat group that it belongs to. May be empty.
        pub chat_group_id: String = "ChatGroupId",
        /// The room that it is held in. May be empty.
        pub room_id: String = "RoomId",
        /// What `room_id` is: 1 = a number, 2 = text.
        pub room_id_type: u64 = "RoomIdType",
    }

    /// A member of a call.
    pub struct User {
        /// UserID of the member. An integer in the sample of [`AfterStartCall`].
        #[serde(deserialize_with = "crate::wire::text")]
        pub user_account: String = "User_Account",
        /// Whether the member is in the call.
        pub status: Status = "Status",
    }

    /// The state of a call's members changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/69215>
    pub struct AfterMemberChanged {
        CallbackCommand,
        /// Id of the call.
        pub call_id: String = "CallId",
        /// Its members now.
        pub user_list: Vec<User> = "UserList",
        /// Those whose state changed.
        pub changed_user_list: Vec<ChangedUser> = "ChangedUserList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A member whose state changed.
    pub struct ChangedUser {
        /// UserID of the member. Read from an integer too, as for [`User`].
        #[serde(deserialize_with = "crate::wire::text")]
        pub user_account: String = "User_Account",
        /// What happened.
        pub action_type: ActionType = "ActionType",
    }

    /// A call ended: at most one member is left.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68940>
    pub struct AfterEndCall {
        CallbackCommand,
        /// The record of the call.
        pub call_record: CallRecord = "CallRecord",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// The record of a call.
    pub struct CallRecord {
        /// Id of the call.
        pub call_id: String = "CallId",
        /// UserID that called.
        pub caller_account: String = "Caller_Account",
        /// Audio or video.
        pub media_type: MediaType = "MediaType",
        /// Between two, or among several.
        pub call_type: CallType = "CallType",
        /// When it was started, in seconds.
        pub start_time: UnixSeconds = "StartTime",
        /// When it ended, in seconds.
        pub end_time: UnixSeconds = "EndTime",
        /// When it was accepted, in seconds; 0 = never.
        pub accept_time: UnixSeconds = "AcceptTime",
        /// How it ended.
        pub call_result: CallResult = "CallResult",
        /// UserIDs of the members. The caller may be among them.
        pub callee_list_account: Vec<String> = "CalleeList_Account",
        /// The room that it was held in. Text also where it is a number.
        pub room_id: String = "RoomId",
        /// What `room_id` is: 1 = a number, 2 = text.
        pub room_id_type: u64 = "RoomIdType",
    }
}

words! {
    /// What a call is of.
    pub enum MediaType {
        /// Sound and picture.
        Video = "Video",
        /// Sound alone.
        Audio = "Audio",
    }

    /// How many a call is among.
    pub enum CallType {
        /// Two users.
        SingleCall = "SingleCall",
        /// Several users.
        MultiCall = "MultiCall",
    }

    /// How a call ended.
    pub enum CallResult {
        /// The caller gave up.
        Cancel = "Cancel",
        /// It was rejected.
        Reject = "Reject",
        /// Nobody answered.
        NotAnswer = "NotAnswer",
        /// It was held, and is over.
        NormalEnd = "NormalEnd",
        /// The called was busy.
        CallBusy = "CallBusy",
        /// It was cut off.
        Interrupt = "Interrupt",
        /// The called was offline.
        Offline = "Offline",
    }

    /// Whether a member is in the call.
    pub enum Status {
        /// In the call.
        Calling = "Calling",
        /// Not yet connected.
        Waiting = "Waiting",
    }

    /// What happened to a member of a call. Four of the eight have two spellings.
    pub enum ActionType {
        /// Accepted the call.
        Answer = "Answer",
        /// The same as [`ActionType::Answer`], in the page's table.
        Accept = "Accept",
        /// Rejected the call.
        Reject = "Reject",
        /// Did not answer.
        NotAnswer = "NotAnswer",
        /// Hung up.
        Hangup = "Hangup",
        /// The same as [`ActionType::Hangup`], in the page's table.
        HangUp = "Hang Up",
        /// Joined the call.
        Join = "Join",
        /// Went offline.
        Offline = "Offline",
        /// Was invited.
        Invite = "Invite",
        /// The same as [`ActionType::Invite`], in the page's table.
        Invited = "Invited",
        /// Is no longer invited.
        CancelInvite = "Cancel_Invite",
        /// The same as [`ActionType::CancelInvite`], as the page's table spells it.
        CanncelInvite = "Canncel_Invite",
    }
}
