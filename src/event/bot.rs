//! `Bot` and `Chatbot`: what chatbot accounts receive.

use super::group::GroupType;
use crate::{
    MsgElem,
    wire::{UnixMillis, UnixSeconds, payload},
};

payload! {
    /// A user sent a message to a chatbot.
    ///
    /// The UserIDs of chatbots begin with `@RBT#`.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/68952>
    pub struct OnC2CMessage {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the chatbot.
        pub to_account: String = "To_Account",
        /// Sequence number, 32 bits: orders the messages of one second.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: u64 = "MsgRandom",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// The server's key of the message, with which it can be recalled. Opaque.
        pub msg_key: String = "MsgKey",
        /// Id of the message on the clients. Not documented for this event; other receivers know it.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = for online users only, 0 = normal.
        pub online_only_flag: u64 = "OnlineOnlyFlag",
        /// 0 = delivered, else the error code.
        pub send_msg_result: i64 = "SendMsgResult",
        /// `send msg succeed`, or why it was not delivered. The sender's error, not this answer's.
        pub error_info: String = "ErrorInfo",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// The chatbot's unread one-to-one messages in all. Not documented for this event; other receivers know it.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Chatbots were mentioned in a group. Not sent for a mention of everybody.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/68953>
    pub struct OnGroupMessage {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// Name of the group. Not documented; another receiver knows it.
        pub group_name: Option<String> = "GroupName",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID that made the call: an admin where it was sent by the REST API.
        pub operator_account: String = "Operator_Account",
        /// Random number of the message, 32 bits without a sign.
        pub random: u64 = "Random",
        /// Sequence number in the group: larger is later.
        pub msg_seq: u64 = "MsgSeq",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// 1 = for online users only, 0 = normal; always 0 for audio-video groups.
        pub online_only_flag: u64 = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// UserIDs of the chatbots mentioned, at least one.
        pub at_robots_account: Vec<String> = "AtRobots_Account",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// The topic, where it was sent into one of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A user sent pass-through content to a chatbot.
    ///
    /// Its family is spelled `Chatbot`, not `Bot`. The fields other than the two UserIDs are known from another
    /// receiver alone.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/59057>
    pub struct OnC2CSignalMessage {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the chatbot.
        pub to_account: String = "To_Account",
        /// Sequence number, 32 bits.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: Option<u64> = "MsgRandom",
        /// The server's key of the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The content, as text.
        pub data: Option<String> = "Data",
    }
}
