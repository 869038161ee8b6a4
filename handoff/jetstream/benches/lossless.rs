//! The long run: 10,000 events, while receiver, worker and nats-server are killed and started again.
//!
//! ```sh
//! cargo bench --bench lossless            # a random seed, which is printed
//! cargo bench --bench lossless -- 7741    # that one again
//! ```

#[path = "../tests/lossless/mod.rs"]
mod run;

use run::Lossless;

#[tokio::main]
async fn main() {
    let seed = std::env::args().find_map(|argument| argument.parse().ok());
    let figures =
        Lossless { events: 10_000, rate: 100, kills: 60 }.run(seed.unwrap_or_else(|| fastrand::u64(..))).await;
    println!("{figures}");
}
