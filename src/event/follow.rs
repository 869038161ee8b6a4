//! `Follow`: users follow and unfollow others.

use crate::wire::{UnixMillis, payload};

payload! {
    /// A user followed others.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/70355>
    pub struct AfterFollowAdd {
        CallbackCommand,
        /// UserID that follows.
        pub from_account: String = "From_Account",
        /// Those newly followed.
        pub follow_list: Vec<Follow> = "FollowList",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }

    /// A user who is followed.
    pub struct Follow {
        /// UserID that is now followed.
        pub to_account: String = "To_Account",
    }

    /// A user unfollowed others.
    ///
    /// Not the shape of [`AfterFollowAdd`]: here the UserIDs are a plain list.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/70356>
    pub struct AfterFollowDelete {
        CallbackCommand,
        /// UserID that stopped following.
        pub from_account: String = "From_Account",
        /// UserIDs no longer followed.
        pub to_account: Vec<String> = "To_Account",
        /// When it happened, in milliseconds.
        pub event_time: UnixMillis = "EventTime",
    }
}
