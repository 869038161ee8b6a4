//! Ingest of online streams into rooms.
//!
//! Events come out of order: sort them by `event_ms_ts`.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, ingest::IngestStatus};
//!
//! let body = r#"{"EventGroupId":7,"EventType":701,"CallbackMsTs":1788040000120,"EventInfo":{
//!     "EventMsTs":1788040000007,"TaskId":"ing-5kQ0","Status":2}}"#;
//! let event = Event::parse(body)?;
//! assert_eq!(event.callback_time().unwrap(), 1788040000120);
//! let Event::IngestStarted(event) = event else { panic!("another event") };
//! assert_eq!(event.status, Some(IngestStatus::StartedAgain));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::body::event,
    wire::{UnixMillis, open_code},
};

/// Declares an event of this group: the fields that all of them have, and its own.
macro_rules! ingest {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        event! {
            $(# $meta)*
            pub struct $name {
                /// When it happened, in milliseconds.
                pub event_ms_ts: Option<UnixMillis> = Info "EventMsTs" | Info "EventTsMs"; ms,
                /// ID of the ingest task, the only link to a room: no event of this group names one.
                pub task_id: String = Info "TaskId"; required task,
                $($fields)*
            }
        }
    };
}

ingest! {
    /// The ingest of a stream started, failed or started again.
    ///
    /// After a failure the engine tries again after 0, 1 and 3 seconds. Three failures mean that the source is bad.
    ///
    /// Event type 701, `EVENT_TYPE_STREAM_INGEST_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/62717>
    #[doc(alias = "701", alias = "EVENT_TYPE_STREAM_INGEST_START")]
    pub struct IngestStarted {
        /// Which of these.
        pub status: Option<IngestStatus> = Info "Status" | Payload "Status",
    }
}

ingest! {
    /// The ingest of a stream stopped.
    ///
    /// Event type 702, `EVENT_TYPE_STREAM_INGEST_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/62717>
    #[doc(alias = "702", alias = "EVENT_TYPE_STREAM_INGEST_STOP")]
    pub struct IngestStopped {
        /// Whether it did.
        pub status: Option<StopStatus> = Info "Status" | Payload "Status",
    }
}

open_code! {
    /// How the ingest of a stream started.
    pub enum IngestStatus {
        /// It did.
        Started = 0,
        /// It failed.
        Failed = 1,
        /// It started again.
        StartedAgain = 2,
    }

    /// Whether the ingest of a stream stopped.
    pub enum StopStatus {
        /// It did.
        Stopped = 0,
    }
}
