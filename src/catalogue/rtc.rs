//! The catalogue: the single table of the RTC Engine's types of events.
//!
//! Each row has a variant of [`Event`](crate::rtc::Event), its struct, its number, its name, the fields that tell an
//! event from all others of its type, together with the time at which it happened, and the page of the vendor's docs
//! about it. The names are the vendor's, which never travel. The type's group is its number without the last two digits.
//!
//! The table generates nothing itself. Each file that needs it expands it with its own macro:
//! `rtc_catalogue!(name_of_the_macro);`.

macro_rules! rtc_catalogue {
    ($expand:ident) => {
        $expand! {
            RoomCreated(room::RoomCreated) = 101 "EVENT_TYPE_CREATE_ROOM" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            RoomDismissed(room::RoomDismissed) = 102 "EVENT_TYPE_DISMISS_ROOM" id(room_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            RoomUserEntered(room::UserEntered) = 103 "EVENT_TYPE_ENTER_ROOM" id(room_id, user_id, unique_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            RoomUserLeft(room::UserLeft) = 104 "EVENT_TYPE_EXIT_ROOM" id(room_id, user_id, unique_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            RoomRoleChanged(room::RoleChanged) = 105 "EVENT_TYPE_CHANGE_ROLE" id(room_id, user_id, unique_id, role)
                docs "https://www.tencentcloud.com/document/product/647/39558";

            MediaVideoStarted(media::VideoStarted) = 201 "EVENT_TYPE_START_VIDEO" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            MediaVideoStopped(media::VideoStopped) = 202 "EVENT_TYPE_STOP_VIDEO" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            MediaAudioStarted(media::AudioStarted) = 203 "EVENT_TYPE_START_AUDIO" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            MediaAudioStopped(media::AudioStopped) = 204 "EVENT_TYPE_STOP_AUDIO" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            MediaScreenStarted(media::ScreenStarted) = 205 "EVENT_TYPE_START_ASSIT" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";
            MediaScreenStopped(media::ScreenStopped) = 206 "EVENT_TYPE_STOP_ASSIT" id(room_id, user_id)
                docs "https://www.tencentcloud.com/document/product/647/39558";

            RecordingRecorderStarted(recording::RecorderStarted) =
                301 "EVENT_TYPE_CLOUD_RECORDING_RECORDER_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingRecorderStopped(recording::RecorderStopped) =
                302 "EVENT_TYPE_CLOUD_RECORDING_RECORDER_STOP" id(task_id, leave_code)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingUploadStarted(recording::UploadStarted) =
                303 "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingIndexMade(recording::IndexMade) =
                304 "EVENT_TYPE_CLOUD_RECORDING_FILE_INFO" id(task_id, file_list)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingUploadStopped(recording::UploadStopped) =
                305 "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingMoved(recording::Moved) = 306 "EVENT_TYPE_CLOUD_RECORDING_FAILOVER" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingFirstSlice(recording::FirstSlice) =
                307 "EVENT_TYPE_CLOUD_RECORDING_FILE_SLICE" id(task_id, file_name)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingUploadFailed(recording::UploadFailed) =
                308 "EVENT_TYPE_CLOUD_RECORDING_UPLOAD_ERROR" id(task_id, code, message)
                docs "https://www.tencentcloud.com/document/product/647/45169";
            RecordingImageFailed(recording::ImageFailed) =
                309 "EVENT_TYPE_CLOUD_RECORDING_DOWNLOAD_IMAGE_ERROR" id(task_id, url)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingMp4Ready(recording::Mp4Ready) =
                310 "EVENT_TYPE_CLOUD_RECORDING_MP4_STOP" id(task_id, status, file_list)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingVodCommitted(recording::VodCommitted) =
                311 "EVENT_TYPE_CLOUD_RECORDING_VOD_COMMIT" id(task_id, status, cache_file, file_id, user_id, media_id, track_type)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            RecordingVodStopped(recording::VodStopped) =
                312 "EVENT_TYPE_CLOUD_RECORDING_VOD_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";

            RelayStatus(relay::RelayStatus) =
                401 "EVENT_TYPE_CLOUD_PUBLISH_CDN_STATUS" id(task_id, url, status)
                docs "https://www.tencentcloud.com/document/product/647/54913";

            Screenshot(screenshot::Screenshot) =
                601 "EVENT_TYPE_VIDEO_SCREENSHOT" id(room_id, user_id, event_id, stream_type)
                docs "https://www.tencentcloud.com/document/product/647/64802";

            IngestStarted(ingest::IngestStarted) = 701 "EVENT_TYPE_STREAM_INGEST_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/62717";
            IngestStopped(ingest::IngestStopped) = 702 "EVENT_TYPE_STREAM_INGEST_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/62717";

            WebRecordingStarted(web_recording::Started) = 801 "EVENT_TYPE_WEB_RECORDER_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            WebRecordingStopped(web_recording::Stopped) = 802 "EVENT_TYPE_WEB_RECORDER_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            WebRecordingUpdated(web_recording::Updated) =
                803 "EVENT_TYPE_WEB_RECORDER_STATUS_UPDATE" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";
            WebRecordingLimitReached(web_recording::LimitReached) =
                804 "EVENT_TYPE_WEB_RECORDER_RESOURCE_LIMIT" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/54914";

            AiTaskStarted(ai::TaskStarted) = 901 "EVENT_TYPE_AI_SERVICE_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiTaskStopped(ai::TaskStopped) = 902 "EVENT_TYPE_AI_SERVICE_STOP" id(task_id, leave_code)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiSentence(ai::Sentence) =
                903 "EVENT_TYPE_AI_SERVICE_MSG" id(task_id, user_id, round_id, start_time_ms, end_time_ms)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiSpeechStarted(ai::SpeechStarted) = 904 "EVENT_TYPE_AI_START_OF_SPEECH" id(task_id, user_id, round_id)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiSpeakingFinished(ai::SpeakingFinished) =
                905 "EVENT_TYPE_AI_SPEAKING_FINISHED" id(task_id, robot_id, round_id)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiMetric(ai::Metric) = 906 "EVENT_TYPE_AI_METRIC_MESSAGE" id(task_id, metric, value, round_id)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiServiceError(ai::ServiceError) =
                908 "EVENT_TYPE_AI_ERROR_METRIC_CALLBACK" id(task_id, metric, code, round_id)
                docs "https://www.tencentcloud.com/document/product/647/68331";
            AiSessionReady(ai::SessionReady) = 909 "EVENT_TYPE_AI_SESSION_STATUS_CALLBACK" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/68331";

            SlicingStarted(slicing::Started) = 1001 "EVENT_TYPE_CLOUD_SLICE_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73393";
            SlicingStopped(slicing::Stopped) = 1002 "EVENT_TYPE_CLOUD_SLICE_STOP" id(task_id, leave_code)
                docs "https://www.tencentcloud.com/document/product/647/73393";
            SlicingUploadStarted(slicing::UploadStarted) =
                1003 "EVENT_TYPE_CLOUD_SLICE_UPLOAD_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73393";
            SlicingSliceMade(slicing::SliceMade) =
                1004 "EVENT_TYPE_CLOUD_SLICE_FILE_INFO" id(task_id, user_id, payload)
                docs "https://www.tencentcloud.com/document/product/647/73393";
            SlicingUploadStopped(slicing::UploadStopped) =
                1005 "EVENT_TYPE_CLOUD_SLICE_UPLOAD_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73393";
            SlicingUploadFailed(slicing::UploadFailed) =
                1006 "EVENT_TYPE_CLOUD_SLICE_UPLOAD_ERROR" id(task_id, code, message)
                docs "https://www.tencentcloud.com/document/product/647/73393";

            ModerationStarted(moderation::Started) = 1101 "EVENT_TYPE_CLOUD_Moderation_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73394";
            ModerationStopped(moderation::Stopped) = 1102 "EVENT_TYPE_CLOUD_Moderation_STOP" id(task_id, leave_code)
                docs "https://www.tencentcloud.com/document/product/647/73394";
            ModerationReviewStarted(moderation::ReviewStarted) =
                1103 "EVENT_TYPE_CLOUD_Moderation_SEND_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73394";
            ModerationResult(moderation::ModerationResult) =
                1104 "EVENT_TYPE_CLOUD_Moderation_TASK_INFO" id(task_id, user_id, data_id, media_type)
                docs "https://www.tencentcloud.com/document/product/647/73394";
            ModerationReviewStopped(moderation::ReviewStopped) =
                1105 "EVENT_TYPE_CLOUD_Moderation_SEND_STOP" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/73394";
            ModerationUploadFailed(moderation::UploadFailed) =
                1106 "EVENT_TYPE_CLOUD_Moderation_UPLOAD_ERROR" id(task_id, code, message)
                docs "https://www.tencentcloud.com/document/product/647/73394";

            TranscriptionStarted(transcription::Started) =
                1401 "EVENT_TYPE_CLOUD_TRANSCRIPTION_START" id(task_id, status)
                docs "https://www.tencentcloud.com/document/product/647/80094";
            TranscriptionStopped(transcription::Stopped) =
                1402 "EVENT_TYPE_CLOUD_TRANSCRIPTION_STOP" id(task_id, payload)
                docs "https://www.tencentcloud.com/document/product/647/80094";
            TranscriptionSentence(transcription::Sentence) =
                1403 "EVENT_TYPE_CLOUD_TRANSCRIPTION_ASR_MSG" id(task_id, payload)
                docs "https://www.tencentcloud.com/document/product/647/80094";
            TranscriptionTranslated(transcription::Translated) =
                1404 "EVENT_TYPE_CLOUD_TRANSCRIPTION_TRANSLATE_MSG" id(task_id, payload)
                docs "https://www.tencentcloud.com/document/product/647/80094";
        }
    };
}
pub(crate) use rtc_catalogue;
