//! A headless Chromium, driven by the DevTools protocol.

use std::{
    collections::HashMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use crate::listener::PATIENCE;

/// A page of the browser.
pub(crate) struct Browser {
    commands: mpsc::UnboundedSender<String>,
    pending: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>,
    /// What went wrong on the page.
    troubles: Arc<Mutex<Vec<String>>>,
    next: AtomicU64,
    session: String,
    _child: Child,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn open(url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let mut child = Command::new(&program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-extensions", "--hide-scrollbars", "--mute-audio"])
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot start {program}: {error}. Install Debian's package `chromium`, or name another in CHROMIUM"
                )
            });
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let endpoint = async {
            let mut said = String::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(endpoint) = line.strip_prefix("DevTools listening on ") {
                    return endpoint.to_owned();
                }
                said += &line;
            }
            panic!("{program} ended: {said}")
        };
        let endpoint = timeout(PATIENCE, endpoint).await.expect("Chromium starts");
        // Nobody may block it by not reading what it says.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        let (socket, _) = tokio_tungstenite::connect_async(endpoint).await.unwrap();
        let (mut write, mut read) = socket.split();
        let (commands, mut queue) = mpsc::unbounded_channel::<String>();
        tokio::spawn(async move {
            while let Some(command) = queue.recv().await {
                if write.send(Message::text(command)).await.is_err() {
                    break;
                }
            }
        });
        let pending = Arc::<Mutex<HashMap<u64, oneshot::Sender<Value>>>>::default();
        let troubles = Arc::<Mutex<Vec<String>>>::default();
        let (waiting, noted) = (pending.clone(), troubles.clone());
        tokio::spawn(async move {
            while let Some(Ok(message)) = read.next().await {
                let Ok(text) = message.into_text() else { continue };
                let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
                if let Some(id) = message["id"].as_u64() {
                    if let Some(waiting) = waiting.lock().unwrap().remove(&id) {
                        _ = waiting.send(message);
                    }
                    continue;
                }
                let params = &message["params"];
                match message["method"].as_str().unwrap_or_default() {
                    "Runtime.exceptionThrown" => {
                        noted.lock().unwrap().push(params["exceptionDetails"]["exception"]["description"].to_string());
                    }
                    "Log.entryAdded" if params["entry"]["level"] == "error" => {
                        noted.lock().unwrap().push(params["entry"]["text"].to_string());
                    }
                    "Page.javascriptDialogOpening" => noted.lock().unwrap().push(format!("dialog: {params}")),
                    _ => {}
                }
            }
        });
        let mut browser = Self {
            commands,
            pending,
            troubles,
            next: AtomicU64::new(1),
            session: String::new(),
            _child: child,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" })).await["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await;
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        let remember = "addEventListener('click', (event) => { window.lastClicked = event.target; }, true)";
        browser.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": remember })).await;
        browser.call("Emulation.setLocaleOverride", json!({ "locale": "en-GB" })).await;
        browser.call("Emulation.setTimezoneOverride", json!({ "timezoneId": "UTC" })).await;
        browser.size(1280, 800, false).await;
        browser.go(url).await;
        browser
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.pending.lock().unwrap().insert(id, sender);
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        self.commands.send(command.to_string()).unwrap();
        let answer = timeout(PATIENCE, answer).await.expect("Chromium answers").expect("Chromium still runs");
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    pub(crate) async fn go(&self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'").await;
    }

    /// The value of an expression, which may be a promise.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", params).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub(crate) async fn wait(&self, condition: &str) {
        let patience = PATIENCE.as_millis();
        let is_met = format!(
            "new Promise((done) => {{ const end = Date.now() + {patience} - 5000; const look = () => {{ let met = false; \
             try {{ met = ({condition}); }} catch {{}} if (met) done(true); else if (Date.now() > end) done(false); \
             else setTimeout(look, 20); }}; look(); }})"
        );
        if self.eval(&is_met).await == true {
            return;
        }
        self.picture("failed").await;
        let text = self.eval("document.body.innerText").await;
        panic!("never true: {condition}\n{}\n{:?}", text.as_str().unwrap_or_default(), self.troubles());
    }

    /// Clicks the middle of an element with the mouse.
    pub(crate) async fn click(&self, selector: &str) {
        let quoted = json!(selector);
        let visible = format!("document.querySelector({quoted})?.getClientRects().length > 0");
        // Where it will still be in the next frame.
        let still = format!(
            "new Promise((done) => {{ let last = ''; const look = () => {{ const e = document.querySelector({quoted}); \
             e?.scrollIntoView({{ block: 'nearest' }}); const now = JSON.stringify(e?.getBoundingClientRect()); \
             if (e && now === last) done(true); else {{ last = now; requestAnimationFrame(look); }} }}; look(); }})"
        );
        let place = format!(
            "(() => {{ window.lastClicked = null; const r = document.querySelector({quoted}).getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        );
        let clicked = format!("window.lastClicked && (!!lastClicked.closest({quoted}) || lastClicked.outerHTML)");
        // An element that is drawn anew between press and release is not clicked: nobody is.
        for _ in 0..10 {
            self.wait(&visible).await;
            assert_eq!(self.eval(&still).await, true, "{selector}");
            let place = self.eval(&place).await;
            for kind in ["mousePressed", "mouseReleased"] {
                let params = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
                self.call("Input.dispatchMouseEvent", params).await;
            }
            match self.eval(&clicked).await {
                Value::Null => continue,
                clicked => return assert_eq!(clicked, true, "something else than {selector} was clicked"),
            }
        }
        panic!("{selector} cannot be clicked");
    }

    /// Presses a key: a letter, or such as `Enter`.
    pub(crate) async fn key(&self, key: &str) {
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowDown" => 40,
            "ArrowUp" => 38,
            "Home" => 36,
            "End" => 35,
            _ => 0,
        };
        let down = json!({ "type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", down).await;
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }))
            .await;
    }

    /// Types a text into what has the focus.
    pub(crate) async fn write(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    pub(crate) async fn size(&self, width: u32, height: u32, mobile: bool) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.call("Emulation.setDeviceMetricsOverride", params).await;
    }

    pub(crate) async fn scheme(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Saves what can be seen as a PNG in the target directory.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let picture = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}.png"));
        std::fs::write(&path, STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
        path
    }

    /// Errors of the page so far.
    pub(crate) fn troubles(&self) -> Vec<String> {
        self.troubles.lock().unwrap().clone()
    }
}
