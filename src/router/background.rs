//! Handlers that run in the background, after their event was acknowledged.

use std::sync::Arc;

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, watch},
};

use super::handler::HandlerFuture;
use crate::observe::BackgroundGauge;

/// The set of background handlers: each holds a receiver.
#[derive(Clone, Debug)]
pub(super) struct Background(Arc<watch::Sender<()>>);

impl Default for Background {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Background {
    /// Runs a handler to completion.
    pub(super) fn spawn(&self, runtime: &Handle, handler: HandlerFuture, permit: Option<OwnedSemaphorePermit>) {
        let span = handler.span();
        // The receiver goes last: when `drained` resolves, the permit is back and the gauge is down.
        let running = (BackgroundGauge::new(), permit, self.0.subscribe());
        runtime.spawn(span.instrument(async move {
            // The event has been acknowledged: nobody is left to answer.
            _ = handler.await;
            drop(running);
        }));
    }

    /// Resolves once no handler is running.
    pub(super) fn drained(&self) -> impl Future<Output = ()> + Send + use<> {
        let sender = Arc::clone(&self.0);
        async move { sender.closed().await }
    }
}
