//! `Alert`: warnings about the app's use of the REST API.
//!
#![cfg_attr(doc, doc = include_str!("docs/alert.md"))]
//!
//! # Example
//!
//! ```
//! use tower_tencent_webhook::event::alert::RequestOverLimit;
//!
//! /// How many more calls of the API are allowed each second.
//! fn left(alert: &RequestOverLimit) -> Option<u64> {
//!     alert.limit?.checked_sub(alert.request?)
//! }
//!
//! let alert: RequestOverLimit = serde_json::from_str(
//!     r#"{"Command": "sendmsg", "Request": 170, "Limit": 200}"#,
//! )?;
//! assert_eq!(left(&alert), Some(30));
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::wire::payload;

payload! {
    /// A REST API is called at 80 % of its rate limit or more.
    ///
    /// Sent to every app with a webhook URL; the console has no switch for it.
    #[cfg_attr(doc, doc = include_str!("docs/Alert.RequestOverLimit.md"))]
    #[doc(alias("Alert.RequestOverLimit"))]
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
