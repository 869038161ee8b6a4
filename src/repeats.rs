//! Repeated deliveries, recognised by whoever handles webhooks inline.
//!
//! After a time-out Chat sends an after-event again, perhaps to another instance, and perhaps while the first is still at
//! work. [`RepeatsLayer`] goes around a Tower service of webhooks and lets each event through once:
//!
//! | the event | what becomes of it |
//! |---|---|
//! | is new, or was released, or its lease has run out | it is handled, under a lease |
//! | is being handled | [`RepeatError::AtWork`]: withheld, if the [`FailurePolicy`](crate::FailurePolicy) says so, and not acknowledged, as nobody knows yet whether it will be handled |
//! | has been handled | acknowledged, with the default response |
//! | has no [identity](Webhook::identity), or is a before-event | it is handled |
//!
//! A handler that fails or is cancelled releases the event, so that the next delivery is handled. If the process dies, the
//! lease runs out: **so no event is swallowed, and one whose handler had finished but not said so is handled twice.**
//! Exactly once is what the handler's own effect has to be, in one transaction with the identity.
//!
//! Who has handled what is kept in a [`RepeatStore`]: [`MemoryRepeats`] for one instance, and packages beside this crate
//! for several.
//!
//! ```
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, service_fn};
//! use tower_tencent_webhook::{
//!     Ack, AfterFailure, FailurePolicy, Webhook, WebhookRouter,
//!     event::group,
//!     repeats::{MemoryRepeats, RepeatsLayer},
//! };
//!
//! let repeats = RepeatsLayer::new(MemoryRepeats::new(100_000));
//! let greet = ServiceBuilder::new().layer(repeats).service(service_fn(
//!     async |hook: Webhook<group::AfterNewMemberJoin>| {
//!         println!("welcome to {}, {} of you", hook.group_id, hook.new_member_list.len());
//!         Ok::<_, Infallible>(Ack::ok())
//!     },
//! ));
//! let webhooks = WebhookRouter::new().on_service::<group::AfterNewMemberJoin>(greet);
//! # #[cfg(feature = "tokio")]
//! let policy = FailurePolicy::new().after(AfterFailure::Withhold);
//! ```

use std::{
    collections::{BTreeSet, HashMap},
    error::Error,
    fmt, mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tower_layer::Layer;
use tower_service::Service;

use crate::{
    command::Phase, event::FromEvent, identity::Identity, random::unique, rejection::BoxError, webhook::Webhook,
};

/// Where it is kept which events are being handled, and which have been.
///
/// All instances that share a store must agree on its time: a store outside of the process goes by its own clock.
pub trait RepeatStore: Send + Sync {
    /// Why the store could not be asked.
    type Error: Into<BoxError>;

    /// Takes a lease on an event, unless it is being handled or has been. A lease that has run out does not count.
    fn claim(&self, lease: &Lease) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// The event has been handled. If another has the lease now, nothing changes.
    fn complete(&self, lease: &Lease) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The event has not been handled. If another has the lease now, nothing changes.
    fn release(&self, lease: &Lease) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl<T: RepeatStore> RepeatStore for Arc<T> {
    type Error = T::Error;

    fn claim(&self, lease: &Lease) -> impl Future<Output = Result<Claim, T::Error>> + Send {
        (**self).claim(lease)
    }

    fn complete(&self, lease: &Lease) -> impl Future<Output = Result<(), T::Error>> + Send {
        (**self).complete(lease)
    }

    fn release(&self, lease: &Lease) -> impl Future<Output = Result<(), T::Error>> + Send {
        (**self).release(lease)
    }
}

/// The right to handle an event, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    identity: Identity,
    token: u128,
    duration: Duration,
}

impl Lease {
    /// A lease with a token of its own.
    pub fn new(identity: Identity, duration: Duration) -> Self {
        Self { identity, token: unique(), duration }
    }

    /// The event.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// What tells this lease from all others.
    pub fn token(&self) -> u128 {
        self.token
    }

    /// How long it is valid, from the claim on.
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

/// The answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// The event is to be handled now.
    Granted,
    /// Another has a lease that is still valid.
    AtWork,
    /// It has been handled.
    Done,
}

/// Lets each event through to a service of webhooks once. See the [module documentation](crate::repeats).
#[derive(Debug)]
pub struct RepeatsLayer<T> {
    store: Arc<T>,
    lease: Duration,
}

impl<T: RepeatStore> RepeatsLayer<T> {
    /// Creates a layer on a store.
    pub fn new(store: T) -> Self {
        Self { store: Arc::new(store), lease: Duration::from_secs(2) }
    }

    /// How long an event may be handled before another delivery of it is handled too. Default: 2 s, when Chat hangs up and
    /// sends the event again.
    ///
    /// Less than the handler needs, and an event may be handled twice at a time. More, and an event whose handler died with
    /// its process is withheld for longer: for so long that Chat gives up.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }
}

impl<T> Clone for RepeatsLayer<T> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), lease: self.lease }
    }
}

