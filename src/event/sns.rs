//! `Sns`: friends, friend requests and blocklists.
//!
#![cfg_attr(doc, doc = include_str!("docs/sns.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::{FriendVerdict, Verdict, VerdictError};
//! use tower_tencent_webhook::event::sns::PrevFriendAdd;
//!
//! fn decide(event: &PrevFriendAdd) -> Result<Verdict<PrevFriendAdd>, VerdictError> {
//!     let private = FriendVerdict::refuse(38_000, "no requests, please")?;
//!     Ok(event.verdict(|friend| match friend.to_account.as_str() {
//!         "linus" => private.clone(),
//!         _ => FriendVerdict::allow(),
//!     }))
//! }
//!
//! let event: PrevFriendAdd = serde_json::from_str(r#"{
//!     "From_Account": "ada",
//!     "FriendItem": [{"To_Account": "linus"}, {"To_Account": "grace"}]
//! }"#)?;
//! let reply = tower_tencent_webhook::Reply::from(decide(&event)?);
//! let reply: serde_json::Value = serde_json::from_slice(reply.body())?;
//! assert_eq!(reply["ResultItem"][0]["ResultCode"], 38_000);
//! assert_eq!(reply["ResultItem"][1]["ResultCode"], 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    verdict::{FriendVerdict, Verdict},
    wire::{UnixMillis, open_enum, payload},
};

impl PrevFriendAdd {
    /// Builds the answer: one verdict per friend, in the order of the request. A friend that cannot be read, as
    /// [`drift`](crate::Webhook::drift) tells, gets none.
    ///
    /// ```
    /// # use tower_tencent_webhook::{FriendVerdict, Verdict, VerdictError, event::sns::PrevFriendAdd};
    /// fn decide(event: &PrevFriendAdd) -> Result<Verdict<PrevFriendAdd>, VerdictError> {
    ///     let refuse = FriendVerdict::refuse(38_010, "not allowed")?;
    ///     Ok(event.verdict(|friend| match friend.to_account.as_str() {
    ///         "yara" => refuse.clone(),
    ///         _ => FriendVerdict::allow(),
    ///     }))
    /// }
    /// ```
    pub fn verdict(&self, mut judge: impl FnMut(&FriendItem) -> FriendVerdict) -> Verdict<Self> {
        Verdict::each_friend(self.friend_item.iter().map(|friend| (friend.to_account.as_str(), judge(friend))))
    }
}

impl PrevFriendResponse {
    /// Builds the answer: one verdict per friend, in the order of the request.
    ///
    /// See [`PrevFriendAdd::verdict`].
    pub fn verdict(&self, mut judge: impl FnMut(&ResponseFriendItem) -> FriendVerdict) -> Verdict<Self> {
        Verdict::each_friend(self.response_friend_item.iter().map(|friend| (friend.to_account.as_str(), judge(friend))))
    }
}

