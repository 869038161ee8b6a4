//! The last requests, for the page: how many there are is bounded, and how many bytes.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value};
use tokio::sync::watch;

use super::entry::Entry;

/// How many requests are kept, and how many bytes of them.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 256 << 20;

/// The last requests. Each change has a number, so that whoever has seen some can ask for the rest.
#[derive(Debug)]
pub(super) struct Store {
    inner: Mutex<Inner>,
    /// The number of the last change.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By their ids, each with the number of its last change and its size.
    entries: BTreeMap<u64, (Entry, u64, usize)>,
    /// The ids, by the numbers of their last changes.
    changes: BTreeMap<u64, u64>,
    bytes: usize,
    last: u64,
}

/// What has changed.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) entries: Vec<Map<String, Value>>,
    /// The number of the last of these changes.
    pub(super) last: u64,
    /// The oldest request that is kept.
    pub(super) first: u64,
    pub(super) is_all: bool,
}

impl Store {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::default(), changed: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, id: u64, entry: Entry) {
        self.lock().put(id, entry);
        self.tell();
    }

    /// Changes a request, if it is still kept.
    pub(super) fn update(&self, id: u64, change: impl FnOnce(&mut Entry)) {
        let mut inner = self.lock();
        let Some((entry, ..)) = inner.entries.get(&id) else { return };
        let mut entry = entry.clone();
        change(&mut entry);
        inner.put(id, entry);
        drop(inner);
        self.tell();
    }

    pub(super) fn get(&self, id: u64) -> Option<Entry> {
        self.lock().entries.get(&id).map(|(entry, ..)| entry.clone())
    }

    /// The next changes after this one.
    pub(super) fn after(&self, change: u64, most: usize) -> Changes {
        let inner = self.lock();
        let mut changes = inner.changes.range(change.saturating_add(1)..);
        let (mut entries, mut last) = (Vec::new(), change);
        for (number, id) in changes.by_ref().take(most) {
            entries.extend(inner.entries.get(id).map(|(entry, ..)| entry.summary()));
            last = *number;
        }
        let is_all = changes.next().is_none();
        let first = inner.entries.first_key_value().map_or(0, |(id, _)| *id);
        Changes { entries, last, first, is_all }
    }

    /// Is told of each change.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Wakes whoever watches.
    pub(super) fn tell(&self) {
        self.changed.send_modify(|number| *number += 1);
    }
}

impl Inner {
    fn put(&mut self, id: u64, entry: Entry) {
        self.last += 1;
        let (last, weight) = (self.last, entry.weight());
        if let Some((_, change, weight)) = self.entries.insert(id, (entry, last, weight)) {
            self.changes.remove(&change);
            self.bytes -= weight;
        }
        self.changes.insert(last, id);
        self.bytes += weight;
        while self.entries.len() > MOST || (self.bytes > MOST_BYTES && self.entries.len() > 1) {
            let Some((_, (_, change, weight))) = self.entries.pop_first() else { break };
            self.changes.remove(&change);
            self.bytes -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use bytes::Bytes;

    use super::*;
    use crate::{
        facts::Facts,
        listen::entry::{By, Kind, Outcome, Received, State},
    };

    fn entry(id: u64, body: usize) -> Entry {
        let received = Received {
            id,
            time: SystemTime::UNIX_EPOCH,
            peer: ([127, 0, 0, 1], 1).into(),
            method: http::Method::POST,
            path: "/".to_owned(),
            parameters: Vec::new(),
            headers: Vec::new(),
            body: vec![0; body].into(),
            is_whole: true,
            is_rtc: false,
            app: None,
            command: None,
            client_ip: None,
            platform: None,
            is_signed: false,
            trouble: None,
            facts: Facts::default(),
            drift: Vec::new(),
        };
        Entry { received: Arc::new(received), state: State::Open, forwards: Vec::new() }
    }

    #[test]
    fn the_oldest_go_first_by_number_and_by_size() {
        let store = Store::new();
        for id in 1..=MOST as u64 + 5 {
            store.put(id, entry(id, 0));
        }
        assert!(store.get(5).is_none() && store.get(6).is_some());
        assert_eq!(store.after(0, 1).first, 6);
        // Each has a tenth of what is allowed.
        for id in 20_001..=20_020 {
            store.put(id, entry(id, MOST_BYTES / 10));
        }
        let inner = store.lock();
        assert_eq!(inner.entries.len(), 9);
        assert!(inner.bytes <= MOST_BYTES && inner.changes.len() == inner.entries.len());
    }

    #[test]
    fn whoever_has_seen_some_gets_the_rest() {
        let store = Store::new();
        for id in 1..=3 {
            store.put(id, entry(id, 0));
        }
        let seen = store.after(0, 2);
        assert_eq!((seen.entries.len(), seen.is_all), (2, false));
        let outcome = Outcome {
            kind: Kind::Allowed,
            verdict: None,
            words: "allowed".to_owned(),
            answer: Some((200, Bytes::new())),
            by: By::Default,
            took: Duration::ZERO,
        };
        store.update(1, |entry| entry.state = State::Done(outcome));
        store.update(99, |_| panic!("there is none"));
        let rest = store.after(seen.last, 10);
        let ids: Vec<_> = rest.entries.iter().map(|entry| entry["id"].as_u64().unwrap()).collect();
        assert_eq!((ids, rest.is_all), (vec![3, 1], true));
        assert!(store.after(rest.last, 10).entries.is_empty());
    }
}
