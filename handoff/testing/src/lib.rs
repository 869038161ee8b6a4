//! What the tests of the hand-off packages share: [real servers](Server) on loopback with their data in a temporary
//! folder, [processes](Process) that are killed and started again, and a [sender](Chat) that behaves as Tencent Cloud
//! Chat does; and [what every store of repeats keeps to](repeats).

#![forbid(unsafe_code)]

mod chat;
mod postgres;
mod process;
mod redis;
pub mod repeats;
mod server;
mod wait;

pub use chat::{Chat, Delivery, Event, Report};
pub use postgres::Postgres;
pub use process::Process;
pub use redis::Redis;
pub use server::{Server, binary};
pub use wait::{PATIENCE, eventually, soon};

use std::net::{Ipv4Addr, TcpListener};

/// A port of 127.0.0.1 that nobody listens on.
///
/// It is below those that the system gives to outgoing connections: otherwise a client that tries to connect to a killed
/// server could be given the server's own port, and keep it from starting again.
pub fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..32_000)).take(1000).find(free).expect("a port is free")
}
