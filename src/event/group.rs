//! `Group`: groups, their members, messages and topics.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IntoDeserializer, MapAccess, Visitor},
};

use super::c2c::Extension;
use crate::{
    MsgElem,
    verdict::{AllowExcept, Decidable, Discardable, RefuseWithCode, Replaceable},
    wire::{self, UnixMillis, UnixSeconds, payload, words},
};

const CODES: RangeInclusive<u32> = 10_100..=10_200;

impl Decidable for BeforeCreateGroup {}

impl RefuseWithCode for BeforeCreateGroup {
    const CODES: RangeInclusive<u32> = CODES;
}

impl Decidable for BeforeCreateTopic {}

impl RefuseWithCode for BeforeCreateTopic {
    const CODES: RangeInclusive<u32> = CODES;
}

impl Decidable for BeforeApplyJoinGroup {}

impl RefuseWithCode for BeforeApplyJoinGroup {
    const CODES: RangeInclusive<u32> = CODES;
}

impl Decidable for BeforeInviteJoinGroup {}

impl RefuseWithCode for BeforeInviteJoinGroup {
    const CODES: RangeInclusive<u32> = CODES;
}

impl AllowExcept for BeforeInviteJoinGroup {
    const REFUSED: &'static str = "RefusedMembers_Account";
}

impl Decidable for BeforeSendMsg {}

impl Discardable for BeforeSendMsg {}

impl Replaceable for BeforeSendMsg {}

impl RefuseWithCode for BeforeSendMsg {
    const CODES: RangeInclusive<u32> = CODES;
}

impl AfterMemberFieldChanged {
    /// UserID whose profile changed, under whichever of its two names it came.
    pub fn account(&self) -> Option<&str> {
        self.modified_account.as_deref().or(self.member_account.as_deref())
    }
}

