//! `Bot` and `Chatbot`: messages to chatbots.
//!
//! ```
//! use tower_tencent_webhook::event::bot::OnC2CSignalMessage;
//!
//! let event: OnC2CSignalMessage = serde_json::from_str(
//!     r#"{"From_Account": "ada", "To_Account": "@RBT#guide"}"#,
//! )?;
//! assert_eq!(event.to_account, "@RBT#guide");
//! # Ok::<(), serde_json::Error>(())
//! ```

use super::group::GroupType;
use crate::{
    message::MsgElem,
    wire::{UnixMillis, UnixSeconds, payload},
};

payload! {
    /// A user sent a message to a chatbot.
    ///
    /// A chatbot's UserID begins with `@RBT#`.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/68952>
    pub struct OnC2CMessage {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the chatbot.
        pub to_account: String = required "To_Account",
        /// Sequence number (32 bits). Orders messages sent in the same second.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// The server's key for the message, used to recall it. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// ID of the message on clients. Undocumented here; other public receivers expect it.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = delivered to online users only, 0 = normal.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// 0 = delivered; otherwise the error code.
        pub send_msg_result: Option<i64> = "SendMsgResult",
        /// `send msg succeed`, or why delivery failed. This is the sender's error, unrelated to the reply to this
        /// webhook.
        pub error_info: Option<String> = "ErrorInfo",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// The chatbot's total number of unread one-to-one messages. Undocumented here; other public receivers expect
        /// it.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Chatbots were mentioned in a group. Not sent when everybody is mentioned.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/68953>
    pub struct OnGroupMessage {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// Name of the group. Undocumented; another public receiver expects it.
        pub group_name: Option<String> = "GroupName",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the operator who made the call: an admin if the message was sent by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// Random number of the message: an unsigned 32-bit integer.
        pub random: Option<u64> = "Random",
        /// Sequence number in the group. Later messages have larger numbers.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// 1 = delivered to online users only, 0 = normal. Always 0 in audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// UserIDs of the mentioned chatbots. At least one.
        pub at_robots_account: Vec<String> = "AtRobots_Account",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// ID of the topic, if the message was sent to a topic of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user sent pass-through content to a chatbot.
    ///
    /// The command's family is `Chatbot`, not `Bot`. Only the two UserIDs are documented; the other fields are known
    /// from another public receiver.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/59057>
    pub struct OnC2CSignalMessage {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the chatbot.
        pub to_account: String = required "To_Account",
        /// Sequence number (32 bits).
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The content, as a string.
        pub data: Option<String> = "Data",
    }
}
