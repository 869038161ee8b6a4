//! Repeated deliveries: each event is handled once, and none is swallowed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_tencent_webhook::{
    Ack, AfterFailure, FailurePolicy, Verdict, Webhook, WebhookRouter,
    event::{c2c, follow, sns},
    repeats::{Claim, Lease, MemoryRepeats, RepeatError, RepeatStore, RepeatsLayer},
    signer,
};

use crate::common::{signer as sign, *};

type Unfollow = Webhook<follow::AfterFollowDelete>;

fn unfollow() -> Unfollow {
    sign().webhook(BODY).unwrap()
}

/// The same event a second later.
fn another() -> Unfollow {
    sign().webhook(BODY.replace("678", "679")).unwrap()
}

/// Counts its calls, and fails while told to.
#[derive(Clone, Default)]
struct Handler {
    calls: Arc<AtomicUsize>,
    failures: Arc<AtomicUsize>,
}

impl Handler {
    fn service<E: 'static>(
        &self,
    ) -> impl Service<Webhook<E>, Response = Ack, Error = BoxError, Future: Send> + Clone + Send + Sync + 'static + use<E>
    {
        let handler = self.clone();
        service_fn(move |_: Webhook<E>| {
            handler.calls.fetch_add(1, Ordering::SeqCst);
            let fails = handler.failures.load(Ordering::SeqCst) > 0;
            if fails {
                handler.failures.fetch_sub(1, Ordering::SeqCst);
            }
            std::future::ready(if fails { Err("no".into()) } else { Ok(Ack::ok()) })
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn each_event_is_handled_once() {
    let handler = Handler::default();
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).layer(handler.service());
    for _ in 0..3 {
        service.clone().oneshot(unfollow()).await.unwrap();
    }
    assert_eq!(handler.calls(), 1);
    service.clone().oneshot(another()).await.unwrap();
    assert_eq!(handler.calls(), 2);
}

#[tokio::test]
async fn two_instances_with_one_store_handle_it_once() {
    let handler = Handler::default();
    let store = Arc::new(MemoryRepeats::new(100));
    for _ in 0..2 {
        let instance = RepeatsLayer::new(store.clone()).layer(handler.service());
        instance.oneshot(unfollow()).await.unwrap();
    }
    assert_eq!(handler.calls(), 1);
}

#[tokio::test]
async fn one_that_failed_is_handled_again() {
    let handler = Handler::default();
    handler.failures.store(2, Ordering::SeqCst);
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).layer(handler.service());
    for is_handled in [false, false, true, true] {
        assert_eq!(service.clone().oneshot(unfollow()).await.is_ok(), is_handled);
    }
    assert_eq!(handler.calls(), 3);
}

/// A store far away: its answers take a second.
struct Far(MemoryRepeats, fn(&str) -> bool);

impl Far {
    async fn answer(&self, what: &str) {
        if (self.1)(what) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

impl RepeatStore for Far {
    type Error = BoxError;

    async fn claim(&self, lease: &Lease) -> Result<Claim, BoxError> {
        let claim = self.0.claim(lease).await?;
        self.answer("claim").await;
        Ok(claim)
    }

    async fn complete(&self, lease: &Lease) -> Result<(), BoxError> {
        self.answer("complete").await;
        Ok(self.0.complete(lease).await?)
    }

    async fn release(&self, lease: &Lease) -> Result<(), BoxError> {
        self.answer("release").await;
        Ok(self.0.release(lease).await?)
    }
}

/// Chat hangs up while the store is being asked: what became of the event is noted all the same.
#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_at_the_store_is_neither_stuck_nor_handled_twice() {
    for (slow, calls_before) in [((|what| what == "claim") as fn(&str) -> bool, 0), (|what| what == "complete", 1)] {
        let handler = Handler::default();
        let service = RepeatsLayer::new(Far(MemoryRepeats::new(100), slow)).layer(handler.service());
        let cut_off = tokio::time::timeout(Duration::from_millis(500), service.clone().oneshot(unfollow())).await;
        assert!(cut_off.is_err());
        assert_eq!(handler.calls(), calls_before);
        tokio::time::sleep(Duration::from_secs(2)).await;
        service.oneshot(unfollow()).await.unwrap();
        assert_eq!(handler.calls(), 1);
    }
}

#[tokio::test]
async fn a_repeat_while_the_first_is_at_work_is_not_acknowledged() {
    let gate = Arc::new(Semaphore::new(0));
    let opens = gate.clone();
    let handle = service_fn(move |_: Unfollow| {
        let gate = opens.clone();
        async move {
            gate.acquire().await?.forget();
            Ok::<_, BoxError>(Ack::ok())
        }
    });
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).lease(Duration::from_secs(3600)).layer(handle);
    let mut first = Box::pin(service.clone().oneshot(unfollow()));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let error = service.clone().oneshot(unfollow()).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(RepeatError::AtWork)), "{error}");
    gate.add_permits(1);
    within(first).await.unwrap();
    service.oneshot(unfollow()).await.unwrap();
    assert_eq!(gate.available_permits(), 0);
}

