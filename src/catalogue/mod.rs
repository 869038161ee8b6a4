//! The catalogues: the single table of Chat's events and, in `rtc`, that of the RTC Engine's.
//!
//! Each row has a variant of [`Event`](crate::Event), its type, its command (after a `|`, other names for it in the
//! vendor's docs), its phase, optional facts, and the page of the vendor's docs about it. These are the facts:
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
            StateStateChange(state::StateChange) = "State.StateChange" After
                docs "https://www.tencentcloud.com/document/product/1047/34357";

            ProfilePortraitSet(profile::PortraitSet) = "Profile.CallbackPortraitSet" After
                docs "https://www.tencentcloud.com/document/product/1047/48733";

            SnsPrevFriendAdd(sns::PrevFriendAdd) = "Sns.CallbackPrevFriendAdd" Before { friends }
                docs "https://www.tencentcloud.com/document/product/1047/43468";
            SnsPrevFriendResponse(sns::PrevFriendResponse) = "Sns.CallbackPrevFriendResponse" Before { friends }
                docs "https://www.tencentcloud.com/document/product/1047/43467";
            SnsFriendAdd(sns::FriendAdd) = "Sns.CallbackFriendAdd" After
                docs "https://www.tencentcloud.com/document/product/1047/34359";
            SnsFriendDelete(sns::FriendDelete) = "Sns.CallbackFriendDelete" After
                docs "https://www.tencentcloud.com/document/product/1047/34360";
            SnsBlackListAdd(sns::BlackListAdd) = "Sns.CallbackBlackListAdd" After
                docs "https://www.tencentcloud.com/document/product/1047/34361";
            SnsBlackListDelete(sns::BlackListDelete) = "Sns.CallbackBlackListDelete" After
                docs "https://www.tencentcloud.com/document/product/1047/34362";

            FollowAfterFollowAdd(follow::AfterFollowAdd) = "Follow.CallbackAfterFollowAdd" After
                docs "https://www.tencentcloud.com/document/product/1047/70355";
            FollowAfterFollowDelete(follow::AfterFollowDelete) = "Follow.CallbackAfterFollowDelete" After
                docs "https://www.tencentcloud.com/document/product/1047/70356";

            C2CBeforeSendMsg(c2c::BeforeSendMsg) =
                "C2C.CallbackBeforeSendMsg" Before { codes: 120_001..=130_000, replace, id(from_account, to_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/34364";
            C2CAfterSendMsg(c2c::AfterSendMsg) =
                "C2C.CallbackAfterSendMsg" After { id(from_account, to_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/34365";
            C2CAfterMsgReport(c2c::AfterMsgReport) = "C2C.CallbackAfterMsgReport" After
                docs "https://www.tencentcloud.com/document/product/1047/43465";
            C2CAfterMsgReadReceipt(c2c::AfterMsgReadReceipt) = "C2C.CallbackAfterMsgReadReceipt" After
                docs "https://cloud.tencent.com/document/product/269/128223";
            C2CAfterMsgWithDraw(c2c::AfterMsgWithDraw) =
                "C2C.CallbackAfterMsgWithDraw" After { id(from_account, to_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/43466";
            C2CAfterModifyMsg(c2c::AfterModifyMsg) = "C2C.CallbackAfterModifyMsg" After
                docs "https://cloud.tencent.com/document/product/269/128224";
            C2CAfterC2CMsgExtension(c2c::AfterC2CMsgExtension) = "C2C.CallbackAfterC2CMsgExtension" After
                docs "https://www.tencentcloud.com/document/product/1047/76006";

            GroupBeforeCreateGroup(group::BeforeCreateGroup) =
                "Group.CallbackBeforeCreateGroup" Before { codes: 10_100..=10_200 }
                docs "https://www.tencentcloud.com/document/product/1047/34368";
            GroupBeforeCreateTopic(group::BeforeCreateTopic) =
                "Group.CallbackBeforeCreateTopic" Before { codes: 10_100..=10_200 }
                docs "https://www.tencentcloud.com/document/product/1047/49463";
            GroupBeforeApplyJoinGroup(group::BeforeApplyJoinGroup) =
                "Group.CallbackBeforeApplyJoinGroup" Before { codes: 10_100..=10_200 }
                docs "https://www.tencentcloud.com/document/product/1047/34370";
            GroupBeforeInviteJoinGroup(group::BeforeInviteJoinGroup) =
                "Group.CallbackBeforeInviteJoinGroup" Before { codes: 10_100..=10_200, refuses: "RefusedMembers_Account" }
                docs "https://www.tencentcloud.com/document/product/1047/34371";
            GroupBeforeSendMsg(group::BeforeSendMsg) =
                "Group.CallbackBeforeSendMsg" Before { codes: 10_100..=10_200, discard, replace }
                docs "https://www.tencentcloud.com/document/product/1047/34374";
            GroupAfterCreateGroup(group::AfterCreateGroup) = "Group.CallbackAfterCreateGroup" After
                docs "https://www.tencentcloud.com/document/product/1047/34369";
            GroupAfterCreateTopic(group::AfterCreateTopic) = "Group.CallbackAfterCreateTopic" After
                docs "https://www.tencentcloud.com/document/product/1047/49464";
            GroupAfterNewMemberJoin(group::AfterNewMemberJoin) = "Group.CallbackAfterNewMemberJoin" After
                docs "https://www.tencentcloud.com/document/product/1047/34372";
            GroupAfterMemberExit(group::AfterMemberExit) = "Group.CallbackAfterMemberExit" After
                docs "https://www.tencentcloud.com/document/product/1047/34373";
            GroupAfterMemberFieldChanged(group::AfterMemberFieldChanged) =
                "Group.CallbackAfterMemberFieldChanged" After
                docs "https://www.tencentcloud.com/document/product/1047/60393";
            GroupAfterChangeGroupOwner(group::AfterChangeGroupOwner) = "Group.CallbackAfterChangeGroupOwner" After
                docs "https://www.tencentcloud.com/document/product/1047/60396";
            GroupAfterGroupFull(group::AfterGroupFull) = "Group.CallbackAfterGroupFull" After
                docs "https://www.tencentcloud.com/document/product/1047/34376";
            GroupAfterGroupInfoChanged(group::AfterGroupInfoChanged) = "Group.CallbackAfterGroupInfoChanged" After
                docs "https://www.tencentcloud.com/document/product/1047/34378";
            GroupAfterGroupAttrChanged(group::AfterGroupAttrChanged) = "Group.CallbackAfterGroupAttrChanged" After
                docs "https://www.tencentcloud.com/document/product/1047/60394";
            GroupAfterTopicInfoChanged(group::AfterTopicInfoChanged) = "Group.CallbackAfterTopicInfoChanged" After
                docs "https://www.tencentcloud.com/document/product/1047/49466";
            GroupAfterSendMsg(group::AfterSendMsg) =
                "Group.CallbackAfterSendMsg" After { id(group_id, msg_seq; topic_id, random) }
                docs "https://www.tencentcloud.com/document/product/1047/34375";
            GroupAfterModifyMsg(group::AfterModifyMsg) = "Group.CallbackAfterModifyMsg" After
                docs "https://cloud.tencent.com/document/product/269/129193";
            GroupSendMsgException(group::SendMsgException) = "Group.CallbackSendMsgException" After
                docs "https://www.tencentcloud.com/document/product/1047/49462";
            GroupAfterReadReceipt(group::AfterReadReceipt) = "Group.CallbackAfterReadReceipt" After
                docs "https://www.tencentcloud.com/document/product/1047/60395";
            GroupAfterGroupMsgExtension(group::AfterGroupMsgExtension) = "Group.CallbackAfterGroupMsgExtension" After
                docs "https://www.tencentcloud.com/document/product/1047/76007";
            GroupAfterRecallMsg(group::AfterRecallMsg) = "Group.CallbackAfterRecallMsg" After
                docs "https://www.tencentcloud.com/document/product/1047/46979";
            GroupAfterTopicDestroyed(group::AfterTopicDestroyed) = "Group.CallbackAfterTopicDestroyed" After
                docs "https://www.tencentcloud.com/document/product/1047/49465";
            GroupAfterGroupDestroyed(group::AfterGroupDestroyed) = "Group.CallbackAfterGroupDestroyed" After
                docs "https://www.tencentcloud.com/document/product/1047/34377";
            GroupOnMemberStateChange(group::OnMemberStateChange) = "Group.CallbackOnMemberStateChange" After
                docs "https://www.tencentcloud.com/document/product/1047/48734";
            GroupOnDailyGroupQuotaAlarm(group::OnDailyGroupQuotaAlarm) = "Group.CallbackOnDailyGroupQuotaAlarm" After
                docs "https://www.tencentcloud.com/document/product/1047/57455";

            OfficialAccountBeforeCreateOfficialAccount(official_account::BeforeCreateOfficialAccount) =
                "OfficialAccount.CallbackBeforeCreateOfficialAccount" Before { codes: 120_001..=130_000 }
                docs "https://www.tencentcloud.com/document/product/1047/60795";
            OfficialAccountBeforeAddSubscriber(official_account::BeforeAddSubscriber) =
                "OfficialAccount.CallbackBeforeAddSubscriber" Before { refuses: "RefusedSubscribers_Account" }
                docs "https://www.tencentcloud.com/document/product/1047/60799";
            OfficialAccountBeforeSendMsg(official_account::BeforeSendMsg) =
                "OfficialAccount.CallbackBeforeSendMsg" Before { codes: 120_001..=130_000, discard, replace }
                docs "https://www.tencentcloud.com/document/product/1047/60803";
            OfficialAccountAfterCreateOfficialAccount(official_account::AfterCreateOfficialAccount) =
                "OfficialAccount.CallbackAfterCreateOfficialAccount" After
                docs "https://www.tencentcloud.com/document/product/1047/60796";
            OfficialAccountAfterOfficialAccountInfoChanged(official_account::AfterOfficialAccountInfoChanged) =
                "OfficialAccount.CallbackAfterOfficialAccountInfoChanged" After
                docs "https://www.tencentcloud.com/document/product/1047/60797";
            OfficialAccountAfterAddSubscriber(official_account::AfterAddSubscriber) =
                "OfficialAccount.CallbackAfterAddSubscriber" After
                docs "https://www.tencentcloud.com/document/product/1047/60800";
            OfficialAccountAfterDeleteSubscriber(official_account::AfterDeleteSubscriber) =
                "OfficialAccount.CallbackAfterDeleteSubscriber" After
                docs "https://www.tencentcloud.com/document/product/1047/60802";
            OfficialAccountAfterOfficialAccountFull(official_account::AfterOfficialAccountFull) =
                "OfficialAccount.CallbackAfterOfficialAccountFull" After
                docs "https://www.tencentcloud.com/document/product/1047/60801";
            OfficialAccountAfterSendMsg(official_account::AfterSendMsg) =
                "OfficialAccount.CallbackAfterSendMsg" After { id(official_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/60804";
            OfficialAccountAfterMsgWithDraw(official_account::AfterMsgWithDraw) =
                "OfficialAccount.CallbackAfterMsgWithDraw" After
                docs "https://www.tencentcloud.com/document/product/1047/60805";
            OfficialAccountAfterOfficialAccountDestroyed(official_account::AfterOfficialAccountDestroyed) =
                "OfficialAccount.CallbackAfterOfficialAccountDestroyed" After
                docs "https://www.tencentcloud.com/document/product/1047/60798";

            LiveBeforeSendGift(live::BeforeSendGift) =
                "Live.CallbackBeforeSendGift" Before { codes: 102_100..=102_200 }
                docs "https://www.tencentcloud.com/document/product/647/72210";
            LiveAfterCreateRoom(live::AfterCreateRoom) = "Live.CallbackAfterCreateRoom" After
                docs "https://www.tencentcloud.com/document/product/647/64422";
            LiveAfterCreateRoomReachingThreshold(live::AfterCreateRoomReachingThreshold) =
                "Live.CallbackAfterCreateRoomReachingThreshold" After
                docs "https://www.tencentcloud.com/document/product/647/70485";
            LiveAfterUpdateRoomInfo(live::AfterUpdateRoomInfo) = "Live.CallbackAfterUpdateRoomInfo" After
                docs "https://www.tencentcloud.com/document/product/647/67938";
            LiveAfterDestroyRoom(live::AfterDestroyRoom) = "Live.CallbackAfterDestroyRoom" After
                docs "https://www.tencentcloud.com/document/product/647/64423";
            LiveAfterMemberStateChanged(live::AfterMemberStateChanged) =
                "Live.CallbackAfterMemberStateChanged" | "Live.CallbackMemberStateChanged" After
                docs "https://www.tencentcloud.com/document/product/647/64424";
            LiveAfterChangeOwner(live::AfterChangeOwner) = "Live.CallbackAfterChangeOwner" After
                docs "https://www.tencentcloud.com/document/product/647/72553";
            LiveAfterModifyAdmin(live::AfterModifyAdmin) = "Live.CallbackAfterModifyAdmin" After
                docs "https://www.tencentcloud.com/document/product/647/72554";
            LiveAfterSetMetadata(live::AfterSetMetadata) = "Live.CallbackAfterSetMetadata" After
                docs "https://www.tencentcloud.com/document/product/647/68222";
            LiveAfterDelMetadata(live::AfterDelMetadata) = "Live.CallbackAfterDelMetadata" After
                docs "https://www.tencentcloud.com/document/product/647/68223";
            LiveAfterCreateBattle(live::AfterCreateBattle) = "Live.CallbackAfterCreateBattle" After
                docs "https://www.tencentcloud.com/document/product/647/68259";
            LiveAfterStartBattle(live::AfterStartBattle) = "Live.CallbackAfterStartBattle" After
                docs "https://www.tencentcloud.com/document/product/647/68260";
            LiveAfterEndBattle(live::AfterEndBattle) = "Live.CallbackAfterEndBattle" After
                docs "https://www.tencentcloud.com/document/product/647/68261";
            LiveAfterCloudRecordingChanged(live::AfterCloudRecordingChanged) =
                "Live.CallbackAfterCloudRecordingChanged" | "Follow.CallbackAfterCloudRecordingChanged" After
                docs "https://www.tencentcloud.com/document/product/647/78428";

            MicAfterSeatInfoChanged(mic::AfterSeatInfoChanged) = "Mic.CallbackAfterSeatInfoChanged" After
                docs "https://www.tencentcloud.com/document/product/647/64425";

            RoomAfterCreateRoom(room::AfterCreateRoom) = "Room.CallbackAfterCreateRoom" After
                docs "https://www.tencentcloud.com/document/product/647/60733";
            RoomAfterUpdateRoomInfo(room::AfterUpdateRoomInfo) =
                "Room.CallbackAfterUpdateRoomInfo" | "Room.CallbackUpdateRoomInfo" After
                docs "https://www.tencentcloud.com/document/product/647/60731";
            RoomAfterDestroyRoom(room::AfterDestroyRoom) = "Room.CallbackAfterDestroyRoom" After
                docs "https://www.tencentcloud.com/document/product/647/60732";
            RoomAfterMemberEnter(room::AfterMemberEnter) = "Room.CallbackAfterMemberEnter" After
                docs "https://www.tencentcloud.com/document/product/647/60735";
            RoomAfterMemberLeave(room::AfterMemberLeave) = "Room.CallbackAfterMemberLeave" After
                docs "https://www.tencentcloud.com/document/product/647/60734";

            CallAfterStartCall(call::AfterStartCall) = "Call.CallbackAfterStartCall" After
                docs "https://www.tencentcloud.com/document/product/647/68941";
            CallAfterMemberChanged(call::AfterMemberChanged) = "Call.CallbackAfterMemberChanged" After
                docs "https://www.tencentcloud.com/document/product/647/69215";
            CallAfterEndCall(call::AfterEndCall) = "Call.CallbackAfterEndCall" After
                docs "https://www.tencentcloud.com/document/product/647/68940";
            CallAfterRecordChanged(call::AfterRecordChanged) =
                "Call.CallbackAfterRecordChanged" | "Call.CallbackAfterCloudRecordingChanged" After
                docs "https://www.tencentcloud.com/document/product/647/80345";

            BotOnC2CMessage(bot::OnC2CMessage) = "Bot.OnC2CMessage" After { id(from_account, to_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/68952";
            BotOnGroupMessage(bot::OnGroupMessage) =
                "Bot.OnGroupMessage" After { id(group_id, msg_seq; topic_id, random) }
                docs "https://www.tencentcloud.com/document/product/1047/68953";

            ChatbotOnC2CSignalMessage(bot::OnC2CSignalMessage) =
                "Chatbot.OnC2CSignalMessage" After { rsp_data, id(from_account, to_account, msg_key) }
                docs "https://www.tencentcloud.com/document/product/1047/59057";

            PushAllMemberPush(push::AllMemberPush) = "Push.AllMemberPush" After
                docs "https://www.tencentcloud.com/document/product/1047/67551";
            PushOfflinePush(push::OfflinePush) = "Push.OfflinePush" After
                docs "https://www.tencentcloud.com/document/product/1047/67552";

            ContentCallbackResultNotify(content::ResultNotify) =
                "ContentCallback.ResultNotify" After { id(ctxcb_request_id) }
                docs "https://www.tencentcloud.com/document/product/1047/77840";

            AlertRequestOverLimit(alert::RequestOverLimit) = "Alert.RequestOverLimit" After
                docs "https://www.tencentcloud.com/document/product/1047/60256";
        }
    };
}
pub(crate) use catalogue;
