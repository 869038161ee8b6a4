//! `Push`: what became of push notifications, in batches.

use crate::{
    Command,
    wire::{UnixSeconds, payload},
};

payload! {
    /// What became of pushes to all users, to those of a tag or to listed ones: 1 to 100 events.
    ///
    /// The batch does not name its command, each event does.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/67551>
    pub struct AllMemberPush {
        /// The events.
        pub events: Vec<AllMemberPushEvent> = "Events",
    }

    /// What became of one push to one user.
    pub struct AllMemberPushEvent {
        /// The command, again.
        pub callback_command: Command = "CallbackCommand",
        /// 1 = offline push, 2 = online push. Another receiver also knows 3, a click.
        pub event_type: u64 = "EventType",
        /// Id that the push was given when it was ordered.
        pub task_id: String = "TaskId",
        /// The app's own id of the push. In the page's table, not in its sample.
        pub data_id: Option<String> = "DataId",
        /// When the push was ordered, in seconds.
        pub task_time: UnixSeconds = "TaskTime",
        /// When it happened, in seconds.
        pub event_time: UnixSeconds = "EventTime",
        /// UserID of the recipient. Another receiver also knows RegistrationIDs here.
        pub to_account: String = "To_Account",
        /// 0 = unknown, 1 = APNs, 2 = Xiaomi, 3 = Huawei, 4 = FCM, 5 = Meizu, 6 = OPPO, 7 = vivo, 8 = Honor. Always 0
        /// for online push.
        pub push_platform: u64 = "PushPlatform",
        /// The kind of device, in the numbers of `push_platform`. Always 0 for offline push. In the page's table, not
        /// in its sample.
        pub device_type: Option<u64> = "DeviceType",
        /// 1 = sent, 2 = reached the device, 3 = clicked.
        pub push_stage: u64 = "PushStage",
        /// 0 = all went well, else the error code.
        pub err_code: i64 = "ErrCode",
        /// What went wrong. May be empty.
        pub err_info: String = "ErrInfo",
    }

    /// What became of pushes for ordinary messages: 1 to 100 events.
    ///
    /// The batch does not name its command, each event does.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/67552>
    pub struct OfflinePush {
        /// The events.
        pub events: Vec<OfflinePushEvent> = "Events",
    }

    /// What became of one message's push to one user.
    pub struct OfflinePushEvent {
        /// The command, again.
        pub callback_command: Command = "CallbackCommand",
        /// 1 = one-to-one message, 2 = group message.
        pub event_type: u64 = "EventType",
        /// When it happened, in seconds.
        pub event_time: UnixSeconds = "EventTime",
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient.
        pub to_account: String = "To_Account",
        /// 0 = unknown, 1 = APNs, 2 = Xiaomi, 3 = Huawei, 4 = FCM, 5 = Meizu, 6 = OPPO, 7 = vivo, 8 = Honor.
        pub push_platform: u64 = "PushPlatform",
        /// 1 = sent, 2 = reached the device, 3 = clicked.
        pub push_stage: u64 = "PushStage",
        /// The server's key of a one-to-one message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// Id of the group, for a group message.
        pub group_id: Option<String> = "GroupID",
        /// Sequence number of the message, 32 bits.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign. For one-to-one messages alone, by the page's table.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// Id of the push. In newer copies of the page.
        pub push_id: Option<String> = "PushID",
        /// 0 = all went well, else the error code.
        pub err_code: i64 = "ErrCode",
        /// What went wrong. May be empty.
        pub err_info: String = "ErrInfo",
    }
}
