//! Real servers on loopback, with their data in a temporary folder.

use std::{
    fs::File,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::free_port;

/// How long a server may take to get ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that listens on 127.0.0.1. When this is dropped it is killed, and its data removed.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Nats,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    /// Starts nats-server with JetStream.
    ///
    /// # Panics
    ///
    /// When it is not installed, or cannot be started.
    pub async fn nats() -> Self {
        Self::run(Kind::Nats).await
    }

    async fn run(kind: Kind) -> Self {
        let folder = TempDir::with_prefix("handoff-").expect("a temporary folder");
        let mut server = Self { kind, port: free_port(), folder, child: None };
        server.start().await;
        server
    }

    /// The port, which stays the same when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL, for clients.
    pub fn url(&self) -> String {
        match self.kind {
            Kind::Nats => format!("nats://127.0.0.1:{}", self.port),
        }
    }

    /// Kills it as `kill -9` does, and waits until it is gone. Its data stay.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            _ = child.kill();
            _ = child.wait();
        }
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
        let data = self.folder.path().join("data");
        let log = self.folder.path().join("log");
        let output = File::create(&log).expect("a file for its log");
        let mut command = self.kind.command(&data, self.port);
        command.stdin(Stdio::null()).stderr(output.try_clone().expect("a second handle")).stdout(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let child = self.child.insert(child);
        let deadline = Instant::now() + PATIENCE;
        while !self.kind.is_ready(self.port).await {
            let ended = child.try_wait().expect("it is a child");
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("{command:?} does not start ({ended:?}):\n{log}");
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Kind {
    fn command(self, data: &Path, port: u16) -> Command {
        match self {
            Self::Nats => {
                let mut command = Command::new(binary("nats-server", &[], "nats-server"));
                command.arg("-js").arg("-sd").arg(data).args(["-a", "127.0.0.1", "-p", &port.to_string()]);
                command
            }
        }
    }

    async fn is_ready(self, port: u16) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return false };
        match self {
            // It introduces itself, and JetStream runs by then.
            Self::Nats => {
                let mut hello = [0; 5];
                stream.read_exact(&mut hello).await.is_ok() && &hello == b"INFO "
            }
        }
    }
}

/// A server's binary: in `PATH`, or where Debian puts it.
///
/// # Panics
///
/// When it is not installed.
pub fn binary(name: &str, places: &[&str], package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = places.iter().chain(&["/usr/sbin", "/usr/bin", "/usr/local/bin"]).map(PathBuf::from);
    let found = std::env::split_paths(&path).chain(places).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: apt-get install {package}"))
}
