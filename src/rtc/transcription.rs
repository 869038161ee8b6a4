//! Transcription 2.0: speech as text, and translated.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, StartStatus};
//!
//! let body = r#"{"EventGroupId":14,"EventType":1401,"CallbackTs":1788100000051,"EventInfo":{"EventMsTs":1788100000001,
//!     "TaskId":"tx-20b7","RoomId":"atelier-5","RoomIdType":1,"RobotId":"stt_bot_6","Payload":{"Status":0}}}"#;
//! let Event::TranscriptionStarted(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.status, Some(StartStatus::Started));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::words::{StartStatus, room_task},
    wire::Json,
};

/// Declares an event of this group: the fields that all of them have, and its own.
macro_rules! transcription {
    ($(# $meta:tt)* pub struct $name:ident { $($fields:tt)* }) => {
        room_task! {
            $(# $meta)*
            pub struct $name {
                /// UserID of the transcription robot, which is not a person.
                pub robot_id: Option<String> = Info "RobotId",
                $($fields)*
            }
        }
    };
}

transcription! {
    /// Transcription started.
    ///
    /// Event type 1401, `EVENT_TYPE_CLOUD_TRANSCRIPTION_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/80094>
    #[doc(alias = "1401", alias = "EVENT_TYPE_CLOUD_TRANSCRIPTION_START")]
    pub struct Started {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

transcription! {
    /// Transcription ended.
    ///
    /// Event type 1402, `EVENT_TYPE_CLOUD_TRANSCRIPTION_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/80094>
    #[doc(alias = "1402", alias = "EVENT_TYPE_CLOUD_TRANSCRIPTION_STOP")]
    pub struct Stopped {
        /// Why. Its form is not documented. Not in the `Debug` output.
        pub payload: Option<Json> = Info "Payload"; secret,
    }
}

transcription! {
    /// A complete sentence was recognised.
    ///
    /// Event type 1403, `EVENT_TYPE_CLOUD_TRANSCRIPTION_ASR_MSG`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/80094>
    #[doc(alias = "1403", alias = "EVENT_TYPE_CLOUD_TRANSCRIPTION_ASR_MSG")]
    pub struct Sentence {
        /// The sentence. Its form is not documented. Not in the `Debug` output.
        pub payload: Option<Json> = Info "Payload"; secret,
    }
}

transcription! {
    /// A complete sentence was translated.
    ///
    /// Event type 1404, `EVENT_TYPE_CLOUD_TRANSCRIPTION_TRANSLATE_MSG`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/80094>
    #[doc(alias = "1404", alias = "EVENT_TYPE_CLOUD_TRANSCRIPTION_TRANSLATE_MSG")]
    pub struct Translated {
        /// The translation. Its form is not documented. Not in the `Debug` output.
        pub payload: Option<Json> = Info "Payload"; secret,
    }
}
