use std::{sync::Arc, time::Duration};

use tower_layer::Layer;

use super::WebhookService;
use crate::{App, Command, Policy, Receiver};

/// Receives webhooks in front of a service. See the [module documentation](crate::layer) for what it does.
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
pub struct WebhookLayer {
    config: Config,
}

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) receiver: Receiver,
    pub(super) path: Option<String>,
    pub(super) max_body: usize,
}

impl WebhookLayer {
    /// Receives the webhooks of an app, on every path.
    pub fn new(app: App) -> Self {
        Self { config: Config { receiver: Receiver::new(app), path: None, max_body: 256 * 1024 } }
    }

    /// Receives on this path alone: POSTs to other paths reach the inner service untouched.
    ///
    /// It is the path that the layer sees: inside of axum's `Router::nest`, what that leaves of it.
    ///
    /// # Panics
    ///
    /// When it does not begin with a slash, or has a query: no request would ever match.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        assert!(path.starts_with('/') && !path.contains(['?', '#']), "{path:?} is no path");
        self.config.path = Some(path);
        self
    }

    /// The largest body that is read, in bytes. 256 KiB unless set.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.config.max_body = bytes;
        self
    }

    /// See [`Receiver::app`].
    ///
    /// # Panics
    ///
    /// When there is an app of that id already.
    #[must_use]
    pub fn app(self, app: App) -> Self {
        self.receiver(|receiver| receiver.app(app))
    }

    /// See [`Receiver::tolerance`].
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        self.receiver(|receiver| receiver.tolerance(tolerance))
    }

    /// See [`Receiver::commands`].
    #[must_use]
    pub fn allow_commands<C: Into<Command>>(self, commands: impl IntoIterator<Item = C>) -> Self {
        self.receiver(|receiver| receiver.allow_commands(commands))
    }

    /// See [`Receiver::unknown`].
    #[must_use]
    pub fn on_unknown(self, policy: Policy) -> Self {
        self.receiver(|receiver| receiver.on_unknown(policy))
    }

    /// See [`Receiver::malformed`].
    #[must_use]
    pub fn on_malformed(self, policy: Policy) -> Self {
        self.receiver(|receiver| receiver.on_malformed(policy))
    }

    /// See [`Receiver::mismatch`].
    #[must_use]
    pub fn on_mismatch(self, policy: Policy) -> Self {
        self.receiver(|receiver| receiver.on_mismatch(policy))
    }

    fn receiver(mut self, set: impl FnOnce(Receiver) -> Receiver) -> Self {
        self.config.receiver = set(self.config.receiver);
        self
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, Arc::new(self.config.clone()))
    }
}
