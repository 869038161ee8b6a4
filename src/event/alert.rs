//! `Alert`: warnings about the app's own calls.

use crate::wire::payload;

payload! {
    /// A REST API is called so often that the limit is near: from 80 % of it on.
    ///
    /// Sent to every app with a webhook URL, without a switch in the console.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/60256>
    pub struct RequestOverLimit {
        CallbackCommand,
        /// The API's service inside Chat, for example `openim`.
        pub service_name: String = "ServiceName",
        /// The API's own command word.
        pub command: String = "Command",
        /// How often it is called, in calls a second.
        pub request: u64 = "Request",
        /// How often it may be called, in calls a second.
        pub limit: u64 = "Limit",
    }
}
