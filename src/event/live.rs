//! `Live`: live rooms, their members, battles and gifts.
//!
//! Enabled by the REST API of Live, or in its console. Messages in live rooms are events of [`group`](super::group),
//! seats of [`mic`](super::mic), and followers of [`follow`](super::follow).
//!
#![cfg_attr(doc, doc = include_str!("docs/live.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::{Verdict, VerdictError, event::live::BeforeSendGift};
//!
//! fn decide(gift: &BeforeSendGift) -> Result<Verdict<BeforeSendGift>, VerdictError> {
//!     match gift.gift_water.coins {
//!         Some(coins) if coins > 900 => Verdict::refuse_with(102_100, "over the limit"),
//!         _ => Ok(Verdict::allow()),
//!     }
//! }
//!
//! let gift: BeforeSendGift = serde_json::from_str(r#"{
//!     "RoomId": "chess-live",
//!     "GiftWater": {"From_Account": "ada", "To_Account": ["linus"], "Coins": 5000}
//! }"#)?;
//! assert_eq!(decide(&gift), Verdict::refuse_with(102_100, "over the limit"));
//! # Ok::<(), serde_json::Error>(())
//! ```

#[cfg(feature = "rtc")]
use super::call::RecordCallback;
use super::recording::RecordingInfo;
pub use super::room::{RoomType, TakeSeatMode};
use crate::wire::{UnixMillis, UnixSeconds, open_enum, payload};
#[cfg(feature = "rtc")]
use crate::{rejection::Rejection, rtc};

