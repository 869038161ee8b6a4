//! `Push`: outcomes of push notifications, in batches.
//!
#![cfg_attr(doc, doc = include_str!("docs/push.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::push::OfflinePush;
//!
//! /// The users who could not be reached.
//! fn unreached(batch: &OfflinePush) -> impl Iterator<Item = &str> {
//!     let failed = batch.events.iter().filter(|event| event.err_code != Some(0));
//!     failed.map(|event| event.to_account.as_str())
//! }
//!
//! let batch: OfflinePush = serde_json::from_str(r#"{"Events": [
//!     {"CallbackCommand": "Push.OfflinePush", "To_Account": "ada", "ErrCode": 0},
//!     {"CallbackCommand": "Push.OfflinePush", "To_Account": "linus", "ErrCode": 8}
//! ]}"#)?;
//! assert!(unreached(&batch).eq(["linus"]));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::{
    command::Command,
    wire::{UnixSeconds, payload},
};

impl AllMemberPush {
    /// The command that its events name.
    pub(super) fn told(&self) -> Option<&Command> {
        self.events.iter().find_map(|event| event.callback_command.as_ref())
    }
}

impl OfflinePush {
    /// The command that its events name.
    pub(super) fn told(&self) -> Option<&Command> {
        self.events.iter().find_map(|event| event.callback_command.as_ref())
    }
}

payload! {
    /// Outcomes of pushes to all users, to users with a tag or to listed users: 1 to 100 events.
    ///
    /// By default, Chat sends at most 1,000 such webhooks a second, and what exceeds that later.
    ///
    /// The batch does not name its command; each event does.
    #[cfg_attr(doc, doc = include_str!("docs/Push.AllMemberPush.md"))]
    #[doc(alias("Push.AllMemberPush"))]
    pub struct AllMemberPush {
        (CallbackCommand),
        /// The events.
        pub events: Vec<AllMemberPushEvent> = required "Events",
    }

    /// The outcome of one push to one user.
    pub struct AllMemberPushEvent {
        /// The command that the batch belongs to.
        pub callback_command: Option<Command> = "CallbackCommand",
        /// 1 = offline push, 2 = online push. Another public receiver also expects 3, a click.
        pub event_type: Option<u64> = "EventType",
        /// Id that the push was assigned when it was requested.
        pub task_id: Option<String> = "TaskId",
        /// The app's own id for the push. Optional: in the docs' table but not in their sample.
        pub data_id: Option<String> = "DataId",
        /// When the push was requested, in seconds.
        pub task_time: Option<UnixSeconds> = "TaskTime",
        /// When it happened, in seconds.
        pub event_time: Option<UnixSeconds> = "EventTime",
        /// UserID of the recipient. Other public receivers also expect RegistrationIDs here.
        pub to_account: String = required "To_Account",
        /// 0 = unknown, 1 = APNs, 2 = Xiaomi, 3 = Huawei, 4 = FCM, 5 = Meizu, 6 = OPPO, 7 = vivo, 8 = Honor. Always 0
        /// for online push.
        pub push_platform: Option<u64> = "PushPlatform",
        /// Type of device, numbered as in `push_platform`. Always 0 for offline push. Optional: in the docs' table but
        /// not in their sample.
        pub device_type: Option<u64> = "DeviceType",
        /// 1 = sent, 2 = reached the device, 3 = clicked.
        pub push_stage: Option<u64> = "PushStage",
        /// 0 = success; otherwise the error code.
        pub err_code: Option<i64> = "ErrCode",
        /// The error message. May be empty.
        pub err_info: Option<String> = "ErrInfo",
    }
}

payload! {
    /// Outcomes of pushes for ordinary messages: 1 to 100 events.
    ///
    /// By default, Chat sends at most 1,000 such webhooks a second, and what exceeds that later.
    ///
    /// The batch does not name its command; each event does.
    #[cfg_attr(doc, doc = include_str!("docs/Push.OfflinePush.md"))]
    #[doc(alias("Push.OfflinePush"))]
    pub struct OfflinePush {
        (CallbackCommand),
        /// The events.
        pub events: Vec<OfflinePushEvent> = required "Events",
    }

    /// The outcome of one message's push to one user.
    pub struct OfflinePushEvent {
        /// The command that the batch belongs to.
        pub callback_command: Option<Command> = "CallbackCommand",
        /// 1 = one-to-one message, 2 = group message.
        pub event_type: Option<u64> = "EventType",
        /// When it happened, in seconds.
        pub event_time: Option<UnixSeconds> = "EventTime",
        /// UserID of the sender.
        pub from_account: Option<String> = "From_Account",
        /// UserID of the recipient.
        pub to_account: String = required "To_Account",
        /// 0 = unknown, 1 = APNs, 2 = Xiaomi, 3 = Huawei, 4 = FCM, 5 = Meizu, 6 = OPPO, 7 = vivo, 8 = Honor.
        pub push_platform: Option<u64> = "PushPlatform",
        /// 1 = sent, 2 = reached the device, 3 = clicked.
        pub push_stage: Option<u64> = "PushStage",
        /// The server's key for a one-to-one message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// ID of the group, for a group message.
        pub group_id: Option<String> = "GroupID",
        /// Sequence number of the message (32 bits).
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer. Optional: per the docs' table, only for one-to-one
        /// messages.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// ID of the push. Optional: only in newer docs.
        pub push_id: Option<String> = "PushID",
        /// 0 = success; otherwise the error code.
        pub err_code: Option<i64> = "ErrCode",
        /// The error message. May be empty.
        pub err_info: Option<String> = "ErrInfo",
    }
}
