//! A bounded number of places, for what must not grow without bound.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Clones share the places.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Semaphore>);

/// A place that is taken until this is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Places {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))))
    }

    /// A place, if one is free.
    pub(crate) fn take(&self) -> Option<Place> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// 1,000: plenty for one process, at little cost in memory.
impl Default for Places {
    fn default() -> Self {
        Self::new(1000)
    }
}
