//! A server in a process of its own, so that what `/proc` says of it is true of the server alone.
//!
//! The program runs itself once more, as `serve NAME`. The two talk by lines: the client asks with an empty one, and the
//! server answers with one of numbers. It ends when the client asks no more.

#![allow(dead_code, unreachable_pub)] // Each program needs its own part of it.

#[path = "../../tests/support/mod.rs"]
pub mod support;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncBufReadExt;

/// What the program is to do: serve as this server, or else be the client.
pub fn role() -> Option<String> {
    env::args().skip_while(|argument| argument != "serve").nth(1)
}

/// In the server's process: tells its address, and then the numbers as often as they are asked for.
pub async fn tell<const N: usize>(address: SocketAddr, numbers: impl Fn() -> [u64; N]) {
    println!("{address}");
    let mut questions = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(_)) = questions.next_line().await {
        say(numbers());
    }
}

/// In the server's process: tells the numbers unasked.
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
        Self { address: address.trim().parse().expect("the server tells its address"), process, questions, answers }
    }

    /// The numbers that the server tells now.
    pub fn ask<const N: usize>(&mut self) -> [u64; N] {
        self.questions.as_mut().expect("it serves").write_all(b"\n").unwrap();
        self.hear()
    }

    /// Ends the server, and hears what it has to say in the end.
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

    /// The bytes of its memory that are in use.
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

/// Lets this process and its servers have so many sockets, or says that they may not.
pub fn sockets(count: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    assert!(maximum.is_none_or(|maximum| maximum >= count), "needs `ulimit -Hn {count}`, which is {maximum:?}");
    setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).unwrap();
}
