//! The store of repeats.

use std::time::Duration;

use tokio::task::JoinSet;
use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};
use tower_tencent_webhook_postgres::{ErrorKind, Repeats};

use crate::common::{Setup, eventually, soon};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

fn lease(event: u128) -> Lease {
    Lease::new(event.into(), LONG)
}

#[tokio::test]
async fn an_event_is_claimed_once_until_it_is_released_and_never_after_it_is_done() {
    let setup = Setup::new().await;
    let store = Repeats::new(&setup.database);
    let first = lease(1);
    assert_eq!(store.claim(&first).await.unwrap(), Claim::Granted);
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::AtWork);
    // The answer to it got lost.
    assert_eq!(store.claim(&first).await.unwrap(), Claim::Granted);
    assert_eq!(store.claim(&lease(u128::MAX)).await.unwrap(), Claim::Granted);
    store.release(&first).await.unwrap();
    let second = lease(1);
    assert_eq!(store.claim(&second).await.unwrap(), Claim::Granted);
    store.complete(&second).await.unwrap();
    store.release(&second).await.unwrap();
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::Done);
    assert_eq!(store.claim(&second).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn of_many_claims_at_once_one_is_granted() {
    let setup = Setup::new().await;
    let stores = [&setup.database, &setup.elsewhere()].map(Repeats::new);
    let mut claims = JoinSet::new();
    for claim in 0..100 {
        let store = stores[claim % 2].clone();
        claims.spawn(async move { store.claim(&lease(claim as u128 % 5)).await.unwrap() });
    }
    let claims = soon(claims.join_all()).await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Granted).count(), 5);
    assert!(claims.iter().all(|claim| *claim != Claim::Done));
}

#[tokio::test]
async fn another_ones_lease_is_neither_completed_nor_released() {
    let setup = Setup::new().await;
    let store = Repeats::new(&setup.database);
    let died = Lease::new(1.into(), SHORT);
    assert_eq!(store.claim(&died).await.unwrap(), Claim::Granted);
    let next = lease(1);
    eventually("the lease runs out", async || store.claim(&next).await.unwrap() == Claim::Granted).await;
    // It had not died after all.
    store.complete(&died).await.unwrap();
    store.release(&died).await.unwrap();
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::AtWork);
    store.complete(&next).await.unwrap();
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn one_that_ends_after_its_lease_is_done() {
    let setup = Setup::new().await;
    let store = Repeats::new(&setup.database);
    let late = Lease::new(1.into(), SHORT);
    store.claim(&late).await.unwrap();
    eventually("it is pruned", async || store.prune().await.unwrap() == 1).await;
    store.complete(&late).await.unwrap();
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn what_is_done_is_forgotten_in_time() {
    let setup = Setup::new().await;
    let store = Repeats::new(&setup.database).keep(SHORT);
    let first = lease(1);
    store.claim(&first).await.unwrap();
    store.complete(&first).await.unwrap();
    eventually("it is forgotten", async || store.claim(&lease(1)).await.unwrap() == Claim::Granted).await;
    // The new lease is valid.
    assert_eq!(store.prune().await.unwrap(), 0);
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::AtWork);
}

#[tokio::test]
async fn while_the_server_is_down_nothing_is_granted() {
    let mut setup = Setup::own().await;
    let database = setup.database.clone().statement_timeout(Duration::from_millis(300));
    let store = Repeats::new(&database);
    store.claim(&lease(1)).await.unwrap();
    setup.server.kill();
    let error = soon(store.claim(&lease(2))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout), "{error}");
    setup.server.start().await;
    eventually("it is back", async || store.claim(&lease(2)).await.is_ok()).await;
    assert_eq!(store.claim(&lease(1)).await.unwrap(), Claim::AtWork);
}
