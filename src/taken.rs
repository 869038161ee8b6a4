//! Whether a webhook was taken by the service that it was handed to.

use std::{
    cell::Cell,
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// Reports a webhook that is dropped before any service has looked at it.
///
/// Nothing is reported unless it is [armed](Watch::arm). A clone counts as a look, and is itself not armed.
pub(crate) struct Watch {
    armed: AtomicBool,
    command: Option<&'static str>,
    report: Report,
}

/// Reports the command of a webhook, unless it is an unknown one.
pub(crate) type Report = fn(Option<&'static str>);

thread_local! {
    /// Whether a request is being dropped because nobody waits for its answer any longer.
    static CANCELLED: Cell<bool> = const { Cell::new(false) };
}

/// Drops a request that was cancelled: that nobody took it says nothing about the services.
pub(crate) fn cancelled(drop: impl FnOnce()) {
    /// Sets the flag back even if the drop panics.
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            CANCELLED.set(self.0);
        }
    }

    let _restore = Restore(CANCELLED.replace(true));
    drop();
}

impl Watch {
    /// Reports from now on.
    pub(crate) fn arm(&mut self, command: Option<&'static str>, report: Report) {
        *self = Self { armed: true.into(), command, report };
    }

    /// A service looks at the webhook.
    #[inline]
    pub(crate) fn take(&self) {
        // No store for the second look: readers of one webhook on several threads do not contend.
        if self.armed.load(Ordering::Relaxed) {
            self.armed.store(false, Ordering::Relaxed);
        }
    }
}

impl Drop for Watch {
    #[inline]
    fn drop(&mut self) {
        if *self.armed.get_mut() && !CANCELLED.get() && !thread::panicking() {
            (self.report)(self.command);
        }
    }
}

/// Not armed.
impl Default for Watch {
    fn default() -> Self {
        Self { armed: false.into(), command: None, report: |_| {} }
    }
}

impl Clone for Watch {
    fn clone(&self) -> Self {
        self.take();
        Self::default()
    }
}

/// It is no part of what a webhook is.
impl PartialEq for Watch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("armed", &self.armed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static REPORTS: Cell<usize> = const { Cell::new(0) };
    }

    fn armed() -> Watch {
        let mut watch = Watch::default();
        watch.arm(None, |_| REPORTS.set(REPORTS.get() + 1));
        watch
    }

    /// How many reports there are.
    fn reports(step: impl FnOnce()) -> usize {
        let before = REPORTS.get();
        step();
        REPORTS.get() - before
    }

    #[test]
    fn only_what_is_armed_and_never_taken_is_reported() {
        assert_eq!(reports(|| drop(armed())), 1);
        assert_eq!(reports(|| drop(Watch::default())), 0);
        assert_eq!(reports(|| armed().take()), 0);
        // A move is no look.
        assert_eq!(reports(|| drop(Box::new(armed()))), 1);
        assert_eq!(reports(|| assert!(armed() == armed())), 2);
    }

    #[test]
    fn a_clone_is_a_look_at_both() {
        assert_eq!(reports(|| drop(armed().clone())), 0);
        let original = armed();
        let clone = original.clone();
        assert_eq!(reports(|| drop(original)), 0);
        assert_eq!(reports(|| drop(clone)), 0);
    }

    #[test]
    fn what_was_cancelled_is_not_reported_but_what_comes_after_is() {
        let watch = armed();
        assert_eq!(reports(|| cancelled(|| drop(watch))), 0);
        assert_eq!(reports(|| cancelled(|| cancelled(|| {}))), 0);
        assert_eq!(reports(|| drop(armed())), 1);
        let panicking = || cancelled(|| panic!("which is what is tested here"));
        std::panic::catch_unwind(panicking).unwrap_err();
        assert_eq!(reports(|| drop(armed())), 1);
    }

    #[test]
    fn a_panic_is_not_reported_as_well() {
        let panicking = || {
            let _watch = armed();
            panic!("which is what is tested here");
        };
        assert_eq!(reports(|| _ = std::panic::catch_unwind(panicking).unwrap_err()), 0);
    }
}
