//! A bounded number of places, for what must not grow without bound.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::observe::TakenPlace;

/// Plenty for one process, at little cost in memory.
pub(crate) const DEFAULT_LIMIT: usize = 1000;

/// Clones share the places.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    /// What they are for, as a label.
    name: &'static str,
    limit: usize,
}

/// A place that is taken until this is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _taken: TakenPlace,
}

impl Places {
    pub(crate) fn new(name: &'static str, limit: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))), name, limit }
    }

    /// A place, if one is free.
    pub(crate) fn take(&self) -> Option<Place> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Place { _permit: permit, _taken: TakenPlace::new(self.name, self.limit) })
    }
}
