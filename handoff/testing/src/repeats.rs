//! What every store of repeats keeps to, whatever the engine. Each of these wants a store that is empty.

use std::time::Duration;

use tokio::task::JoinSet;
use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};

use crate::{eventually, soon};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

fn lease(event: u128) -> Lease {
    Lease::new(event.into(), LONG)
}

async fn claim(store: &impl RepeatStore, lease: &Lease) -> Claim {
    store.claim(lease).await.map_err(Into::into).unwrap()
}

async fn complete(store: &impl RepeatStore, lease: &Lease) {
    store.complete(lease).await.map_err(Into::into).unwrap();
}

async fn release(store: &impl RepeatStore, lease: &Lease) {
    store.release(lease).await.map_err(Into::into).unwrap();
}

/// An event is claimed once until it is released, and never after it is done.
///
/// # Panics
///
/// If that is not so.
pub async fn an_event_is_claimed_once(store: &impl RepeatStore) {
    let first = lease(1);
    assert_eq!(claim(store, &first).await, Claim::Granted);
    assert_eq!(claim(store, &lease(1)).await, Claim::AtWork);
    // The answer to it got lost.
    assert_eq!(claim(store, &first).await, Claim::Granted);
    assert_eq!(claim(store, &lease(u128::MAX)).await, Claim::Granted);
    release(store, &first).await;
    let second = lease(1);
    assert_eq!(claim(store, &second).await, Claim::Granted);
    complete(store, &second).await;
    complete(store, &second).await;
    release(store, &second).await;
    assert_eq!(claim(store, &lease(1)).await, Claim::Done);
    assert_eq!(claim(store, &second).await, Claim::Done);
}

/// Of many claims at once, by two instances, one is granted.
///
/// # Panics
///
/// If that is not so.
pub async fn one_of_many_claims_is_granted<S: RepeatStore + Clone + 'static>(stores: [S; 2]) {
    let mut claims = JoinSet::new();
    for number in 0..200 {
        let store = stores[number % 2].clone();
        claims.spawn(async move { claim(&store, &lease(number as u128 % 5)).await });
    }
    let claims = soon(claims.join_all()).await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Granted).count(), 5);
    assert!(claims.iter().all(|claim| *claim != Claim::Done));
}

/// Another one's lease is neither completed nor released.
///
/// # Panics
///
/// If it is.
pub async fn another_ones_lease_is_left_alone(store: &impl RepeatStore) {
    let died = Lease::new(1.into(), SHORT);
    assert_eq!(claim(store, &died).await, Claim::Granted);
    let next = lease(1);
    eventually("the lease runs out", async || claim(store, &next).await == Claim::Granted).await;
    // It had not died after all.
    complete(store, &died).await;
    release(store, &died).await;
    assert_eq!(claim(store, &lease(1)).await, Claim::AtWork);
    complete(store, &next).await;
    assert_eq!(claim(store, &lease(1)).await, Claim::Done);
}
