//! `Group`: groups, their members, messages and topics.
//!
#![cfg_attr(doc, doc = include_str!("docs/group.md"))]
//!
//! # Example
//!
//! ```
//! use std::collections::BTreeSet;
//! use tower_tencent_webhook::Event;
//!
//! /// Keeps a list of a group's members.
//! fn update(members: &mut BTreeSet<String>, event: Event) {
//!     match event {
//!         Event::GroupAfterNewMemberJoin(joined) => {
//!             for new in joined.new_member_list {
//!                 members.insert(new.member_account);
//!             }
//!         }
//!         Event::GroupAfterMemberExit(left) => {
//!             for former in left.exit_member_list {
//!                 members.remove(&former.member_account);
//!             }
//!         }
//!         _ => {}
//!     }
//! }
//!
//! let mut members = BTreeSet::new();
//! let body = r#"{"GroupId": "@TGS#1", "NewMemberList": [{"Member_Account": "ada"}]}"#;
//! update(&mut members, Event::parse("Group.CallbackAfterNewMemberJoin", body)?);
//! assert!(members.contains("ada"));
//!
//! let body = r#"{"GroupId": "@TGS#1", "ExitMemberList": [{"Member_Account": "ada"}]}"#;
//! update(&mut members, Event::parse("Group.CallbackAfterMemberExit", body)?);
//! assert!(members.is_empty());
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::c2c::Extension;
use crate::{
    message::MsgElem,
    wire::{self, Fault, Kind, Reader, UnixMillis, UnixSeconds, open_enum, payload},
};

impl AfterMemberFieldChanged {
    /// UserID of the member whose profile changed, whichever of the two names the wire used.
    pub fn account(&self) -> Option<&str> {
        self.modified_account.as_deref().or(self.member_account.as_deref())
    }
}

payload! {
    /// A user is about to create a group.
    ///
    /// Triggered by clients and by the REST API. Shares a console switch with [`BeforeCreateTopic`]. After a `refuse`,
    /// the caller gets error 10016.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackBeforeCreateGroup.md"))]
    #[doc(alias("Group.CallbackBeforeCreateGroup", "CallbackBeforeCreateGroup"))]
    pub struct BeforeCreateGroup {
        CallbackCommand,
        /// UserID of the operator who made the request, possibly an admin.
        pub operator_account: String = required "Operator_Account",
        /// UserID of the future owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// The requested name.
        pub name: Option<String> = "Name",
        /// Number of groups of this kind that the user has created. Optional: missing from the newest docs.
        pub create_group_num: Option<u64> = "CreateGroupNum",
        /// Same as `create_group_num`, under its first name. Optional: only in the oldest docs.
        pub created_num: Option<u64> = "CreatedNum",
        /// Same as `create_group_num`, under a third name. Optional: only in one old version of the docs.
        pub created_group_num: Option<CreatedGroupNum> = "CreatedGroupNum",
        /// The initial members.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// How users may be invited, such as `DisableInvite`. Undocumented.
        pub invite_option: Option<String> = "InviteOption",
    }
}

