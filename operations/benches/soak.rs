//! Ten minutes of life: mixed webhooks, repeats, drift, strangers, a rotation of the token and rolling restarts behind
//! nginx, with JetStream behind the receivers.
//!
//! ```sh
//! cargo bench --bench soak -- --seconds 600
//! ```

#[allow(dead_code, reason = "the tests need more of it")]
#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/soak/mod.rs"]
mod soak;

#[tokio::main]
async fn main() {
    let seconds = std::env::args().skip_while(|argument| argument != "--seconds").nth(1);
    let seconds = seconds.map_or(60, |seconds| seconds.parse().expect("a number of seconds"));
    soak::Soak { seconds, rate: 200, linger: 5 }.run().await;
}
