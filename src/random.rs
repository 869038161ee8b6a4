//! Numbers that no two processes make. Not secrets.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// Another number each time.
pub(crate) fn unique() -> u128 {
    static COUNT: AtomicU64 = AtomicU64::new(0);

    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Its keys are from the operating system.
    let half = |half: u8| u128::from(RandomState::new().hash_one((now, count, half)));
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::unique;

    #[test]
    fn each_is_another() {
        let many: HashSet<_> = (0..10_000).map(|_| unique()).collect();
        assert_eq!(many.len(), 10_000);
        assert!(many.iter().any(|number| number >> 127 == 1) && many.iter().any(|number| number & 1 == 1));
    }
}
