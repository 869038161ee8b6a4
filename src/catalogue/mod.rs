//! The catalogues: the single table of Chat's events and, in `rtc`, that of the RTC Engine's.
//!
//! Each row has a variant of [`Event`](crate::Event), its type, its command (after a `|`, other names for it in the
//! vendor's docs), its phase, and optional facts:
//!
//! * a before-event's verdicts: the range of `codes` that are shown to the client, `discard`, `replace`, `refuses` with
//!   the name of the refused users' list in the answer, or `friends` if each friend is decided separately;
//! * `rsp_data`, if an after-event is answered with data;
//! * `id(…)`: the fields of the vendor's own identity for the event; those after a semicolon may be absent.
//!
//! The table generates nothing itself. Each file that needs it expands it with its own macro:
//! `catalogue!(name_of_the_macro);`.

#[cfg(feature = "rtc")]
mod rtc;

#[cfg(feature = "rtc")]
pub(crate) use self::rtc::rtc_catalogue;

macro_rules! catalogue {
    ($expand:ident) => {
        $expand! {
            StateStateChange(state::StateChange) = "State.StateChange" After;

            ProfilePortraitSet(profile::PortraitSet) = "Profile.CallbackPortraitSet" After;

            SnsPrevFriendAdd(sns::PrevFriendAdd) = "Sns.CallbackPrevFriendAdd" Before { friends };
            SnsPrevFriendResponse(sns::PrevFriendResponse) = "Sns.CallbackPrevFriendResponse" Before { friends };
            SnsFriendAdd(sns::FriendAdd) = "Sns.CallbackFriendAdd" After;
            SnsFriendDelete(sns::FriendDelete) = "Sns.CallbackFriendDelete" After;
            SnsBlackListAdd(sns::BlackListAdd) = "Sns.CallbackBlackListAdd" After;
            SnsBlackListDelete(sns::BlackListDelete) = "Sns.CallbackBlackListDelete" After;

            FollowAfterFollowAdd(follow::AfterFollowAdd) = "Follow.CallbackAfterFollowAdd" After;
            FollowAfterFollowDelete(follow::AfterFollowDelete) = "Follow.CallbackAfterFollowDelete" After;

            C2CBeforeSendMsg(c2c::BeforeSendMsg) =
                "C2C.CallbackBeforeSendMsg" Before { codes: 120_001..=130_000, replace, id(from_account, to_account, msg_key) };
            C2CAfterSendMsg(c2c::AfterSendMsg) =
                "C2C.CallbackAfterSendMsg" After { id(from_account, to_account, msg_key) };
            C2CAfterMsgReport(c2c::AfterMsgReport) = "C2C.CallbackAfterMsgReport" After;
            C2CAfterMsgReadReceipt(c2c::AfterMsgReadReceipt) = "C2C.CallbackAfterMsgReadReceipt" After;
            C2CAfterMsgWithDraw(c2c::AfterMsgWithDraw) =
                "C2C.CallbackAfterMsgWithDraw" After { id(from_account, to_account, msg_key) };
            C2CAfterModifyMsg(c2c::AfterModifyMsg) = "C2C.CallbackAfterModifyMsg" After;
            C2CAfterC2CMsgExtension(c2c::AfterC2CMsgExtension) = "C2C.CallbackAfterC2CMsgExtension" After;

            GroupBeforeCreateGroup(group::BeforeCreateGroup) =
                "Group.CallbackBeforeCreateGroup" Before { codes: 10_100..=10_200 };
            GroupBeforeCreateTopic(group::BeforeCreateTopic) =
                "Group.CallbackBeforeCreateTopic" Before { codes: 10_100..=10_200 };
            GroupBeforeApplyJoinGroup(group::BeforeApplyJoinGroup) =
                "Group.CallbackBeforeApplyJoinGroup" Before { codes: 10_100..=10_200 };
            GroupBeforeInviteJoinGroup(group::BeforeInviteJoinGroup) =
                "Group.CallbackBeforeInviteJoinGroup" Before { codes: 10_100..=10_200, refuses: "RefusedMembers_Account" };
            GroupBeforeSendMsg(group::BeforeSendMsg) =
                "Group.CallbackBeforeSendMsg" Before { codes: 10_100..=10_200, discard, replace };
            GroupAfterCreateGroup(group::AfterCreateGroup) = "Group.CallbackAfterCreateGroup" After;
            GroupAfterCreateTopic(group::AfterCreateTopic) = "Group.CallbackAfterCreateTopic" After;
            GroupAfterNewMemberJoin(group::AfterNewMemberJoin) = "Group.CallbackAfterNewMemberJoin" After;
            GroupAfterMemberExit(group::AfterMemberExit) = "Group.CallbackAfterMemberExit" After;
            GroupAfterMemberFieldChanged(group::AfterMemberFieldChanged) =
                "Group.CallbackAfterMemberFieldChanged" After;
            GroupAfterChangeGroupOwner(group::AfterChangeGroupOwner) = "Group.CallbackAfterChangeGroupOwner" After;
            GroupAfterGroupFull(group::AfterGroupFull) = "Group.CallbackAfterGroupFull" After;
            GroupAfterGroupInfoChanged(group::AfterGroupInfoChanged) = "Group.CallbackAfterGroupInfoChanged" After;
            GroupAfterGroupAttrChanged(group::AfterGroupAttrChanged) = "Group.CallbackAfterGroupAttrChanged" After;
            GroupAfterTopicInfoChanged(group::AfterTopicInfoChanged) = "Group.CallbackAfterTopicInfoChanged" After;
            GroupAfterSendMsg(group::AfterSendMsg) =
                "Group.CallbackAfterSendMsg" After { id(group_id, msg_seq; topic_id, random) };
            GroupAfterModifyMsg(group::AfterModifyMsg) = "Group.CallbackAfterModifyMsg" After;
            GroupSendMsgException(group::SendMsgException) = "Group.CallbackSendMsgException" After;
            GroupAfterReadReceipt(group::AfterReadReceipt) = "Group.CallbackAfterReadReceipt" After;
            GroupAfterGroupMsgExtension(group::AfterGroupMsgExtension) = "Group.CallbackAfterGroupMsgExtension" After;
            GroupAfterRecallMsg(group::AfterRecallMsg) = "Group.CallbackAfterRecallMsg" After;
            GroupAfterTopicDestroyed(group::AfterTopicDestroyed) = "Group.CallbackAfterTopicDestroyed" After;
            GroupAfterGroupDestroyed(group::AfterGroupDestroyed) = "Group.CallbackAfterGroupDestroyed" After;
            GroupOnMemberStateChange(group::OnMemberStateChange) = "Group.CallbackOnMemberStateChange" After;
            GroupOnDailyGroupQuotaAlarm(group::OnDailyGroupQuotaAlarm) = "Group.CallbackOnDailyGroupQuotaAlarm" After;

            OfficialAccountBeforeCreateOfficialAccount(official_account::BeforeCreateOfficialAccount) =
                "OfficialAccount.CallbackBeforeCreateOfficialAccount" Before { codes: 120_001..=130_000 };
            OfficialAccountBeforeAddSubscriber(official_account::BeforeAddSubscriber) =
                "OfficialAccount.CallbackBeforeAddSubscriber" Before { refuses: "RefusedSubscribers_Account" };
            OfficialAccountBeforeSendMsg(official_account::BeforeSendMsg) =
                "OfficialAccount.CallbackBeforeSendMsg" Before { codes: 120_001..=130_000, discard, replace };
            OfficialAccountAfterCreateOfficialAccount(official_account::AfterCreateOfficialAccount) =
                "OfficialAccount.CallbackAfterCreateOfficialAccount" After;
            OfficialAccountAfterOfficialAccountInfoChanged(official_account::AfterOfficialAccountInfoChanged) =
                "OfficialAccount.CallbackAfterOfficialAccountInfoChanged" After;
            OfficialAccountAfterAddSubscriber(official_account::AfterAddSubscriber) =
                "OfficialAccount.CallbackAfterAddSubscriber" After;
            OfficialAccountAfterDeleteSubscriber(official_account::AfterDeleteSubscriber) =
                "OfficialAccount.CallbackAfterDeleteSubscriber" After;
            OfficialAccountAfterOfficialAccountFull(official_account::AfterOfficialAccountFull) =
                "OfficialAccount.CallbackAfterOfficialAccountFull" After;
            OfficialAccountAfterSendMsg(official_account::AfterSendMsg) =
                "OfficialAccount.CallbackAfterSendMsg" After { id(official_account, msg_key) };
            OfficialAccountAfterMsgWithDraw(official_account::AfterMsgWithDraw) =
                "OfficialAccount.CallbackAfterMsgWithDraw" After;
            OfficialAccountAfterOfficialAccountDestroyed(official_account::AfterOfficialAccountDestroyed) =
                "OfficialAccount.CallbackAfterOfficialAccountDestroyed" After;

            LiveBeforeSendGift(live::BeforeSendGift) =
                "Live.CallbackBeforeSendGift" Before { codes: 102_100..=102_200 };
            LiveAfterCreateRoom(live::AfterCreateRoom) = "Live.CallbackAfterCreateRoom" After;
            LiveAfterCreateRoomReachingThreshold(live::AfterCreateRoomReachingThreshold) =
                "Live.CallbackAfterCreateRoomReachingThreshold" After;
            LiveAfterUpdateRoomInfo(live::AfterUpdateRoomInfo) = "Live.CallbackAfterUpdateRoomInfo" After;
            LiveAfterDestroyRoom(live::AfterDestroyRoom) = "Live.CallbackAfterDestroyRoom" After;
            LiveAfterMemberStateChanged(live::AfterMemberStateChanged) =
                "Live.CallbackAfterMemberStateChanged" | "Live.CallbackMemberStateChanged" After;
            LiveAfterChangeOwner(live::AfterChangeOwner) = "Live.CallbackAfterChangeOwner" After;
            LiveAfterModifyAdmin(live::AfterModifyAdmin) = "Live.CallbackAfterModifyAdmin" After;
            LiveAfterSetMetadata(live::AfterSetMetadata) = "Live.CallbackAfterSetMetadata" After;
            LiveAfterDelMetadata(live::AfterDelMetadata) = "Live.CallbackAfterDelMetadata" After;
            LiveAfterCreateBattle(live::AfterCreateBattle) = "Live.CallbackAfterCreateBattle" After;
            LiveAfterStartBattle(live::AfterStartBattle) = "Live.CallbackAfterStartBattle" After;
            LiveAfterEndBattle(live::AfterEndBattle) = "Live.CallbackAfterEndBattle" After;
            LiveAfterCloudRecordingChanged(live::AfterCloudRecordingChanged) =
                "Live.CallbackAfterCloudRecordingChanged" | "Follow.CallbackAfterCloudRecordingChanged" After;

            MicAfterSeatInfoChanged(mic::AfterSeatInfoChanged) = "Mic.CallbackAfterSeatInfoChanged" After;

            RoomAfterCreateRoom(room::AfterCreateRoom) = "Room.CallbackAfterCreateRoom" After;
            RoomAfterUpdateRoomInfo(room::AfterUpdateRoomInfo) =
                "Room.CallbackAfterUpdateRoomInfo" | "Room.CallbackUpdateRoomInfo" After;
            RoomAfterDestroyRoom(room::AfterDestroyRoom) = "Room.CallbackAfterDestroyRoom" After;
            RoomAfterMemberEnter(room::AfterMemberEnter) = "Room.CallbackAfterMemberEnter" After;
            RoomAfterMemberLeave(room::AfterMemberLeave) = "Room.CallbackAfterMemberLeave" After;

            CallAfterStartCall(call::AfterStartCall) = "Call.CallbackAfterStartCall" After;
            CallAfterMemberChanged(call::AfterMemberChanged) = "Call.CallbackAfterMemberChanged" After;
            CallAfterEndCall(call::AfterEndCall) = "Call.CallbackAfterEndCall" After;
            CallAfterRecordChanged(call::AfterRecordChanged) =
                "Call.CallbackAfterRecordChanged" | "Call.CallbackAfterCloudRecordingChanged" After;

            BotOnC2CMessage(bot::OnC2CMessage) = "Bot.OnC2CMessage" After { id(from_account, to_account, msg_key) };
            BotOnGroupMessage(bot::OnGroupMessage) =
                "Bot.OnGroupMessage" After { id(group_id, msg_seq; topic_id, random) };

            ChatbotOnC2CSignalMessage(bot::OnC2CSignalMessage) = "Chatbot.OnC2CSignalMessage" After { rsp_data, id(from_account, to_account, msg_key) };

            PushAllMemberPush(push::AllMemberPush) = "Push.AllMemberPush" After;
            PushOfflinePush(push::OfflinePush) = "Push.OfflinePush" After;

            ContentCallbackResultNotify(content::ResultNotify) = "ContentCallback.ResultNotify" After { id(ctxcb_request_id) };

            AlertRequestOverLimit(alert::RequestOverLimit) = "Alert.RequestOverLimit" After;
        }
    };
}
pub(crate) use catalogue;
