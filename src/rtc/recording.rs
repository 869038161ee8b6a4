//! Cloud recording: from the robot that enters a room to the files that are ready.
//!
//! Events come out of order: sort them by `event_ms_ts`. A task has no last event; files may be ready after its robot has left.
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, recording::Mp4Status};
//!
//! let body = r#"{"EventGroupId":3,"EventType":310,"CallbackTs":1788013640900,"EventInfo":{
//!     "RoomId":"7741","EventTs":1788013640,"EventMsTs":1788013640007,"UserId":"rec_bot_31","TaskId":"Qd3-mV8",
//!     "Payload":{"Status":1,"FileList":["rec/7741/beppe_0.mp4"]}}}"#;
//! let Event::RecordingMp4Ready(event) = Event::parse(body)? else { panic!("another event") };
//! assert_eq!(event.status, Some(Mp4Status::PartlyUploaded));
//! assert_eq!(event.file_list, ["rec/7741/beppe_0.mp4"]);
//! assert_eq!(event.robot_id.as_deref(), Some("rec_bot_31"));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

pub use super::words::{MediaId, TrackType};
use crate::{
    rtc::words::{LeaveCode, StartStatus, robot_task},
    wire::{UnixMillis, open_code, payload},
};

robot_task! {
    /// A recording started.
    ///
    /// Event type 301, `EVENT_TYPE_CLOUD_RECORDING_RECORDER_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "301", alias = "EVENT_TYPE_CLOUD_RECORDING_RECORDER_START")]
    pub struct RecorderStarted {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// A recording's robot left the room.
    ///
    /// Files may still follow.
    ///
    /// Event type 302, `EVENT_TYPE_CLOUD_RECORDING_RECORDER_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "302", alias = "EVENT_TYPE_CLOUD_RECORDING_RECORDER_STOP")]
    pub struct RecorderStopped {
        /// Why.
        pub leave_code: Option<LeaveCode> = Payload "LeaveCode",
    }
}

robot_task! {
    /// The upload of a recording started.
    ///
    /// Only if the recording is uploaded to an object store such as COS.
    ///
    /// Event type 303, `EVENT_TYPE_CLOUD_RECORDING_UPLOAD_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "303", alias = "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_START")]
    pub struct UploadStarted {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

robot_task! {
    /// The M3U8 index of a recording was made.
    ///
    /// Only if the recording is uploaded to an object store such as COS. Only if the recording was started by an API
    /// call.
    ///
    /// Event type 304, `EVENT_TYPE_CLOUD_RECORDING_FILE_INFO`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "304", alias = "EVENT_TYPE_CLOUD_RECORDING_FILE_INFO")]
    pub struct IndexMade {
        /// Name of the M3U8 file. Not in the `Debug` output.
        pub file_list: Option<String> = Payload "FileList"; secret,
    }
}

robot_task! {
    /// The upload of a recording ended.
    ///
    /// Only if the recording is uploaded to an object store such as COS. May come before [`RecorderStopped`].
    ///
    /// Event type 305, `EVENT_TYPE_CLOUD_RECORDING_UPLOAD_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "305", alias = "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_STOP")]
    pub struct UploadStopped {
        /// How. Called `LeaveCode` in the newest docs, but not on the wire.
        pub status: Option<UploadStatus> = Payload "Status" | Payload "LeaveCode",
    }
}

robot_task! {
    /// A recording moved to another machine.
    ///
    /// Event type 306, `EVENT_TYPE_CLOUD_RECORDING_FAILOVER`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "306", alias = "EVENT_TYPE_CLOUD_RECORDING_FAILOVER")]
    pub struct Moved {
        /// Whether it did.
        pub status: Option<MoveStatus> = Payload "Status",
    }
}

robot_task! {
    /// The first slice of a file was written.
    ///
    /// Only if the recording is uploaded to an object store such as COS. Only if the recording was started by an API
    /// call. It comes before all other events of that file.
    ///
    /// Event type 307, `EVENT_TYPE_CLOUD_RECORDING_FILE_SLICE`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "307", alias = "EVENT_TYPE_CLOUD_RECORDING_FILE_SLICE")]
    pub struct FirstSlice {
        /// Name of the file. Not in the `Debug` output.
        pub file_name: Option<String> = Payload "FileName"; secret,
        /// UserID of the user who is recorded.
        pub user_id: Option<String> = Payload "UserId"; user,
        /// What the file has.
        pub track_type: Option<TrackType> = Payload "TrackType",
        /// When the file begins, in milliseconds.
        pub begin_time_stamp: Option<UnixMillis> = Payload "BeginTimeStamp",
    }
}

robot_task! {
    /// The object store refused a recording's upload.
    ///
    /// In the docs until 2024.
    ///
    /// Event type 308, `EVENT_TYPE_CLOUD_RECORDING_UPLOAD_ERROR`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/45169>
    #[doc(alias = "308", alias = "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_ERROR")]
    pub struct UploadFailed {
        /// The store's error code, a word.
        pub code: Option<String> = Payload "Code",
        /// The store's error message.
        pub message: Option<String> = Payload "Message",
    }
}

robot_task! {
    /// The image for a recording's background or watermark could not be fetched.
    ///
    /// Event type 309, `EVENT_TYPE_CLOUD_RECORDING_DOWNLOAD_IMAGE_ERROR`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "309", alias = "EVENT_TYPE_CLOUD_RECORDING_DOWNLOAD_IMAGE_ERROR")]
    pub struct ImageFailed {
        /// URL of the image. Not in the `Debug` output.
        pub url: Option<String> = Payload "Url"; secret,
    }
}

robot_task! {
    /// MP4 files of a recording are ready.
    ///
    /// Only if the recording is uploaded to an object store such as COS. Only if the recording was started by an API
    /// call. It may come several times for a task.
    ///
    /// Event type 310, `EVENT_TYPE_CLOUD_RECORDING_MP4_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "310", alias = "EVENT_TYPE_CLOUD_RECORDING_MP4_STOP")]
    pub struct Mp4Ready {
        /// How it ended.
        pub status: Option<Mp4Status> = Payload "Status",
        /// Names of the files. Not in the `Debug` output.
        pub file_list: Vec<String> = Payload "FileList"; secret,
        /// The files. Absent in bodies from 2022. Not in the `Debug` output.
        pub file_message: Vec<FileMessage> = Payload "FileMessage"; secret,
    }
}

robot_task! {
    /// A file of a recording, or of a web page recording, has reached VOD, or failed to.
    ///
    /// Only if the recording is sent to VOD. It comes 30 seconds to three minutes after the end of the recording.
    ///
    /// Event type 311, `EVENT_TYPE_CLOUD_RECORDING_VOD_COMMIT`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "311", alias = "EVENT_TYPE_CLOUD_RECORDING_VOD_COMMIT")]
    pub struct VodCommitted {
        /// Whether it did.
        pub status: Option<VodStatus> = Payload "Status",
        /// Why not.
        pub errmsg: Option<String> = Payload "Errmsg",
        /// UserID of the user who was recorded. Empty for mixed streams.
        pub user_id: Option<String> = Vod "UserId" | Payload "UserId"; user,
        /// What the file has.
        pub track_type: Option<TrackType> = Vod "TrackType" | Payload "TrackType",
        /// Which stream was recorded.
        pub media_id: Option<MediaId> = Vod "MediaId" | Payload "MediaId",
        /// ID of the file in VOD: decimal digits, more than a JavaScript number can hold.
        pub file_id: Option<String> = Vod "FileId" | Payload "FileId",
        /// URL of the file, which may be signed. Not in the `Debug` output.
        pub video_url: Option<String> = Vod "VideoUrl" | Payload "VideoUrl"; secret,
        /// Name of the cached file. Not in the `Debug` output.
        pub cache_file: Option<String> = Vod "CacheFile" | Payload "CacheFile"; secret,
        /// When the file begins, in milliseconds.
        pub start_time_stamp: Option<UnixMillis> = Vod "StartTimeStamp" | Payload "StartTimeStamp",
        /// When the file ends, in milliseconds.
        pub end_time_stamp: Option<UnixMillis> = Vod "EndTimeStamp" | Payload "EndTimeStamp",
    }
}

robot_task! {
    /// The VOD task of a recording, or of a web page recording, ended.
    ///
    /// Only if the recording is sent to VOD.
    ///
    /// Event type 312, `EVENT_TYPE_CLOUD_RECORDING_VOD_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/54914>
    #[doc(alias = "312", alias = "EVENT_TYPE_CLOUD_RECORDING_VOD_STOP")]
    pub struct VodStopped {
        /// How.
        pub status: Option<VodStopStatus> = Payload "Status",
    }
}

payload! {
    /// A file of a recording.
    pub struct FileMessage {
        /// Name of the file.
        pub file_name: Option<String> = "FileName",
        /// UserID of the user who was recorded. Empty for mixed streams.
        pub user_id: Option<String> = "UserId",
        /// What the file has.
        pub track_type: Option<TrackType> = "TrackType",
        /// Which stream was recorded.
        pub media_id: Option<MediaId> = "MediaId",
        /// When the file begins, in milliseconds.
        pub start_time_stamp: Option<UnixMillis> = "StartTimeStamp",
        /// When the file ends, in milliseconds.
        pub end_time_stamp: Option<UnixMillis> = "EndTimeStamp",
    }
}

open_code! {
    /// How the upload of a recording ended.
    pub enum UploadStatus {
        /// All files are in the store.
        Uploaded = 0,
        /// At least one file stays on the server or in the backup store.
        PartlyUploaded = 1,
        /// Files that had stayed behind were recovered and uploaded.
        Recovered = 2,
    }

    /// Whether a recording moved to another machine.
    pub enum MoveStatus {
        /// It did.
        Moved = 0,
    }

    /// How the recording of MP4 files ended.
    pub enum Mp4Status {
        /// All files are in the store.
        Uploaded = 0,
        /// At least one file stays on the server or in the backup store.
        PartlyUploaded = 1,
        /// It ended abnormally.
        Failed = 2,
    }

    /// Whether a file reached VOD.
    pub enum VodStatus {
        /// It did.
        Committed = 0,
        /// It stays on the server or in the backup store.
        LeftBehind = 1,
        /// The upload failed.
        Failed = 2,
    }

    /// How a VOD task ended.
    pub enum VodStopStatus {
        /// Normally.
        Finished = 0,
        /// Abnormally.
        Failed = 1,
    }
}
