//! `State`: users come online and go offline.
//!
#![cfg_attr(doc, doc = include_str!("docs/state.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::state::{Action, StateChange};
//!
//! /// Whether the user can be reached now. `None` if that has not changed.
//! fn online(event: &StateChange) -> Option<bool> {
//!     match event.info.action.as_ref()? {
//!         Action::Login => Some(true),
//!         Action::Logout | Action::Disconnect => Some(false),
//!         _ => None,
//!     }
//! }
//!
//! let event: StateChange = serde_json::from_str(
//!     r#"{"Info": {"Action": "Login", "To_Account": "ada", "Reason": "Register"}}"#,
//! )?;
//! assert_eq!(online(&event), Some(true));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::{
    platform::Platform,
    wire::{UnixMillis, open_enum, payload},
};

payload! {
    /// A user came online, went offline, lost the connection or set a custom status.
    ///
    /// If a login and a logout coincide, only the logout is sent. From SDK 5.6.1200 on, and 2.14.0 on the web, a login
    /// that forces other devices offline is one event, with `kicked_device`; older SDKs also send a logout.
    ///
    /// In this webhook `OptPlatform` is `IOS`; in others it is `iOS`.
    #[cfg_attr(doc, doc = include_str!("docs/State.StateChange.md"))]
    #[doc(alias("State.StateChange"))]
    pub struct StateChange {
        CallbackCommand,
        /// When the state changed, in milliseconds. Optional: missing from the oldest docs.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// Whose state changed, and how.
        pub info: Info = required "Info",
        /// The devices that a login forced offline.
        pub kicked_device: Vec<KickedDevice> = "KickedDevice",
    }

    /// Whose state changed, and how.
    pub struct Info {
        /// How the state changed.
        pub action: Option<Action> = "Action",
        /// UserID of the user whose state changed.
        pub to_account: String = required "To_Account",
        /// Why the state changed.
        pub reason: Option<Reason> = "Reason",
        /// The new custom status, if that is what changed.
        pub custom_status: Option<String> = "CustomStatus",
    }

    /// A device that was forced offline.
    pub struct KickedDevice {
        /// Its platform.
        pub platform: Option<Platform> = "Platform",
    }
}

open_enum! {
    /// How a user's state changed.
    pub enum Action {
        /// The TCP connection was established.
        Login = "Login",
        /// The user signed out.
        Logout = "Logout",
        /// The TCP connection was lost.
        Disconnect = "Disconnect",
        /// The user set a custom status.
        CustomStatusChange = "CustomStatusChange",
    }
}

open_enum! {
    /// Why a user's state changed.
    pub enum Reason {
        /// Sent with [`Action::Login`].
        Register = "Register",
        /// Sent with [`Action::Logout`].
        Unregister = "Unregister",
        /// Sent with [`Action::Disconnect`]: the connection was closed.
        LinkClose = "LinkClose",
        /// Sent with [`Action::Disconnect`]: no heartbeat for 400 s.
        TimeOut = "TimeOut",
        /// Sent with [`Action::CustomStatusChange`].
        SetCustomStatus = "SetCustomStatus",
    }
}
