//! The no-op twin of `metrics`, for builds without the feature `metrics`.

use std::time::Duration;

use super::Outcome;
use crate::rejection::Rejection;

pub(super) const IS_ON: bool = false;

pub(crate) struct Receipt;

impl Receipt {
    pub(crate) fn new() -> Self {
        Self
    }
}

pub(super) struct Webhook;

impl Webhook {
    pub(super) fn new(_: &'static str, _: Option<Duration>, _: Receipt) -> Self {
        Self
    }

    pub(super) fn finish(&mut self, _: Outcome) {}
}

pub(super) fn rejected(_: &Rejection, _: &'static str) {}

pub(super) fn decided(_: &'static str, _: &'static str) {}

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
pub(super) fn place_taken(_: &'static str, _: usize) {}

#[cfg(feature = "tokio")]
pub(super) fn place_left(_: &'static str) {}
