//! `Call`: audio and video calls.
//!
//! Enabled by the [REST API of Call][enable], which takes one URL for each app, and the commands.
//!
//! [enable]: https://www.tencentcloud.com/document/product/647/68938
//!
#![cfg_attr(doc, doc = include_str!("docs/call.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::call::{AfterEndCall, CallRecord};
//!
//! /// How long the call lasted, in seconds. `None` if it was never accepted.
//! fn duration(call: &CallRecord) -> Option<u64> {
//!     let accepted = call.accept_time.filter(|time| *time != 0)?;
//!     call.end_time?.0.checked_sub(accepted.0)
//! }
//!
//! let event: AfterEndCall = serde_json::from_str(r#"{"CallRecord": {
//!     "CallId": "c-17", "CallResult": "NormalEnd",
//!     "StartTime": 1702018340, "AcceptTime": 1702018343, "EndTime": 1702018403
//! }}"#)?;
//! assert_eq!(duration(&event.call_record), Some(60));
//! # Ok::<(), serde_json::Error>(())
//! ```

use super::recording::RecordingInfo;
use crate::wire::{UnixMillis, UnixSeconds, open_enum, payload};
#[cfg(feature = "rtc")]
use crate::{rejection::Rejection, rtc};

payload! {
    /// A call was started.
    ///
    /// Triggered by clients.
    #[cfg_attr(doc, doc = include_str!("docs/Call.CallbackAfterStartCall.md"))]
    #[doc(alias("Call.CallbackAfterStartCall", "CallbackAfterStartCall"))]
    pub struct AfterStartCall {
        CallbackCommand,
        /// The call.
        pub call_info: CallInfo = required "CallInfo",
        /// The members of the call.
        pub user_list: Vec<User> = "UserList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The call that was started.
    pub struct CallInfo {
        /// ID of the call.
        pub call_id: String = required "CallId",
        /// Audio or video.
        pub call_media_type: Option<MediaType> = "CallMediaType" | "MediaType",
        /// ID of the chat group that the call belongs to. May be empty.
        pub chat_group_id: Option<String> = "ChatGroupId",
        /// ID of the room that hosts the call. May be empty.
        pub room_id: Option<String> = "RoomId",
        /// The type of `room_id`: 1 = number, 2 = string.
        pub room_id_type: Option<u64> = "RoomIdType",
    }
}

payload! {
    /// Members of a call changed state.
    ///
    /// They answered, declined or hung up, for example, or were invited: see [`ActionType`].
    #[cfg_attr(doc, doc = include_str!("docs/Call.CallbackAfterMemberChanged.md"))]
    #[doc(alias("Call.CallbackAfterMemberChanged", "CallbackAfterMemberChanged"))]
    pub struct AfterMemberChanged {
        CallbackCommand,
        /// ID of the call.
        pub call_id: String = required "CallId",
        /// The current members of the call.
        pub user_list: Vec<User> = "UserList",
        /// The members whose state changed.
        pub changed_user_list: Vec<ChangedUser> = "ChangedUserList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A member whose state changed.
    pub struct ChangedUser {
        /// UserID of the member. Also accepted as an integer, as in [`User`].
        pub user_account: String = required "User_Account",
        /// How the state changed.
        pub action_type: Option<ActionType> = "ActionType",
    }
}

payload! {
    /// A call ended: at most one member was left.
    ///
    /// The REST API that queries call records has the record 5 s later.
    #[cfg_attr(doc, doc = include_str!("docs/Call.CallbackAfterEndCall.md"))]
    #[doc(alias("Call.CallbackAfterEndCall", "CallbackAfterEndCall"))]
    pub struct AfterEndCall {
        CallbackCommand,
        /// The record of the call.
        pub call_record: CallRecord = required "CallRecord",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The record of a call.
    pub struct CallRecord {
        /// ID of the call.
        pub call_id: String = required "CallId",
        /// UserID of the caller.
        pub caller_account: Option<String> = "Caller_Account",
        /// Audio or video.
        pub media_type: Option<MediaType> = "MediaType",
        /// Whether the call was one-to-one or a group call.
        pub call_type: Option<CallType> = "CallType",
        /// When the call was started, in seconds.
        pub start_time: Option<UnixSeconds> = "StartTime",
        /// When it ended, in seconds.
        pub end_time: Option<UnixSeconds> = "EndTime",
        /// When the call was accepted, in seconds. 0 = never.
        pub accept_time: Option<UnixSeconds> = "AcceptTime",
        /// How the call ended.
        pub call_result: Option<CallResult> = "CallResult",
        /// UserIDs of the members, which may include the caller.
        pub callee_list_account: Vec<String> = "CalleeList_Account",
        /// ID of the room that hosted the call. A string even if the room id is a number.
        pub room_id: Option<String> = "RoomId",
        /// The type of `room_id`: 1 = number, 2 = string.
        pub room_id_type: Option<u64> = "RoomIdType",
    }
}

payload! {
    /// A member of a call.
    pub struct User {
        /// UserID of the member. Also accepted as an integer, as in the docs' sample of [`AfterStartCall`].
        pub user_account: String = required "User_Account",
        /// Whether the member has connected.
        pub status: Option<Status> = "Status",
    }
}

payload! {
    /// The state of a call's cloud recording changed.
    ///
    /// A sample in the mainland docs calls the command `Call.CallbackAfterCloudRecordingChanged`; that name is accepted
    /// as well.
    #[cfg_attr(doc, doc = include_str!("docs/Call.CallbackAfterRecordChanged.md"))]
    #[doc(alias("Call.CallbackAfterRecordChanged", "CallbackAfterRecordChanged"))]
    #[doc(alias("Call.CallbackAfterCloudRecordingChanged", "CallbackAfterCloudRecordingChanged"))]
    pub struct AfterRecordChanged {
        CallbackCommand,
        /// ID of the call.
        pub call_id: String = required "CallId",
        /// The event of the RTC Engine.
        pub callback: RecordCallback = required "Callback",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// An event of the RTC Engine about a call's recording.
    pub struct RecordCallback {
        /// 3 = cloud recording.
        pub event_group_id: Option<u64> = "EventGroupId",
        /// The event within the group, for example 301 = a recording started.
        pub event_type: Option<u64> = "EventType",
        /// When the callback was sent, in milliseconds. A retry has a later time.
        pub callback_ts: Option<UnixMillis> = "CallbackTs",
        /// The recording task, and what happened to it.
        pub event_info: RecordingInfo = required "EventInfo",
        /// The kind of UI kit. Undocumented, except in the docs' sample.
        pub kit_type: Option<u64> = "KitType",
    }
}

#[cfg(feature = "rtc")]
impl AfterRecordChanged {
    /// The event of the RTC Engine with its typed details, usually one of [`recording`](rtc::recording).
    ///
    /// ```
    /// use tower_tencent_webhook::{event::call::AfterRecordChanged, rtc};
    ///
    /// let event: AfterRecordChanged = serde_json::from_str(r#"{
    ///     "CallId": "c0ffee12", "Callback": {"EventGroupId": 3, "EventType": 301, "EventInfo": {
    ///         "RoomId": "900117", "TaskId": "h7-Kq_0.", "Payload": {"Status": 0}
    ///     }}
    /// }"#)?;
    /// let rtc::Event::RecordingRecorderStarted(started) = event.rtc_event()? else { panic!("another event") };
    /// assert_eq!(started.status, Some(rtc::StartStatus::Started));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::RejectionKind::Malformed) if it lacks its `EventType`.
    pub fn rtc_event(&self) -> Result<rtc::Event, Rejection> {
        self.callback.rtc_event()
    }
}

#[cfg(feature = "rtc")]
impl RecordCallback {
    /// The event of the RTC Engine with its typed details: see [`AfterRecordChanged::rtc_event`].
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::RejectionKind::Malformed) if it lacks its `EventType`.
    pub fn rtc_event(&self) -> Result<rtc::Event, Rejection> {
        rtc::Event::parse(serde_json::to_vec(self).expect("an event can be written"))
    }
}

open_enum! {
    /// The media of a call.
    pub enum MediaType {
        /// Audio and video.
        Video = "Video",
        /// Audio only.
        Audio = "Audio",
    }
}

open_enum! {
    /// Whether a call is one-to-one or a group call.
    pub enum CallType {
        /// One-to-one.
        SingleCall = "SingleCall",
        /// A group call.
        MultiCall = "MultiCall",
    }
}

open_enum! {
    /// How a call ended.
    pub enum CallResult {
        /// The caller cancelled.
        Cancel = "Cancel",
        /// The call was declined.
        Reject = "Reject",
        /// Nobody answered.
        NotAnswer = "NotAnswer",
        /// The call took place and ended normally.
        NormalEnd = "NormalEnd",
        /// The callee was busy.
        CallBusy = "CallBusy",
        /// The call was interrupted.
        Interrupt = "Interrupt",
        /// The callee was offline.
        Offline = "Offline",
    }
}

open_enum! {
    /// Whether a member has connected to a call.
    pub enum Status {
        /// Connected.
        Calling = "Calling",
        /// Not yet connected.
        Waiting = "Waiting",
    }
}

open_enum! {
    /// How a member's state changed. Four of the eight changes have two spellings.
    pub enum ActionType {
        /// Accepted the call.
        Answer = "Answer",
        /// Same as [`ActionType::Answer`], as spelled in the docs' table.
        Accept = "Accept",
        /// Declined the call.
        Reject = "Reject",
        /// Did not answer.
        NotAnswer = "NotAnswer",
        /// Hung up.
        Hangup = "Hangup",
        /// Same as [`ActionType::Hangup`], as spelled in the docs' table.
        HangUp = "Hang Up",
        /// Joined the call.
        Join = "Join",
        /// Went offline.
        Offline = "Offline",
        /// Was invited.
        Invite = "Invite",
        /// Same as [`ActionType::Invite`], as spelled in the docs' table.
        Invited = "Invited",
        /// Was uninvited.
        CancelInvite = "Cancel_Invite",
        /// Same as [`ActionType::CancelInvite`], as spelled in the docs' table.
        CanncelInvite = "Canncel_Invite",
    }
}
