//! Recording of web pages.
//!
//! Its files are announced by [`VodCommitted`](super::recording::VodCommitted) and [`VodStopped`](super::recording::VodStopped) if they
//! are sent to VOD. No event of this group names a room or a user.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, web_recording::UpdateStatus};
//!
//! let body = r#"{"EventGroupId":8,"EventType":803,"CallbackTs":1788051000300,"EventInfo":{
//!     "EventMsTs":1788051000111,"TaskId":"web-0c77-19","Payload":{"Status":2,"EventMessage":"RecordPaused"}}}"#;
//! let Event::WebRecordingUpdated(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.status, Some(UpdateStatus::Paused));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::body::event,
    wire::{UnixMillis, open_code},
};

/// Declares an event of this group: the fields that all of them have, and its own.
macro_rules! web {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        event! {
            $(# $meta)*
            pub struct $name {
                /// When it happened, in milliseconds.
                pub event_ms_ts: Option<UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
                /// ID of the recording task. Opaque; may contain `+`, `/`, `-`, `_` and `.`.
                pub task_id: String = Info "TaskId"; required task,
                $($fields)*
            }
        }
    };
}

web! {
    /// A web page recording started, or met trouble.
    ///
    /// Event type 801, `EVENT_TYPE_WEB_RECORDER_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "801", alias = "EVENT_TYPE_WEB_RECORDER_START")]
    pub struct Started {
        /// Which of these.
        pub status: Option<RunStatus> = Payload "Status",
        /// What happened, for people.
        pub event_message: Option<String> = Payload "EventMessage" | Info "EventMessage",
    }
}

web! {
    /// A web page recording stopped.
    ///
    /// Event type 802, `EVENT_TYPE_WEB_RECORDER_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "802", alias = "EVENT_TYPE_WEB_RECORDER_STOP")]
    pub struct Stopped {
        /// Whether it did.
        pub status: Option<StopStatus> = Payload "Status",
        /// What happened, for people.
        pub event_message: Option<String> = Payload "EventMessage" | Info "EventMessage",
    }
}

web! {
    /// A web page recording was paused or resumed, or its page was refreshed.
    ///
    /// Event type 803, `EVENT_TYPE_WEB_RECORDER_STATUS_UPDATE`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "803", alias = "EVENT_TYPE_WEB_RECORDER_STATUS_UPDATE")]
    pub struct Updated {
        /// Which of these.
        pub status: Option<UpdateStatus> = Payload "Status",
        /// What happened, for people.
        pub event_message: Option<String> = Payload "EventMessage" | Info "EventMessage",
    }
}

web! {
    /// A web page recording ended at a limit.
    ///
    /// Event type 804, `EVENT_TYPE_WEB_RECORDER_RESOURCE_LIMIT`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "804", alias = "EVENT_TYPE_WEB_RECORDER_RESOURCE_LIMIT")]
    pub struct LimitReached {
        /// Which limit.
        pub status: Option<LimitStatus> = Payload "Status",
        /// What happened, for people.
        pub event_message: Option<String> = Payload "EventMessage" | Info "EventMessage",
    }
}

open_code! {
    /// How a web page recording runs. Here, unlike in other groups, 1 is success.
    pub enum RunStatus {
        /// It started.
        Started = 1,
        /// It failed to start.
        StartFailed = 2,
        /// It was interrupted. The engine recovers by itself.
        Interrupted = 3,
        /// It moved to another machine. The engine recovers by itself.
        Moved = 4,
        /// It failed and ends.
        Failed = 5,
    }

    /// Whether a web page recording stopped.
    pub enum StopStatus {
        /// It did.
        Stopped = 1,
    }

    /// What happened to a web page recording.
    pub enum UpdateStatus {
        /// The page was refreshed.
        PageRefreshed = 1,
        /// The recording was paused.
        Paused = 2,
        /// The recording was resumed.
        Resumed = 3,
    }

    /// The limit that ended a web page recording.
    pub enum LimitStatus {
        /// The maximum recording time.
        Duration = 1,
        /// A video on the page has more than 1920 × 1080 pixels.
        Resolution = 2,
    }
}
