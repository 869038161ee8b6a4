//! A receiver as a team deploys it, in parts: the program `observed` puts them together, and the tests put others together
//! to see what goes wrong.
//!
//! What stands around it is in the folders beside: nginx, Prometheus, Grafana, Kubernetes, SCF. `docs/deploy.md` and
//! `docs/observe.md` explain them.

// The accept loop is the examples' own, as it is written to be copied.
#[allow(dead_code, reason = "the examples run it in another way")]
#[path = "../../examples/server/mod.rs"]
mod accept;
mod engine;
mod observe;
mod server;
mod settings;
mod webhooks;

pub use engine::{Engine, Sink};
pub use observe::{install_logs, install_metrics};
pub use server::Server;
pub use settings::Settings;
pub use webhooks::{layer, moderator};

/// Whatever can go wrong.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Its examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/deploy.md")]
struct Deploy;

#[cfg(doctest)]
#[doc = include_str!("../../docs/observe.md")]
struct Observe;
