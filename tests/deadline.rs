//! A deadline of 1.8 s, in real time and over TCP, against a client that hangs up at 2 s as Chat does.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use support::serve;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};
use tower::Layer;
use tower_tencent_webhook::{
    Ack, App, Verdict, Webhook, WebhookLayer, WebhookRouter,
    event::{c2c, follow},
    signer::Signer,
};

/// Says when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_there_before_chat_hangs_up() {
    let go_on = Arc::new(Notify::new());
    let ended = Arc::new(AtomicBool::new(false));
    let dropped = Arc::new(AtomicBool::new(false));

    let router = WebhookRouter::new()
        .deadline(Duration::from_millis(1800))
        .on({
            let (go_on, ended) = (go_on.clone(), ended.clone());
            move |_: Webhook<follow::AfterFollowDelete>| {
                let (go_on, ended) = (go_on.clone(), ended.clone());
                async move {
                    go_on.notified().await;
                    ended.store(true, Ordering::SeqCst);
                    Ack::ok()
                }
            }
        })
        .on({
            let dropped = dropped.clone();
            move |_: Webhook<c2c::BeforeSendMsg>| {
                let guard = Dropped(dropped.clone());
                async move {
                    std::future::pending::<()>().await;
                    drop(guard);
                    Verdict::allow()
                }
            }
        });
    let drained = router.drain();
    let app = App::signed(1_400_000_000, "token").unwrap();
    let server = serve(WebhookLayer::new(app.clone()).layer(router)).await;

    let unfollow = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1}"#;
    let message =
        r#"{"From_Account":"ada","To_Account":"grace","MsgSeq":1,"MsgRandom":2,"MsgTime":3,"MsgKey":"k","MsgBody":[]}"#;
    let ask = async |command: &str, body: &str| {
        let uri = Signer::new(&app).uri(command, SystemTime::now());
        let mut stream = TcpStream::connect(server).await.unwrap();
        let head = format!("POST {uri} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        // Chat's patience. The answer is there in time or not at all.
        timeout(Duration::from_secs(2), stream.read_exact(&mut answer)).await.expect("it is answered in time").unwrap();
        String::from_utf8(answer.to_vec()).unwrap()
    };
    let (after, before) =
        tokio::join!(ask("Follow.CallbackAfterFollowDelete", unfollow), ask("C2C.CallbackBeforeSendMsg", message));

    assert_eq!(after, "HTTP/1.1 200");
    assert!(!ended.load(Ordering::SeqCst), "its handler runs behind");
    go_on.notify_one();
    timeout(Duration::from_secs(30), drained).await.expect("it ends");
    assert!(ended.load(Ordering::SeqCst), "to its end");

    assert_eq!(before, "HTTP/1.1 500");
    assert!(dropped.load(Ordering::SeqCst), "no answer of this handler is wanted any more");
}