impl<S, T> Layer<S> for RepeatsLayer<T> {
    type Service = Repeats<S, T>;

    fn layer(&self, inner: S) -> Repeats<S, T> {
        Repeats { inner, layer: self.clone() }
    }
}

/// The service of [`RepeatsLayer`].
#[derive(Debug)]
pub struct Repeats<S, T> {
    inner: S,
    layer: RepeatsLayer<T>,
}

impl<S: Clone, T> Clone for Repeats<S, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S, E, T> Service<Webhook<E>> for Repeats<S, T>
where
    S: Service<Webhook<E>, Response: Default + Send, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    E: FromEvent + Send + 'static,
    T: RepeatStore + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, hook: Webhook<E>) -> Self::Future {
        // The instance that was polled ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let is_after = hook.context().command().phase() == Phase::After;
        let Some(identity) = hook.identity().filter(|_| is_after) else {
            let handled = inner.call(hook);
            return Box::pin(async { handled.await.map_err(Into::into) });
        };
        let lease = Lease::new(identity, self.layer.lease);
        let store = Arc::clone(&self.layer.store);
        Box::pin(async move {
            // From now on, as the store may grant it to a claim that is cancelled, or whose answer is lost.
            let mut held = Held { store: Some(store.clone()), lease, is_handled: false };
            match store.claim(&held.lease).await.map_err(|error| RepeatError::Store(error.into()))? {
                Claim::Granted => {}
                Claim::AtWork => {
                    held.store = None;
                    return Err(RepeatError::AtWork.into());
                }
                Claim::Done => {
                    held.store = None;
                    return Ok(S::Response::default());
                }
            }
            let handled = inner.call(hook).await.map_err(Into::into);
            held.is_handled = handled.is_ok();
            // The event has been handled, or has not, even if that cannot be noted.
            held.end(&store).await;
            held.store = None;
            handled
        })
    }
}

/// A lease, from its claim until what became of its event is noted. If that is cancelled or panics, it is noted in the
/// background: with the feature `tokio`, and within a runtime. Otherwise the lease runs out.
struct Held<T: RepeatStore + 'static> {
    /// `None` once there is nothing to be noted.
    store: Option<Arc<T>>,
    lease: Lease,
    is_handled: bool,
}

impl<T: RepeatStore + 'static> Held<T> {
    async fn end(&self, store: &T) {
        _ = match self.is_handled {
            true => store.complete(&self.lease).await,
            false => store.release(&self.lease).await,
        };
    }
}

impl<T: RepeatStore + 'static> Drop for Held<T> {
    fn drop(&mut self) {
        #[cfg(feature = "tokio")]
        if let (Some(store), Ok(runtime)) = (self.store.take(), tokio::runtime::Handle::try_current()) {
            let held = Self { store: None, lease: self.lease.clone(), is_handled: self.is_handled };
            runtime.spawn(async move { held.end(&store).await });
        }
    }
}

/// Why a delivery was not handled.
#[derive(Debug)]
#[non_exhaustive]
pub enum RepeatError {
    /// The event is being handled, after another delivery.
    AtWork,
    /// The store could not be asked. The event was not handled, as that might be the second time.
    Store(BoxError),
}

impl fmt::Display for RepeatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtWork => "the event is already being handled",
            Self::Store(_) => "the store of handled events could not be asked",
        })
    }
}

impl Error for RepeatError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::AtWork => None,
            Self::Store(error) => Some(&**error),
        }
    }
}

/// Keeps in memory which events have been handled, for a single instance. It forgets them when the process ends.
#[derive(Debug)]
pub struct MemoryRepeats {
    capacity: usize,
    kept: Duration,
    events: Mutex<Events>,
}

#[derive(Debug, Default)]
struct Events {
    states: HashMap<Identity, State>,
    /// Those at work, by the end of their lease.
    at_work: BTreeSet<(Instant, Identity)>,
    /// Those that are done, by when they are forgotten.
    done: BTreeSet<(Instant, Identity)>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    AtWork { token: u128, until: Instant },
    Done { until: Instant },
}

