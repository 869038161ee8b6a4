//! Shared by the benchmarks: an app and its webhooks, the typed parse as a lower bound, and an inner service.

#![allow(dead_code, unreachable_pub)] // Each benchmark uses only a part.

#[cfg(feature = "rtc")]
pub mod callback;
pub mod plain;
#[path = "../../tests/common/sizes.rs"]
pub mod sizes;

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;
use tower_tencent_webhook::App;

pub const APP: u64 = 1_400_000_000;
pub const TOKEN: &str = "a token of the usual length: 32 B";
pub const UNFOLLOW: &str = "Follow.CallbackAfterFollowDelete";
pub const JOIN: &str = "Group.CallbackAfterNewMemberJoin";

pub fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

/// The three bodies: about 150 B, 500 B and 10 KB.
pub fn bodies() -> [(&'static str, &'static str, Bytes); 3] {
    [
        ("unfollow", UNFOLLOW, unfollow()),
        ("message", "C2C.CallbackBeforeSendMsg", sizes::message().into()),
        ("join", JOIN, sizes::join().into()),
    ]
}

/// The body of [`UNFOLLOW`].
pub fn unfollow() -> Bytes {
    sizes::unfollow().into()
}

/// The lower bound: serde_json, straight into a struct of one's own.
pub fn typed_parse(name: &str, body: &[u8]) {
    match name {
        "unfollow" => _ = black_box(serde_json::from_slice::<plain::Unfollow>(body).unwrap()),
        "message" => _ = black_box(serde_json::from_slice::<plain::Message>(body).unwrap()),
        _ => _ = black_box(serde_json::from_slice::<plain::Join>(body).unwrap()),
    }
}

/// A whole call, from request to response. It never waits.
pub fn answer<S: Service<Request<Full<Bytes>>>>(service: &mut S, request: Request<Full<Bytes>>) -> S::Response {
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        _ => unreachable!("nothing is pending"),
    }
}

/// An inner service that answers at once.
#[derive(Clone, Debug)]
pub struct Inner;

impl<B> Service<Request<B>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        black_box(&request);
        ready(Ok(Response::new(Full::from("{}"))))
    }
}
