//! `Alert`: warnings about the app's use of the REST API.
//!
//! ```
//! use tower_tencent_webhook::Event;
//!
//! let body = r#"{"ServiceName": "openim", "Command": "sendmsg", "Request": 170, "Limit": 200}"#;
//! let event = Event::parse("Alert.RequestOverLimit", body)?;
//! assert!(matches!(event, Event::AlertRequestOverLimit(_)));
//! # Ok::<(), tower_tencent_webhook::Rejection>(())
//! ```

use crate::wire::payload;

payload! {
    /// A REST API is called at 80 % of its rate limit or more.
    ///
    /// Sent to every app with a webhook URL; the console has no switch for it.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/60256>
    pub struct RequestOverLimit {
        CallbackCommand,
        /// Name of the API's service within Chat, for example `openim`.
        pub service_name: Option<String> = "ServiceName",
        /// Name of the API's command.
        pub command: Option<String> = "Command",
        /// The current rate, in calls per second.
        pub request: Option<u64> = "Request",
        /// The rate limit, in calls per second.
        pub limit: Option<u64> = "Limit",
    }
}
