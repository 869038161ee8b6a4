//! `Follow`: users follow and unfollow other users.
//!
//! Chat and Live have the same webhooks for this.
//!
#![cfg_attr(doc, doc = include_str!("docs/follow.md"))]
//!
//! # Example
//!
//! ```
//! use std::collections::HashSet;
//! use tower_tencent_webhook::event::follow::{AfterFollowAdd, AfterFollowDelete};
//!
//! let mut follows: HashSet<(String, String)> = HashSet::new();
//!
//! let event: AfterFollowAdd = serde_json::from_str(
//!     r#"{"From_Account": "ada", "FollowList": [{"To_Account": "linus"}]}"#,
//! )?;
//! for follow in event.follow_list {
//!     follows.insert((event.from_account.clone(), follow.to_account));
//! }
//! assert_eq!(follows.len(), 1);
//!
//! let event: AfterFollowDelete = serde_json::from_str(
//!     r#"{"From_Account": "ada", "To_Account": ["linus"]}"#,
//! )?;
//! for to_account in event.to_account {
//!     follows.remove(&(event.from_account.clone(), to_account));
//! }
//! assert!(follows.is_empty());
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::{UnixMillis, payload};

payload! {
    /// A user followed other users.
    ///
    /// Triggered by clients and by the REST API.
    #[cfg_attr(doc, doc = include_str!("docs/Follow.CallbackAfterFollowAdd.md"))]
    #[doc(alias("Follow.CallbackAfterFollowAdd", "CallbackAfterFollowAdd"))]
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
    /// Triggered by clients and by the REST API.
    ///
    /// Unlike in [`AfterFollowAdd`], the UserIDs are a plain list.
    #[cfg_attr(doc, doc = include_str!("docs/Follow.CallbackAfterFollowDelete.md"))]
    #[doc(alias("Follow.CallbackAfterFollowDelete", "CallbackAfterFollowDelete"))]
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
