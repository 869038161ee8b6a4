//! `Bot` and `Chatbot`: messages to chatbots.
//!
//! Enabled in the Chat console, as chatbot events.
//!
#![cfg_attr(doc, doc = include_str!("docs/bot.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::{SignalAnswer, event::bot::OnC2CSignalMessage};
//!
//! fn answer(signal: &OnC2CSignalMessage) -> SignalAnswer {
//!     match signal.data.as_deref() {
//!         Some("ping") => SignalAnswer::text("pong"),
//!         _ => SignalAnswer::empty(),
//!     }
//! }
//!
//! let signal: OnC2CSignalMessage = serde_json::from_str(
//!     r#"{"From_Account": "ada", "To_Account": "@RBT#guide", "Data": "ping"}"#,
//! )?;
//! assert_eq!(answer(&signal), SignalAnswer::text("pong"));
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
    /// A chatbot's UserID begins with `@RBT#`. The webhooks of one-to-one messages come first, if they are enabled:
    /// what [`c2c::BeforeSendMsg`](super::c2c::BeforeSendMsg) refuses does not get here, and what it replaces comes as
    /// replaced.
    #[cfg_attr(doc, doc = include_str!("docs/Bot.OnC2CMessage.md"))]
    #[doc(alias("Bot.OnC2CMessage"))]
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
    /// A user mentioned chatbots in a group.
    ///
    /// Not sent when everybody is mentioned at once.
    #[cfg_attr(doc, doc = include_str!("docs/Bot.OnGroupMessage.md"))]
    #[doc(alias("Bot.OnGroupMessage"))]
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
    /// Chat passes the data in the answer on to the client, so this event cannot be acknowledged before it is handled.
    ///
    /// The command's family is `Chatbot`, not `Bot`. Only the two UserIDs are documented; the other fields are known
    /// from another public receiver.
    #[cfg_attr(doc, doc = include_str!("docs/Chatbot.OnC2CSignalMessage.md"))]
    #[doc(alias("Chatbot.OnC2CSignalMessage"))]
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
