//! Handlers that run behind: after their event was acknowledged.

use std::sync::Arc;

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, watch},
};

use super::handler::Running;
use crate::observe::RunsBehind;

/// Counts the handlers that run behind: each holds a receiver.
#[derive(Clone, Debug)]
pub(super) struct Behind(Arc<watch::Sender<()>>);

impl Default for Behind {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Behind {
    /// Runs a handler to its end.
    pub(super) fn run(&self, runtime: &Handle, handler: Running, permit: Option<OwnedSemaphorePermit>) {
        #[cfg(feature = "tracing")]
        let span = handler.span().clone();
        // The receiver goes last: where `ended` ends, the permit is back and the gauge is down.
        let running = (RunsBehind::new(), permit, self.0.subscribe());
        let handling = async move {
            // The event has been acknowledged: nobody is left to be answered.
            _ = handler.await;
            drop(running);
        };
        #[cfg(feature = "tracing")]
        let handling = tracing::Instrument::instrument(handling, span);
        runtime.spawn(handling);
    }

    /// Ends when none runs.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let sender = Arc::clone(&self.0);
        async move { sender.closed().await }
    }
}
