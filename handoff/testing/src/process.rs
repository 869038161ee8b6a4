//! Child processes that can be killed, and started again.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{sleep, timeout},
};

/// How long a process may take to get ready, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process, such as an example of a package. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    command: Command,
    ready: String,
    running: Option<(Child, UnboundedReceiver<String>)>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Process {
    /// An example of the package in a folder, `env!("CARGO_MANIFEST_DIR")`, built with all features. It is
    /// [started](Self::start) later, and ready when it prints a line that begins with `ready`.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn example(package: &str, name: &str, ready: &str) -> Self {
        Self::new(Command::new(build(package.as_ref(), name)), ready)
    }

    /// Any command.
    pub fn new(mut command: Command, ready: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self { command, ready: ready.to_owned(), running: None }
    }

    /// Adds an argument for all starts to come.
    #[must_use]
    pub fn arg(mut self, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(value);
        self
    }

    /// Sets an environment variable for all starts to come.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it, unless it runs already, and waits until it is ready: the line with which it said so.
    ///
    /// # Panics
    ///
    /// When it ends before that, or takes too long.
    pub async fn start(&mut self) -> String {
        self.spawn();
        let ready = self.ready.clone();
        self.line(|line| line.starts_with(&ready)).await
    }

    /// Starts it, unless it runs already, and does not wait.
    pub fn spawn(&mut self) {
        if self.running.is_some() {
            return;
        }
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = unbounded_channel();
        // Also empties the pipe, which would fill up and stop the process.
        std::thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| _ = sender.send(line)));
        self.running = Some((child, lines));
    }

    /// Waits for a line of its standard output.
    ///
    /// # Panics
    ///
    /// When it ends before that, or takes too long.
    pub async fn line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let (_, lines) = self.running.as_mut().expect("it runs");
        let found = timeout(PATIENCE, async {
            while let Some(line) = lines.recv().await {
                if wanted(&line) {
                    return Some(line);
                }
            }
            None
        });
        found.await.expect("the line takes too long").unwrap_or_else(|| panic!("{:?} has ended", self.command))
    }

    /// The lines of its standard output that nobody has waited for.
    pub fn lines(&mut self) -> Vec<String> {
        let (_, lines) = self.running.as_mut().expect("it runs");
        std::iter::from_fn(|| lines.try_recv().ok()).collect()
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            _ = child.kill();
            _ = child.wait();
        }
    }

    /// Sends a signal, such as `TERM`.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn signal(&self, signal: &str) {
        let (child, _) = self.running.as_ref().expect("it runs");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()), "{signal} cannot be sent");
    }

    /// Its number, if it was started.
    pub fn id(&self) -> Option<u32> {
        self.running.as_ref().map(|(child, _)| child.id())
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.running.as_mut().is_some_and(|(child, _)| matches!(child.try_wait(), Ok(None)))
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    ///
    /// When it was not started, or takes too long.
    pub async fn end(&mut self) -> ExitStatus {
        let (mut child, _) = self.running.take().expect("it was started");
        let end = timeout(PATIENCE, async {
            loop {
                if let Some(status) = child.try_wait().expect("it is a child") {
                    return status;
                }
                sleep(Duration::from_millis(5)).await;
            }
        });
        match end.await {
            Ok(status) => status,
            Err(_) => {
                _ = child.kill();
                panic!("{:?} does not end", self.command)
            }
        }
    }
}

/// Builds an example in the profile of the running test or benchmark. Cargo itself builds examples before tests, but not
/// before a single test binary, nor before benchmarks.
fn build(package: &Path, name: &str) -> PathBuf {
    let exe = std::env::current_exe().expect("the test has a path");
    let profile = exe.ancestors().nth(2).expect("it is in `deps`");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--all-features", "--example", name]).current_dir(package);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.status().expect("cargo can be started");
    assert!(built.success(), "{name} cannot be built");
    profile.join("examples").join(name)
}
