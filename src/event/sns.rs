//! `Sns`: friends, friend requests and blocklists.

use crate::{
    verdict::{FriendVerdict, Verdict},
    wire::{UnixMillis, payload, words},
};

impl PrevFriendAdd {
    /// The answer: one verdict for each friend, in the order of the request.
    ///
    /// ```
    /// # use tower_tencent_webhook::{FriendVerdict, VerdictError, event::sns};
    /// # fn handler(event: &sns::PrevFriendAdd) -> Result<tower_tencent_webhook::Verdict<sns::PrevFriendAdd>, VerdictError> {
    /// let refuse = FriendVerdict::refuse(38_010, "not allowed")?;
    /// Ok(event.verdict(|friend| if friend.to_account == "yara" { refuse.clone() } else { FriendVerdict::allow() }))
    /// # }
    /// ```
    pub fn verdict(&self, mut judge: impl FnMut(&FriendItem) -> FriendVerdict) -> Verdict<Self> {
        Verdict::each_friend(self.friend_item.iter().map(|friend| (friend.to_account.as_str(), judge(friend))))
    }
}

impl PrevFriendResponse {
    /// The answer: one verdict for each friend, in the order of the request.
    ///
    /// See [`PrevFriendAdd::verdict`].
    pub fn verdict(&self, mut judge: impl FnMut(&ResponseFriendItem) -> FriendVerdict) -> Verdict<Self> {
        Verdict::each_friend(self.response_friend_item.iter().map(|friend| (friend.to_account.as_str(), judge(friend))))
    }
}

payload! {
    /// A user is about to ask others to be friends. Calls of the REST API do not ask.
    ///
    /// Answer with [`PrevFriendAdd::verdict`]: each friend is decided by itself.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/43468>
    pub struct PrevFriendAdd {
        CallbackCommand,
        /// UserID that made the call.
        pub requester_account: String = "Requester_Account",
        /// UserID that wants the friends.
        pub from_account: String = "From_Account",
        /// Those asked.
        pub friend_item: Vec<FriendItem> = "FriendItem",
        /// One-way or two-way.
        pub add_type: AddType = "AddType",
        /// 1 = forced by an admin, else 0.
        pub force_add_flags: u64 = "ForceAddFlags",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A friend request. What the client left out may be missing.
    pub struct FriendItem {
        /// UserID to be added.
        pub to_account: String = "To_Account",
        /// The remark that the asking user sets for the other.
        pub remark: Option<String> = "Remark",
        /// The friend list that the asking user puts the other into.
        pub group_name: Option<String> = "GroupName" | "TagName",
        /// Where the request comes from: `AddSource_Type_` and a word of the app's own.
        pub add_source: Option<String> = "AddSource",
        /// The text of the request.
        pub add_wording: Option<String> = "AddWording",
    }

    /// A user is about to answer friend requests. Calls of the REST API do not ask.
    ///
    /// Answer with [`PrevFriendResponse::verdict`]: each friend is decided by itself.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/43467>
    pub struct PrevFriendResponse {
        CallbackCommand,
        /// UserID that made the call.
        pub requester_account: String = "Requester_Account",
        /// UserID that answers.
        pub from_account: String = "From_Account",
        /// Those answered.
        pub response_friend_item: Vec<ResponseFriendItem> = "ResponseFriendItem",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// An answer to a friend request. What the client left out may be missing.
    pub struct ResponseFriendItem {
        /// UserID whose request is answered.
        pub to_account: String = "To_Account",
        /// The remark that the answering user sets for the other.
        pub remark: Option<String> = "Remark",
        /// The friend list that the answering user puts the other into; [`FriendItem`] calls it `GroupName`.
        pub tag_name: Option<String> = "TagName" | "GroupName",
        /// The answer.
        pub response_action: ResponseAction = "ResponseAction",
    }

    /// Users became friends. Importing friends by the REST API does not tell.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34359>
    pub struct FriendAdd {
        CallbackCommand,
        /// The pairs that were added.
        pub pair_list: Vec<FriendPair> = "PairList",
        /// What led to it.
        pub client_cmd: ClientCmd = "ClientCmd",
        /// UserID of the admin where a backend call did it, else empty.
        pub admin_account: String = "Admin_Account",
        /// 1 = forced by an admin, else 0.
        pub force_flag: u64 = "ForceFlag",
    }

    /// A new pair of friends.
    pub struct FriendPair {
        /// Owner of the friend list.
        pub from_account: String = "From_Account",
        /// UserID added to it.
        pub to_account: String = "To_Account",
        /// UserID that asked first.
        pub initiator_account: String = "Initiator_Account",
    }

    /// Friends were removed.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34360>
    pub struct FriendDelete {
        CallbackCommand,
        /// The pairs: owners of friend lists, and whom these no longer hold.
        pub pair_list: Vec<Pair> = "PairList",
    }

    /// Users were put on a blocklist.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34361>
    pub struct BlackListAdd {
        CallbackCommand,
        /// The pairs: owners of blocklists, and whom these now hold.
        pub pair_list: Vec<Pair> = "PairList",
    }

    /// Users were taken off a blocklist.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34362>
    pub struct BlackListDelete {
        CallbackCommand,
        /// The pairs: owners of blocklists, and whom these no longer hold.
        pub pair_list: Vec<Pair> = "PairList",
    }

    /// A user and another on one of the user's lists.
    pub struct Pair {
        /// Owner of the list.
        pub from_account: String = "From_Account",
        /// UserID put on it, or taken off.
        pub to_account: String = "To_Account",
    }
}

words! {
    /// Whether both become each other's friend.
    pub enum AddType {
        /// One-way.
        Single = "Add_Type_Single",
        /// Two-way.
        Both = "Add_Type_Both",
    }

    /// An answer to a friend request.
    pub enum ResponseAction {
        /// Agree, and add the other too.
        AgreeAndAdd = "Response_Action_AgreeAndAdd",
        /// Agree.
        Agree = "Response_Action_Agree",
        /// Reject.
        Reject = "Response_Action_Reject",
    }

    /// What led to a new friendship. Each of the two has two spellings.
    pub enum ClientCmd {
        /// A request.
        FriendAdd = "friend_add",
        /// A request, in the other spelling.
        FriendAddPascal = "FriendAdd",
        /// An answer to a request.
        FriendResponse = "friend_response",
        /// An answer to a request, in the other spelling.
        FriendResponsePascal = "FriendResponse",
    }
}
