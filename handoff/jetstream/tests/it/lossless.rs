//! Nothing is lost, nothing comes twice, whoever is killed.

#[path = "../lossless/mod.rs"]
mod run;

use self::run::Lossless;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_comes_twice() {
    let figures = Lossless { events: 600, rate: 60, kills: 12 }.run(fastrand::u64(..)).await;
    println!("{figures}");
}
