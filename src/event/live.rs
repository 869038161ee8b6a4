//! `Live`: live rooms, their members, battles and gifts.

pub use super::room::{RoomType, TakeSeatMode};
use crate::{
    verdict::{Decidable, RefuseWithCode},
    wire::{UnixMillis, UnixSeconds, payload, words},
};

impl Decidable for BeforeSendGift {}

impl RefuseWithCode for BeforeSendGift {
    const CODES: std::ops::RangeInclusive<u32> = 102_100..=102_200;
}

payload! {
    /// A live room was created.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/64422>
    pub struct AfterCreateRoom {
        CallbackCommand,
        /// UserID that created it.
        pub operator_account: String = "Operator_Account",
        /// The room.
        pub room_info: RoomInfo = "RoomInfo",
        /// When it happened, in milliseconds. In the page's table, not in its sample.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A new live room.
    pub struct RoomInfo {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Name of the room.
        pub room_name: String = "RoomName",
        /// The kind of room: [`RoomType::Live`].
        pub room_type: RoomType = "RoomType",
        /// UserID of the owner. Read from an integer too, as other pages of the family write it.
        #[serde(deserialize_with = "crate::wire::text")]
        pub owner_account: String = "Owner_Account",
        /// How many members it can have.
        pub max_member_count: u64 = "MaxMemberCount",
        /// Whether nobody may send text messages.
        pub is_message_disabled: bool = "IsMessageDisabled",
        /// The app's own text.
        pub custom_info: String = "CustomInfo",
        /// Whether the room has seats.
        pub is_seat_enabled: bool = "IsSeatEnabled",
        /// How seats are taken.
        pub take_seat_mode: TakeSeatMode = "TakeSeatMode",
        /// How many seats it can have.
        pub max_seat_count: u64 = "MaxSeatCount",
        /// When it was created, in seconds.
        pub create_time: UnixSeconds = "CreateTime",
        /// Whether it is listed for all.
        pub is_public_visible: bool = "IsPublicVisible",
        /// URL of the cover.
        pub cover_url: String = "CoverURL",
        /// Tags of its categories.
        pub category: Vec<u64> = "Category",
        /// The app's own tag. Documented for [`DestroyedRoomInfo`] alone.
        pub activity_status: Option<i64> = "ActivityStatus",
        /// URL of the background. Documented for [`DestroyedRoomInfo`] alone.
        pub background_url: Option<String> = "BackgroundURL",
        /// Whether its members are without limit. Documented for [`DestroyedRoomInfo`] alone.
        pub is_unlimited_room_enabled: Option<bool> = "IsUnlimitedRoomEnabled",
        /// How often it was entered. Documented for [`DestroyedRoomInfo`] alone.
        pub view_count: Option<u64> = "ViewCount",
    }

    /// A creation took the number of live rooms to 70 % of the limit.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/70485>
    pub struct AfterCreateRoomReachingThreshold {
        CallbackCommand,
        /// UserID that created the room.
        pub operator_account: String = "Operator_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// How many rooms there are now.
        pub cur_room_count: u64 = "CurRoomCount",
        /// How many there can be.
        pub max_room_count: u64 = "MaxRoomCount",
    }

    /// The information of a live room was changed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/67938>
    pub struct AfterUpdateRoomInfo {
        CallbackCommand,
        /// UserID that changed it.
        pub operator_account: String = "Operator_Account",
        /// The room, and what is new.
        pub room_info: UpdatedRoomInfo = "RoomInfo",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// What is new about a live room. What did not change may be missing.
    pub struct UpdatedRoomInfo {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// How many members it can have.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Whether nobody may send text messages.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// URL of the cover.
        pub cover_url: Option<String> = "CoverURL",
        /// Tags of its categories.
        pub category: Option<Vec<u64>> = "Category",
        /// The app's own tag.
        pub activity_status: Option<i64> = "ActivityStatus",
        /// Whether it is listed for all.
        pub is_public_visible: Option<bool> = "IsPublicVisible",
        /// How seats are taken.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// The app's own text.
        pub custom_info: Option<String> = "CustomInfo",
    }

    /// A live room was destroyed, by somebody or by the system for want of members.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/64423>
    pub struct AfterDestroyRoom {
        CallbackCommand,
        /// UserID that destroyed it; `@TIM#SYSTEM` where the system did.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Who destroyed it: a user or the system.
        pub event_type: DestroyEventType = "EventType",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// The room.
        pub room_info: DestroyedRoomInfo = "RoomInfo",
        /// What happened in it. Not in all bodies on the wire.
        pub statistic: Option<Statistic> = "Statistic",
    }

    /// A destroyed live room.
    pub struct DestroyedRoomInfo {
        /// Id of the room. On the wire, not in the page's sample.
        pub room_id: Option<String> = "RoomId",
        /// Name of the room.
        pub room_name: String = "RoomName",
        /// The kind of room: [`RoomType::Live`].
        pub room_type: RoomType = "RoomType",
        /// UserID of the owner. An integer in the page's sample.
        #[serde(deserialize_with = "crate::wire::text")]
        pub owner_account: String = "Owner_Account",
        /// Whether the room had seats.
        pub is_seat_enabled: bool = "IsSeatEnabled",
        /// How seats were taken.
        pub take_seat_mode: TakeSeatMode = "TakeSeatMode",
        /// How many members it could have.
        pub max_member_count: u64 = "MaxMemberCount",
        /// How many seats it could have.
        pub max_seat_count: u64 = "MaxSeatCount",
        /// Tags of its categories. Missing where it had none.
        pub category: Option<Vec<u64>> = "Category",
        /// The app's own text.
        pub custom_info: String = "CustomInfo",
        /// Whether nobody might send text messages.
        pub is_message_disabled: bool = "IsMessageDisabled",
        /// URL of the cover.
        pub cover_url: String = "CoverURL",
        /// The app's own tag.
        pub activity_status: i64 = "ActivityStatus",
        /// Whether it was listed for all.
        pub is_public_visible: bool = "IsPublicVisible",
        /// How often it was entered.
        pub view_count: u64 = "ViewCount",
        /// URL of the background.
        pub background_url: String = "BackgroundURL",
        /// Whether its members were without limit.
        pub is_unlimited_room_enabled: bool = "IsUnlimitedRoomEnabled",
    }

    /// What happened in a live room, in numbers.
    pub struct Statistic {
        /// Viewers.
        pub total_viewers: u64 = "TotalViewers",
        /// Gifts sent.
        pub total_gifts_sent: u64 = "TotalGiftsSent",
        /// Coins that the gifts were worth.
        pub total_gift_coins: u64 = "TotalGiftCoins",
        /// Users who sent gifts.
        pub total_unique_gift_senders: u64 = "TotalUniqueGiftSenders",
        /// Likes received.
        pub total_likes_received: u64 = "TotalLikesReceived",
    }

    /// Members of a live room came online or went offline.
    ///
    /// No longer sent once the room is destroyed. The page's table calls the command
    /// `Live.CallbackMemberStateChanged`; that word is taken for this event too.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/64424>
    pub struct AfterMemberStateChanged {
        CallbackCommand,
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// Online or offline.
        pub event_type: EventType = "EventType",
        /// Why.
        pub event_cause: EventCause = "EventCause",
        /// The members.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A member of a live room.
    pub struct Member {
        /// UserID of the member.
        pub member_account: String = "Member_Account",
    }

    /// A live room got another owner.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/72553>
    pub struct AfterChangeOwner {
        CallbackCommand,
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// UserID that made the call.
        pub operator_account: String = "Operator_Account",
        /// UserID of the new owner.
        pub current_owner_account: String = "CurrentOwner_Account",
        /// UserID of the old owner.
        pub original_owner_account: String = "OriginalOwner_Account",
    }

    /// Administrators of a live room were added or removed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/72554>
    pub struct AfterModifyAdmin {
        CallbackCommand,
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
        /// UserID that made the call.
        pub operator_account: String = "Operator_Account",
        /// UserIDs of those added or removed.
        pub admin_account: Vec<String> = "Admin_Account",
        /// Added or removed.
        pub op_type: OpType = "opType",
    }

    /// Metadata of a live room were set.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68222>
    pub struct AfterSetMetadata {
        CallbackCommand,
        /// UserID that set them.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// What was set.
        pub metadata: Vec<Metadata> = "Metadata",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A key of a live room's metadata, and its value.
    pub struct Metadata {
        /// The key.
        pub key: String = "Key",
        /// The value.
        pub value: String = "Value",
    }

    /// Metadata of a live room were deleted.
    ///
    /// The page's table puts it under the URL of [`AfterSetMetadata`], where it is taken too.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68223>
    pub struct AfterDelMetadata {
        CallbackCommand,
        /// UserID that deleted them.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// The keys that are gone.
        pub keys: Vec<String> = "Keys",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A battle between live rooms was created.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68259>
    pub struct AfterCreateBattle {
        CallbackCommand,
        /// UserID that asks for the battle.
        pub operator_account: String = "Operator_Account",
        /// Id of the battle. Opaque: may have `+`, `/` and `=`.
        pub battle_id: String = "BattleId",
        /// Id of the calling room.
        pub from_room_id: String = "FromRoomId",
        /// Ids of the called rooms.
        pub to_room_id_list: Vec<String> = "ToRoomIdList",
        /// How long the called rooms have to answer, where they need to, in milliseconds.
        pub timeout: u64 = "Timeout",
        /// How long it goes on once started, in milliseconds.
        pub duration: u64 = "Duration",
        /// Whether the called rooms have to answer. Where not, it starts at once.
        pub need_response: bool = "NeedResponse",
        /// The app's own text.
        pub extension_info: String = "ExtensionInfo",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A battle between live rooms started: at once, or after all called rooms answered and one or more agreed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68260>
    pub struct AfterStartBattle {
        CallbackCommand,
        /// Id of the battle. Opaque: may have `+`, `/` and `=`.
        pub battle_id: String = "BattleId",
        /// How long it goes on, in milliseconds.
        pub duration: u64 = "Duration",
        /// When it was created, in seconds.
        pub create_time: UnixSeconds = "CreateTime",
        /// When it started, in seconds.
        pub start_time: UnixSeconds = "StartTime",
        /// The calling room.
        pub from_room_info: BattleRoom = "FromRoomInfo",
        /// The called rooms.
        pub to_room_list: Vec<BattleRoom> = "ToRoomList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A room in a battle that starts.
    pub struct BattleRoom {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// UserID of the owner. Read from an integer too, as [`EndedBattleRoom`] has it.
        #[serde(deserialize_with = "crate::wire::text")]
        pub owner_account: String = "Owner_Account",
    }

    /// A battle between live rooms ended.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/68261>
    pub struct AfterEndBattle {
        CallbackCommand,
        /// Id of the battle. Opaque: may have `+`, `/` and `=`.
        pub battle_id: String = "BattleId",
        /// How long it goes on, in milliseconds.
        pub duration: u64 = "Duration",
        /// When it was created, in seconds.
        pub create_time: UnixSeconds = "CreateTime",
        /// When it started, in seconds.
        pub start_time: UnixSeconds = "StartTime",
        /// When it ended, in seconds.
        pub end_time: UnixSeconds = "EndTime",
        /// Why it ended: 0 = time was up, 1 = all owners left, 2 = nobody joined and it never started.
        pub op_type: u64 = "OpType",
        /// The calling room.
        pub from_room_info: EndedBattleRoom = "FromRoomInfo",
        /// The called rooms.
        pub to_room_list: Vec<EndedBattleRoom> = "ToRoomList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A room in a battle that ended.
    pub struct EndedBattleRoom {
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// The room's score.
        pub score: u64 = "Score",
        /// UserID of the owner. An integer in the page's sample.
        #[serde(deserialize_with = "crate::wire::text")]
        pub owner_account: String = "Owner_Account",
    }

    /// A user is about to send a gift in a live room.
    ///
    /// Here silence means no: without an answer within two seconds the gift is refused, unless
    /// `Live.CallbackBeforeCallBackNotBlock` is configured beside this command.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/647/72210>
    pub struct BeforeSendGift {
        CallbackCommand,
        /// UserID that sends.
        pub operator_account: String = "Operator_Account",
        /// Id of the room.
        pub room_id: String = "RoomId",
        /// The gift.
        pub gift_water: GiftWater = "GiftWater",
    }

    /// A gift.
    pub struct GiftWater {
        /// UserID that gives.
        pub from_account: String = "From_Account",
        /// UserIDs that receive.
        pub to_account: Vec<String> = "To_Account",
        /// When it was sent, in seconds.
        pub time: UnixSeconds = "Time",
        /// Which gift it is.
        pub gift_id: String = "GiftId",
        /// How many of it.
        pub count: u64 = "Count",
        /// What it is worth, in coins.
        pub coins: u64 = "Coins",
    }
}

words! {
    /// Who destroyed a live room.
    pub enum DestroyEventType {
        /// A user or an admin.
        DestroyByUser = "DestroyByUser",
        /// The system, because the room was empty.
        DestroyBySystem = "DestroyBySystem",
    }

    /// What members of a live room became.
    pub enum EventType {
        /// They are there.
        Online = "Online",
        /// They are gone.
        Offline = "Offline",
    }

    /// Why members of a live room came online or went offline.
    pub enum EventCause {
        /// They entered.
        Enter = "Enter",
        /// They left.
        Leave = "Leave",
        /// Their heartbeat was lost.
        HeartbeatInterrupt = "HeartbeatInterrupt",
        /// Their heartbeat is back.
        HeartbeatRecover = "HeartbeatRecover",
    }

    /// What happened to administrators.
    pub enum OpType {
        /// They were added.
        Add = "add",
        /// They were removed.
        Delete = "delete",
    }
}
