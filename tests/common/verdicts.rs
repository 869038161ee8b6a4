//! Every verdict of every before-event, with what the vendor's pages say about it.

#![allow(dead_code, unreachable_pub)] // The tests and the fuzz targets share it, each as a module of its own.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use tower_tencent_webhook::{
    FriendVerdict, Verdict, WebhookEvent,
    event::{c2c, group, live, official_account, sns},
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
};

/// Is shown every verdict, and does what it likes with each kind.
pub trait Visitor {
    fn decidable<E: WebhookEvent + Decidable>(&mut self) {}
    /// The documented codes.
    fn refuse_with_code<E: WebhookEvent + RefuseWithCode>(&mut self, _codes: RangeInclusive<u32>) {}
    fn discardable<E: WebhookEvent + Discardable>(&mut self) {}
    fn replaceable<E: WebhookEvent + Replaceable>(&mut self) {}
    /// The documented name of the list of those that are refused.
    fn allow_except<E: WebhookEvent + AllowExcept>(&mut self, _refused: &'static str) {}
    fn per_friend<E: PerFriend>(&mut self) {}
}

pub fn visit(visitor: &mut impl Visitor) {
    visitor.decidable::<c2c::BeforeSendMsg>();
    visitor.refuse_with_code::<c2c::BeforeSendMsg>(120_001..=130_000);
    visitor.replaceable::<c2c::BeforeSendMsg>();

    visitor.decidable::<group::BeforeCreateGroup>();
    visitor.refuse_with_code::<group::BeforeCreateGroup>(10_100..=10_200);

    visitor.decidable::<group::BeforeCreateTopic>();
    visitor.refuse_with_code::<group::BeforeCreateTopic>(10_100..=10_200);

    visitor.decidable::<group::BeforeApplyJoinGroup>();
    visitor.refuse_with_code::<group::BeforeApplyJoinGroup>(10_100..=10_200);

    visitor.decidable::<group::BeforeInviteJoinGroup>();
    visitor.refuse_with_code::<group::BeforeInviteJoinGroup>(10_100..=10_200);
    visitor.allow_except::<group::BeforeInviteJoinGroup>("RefusedMembers_Account");

    visitor.decidable::<group::BeforeSendMsg>();
    visitor.refuse_with_code::<group::BeforeSendMsg>(10_100..=10_200);
    visitor.discardable::<group::BeforeSendMsg>();
    visitor.replaceable::<group::BeforeSendMsg>();

    visitor.decidable::<official_account::BeforeCreateOfficialAccount>();
    visitor.refuse_with_code::<official_account::BeforeCreateOfficialAccount>(120_001..=130_000);

    visitor.decidable::<official_account::BeforeAddSubscriber>();
    visitor.allow_except::<official_account::BeforeAddSubscriber>("RefusedSubscribers_Account");

    visitor.decidable::<official_account::BeforeSendMsg>();
    visitor.refuse_with_code::<official_account::BeforeSendMsg>(120_001..=130_000);
    visitor.discardable::<official_account::BeforeSendMsg>();
    visitor.replaceable::<official_account::BeforeSendMsg>();

    visitor.decidable::<live::BeforeSendGift>();
    visitor.refuse_with_code::<live::BeforeSendGift>(102_100..=102_200);

    visitor.per_friend::<sns::PrevFriendAdd>();
    visitor.per_friend::<sns::PrevFriendResponse>();
}

/// A before-event that is decided for each friend.
pub trait PerFriend: WebhookEvent {
    /// The event that asks about these friends.
    fn about(accounts: &[&str]) -> Self;

    fn decide(&self, judge: &mut dyn FnMut(&str) -> FriendVerdict) -> Verdict<Self>;
}

impl PerFriend for sns::PrevFriendAdd {
    fn about(accounts: &[&str]) -> Self {
        let items: Value = accounts.iter().map(|account| json!({ "To_Account": account })).collect();
        let event = json!({
            "CallbackCommand": "Sns.CallbackPrevFriendAdd", "Requester_Account": "mila", "From_Account": "mila",
            "FriendItem": items, "AddType": "Add_Type_Both", "ForceAddFlags": 0, "EventTime": 1_739_004_561_123_u64,
        });
        serde_json::from_value(event).unwrap()
    }

    fn decide(&self, judge: &mut dyn FnMut(&str) -> FriendVerdict) -> Verdict<Self> {
        self.verdict(|friend| judge(&friend.to_account))
    }
}

impl PerFriend for sns::PrevFriendResponse {
    fn about(accounts: &[&str]) -> Self {
        let actions = ["Response_Action_Agree", "Response_Action_AgreeAndAdd", "Response_Action_Reject"];
        let item = |(account, action)| json!({ "To_Account": account, "ResponseAction": action });
        let items: Value = accounts.iter().zip(actions.iter().cycle()).map(item).collect();
        let event = json!({
            "CallbackCommand": "Sns.CallbackPrevFriendResponse", "Requester_Account": "mila", "From_Account": "mila",
            "ResponseFriendItem": items, "EventTime": 1_739_004_561_123_u64,
        });
        serde_json::from_value(event).unwrap()
    }

    fn decide(&self, judge: &mut dyn FnMut(&str) -> FriendVerdict) -> Verdict<Self> {
        self.verdict(|friend| judge(&friend.to_account))
    }
}