payload! {
    /// A live room was created.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterCreateRoom.md"))]
    #[doc(alias("Live.CallbackAfterCreateRoom", "CallbackAfterCreateRoom"))]
    pub struct AfterCreateRoom {
        CallbackCommand,
        /// UserID of the operator who created the room.
        pub operator_account: Option<String> = "Operator_Account",
        /// The room.
        pub room_info: RoomInfo = required "RoomInfo",
        /// When it happened, in milliseconds. Optional: in the docs' table but not in their sample.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A new live room.
    pub struct RoomInfo {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// The kind of room: [`RoomType::Live`].
        pub room_type: Option<RoomType> = "RoomType",
        /// UserID of the owner. Also accepted as an integer, as the docs of sibling events write it.
        pub owner_account: Option<String> = "Owner_Account",
        /// Maximum number of members.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Whether text messages are disabled.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// Custom text set by the app.
        pub custom_info: Option<String> = "CustomInfo",
        /// Whether the room has seats.
        pub is_seat_enabled: Option<bool> = "IsSeatEnabled",
        /// How seats are taken.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// Maximum number of seats.
        pub max_seat_count: Option<u64> = "MaxSeatCount",
        /// When it was created, in seconds.
        pub create_time: Option<UnixSeconds> = "CreateTime",
        /// Whether the room is publicly listed.
        pub is_public_visible: Option<bool> = "IsPublicVisible",
        /// URL of the cover image.
        pub cover_url: Option<String> = "CoverURL",
        /// Category tags.
        pub category: Vec<u64> = "Category",
        /// Custom tag set by the app. Optional: documented for [`DestroyedRoomInfo`] only.
        pub activity_status: Option<i64> = "ActivityStatus",
        /// URL of the background image. Optional: documented for [`DestroyedRoomInfo`] only.
        pub background_url: Option<String> = "BackgroundURL",
        /// Whether the number of members is unlimited. Optional: documented for [`DestroyedRoomInfo`] only.
        pub is_unlimited_room_enabled: Option<bool> = "IsUnlimitedRoomEnabled",
        /// Number of times the room was entered. Optional: documented for [`DestroyedRoomInfo`] only.
        pub view_count: Option<u64> = "ViewCount",
    }
}

payload! {
    /// A new live room brought the number of live rooms to 70 % of the limit.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterCreateRoomReachingThreshold.md"))]
    #[doc(alias("Live.CallbackAfterCreateRoomReachingThreshold", "CallbackAfterCreateRoomReachingThreshold"))]
    pub struct AfterCreateRoomReachingThreshold {
        CallbackCommand,
        /// UserID of the operator who created the room.
        pub operator_account: Option<String> = "Operator_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The current number of rooms.
        pub cur_room_count: Option<u64> = "CurRoomCount",
        /// The maximum number of rooms.
        pub max_room_count: Option<u64> = "MaxRoomCount",
    }
}

payload! {
    /// A live room's information changed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterUpdateRoomInfo.md"))]
    #[doc(alias("Live.CallbackAfterUpdateRoomInfo", "CallbackAfterUpdateRoomInfo"))]
    pub struct AfterUpdateRoomInfo {
        CallbackCommand,
        /// UserID of the operator who made the change.
        pub operator_account: Option<String> = "Operator_Account",
        /// The room and its changed fields.
        pub room_info: UpdatedRoomInfo = required "RoomInfo",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// The changed fields of a live room. Unchanged fields may be missing.
    pub struct UpdatedRoomInfo {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// Maximum number of members.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Whether text messages are disabled.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// URL of the cover image.
        pub cover_url: Option<String> = "CoverURL",
        /// Category tags.
        pub category: Vec<u64> = "Category",
        /// Custom tag set by the app.
        pub activity_status: Option<i64> = "ActivityStatus",
        /// Whether the room is publicly listed.
        pub is_public_visible: Option<bool> = "IsPublicVisible",
        /// How seats are taken.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// Custom text set by the app.
        pub custom_info: Option<String> = "CustomInfo",
    }
}

payload! {
    /// A live room was destroyed.
    ///
    /// Triggered by clients, by the REST API, and by the system for a room that is empty.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterDestroyRoom.md"))]
    #[doc(alias("Live.CallbackAfterDestroyRoom", "CallbackAfterDestroyRoom"))]
    pub struct AfterDestroyRoom {
        CallbackCommand,
        /// UserID of the operator who destroyed the room, or `@TIM#SYSTEM` if the system did.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Whether a user or the system destroyed the room.
        pub event_type: Option<DestroyEventType> = "EventType",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// The room.
        pub room_info: Option<DestroyedRoomInfo> = "RoomInfo",
        /// The room's statistics. Optional: not sent in every body.
        pub statistic: Option<Statistic> = "Statistic",
    }

    /// A destroyed live room.
    pub struct DestroyedRoomInfo {
        /// ID of the room. Optional: sent on the wire but missing from the docs' sample.
        pub room_id: Option<String> = "RoomId",
        /// Name of the room.
        pub room_name: Option<String> = "RoomName",
        /// The kind of room: [`RoomType::Live`].
        pub room_type: Option<RoomType> = "RoomType",
        /// UserID of the owner. Also accepted as an integer, as in the docs' sample.
        pub owner_account: Option<String> = "Owner_Account",
        /// Whether the room had seats.
        pub is_seat_enabled: Option<bool> = "IsSeatEnabled",
        /// How seats were taken.
        pub take_seat_mode: Option<TakeSeatMode> = "TakeSeatMode",
        /// Maximum number of members.
        pub max_member_count: Option<u64> = "MaxMemberCount",
        /// Maximum number of seats.
        pub max_seat_count: Option<u64> = "MaxSeatCount",
        /// Category tags. Missing if the room had none.
        pub category: Vec<u64> = "Category",
        /// Custom text set by the app.
        pub custom_info: Option<String> = "CustomInfo",
        /// Whether text messages were disabled.
        pub is_message_disabled: Option<bool> = "IsMessageDisabled",
        /// URL of the cover image.
        pub cover_url: Option<String> = "CoverURL",
        /// Custom tag set by the app.
        pub activity_status: Option<i64> = "ActivityStatus",
        /// Whether the room was publicly listed.
        pub is_public_visible: Option<bool> = "IsPublicVisible",
        /// Number of times the room was entered.
        pub view_count: Option<u64> = "ViewCount",
        /// URL of the background image.
        pub background_url: Option<String> = "BackgroundURL",
        /// Whether the number of members was unlimited.
        pub is_unlimited_room_enabled: Option<bool> = "IsUnlimitedRoomEnabled",
    }

    /// Statistics of a live room.
    pub struct Statistic {
        /// Number of viewers.
        pub total_viewers: Option<u64> = "TotalViewers",
        /// Number of gifts sent.
        pub total_gifts_sent: Option<u64> = "TotalGiftsSent",
        /// Total value of the gifts, in coins.
        pub total_gift_coins: Option<u64> = "TotalGiftCoins",
        /// Number of distinct users who sent gifts.
        pub total_unique_gift_senders: Option<u64> = "TotalUniqueGiftSenders",
        /// Number of likes received.
        pub total_likes_received: Option<u64> = "TotalLikesReceived",
    }
}

payload! {
    /// Members of a live room came online or went offline.
    ///
    /// They entered or left the room, or their heartbeat was lost or resumed. No longer sent once the room is
    /// destroyed.
    ///
    /// The docs' table calls the command `Live.CallbackMemberStateChanged`; that name is accepted as well.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterMemberStateChanged.md"))]
    #[doc(alias("Live.CallbackAfterMemberStateChanged", "CallbackAfterMemberStateChanged"))]
    #[doc(alias("Live.CallbackMemberStateChanged", "CallbackMemberStateChanged"))]
    pub struct AfterMemberStateChanged {
        CallbackCommand,
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// Whether the members came online or went offline.
        pub event_type: Option<EventType> = "EventType",
        /// Why the state changed.
        pub event_cause: Option<EventCause> = "EventCause",
        /// The members.
        pub member_list: Vec<Member> = "MemberList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A member of a live room.
    pub struct Member {
        /// UserID of the member.
        pub member_account: String = required "Member_Account",
    }
}

payload! {
    /// A live room has a new owner.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterChangeOwner.md"))]
    #[doc(alias("Live.CallbackAfterChangeOwner", "CallbackAfterChangeOwner"))]
    pub struct AfterChangeOwner {
        CallbackCommand,
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// UserID of the operator who made the call.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserID of the new owner.
        pub current_owner_account: String = required "CurrentOwner_Account",
        /// UserID of the previous owner.
        pub original_owner_account: Option<String> = "OriginalOwner_Account",
    }
}

payload! {
    /// Administrators of a live room were added or removed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterModifyAdmin.md"))]
    #[doc(alias("Live.CallbackAfterModifyAdmin", "CallbackAfterModifyAdmin"))]
    pub struct AfterModifyAdmin {
        CallbackCommand,
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// UserID of the operator who made the call.
        pub operator_account: Option<String> = "Operator_Account",
        /// UserIDs of the administrators added or removed.
        pub admin_account: Vec<String> = "Admin_Account",
        /// Whether they were added or removed.
        pub op_type: Option<OpType> = "opType",
    }
}

payload! {
    /// Metadata of a live room was set.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterSetMetadata.md"))]
    #[doc(alias("Live.CallbackAfterSetMetadata", "CallbackAfterSetMetadata"))]
    pub struct AfterSetMetadata {
        CallbackCommand,
        /// UserID of the operator who set the metadata.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// The entries that were set.
        pub metadata: Vec<Metadata> = "Metadata",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A key-value pair of a live room's metadata.
    pub struct Metadata {
        /// The key.
        pub key: Option<String> = "Key",
        /// The value.
        pub value: Option<String> = "Value",
    }
}

payload! {
    /// Metadata of a live room was deleted.
    ///
    /// Triggered by clients and by the REST API.
    ///
    /// The docs' table lists it under the URL of [`AfterSetMetadata`]; it is accepted there as well.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterDelMetadata.md"))]
    #[doc(alias("Live.CallbackAfterDelMetadata", "CallbackAfterDelMetadata"))]
    pub struct AfterDelMetadata {
        CallbackCommand,
        /// UserID of the operator who deleted the metadata.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// The deleted keys.
        pub keys: Vec<String> = "Keys",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A battle between live rooms was created.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterCreateBattle.md"))]
    #[doc(alias("Live.CallbackAfterCreateBattle", "CallbackAfterCreateBattle"))]
    pub struct AfterCreateBattle {
        CallbackCommand,
        /// UserID of the operator who requested the battle.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the battle. Opaque; may contain `+`, `/` and `=`.
        pub battle_id: String = required "BattleId",
        /// ID of the initiating room.
        pub from_room_id: String = required "FromRoomId",
        /// IDs of the invited rooms.
        pub to_room_id_list: Vec<String> = "ToRoomIdList",
        /// How long the invited rooms have to answer, in milliseconds, if `need_response` is set.
        pub timeout: Option<u64> = "Timeout",
        /// Duration of the battle once started, in milliseconds.
        pub duration: Option<u64> = "Duration",
        /// Whether the invited rooms must answer. Otherwise the battle starts at once.
        pub need_response: Option<bool> = "NeedResponse",
        /// Custom text set by the app.
        pub extension_info: Option<String> = "ExtensionInfo",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}

payload! {
    /// A battle between live rooms started: at once, or after all invited rooms answered and at least one accepted.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterStartBattle.md"))]
    #[doc(alias("Live.CallbackAfterStartBattle", "CallbackAfterStartBattle"))]
    pub struct AfterStartBattle {
        CallbackCommand,
        /// ID of the battle. Opaque; may contain `+`, `/` and `=`.
        pub battle_id: String = required "BattleId",
        /// Duration of the battle, in milliseconds.
        pub duration: Option<u64> = "Duration",
        /// When it was created, in seconds.
        pub create_time: Option<UnixSeconds> = "CreateTime",
        /// When it started, in seconds.
        pub start_time: Option<UnixSeconds> = "StartTime",
        /// The initiating room.
        pub from_room_info: BattleRoom = required "FromRoomInfo",
        /// The invited rooms.
        pub to_room_list: Vec<BattleRoom> = "ToRoomList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A room in a battle that has started.
    pub struct BattleRoom {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// UserID of the owner. Also accepted as an integer, as in [`EndedBattleRoom`].
        pub owner_account: Option<String> = "Owner_Account",
    }
}

payload! {
    /// A battle between live rooms ended.
    ///
    /// Its time ran out, all owners left, or nobody joined.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterEndBattle.md"))]
    #[doc(alias("Live.CallbackAfterEndBattle", "CallbackAfterEndBattle"))]
    pub struct AfterEndBattle {
        CallbackCommand,
        /// ID of the battle. Opaque; may contain `+`, `/` and `=`.
        pub battle_id: String = required "BattleId",
        /// Duration of the battle, in milliseconds.
        pub duration: Option<u64> = "Duration",
        /// When it was created, in seconds.
        pub create_time: Option<UnixSeconds> = "CreateTime",
        /// When it started, in seconds.
        pub start_time: Option<UnixSeconds> = "StartTime",
        /// When it ended, in seconds.
        pub end_time: Option<UnixSeconds> = "EndTime",
        /// Why it ended: 0 = time ran out, 1 = all owners left, 2 = nobody joined and it never started.
        pub op_type: Option<u64> = "OpType",
        /// The initiating room.
        pub from_room_info: EndedBattleRoom = required "FromRoomInfo",
        /// The invited rooms.
        pub to_room_list: Vec<EndedBattleRoom> = "ToRoomList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A room in a battle that has ended.
    pub struct EndedBattleRoom {
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// The room's score.
        pub score: Option<u64> = "Score",
        /// UserID of the owner. Also accepted as an integer, as in the docs' sample.
        pub owner_account: Option<String> = "Owner_Account",
    }
}

payload! {
    /// The state of a live room's cloud recording changed.
    ///
    /// The body is an event of the RTC Engine. The international docs call the command
    /// `Follow.CallbackAfterCloudRecordingChanged`; that name is accepted as well.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackAfterCloudRecordingChanged.md"))]
    #[doc(alias("Live.CallbackAfterCloudRecordingChanged", "CallbackAfterCloudRecordingChanged"))]
    #[doc(alias = "Follow.CallbackAfterCloudRecordingChanged")]
    pub struct AfterCloudRecordingChanged {
        CallbackCommand,
        /// 3 = cloud recording, 8 = web page recording.
        pub event_group_id: Option<u64> = "EventGroupId",
        /// The event within the group, for example 301 = a recording started.
        pub event_type: Option<u64> = "EventType",
        /// When the callback was sent, in milliseconds. A retry has a later time.
        pub callback_ts: Option<UnixMillis> = "CallbackTs",
        /// The recording task, and what happened to it.
        pub event_info: RecordingInfo = required "EventInfo",
    }
}

#[cfg(feature = "rtc")]
impl AfterCloudRecordingChanged {
    /// The event of the RTC Engine with its typed details, usually one of [`recording`](rtc::recording) or
    /// [`web_recording`](rtc::web_recording).
    ///
    /// ```
    /// use tower_tencent_webhook::{event::live::AfterCloudRecordingChanged, rtc};
    ///
    /// let event: AfterCloudRecordingChanged = serde_json::from_str(r#"{
    ///     "EventGroupId": 3, "EventType": 305, "EventInfo": {
    ///         "RoomId": "atelier-5", "TaskId": "live-rec-0041", "Payload": {"Status": 0}
    ///     }
    /// }"#)?;
    /// let rtc::Event::RecordingUploadStopped(stopped) = event.rtc_event()? else { panic!("another event") };
    /// assert_eq!(stopped.status, Some(rtc::recording::UploadStatus::Uploaded));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::RejectionKind::Malformed) if it lacks its `EventType`.
    pub fn rtc_event(&self) -> Result<rtc::Event, Rejection> {
        let Self { event_group_id, event_type, callback_ts, event_info } = self.clone();
        RecordCallback { event_group_id, event_type, callback_ts, event_info, kit_type: None }.rtc_event()
    }
}

payload! {
    /// A user is about to send a gift in a live room.
    ///
    /// Triggered by clients; the docs list no REST API that does. The command `Live.CallbackBeforeCallBackNotBlock` is
    /// only a setting: no webhook is sent under it.
    #[cfg_attr(doc, doc = include_str!("docs/Live.CallbackBeforeSendGift.md"))]
    #[doc(alias("Live.CallbackBeforeSendGift", "CallbackBeforeSendGift"))]
    #[doc(alias("Live.CallbackBeforeCallBackNotBlock", "CallbackBeforeCallBackNotBlock"))]
    pub struct BeforeSendGift {
        CallbackCommand,
        /// UserID of the sender.
        pub operator_account: Option<String> = "Operator_Account",
        /// ID of the room.
        pub room_id: String = required "RoomId",
        /// The gift.
        pub gift_water: GiftWater = required "GiftWater",
    }

    /// A gift.
    pub struct GiftWater {
        /// UserID of the giver.
        pub from_account: String = required "From_Account",
        /// UserIDs of the recipients.
        pub to_account: Vec<String> = "To_Account",
        /// When the message was sent, in seconds.
        pub time: Option<UnixSeconds> = "Time",
        /// ID of the gift.
        pub gift_id: Option<String> = "GiftId",
        /// Number of gifts.
        pub count: Option<u64> = "Count",
        /// Value of the gift, in coins.
        pub coins: Option<u64> = "Coins",
    }
}

open_enum! {
    /// Who destroyed a live room.
    pub enum DestroyEventType {
        /// A user or an admin.
        DestroyByUser = "DestroyByUser",
        /// The system, because the room was empty.
        DestroyBySystem = "DestroyBySystem",
    }
}

open_enum! {
    /// Whether members of a live room came online or went offline.
    pub enum EventType {
        /// Came online.
        Online = "Online",
        /// Went offline.
        Offline = "Offline",
    }
}

open_enum! {
    /// Why members of a live room came online or went offline.
    pub enum EventCause {
        /// Entered the room.
        Enter = "Enter",
        /// Left the room.
        Leave = "Leave",
        /// The heartbeat was lost.
        HeartbeatInterrupt = "HeartbeatInterrupt",
        /// The heartbeat resumed.
        HeartbeatRecover = "HeartbeatRecover",
    }
}

open_enum! {
    /// Whether administrators were added or removed.
    pub enum OpType {
        /// Added.
        Add = "add",
        /// Removed.
        Delete = "delete",
    }
}
