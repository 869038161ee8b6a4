//! `Follow`: users follow and unfollow other users.
//!
//! ```
//! use tower_tencent_webhook::event::follow::AfterFollowAdd;
//!
//! let event: AfterFollowAdd = serde_json::from_str(
//!     r#"{"From_Account": "ada", "FollowList": [{"To_Account": "linus"}], "EventTime": 1702018343678}"#,
//! )?;
//! assert_eq!(event.follow_list[0].to_account, "linus");
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{UnixMillis, payload};

payload! {
    /// A user followed other users.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/70355>
    pub struct AfterFollowAdd {
        CallbackCommand,
        /// UserID of the follower.
        pub from_account: String = required "From_Account",
        /// The users now followed.
        pub follow_list: Vec<Follow> = "FollowList",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }

    /// A followed user.
    pub struct Follow {
        /// UserID of the followed user.
        pub to_account: String = required "To_Account",
    }
}

payload! {
    /// A user unfollowed other users.
    ///
    /// Unlike in [`AfterFollowAdd`], the UserIDs are a plain list.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/70356>
    pub struct AfterFollowDelete {
        CallbackCommand,
        /// UserID of the former follower.
        pub from_account: String = required "From_Account",
        /// UserIDs of the unfollowed users.
        pub to_account: Vec<String> = "To_Account",
        /// When it happened, in milliseconds.
        pub event_time: Option<UnixMillis> = "EventTime",
    }
}
