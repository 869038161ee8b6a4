//! Panics of the app's own code, which must not take a connection with them.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What was thrown.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Runs a step of the app's own code, after whose panic nothing that it used is used again.
pub(crate) fn caught<T>(step: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(step))
}

/// The same. `None` after a panic.
pub(crate) fn quietly<T>(step: impl FnOnce() -> T) -> Option<T> {
    caught(step)
        .map_err(|panic| {
            // What was thrown can throw in turn.
            if let Err(another) = caught(|| drop(panic)) {
                mem::forget(another);
            }
        })
        .ok()
}