/// The failure policy withholds the answer to a repeat, so that Chat asks once more.
#[tokio::test(start_paused = true)]
async fn a_repeat_of_one_that_is_at_work_is_withheld() {
    let hangs = service_fn(async |_: Unfollow| std::future::pending::<Result<Ack, BoxError>>().await);
    let repeats = RepeatsLayer::new(MemoryRepeats::new(100)).lease(Duration::from_secs(3600)).layer(hangs);
    let router = WebhookRouter::new().on_service::<follow::AfterFollowDelete>(repeats);
    let service = layer().on_failure(FailurePolicy::new().after(AfterFailure::Withhold)).layer(router);
    let mut first = Box::pin(send(service.clone(), signed()));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let start = tokio::time::Instant::now();
    assert_eq!(send(service, signed()).await.0, 503);
    assert!(start.elapsed() > Duration::from_secs(2));
}

#[tokio::test]
async fn one_that_was_cancelled_or_panicked_is_handled_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counts = calls.clone();
    let handle = service_fn(move |_: Unfollow| {
        let call = counts.fetch_add(1, Ordering::SeqCst);
        async move {
            match call {
                0 => std::future::pending().await,
                1 => panic!("which is what is tested here"),
                _ => Ok::<_, BoxError>(Ack::ok()),
            }
        }
    });
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).lease(Duration::from_secs(3600)).layer(handle);
    let mut first = Box::pin(service.clone().oneshot(unfollow()));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(first);
    // It is released in the background.
    tokio::task::yield_now().await;
    let panics = tokio::spawn(service.clone().oneshot(unfollow()));
    assert!(panics.await.unwrap_err().is_panic());
    tokio::task::yield_now().await;
    service.clone().oneshot(unfollow()).await.unwrap();
    service.oneshot(unfollow()).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn one_whose_worker_died_is_handled_again_when_its_lease_has_run_out() {
    let handler = Handler::default();
    let store = Arc::new(MemoryRepeats::new(100));
    // The worker of this one says nothing more.
    let lease = Lease::new(unfollow().identity().unwrap(), Duration::from_millis(20));
    assert_eq!(store.claim(&lease).await.unwrap(), Claim::Granted);
    let service = RepeatsLayer::new(store).layer(handler.service());
    let mut withheld = 0;
    within(async {
        while let Err(error) = service.clone().oneshot(unfollow()).await {
            assert!(matches!(error.downcast_ref(), Some(RepeatError::AtWork)), "{error}");
            withheld += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!((handler.calls(), withheld > 0), (1, true));
}

#[tokio::test]
async fn events_without_identity_and_before_events_are_always_handled() {
    let befriended =
        || sign().webhook::<sns::FriendAdd>(r#"{"PairList":[{"From_Account":"a","To_Account":"b"}]}"#).unwrap();
    assert_eq!(befriended().identity(), None);
    let handler = Handler::default();
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).layer(handler.service());
    for _ in 0..2 {
        service.clone().oneshot(befriended()).await.unwrap();
    }
    assert_eq!(handler.calls(), 2);

    let message = || sign().webhook::<c2c::BeforeSendMsg>(signer::sample(MESSAGE)).unwrap();
    assert!(message().identity().is_some());
    let calls = Arc::new(AtomicUsize::new(0));
    let counts = calls.clone();
    let refuse = service_fn(move |_: Webhook<c2c::BeforeSendMsg>| {
        counts.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, BoxError>(Some(Verdict::<c2c::BeforeSendMsg>::refuse())))
    });
    let service = RepeatsLayer::new(MemoryRepeats::new(100)).layer(refuse);
    for _ in 0..2 {
        assert!(service.clone().oneshot(message()).await.unwrap().is_some(), "its verdict is never a default");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_event_is_not_handled_if_the_store_cannot_be_asked() {
    struct Broken;

    impl RepeatStore for Broken {
        type Error = BoxError;

        async fn claim(&self, _: &Lease) -> Result<Claim, BoxError> {
            Err("the store is down".into())
        }

        async fn complete(&self, _: &Lease) -> Result<(), BoxError> {
            unreachable!()
        }

        async fn release(&self, _: &Lease) -> Result<(), BoxError> {
            unreachable!()
        }
    }

    let handler = Handler::default();
    let service = RepeatsLayer::new(Broken).layer(handler.service());
    let error = service.oneshot(unfollow()).await.unwrap_err();
    assert_eq!(error.to_string(), "the store of handled events could not be asked");
    assert_eq!(error.source().unwrap().to_string(), "the store is down");
    assert_eq!(handler.calls(), 0);
}

#[tokio::test]
async fn it_goes_around_a_hand_off_too() {
    let handler = Handler::default();
    let repeats = RepeatsLayer::new(MemoryRepeats::new(100));
    let router = WebhookRouter::new().hand_off(repeats.layer(handler.service()));
    for _ in 0..2 {
        assert_eq!(send(layer().layer(router.clone()), signed()).await, ok());
    }
    assert_eq!(handler.calls(), 1);
}
