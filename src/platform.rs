//! The platforms of clients.

use crate::wire::open_enum;

open_enum! {
    /// A client's platform: `OptPlatform`, compared ignoring case.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/34354>
    #[doc(alias = "OptPlatform")]
    pub enum Platform (ignore case) {
        /// A REST API call.
        RestApi = "RESTAPI",
        /// A web client.
        Web = "Web",
        /// An Android client.
        Android = "Android",
        /// An iPhone client. `State.StateChange` spells it `IOS`.
        Ios = "iOS",
        /// A Windows client.
        Windows = "Windows",
        /// A macOS client.
        MacOs = "macOS",
        /// A macOS client, as older docs and `State.StateChange` call it.
        Mac = "Mac",
        /// An iPad client.
        Ipad = "iPad",
        /// A Linux client. Only in `State.StateChange`.
        Linux = "Linux",
        /// Unknown to the vendor. Older docs spell it `Unkown`.
        Unknown = "Unknown" | "Unkown",
    }
}