payload! {
    /// A user is about to create a group.
    ///
    /// Shares its switch in the console with [`BeforeCreateTopic`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34368>
    pub struct BeforeCreateGroup {
        CallbackCommand,
        /// UserID that asks for the group: perhaps an admin.
        pub operator_account: String = "Operator_Account",
        /// UserID of the future owner.
        pub owner_account: String = "Owner_Account",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// The name asked for.
        pub name: String = "Name",
        /// How many groups of this kind the user has created. Gone from the newest copies of the page.
        pub create_group_num: Option<u64> = "CreateGroupNum",
        /// The same under its first name. In the oldest copies of the page alone.
        pub created_num: Option<u64> = "CreatedNum",
        /// The same under a third name. In one old copy of the page alone.
        pub created_group_num: Option<CreatedGroupNum> = "CreatedGroupNum",
        /// The first members.
        pub member_list: Option<Vec<Member>> = "MemberList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// How users may be invited, as in `DisableInvite`. Not documented.
        pub invite_option: Option<String> = "InviteOption",
    }

    /// A user is about to create a topic. In which community is not documented.
    ///
    /// It has no switch of its own in the console: who gets [`BeforeCreateGroup`] gets this too.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/49463>
    pub struct BeforeCreateTopic {
        CallbackCommand,
        /// UserID that asks for the topic.
        pub operator_account: String = "Operator_Account",
        /// [`GroupType::Community`].
        pub r#type: GroupType = "Type",
        /// The name asked for.
        pub name: String = "Name",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A user asks to join a group. Calls of the REST API do not ask.
    ///
    /// Comes before the group's admins are told: allowed, the request may still need their consent.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34370>
    pub struct BeforeApplyJoinGroup {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that asks to join.
        pub requestor_account: String = "Requestor_Account",
        /// The text of the request. In the newest mainland copy of the page alone.
        pub apply_msg: Option<String> = "ApplyMsg",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The private topic, where it is about one. In the newest mainland copy of the page alone.
        pub topic_id: Option<String> = "TopicId",
    }

    /// Users are about to be invited into a group, or added to it by the REST API.
    ///
    /// Comes after the check that they are friends, where the app has one.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34371>
    pub struct BeforeInviteJoinGroup {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that invites: an admin where it is the REST API that adds.
        pub operator_account: String = "Operator_Account",
        /// Those invited.
        pub destination_members: Vec<Member> = "DestinationMembers",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The private topic, where it is about one. In the newest mainland copy of the page alone.
        pub topic_id: Option<String> = "TopicId",
    }

    /// A user is about to send a message to a group, or into a live room.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34374>
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// Id of the group or live room.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID that made the call: an admin where it was sent by the REST API.
        pub operator_account: String = "Operator_Account",
        /// Random number of the message, 32 bits without a sign.
        pub random: u64 = "Random",
        /// Id of the message on the clients.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = for online users only, 0 = normal; always 0 for audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// The topic, where it is sent into one of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A group was created.
    ///
    /// For communities it comes about 3 s late. Shares its switch in the console with [`AfterCreateTopic`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34369>
    pub struct AfterCreateGroup {
        CallbackCommand,
        /// Id of the new group.
        pub group_id: String = "GroupId",
        /// UserID that asked for it.
        pub operator_account: String = "Operator_Account",
        /// UserID of the owner.
        pub owner_account: String = "Owner_Account",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// Its name.
        pub name: String = "Name",
        /// The first members.
        pub member_list: Option<Vec<Member>> = "MemberList",
        /// The group's custom fields, where the app has any.
        pub user_defined_data_list: Option<Vec<UserDefinedData>> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// How users may be invited, as in `NeedPermission`. Not documented.
        pub invite_option: Option<String> = "InviteOption",
    }

    /// A topic was created.
    ///
    /// Shares its switch in the console with [`AfterCreateGroup`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/49464>
    pub struct AfterCreateTopic {
        CallbackCommand,
        /// Id of the topic's community.
        pub group_id: String = "GroupId",
        /// Id of the new topic.
        pub topic_id: String = "TopicId",
        /// UserID that asked for it.
        pub operator_account: String = "Operator_Account",
        /// UserID of the community's owner.
        pub owner_account: String = "Owner_Account",
        /// [`GroupType::Community`].
        pub r#type: GroupType = "Type",
        /// The topic's name.
        pub name: String = "Name",
        /// The topic's custom fields, where the app has any.
        pub user_defined_data_list: Option<Vec<UserDefinedData>> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// Users joined a group, or were added to it.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34372>
    pub struct AfterNewMemberJoin {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// How they came to join.
        pub join_type: JoinType = "JoinType",
        /// UserID that did it: with [`JoinType::Apply`] mostly the new member itself.
        pub operator_account: String = "Operator_Account",
        /// The new members.
        pub new_member_list: Vec<Member> = "NewMemberList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The private topic, where it is about one. Not documented for this event; its siblings have it.
        pub topic_id: Option<String> = "TopicId",
    }

    /// Members left a group, or were removed from it.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34373>
    pub struct AfterMemberExit {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// Whether they left or were removed.
        pub exit_type: ExitType = "ExitType",
        /// UserID that did it: the one who removes, or who leaves.
        pub operator_account: String = "Operator_Account",
        /// Those no longer members.
        pub exit_member_list: Vec<Member> = "ExitMemberList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The private topic, where it is about one. In the newest mainland copy of the page alone.
        pub topic_id: Option<String> = "TopicId",
    }

    /// The profile of a member in a group changed.
    ///
    /// The copies of the page name the member in two ways: [`account`](Self::account) gives whichever came.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60393>
    pub struct AfterMemberFieldChanged {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// UserID whose profile changed, as the mainland copy of the page names it.
        pub modified_account: Option<String> = "Modified_Account",
        /// UserID whose profile changed, as the international copies of the page name it.
        pub member_account: Option<String> = "Member_Account",
        /// The new role.
        pub role: Option<Role> = "Role",
        /// The new name in the group.
        pub name_card: Option<String> = "NameCard",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A group has another owner.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60396>
    pub struct AfterChangeGroupOwner {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// UserID of the owner until now.
        pub old_owner_account: String = "OldOwner_Account",
        /// UserID of the new owner.
        pub new_owner_account: String = "NewOwner_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A group is full. Comes also when a user could not join because it was.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34376>
    pub struct AfterGroupFull {
        CallbackCommand,
        /// Id of the full group.
        pub group_id: String = "GroupId",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The profile of a group changed. What did not change is left out.
    ///
    /// Shares its switch in the console with [`AfterTopicInfoChanged`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34378>
    pub struct AfterGroupInfoChanged {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// The new name.
        pub name: Option<String> = "Name",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new notice.
        pub notification: Option<String> = "Notification",
        /// URL of the new picture.
        pub face_url: Option<String> = "FaceUrl",
        /// The custom fields that changed. In the oldest copy of the page alone.
        pub user_defined_data_list: Option<Vec<UserDefinedData>> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The custom attributes of a group changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60394>
    pub struct AfterGroupAttrChanged {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID that changed them.
        pub operator_account: String = "Operator_Account",
        /// What was done.
        pub option_type: OptionType = "OptionType",
        /// The attributes it was done to. May be empty or missing when all were cleared.
        pub group_attr: Option<Vec<GroupAttr>> = "GroupAttr",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// The profile of a topic changed. Which topic is not documented.
    ///
    /// Shares its switch in the console with [`AfterGroupInfoChanged`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/49466>
    pub struct AfterTopicInfoChanged {
        CallbackCommand,
        /// Id of the topic's community.
        pub group_id: String = "GroupId",
        /// The topic. Not documented for this event; its siblings have it.
        pub topic_id: Option<String> = "TopicId",
        /// [`GroupType::Community`].
        pub r#type: GroupType = "Type",
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// The new name.
        pub name: Option<String> = "Name",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new notice.
        pub notification: Option<String> = "Notification",
        /// URL of the new picture.
        pub face_url: Option<String> = "FaceUrl",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A user sent a message to a group, or into a live room.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34375>
    pub struct AfterSendMsg {
        CallbackCommand,
        /// Id of the group or live room.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID that made the call: an admin where it was sent by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// Random number of the message, 32 bits without a sign.
        pub random: Option<u64> = "Random",
        /// Id of the message on the clients.
        pub msg_id: Option<String> = "MsgId",
        /// Sequence number in the group: larger is later.
        pub msg_seq: u64 = "MsgSeq",
        /// When it was sent, in seconds.
        pub msg_time: UnixSeconds = "MsgTime",
        /// 1 = for online users only, 0 = normal; always 0 for audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// The topic, where it was sent into one of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// Who is mentioned, at most 30.
        pub group_at_info: Option<Vec<GroupAtInfo>> = "GroupAtInfo",
    }

    /// A mention in a group message.
    pub struct GroupAtInfo {
        /// 1 = everybody, 0 = one member.
        pub group_at_all_flag: u64 = "GroupAtAllFlag",
        /// UserID of the member.
        pub group_at_account: Option<String> = "GroupAt_Account",
    }

    /// A message to a group could not be sent.
    ///
    /// Causes are wrong parameters, too many messages, the content filter and muted senders.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/49462>
    pub struct SendMsgException {
        CallbackCommand,
        /// Id of the group, which perhaps does not exist.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID of the sender.
        pub from_account: String = "From_Account",
        /// UserID that made the call: an admin where it was sent by the REST API.
        pub operator_account: String = "Operator_Account",
        /// Random number of the message, 32 bits without a sign.
        pub random: u64 = "Random",
        /// 1 = for online users only, 0 = normal; always 0 for audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = "MsgBody",
        /// The sender's custom data, kept with the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// Why it failed: an error code of groups. The sender's error, not this answer's.
        pub error_code: i64 = "ErrorCode",
        /// The same in words.
        pub error_info: String = "ErrorInfo",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Messages were read by members. Comes also when a message that asks for read receipts is sent.
    ///
    /// Communities have no read receipts.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60395>
    pub struct AfterReadReceipt {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// One entry for each message.
        pub group_msg_receipt_list: Vec<GroupMsgReceipt> = "GroupMsgReceiptList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Who has read a message.
    pub struct GroupMsgReceipt {
        /// Sequence number of the message in the group.
        pub msg_seq: u64 = "MsgSeq",
        /// How many members have read it.
        pub read_num: u64 = "ReadNum",
        /// How many members have not.
        pub unread_num: u64 = "UnreadNum",
        /// Those who read it now. May be empty or missing when the message has just been sent.
        pub read_receipt_members: Option<Vec<Member>> = "ReadReceiptMembers",
    }

    /// The extensions of a message, its keys and values, were changed.
    ///
    /// An [`Extension`] is that of one-to-one messages. Audio-video groups have none.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/76007>
    pub struct AfterGroupMsgExtension {
        CallbackCommand,
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// Sequence number of the message in the group.
        pub msg_seq: u64 = "MsgSeq",
        /// 1 = set, 2 = keys deleted, 3 = all cleared.
        pub operate_type: u64 = "OperateType",
        /// What was changed. Empty when all was cleared.
        pub extension_list: Vec<Extension> = "ExtensionList",
        /// Newest version of all the message's extensions.
        pub seq: u64 = "Seq",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// Messages were recalled.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/46979>
    pub struct AfterRecallMsg {
        CallbackCommand,
        /// UserID that recalled them.
        pub operator_account: String = "Operator_Account",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The messages.
        pub msg_seq_list: Vec<RecalledMsg> = "MsgSeqList",
        /// The topic, where it was sent into one of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds. Missing in the oldest copy of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A message that was recalled.
    pub struct RecalledMsg {
        /// Its sequence number in the group.
        pub msg_seq: u64 = "MsgSeq",
        /// Its id on the clients. In newer copies of the page.
        pub msg_id: Option<String> = "MsgId",
    }

    /// Topics were deleted.
    ///
    /// Shares its switch in the console with [`AfterGroupDestroyed`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/49465>
    pub struct AfterTopicDestroyed {
        CallbackCommand,
        /// Id of the topics' community.
        pub group_id: String = "GroupId",
        /// [`GroupType::Community`].
        pub r#type: GroupType = "Type",
        /// Ids of the deleted topics.
        pub topic_id_list: Vec<String> = "TopicIdList",
        /// When it happened, in milliseconds. Not documented for this event; its siblings have it.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A group was disbanded.
    ///
    /// Shares its switch in the console with [`AfterTopicDestroyed`].
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34377>
    pub struct AfterGroupDestroyed {
        CallbackCommand,
        /// UserID that disbanded it. In the mainland copy of the page alone.
        pub operator_account: Option<String> = "Operator_Account",
        /// Id of the group.
        pub group_id: String = "GroupId",
        /// The kind of group.
        pub r#type: GroupType = "Type",
        /// UserID of the owner.
        pub owner_account: String = "Owner_Account",
        /// Its name.
        pub name: Option<String> = "Name",
        /// Its last members. Missing for communities.
        pub member_list: Option<Vec<Member>> = "MemberList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// Members of an audio-video group went offline, or came online.
    ///
    /// Comes for apps whose list of online members is switched on. All devices of a user count as one; the server
    /// looks every 20 s.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/48734>
    pub struct OnMemberStateChange {
        CallbackCommand,
        /// Id of the audio-video group.
        pub group_id: String = "GroupId",
        /// [`GroupType::AvChatRoom`]. Not documented for this event; its siblings have it.
        pub r#type: Option<GroupType> = "Type",
        /// Whether they went or came.
        pub event_type: EventType = "EventType",
        /// Why. Missing in old copies of the page.
        pub event_cause: Option<EventCause> = "EventCause",
        /// The members.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds. Missing in old copies of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The app's new groups of the day have passed 70 % of what it may create.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/57455>
    pub struct OnDailyGroupQuotaAlarm {
        CallbackCommand,
        /// Groups created today, less those disbanded.
        pub quota_used: u64 = "QuotaUsed",
        /// How many there may be in a day.
        pub quota: u64 = "Quota",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A user in a list of members.
    pub struct Member {
        /// UserID of the member.
        pub member_account: String = "Member_Account",
    }

    /// A custom field of a group or topic.
    pub struct UserDefinedData {
        /// Its name.
        pub key: String = "Key",
        /// Its value.
        pub value: String = "Value",
    }

    /// A custom attribute of a group.
    pub struct GroupAttr {
        /// Its name.
        pub key: String = "key",
        /// Its value. May be missing where it was deleted.
        pub value: Option<String> = "value",
    }
}

/// How many groups a user has created.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
#[serde(untagged)]
pub enum CreatedGroupNum {
    /// Of the kind in question.
    Count(u64),
    /// Of each kind of group.
    ByType(BTreeMap<String, u64>),
}

impl<'de> Deserialize<'de> for CreatedGroupNum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Count(#[serde(deserialize_with = "wire::int")] u64);

        struct CountVisitor;

        impl<'de> Visitor<'de> for CountVisitor {
            type Value = CreatedGroupNum;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of groups, or one for each kind of group")
            }

            fn visit_u64<E>(self, value: u64) -> Result<CreatedGroupNum, E> {
                Ok(CreatedGroupNum::Count(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<CreatedGroupNum, E> {
                wire::int(value.into_deserializer()).map(CreatedGroupNum::Count)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CreatedGroupNum, A::Error> {
                let mut counts = BTreeMap::new();
                while let Some((kind, Count(count))) = map.next_entry()? {
                    counts.insert(kind, count);
                }
                Ok(CreatedGroupNum::ByType(counts))
            }
        }

        deserializer.deserialize_any(CountVisitor)
    }
}

words! {
    /// The kind of a group.
    pub enum GroupType {
        /// Shown as "Work".
        Private = "Private",
        /// A work group, under its newer name.
        Work = "Work",
        /// A public group.
        Public = "Public",
        /// Shown as "Meeting".
        ChatRoom = "ChatRoom",
        /// A meeting group, under its newer name.
        Meeting = "Meeting",
        /// An audio-video group.
        AvChatRoom = "AVChatRoom",
        /// A broadcasting group.
        BChatRoom = "BChatRoom",
        /// A community.
        Community = "Community",
        /// A live room.
        Live = "Live",
    }

    /// How users came to join a group.
    pub enum JoinType {
        /// By their own request.
        Apply = "Apply",
        /// Invited or added by another.
        Invited = "Invited",
    }

    /// How members came to leave a group.
    pub enum ExitType {
        /// Removed: by the owner, an admin or the REST API.
        Kicked = "Kicked",
        /// By their own will.
        Quit = "Quit",
    }

    /// The new role of a member.
    pub enum Role {
        /// Made an admin.
        Admin = "Admin",
        /// An admin no longer.
        Member = "Member",
    }

    /// What was done to the custom attributes of a group.
    pub enum OptionType {
        /// All were replaced.
        Set = "set",
        /// Some were changed.
        Modify = "modify",
        /// All were deleted.
        Clear = "clear",
        /// Some were deleted.
        Delete = "delete",
    }

    /// Whether members of an audio-video group went or came.
    pub enum EventType {
        /// They are gone.
        Offline = "Offline",
        /// They are there, or there again.
        Online = "Online",
    }

    /// Why members of an audio-video group went or came.
    pub enum EventCause {
        /// Goes with [`EventType::Offline`]: no heartbeat for more than 30 s.
        HeartbeatInterrupt = "HeartbeatInterrupt",
        /// Goes with [`EventType::Online`]: a heartbeat after an interrupt.
        HeartbeatRecover = "HeartbeatRecover",
        /// Goes with [`EventType::Online`]: the first of the user's devices entered.
        Join = "Join",
        /// Goes with [`EventType::Offline`]: the last of the user's devices left.
        Quit = "Quit",
    }
}
