//! The receiver among the servers that it is deployed with, real ones: Debian's nginx, Prometheus and nats-server.

#[path = "../common/mod.rs"]
mod common;
mod contract;
mod nginx;
mod platforms;
mod prometheus;
mod server;
#[path = "../soak/mod.rs"]
mod soak;

/// The whole of it takes ten minutes: `cargo bench --bench soak`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_soak_loses_nothing() {
    soak::Soak { seconds: 20, rate: 100, linger: 1 }.run().await;
}
