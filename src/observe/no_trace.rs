//! The no-op twin of `trace`, for builds without the feature `tracing`.

use std::error::Error;

use super::Outcome;
use crate::{
    rejection::Rejection,
    webhook::{Drift, WebhookContext},
};

pub(super) const IS_ON: bool = false;

pub(super) struct Webhook;

impl Webhook {
    pub(super) fn new(_: &'static str, _: &WebhookContext) -> Self {
        Self
    }

    pub(super) fn in_scope<T>(&self, step: impl FnOnce() -> T) -> T {
        step()
    }

    pub(super) fn finish(&mut self, _: Outcome) {}
}

pub(super) fn rejected(_: &Rejection, _: &'static str) {}

pub(super) fn kept(_: &Rejection, _: &'static str) {}

pub(super) fn drifted(_: &[Drift], _: &'static str) {}

pub(super) fn untaken(_: &'static str) {}

#[derive(Clone)]
pub(crate) struct Handler;

impl Handler {
    pub(super) fn new() -> Self {
        Self
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn instrument<F: Future>(self, future: F) -> F {
        future
    }
}

pub(super) fn handled(_: Outcome) {}

pub(super) fn failed(_: &(dyn Error + Send + Sync)) {}

#[cfg(feature = "tokio")]
pub(super) fn copy_lost(_: &'static str) {}

#[cfg(feature = "tokio")]
pub(super) fn background_timeout() {}
