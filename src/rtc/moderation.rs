//! Cloud moderation, also called content understanding: what it found in the streams of a room.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, moderation::Suggestion};
//!
//! let body = r#"{"EventGroupId":11,"EventType":1104,"CallbackTs":1788080031065,"EventInfo":{"RoomId":"7741",
//!     "EventTs":1788080031,"EventMsTs":1788080031005,"UserId":"mod_bot_1","StreamerUserId":"beppe","TaskId":"zB1+mOd",
//!     "Payload":{"DataId":"612200417730058115","MediaType":2,"Suggest":1,"Label":"QRCode","Rate":71}}}"#;
//! let Event::ModerationResult(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.suggest, Some(Suggestion::Review));
//! assert_eq!(event.user_id.as_deref(), Some("beppe"));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::words::{LeaveCode, Number, StartStatus, robot_task},
    wire::{Json, open_code, open_enum, payload},
};

robot_task! {
    /// Moderation started.
    ///
    /// Event type 1101, `EVENT_TYPE_CLOUD_Moderation_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1101", alias = "EVENT_TYPE_CLOUD_Moderation_START")]
    pub struct Started {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// Moderation ended.
    ///
    /// Event type 1102, `EVENT_TYPE_CLOUD_Moderation_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1102", alias = "EVENT_TYPE_CLOUD_Moderation_STOP")]
    pub struct Stopped {
        /// Why.
        pub leave_code: Option<LeaveCode> = Payload "LeaveCode",
    }
}

robot_task! {
    /// Files begin to be sent for review.
    ///
    /// Event type 1103, `EVENT_TYPE_CLOUD_Moderation_SEND_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1103", alias = "EVENT_TYPE_CLOUD_Moderation_SEND_START")]
    pub struct ReviewStarted {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// A result.
    ///
    /// Event type 1104, `EVENT_TYPE_CLOUD_Moderation_TASK_INFO`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1104", alias = "EVENT_TYPE_CLOUD_Moderation_TASK_INFO")]
    pub struct ModerationResult {
        /// UserID of the user whose stream was reviewed. `StreamerUserId` on the wire.
        pub user_id: Option<String> =
            Info "StreamerUserId" | Info "StreamUserId" | Payload "StreamerUserId" | Payload "StreamUserId"; user,
        /// ID of the reviewed data: decimal digits, more than a JavaScript number can hold.
        pub data_id: Option<String> = Payload "DataId",
        /// ID of the request to the provider of the review. It may be empty.
        pub request_id: Option<String> = Payload "RequestId",
        /// What was reviewed.
        pub media_type: Option<MediaType> = Payload "MediaType",
        /// What to do about it.
        pub suggest: Option<Suggestion> = Payload "Suggest",
        /// What was found.
        pub label: Option<Label> = Payload "Label",
        /// Path or URL of the image, which may be signed. Empty for speech. Not in the `Debug` output.
        pub image: Option<String> = Payload "Image"; secret,
        /// Text in the image. Not in the `Debug` output.
        pub image_ocr: Option<String> = Payload "ImageOcr"; secret,
        /// The confidence, from 0 to 100.
        pub rate: Option<Number> = Payload "Rate",
        /// Path or URL of the sound, which may be signed. Empty for an image. Not in the `Debug` output.
        pub audio: Option<String> = Payload "Audio"; secret,
        /// The recognised speech. Empty for an image. Not in the `Debug` output.
        pub audio_text: Option<String> = Payload "AudioText"; secret,
        /// The single findings. Also accepted as one object, as in the docs' table. Not in the `Debug` output, since they quote what was said.
        pub check_detail: Vec<CheckDetail> = Payload "CheckDetail"; secret,
    }
}

robot_task! {
    /// Files are no longer sent for review.
    ///
    /// Event type 1105, `EVENT_TYPE_CLOUD_Moderation_SEND_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1105", alias = "EVENT_TYPE_CLOUD_Moderation_SEND_STOP")]
    pub struct ReviewStopped {
        /// Whether it ended.
        pub status: Option<EndStatus> = Payload "Status",
    }
}

robot_task! {
    /// The object store refused an upload.
    ///
    /// Event type 1106, `EVENT_TYPE_CLOUD_Moderation_UPLOAD_ERROR`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/73394>
    #[doc(alias = "1106", alias = "EVENT_TYPE_CLOUD_Moderation_UPLOAD_ERROR")]
    pub struct UploadFailed {
        /// The store's error code.
        pub code: Option<i64> = Payload "Code",
        /// The store's error message.
        pub message: Option<String> = Payload "Message",
    }
}

payload! {
    /// A single finding of a review.
    pub struct CheckDetail {
        Self | [Self],
        /// The scene that was reviewed. For images.
        pub scene: Option<String> = "Scene",
        /// What was found.
        pub label: Option<Label> = "Label",
        /// What to do about it.
        pub suggest: Option<Suggestion> = "Suggest",
        /// The words that were found.
        pub keywords: Vec<String> = "Keywords",
        /// The confidence, from 0 to 100.
        pub score: Option<Number> = "Score",
        /// A description. For speech.
        pub desc: Option<String> = "Desc",
        /// Where in the sound. Its form is not documented.
        pub audio_segments: Option<Json> = "AudioSegments",
        /// Where in the image. Its form is not documented.
        pub image_location: Option<Json> = "ImageLocation",
    }
}

open_code! {
    /// Whether files are still sent for review.
    pub enum EndStatus {
        /// No longer.
        Ended = 0,
    }

    /// What was reviewed.
    pub enum MediaType {
        /// Speech.
        Speech = 1,
        /// An image.
        Image = 2,
    }

    /// What to do about a finding.
    pub enum Suggestion {
        /// Let it pass.
        Pass = 0,
        /// Have people look at it.
        Review = 1,
        /// Block it.
        Block = 2,
    }
}

open_enum! {
    /// What a review found.
    pub enum Label {
        /// Nothing.
        Normal = "Normal",
        /// Advertising.
        Ad = "Ad",
        /// Pornography.
        Porn = "Porn",
        /// Abuse.
        Abuse = "Abuse",
        /// Something illegal.
        Illegal = "Illegal",
        /// Politics.
        Polity = "Polity",
        /// Terror.
        Terror = "Terror",
        /// Something suggestive.
        Sexy = "Sexy",
        /// A QR code.
        QrCode = "QRCode",
        /// Something from the app's own list.
        Custom = "Custom",
    }
}
