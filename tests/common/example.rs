//! An example, started as its comments say, and requests as `curl` sends them.

#![allow(dead_code, unreachable_pub)] // Each binary needs its own part of it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::Duration,
};

use serde_json::Value;

const APP: &str = "SdkAppid=1400000000";

/// Cargo builds a package's examples before it runs its tests, unless only one of them is run.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !path.exists() {
        let built = Command::new(env!("CARGO")).args(["build", "--all-features", "--example", name]).status().unwrap();
        assert!(built.success(), "{name} cannot be built");
    }
    path
}

/// A running example, stopped at the end of the test.
#[derive(Debug)]
pub struct Example {
    process: Child,
    output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Drop for Example {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Example {
    pub fn start(name: &str) -> Self {
        Self::run(&mut Command::new(binary(name)))
    }

    /// Runs a command that ends up as an example. Its standard input stays open until [`close_input`].
    ///
    /// [`close_input`]: Self::close_input
    pub fn run(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it printed {line:?}"));
        Self { address: address.parse().unwrap(), process, output }
    }

    pub fn close_input(&mut self) {
        drop(self.process.stdin.take());
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{signal} cannot be sent");
    }

    /// Waits until it no longer accepts connections.
    pub fn stops_accepting(&self) {
        for _ in 0..3000 {
            if TcpStream::connect(self.address).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it still accepts connections");
    }

    /// Waits until it ends: its status, and the rest of what it printed.
    pub fn end(mut self) -> (ExitStatus, String) {
        let mut printed = String::new();
        self.output.read_to_string(&mut printed).unwrap();
        (self.process.wait().unwrap(), printed)
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Sends a request: status and body of the response.
    pub fn ask(&self, method: &str, target: &str, header: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{header}content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Sends a webhook for an unsigned app.
    pub fn webhook(&self, path: &str, command: &str, body: &str) -> (u16, Value) {
        let (status, answer) = self.ask("POST", &format!("{path}?{APP}&CallbackCommand={command}"), "", body);
        (status, serde_json::from_str(&answer).unwrap())
    }
}
