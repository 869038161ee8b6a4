//! `C2C`: one-to-one messages.
//!
#![cfg_attr(doc, doc = include_str!("docs/c2c.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::{MsgElem, Verdict, VerdictError, Webhook, WebhookRouter};
//! use tower_tencent_webhook::event::c2c::BeforeSendMsg;
//!
//! fn moderate(event: &BeforeSendMsg) -> Result<Verdict<BeforeSendMsg>, VerdictError> {
//!     let has_link = event.msg_body.iter().any(|element| match element {
//!         MsgElem::Text(text) => text.text.contains("://"),
//!         _ => false,
//!     });
//!     match has_link {
//!         true => Verdict::refuse_with(120_001, "no links, please"),
//!         false => Ok(Verdict::allow()),
//!     }
//! }
//!
//! let webhooks = WebhookRouter::new()
//!     .on(async |hook: Webhook<BeforeSendMsg>| moderate(&hook));
//!
//! let event: BeforeSendMsg = serde_json::from_str(r#"{
//!     "From_Account": "ada", "To_Account": "linus",
//!     "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "http://a.test"}}]
//! }"#)?;
//! assert_eq!(moderate(&event), Verdict::refuse_with(120_001, "no links, please"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::{
    message::MsgElem,
    wire::{UnixMillis, UnixSeconds, payload},
};

payload! {
    /// A user is about to send a message to another user.
    ///
    /// Triggered by clients and by the REST API. A REST call can switch it off for its message, with
    /// `ForbidBeforeSendMsgCallback`.
    ///
    /// No [`AfterSendMsg`] follows a refused message. If the message was replaced, [`AfterSendMsg`] carries the new
    /// one. After a `refuse`, the sender gets error 20006.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackBeforeSendMsg.md"))]
    #[doc(alias("C2C.CallbackBeforeSendMsg", "CallbackBeforeSendMsg"))]
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the recipient.
        pub to_account: String = required "To_Account",
        /// Sequence number (32 bits). Orders messages sent in the same second.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// The server's key for the message, used to recall it. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// ID of the message on clients. Undocumented here; sent by sibling events.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = delivered to online users only, 0 = normal. Optional: missing from older docs.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user sent a message to another user. Also sent when delivery failed.
    ///
    /// Triggered by clients and by the REST API. A REST call can switch it off for its message, with
    /// `ForbidAfterSendMsgCallback`. Not sent for a message that [`BeforeSendMsg`] refused; sent for one that fails
    /// otherwise, because of a forbidden word for example.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterSendMsg.md"))]
    #[doc(alias("C2C.CallbackAfterSendMsg", "CallbackAfterSendMsg"))]
    pub struct AfterSendMsg {
        CallbackCommand,
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the recipient.
        pub to_account: String = required "To_Account",
        /// Sequence number (32 bits). Orders messages sent in the same second.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// The server's key for the message, used to recall it. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// ID of the message on clients. Optional: only in newer docs.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = delivered to online users only, 0 = normal. Optional: missing from older docs.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// 0 = delivered; otherwise the error code.
        pub send_msg_result: Option<i64> = "SendMsgResult",
        /// `send msg succeed`, or why delivery failed. This is the sender's error, unrelated to the reply to this
        /// webhook.
        pub error_info: Option<String> = "ErrorInfo",
        /// The recipient's total number of unread one-to-one messages; -1 if delivery failed.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user read a conversation.
    ///
    /// Triggered by clients and by the REST API. [`AfterMsgReadReceipt`] is about individual messages.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterMsgReport.md"))]
    #[doc(alias("C2C.CallbackAfterMsgReport", "CallbackAfterMsgReport"))]
    pub struct AfterMsgReport {
        CallbackCommand,
        /// UserID of the reader.
        pub report_account: String = required "Report_Account",
        /// UserID of the other party to the conversation.
        pub peer_account: String = required "Peer_Account",
        /// The time up to which the conversation is read, in seconds.
        pub last_read_time: Option<UnixSeconds> = "LastReadTime",
        /// The reader's total number of unread one-to-one messages. Optional: only in the international docs.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds. Optional: only in the mainland docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user sent read receipts for individual messages.
    ///
    /// Triggered by clients and by the REST API. [`AfterMsgReport`] is about whole conversations.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterMsgReadReceipt.md"))]
    #[doc(alias("C2C.CallbackAfterMsgReadReceipt", "CallbackAfterMsgReadReceipt"))]
    pub struct AfterMsgReadReceipt {
        CallbackCommand,
        /// UserID of the reader who sent the receipts.
        pub operator_account: String = required "Operator_Account",
        /// UserID of the other party to the conversation.
        pub peer_account: String = required "Peer_Account",
        /// The messages that were read.
        pub c2c_msg_info: Vec<C2CMsgInfo> = "C2CMsgInfo",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A message that was read.
    pub struct C2CMsgInfo {
        /// UserID of the sender.
        pub from_account: Option<String> = "From_Account",
        /// UserID of the recipient.
        pub to_account: Option<String> = "To_Account",
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// ID of the message on clients.
        pub msg_id: Option<String> = "MsgId",
    }
}

payload! {
    /// A message was recalled.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterMsgWithDraw.md"))]
    #[doc(alias("C2C.CallbackAfterMsgWithDraw", "CallbackAfterMsgWithDraw"))]
    pub struct AfterMsgWithDraw {
        CallbackCommand,
        /// UserID of the message's sender.
        pub from_account: String = required "From_Account",
        /// UserID of the message's recipient.
        pub to_account: String = required "To_Account",
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// The recipient's total number of unread one-to-one messages. Optional: only in the international docs.
        pub unread_msg_num: Option<i64> = "UnreadMsgNum",
        /// When it happened, in milliseconds. Optional: only in the mainland docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A message was edited.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterModifyMsg.md"))]
    #[doc(alias("C2C.CallbackAfterModifyMsg", "CallbackAfterModifyMsg"))]
    pub struct AfterModifyMsg {
        CallbackCommand,
        /// UserID of the operator who edited the message.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the message's sender.
        pub from_account: String = required "From_Account",
        /// UserID of the message's recipient.
        pub to_account: String = required "To_Account",
        /// Sequence number of the message (32 bits).
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Random number of the message: an unsigned 32-bit integer.
        pub msg_random: Option<u64> = "MsgRandom",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// The edited message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// The extensions (key-value pairs) of a message changed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/C2C.CallbackAfterC2CMsgExtension.md"))]
    #[doc(alias("C2C.CallbackAfterC2CMsgExtension", "CallbackAfterC2CMsgExtension"))]
    pub struct AfterC2CMsgExtension {
        CallbackCommand,
        /// UserID of the message's sender.
        pub from_account: String = required "From_Account",
        /// UserID of the message's recipient.
        pub to_account: String = required "To_Account",
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// 1 = keys set, 2 = keys deleted, 3 = all keys cleared.
        pub operate_type: Option<u64> = "OperateType",
        /// The extensions that changed. Empty if all were cleared.
        pub extension_list: Vec<Extension> = "ExtensionList",
        /// The newest version among all of the message's extensions.
        pub seq: Option<u64> = "Seq",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// One extension of a message.
    pub struct Extension {
        /// Its key.
        pub key: Option<String> = "Key",
        /// Its value. Empty if it was deleted.
        pub value: Option<String> = "Value",
        /// Its version.
        pub seq: Option<u64> = "Seq",
    }
}
