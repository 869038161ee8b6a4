use std::{sync::Arc, time::Duration};

use http::uri::PathAndQuery;
use tower_layer::Layer;

use super::{config::Config, service::WebhookService};
use crate::{
    app::App,
    config::{ConfigError, SdkAppId},
    failure::FailurePolicy,
    policy::Policy,
    receiver::Receiver,
};

/// Receives webhooks in front of a service. See the [module documentation](crate::layer) for what it does.
///
/// All options except the path and the body limit are those of its [`Receiver`], which can also be built first:
/// `WebhookLayer::from(receiver)`.
///
/// ```
/// use std::time::Duration;
/// use tower_tencent_webhook::{App, Policy, WebhookLayer};
///
/// let layer = WebhookLayer::new(App::signed(1400000000, "token of the console")?)
///     .path("/im")
///     .max_body(64 * 1024)
///     .tolerance(Duration::from_secs(30))
///     .on_unknown(Policy::Reject);
/// # Ok::<(), tower_tencent_webhook::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("callback", "webhook", "回调", "第三方回调", "回调鉴权"))]
pub struct WebhookLayer {
    config: Config,
}

macro_rules! receiver_options {
    ($($(#[$doc:meta])* $name:ident $(<$generic:ident: $bound:path>)?($argument:ident: $type:ty);)*) => { $(
        #[doc = concat!("See [`Receiver::", stringify!($name), "`].")]
        $(#[$doc])*
        pub fn $name$(<$generic: $bound>)?(mut self, $argument: $type) -> Self {
            self.config.receiver = self.config.receiver.$name($argument);
            self
        }
    )* };
}

impl WebhookLayer {
    /// Creates a layer that receives the webhooks of an app, on every path.
    pub fn new(app: App) -> Self {
        Self::from(Receiver::new(app))
    }

    /// Creates a layer that receives the webhooks of several apps, on every path.
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::from_apps`].
    pub fn from_apps(apps: impl IntoIterator<Item = App>) -> Result<Self, ConfigError> {
        Receiver::from_apps(apps).map(Self::from)
    }

    /// Creates a layer that receives the webhooks of all apps that a function finds by their id, on every path.
    ///
    /// See [`Receiver::from_lookup`] for what the function may do, with an example.
    pub fn from_lookup(lookup: impl Fn(SdkAppId) -> Option<App> + Send + Sync + 'static) -> Self {
        Self::from(Receiver::from_lookup(lookup))
    }

    /// Intercepts only this path: POSTs to other paths reach the inner service unchanged.
    ///
    /// The path is matched as this layer sees it: inside axum's `Router::nest` the prefix is already stripped.
    ///
    /// # Panics
    ///
    /// If the path does not begin with a slash, or has a query or a character that no path has: no request would ever
    /// match. See [`try_path`](WebhookLayer::try_path) for a path of a configuration.
    #[track_caller]
    pub fn path(self, path: impl Into<String>) -> Self {
        match self.try_path(path) {
            Ok(layer) => layer,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same as [`path`](WebhookLayer::path), for a path of a configuration.
    ///
    /// # Errors
    ///
    /// [`InvalidPath`](ConfigError::InvalidPath), if no request would ever match.
    pub fn try_path(mut self, path: impl Into<String>) -> Result<Self, ConfigError> {
        let path = path.into();
        let is_path = |parsed: PathAndQuery| path.starts_with('/') && parsed.path() == path;
        if !path.parse().is_ok_and(is_path) {
            return Err(ConfigError::InvalidPath);
        }
        self.config.path = Some(path);
        Ok(self)
    }

    /// The maximum size of a body, in bytes. Default: 256 KiB for a webhook of Chat, and 1 MiB for a callback of the RTC
    /// Engine, whose body must be read before its signature can be verified.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.config.max_body = Some(bytes);
        self
    }

    /// The answers to verified webhooks that fail. By default these are rejected.
    pub fn on_failure(mut self, policy: FailurePolicy) -> Self {
        self.config.failure = (!policy.is_reject()).then(|| Arc::new(policy));
        self
    }

    receiver_options! {
        ///
        /// # Panics
        ///
        /// If an app with this id has already been added.
        #[track_caller]
        app(app: App);
        tolerance(tolerance: Duration);
        allow_commands<C: AsRef<str>>(commands: impl IntoIterator<Item = C>);
        on_unknown(policy: Policy);
        on_malformed(policy: Policy);
    }

    /// See [`Receiver::rtc_tolerance`].
    #[cfg(feature = "rtc")]
    pub fn rtc_tolerance(mut self, tolerance: Duration) -> Self {
        self.config.receiver = self.config.receiver.rtc_tolerance(tolerance);
        self
    }

    /// See [`Receiver::try_app`].
    ///
    /// # Errors
    ///
    /// [`RepeatedApp`](ConfigError::RepeatedApp), if an app with this id has already been added.
    pub fn try_app(mut self, app: App) -> Result<Self, ConfigError> {
        self.config.receiver = self.config.receiver.try_app(app)?;
        Ok(self)
    }
}

/// Intercepts every path, with the options of the receiver.
impl From<Receiver> for WebhookLayer {
    fn from(receiver: Receiver) -> Self {
        Self { config: Config { receiver, path: None, max_body: None, failure: None } }
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, Arc::new(self.config.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{AfterFailure, BeforeFailure};

    /// Each webhook would carry it, and the context to ask it with, for an answer that it has anyway.
    #[test]
    fn a_policy_that_rejects_everything_is_not_kept() {
        let keeps = |policy| WebhookLayer::new(App::unsigned(1)).on_failure(policy).config.failure.is_some();
        let rejects = FailurePolicy::new();
        assert!(!keeps(rejects.clone()));
        assert!(!keeps(rejects.clone().before(BeforeFailure::Reject).after(AfterFailure::Reject)));
        assert!(keeps(rejects.clone().before(BeforeFailure::Allow)));
        assert!(keeps(rejects.clone().after(AfterFailure::Acknowledge)));
        // What a function chooses is known only once it is asked.
        assert!(keeps(rejects.clone().before_with(|_| BeforeFailure::Reject)));
        assert!(keeps(rejects.after_with(|_| AfterFailure::Reject)));
    }
}
