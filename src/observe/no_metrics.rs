//! The no-op twin of `metrics`, for builds without the feature `metrics`.

use super::Outcome;
use crate::rejection::Rejection;

pub(super) const IS_ON: bool = false;

pub(super) struct Webhook;

impl Webhook {
    pub(super) fn new(_: &'static str) -> Self {
        Self
    }

    pub(super) fn finish(&mut self, _: Outcome) {}
}

pub(super) fn rejected(_: &Rejection, _: &'static str) {}

pub(super) fn drifted(_: &'static str) {}

pub(super) fn untaken(_: &'static str) {}

#[cfg(feature = "tokio")]
pub(super) fn copy_lost(_: &'static str) {}

pub(super) struct Handler;

impl Handler {
    pub(super) fn new(_: &'static str) -> Self {
        Self
    }

    pub(super) fn finish(&mut self, _: Outcome) {}
}

#[cfg(feature = "tokio")]
pub(super) fn background(_: f64) {}
