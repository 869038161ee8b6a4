//! Nothing lost, nothing twice, for 10,000 events: see `tests/lossless`.
//!
//! ```sh
//! cargo bench --bench lossless
//! SEED=7 EVENTS=1000 cargo bench --bench lossless
//! ```

#[path = "../tests/lossless/mod.rs"]
mod lossless;

use lossless::{Plan, run};

#[tokio::main]
async fn main() {
    let setting = |name, default| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let plan = Plan { events: setting("EVENTS", 10_000) as usize, rate: 120, seed: setting("SEED", fastrand::u64(..)) };
    let outcome = run(plan).await;
    println!("{outcome}");
    outcome.check();
}
