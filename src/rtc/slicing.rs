//! Cloud slicing: screenshots and pieces of audio, uploaded while a room is live.
//!
//! ```
//! use tower_tencent_webhook::rtc::Event;
//!
//! let body = r#"{"EventGroupId":10,"EventType":1006,"CallbackTs":1788070011078,"EventInfo":{
//!     "RoomId":"7741","EventTs":1788070011,"EventMsTs":1788070011001,"UserId":"slice_bot_4","TaskId":"k2Hc-SlE8",
//!     "Payload":{"Code":10007,"Message":"AccessDenied"}}}"#;
//! let Event::SlicingUploadFailed(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.code, Some(10007));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::words::{LeaveCode, StartStatus, robot_task},
    wire::Json,
};

robot_task! {
    /// Slicing started.
    ///
    /// Event type 1001, `EVENT_TYPE_CLOUD_SLICE_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1001", alias = "EVENT_TYPE_CLOUD_SLICE_START")]
    pub struct Started {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// Slicing ended.
    ///
    /// Event type 1002, `EVENT_TYPE_CLOUD_SLICE_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1002", alias = "EVENT_TYPE_CLOUD_SLICE_STOP")]
    pub struct Stopped {
        /// Why.
        pub leave_code: Option<LeaveCode> = Payload "LeaveCode",
    }
}

robot_task! {
    /// The upload of slices started.
    ///
    /// Only if they are uploaded to COS.
    ///
    /// Event type 1003, `EVENT_TYPE_CLOUD_SLICE_UPLOAD_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1003", alias = "EVENT_TYPE_CLOUD_SLICE_UPLOAD_START")]
    pub struct UploadStarted {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// A screenshot or a piece of audio was made and uploaded.
    ///
    /// Only if slices are uploaded to COS.
    ///
    /// Event type 1004, `EVENT_TYPE_CLOUD_SLICE_FILE_INFO`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1004", alias = "EVENT_TYPE_CLOUD_SLICE_FILE_INFO")]
    pub struct SliceMade {
        /// UserID of the user whose stream it is. `StreamUserId` on the wire.
        pub user_id: Option<String> =
            Info "StreamUserId" | Info "StreamerUserId" | Payload "StreamUserId" | Payload "StreamerUserId"; user,
        /// The slice. Its form is not documented. Not in the `Debug` output.
        pub payload: Option<Json> = Info "Payload"; secret,
    }
}

robot_task! {
    /// The upload of slices ended.
    ///
    /// Only if they are uploaded to COS.
    ///
    /// Event type 1005, `EVENT_TYPE_CLOUD_SLICE_UPLOAD_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1005", alias = "EVENT_TYPE_CLOUD_SLICE_UPLOAD_STOP")]
    pub struct UploadStopped {
        /// How. Its values are not documented.
        pub status: Option<i64> = Payload "Status",
    }
}

robot_task! {
    /// The object store refused an upload.
    ///
    /// Event type 1006, `EVENT_TYPE_CLOUD_SLICE_UPLOAD_ERROR`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73393>
    #[doc(alias = "1006", alias = "EVENT_TYPE_CLOUD_SLICE_UPLOAD_ERROR")]
    pub struct UploadFailed {
        /// The store's error code.
        pub code: Option<i64> = Payload "Code",
        /// The store's error message.
        pub message: Option<String> = Payload "Message",
    }
}
