//! `C2C`: messages between two users.

use crate::{
    MsgElem,
    verdict::{Decidable, RefuseWithCode, Replaceable},
    wire::{UnixMillis, UnixSeconds, payload},
};

impl Decidable for BeforeSendMsg {}

impl Replaceable for BeforeSendMsg {}

impl RefuseWithCode for BeforeSendMsg {
    const CODES: std::ops::RangeInclusive<u32> = 120_001..=130_000;
}

payload! {
    /// A user is about to send a message to another.
    ///
    /// Without an answer in time Chat goes on as if allowed, unless the console says otherwise. Refused, no
    /// [`AfterSendMsg`] follows; replaced, that shows the new message.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34364>
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient.
        pub to_account: String = "To_Account",
        /// Sequence number, 32 bits: orders the messages of one second.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: u64 = "MsgRandom",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// The server's key of the message, with which it can be recalled. Opaque.
        pub msg_key: String = "MsgKey",
        /// Id of the message on the clients. Not documented for this event; its siblings have it.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = for online users only, 0 = normal. Missing in old copies of the page.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A user sent a message to another. Comes also when the delivery failed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34365>
    pub struct AfterSendMsg {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient.
        pub to_account: String = "To_Account",
        /// Sequence number, 32 bits: orders the messages of one second.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: u64 = "MsgRandom",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// The server's key of the message, with which it can be recalled. Opaque.
        pub msg_key: String = "MsgKey",
        /// Id of the message on the clients. In newer copies of the page.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = for online users only, 0 = normal. Missing in old copies of the page.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// 0 = delivered, else the error code.
        pub send_msg_result: i64 = "SendMsgResult",
        /// `send msg succeed`, or why it was not delivered. The sender's error, not this answer's.
        pub error_info: String = "ErrorInfo",
        /// The recipient's unread one-to-one messages in all; -1 when the delivery failed.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A user read a conversation.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/43465>
    pub struct AfterMsgReport {
        CallbackCommand,
        /// UserID that read.
        pub report_account: String = "Report_Account",
        /// The other side of the conversation.
        pub peer_account: String = "Peer_Account",
        /// Up to when it is read, in seconds.
        pub last_read_time: UnixSeconds = "LastReadTime",
        /// The reader's unread one-to-one messages in all. In the international copies of the page alone.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds. In the mainland copy of the page alone.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A user sent read receipts for single messages.
    ///
    /// The vendor's page: <https://cloud.tencent.com/document/product/269/128223>
    pub struct AfterMsgReadReceipt {
        CallbackCommand,
        /// UserID that sent the receipts.
        pub operator_account: String = "Operator_Account",
        /// The other side of the conversation.
        pub peer_account: String = "Peer_Account",
        /// The messages that were read.
        pub c2c_msg_info: Vec<C2CMsgInfo> = "C2CMsgInfo",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A message that was read.
    pub struct C2CMsgInfo {
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID of the recipient.
        pub to_account: String = "To_Account",
        /// The server's key of the message. Opaque.
        pub msg_key: String = "MsgKey",
        /// Id of the message on the clients.
        pub msg_id: String = "MsgId",
    }

    /// A message was recalled.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/43466>
    pub struct AfterMsgWithDraw {
        CallbackCommand,
        /// UserID of the message's sender.
        pub from_account: String = "From_Account",
        /// UserID of its recipient.
        pub to_account: String = "To_Account",
        /// The server's key of the message. Opaque.
        pub msg_key: String = "MsgKey",
        /// The recipient's unread one-to-one messages in all. In the international copies of the page alone.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds. In the mainland copy of the page alone.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A message was edited.
    ///
    /// The vendor's page: <https://cloud.tencent.com/document/product/269/128224>
    pub struct AfterModifyMsg {
        CallbackCommand,
        /// UserID that edited.
        pub operator_account: String = "Operator_Account",
        /// UserID of the message's sender.
        pub from_account: String = "From_Account",
        /// UserID of its recipient.
        pub to_account: String = "To_Account",
        /// Sequence number of the message, 32 bits.
        pub msg_seq: u64 = "MsgSeq",
        /// Random number of the message, 32 bits without a sign.
        pub msg_random: u64 = "MsgRandom",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// The server's key of the message. Opaque.
        pub msg_key: String = "MsgKey",
        /// The message as it is now.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The custom data kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// The extensions of a message, its keys and values, were changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/76006>
    pub struct AfterC2CMsgExtension {
        CallbackCommand,
        /// UserID of the message's sender.
        pub from_account: String = "From_Account",
        /// UserID of its recipient.
        pub to_account: String = "To_Account",
        /// The server's key of the message. Opaque.
        pub msg_key: String = "MsgKey",
        /// 1 = set, 2 = keys deleted, 3 = all cleared.
        pub operate_type: u64 = "OperateType",
        /// What was changed. Empty when all was cleared.
        pub extension_list: Vec<Extension> = "ExtensionList",
        /// Newest version of all the message's extensions.
        pub seq: u64 = "Seq",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// One extension of a message.
    pub struct Extension {
        /// Its key.
        pub key: String = "Key",
        /// Its value. Empty where it was deleted.
        pub value: String = "Value",
        /// Its version.
        pub seq: u64 = "Seq",
    }
}