payload! {
    /// A user is about to create a topic. The documented fields do not identify its community.
    ///
    /// Triggered by clients and by the REST API. Topics must be enabled in the console. The event has no switch of its
    /// own: that of [`BeforeCreateGroup`] enables it as well. After a `refuse`, the caller gets error 10016.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackBeforeCreateTopic.md"))]
    #[doc(alias("Group.CallbackBeforeCreateTopic", "CallbackBeforeCreateTopic"))]
    pub struct BeforeCreateTopic {
        CallbackCommand,
        /// UserID of the operator who made the request.
        pub operator_account: String = required "Operator_Account",
        /// Always [`GroupType::Community`].
        pub r#type: Option<GroupType> = "Type",
        /// The requested name.
        pub name: Option<String> = "Name",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user asks to join a group.
    ///
    /// Triggered by clients only, not by the REST API. Sent before the group's admins are notified. Even if allowed,
    /// the request may still need their approval. After a `refuse`, the caller gets error 10016.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackBeforeApplyJoinGroup.md"))]
    #[doc(alias("Group.CallbackBeforeApplyJoinGroup", "CallbackBeforeApplyJoinGroup"))]
    pub struct BeforeApplyJoinGroup {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the requester.
        pub requestor_account: String = required "Requestor_Account",
        /// The text of the request. Optional: only in the newest mainland docs.
        pub apply_msg: Option<String> = "ApplyMsg",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// ID of the private topic, if the event concerns one. Optional: only in the newest mainland docs.
        pub topic_id: Option<String> = "TopicId",
    }
}

payload! {
    /// Users are about to be invited into a group or added to it by the REST API.
    ///
    /// Sent after the friendship check, if the app has one enabled. A refusal is for the whole invitation;
    /// `allow_except` is for some of the users.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackBeforeInviteJoinGroup.md"))]
    #[doc(alias("Group.CallbackBeforeInviteJoinGroup", "CallbackBeforeInviteJoinGroup"))]
    pub struct BeforeInviteJoinGroup {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the inviter: an admin if the members are added by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// The invited users.
        pub destination_members: Vec<Member> = "DestinationMembers",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// ID of the private topic, if the event concerns one. Optional: only in the newest mainland docs.
        pub topic_id: Option<String> = "TopicId",
    }
}

payload! {
    /// A user is about to send a message to a group or live room.
    ///
    /// Triggered by clients and by the REST API. A REST call can switch it off for its message, with
    /// `ForbidBeforeSendMsgCallback`. After a `refuse`, the sender gets error 10016.
    ///
    /// The docs advise against raising the two seconds that Chat waits, and against reviewing content here for that
    /// reason: see [`content`](super::content) for cloud moderation.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackBeforeSendMsg.md"))]
    #[doc(alias("Group.CallbackBeforeSendMsg", "CallbackBeforeSendMsg"))]
    pub struct BeforeSendMsg {
        CallbackCommand,
        /// ID of the group or live room.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the operator who made the call: an admin if the message was sent by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// Random number of the message: an unsigned 32-bit integer.
        pub random: Option<u64> = "Random",
        /// ID of the message on clients.
        pub msg_id: Option<String> = "MsgId",
        /// 1 = delivered to online users only, 0 = normal. Always 0 in audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// ID of the topic, if the message is sent to a topic of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A group was created.
    ///
    /// Triggered by clients and by the REST API. For communities it is sent about 3 s late. Shares a console switch
    /// with [`AfterCreateTopic`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterCreateGroup.md"))]
    #[doc(alias("Group.CallbackAfterCreateGroup", "CallbackAfterCreateGroup"))]
    pub struct AfterCreateGroup {
        CallbackCommand,
        /// ID of the new group.
        pub group_id: String = required "GroupId" | "groupID",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// Its name.
        pub name: Option<String> = "Name",
        /// The initial members.
        pub member_list: Vec<Member> = "MemberList",
        /// The group's custom fields, if the app defines any.
        pub user_defined_data_list: Vec<UserDefinedData> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// How users may be invited, such as `NeedPermission`. Undocumented.
        pub invite_option: Option<String> = "InviteOption",
    }
}

payload! {
    /// A topic was created.
    ///
    /// Triggered by clients and by the REST API. Topics must be enabled in the console. Shares a console switch with
    /// [`AfterCreateGroup`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterCreateTopic.md"))]
    #[doc(alias("Group.CallbackAfterCreateTopic", "CallbackAfterCreateTopic"))]
    pub struct AfterCreateTopic {
        CallbackCommand,
        /// ID of the topic's community.
        pub group_id: String = required "GroupId",
        /// ID of the new topic.
        pub topic_id: String = required "TopicId",
        /// UserID of the operator who made the request.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the community's owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// Always [`GroupType::Community`].
        pub r#type: Option<GroupType> = "Type",
        /// The topic's name.
        pub name: Option<String> = "Name",
        /// The topic's custom fields, if the app defines any.
        pub user_defined_data_list: Vec<UserDefinedData> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Users joined a group or were added to it.
    ///
    /// Triggered by clients, once the request or invitation has led to membership, and by the REST API. Sent for
    /// audio-video groups as well.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterNewMemberJoin.md"))]
    #[doc(alias("Group.CallbackAfterNewMemberJoin", "CallbackAfterNewMemberJoin"))]
    pub struct AfterNewMemberJoin {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// How the members joined.
        pub join_type: Option<JoinType> = "JoinType",
        /// UserID of the operator. With [`JoinType::Apply`] this is usually the new member.
        pub operator_account: Option<String> = "Operator_Account",
        /// The new members.
        pub new_member_list: Vec<Member> = "NewMemberList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// ID of the private topic, if the event concerns one. Undocumented here; sent by sibling events.
        pub topic_id: Option<String> = "TopicId",
    }
}

payload! {
    /// Members left a group or were removed from it.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterMemberExit.md"))]
    #[doc(alias("Group.CallbackAfterMemberExit", "CallbackAfterMemberExit"))]
    pub struct AfterMemberExit {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// Whether they left or were removed.
        pub exit_type: Option<ExitType> = "ExitType",
        /// UserID of the operator: the user who removed the members, or the member who left.
        pub operator_account: Option<String> = "Operator_Account",
        /// The former members.
        pub exit_member_list: Vec<Member> = "ExitMemberList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// ID of the private topic, if the event concerns one. Optional: only in the newest mainland docs.
        pub topic_id: Option<String> = "TopicId",
    }
}

payload! {
    /// A member's profile in a group changed: the role or the name.
    ///
    /// Triggered by clients and by the REST API.
    ///
    /// The docs use two names for the member's UserID; [`account`](Self::account) returns whichever is present.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterMemberFieldChanged.md"))]
    #[doc(alias("Group.CallbackAfterMemberFieldChanged", "CallbackAfterMemberFieldChanged"))]
    pub struct AfterMemberFieldChanged {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the member whose profile changed, under the name used by the mainland docs.
        pub modified_account: Option<String> = "Modified_Account",
        /// UserID of the member whose profile changed, under the name used by the international docs.
        pub member_account: Option<String> = "Member_Account",
        /// The new role.
        pub role: Option<Role> = "Role",
        /// The new name in the group.
        pub name_card: Option<String> = "NameCard",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A group has a new owner.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterChangeGroupOwner.md"))]
    #[doc(alias("Group.CallbackAfterChangeGroupOwner", "CallbackAfterChangeGroupOwner"))]
    pub struct AfterChangeGroupOwner {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the previous owner.
        pub old_owner_account: Option<String> = "OldOwner_Account",
        /// UserID of the new owner.
        pub new_owner_account: String = required "NewOwner_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A group is full. Also sent when a user could not join because the group was full.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterGroupFull.md"))]
    #[doc(alias("Group.CallbackAfterGroupFull", "CallbackAfterGroupFull"))]
    pub struct AfterGroupFull {
        CallbackCommand,
        /// ID of the full group.
        pub group_id: String = required "GroupId",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// The profile of a group changed. Unchanged fields are omitted.
    ///
    /// Triggered by clients and by the REST API. Only the name, the introduction, the notice and the avatar trigger it.
    /// Shares a console switch with [`AfterTopicInfoChanged`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterGroupInfoChanged.md"))]
    #[doc(alias("Group.CallbackAfterGroupInfoChanged", "CallbackAfterGroupInfoChanged"))]
    pub struct AfterGroupInfoChanged {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The new name.
        pub name: Option<String> = "Name",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new notice.
        pub notification: Option<String> = "Notification",
        /// URL of the new avatar.
        pub face_url: Option<String> = "FaceUrl",
        /// The custom fields that changed. Optional: only in the oldest docs.
        pub user_defined_data_list: Vec<UserDefinedData> = "UserDefinedDataList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// The custom attributes of a group changed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterGroupAttrChanged.md"))]
    #[doc(alias("Group.CallbackAfterGroupAttrChanged", "CallbackAfterGroupAttrChanged"))]
    pub struct AfterGroupAttrChanged {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The operation.
        pub option_type: Option<OptionType> = "OptionType",
        /// The attributes affected. May be empty or missing if all were cleared.
        pub group_attr: Vec<GroupAttr> = "GroupAttr",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A custom attribute of a group.
    pub struct GroupAttr {
        /// Its name.
        pub key: Option<String> = "key",
        /// Its value. May be missing if it was deleted.
        pub value: Option<String> = "value",
    }
}

payload! {
    /// The profile of a topic changed. The documented fields do not identify the topic.
    ///
    /// Triggered by clients and by the REST API. Only the name, the introduction, the notice and the avatar trigger it.
    /// Topics must be enabled in the console. Shares a console switch with [`AfterGroupInfoChanged`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterTopicInfoChanged.md"))]
    #[doc(alias("Group.CallbackAfterTopicInfoChanged", "CallbackAfterTopicInfoChanged"))]
    pub struct AfterTopicInfoChanged {
        CallbackCommand,
        /// ID of the topic's community.
        pub group_id: String = required "GroupId",
        /// ID of the topic. Undocumented here; sent by sibling events.
        pub topic_id: Option<String> = "TopicId",
        /// Always [`GroupType::Community`].
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The new name.
        pub name: Option<String> = "Name",
        /// The new introduction.
        pub introduction: Option<String> = "Introduction",
        /// The new notice.
        pub notification: Option<String> = "Notification",
        /// URL of the new avatar.
        pub face_url: Option<String> = "FaceUrl",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A user sent a message to a group or live room.
    ///
    /// Triggered by clients and by the REST API. A REST call can switch it off for its message, with
    /// `ForbidAfterSendMsgCallback`. A message that could not be sent is a [`SendMsgException`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterSendMsg.md"))]
    #[doc(alias("Group.CallbackAfterSendMsg", "CallbackAfterSendMsg"))]
    pub struct AfterSendMsg {
        CallbackCommand,
        /// ID of the group or live room.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the operator who made the call: an admin if the message was sent by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// Random number of the message: an unsigned 32-bit integer.
        pub random: Option<u64> = "Random",
        /// ID of the message on clients.
        pub msg_id: Option<String> = "MsgId",
        /// Sequence number in the group. Later messages have larger numbers.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// When the message was sent, in seconds.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// 1 = delivered to online users only, 0 = normal. Always 0 in audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// ID of the topic, if the message was sent to a topic of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The mentions in the message, at most 30.
        pub group_at_info: Vec<GroupAtInfo> = "GroupAtInfo",
    }

    /// A mention in a group message.
    pub struct GroupAtInfo {
        /// 1 = everybody, 0 = one member.
        pub group_at_all_flag: Option<u64> = "GroupAtAllFlag",
        /// UserID of the member.
        pub group_at_account: Option<String> = "GroupAt_Account",
    }
}

payload! {
    /// A group message was edited.
    ///
    /// Only the mainland docs have it.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterModifyMsg.md"))]
    #[doc(alias("Group.CallbackAfterModifyMsg", "CallbackAfterModifyMsg"))]
    pub struct AfterModifyMsg {
        CallbackCommand,
        /// GroupID.
        pub group_id: String = required "GroupId",
        /// The topic. Empty or absent if the message is not in a topic.
        pub topic_id: Option<String> = "TopicId",
        /// Sequence number of the message in the group.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// UserID of the operator who edited the message.
        pub operator_account: Option<String> = "Operator_Account",
        /// The message as it is now.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// UserID of the sender. Undocumented here; sent by sibling events.
        pub from_account: Option<String> = "From_Account",
        /// Random number of the message, an unsigned 32-bit integer. Undocumented here; sent by sibling events.
        pub random: Option<u64> = "Random" | "MsgRandom",
        /// When the message was sent, in seconds. Undocumented here; sent by sibling events.
        pub msg_time: Option<UnixSeconds> = "MsgTime",
        /// The custom data stored with the message. Undocumented here; sent by sibling events.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A message could not be sent to a group.
    ///
    /// Triggered by invalid parameters, rate limiting, the content filter or a muted sender.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackSendMsgException.md"))]
    #[doc(alias("Group.CallbackSendMsgException", "CallbackSendMsgException"))]
    pub struct SendMsgException {
        CallbackCommand,
        /// ID of the group, which may not exist.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the sender.
        pub from_account: String = required "From_Account",
        /// UserID of the operator who made the call: an admin if the message was sent by the REST API.
        pub operator_account: Option<String> = "Operator_Account",
        /// Random number of the message: an unsigned 32-bit integer.
        pub random: Option<u64> = "Random",
        /// 1 = delivered to online users only, 0 = normal. Always 0 in audio-video groups.
        pub online_only_flag: Option<u64> = "OnlineOnlyFlag",
        /// The message.
        pub msg_body: Vec<MsgElem> = required "MsgBody",
        /// Custom data that the sender attached to the message.
        pub cloud_custom_data: Option<String> = "CloudCustomData",
        /// Why it failed: a group error code. This is the sender's error, unrelated to the reply to this webhook.
        pub error_code: Option<i64> = "ErrorCode",
        /// The error message for `error_code`.
        pub error_info: Option<String> = "ErrorInfo",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Members read messages. Also sent when a message that requests read receipts is sent.
    ///
    /// Triggered by clients, and by the REST API when it sends such a message. Not sent for communities, which have no
    /// read receipts.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterReadReceipt.md"))]
    #[doc(alias("Group.CallbackAfterReadReceipt", "CallbackAfterReadReceipt"))]
    pub struct AfterReadReceipt {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// One entry for each message.
        pub group_msg_receipt_list: Vec<GroupMsgReceipt> = "GroupMsgReceiptList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The read state of a message.
    pub struct GroupMsgReceipt {
        /// Sequence number of the message in the group.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// Number of members who have read the message.
        pub read_num: Option<u64> = "ReadNum",
        /// Number of members who have not.
        pub unread_num: Option<u64> = "UnreadNum",
        /// The members who have just read the message. May be empty or missing if the message has just been sent.
        pub read_receipt_members: Vec<Member> = "ReadReceiptMembers",
    }
}

payload! {
    /// The extensions (key-value pairs) of a message changed.
    ///
    /// Triggered by clients and by the REST API. Audio-video groups have no extensions, and other groups have them only
    /// for messages that were sent with support for them. Uses the same [`Extension`] as one-to-one messages.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterGroupMsgExtension.md"))]
    #[doc(alias("Group.CallbackAfterGroupMsgExtension", "CallbackAfterGroupMsgExtension"))]
    pub struct AfterGroupMsgExtension {
        CallbackCommand,
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// Sequence number of the message in the group.
        pub msg_seq: Option<u64> = "MsgSeq",
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
    /// Messages were recalled.
    ///
    /// Triggered by clients and by the REST API. One call of the REST API recalls up to 10 messages.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterRecallMsg.md"))]
    #[doc(alias("Group.CallbackAfterRecallMsg", "CallbackAfterRecallMsg"))]
    pub struct AfterRecallMsg {
        CallbackCommand,
        /// UserID of the operator who recalled the messages.
        pub operator_account: Option<String> = "Operator_Account",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The messages.
        pub msg_seq_list: Vec<RecalledMsg> = "MsgSeqList",
        /// ID of the topic, if the message was sent to a topic of a community.
        pub topic_id: Option<String> = "TopicId",
        /// When it happened, in milliseconds. Optional: missing from the oldest docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A recalled message.
    pub struct RecalledMsg {
        /// Sequence number of the message in the group.
        pub msg_seq: Option<u64> = "MsgSeq",
        /// ID of the message on clients. Optional: only in newer docs.
        pub msg_id: Option<String> = "MsgId",
    }
}

payload! {
    /// Topics were deleted.
    ///
    /// Triggered by clients and by the REST API. Topics must be enabled in the console. Shares a console switch with
    /// [`AfterGroupDestroyed`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterTopicDestroyed.md"))]
    #[doc(alias("Group.CallbackAfterTopicDestroyed", "CallbackAfterTopicDestroyed"))]
    pub struct AfterTopicDestroyed {
        CallbackCommand,
        /// ID of the topics' community.
        pub group_id: String = required "GroupId",
        /// Always [`GroupType::Community`].
        pub r#type: Option<GroupType> = "Type",
        /// IDs of the deleted topics.
        pub topic_id_list: Vec<String> = "TopicIdList",
        /// When it happened, in milliseconds. Undocumented here; sent by sibling events.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A group was disbanded.
    ///
    /// Triggered by clients and by the REST API. Shares a console switch with [`AfterTopicDestroyed`].
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackAfterGroupDestroyed.md"))]
    #[doc(alias("Group.CallbackAfterGroupDestroyed", "CallbackAfterGroupDestroyed"))]
    pub struct AfterGroupDestroyed {
        CallbackCommand,
        /// UserID of the operator who disbanded the group. Optional: only in the mainland docs.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the group.
        pub group_id: String = required "GroupId",
        /// The kind of group.
        pub r#type: Option<GroupType> = "Type",
        /// UserID of the owner.
        pub owner_account: Option<String> = "Owner_Account",
        /// Its name.
        pub name: Option<String> = "Name",
        /// The last members. Missing for communities.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// Members of an audio-video group went offline or came online.
    ///
    /// Needs one of Chat's paid editions, and the online member list enabled in the console. All devices of a user
    /// count as one. The server checks every 20 s.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackOnMemberStateChange.md"))]
    #[doc(alias("Group.CallbackOnMemberStateChange", "CallbackOnMemberStateChange"))]
    pub struct OnMemberStateChange {
        CallbackCommand,
        /// ID of the audio-video group.
        pub group_id: String = required "GroupId",
        /// Always [`GroupType::AvChatRoom`]. Undocumented here; sent by sibling events.
        pub r#type: Option<GroupType> = "Type",
        /// Whether the members came online or went offline.
        pub event_type: Option<EventType> = "EventType",
        /// Why the state changed. Optional: missing from older docs.
        pub event_cause: Option<EventCause> = "EventCause",
        /// The members.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds. Optional: missing from older docs.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// The app has used more than 70 % of its daily quota of new groups.
    ///
    /// In the Chinese docs it has a console switch of its own; in the English ones it shares that of
    /// [`AfterGroupInfoChanged`] and needs topics enabled.
    #[cfg_attr(doc, doc = include_str!("docs/Group.CallbackOnDailyGroupQuotaAlarm.md"))]
    #[doc(alias("Group.CallbackOnDailyGroupQuotaAlarm", "CallbackOnDailyGroupQuotaAlarm"))]
    pub struct OnDailyGroupQuotaAlarm {
        CallbackCommand,
        /// Number of groups created today, minus those disbanded.
        pub quota_used: Option<u64> = "QuotaUsed",
        /// The daily quota.
        pub quota: Option<u64> = "Quota",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// An entry in a member list.
    pub struct Member {
        /// UserID of the member.
        pub member_account: String = required "Member_Account",
    }
}

payload! {
    /// A custom field of a group or topic.
    pub struct UserDefinedData {
        /// Its name.
        pub key: Option<String> = "Key",
        /// Its value.
        pub value: Option<String> = "Value",
    }
}

/// Number of groups that a user has created.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(untagged))]
#[non_exhaustive]
pub enum CreatedGroupNum {
    /// For the kind of group in question.
    Count(u64),
    /// For each kind of group.
    ByType(BTreeMap<String, u64>),
}

impl wire::Value for CreatedGroupNum {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        Ok(match reader.kind()? {
            Kind::Object => wire::Value::read(reader)?.map(Self::ByType),
            _ => wire::Value::read(reader)?.map(Self::Count),
        })
    }
}

wire::deserialize_by_value!(CreatedGroupNum);

impl Serialize for CreatedGroupNum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count.serialize(serializer),
            Self::ByType(counts) => counts.serialize(serializer),
        }
    }
}

open_enum! {
    /// The kind of group.
    pub enum GroupType {
        /// A work group, under its older name. Displayed as "Work".
        Private = "Private",
        /// A work group, under its newer name.
        Work = "Work",
        /// A public group.
        Public = "Public",
        /// A meeting group, under its older name. Displayed as "Meeting".
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
}

open_enum! {
    /// How users joined a group.
    pub enum JoinType {
        /// By applying.
        Apply = "Apply",
        /// By being invited or added.
        Invited = "Invited",
    }
}

open_enum! {
    /// How members left a group.
    pub enum ExitType {
        /// Removed by the owner, an admin or the REST API.
        Kicked = "Kicked",
        /// Left voluntarily.
        Quit = "Quit",
    }
}

open_enum! {
    /// The new role of a member.
    pub enum Role {
        /// Became an admin.
        Admin = "Admin",
        /// No longer an admin.
        Member = "Member",
    }
}

open_enum! {
    /// An operation on a group's custom attributes.
    pub enum OptionType {
        /// All attributes were replaced.
        Set = "set",
        /// Some attributes were changed.
        Modify = "modify",
        /// All attributes were deleted.
        Clear = "clear",
        /// Some attributes were deleted.
        Delete = "delete",
    }
}

open_enum! {
    /// Whether members of an audio-video group came online or went offline.
    pub enum EventType {
        /// Went offline.
        Offline = "Offline",
        /// Came online.
        Online = "Online",
    }
}

open_enum! {
    /// Why members of an audio-video group came online or went offline.
    pub enum EventCause {
        /// Sent with [`EventType::Offline`]: no heartbeat for more than 30 s.
        HeartbeatInterrupt = "HeartbeatInterrupt",
        /// Sent with [`EventType::Online`]: the heartbeat resumed.
        HeartbeatRecover = "HeartbeatRecover",
        /// Sent with [`EventType::Online`]: the user's first device entered.
        Join = "Join",
        /// Sent with [`EventType::Offline`]: the user's last device left.
        Quit = "Quit",
    }
}
