use std::{sync::Arc, time::Duration};

use tower_layer::Layer;

use super::{config::Config, service::WebhookService};
use crate::{app::App, command::Command, failure::FailurePolicy, policy::Policy, receiver::Receiver};

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

    /// Intercepts only this path: POSTs to other paths reach the inner service unchanged.
    ///
    /// The path is matched as this layer sees it: inside axum's `Router::nest` the prefix is already stripped.
    ///
    /// # Panics
    ///
    /// If the path does not begin with a slash, or has a query: no request would ever match.
    #[track_caller]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        assert!(path.starts_with('/') && !path.contains(['?', '#']), "{path:?} is not a path");
        self.config.path = Some(path);
        self
    }

    /// The maximum size of a body, in bytes. Default: 256 KiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.config.max_body = bytes;
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
        /// If an app with this ID has already been added.
        #[track_caller]
        app(app: App);
        tolerance(tolerance: Duration);
        allow_commands<C: Into<Command>>(commands: impl IntoIterator<Item = C>);
        on_unknown(policy: Policy);
    }
}

/// Intercepts every path, with the options of the receiver.
impl From<Receiver> for WebhookLayer {
    fn from(receiver: Receiver) -> Self {
        Self { config: Config { receiver, path: None, max_body: 256 * 1024, failure: None } }
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, Arc::new(self.config.clone()))
    }
}
