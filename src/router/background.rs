//! Handlers that run in the background, after their event was acknowledged.

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, sync::watch, time::timeout};

use super::route::HandlerFuture;
use crate::{
    observe,
    places::{DEFAULT_LIMIT, Place, Places},
};

/// The places of the handlers of late events.
pub(super) const LATE: &str = "late";

/// The set of background handlers: each holds a receiver.
#[derive(Clone, Debug)]
pub(super) struct Background {
    running: Arc<watch::Sender<()>>,
    /// How long each may run.
    pub(super) timeout: Option<Duration>,
    /// Places for the handlers of late events.
    pub(super) late: Places,
}

impl Default for Background {
    fn default() -> Self {
        Self { running: Arc::new(watch::Sender::new(())), timeout: None, late: Places::new(LATE, DEFAULT_LIMIT) }
    }
}

impl Background {
    /// Runs a handler to completion, or until its time is up.
    pub(super) fn spawn(&self, runtime: &Handle, handler: HandlerFuture, place: Place) {
        let span = handler.span();
        let limit = self.timeout;
        // The receiver goes last: when `drained` resolves, the place is free.
        let running = (place, self.running.subscribe());
        runtime.spawn(span.instrument(async move {
            // The event has been acknowledged: nobody is left to answer.
            let mut handler = handler.keep_error(false);
            match limit {
                None => _ = (&mut handler).await,
                Some(limit) => {
                    if timeout(limit, &mut handler).await.is_err() {
                        handler.expire();
                        observe::background_timeout();
                    }
                }
            }
            drop(handler);
            drop(running);
        }));
    }

    /// How many handlers are running.
    pub(super) fn len(&self) -> usize {
        self.running.receiver_count()
    }

    /// Resolves once no handler is running.
    pub(super) fn drained(&self) -> impl Future<Output = ()> + Send + use<> {
        let running = Arc::clone(&self.running);
        async move { running.closed().await }
    }
}
