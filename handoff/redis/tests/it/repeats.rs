//! The store.

use std::time::Duration;

use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};
use tower_tencent_webhook_handoff_testing::{PATIENCE, Redis, eventually, free_port, repeats, soon};
use tower_tencent_webhook_redis::{ErrorKind, Repeats};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

fn lease(event: u128) -> Lease {
    Lease::new(event.into(), LONG)
}

fn store(server: &Redis) -> Repeats {
    Repeats::new(&server.url()).unwrap().timeout(PATIENCE)
}

#[tokio::test]
async fn an_event_is_claimed_once_until_it_is_released_and_never_after_it_is_done() {
    let server = Redis::start_new().await;
    repeats::an_event_is_claimed_once(&store(&server)).await;
}

#[tokio::test]
async fn of_many_claims_at_once_one_is_granted() {
    let server = Redis::start_new().await;
    repeats::one_of_many_claims_is_granted([store(&server), store(&server)]).await;
}

#[tokio::test]
async fn another_ones_lease_is_neither_completed_nor_released() {
    let server = Redis::start_new().await;
    repeats::another_ones_lease_is_left_alone(&store(&server)).await;
}

#[tokio::test]
async fn one_that_ends_after_its_lease_is_done() {
    let server = Redis::start_new().await;
    let store = store(&server);
    let late = Lease::new(1.into(), SHORT);
    store.claim(&late).await.unwrap();
    let probe = Lease::new(1.into(), SHORT);
    eventually("the lease runs out", async || store.claim(&probe).await.unwrap() == Claim::Granted).await;
    store.release(&probe).await.unwrap();
    store.complete(&late).await.unwrap();
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn what_is_done_is_forgotten_in_time() {
    let server = Redis::start_new().await;
    let store = store(&server).keep(SHORT);
    let first = lease(1);
    store.claim(&first).await.unwrap();
    store.complete(&first).await.unwrap();
    eventually("it is forgotten", async || store.claim(&lease(1)).await.unwrap() == Claim::Granted).await;
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::AtWork);
}

#[tokio::test]
async fn any_duration_will_do() {
    let server = Redis::start_new().await;
    let store = store(&server).keep(Duration::MAX);
    let (none, all) = (Lease::new(1.into(), Duration::ZERO), Lease::new(2.into(), Duration::MAX));
    assert_eq!(store.claim(&none).await.unwrap(), Claim::Granted);
    assert_eq!(store.claim(&all).await.unwrap(), Claim::Granted);
    store.complete(&all).await.unwrap();
    assert_eq!(store.claim(&lease(2)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn instances_with_another_prefix_share_nothing() {
    let server = Redis::start_new().await;
    let (one, other) = (store(&server), store(&server).prefix("群 %\0"));
    assert_eq!(one.claim(&lease(1)).await.unwrap(), Claim::Granted);
    assert_eq!(other.claim(&lease(1)).await.unwrap(), Claim::Granted);
    assert_eq!(other.claim(&lease(1)).await.unwrap(), Claim::AtWork);
}

#[tokio::test]
async fn it_connects_again_and_knows_what_was_done_before() {
    let mut server = Redis::start_new().await;
    let (store, hasty) = (store(&server), Repeats::new(&server.url()).unwrap().timeout(Duration::from_millis(300)));
    let first = lease(1);
    assert_eq!(hasty.claim(&first).await.unwrap(), Claim::Granted);
    store.complete(&first).await.unwrap();
    server.kill();
    let error = soon(hasty.claim(&lease(2))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout), "{error}");
    // One that has more patience does not see it.
    let claim = tokio::spawn(async move { store.claim(&lease(1)).await });
    server.start().await;
    assert_eq!(soon(claim).await.unwrap().unwrap(), Claim::Done);
    eventually("it is back", async || hasty.claim(&lease(1)).await.is_ok()).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_until_the_deadline() {
    let server = Redis::start_new().await;
    let hasty = Repeats::new(&server.url()).unwrap().timeout(Duration::from_millis(200));
    eventually("it is there", async || hasty.claim(&lease(1)).await.is_ok()).await;
    server.freeze(true);
    let error = soon(hasty.claim(&lease(2))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    server.freeze(false);
    eventually("it is back", async || hasty.claim(&lease(1)).await.is_ok()).await;
}

#[tokio::test]
async fn passwords_are_not_shown() {
    let server = Redis::start_new().await;
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug| shown += &format!("{what:?}\n");
    let wrong = Repeats::new(&server.url().replace(Redis::PASSWORD, "sesame-open")).unwrap().timeout(PATIENCE);
    let error = soon(wrong.claim(&lease(1))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    show(&(&error, error.to_string(), &wrong));
    let nobody = format!("redis://:open-sesame@127.0.0.1:{}", free_port());
    let nobody = Repeats::new(&nobody).unwrap().timeout(Duration::from_millis(100));
    let error = soon(nobody.claim(&lease(1))).await.unwrap_err();
    show(&(&error, error.to_string(), &nobody));
    for url in ["sesame", "redis://:sesame@host:port", "redis://:sesame@host/sesame", "http://:sesame@host"] {
        let error = Repeats::new(url).unwrap_err();
        show(&(error, error.to_string()));
    }
    assert!(!shown.contains("sesame"), "{shown}");
}
