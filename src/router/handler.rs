//! Handlers: the forms that an async function of an event may have.

use std::{
    ops::Deref,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, request::Parts};
use pin_project_lite::pin_project;

use crate::{rejection::BoxError, webhook::Webhook};

/// Takes the request's head, for a handler that wants it: moving its 200 bytes and more for every request costs about
/// as much as calling a handler.
pub(super) type Head<'a> = &'a mut dyn FnMut() -> Parts;

/// A webhook on its way to its handler, which takes it where its future is made: each function between would move its
/// 180 bytes.
pub(super) struct Hook<'a>(&'a mut Option<Webhook>);

impl<'a> Hook<'a> {
    pub(super) fn of(hook: &'a mut Option<Webhook>) -> Option<Self> {
        hook.is_some().then_some(Self(hook))
    }

    /// Hands a webhook on that has no request, and so no head.
    pub(super) fn apart<T>(hook: Webhook, start: impl FnOnce(Hook<'_>, Head<'_>) -> T) -> T {
        let mut no_head = || Request::new(()).into_parts().0;
        start(Hook(&mut Some(hook)), &mut no_head)
    }

    pub(super) fn take(self) -> Webhook {
        self.0.take().expect(Self::UNTAKEN)
    }

    const UNTAKEN: &'static str = "taking it takes this as well";
}

impl Deref for Hook<'_> {
    type Target = Webhook;

    fn deref(&self) -> &Webhook {
        self.0.as_ref().expect(Self::UNTAKEN)
    }
}

/// An async function that handles the webhooks of the event `E`.
///
/// These are the forms that it can have. It returns what is [an answer to `E`](super::IntoAnswer).
///
/// | arguments | for |
/// |---|---|
/// | `Webhook<E>` | the event, its context and its body |
/// | `Webhook<E>, Parts` | … and the request's head: headers, and what outer layers put into the extensions |
/// | `S, Webhook<E>` | … and the state: methods of the app |
/// | `S, Webhook<E>, Parts` | … and both |
/// | `T1, …, Webhook<E>` | … and up to eight extractors of axum, with the feature `axum` |
/// | `S, T1, …, Webhook<E>` | … and the state |
///
/// `S` is the state, of which each call gets a clone: that of [`on_with`](crate::WebhookRouter::on_with),
/// [`on_command_with`](crate::WebhookRouter::on_command_with) and
/// [`fallback_with`](crate::WebhookRouter::fallback_with), else `()`. An extractor is a type that implements
/// `axum::extract::FromRequestParts<S>`: the docs of the module `extract` have an example. `T` tells the forms apart.
///
/// A closure must name the types of its arguments.
#[diagnostic::on_unimplemented(
    message = "this is not a handler of an event",
    label = "not a handler of an event",
    note = "a handler is an async function of `Webhook<E>`, or of `Webhook<E>` and `http::request::Parts`, for an \
            event type `E`; it and its future are `Send`, and borrow nothing",
    note = "with `on_with(&state, …)` the state may come first, by value: it is `{S}` here",
    note = "with the feature `axum`, up to eight extractors may come before the webhook, after the state: types that \
            implement `FromRequestParts<{S}>`"
)]
pub trait EventHandler<E, T, S = ()>: Send + Sync + 'static {
    /// What it returns. Apart from the rest, so that the compiler can say what is wrong with it.
    type Answer;

    /// Calls it. Fails if an extractor rejects the request.
    #[doc(hidden)]
    fn call(
        self: &Arc<Self>,
        state: &S,
        hook: Webhook<E>,
        head: &mut dyn FnMut() -> Parts,
    ) -> impl Future<Output = Result<Self::Answer, BoxError>> + Send + 'static;
}

/// The marker of handlers that take the state.
#[expect(unnameable_types, reason = "only tells the forms apart")]
#[derive(Debug)]
pub enum ViaState {}

impl<E, F, A, O, S> EventHandler<E, (Webhook<E>,), S> for F
where
    F: Fn(Webhook<E>) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
{
    type Answer = O;

    fn call(
        self: &Arc<Self>,
        _: &S,
        hook: Webhook<E>,
        _: Head<'_>,
    ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
        Called { future: self(hook) }
    }
}

impl<E, F, A, O, S> EventHandler<E, (Webhook<E>, Parts), S> for F
where
    F: Fn(Webhook<E>, Parts) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
{
    type Answer = O;

    fn call(
        self: &Arc<Self>,
        _: &S,
        hook: Webhook<E>,
        head: Head<'_>,
    ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
        Called { future: self(hook, head()) }
    }
}

impl<E, F, A, O, S> EventHandler<E, (ViaState, Webhook<E>), S> for F
where
    F: Fn(S, Webhook<E>) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
    S: Clone,
{
    type Answer = O;

    fn call(
        self: &Arc<Self>,
        state: &S,
        hook: Webhook<E>,
        _: Head<'_>,
    ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
        Called { future: self(state.clone(), hook) }
    }
}

impl<E, F, A, O, S> EventHandler<E, (ViaState, Webhook<E>, Parts), S> for F
where
    F: Fn(S, Webhook<E>, Parts) -> A + Send + Sync + 'static,
    A: Future<Output = O> + Send + 'static,
    S: Clone,
{
    type Answer = O;

    fn call(
        self: &Arc<Self>,
        state: &S,
        hook: Webhook<E>,
        head: Head<'_>,
    ) -> impl Future<Output = Result<O, BoxError>> + Send + 'static {
        Called { future: self(state.clone(), hook, head()) }
    }
}

pin_project! {
    /// A handler that was called at once.
    struct Called<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Called<F> {
    type Output = Result<F::Output, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(Ok)
    }
}
