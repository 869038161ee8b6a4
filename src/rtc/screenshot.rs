//! Screenshots that clients asked for.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, screenshot::StreamType};
//!
//! let body = r#"{"EventGroupId":6,"EventType":601,"CallbackTs":1788030000600,"EventInfo":{"eventID":"shot-0071",
//!     "callbackData":"frame=3","pictureURL":"https://img.example/0071.jpg","code":0,"msg":"ok","roomID":"7741",
//!     "streamType":"BigStream","userID":"anouk","timestamp":1788030000099}}"#;
//! let Event::Screenshot(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.picture_url.as_deref(), Some("https://img.example/0071.jpg"));
//! assert_eq!(event.stream_type, Some(StreamType::BigStream));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::{body::event, words::RoomId},
    wire::{UnixMillis, open_enum},
};

event! {
    /// A screenshot that a client asked for was taken.
    ///
    /// Event type 601, `EVENT_TYPE_VIDEO_SCREENSHOT`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/64802>
    #[doc(alias = "601", alias = "EVENT_TYPE_VIDEO_SCREENSHOT")]
    pub struct Screenshot {
        /// ID of the screenshot.
        pub event_id: Option<String> = Info "eventID" | Info "eventId",
        /// `extraInfo` of the client's call. The client chose it: do not trust it. Not in the `Debug` output.
        pub callback_data: Option<String> = Info "callbackData"; secret,
        /// URL of the image, which may be signed. Not in the `Debug` output.
        pub picture_url: Option<String> = Info "pictureURL"; secret,
        /// 0 = success. Other values are not documented.
        pub code: Option<i64> = Info "code",
        /// A message. It may be empty.
        pub msg: Option<String> = Info "msg",
        /// The room.
        pub room_id: RoomId = Info "roomID" | Info "RoomId"; required room,
        /// Which stream it shows.
        pub stream_type: Option<StreamType> = Info "streamType",
        /// UserID of the user whom it shows.
        pub user_id: String = Info "userID" | Info "UserId"; required user,
        /// When it was taken, in milliseconds.
        pub timestamp: Option<UnixMillis> = Info "timestamp" | Info "EventMsTs"; ms,
    }
}

open_enum! {
    /// The stream that a screenshot shows.
    pub enum StreamType {
        /// The camera.
        BigStream = "BigStream",
        /// The shared screen.
        SubStream = "SubStream",
    }
}
