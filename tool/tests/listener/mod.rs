//! `tencent-webhook listen`, started on free ports, and what sends webhooks to it.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::watch,
    time::timeout,
};
use tower_tencent_webhook::{App, signer::Signer};

pub(crate) const APP: u64 = 1_400_000_000;
pub(crate) const OTHER_APP: u64 = 1_400_000_007;
pub(crate) const TOKEN: &str = "first-token-9a51c0";
pub(crate) const OTHER_TOKEN: &str = "second-token-77e2d1";
pub(crate) const KEY: &str = "rtc-key-5be83f";
/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a process has written so far.
#[derive(Clone)]
pub(crate) struct Written {
    text: Arc<Mutex<String>>,
    changed: watch::Receiver<()>,
}

impl Written {
    fn of(stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let text = Arc::<Mutex<String>>::default();
        let (change, changed) = watch::channel(());
        let written = text.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream);
            let mut line = String::new();
            while lines.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                written.lock().unwrap().push_str(&line);
                line.clear();
                _ = change.send(());
            }
        });
        Self { text, changed }
    }

    pub(crate) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Waits until it has been written, and returns the line with it.
    pub(crate) async fn line(&self, wanted: &str) -> String {
        let mut changed = self.changed.clone();
        let wait = async {
            loop {
                if let Some(line) = self.text().lines().find(|line| line.contains(wanted)) {
                    return Some(line.to_owned());
                }
                if changed.changed().await.is_err() {
                    return self.text().lines().find(|line| line.contains(wanted)).map(str::to_owned);
                }
            }
        };
        match timeout(PATIENCE, wait).await {
            Ok(Some(line)) => line,
            _ => panic!("never written: {wanted:?}, only:\n{}", self.text()),
        }
    }

    async fn all(&mut self) -> String {
        // It fails once the writer has closed it.
        while self.changed.changed().await.is_ok() {}
        self.text()
    }
}

pub(crate) struct Listener {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) page: Option<SocketAddr>,
    pub(crate) out: Written,
    pub(crate) err: Written,
}

pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn tool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tencent-webhook"));
    for secret in ["TENCENT_WEBHOOK_TOKEN", "TENCENT_RTC_KEY"] {
        command.env_remove(secret);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

impl Listener {
    /// With one app of Chat and the RTC Engine.
    pub(crate) async fn start(args: &[&str]) -> Self {
        let app = APP.to_string();
        let own = ["--app", &app, "--token", TOKEN, "--rtc-key", KEY];
        Self::with(&[&own[..], args].concat()).await
    }

    pub(crate) async fn with(args: &[&str]) -> Self {
        let mut child = tool().args(["listen", "--addr", "127.0.0.1:0"]).args(args).spawn().unwrap();
        let out = Written::of(child.stdout.take().unwrap());
        let err = Written::of(child.stderr.take().unwrap());
        let address = |line: String| {
            let url = line.split("http://").nth(1).unwrap().split([' ', '/']).next().unwrap().to_owned();
            url.parse().unwrap()
        };
        let own = address(err.line("listening on http://").await);
        let page = match args.contains(&"--no-page") {
            true => None,
            false => Some(address(err.line("page: http://").await)),
        };
        Self { child, address: own, page, out, err }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        Client::to(self.address).await.send(request).await
    }

    pub(crate) async fn signal(&mut self, signal: &str) {
        let id = self.child.id().expect("it still runs").to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().await.unwrap().success());
    }

    pub(crate) async fn wait(mut self) -> Ended {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        Ended { status, out: self.out.all().await, err: self.err.all().await }
    }

    /// Ctrl-C.
    pub(crate) async fn stop(mut self) -> Ended {
        self.signal("INT").await;
        self.wait().await
    }
}

/// `None`: the connection was closed without an answer.
pub(crate) type Answer = Option<(u16, String)>;

/// A connection.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

impl Client {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Answer {
        request.headers_mut().entry("host").or_insert("127.0.0.1".parse().unwrap());
        self.0.ready().await.ok()?;
        let response = self.0.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

pub(crate) fn signer() -> Signer {
    Signer::new(&App::signed(APP, TOKEN).unwrap().rtc_key(KEY).unwrap()).url("/im")
}

pub(crate) fn chat(command: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    signer().request(command, body.into(), SystemTime::now())
}

/// A message before it is sent.
pub(crate) fn message(from: &str, text: &str) -> Request<Full<Bytes>> {
    chat("C2C.CallbackBeforeSendMsg", message_body(from, text))
}

pub(crate) fn message_body(from: &str, text: &str) -> String {
    serde_json::json!({
        "CallbackCommand": "C2C.CallbackBeforeSendMsg",
        "From_Account": from,
        "To_Account": "grace",
        "MsgTime": 1_739_004_561,
        "MsgRandom": 7,
        "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": text } }],
    })
    .to_string()
}

/// The signature of a request.
pub(crate) fn sign(request: &Request<Full<Bytes>>) -> Option<String> {
    let header = request.headers().get("sign").map(|sign| sign.to_str().unwrap().to_owned());
    let query = |uri: &Uri| {
        let sign = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("Sign="))?;
        Some(sign.to_owned())
    };
    header.or_else(|| query(request.uri()))
}

/// What the page is told about a request, once that is `true`.
pub(crate) async fn entry(
    listener: &Listener,
    id: u64,
    is_met: impl Fn(&serde_json::Value) -> bool,
) -> serde_json::Value {
    let look = async {
        loop {
            let (status, body) = get(listener, &format!("/api/entries/{id}")).await;
            if status == 200 {
                let entry = serde_json::from_str(&body).unwrap();
                if is_met(&entry) {
                    return entry;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, look).await.expect("it comes to that")
}

/// A file of the page, or what it asks for.
pub(crate) async fn get(listener: &Listener, path: &str) -> (u16, String) {
    let page = listener.page.unwrap();
    let request = Request::get(path).header("host", page.to_string()).body(Full::default()).unwrap();
    Client::to(page).await.send(request).await.unwrap()
}

/// What the page says to a request with these headers.
pub(crate) async fn ask(
    listener: &Listener,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> (u16, String) {
    let mut request = match body {
        Some(body) => Request::post(path).body(Full::from(body.to_owned())).unwrap(),
        None => Request::get(path).body(Full::default()).unwrap(),
    };
    for (name, value) in headers {
        request.headers_mut().append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    Client::to(listener.page.unwrap()).await.send(request).await.unwrap()
}

/// The beginning of the stream of events, until it has this text.
pub(crate) async fn events(listener: &Listener, wanted: &str) -> String {
    events_after(listener, None, wanted).await
}

/// The same, for a page that has seen an event.
pub(crate) async fn events_after(listener: &Listener, seen: Option<&str>, wanted: &str) -> String {
    let page = listener.page.unwrap();
    let stream = TcpStream::connect(page).await.unwrap();
    let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::get("/api/events").header("host", page.to_string()).body(Full::default()).unwrap();
    if let Some(seen) = seen {
        request.headers_mut().insert("last-event-id", seen.parse().unwrap());
    }
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let mut text = String::new();
    let read = async {
        while !text.contains(wanted) {
            let frame = body.frame().await.expect("there is more").unwrap();
            text += &String::from_utf8_lossy(&frame.into_data().unwrap_or_default());
        }
    };
    timeout(PATIENCE, read).await.expect("it is told");
    text
}
