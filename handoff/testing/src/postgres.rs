//! PostgreSQL on loopback, with its data in a temporary folder.

use std::{
    fs::{self, File},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{free_port, server::binary};

/// Where Debian puts it, the newest last.
const PLACES: [&str; 4] = [
    "/usr/lib/postgresql/18/bin",
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/15/bin",
];
const PACKAGE: &str = "postgresql";
/// How long it may take to get ready, or to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL server that listens on 127.0.0.1, with a database and a user. When this is dropped it is killed, and its
/// data removed.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    folder: TempDir,
    user: Option<(u32, u32)>,
    options: Vec<String>,
    child: Option<Child>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Postgres {
    /// The password of [`url`](Self::url).
    pub const PASSWORD: &str = "open-sesame";

    /// Starts a server with an empty database.
    ///
    /// # Panics
    ///
    /// When it is not installed, or cannot be started.
    pub async fn start_new() -> Self {
        let mut server = Self::new();
        server.start().await;
        server
    }

    /// A server with an empty database, to be [started](Self::start).
    ///
    /// # Panics
    ///
    /// When it is not installed, or cannot be made.
    #[expect(clippy::new_without_default, reason = "this makes a folder and starts a process")]
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("handoff-").expect("a temporary folder");
        // It refuses to run as root. Its package makes a user for it.
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let user = is_root.then(|| user("postgres"));
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may do this");
        }
        let server = Self { port: free_port(), folder, user, options: Vec::new(), child: None };
        let password = server.folder.path().join("password");
        fs::write(&password, Self::PASSWORD).expect("a file for the password");
        let mut init = server.command("initdb");
        // Without waiting for the disk: there is nothing in it yet that could be lost.
        init.args(["-N", "-U", "chat", "-A", "password", "-E", "UTF8", "--locale=C", "--pwfile"]);
        let done = init.arg(&password).arg("-D").arg(server.data()).stdout(Stdio::null()).status();
        assert!(done.as_ref().is_ok_and(|status| status.success()), "{init:?}: {done:?}");
        server
    }

    /// Sets something for all starts to come, such as `synchronous_commit=off`.
    pub fn set(&mut self, option: &str) {
        self.options.extend(["-c".to_owned(), option.to_owned()]);
    }

    /// The port, which stays the same when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of its database, with the password.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of another database that was made in it.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://chat:{}@127.0.0.1:{}/{database}", Self::PASSWORD, self.port)
    }

    /// Starts it again, on the same port and data, and waits until it is ready.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub async fn start(&mut self) {
        let log = self.folder.path().join("log");
        let deadline = Instant::now() + PATIENCE;
        while !self.is_ready() {
            let ended = self.child.as_mut().map(|child| child.try_wait().expect("it is a child"));
            if Instant::now() > deadline {
                panic!("PostgreSQL does not start ({ended:?}):\n{}", fs::read_to_string(&log).unwrap_or_default());
            }
            // Not yet started, or in the way of its predecessor's last processes.
            if !matches!(ended, Some(None)) {
                self.spawn(&log);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn spawn(&mut self, log: &Path) {
        let output = File::options().append(true).create(true).open(log).expect("a file for its log");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        command.args(["-c", "max_connections=200"]).args(&self.options);
        command.stdin(Stdio::null()).stderr(output.try_clone().expect("a second handle")).stdout(output);
        self.child = Some(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")));
    }

    fn is_ready(&self) -> bool {
        let mut command = Command::new(binary("pg_isready", &PLACES, PACKAGE));
        command.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        self.child.is_some() && command.status().is_ok_and(|status| status.success())
    }

    /// Kills all of its processes as `kill -9` does, and waits until they are gone. Its data stay.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Without their parent they would end by themselves, but only after what they are about to do.
        let children = children(child.id());
        _ = child.kill();
        if !children.is_empty() {
            let pids = children.iter().map(u32::to_string);
            _ = Command::new("kill").arg("-9").args(pids).stderr(Stdio::null()).status();
        }
        _ = child.wait();
        let deadline = std::time::Instant::now() + PATIENCE;
        while children.iter().any(|pid| is_alive(*pid)) && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Stops all of its processes, so that they keep their connections and answer nothing, or lets them go on.
    pub fn freeze(&self, frozen: bool) {
        let server = self.child.as_ref().expect("it runs").id();
        let mut processes = children(server);
        processes.push(server);
        let signal = if frozen { "-STOP" } else { "-CONT" };
        _ = Command::new("kill").arg(signal).args(processes.iter().map(u32::to_string)).status();
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name, &PLACES, PACKAGE));
        // The folder of this process may be none of its user's.
        command.current_dir(self.folder.path());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// The ids of a user and of its group.
fn user(name: &str) -> (u32, u32) {
    let id = |option| {
        let output = Command::new("id").args([option, name]).output().expect("`id` can be started").stdout;
        let id = String::from_utf8_lossy(&output).trim().parse();
        id.unwrap_or_else(|_| panic!("there is no user {name}, who comes with PostgreSQL: apt-get install {PACKAGE}"))
    };
    (id("-u"), id("-g"))
}

/// The state and the parent of a process.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(_, its)| its == parent)).collect()
}
