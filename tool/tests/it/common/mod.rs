//! The program, and the servers that it is pointed at.

use std::{
    net::SocketAddr,
    process::{Output, Stdio},
    time::Duration,
};

use axum::Router;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};
use tower::Layer;
use tower_tencent_webhook::{App, WebhookLayer, WebhookRouter};

pub(crate) const APP: &str = "1400000000";
pub(crate) const TOKEN: &str = "token-3f9a71";
pub(crate) const KEY: &str = "key8c2d";

/// What the program printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// With this exit status, and these texts in what it printed.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, texts: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        for text in texts {
            assert!(self.out.contains(text) || self.err.contains(text), "{text:?} is missing: {self:#?}");
        }
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }
}

/// The program, with the secrets of the app in its environment.
pub(crate) fn tool(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tencent-webhook"));
    command.args(args).env("TENCENT_WEBHOOK_TOKEN", TOKEN).env("TENCENT_RTC_KEY", KEY).env_remove("NO_COLOR");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

pub(crate) async fn run(args: &[&str]) -> Ran {
    Ran::of(tool(args).output().await.expect("it starts"))
}

/// The app of the tests.
pub(crate) fn app() -> App {
    App::signed(1_400_000_000, TOKEN).unwrap().rtc_key(KEY).unwrap()
}

/// A server of the crate with this router. Its URL.
pub(crate) async fn serve(router: WebhookRouter) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/im", listener.local_addr().unwrap());
    let layer = WebhookLayer::new(app()).path("/im").rtc_tolerance(Duration::from_secs(60));
    let service = Router::new().fallback_service(layer.layer(router));
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

/// What a faulty server does with each connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Answers with this body.
    Answer(&'static str),
    /// Answers with this status.
    Status(&'static str),
    /// Never answers.
    Silence,
    /// Closes the connection.
    Close,
    /// Closes the connection in the middle of its answer.
    Half,
}

/// A server that speaks just enough HTTP to be wrong. Its URL.
pub(crate) async fn faulty(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(misbehave(stream, fault));
        }
    });
    format!("http://{address}/im")
}

async fn misbehave(mut stream: TcpStream, fault: Fault) {
    let mut request = vec![0; 65536];
    let mut length = 0;
    // Until the head is there; the samples' bodies come with it.
    while !request[..length].windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut request[length..]).await {
            Ok(0) | Err(_) => return,
            Ok(more) => length += more,
        }
    }
    let answer = |status: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let answer = match fault {
        Fault::Answer(body) => answer("200 OK", body),
        Fault::Status(status) => answer(status, "<html>oh no</html>"),
        Fault::Silence => return tokio::time::sleep(Duration::from_secs(60)).await,
        Fault::Close => return,
        Fault::Half => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ActionStatus\"".to_owned(),
    };
    _ = stream.write_all(answer.as_bytes()).await;
    _ = stream.shutdown().await;
    // Otherwise what is still unread resets the connection.
    _ = stream.read(&mut request).await;
}
