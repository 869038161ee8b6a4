//! The store of repeats.

use std::time::Duration;

use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};
use tower_tencent_webhook_handoff_testing::{eventually, repeats, soon};
use tower_tencent_webhook_postgres::{ErrorKind, Repeats};

use crate::common::Setup;

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

fn lease(event: u128) -> Lease {
    Lease::new(event.into(), LONG)
}

#[tokio::test]
async fn an_event_is_claimed_once_until_it_is_released_and_never_after_it_is_done() {
    let setup = Setup::new().await;
    repeats::an_event_is_claimed_once(&Repeats::new(&setup.database)).await;
}

#[tokio::test]
async fn of_many_claims_at_once_one_is_granted() {
    let setup = Setup::new().await;
    repeats::one_of_many_claims_is_granted([&setup.database, &setup.elsewhere()].map(Repeats::new)).await;
}

#[tokio::test]
async fn another_ones_lease_is_neither_completed_nor_released() {
    let setup = Setup::new().await;
    repeats::another_ones_lease_is_left_alone(&Repeats::new(&setup.database)).await;
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
