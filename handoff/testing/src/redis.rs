//! Redis on loopback, with its data in a temporary folder.

use std::{
    fs::File,
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{free_port, server::binary};

/// How long it may take to get ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A Redis server that listens on 127.0.0.1 and writes all to its disk at once. When this is dropped it is killed, and its
/// data removed.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Redis {
    /// The password of [`url`](Self::url).
    pub const PASSWORD: &str = "open-sesame";

    /// Starts an empty server.
    ///
    /// # Panics
    ///
    /// When it is not installed, or cannot be started.
    pub async fn start_new() -> Self {
        let folder = TempDir::with_prefix("handoff-").expect("a temporary folder");
        let mut server = Self { port: free_port(), folder, child: None };
        server.start().await;
        server
    }

    /// The port, which stays the same when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL, with the password.
    pub fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", Self::PASSWORD, self.port)
    }

    /// Kills it as `kill -9` does, and waits until it is gone. Its data stay.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            _ = child.kill();
            _ = child.wait();
        }
    }

    /// Stops it, so that it keeps its connections and answers nothing, or lets it go on.
    pub fn freeze(&self, frozen: bool) {
        let process = self.child.as_ref().expect("it runs").id().to_string();
        _ = Command::new("kill").args([if frozen { "-STOP" } else { "-CONT" }, &process]).status();
    }

    /// Starts it again, on the same port and data, and waits until it is ready.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub async fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        let log = self.folder.path().join("log");
        let output = File::create(&log).expect("a file for its log");
        let mut command = Command::new(binary("redis-server", &[], "redis-server"));
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--requirepass", Self::PASSWORD]);
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir"]).arg(self.folder.path());
        command.stdin(Stdio::null()).stderr(output.try_clone().expect("a second handle")).stdout(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let child = self.child.insert(child);
        let deadline = Instant::now() + PATIENCE;
        while !is_ready(self.port).await {
            let ended = child.try_wait().expect("it is a child");
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("{command:?} does not start ({ended:?}):\n{log}");
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// It answers, and has read its data.
async fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return false };
    let ping = format!("AUTH {}\r\nPING\r\n", Redis::PASSWORD);
    let mut answers = [0; 12];
    stream.write_all(ping.as_bytes()).await.is_ok()
        && stream.read_exact(&mut answers).await.is_ok()
        && &answers == b"+OK\r\n+PONG\r\n"
}
