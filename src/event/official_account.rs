//! `OfficialAccount`: official accounts, their subscribers and messages.
//!
//! ```
//! use tower_tencent_webhook::event::official_account::AfterAddSubscriber;
//!
//! let event: AfterAddSubscriber = serde_json::from_str(r#"{
//!     "Official_Account": "@TOA#_news", "Operator_Account": "ada",
//!     "SubscribeAccountList": [{"Subscriber_Account": "ada"}], "EventTime": 1702018343678
//! }"#)?;
//! assert_eq!(event.official_account, "@TOA#_news");
//! assert_eq!(event.subscribe_account_list[0].subscriber_account, "ada");
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::{
    message::MsgElem,
    wire::{UnixMillis, UnixSeconds, payload},
};

payload! {
    /// An official account is about to be created. Only the REST API can create one.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60795>
    pub struct BeforeCreateOfficialAccount {
        CallbackCommand,
        /// UserID of the operator who made the request.
        pub operator_account: String = required "Operator_Account",
        /// UserID of the future owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// The requested name.
        pub name: Option<String> = "Name",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Users are about to subscribe to an official account, or to be subscribed by the REST API.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60799>
    pub struct BeforeAddSubscriber {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// The users about to be subscribed.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An official account is about to send a message.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60803>
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// UserID of the official account that sends the message.
        pub official_account: String = required "Official_Account",
        /// 1 = delivered to online users only, 0 = normal.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An official account was created.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60796>
    pub struct AfterCreateOfficialAccount {
        CallbackCommand,
        /// UserID of the new official account, such as `@TOA#_news`.
        pub official_account: String = required "Official_Account",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// Its name.
        pub name: Option<String> = "Name",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// The profile of an official account changed. Only sent for changes made by the REST API.
    ///
    /// The docs do not say whether unchanged fields are omitted.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60797>
    pub struct AfterOfficialAccountInfoChanged {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new name.
        pub name: Option<String> = "Name",
        /// URL of the new avatar.
        pub face_url: Option<String> = "FaceUrl",
        /// The new organization.
        pub organization: Option<String> = "Organization",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Users subscribed to an official account or were subscribed by the REST API.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60800>
    pub struct AfterAddSubscriber {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// The new subscribers.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Users unsubscribed from an official account or were removed by the REST API.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60802>
    pub struct AfterDeleteSubscriber {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// The former subscribers.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An official account has reached its maximum number of subscribers.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60801>
    pub struct AfterOfficialAccountFull {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An official account sent a message, which was delivered to its subscribers.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60804>
    pub struct AfterSendMsg {
        CallbackCommand,
        /// UserID of the official account that sent the message.
        pub official_account: String = required "Official_Account",
        /// The server's key for the message, used to recall it. Opaque.
        pub msg_key: Option<String> = "MsgKey",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// 1 = delivered to online users only, 0 = normal.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Messages of an official account were recalled.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60805>
    pub struct AfterMsgWithDraw {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// The messages.
        pub withdraw_msg_list: Vec<WithdrawMsg> = "WithdrawMsgList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A recalled message.
    pub struct WithdrawMsg {
        /// The server's key for the message. Opaque.
        pub msg_key: Option<String> = "MsgKey",
    }
}

payload! {
    /// An official account was destroyed. Only the REST API can destroy one.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60798>
    pub struct AfterOfficialAccountDestroyed {
        CallbackCommand,
        /// UserID of the official account.
        pub official_account: String = required "Official_Account",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// Its name.
        pub name: Option<String> = "Name",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An entry in a subscriber list.
    pub struct Subscriber {
        /// UserID of the subscriber.
        pub subscriber_account: String = required "Subscriber_Account",
    }
}
