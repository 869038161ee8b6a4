//! The catalogue: the one table of all events, and what is made of it.
//!
//! A row is a variant of [`Event`], its type, its command and its phase; and, where the vendor has an identity of the
//! event, the fields of it. [`Command`], [`Event`], the dispatch and the phases all come from here.

use serde::{Serialize, Serializer};

use super::*;

macro_rules! catalogue {
    ($( $variant:ident($family:ident::$type:ident) = $word:literal $phase:ident $(, id($($id:ident),*))?; )*) => {
        /// The commands that have an event type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(clippy::enum_variant_names)]
        pub(crate) enum Known { $($variant),* }

        impl Known {
            pub(crate) const COUNT: usize = Self::ALL.len();

            const ALL: &'static [(&'static str, Known)] = &[$(($word, Known::$variant)),*];

            pub(crate) fn word(self) -> &'static str {
                Self::ALL[self as usize].0
            }

            pub(crate) fn phase(self) -> Phase {
                match self { $( Self::$variant => Phase::$phase, )* }
            }

            fn named(word: &str) -> Option<Self> {
                Some(match word { $( $word => Self::$variant, )* _ => return None })
            }

            pub(super) fn parse(self, body: &str) -> Result<Event, serde_json::Error> {
                Ok(match self {
                    $( Self::$variant => Event::$variant(Box::new(serde_json::from_str(body)?)), )*
                })
            }

            /// The same, of what may not be UTF-8 where nobody reads it, and saying what is wrong. Several times slower.
            pub(super) fn explain(self, body: &[u8]) -> Result<Event, Shape> {
                Ok(match self {
                    $( Self::$variant => Event::$variant(Box::new(Shape::read(body)?)), )*
                })
            }

            pub(crate) fn event_type(self) -> &'static str {
                match self { $( Self::$variant => concat!(stringify!($family), "::", stringify!($type)), )* }
            }

            /// The command's file of samples: a body, or a list of them.
            #[cfg(feature = "signer")]
            pub(crate) fn samples(self) -> &'static str {
                match self { $( Self::$variant => include_str!(concat!("../../samples/", $word, ".json")), )* }
            }

            /// The schema of the event as it is written: that is its documented form.
            #[cfg(feature = "schemars")]
            pub(crate) fn event_schema(self) -> ::schemars::Schema {
                let generator = ::schemars::generate::SchemaSettings::default().for_serialize().into_generator();
                match self { $( Self::$variant => generator.into_root_schema_for::<$family::$type>(), )* }
            }

            /// What the verdict's traits say of the event.
            #[cfg(feature = "schemars")]
            pub(crate) fn capabilities(self) -> crate::schema::Capabilities {
                match self { $( Self::$variant => crate::schema::capabilities!($family::$type), )* }
            }
        }

        impl Command {
            /// The known commands, in the order of the vendor's families.
            pub const ALL: &'static [Command] = &[$(Command::known(Known::$variant)),*];
        }

        /// What a webhook says: the event of a known command, or the webhook as it came.
        ///
        /// Events are boxed, so that an `Event` is small and stays so as the vendor adds fields. Written with serde
        /// it is the webhook's body again.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $( #[doc = concat!("`", $word, "`")] $variant(Box<$family::$type>), )*
            /// A webhook without an event type.
            Other(Box<Other>),
        }

        impl Event {
            /// What it is about.
            pub fn command(&self) -> &Command {
                match self {
                    $( Self::$variant(_) => const { &Command::known(Known::$variant) }, )*
                    Self::Other(other) => &other.command,
                }
            }
        }

        impl FromEvent for Event {
            fn from_event(event: Event) -> Result<Self, Event> {
                Ok(event)
            }

            fn identity(&self, hash: &mut Hash) -> bool {
                match self {
                    $( Self::$variant(event) => event.identity(hash), )*
                    Self::Other(_) => false,
                }
            }
        }

        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(event) => event.serialize(serializer), )*
                    Self::Other(other) => other.serialize(serializer),
                }
            }
        }

        $(
            impl sealed::Sealed for $family::$type {}

            impl WebhookEvent for $family::$type {
                const COMMAND: Command = Command::known(Known::$variant);
                type Answer = catalogue!(@answer $phase $family::$type);
            }

            impl FromEvent for $family::$type {
                fn from_event(event: Event) -> Result<Self, Event> {
                    match event {
                        Event::$variant(event) => Ok(*event),
                        event => Err(event),
                    }
                }

                $(
                    fn identity(&self, hash: &mut Hash) -> bool {
                        serde_json::to_writer(hash, &($(&self.$id,)*)).is_ok()
                    }
                )?
            }
        )*
    };
    (@answer After $type:ty) => { Ack };
    (@answer Before $type:ty) => { Verdict<$type> };
}

