//! `OfficialAccount`: official accounts, their subscribers and messages.
//!
#![cfg_attr(doc, doc = include_str!("docs/official_account.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::{Verdict, event::official_account::BeforeAddSubscriber};
//!
//! fn decide(event: &BeforeAddSubscriber) -> Verdict<BeforeAddSubscriber> {
//!     let users = event.subscribe_account_list.iter();
//!     let mut banned = users
//!         .map(|user| &user.subscriber_account)
//!         .filter(|user| *user == "mallory")
//!         .peekable();
//!     match banned.peek() {
//!         None => Verdict::allow(),
//!         Some(_) => Verdict::allow_except(banned),
//!     }
//! }
//!
//! let event: BeforeAddSubscriber = serde_json::from_str(r#"{
//!     "Official_Account": "@TOA#_news",
//!     "SubscribeAccountList": [
//!         {"Subscriber_Account": "ada"}, {"Subscriber_Account": "mallory"}
//!     ]
//! }"#)?;
//! assert_eq!(decide(&event), Verdict::allow_except(["mallory"]));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::{
    message::MsgElem,
    wire::{UnixMillis, UnixSeconds, payload},
};

payload! {
    /// An official account is about to be created.
    ///
    /// Triggered by the REST API only, as clients cannot create one. After a `refuse`, the caller gets error 20006.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackBeforeCreateOfficialAccount.md"))]
    #[doc(alias("OfficialAccount.CallbackBeforeCreateOfficialAccount", "CallbackBeforeCreateOfficialAccount"))]
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
    /// A refusal is for the whole request; `allow_except` is for some of the users.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackBeforeAddSubscriber.md"))]
    #[doc(alias("OfficialAccount.CallbackBeforeAddSubscriber", "CallbackBeforeAddSubscriber"))]
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
    /// Triggered by clients and by the REST API. The two seconds that Chat waits cannot be changed. After a `refuse`,
    /// the caller gets error 10016.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackBeforeSendMsg.md"))]
    #[doc(alias("OfficialAccount.CallbackBeforeSendMsg", "CallbackBeforeSendMsg"))]
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
    /// Triggered by the REST API only, as clients cannot create one.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterCreateOfficialAccount.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterCreateOfficialAccount", "CallbackAfterCreateOfficialAccount"))]
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
    /// The profile of an official account changed.
    ///
    /// Triggered by the REST API only. The docs do not say whether unchanged fields are omitted.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterOfficialAccountInfoChanged.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterOfficialAccountInfoChanged", "CallbackAfterOfficialAccountInfoChanged"))]
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
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterAddSubscriber.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterAddSubscriber", "CallbackAfterAddSubscriber"))]
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
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterDeleteSubscriber.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterDeleteSubscriber", "CallbackAfterDeleteSubscriber"))]
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
    /// Triggered by the subscription that takes the last place.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterOfficialAccountFull.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterOfficialAccountFull", "CallbackAfterOfficialAccountFull"))]
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
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterSendMsg.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterSendMsg", "CallbackAfterSendMsg"))]
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
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterMsgWithDraw.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterMsgWithDraw", "CallbackAfterMsgWithDraw"))]
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
    /// An official account was destroyed.
    ///
    /// Triggered by the REST API only, as clients cannot destroy one.
    #[cfg_attr(doc, doc = include_str!("docs/OfficialAccount.CallbackAfterOfficialAccountDestroyed.md"))]
    #[doc(alias("OfficialAccount.CallbackAfterOfficialAccountDestroyed", "CallbackAfterOfficialAccountDestroyed"))]
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
