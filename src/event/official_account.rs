//! `OfficialAccount`: official accounts, their subscribers and messages.

use std::ops::RangeInclusive;

use crate::{
    MsgElem,
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
    wire::{UnixMillis, UnixSeconds, payload},
};

const CODES: RangeInclusive<u32> = 120_001..=130_000;

impl Decidable for BeforeCreateOfficialAccount {}

impl RefuseWithCode for BeforeCreateOfficialAccount {
    const CODES: RangeInclusive<u32> = CODES;
}

impl Decidable for BeforeAddSubscriber {}

impl AllowExcept for BeforeAddSubscriber {
    const REFUSED: &'static str = "RefusedSubscribers_Account";
}

impl Decidable for BeforeSendMsg {}

impl Discardable for BeforeSendMsg {}

impl Replaceable for BeforeSendMsg {}

impl RefuseWithCode for BeforeSendMsg {
    const CODES: RangeInclusive<u32> = CODES;
}

payload! {
    /// An official account is about to be created. Only the REST API creates them.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60795>
    pub struct BeforeCreateOfficialAccount {
        CallbackCommand,
        /// UserID that asks for it.
        pub operator_account: String = "Operator_Account",
        /// UserID of the future owner.
        pub owner_account: String = "Owner_Account",
        /// The name asked for.
        pub name: String = "Name",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Users are about to subscribe to an official account, or to be subscribed by the REST API.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60799>
    pub struct BeforeAddSubscriber {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// UserID that asks for it.
        pub operator_account: String = "Operator_Account",
        /// Those who are to be its subscribers.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// An official account is about to send a message.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60803>
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// The official account that sends.
        pub official_account: String = "Official_Account",
        /// 1 = for online users only, 0 = normal.
        pub online_only_flag: u64 = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// An official account was created.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60796>
    pub struct AfterCreateOfficialAccount {
        CallbackCommand,
        /// UserID of the new account, such as `@TOA#_news`.
        pub official_account: String = "Official_Account",
        /// UserID that asked for it.
        pub operator_account: String = "Operator_Account",
        /// UserID of the owner.
        pub owner_account: String = "Owner_Account",
        /// Its name.
        pub name: String = "Name",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// The profile of an official account changed. Only changes by the REST API tell.
    ///
    /// Whether what did not change is left out is not documented.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60797>
    pub struct AfterOfficialAccountInfoChanged {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new name.
        pub name: Option<String> = "Name",
        /// URL of the new picture.
        pub face_url: Option<String> = "FaceUrl",
        /// The new organization.
        pub organization: Option<String> = "Organization",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Users subscribed to an official account, or were subscribed by the REST API.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60800>
    pub struct AfterAddSubscriber {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// UserID that asked for it.
        pub operator_account: String = "Operator_Account",
        /// Its new subscribers.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Users unsubscribed from an official account, or were removed by the REST API.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60802>
    pub struct AfterDeleteSubscriber {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// UserID that asked for it.
        pub operator_account: String = "Operator_Account",
        /// Those no longer its subscribers.
        pub subscribe_account_list: Vec<Subscriber> = "SubscribeAccountList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A user who subscribes to an official account, or did.
    pub struct Subscriber {
        /// UserID of the subscriber.
        pub subscriber_account: String = "Subscriber_Account",
    }

    /// An official account has as many subscribers as it can have.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60801>
    pub struct AfterOfficialAccountFull {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// An official account sent a message, and its subscribers have it.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60804>
    pub struct AfterSendMsg {
        CallbackCommand,
        /// The official account that sent.
        pub official_account: String = "Official_Account",
        /// The server's key of the message, with which it can be recalled. Opaque.
        pub msg_key: String = "MsgKey",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// 1 = for online users only, 0 = normal.
        pub online_only_flag: u64 = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Messages of an official account were recalled.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60805>
    pub struct AfterMsgWithDraw {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// The messages.
        pub withdraw_msg_list: Vec<WithdrawMsg> = "WithdrawMsgList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A message that was recalled.
    pub struct WithdrawMsg {
        /// The server's key of the message. Opaque.
        pub msg_key: String = "MsgKey",
    }

    /// An official account was destroyed. Only the REST API destroys them.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60798>
    pub struct AfterOfficialAccountDestroyed {
        CallbackCommand,
        /// The official account.
        pub official_account: String = "Official_Account",
        /// UserID of its owner.
        pub owner_account: String = "Owner_Account",
        /// Its name.
        pub name: String = "Name",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }
}