catalogue! {
    StateStateChange(state::StateChange) = "State.StateChange" After;

    ProfilePortraitSet(profile::PortraitSet) = "Profile.CallbackPortraitSet" After;

    SnsPrevFriendAdd(sns::PrevFriendAdd) = "Sns.CallbackPrevFriendAdd" Before;
    SnsPrevFriendResponse(sns::PrevFriendResponse) = "Sns.CallbackPrevFriendResponse" Before;
    SnsFriendAdd(sns::FriendAdd) = "Sns.CallbackFriendAdd" After;
    SnsFriendDelete(sns::FriendDelete) = "Sns.CallbackFriendDelete" After;
    SnsBlackListAdd(sns::BlackListAdd) = "Sns.CallbackBlackListAdd" After;
    SnsBlackListDelete(sns::BlackListDelete) = "Sns.CallbackBlackListDelete" After;

    FollowAfterFollowAdd(follow::AfterFollowAdd) = "Follow.CallbackAfterFollowAdd" After;
    FollowAfterFollowDelete(follow::AfterFollowDelete) = "Follow.CallbackAfterFollowDelete" After;

    C2CBeforeSendMsg(c2c::BeforeSendMsg) = "C2C.CallbackBeforeSendMsg" Before, id(from_account, to_account, msg_key);
    C2CAfterSendMsg(c2c::AfterSendMsg) = "C2C.CallbackAfterSendMsg" After, id(from_account, to_account, msg_key);
    C2CAfterMsgReport(c2c::AfterMsgReport) = "C2C.CallbackAfterMsgReport" After;
    C2CAfterMsgReadReceipt(c2c::AfterMsgReadReceipt) = "C2C.CallbackAfterMsgReadReceipt" After;
    C2CAfterMsgWithDraw(c2c::AfterMsgWithDraw) = "C2C.CallbackAfterMsgWithDraw" After,
        id(from_account, to_account, msg_key);
    C2CAfterModifyMsg(c2c::AfterModifyMsg) = "C2C.CallbackAfterModifyMsg" After;
    C2CAfterC2CMsgExtension(c2c::AfterC2CMsgExtension) = "C2C.CallbackAfterC2CMsgExtension" After;

    GroupBeforeCreateGroup(group::BeforeCreateGroup) = "Group.CallbackBeforeCreateGroup" Before;
    GroupBeforeCreateTopic(group::BeforeCreateTopic) = "Group.CallbackBeforeCreateTopic" Before;
    GroupBeforeApplyJoinGroup(group::BeforeApplyJoinGroup) = "Group.CallbackBeforeApplyJoinGroup" Before;
    GroupBeforeInviteJoinGroup(group::BeforeInviteJoinGroup) = "Group.CallbackBeforeInviteJoinGroup" Before;
    GroupBeforeSendMsg(group::BeforeSendMsg) = "Group.CallbackBeforeSendMsg" Before;
    GroupAfterCreateGroup(group::AfterCreateGroup) = "Group.CallbackAfterCreateGroup" After;
    GroupAfterCreateTopic(group::AfterCreateTopic) = "Group.CallbackAfterCreateTopic" After;
    GroupAfterNewMemberJoin(group::AfterNewMemberJoin) = "Group.CallbackAfterNewMemberJoin" After;
    GroupAfterMemberExit(group::AfterMemberExit) = "Group.CallbackAfterMemberExit" After;
    GroupAfterMemberFieldChanged(group::AfterMemberFieldChanged) = "Group.CallbackAfterMemberFieldChanged" After;
    GroupAfterChangeGroupOwner(group::AfterChangeGroupOwner) = "Group.CallbackAfterChangeGroupOwner" After;
    GroupAfterGroupFull(group::AfterGroupFull) = "Group.CallbackAfterGroupFull" After;
    GroupAfterGroupInfoChanged(group::AfterGroupInfoChanged) = "Group.CallbackAfterGroupInfoChanged" After;
    GroupAfterGroupAttrChanged(group::AfterGroupAttrChanged) = "Group.CallbackAfterGroupAttrChanged" After;
    GroupAfterTopicInfoChanged(group::AfterTopicInfoChanged) = "Group.CallbackAfterTopicInfoChanged" After;
    GroupAfterSendMsg(group::AfterSendMsg) = "Group.CallbackAfterSendMsg" After, id(group_id, topic_id, msg_seq, random);
    GroupSendMsgException(group::SendMsgException) = "Group.CallbackSendMsgException" After;
    GroupAfterReadReceipt(group::AfterReadReceipt) = "Group.CallbackAfterReadReceipt" After;
    GroupAfterGroupMsgExtension(group::AfterGroupMsgExtension) = "Group.CallbackAfterGroupMsgExtension" After;
    GroupAfterRecallMsg(group::AfterRecallMsg) = "Group.CallbackAfterRecallMsg" After;
    GroupAfterTopicDestroyed(group::AfterTopicDestroyed) = "Group.CallbackAfterTopicDestroyed" After;
    GroupAfterGroupDestroyed(group::AfterGroupDestroyed) = "Group.CallbackAfterGroupDestroyed" After;
    GroupOnMemberStateChange(group::OnMemberStateChange) = "Group.CallbackOnMemberStateChange" After;
    GroupOnDailyGroupQuotaAlarm(group::OnDailyGroupQuotaAlarm) = "Group.CallbackOnDailyGroupQuotaAlarm" After;

    OfficialAccountBeforeCreateOfficialAccount(official_account::BeforeCreateOfficialAccount) =
        "OfficialAccount.CallbackBeforeCreateOfficialAccount" Before;
    OfficialAccountBeforeAddSubscriber(official_account::BeforeAddSubscriber) =
        "OfficialAccount.CallbackBeforeAddSubscriber" Before;
    OfficialAccountBeforeSendMsg(official_account::BeforeSendMsg) = "OfficialAccount.CallbackBeforeSendMsg" Before;
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
    OfficialAccountAfterSendMsg(official_account::AfterSendMsg) = "OfficialAccount.CallbackAfterSendMsg" After,
        id(official_account, msg_key);
    OfficialAccountAfterMsgWithDraw(official_account::AfterMsgWithDraw) =
        "OfficialAccount.CallbackAfterMsgWithDraw" After;
    OfficialAccountAfterOfficialAccountDestroyed(official_account::AfterOfficialAccountDestroyed) =
        "OfficialAccount.CallbackAfterOfficialAccountDestroyed" After;

    LiveBeforeSendGift(live::BeforeSendGift) = "Live.CallbackBeforeSendGift" Before;
    LiveAfterCreateRoom(live::AfterCreateRoom) = "Live.CallbackAfterCreateRoom" After;
    LiveAfterCreateRoomReachingThreshold(live::AfterCreateRoomReachingThreshold) =
        "Live.CallbackAfterCreateRoomReachingThreshold" After;
    LiveAfterUpdateRoomInfo(live::AfterUpdateRoomInfo) = "Live.CallbackAfterUpdateRoomInfo" After;
    LiveAfterDestroyRoom(live::AfterDestroyRoom) = "Live.CallbackAfterDestroyRoom" After;
    LiveAfterMemberStateChanged(live::AfterMemberStateChanged) = "Live.CallbackAfterMemberStateChanged" After;
    LiveAfterChangeOwner(live::AfterChangeOwner) = "Live.CallbackAfterChangeOwner" After;
    LiveAfterModifyAdmin(live::AfterModifyAdmin) = "Live.CallbackAfterModifyAdmin" After;
    LiveAfterSetMetadata(live::AfterSetMetadata) = "Live.CallbackAfterSetMetadata" After;
    LiveAfterDelMetadata(live::AfterDelMetadata) = "Live.CallbackAfterDelMetadata" After;
    LiveAfterCreateBattle(live::AfterCreateBattle) = "Live.CallbackAfterCreateBattle" After;
    LiveAfterStartBattle(live::AfterStartBattle) = "Live.CallbackAfterStartBattle" After;
    LiveAfterEndBattle(live::AfterEndBattle) = "Live.CallbackAfterEndBattle" After;

    MicAfterSeatInfoChanged(mic::AfterSeatInfoChanged) = "Mic.CallbackAfterSeatInfoChanged" After;

    RoomAfterCreateRoom(room::AfterCreateRoom) = "Room.CallbackAfterCreateRoom" After;
    RoomAfterUpdateRoomInfo(room::AfterUpdateRoomInfo) = "Room.CallbackAfterUpdateRoomInfo" After;
    RoomAfterDestroyRoom(room::AfterDestroyRoom) = "Room.CallbackAfterDestroyRoom" After;
    RoomAfterMemberEnter(room::AfterMemberEnter) = "Room.CallbackAfterMemberEnter" After;
    RoomAfterMemberLeave(room::AfterMemberLeave) = "Room.CallbackAfterMemberLeave" After;

    CallAfterStartCall(call::AfterStartCall) = "Call.CallbackAfterStartCall" After;
    CallAfterMemberChanged(call::AfterMemberChanged) = "Call.CallbackAfterMemberChanged" After;
    CallAfterEndCall(call::AfterEndCall) = "Call.CallbackAfterEndCall" After;

    BotOnC2CMessage(bot::OnC2CMessage) = "Bot.OnC2CMessage" After, id(from_account, to_account, msg_key);
    BotOnGroupMessage(bot::OnGroupMessage) = "Bot.OnGroupMessage" After, id(group_id, topic_id, msg_seq, random);

    ChatbotOnC2CSignalMessage(bot::OnC2CSignalMessage) = "Chatbot.OnC2CSignalMessage" After;

    PushAllMemberPush(push::AllMemberPush) = "Push.AllMemberPush" After;
    PushOfflinePush(push::OfflinePush) = "Push.OfflinePush" After;

    ContentCallbackResultNotify(content::ResultNotify) = "ContentCallback.ResultNotify" After;

    AlertRequestOverLimit(alert::RequestOverLimit) = "Alert.RequestOverLimit" After;
}

/// The two places where the vendor's own pages name a command in two ways.
impl Known {
    /// `Live.CallbackAfterMemberStateChanged`, as the table of its page writes it.
    const MEMBER_STATE_CHANGED: &'static str = "Live.CallbackMemberStateChanged";

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::named(if word == Self::MEMBER_STATE_CHANGED { Self::LiveAfterMemberStateChanged.word() } else { word })
    }
}

impl Command {
    /// Whether the event of this command may come under the URL of `url`'s: the page of `Live.CallbackAfterDelMetadata`
    /// gives it that of `Live.CallbackAfterSetMetadata`.
    pub(crate) fn may_come_as(&self, url: &Command) -> bool {
        (self.as_known(), url.as_known()) == (Some(Known::LiveAfterDelMetadata), Some(Known::LiveAfterSetMetadata))
    }
}
