//! `State`: users come and go.

use crate::{
    Platform,
    wire::{UnixMillis, payload, words},
};

payload! {
    /// A user came online, went offline, lost the connection or set a custom status.
    ///
    /// `OptPlatform` of this webhook says `IOS` where others say `iOS`. A login and a logout that come together give
    /// the logout alone.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34357>
    pub struct StateChange {
        CallbackCommand,
        /// When it changed, in milliseconds. Missing in the oldest copy of the page.
        pub event_time: Option<UnixMillis> = "EventTime",
        /// Who, and what.
        pub info: Info = "Info",
        /// The devices that a login pushed off.
        pub kicked_device: Option<Vec<KickedDevice>> = "KickedDevice",
    }

    /// Whose state changed, and how.
    pub struct Info {
        /// What happened.
        pub action: Action = "Action",
        /// UserID whose state changed.
        pub to_account: String = "To_Account",
        /// Why it happened.
        pub reason: Reason = "Reason",
        /// The new custom status, where it is that which changed.
        pub custom_status: Option<String> = "CustomStatus",
    }

    /// A device that was pushed off.
    pub struct KickedDevice {
        /// Its platform.
        pub platform: Platform = "Platform",
    }
}

words! {
    /// What happened to a user's state.
    pub enum Action {
        /// The TCP link is up.
        Login = "Login",
        /// The user signed out.
        Logout = "Logout",
        /// The link is lost.
        Disconnect = "Disconnect",
        /// The user set a status text.
        CustomStatusChange = "CustomStatusChange",
    }

    /// Why a user's state changed.
    pub enum Reason {
        /// Goes with [`Action::Login`].
        Register = "Register",
        /// Goes with [`Action::Logout`].
        Unregister = "Unregister",
        /// Goes with [`Action::Disconnect`]: the link was closed.
        LinkClose = "LinkClose",
        /// Goes with [`Action::Disconnect`]: no heartbeat for 400 s.
        TimeOut = "TimeOut",
        /// Goes with [`Action::CustomStatusChange`].
        SetCustomStatus = "SetCustomStatus",
    }
}
