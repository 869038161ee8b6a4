//! Webhooks that the user of the page answers by hand.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_tencent_webhook::{Command, Phase, SdkAppId};

use super::rules::{Conditions, Plan};
use crate::facts::Facts;

/// Which webhooks are held, and those that are.
#[derive(Debug, Default)]
pub(super) struct Hold(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// What the user wrote, and what it means. `None` while nothing is held.
    filter: Option<(String, Conditions)>,
    waiting: HashMap<u64, oneshot::Sender<Plan>>,
}

/// A webhook that waits.
#[derive(Debug)]
pub(super) struct Held<'a> {
    hold: &'a Hold,
    id: u64,
    pub(super) decision: oneshot::Receiver<Plan>,
}

impl Hold {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the before-events that a filter means. Without a filter none is held, and those that are go on.
    pub(super) fn set(&self, filter: Option<&str>) -> Result<(), String> {
        let filter = match filter {
            Some(text) => Some((text.trim().to_owned(), Conditions::parse(text)?)),
            None => None,
        };
        let mut inner = self.lock();
        if filter.is_none() {
            inner.waiting.clear();
        }
        inner.filter = filter;
        Ok(())
    }

    /// What is held, for the page.
    pub(super) fn value(&self) -> Value {
        json!(self.lock().filter.as_ref().map(|(text, _)| text))
    }

    /// Holds this webhook, if it is one of those.
    pub(super) fn hold(&self, id: u64, app: SdkAppId, command: &Command, facts: &Facts) -> Option<Held<'_>> {
        let mut inner = self.lock();
        let (_, conditions) = inner.filter.as_ref()?;
        if command.phase() != Phase::Before || !conditions.are_met(app, command, facts) {
            return None;
        }
        let (sender, decision) = oneshot::channel();
        inner.waiting.insert(id, sender);
        Some(Held { hold: self, id, decision })
    }

    /// Decides. `false` if the webhook does not wait any more.
    pub(super) fn decide(&self, id: u64, plan: Plan) -> bool {
        let waiting = self.lock().waiting.remove(&id);
        waiting.is_some_and(|waiting| waiting.send(plan).is_ok())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.hold.lock().waiting.remove(&self.id);
    }
}
