//! A server in a process of its own, so that `/proc` describes only the server.
//!
//! The program runs itself again, as `serve NAME`. The two processes exchange lines: the client sends an empty line, and
//! the server replies with a line of numbers. The server exits when the client closes the pipe.

#![allow(dead_code, unreachable_pub)] // Each program uses only a part.

#[path = "../../tests/common/mod.rs"]
pub mod common;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncBufReadExt;

/// The program's role: the name of the server to run, or `None` for the client.
pub fn role() -> Option<String> {
    env::args().skip_while(|argument| argument != "serve").nth(1)
}

/// In the server's process: prints its address, and then the numbers whenever the client asks.
pub async fn tell<const N: usize>(address: SocketAddr, numbers: impl Fn() -> [u64; N]) {
    println!("{address}");
    let mut questions = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(_)) = questions.next_line().await {
        say(numbers());
    }
}

/// In the server's process: prints the numbers without being asked.
pub fn say<const N: usize>(numbers: [u64; N]) {
    println!("{}", numbers.map(|number| number.to_string()).join(" "));
}

/// The server's process, as its client sees it.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(name: &str) -> Self {
        let this = env::current_exe().unwrap();
        let mut server = Command::new(this);
        let mut process = server.args(["serve", name]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let mut address = String::new();
        answers.read_line(&mut address).unwrap();
        Self { address: address.trim().parse().expect("the server prints its address"), process, questions, answers }
    }

    /// Asks the server for its current numbers.
    pub fn ask<const N: usize>(&mut self) -> [u64; N] {
        self.questions.as_mut().expect("the server is running").write_all(b"\n").unwrap();
        self.hear()
    }

    /// Stops the server, and returns its final numbers.
    pub fn end<const N: usize>(mut self) -> [u64; N] {
        self.questions = None;
        self.hear()
    }

    fn hear<const N: usize>(&mut self) -> [u64; N] {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let numbers: Vec<_> = answer.split_whitespace().map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    }

    /// Its resident memory, in bytes.
    pub fn resident(&self) -> u64 {
        let memory = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.id())).unwrap();
        let resident = memory.lines().find_map(|line| line.strip_prefix("Rss:")?.strip_suffix("kB")).unwrap();
        resident.trim().parse::<u64>().unwrap() * 1024
    }

    /// How many files and sockets it has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Raises the limit of open files to `count` for this process and its servers, or panics if that is not allowed.
pub fn sockets(count: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    assert!(maximum.is_none_or(|maximum| maximum >= count), "needs `ulimit -Hn {count}`, which is {maximum:?}");
    setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).unwrap();
}
