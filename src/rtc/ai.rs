//! AI services: speech recognition and conversations with a model.
//!
//! AI conversation 2.0 does not use this group, but group 15, whose events are not documented: see [`Event::Other`](super::Event::Other).
//! Transcription 2.0 uses [`transcription`](super::transcription).
//!
//! ```
//! use tower_tencent_webhook::rtc::{Event, RoomIdType};
//!
//! let body = r#"{"EventGroupId":9,"EventType":903,"CallbackTs":1788060012590,"EventInfo":{
//!     "EventMsTs":1788060012500,"TaskId":"Jv4_aiT0","RoomId":"7741","RoomIdType":0,"Payload":{"UserId":"anouk",
//!     "Text":"Wat kost een kaartje?","StartTimeMs":9120,"EndTimeMs":11030,"RoundId":"rd-31"}}}"#;
//! let event = Event::parse(body)?;
//! assert!(!format!("{event:?}").contains("kaartje"));
//! let Event::AiSentence(event) = event else { panic!("another event") };
//! assert_eq!(event.text.as_deref(), Some("Wat kost een kaartje?"));
//! assert_eq!(event.room_id_type, Some(RoomIdType::Number));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::{
    rtc::words::{LeaveCode, Number, StartStatus, room_task},
    wire::{open_code, open_enum},
};

room_task! {
    /// An AI task started.
    ///
    /// Event type 901, `EVENT_TYPE_AI_SERVICE_START`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "901", alias = "EVENT_TYPE_AI_SERVICE_START")]
    pub struct TaskStarted {
        /// Whether it did.
        pub status: Option<StartStatus> = Payload "Status",
    }
}

room_task! {
    /// An AI task ended.
    ///
    /// Event type 902, `EVENT_TYPE_AI_SERVICE_STOP`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "902", alias = "EVENT_TYPE_AI_SERVICE_STOP")]
    pub struct TaskStopped {
        /// Why.
        pub leave_code: Option<LeaveCode> = Payload "LeaveCode",
    }
}

room_task! {
    /// A complete sentence: recognised speech, or text of the model.
    ///
    /// Event type 903, `EVENT_TYPE_AI_SERVICE_MSG`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "903", alias = "EVENT_TYPE_AI_SERVICE_MSG")]
    pub struct Sentence {
        /// UserID of the speaker. It may be empty.
        pub user_id: Option<String> = Payload "UserId"; user,
        /// The sentence. Not in the `Debug` output.
        pub text: Option<String> = Payload "Text"; secret,
        /// When it began, in milliseconds, apparently since the start of the task.
        pub start_time_ms: Option<u64> = Payload "StartTimeMs",
        /// When it ended, in milliseconds, apparently since the start of the task.
        pub end_time_ms: Option<u64> = Payload "EndTimeMs",
        /// ID of the round of the conversation.
        pub round_id: Option<String> = Payload "RoundId",
    }
}

room_task! {
    /// A user began to speak a sentence.
    ///
    /// Event type 904, `EVENT_TYPE_AI_START_OF_SPEECH`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "904", alias = "EVENT_TYPE_AI_START_OF_SPEECH")]
    pub struct SpeechStarted {
        /// UserID of the speaker.
        pub user_id: Option<String> = Payload "UserId"; user,
        /// ID of the round of the conversation.
        pub round_id: Option<String> = Payload "RoundId",
    }
}

room_task! {
    /// The AI has finished speaking in a round.
    ///
    /// Event type 905, `EVENT_TYPE_AI_SPEAKING_FINISHED`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "905", alias = "EVENT_TYPE_AI_SPEAKING_FINISHED")]
    pub struct SpeakingFinished {
        /// UserID of the AI robot, which is not a person. `UserId` on the wire.
        pub robot_id: Option<String> = Payload "UserId",
        /// ID of the round of the conversation.
        pub round_id: Option<String> = Payload "RoundId",
        /// What it said. Not in the `Debug` output.
        pub text: Option<String> = Payload "Text"; secret,
    }
}

room_task! {
    /// A measured value.
    ///
    /// Event type 906, `EVENT_TYPE_AI_METRIC_MESSAGE`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "906", alias = "EVENT_TYPE_AI_METRIC_MESSAGE")]
    pub struct Metric {
        /// What was measured.
        pub metric: Option<MetricName> = Payload "Metric",
        /// The value. Its unit is not documented; latencies appear to be in milliseconds.
        pub value: Option<Number> = Payload "Value",
        /// ID of the round of the conversation.
        pub round_id: Option<String> = Tag "RoundId" | Payload "RoundId",
    }
}

room_task! {
    /// A call of a service failed.
    ///
    /// Event type 908, `EVENT_TYPE_AI_ERROR_METRIC_CALLBACK`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "908", alias = "EVENT_TYPE_AI_ERROR_METRIC_CALLBACK")]
    pub struct ServiceError {
        /// Which service.
        pub metric: Option<ErrorName> = Payload "Metric",
        /// The error.
        pub code: Option<ErrorCode> = Tag "Code" | Payload "Code",
        /// The error message.
        pub message: Option<String> = Tag "Message" | Payload "Message",
        /// ID of the round of the conversation.
        pub round_id: Option<String> = Tag "RoundId" | Payload "RoundId",
    }
}

room_task! {
    /// A session is ready.
    ///
    /// Event type 909, `EVENT_TYPE_AI_SESSION_STATUS_CALLBACK`. Vendor docs:
    /// <https://www.tencentcloud.com/document/product/647/68331>
    #[doc(alias = "909", alias = "EVENT_TYPE_AI_SESSION_STATUS_CALLBACK")]
    pub struct SessionReady {
        /// The status: a word, unlike that of other events.
        pub status: Option<SessionStatus> = Payload "Status",
    }
}

open_enum! {
    /// What was measured.
    pub enum MetricName {
        /// The latency of speech recognition.
        AsrLatency = "asr_latency",
        /// The latency of the network to the model.
        LlmNetworkLatency = "llm_network_latency",
        /// The time to the model's first token.
        LlmFirstToken = "llm_first_token",
        /// The latency of the network to speech synthesis.
        TtsNetworkLatency = "tts_network_latency",
        /// The time to the first frame of synthesised speech.
        TtsFirstFrameLatency = "tts_first_frame_latency",
        /// Gaps in synthesised speech.
        TtsDiscontinuity = "tts_discontinuity",
        /// An interruption.
        Interruption = "interruption",
    }

    /// The service that failed.
    pub enum ErrorName {
        /// Speech recognition.
        AsrError = "asr_error",
        /// The model.
        LlmError = "llm_error",
        /// Speech synthesis.
        TtsError = "tts_error",
    }

    /// The status of a session.
    pub enum SessionStatus {
        /// It is ready.
        SessionReady = "session_ready",
    }
}

open_code! {
    /// Why a call of a service failed.
    pub enum ErrorCode {
        /// Speech recognition timed out.
        AsrTimeout = 30100,
        /// Speech recognition had an internal error.
        AsrInternal = 30102,
        /// The model timed out.
        LlmTimeout = 30200,
        /// The model's rate limit was exceeded.
        LlmRateLimit = 30201,
        /// The call of the model failed.
        LlmFailed = 30202,
        /// Speech synthesis timed out.
        TtsTimeout = 30300,
        /// The rate limit of speech synthesis was exceeded.
        TtsRateLimit = 30301,
        /// The call of speech synthesis failed.
        TtsFailed = 30302,
    }
}
