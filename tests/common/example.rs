//! An example, started as its docs say, and requests as they send them with `curl`.

#![allow(dead_code, unreachable_pub)] // Each binary needs its own part of it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::sign;

/// The examples' token, and their key of the RTC Engine.
const SECRET: &str = "secret";

/// The URL of a webhook, without a signature.
pub fn unsigned_uri(path: &str, command: &str) -> String {
    format!("{path}?SdkAppid=1400000000&CallbackCommand={command}")
}

/// The URL of a webhook that the examples accept.
pub fn uri(path: &str, command: &str) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    format!("{}&RequestTime={now}&Sign={}", unsigned_uri(path, command), sign::sign(SECRET, &now))
}

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

    /// Sends a webhook: status and JSON of the response.
    pub fn webhook(&self, path: &str, command: &str, body: &str) -> (u16, Value) {
        let (status, answer) = self.ask("POST", &uri(path, command), "", body);
        (status, serde_json::from_str(&answer).unwrap())
    }

    /// The webhook is rejected if it is not signed, or not with the app's token.
    #[track_caller]
    pub fn rejects_strangers(&self, path: &str, command: &str, body: &str) {
        let uri = uri(path, command);
        let (rest, sign) = uri.split_once("&Sign=").unwrap();
        let forged = format!("{rest}&Sign={}", "0".repeat(sign.len()));
        for uri in [unsigned_uri(path, command), forged] {
            let (status, answer) = self.ask("POST", &uri, "", body);
            assert_eq!(status, 401, "{uri}: {answer}");
        }
    }

    /// Sends a callback of the RTC Engine: status and body of the response.
    pub fn callback(&self, path: &str, body: &str) -> (u16, String) {
        let sign = sign::rtc_sign(SECRET, body);
        self.ask("POST", path, &format!("SdkAppId: 1400000000\r\nSign: {sign}\r\n"), body)
    }

    /// Runs the shell lines of an example's docs, and compares the answers to each `curl`, if their tools are at hand.
    #[track_caller]
    pub fn answers_its_docs(&self, source: &str, expected: &[(u16, &str)]) {
        let docs = source.lines().take_while(|line| line.starts_with("//!"));
        let docs: String = docs.flat_map(|line| [line[3..].strip_prefix(' ').unwrap_or_default(), "\n"]).collect();
        let (_, shell) = docs.split_once("```sh\ncargo run ").expect("the docs start it");
        let (shell, _) = shell.split_once("```").unwrap();
        let (arguments, requests) = shell.split_once('\n').unwrap();
        assert!(arguments.ends_with(" -- 3000"), "{arguments}");
        let requests = requests.replace("127.0.0.1:3000", &self.address.to_string());

        let is_missing = |tool: &str| {
            let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
            requests.contains(tool) && !found.is_ok_and(|found| found.status.success())
        };
        let tools = ["curl", "sha256sum", "cut", "openssl", "base64"];
        if let Some(tool) = tools.into_iter().find(|tool| is_missing(tool)) {
            eprintln!("SKIPPED: {arguments}: the lines of its docs, for want of {tool}");
            return;
        }

        // The body and the status of each response, apart from whatever else is printed.
        let script = format!(
            "curl() {{ command curl --no-progress-meter --noproxy '*' --write-out '\u{1e}%{{http_code}}\u{1f}' \"$@\"; }}\n\
             grpcurl() {{ :; }}\n{requests}"
        );
        let output = Command::new("sh").args(["-euc", &script]).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let answers = printed.split_terminator('\u{1f}').map(|answer| {
            let (response, status) = answer.split_once('\u{1e}').unwrap();
            (status.parse().unwrap(), response.split_once("\r\n\r\n").map_or(response, |(_, body)| body))
        });
        assert_eq!(answers.collect::<Vec<_>>(), expected, "{arguments}");
    }
}