/// More events are being handled at a time than [`MemoryRepeats`] has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyAtWork(());

impl fmt::Display for TooManyAtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many events are being handled to recognise their repeats")
    }
}

impl Error for TooManyAtWork {}

impl MemoryRepeats {
    /// Room for `capacity` events, of about 150 bytes each. If there are more, those are forgotten first that were handled
    /// first.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Duration::from_secs(600), events: Mutex::default() }
    }

    /// How long an event is known after it was handled. Default: 10 minutes, which is longer than the vendor repeats it.
    pub fn keep(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // Nothing panics while it is locked.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim_at(&self, lease: &Lease, now: Instant) -> Result<Claim, TooManyAtWork> {
        let events = &mut *self.events();
        events.forget_until(now);
        match events.states.get(&lease.identity) {
            Some(State::AtWork { token, .. }) if *token == lease.token => return Ok(Claim::Granted),
            Some(State::AtWork { .. }) => return Ok(Claim::AtWork),
            Some(State::Done { .. }) => return Ok(Claim::Done),
            None => {}
        }
        if events.states.len() >= self.capacity {
            let (_, oldest) = *events.done.first().ok_or(TooManyAtWork(()))?;
            events.remove(oldest);
        }
        events.insert(lease.identity, State::AtWork { token: lease.token, until: end(now, lease.duration) });
        Ok(Claim::Granted)
    }

    fn complete_at(&self, lease: &Lease, now: Instant) {
        let events = &mut *self.events();
        events.forget_until(now);
        if events.belongs_to_another(lease) {
            return;
        }
        events.remove(lease.identity);
        // Its room is gone if the lease had run out.
        if events.states.len() >= self.capacity
            && let Some((_, oldest)) = events.done.first().copied()
        {
            events.remove(oldest);
        }
        if events.states.len() < self.capacity {
            events.insert(lease.identity, State::Done { until: end(now, self.kept) });
        }
    }

    fn release_at(&self, lease: &Lease, now: Instant) {
        let events = &mut *self.events();
        events.forget_until(now);
        if !events.belongs_to_another(lease) {
            events.remove(lease.identity);
        }
    }
}

/// The end of a time that may be for ever.
fn end(now: Instant, duration: Duration) -> Instant {
    const LONG: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

    now + duration.min(LONG)
}

impl Events {
    fn forget_until(&mut self, now: Instant) {
        for ended in [&mut self.at_work, &mut self.done] {
            while let Some((until, identity)) = ended.first().copied().filter(|(until, _)| *until <= now) {
                ended.remove(&(until, identity));
                self.states.remove(&identity);
            }
        }
    }

    fn belongs_to_another(&self, lease: &Lease) -> bool {
        match self.states.get(&lease.identity) {
            Some(State::AtWork { token, .. }) => *token != lease.token,
            Some(State::Done { .. }) => true,
            None => false,
        }
    }

    fn insert(&mut self, identity: Identity, state: State) {
        match state {
            State::AtWork { until, .. } => self.at_work.insert((until, identity)),
            State::Done { until } => self.done.insert((until, identity)),
        };
        self.states.insert(identity, state);
    }

    fn remove(&mut self, identity: Identity) {
        match self.states.remove(&identity) {
            Some(State::AtWork { until, .. }) => _ = self.at_work.remove(&(until, identity)),
            Some(State::Done { until }) => _ = self.done.remove(&(until, identity)),
            None => {}
        }
    }
}

impl RepeatStore for MemoryRepeats {
    type Error = TooManyAtWork;

    async fn claim(&self, lease: &Lease) -> Result<Claim, TooManyAtWork> {
        self.claim_at(lease, Instant::now())
    }

