//! Media: when a user's camera, microphone and screen sharing start and stop.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, RoomId};
//!
//! let body = r#"{"EventGroupId":2,"EventType":203,"CallbackTs":1788000302219,"EventInfo":{
//!     "RoomId":"atelier-5","EventTs":1788000302,"EventMsTs":1788000302046,"UserId":"beppe"}}"#;
//! let Event::MediaAudioStarted(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.user_id, "beppe");
//! assert_eq!(event.room_id, "atelier-5");
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::rtc::words::in_room;

/// Declares an event of this group: the fields that all of them have, and its own.
macro_rules! media {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        in_room! {
            $(# $meta)*
            pub struct $name {
                /// UserID of the user.
                pub user_id: String = Info "UserId"; required user,
                $($fields)*
            }
        }
    };
}

media! {
    /// A user's camera started.
    ///
    /// Event type 201, `EVENT_TYPE_START_VIDEO`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "201", alias = "EVENT_TYPE_START_VIDEO")]
    pub struct VideoStarted {}
}

media! {
    /// A user switched the camera off.
    ///
    /// Not sent if the user leaves the room: see [`UserLeft`](super::room::UserLeft).
    ///
    /// Event type 202, `EVENT_TYPE_STOP_VIDEO`. Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "202", alias = "EVENT_TYPE_STOP_VIDEO")]
    pub struct VideoStopped {
        /// Why it stopped. Always 0 in the docs; other values are not documented.
        pub reason: Option<i64> = Info "Reason",
    }
}

media! {
    /// A user's microphone started.
    ///
    /// Event type 203, `EVENT_TYPE_START_AUDIO`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "203", alias = "EVENT_TYPE_START_AUDIO")]
    pub struct AudioStarted {}
}

media! {
    /// A user switched the microphone off.
    ///
    /// Not sent if the user leaves the room: see [`UserLeft`](super::room::UserLeft).
    ///
    /// Event type 204, `EVENT_TYPE_STOP_AUDIO`. Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "204", alias = "EVENT_TYPE_STOP_AUDIO")]
    pub struct AudioStopped {
        /// Why it stopped. Always 0 in the docs; other values are not documented.
        pub reason: Option<i64> = Info "Reason",
    }
}

media! {
    /// A user started to share the screen, or another second stream.
    ///
    /// Event type 205, `EVENT_TYPE_START_ASSIT`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "205", alias = "EVENT_TYPE_START_ASSIT")]
    pub struct ScreenStarted {}
}

media! {
    /// A user stopped to share the screen.
    ///
    /// Event type 206, `EVENT_TYPE_STOP_ASSIT`. Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    #[doc(alias = "206", alias = "EVENT_TYPE_STOP_ASSIT")]
    pub struct ScreenStopped {
        /// Why it stopped. Always 0 in the docs; other values are not documented.
        pub reason: Option<i64> = Info "Reason",
    }
}