payload! {
    /// A user is about to send friend requests.
    ///
    /// Triggered by clients only, not by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackPrevFriendAdd.md"))]
    #[doc(alias("Sns.CallbackPrevFriendAdd", "CallbackPrevFriendAdd"))]
    pub struct PrevFriendAdd {
        CallbackCommand,
        /// UserID of the operator who made the call.
        pub requester_account: Option<String> = "Requester_Account",
        /// UserID of the user who sends the friend requests.
        pub from_account: String = required "From_Account",
        /// The requests, one per friend.
        pub friend_item: Vec<FriendItem> = "FriendItem",
        /// Whether the friendship is one-way or two-way.
        pub add_type: Option<AddType> = "AddType",
        /// 1 = forced by an admin; otherwise 0.
        pub force_add_flags: Option<u64> = "ForceAddFlags",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A friend request. Fields that the client omitted may be missing.
    pub struct FriendItem {
        /// UserID of the user to add.
        pub to_account: String = required "To_Account",
        /// The requester's remark for the friend.
        pub remark: Option<String> = "Remark",
        /// The requester's friend list to add the friend to.
        pub group_name: Option<String> = "GroupName" | "TagName",
        /// Source of the request: `AddSource_Type_` followed by a name chosen by the app.
        pub add_source: Option<String> = "AddSource",
        /// The text of the request.
        pub add_wording: Option<String> = "AddWording",
    }
}

payload! {
    /// A user is about to answer friend requests.
    ///
    /// Triggered by clients only, not by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackPrevFriendResponse.md"))]
    #[doc(alias("Sns.CallbackPrevFriendResponse", "CallbackPrevFriendResponse"))]
    pub struct PrevFriendResponse {
        CallbackCommand,
        /// UserID of the operator who made the call.
        pub requester_account: Option<String> = "Requester_Account",
        /// UserID of the user who answers the requests.
        pub from_account: String = required "From_Account",
        /// The answers, one per request.
        pub response_friend_item: Vec<ResponseFriendItem> = "ResponseFriendItem",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// An answer to a friend request. Fields that the client omitted may be missing.
    pub struct ResponseFriendItem {
        /// UserID of the user whose request is answered.
        pub to_account: String = required "To_Account",
        /// The answering user's remark for the friend.
        pub remark: Option<String> = "Remark",
        /// The answering user's friend list to add the friend to. [`FriendItem`] calls it `GroupName`.
        pub tag_name: Option<String> = "TagName" | "GroupName",
        /// The answer.
        pub response_action: Option<ResponseAction> = "ResponseAction",
    }
}

payload! {
    /// Users became friends.
    ///
    /// A request was accepted, or needed no consent: it was for a one-way friendship, to a user who accepts all
    /// requests, or forced by the REST API. Triggered by clients and by the REST API; not when the latter imports
    /// friends.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackFriendAdd.md"))]
    #[doc(alias("Sns.CallbackFriendAdd", "CallbackFriendAdd"))]
    pub struct FriendAdd {
        CallbackCommand,
        /// The new pairs of friends.
        pub pair_list: Vec<FriendPair> = required "PairList",
        /// The operation that led to the friendship.
        pub client_cmd: Option<ClientCmd> = "ClientCmd",
        /// UserID of the admin if a backend call did it, otherwise empty.
        pub admin_account: Option<String> = "Admin_Account",
        /// 1 = forced by an admin; otherwise 0.
        pub force_flag: Option<u64> = "ForceFlag",
    }

    /// A new pair of friends.
    pub struct FriendPair {
        /// Owner of the friend list.
        pub from_account: String = required "From_Account",
        /// UserID of the friend added to it.
        pub to_account: String = required "To_Account",
        /// UserID of the user who initiated the request.
        pub initiator_account: Option<String> = "Initiator_Account",
    }
}

payload! {
    /// Friends were removed.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackFriendDelete.md"))]
    #[doc(alias("Sns.CallbackFriendDelete", "CallbackFriendDelete"))]
    pub struct FriendDelete {
        CallbackCommand,
        /// Pairs of a friend list's owner and a user removed from it.
        pub pair_list: Vec<Pair> = required "PairList",
    }
}

payload! {
    /// Users were added to a blocklist.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackBlackListAdd.md"))]
    #[doc(alias("Sns.CallbackBlackListAdd", "CallbackBlackListAdd"))]
    pub struct BlackListAdd {
        CallbackCommand,
        /// Pairs of a blocklist's owner and a user added to it.
        pub pair_list: Vec<Pair> = required "PairList",
    }
}

payload! {
    /// Users were removed from a blocklist.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Sns.CallbackBlackListDelete.md"))]
    #[doc(alias("Sns.CallbackBlackListDelete", "CallbackBlackListDelete"))]
    pub struct BlackListDelete {
        CallbackCommand,
        /// Pairs of a blocklist's owner and a user removed from it.
        pub pair_list: Vec<Pair> = required "PairList",
    }
}

payload! {
    /// A user and an entry of one of that user's lists.
    pub struct Pair {
        /// Owner of the list.
        pub from_account: String = required "From_Account",
        /// UserID of the user added to or removed from the list.
        pub to_account: String = required "To_Account",
    }
}

open_enum! {
    /// Whether a friendship is one-way or two-way.
    pub enum AddType {
        /// One-way.
        Single = "Add_Type_Single",
        /// Two-way.
        Both = "Add_Type_Both",
    }
}

open_enum! {
    /// An answer to a friend request.
    pub enum ResponseAction {
        /// Accept, and add the requester in return.
        AgreeAndAdd = "Response_Action_AgreeAndAdd",
        /// Accept.
        Agree = "Response_Action_Agree",
        /// Decline.
        Reject = "Response_Action_Reject",
    }
}

open_enum! {
    /// The operation that led to a new friendship. Each of the two has two spellings.
    pub enum ClientCmd {
        /// A friend request.
        FriendAdd = "friend_add",
        /// A friend request, in the other spelling.
        FriendAddPascal = "FriendAdd",
        /// An answer to a friend request.
        FriendResponse = "friend_response",
        /// An answer to a friend request, in the other spelling.
        FriendResponsePascal = "FriendResponse",
    }
}