    async fn complete(&self, lease: &Lease) -> Result<(), TooManyAtWork> {
        self.complete_at(lease, Instant::now());
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<(), TooManyAtWork> {
        self.release_at(lease, Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    const SECOND: Duration = Duration::from_secs(1);

    fn lease(event: u128) -> Lease {
        Lease::new(event.into(), 2 * SECOND)
    }

    #[test]
    fn an_event_is_handled_once() {
        let (store, now) = (MemoryRepeats::new(10), Instant::now());
        let first = lease(1);
        assert_eq!(store.claim_at(&first, now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&lease(1), now), Ok(Claim::AtWork));
        assert_eq!(store.claim_at(&lease(2), now), Ok(Claim::Granted));
        store.complete_at(&first, now);
        assert_eq!(store.claim_at(&lease(1), now + 599 * SECOND), Ok(Claim::Done));
        assert_eq!(store.claim_at(&lease(1), now + 600 * SECOND), Ok(Claim::Granted));
    }

    #[test]
    fn one_that_was_released_or_whose_worker_died_is_handled_again() {
        let (store, now) = (MemoryRepeats::new(10), Instant::now());
        let first = lease(1);
        store.claim_at(&first, now).unwrap();
        store.release_at(&first, now);
        let died = lease(1);
        assert_eq!(store.claim_at(&died, now), Ok(Claim::Granted));
        let next = lease(1);
        assert_eq!(store.claim_at(&next, now + 2 * SECOND), Ok(Claim::Granted));
        // The one that was thought to have died changes nothing.
        store.release_at(&died, now + 2 * SECOND);
        store.complete_at(&died, now + 2 * SECOND);
        assert_eq!(store.claim_at(&lease(1), now + 2 * SECOND), Ok(Claim::AtWork));
        store.complete_at(&next, now + 3 * SECOND);
        store.release_at(&next, now + 3 * SECOND);
        assert_eq!(store.claim_at(&lease(1), now + 3 * SECOND), Ok(Claim::Done));
    }

    #[test]
    fn one_that_ends_after_its_lease_is_done() {
        let (store, now) = (MemoryRepeats::new(10), Instant::now());
        let late = lease(1);
        store.claim_at(&late, now).unwrap();
        store.complete_at(&late, now + 3 * SECOND);
        assert_eq!(store.claim_at(&lease(1), now + 3 * SECOND), Ok(Claim::Done));
    }

    #[test]
    fn one_that_ends_after_its_lease_takes_the_room_of_the_oldest() {
        let (store, now) = (MemoryRepeats::new(2), Instant::now());
        let late = lease(1);
        store.claim_at(&late, now).unwrap();
        for event in [2, 3] {
            let lease = lease(event);
            store.claim_at(&lease, now + 3 * SECOND).unwrap();
            store.complete_at(&lease, now + 3 * SECOND);
        }
        store.complete_at(&late, now + 4 * SECOND);
        assert_eq!(store.claim_at(&lease(1), now + 4 * SECOND), Ok(Claim::Done));
        assert_eq!(store.claim_at(&lease(3), now + 4 * SECOND), Ok(Claim::Done));
    }

    /// Its first answer may have been lost.
    #[test]
    fn a_claim_may_be_repeated() {
        let (store, now) = (MemoryRepeats::new(2), Instant::now());
        let one = lease(1);
        assert_eq!(store.claim_at(&one, now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&one, now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&lease(1), now), Ok(Claim::AtWork));
    }

    #[test]
    fn it_is_bounded() {
        let (store, now) = (MemoryRepeats::new(3).keep(Duration::MAX), Instant::now());
        for event in 0..100 {
            let lease = lease(event);
            assert_eq!(store.claim_at(&lease, now), Ok(Claim::Granted));
            store.complete_at(&lease, now + SECOND * event as u32);
        }
        let events = store.events();
        assert_eq!((events.states.len(), events.at_work.len(), events.done.len()), (3, 0, 3));
        drop(events);
        assert_eq!(store.claim_at(&lease(99), now), Ok(Claim::Done));
        assert_eq!(store.claim_at(&lease(96), now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&lease(95), now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&lease(94), now), Ok(Claim::Granted));
        assert_eq!(store.claim_at(&lease(93), now), Err(TooManyAtWork(())));
        assert_eq!(store.claim_at(&lease(93), now + 2 * SECOND), Ok(Claim::Granted));
        let events = store.events();
        assert_eq!((events.states.len(), events.at_work.len(), events.done.len()), (1, 1, 0));
    }

    /// `Repeats<_, _>` is a service of any event's webhooks.
    #[test]
    fn it_is_a_service_of_all_events_too() {
        fn is_service<S: Service<Webhook<Event>>>(_: &S) {}

        #[derive(Clone)]
        struct Inner;

        impl Service<Webhook> for Inner {
            type Response = ();
            type Error = TooManyAtWork;
            type Future = std::future::Ready<Result<(), TooManyAtWork>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TooManyAtWork>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, _: Webhook) -> Self::Future {
                std::future::ready(Ok(()))
            }
        }

        is_service(&RepeatsLayer::new(Arc::new(MemoryRepeats::new(1))).layer(Inner));
    }
}
