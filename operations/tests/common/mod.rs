//! A receiver in a process of its own, and whoever talks to it.

pub(crate) mod nginx;

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use tower_tencent_webhook::{App, signer::Signer};
use tower_tencent_webhook_handoff_testing::{Process, free_port};

pub(crate) const ID: u64 = 1_400_000_000;
pub(crate) const TOKEN: &str = "secret";
/// How a receiver says that it is ready.
const LISTENING: &str = "listening on ";

/// A file of this package.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn signer() -> Signer {
    Signer::new(&App::signed(ID, TOKEN).unwrap()).url("/im")
}

pub(crate) fn signed(command: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    signer().request(command, body, SystemTime::now())
}

/// A private message that says this, before it is sent.
pub(crate) fn message(text: &str) -> Request<Full<Bytes>> {
    let body = format!(
        r#"{{"From_Account":"ada","To_Account":"grace","MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{text}"}}}}]}}"#
    );
    signed("C2C.CallbackBeforeSendMsg", body)
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).unwrap()
}

/// The answer of a port of 127.0.0.1, or `None` if there is none within 4 s.
pub(crate) async fn ask(port: u16, mut request: Request<Full<Bytes>>) -> Option<Response<String>> {
    request.headers_mut().insert(HOST, "127.0.0.1".parse().unwrap());
    let asked = async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await.ok();
        let answer = match answer {
            Some(answer) => {
                let (head, body) = answer.into_parts();
                let body = body.collect().await.ok()?.to_bytes();
                Some(Response::from_parts(head, String::from_utf8(body.into()).unwrap()))
            }
            None => None,
        };
        connection.abort();
        answer
    };
    timeout(Duration::from_secs(4), asked).await.ok().flatten()
}

/// The same, of which only the status matters.
pub(crate) async fn status(port: u16, request: Request<Full<Bytes>>) -> Option<u16> {
    ask(port, request).await.map(|answer| answer.status().as_u16())
}

/// A receiver: `observed`, or another one with the same environment.
pub(crate) struct Receiver {
    pub(crate) process: Process,
    pub(crate) port: u16,
    pub(crate) metrics: u16,
}

impl Receiver {
    pub(crate) fn observed() -> Self {
        Self::of(Process::new(Command::new(env!("CARGO_BIN_EXE_observed")), LISTENING))
    }

    /// The one in which everything goes wrong.
    pub(crate) fn troubled() -> Self {
        Self::of(Process::example(env!("CARGO_MANIFEST_DIR"), "troubled", LISTENING))
    }

    fn of(process: Process) -> Self {
        let (port, metrics) = (free_port(), free_port());
        let process = process
            .arg(format!("127.0.0.1:{port}"))
            .env("SDKAPPID", ID.to_string())
            .env("TOKEN", TOKEN)
            .env("METRICS_ADDRESS", format!("127.0.0.1:{metrics}"))
            .env("LINGER", "1")
            // What goes wrong does so on purpose.
            .env("RUST_LOG", "off")
            .env("RUST_BACKTRACE", "0");
        Self { process, port, metrics }
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.process = self.process.env(name, value);
        self
    }

    pub(crate) async fn start(&mut self) {
        self.process.start().await;
    }

    pub(crate) async fn metrics(&self) -> String {
        ask(self.metrics, get("/metrics")).await.expect("it is asked for its metrics").into_body()
    }
}
