//! Rooms: who creates, enters and leaves them.
//!
//! Rooms of a type that the app chose for itself: [`RoomId`](crate::rtc::RoomId) is a number or a text.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, RoomId, room::EnterReason};
//!
//! let body = r#"{"EventGroupId":1,"EventType":103,"CallbackTs":1788000301000,"EventInfo":{
//!     "RoomId":7741,"EventTs":1788000300,"EventMsTs":1788000300911,"UserId":"anouk","Role":20,"Reason":1}}"#;
//! let Event::RoomUserEntered(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.user_id, "anouk");
//! assert_eq!(event.room_id, RoomId::Number(7741));
//! assert_eq!(event.reason, Some(EnterReason::Voluntary));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{rtc::words::in_room, wire::open_code};

in_room! {
    /// A room was created.
    ///
    /// Event type 101, `EVENT_TYPE_CREATE_ROOM`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "101", alias = "EVENT_TYPE_CREATE_ROOM")]
    pub struct RoomCreated {
        /// UserID of the user who created it.
        pub user_id: Option<String> = Info "UserId"; user,
    }
}

in_room! {
    /// A room was closed.
    ///
    /// It names no user.
    ///
    /// Event type 102, `EVENT_TYPE_DISMISS_ROOM`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "102", alias = "EVENT_TYPE_DISMISS_ROOM")]
    pub struct RoomDismissed {}
}

in_room! {
    /// A user entered a room.
    ///
    /// Event type 103, `EVENT_TYPE_ENTER_ROOM`. Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "103", alias = "EVENT_TYPE_ENTER_ROOM")]
    pub struct UserEntered {
        /// UserID of the user.
        pub user_id: String = Info "UserId"; required user,
        /// Tells repeated entries and exits of a user apart. Only for apps that began to use callbacks before 30 July
        /// 2021.
        pub unique_id: Option<u64> = Info "UniqueId",
        /// The user's role.
        pub role: Option<Role> = Info "Role",
        /// The platform of the client.
        pub terminal_type: Option<TerminalType> = Info "TerminalType",
        /// The kind of client.
        pub user_type: Option<UserType> = Info "UserType",
        /// Why the user entered.
        pub reason: Option<EnterReason> = Info "Reason",
    }
}

in_room! {
    /// A user left a room.
    ///
    /// It stands for the end of the user's audio and video as well: no [`AudioStopped`](super::media::AudioStopped) or
    /// [`VideoStopped`](super::media::VideoStopped) is sent.
    ///
    /// Event type 104, `EVENT_TYPE_EXIT_ROOM`. Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "104", alias = "EVENT_TYPE_EXIT_ROOM")]
    pub struct UserLeft {
        /// UserID of the user.
        pub user_id: String = Info "UserId"; required user,
        /// Tells repeated entries and exits of a user apart. Only for apps that began to use callbacks before 30 July
        /// 2021.
        pub unique_id: Option<u64> = Info "UniqueId",
        /// The user's role.
        pub role: Option<Role> = Info "Role",
        /// Why the user left. An Android client that is closed by force is not noticed, but times out.
        pub reason: Option<LeaveReason> = Info "Reason",
    }
}

in_room! {
    /// A user's role changed.
    ///
    /// Sent for changes only, not for the role with which a user enters.
    ///
    /// Event type 105, `EVENT_TYPE_CHANGE_ROLE`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "105", alias = "EVENT_TYPE_CHANGE_ROLE")]
    pub struct RoleChanged {
        /// UserID of the user.
        pub user_id: String = Info "UserId"; required user,
        /// Tells repeated entries and exits of a user apart. Only for apps that began to use callbacks before 30 July
        /// 2021.
        pub unique_id: Option<u64> = Info "UniqueId",
        /// The new role.
        pub role: Option<Role> = Info "Role",
    }
}

open_code! {
    /// The role of a user in a room.
    pub enum Role {
        /// An anchor, who may send audio and video.
        Anchor = 20,
        /// A member of the audience.
        Audience = 21,
    }

    /// The platform of a client.
    pub enum TerminalType {
        /// Windows.
        Windows = 1,
        /// Android.
        Android = 2,
        /// iOS.
        Ios = 3,
        /// Linux.
        Linux = 4,
        /// Another one. Not to be confused with [`TerminalType::Other`], for codes that are not documented.
        Unlisted = 100,
    }

    /// The kind of a client.
    pub enum UserType {
        /// A browser.
        WebRtc = 1,
        /// A mini program.
        MiniProgram = 2,
        /// The native SDK.
        Native = 3,
    }

    /// Why a user entered a room.
    pub enum EnterReason {
        /// Of their own will.
        Voluntary = 1,
        /// The network changed.
        NetworkChanged = 2,
        /// Again after a time-out.
        Retry = 3,
        /// For a cross-room call.
        CrossRoomCall = 4,
    }

    /// Why a user left a room.
    ///
    /// Bodies from before 2021 have other meanings: 3 = entered on another client, 4 = removed, 5 = the cross-room call
    /// was cancelled, 6 = closed by force.
    pub enum LeaveReason {
        /// Of their own will.
        Voluntary = 1,
        /// Timed out.
        TimedOut = 2,
        /// Removed from the room.
        Removed = 3,
        /// The cross-room call was cancelled.
        CrossRoomCallCancelled = 4,
        /// The client was closed by force.
        ForceClosed = 5,
    }
}
