//! The examples, as processes.

use std::{fs, time::Duration};

use tokio::time::sleep;
use tower_tencent_webhook_handoff_testing::{Process, eventually, free_port, soon};

/// Whether a process handles SIGINT and SIGTERM.
fn handles_signals(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    let both = 1 << (2 - 1) | 1 << (15 - 1);
    u64::from_str_radix(caught.trim(), 16).unwrap() & both == both
}

#[tokio::test]
async fn both_end_when_they_are_asked_to_while_nats_is_down() {
    let folder = tempfile::tempdir().unwrap();
    for (name, signal) in [("receiver", "TERM"), ("receiver", "INT"), ("worker", "TERM"), ("worker", "INT")] {
        let mut process = Process::example(env!("CARGO_MANIFEST_DIR"), name, "")
            .env("ADDRESS", format!("127.0.0.1:{}", free_port()))
            .env("JOURNAL", folder.path().join("journal"))
            .env("NATS_URL", format!("nats://127.0.0.1:{}", free_port()));
        process.spawn();
        let id = process.id().unwrap();
        eventually("it handles signals", async || handles_signals(id)).await;
        sleep(Duration::from_millis(200)).await;
        assert!(process.is_running(), "{name} waits for NATS");
        process.signal(signal);
        assert!(soon(process.end()).await.success(), "{name} ends on SIG{signal}");
    }
}
