//! How the receiver lives and ends.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use async_nats::jetstream;
use tokio::time::{Instant, sleep};
use tower_tencent_webhook::{
    App,
    signer::{Signer, sample},
};
use tower_tencent_webhook_handoff_testing::{Server, eventually};

use crate::common::{ID, Receiver, ask, get, message, signed, status};

#[tokio::test]
async fn it_is_alive_and_ready_and_says_on_sigterm_that_it_goes_before_it_does() {
    let mut receiver = Receiver::observed().env("LINGER", "2");
    receiver.start().await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(status(receiver.port, get(path)).await, Some(200), "{path}");
    }
    assert_eq!(ask(receiver.port, message("hello")).await.unwrap().headers().get("connection"), None);
    receiver.process.signal("TERM");
    let told = Instant::now();
    while status(receiver.port, get("/readyz")).await != Some(503) {
        assert!(told.elapsed() < Duration::from_secs(1), "it is still ready");
        sleep(Duration::from_millis(5)).await;
    }
    // Whoever has not heard of it yet is served all the same, on new connections too, and told not to keep them.
    assert_eq!(status(receiver.port, get("/livez")).await, Some(200));
    let answer = ask(receiver.port, message("hello")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["connection"].as_bytes()), (200, b"close".as_slice()));
    assert_eq!(receiver.process.end().await.code(), Some(0));
    assert!(told.elapsed() >= Duration::from_secs(2), "{:?}", told.elapsed());
    assert_eq!(status(receiver.port, get("/livez")).await, None);
}

/// Its body is not read, so hyper closes the connection: whoever would send another webhook on it must know.
#[tokio::test]
async fn a_rejection_closes_its_connection() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    let forger = Signer::new(&App::signed(ID, "a guess").unwrap()).url("/im");
    let forged = forger.request("State.StateChange", vec![b'['; 300 * 1024], SystemTime::now());
    let answer = ask(receiver.port, forged).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["connection"].as_bytes()), (401, b"close".as_slice()));
}

#[tokio::test]
async fn on_ctrl_c_it_does_not_linger() {
    let mut receiver = Receiver::observed().env("LINGER", "30");
    receiver.start().await;
    receiver.process.signal("INT");
    let told = Instant::now();
    assert_eq!(receiver.process.end().await.code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
}

#[tokio::test]
async fn both_tokens_of_a_rotation_are_accepted_and_a_third_is_not() {
    let mut receiver = Receiver::observed().env("TOKEN", "new").env("OTHER_TOKEN", "old");
    receiver.start().await;
    for (token, expected) in [("new", 200), ("old", 200), ("older", 401)] {
        let signer = Signer::new(&App::signed(ID, token).unwrap()).url("/im");
        let request = signer.request("State.StateChange", sample("State.StateChange"), SystemTime::now());
        assert_eq!(status(receiver.port, request).await, Some(expected), "{token}");
    }
}

/// So the console can begin to sign before the receiver asks for it.
#[test]
fn an_app_without_a_token_ignores_signatures() {
    let receiver = tower_tencent_webhook::Receiver::new(App::unsigned(ID));
    for token in ["new", "old"] {
        let signer = Signer::new(&App::signed(ID, token).unwrap());
        receiver.verify_uri(&signer.uri("State.StateChange", SystemTime::now()), SystemTime::now()).unwrap();
    }
}

#[tokio::test]
async fn a_banned_word_is_refused() {
    let mut receiver = Receiver::observed().env("BANNED", "casino,lottery");
    receiver.start().await;
    for (text, code) in [("hello", 0), ("the casino!", 120_001), ("a lottery", 120_001)] {
        let answer = ask(receiver.port, message(text)).await.unwrap();
        assert!(answer.body().contains(&format!(r#""ErrorCode":{code},"#)), "{text}: {}", answer.body());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sigterm_all_that_was_acknowledged_first_is_handled() {
    // Handlers in the background that take a second, and as many places as there are events.
    let mut receiver = Receiver::troubled().env("LINGER", "0").env("PLACES", "500");
    receiver.start().await;
    let follow = || signed("Follow.CallbackAfterFollowAdd", sample("Follow.CallbackAfterFollowAdd"));
    let answers: Vec<_> = (0..500).map(|_| tokio::spawn(status(receiver.port, follow()))).collect();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), Some(200));
    }
    receiver.process.signal("TERM");
    let ended: HashSet<String> = {
        let mut lines = HashSet::new();
        while lines.len() < 500 {
            lines.insert(receiver.process.line(|line| line.starts_with("handled ")).await);
        }
        lines
    };
    assert_eq!(ended.len(), 500);
    assert_eq!(receiver.process.end().await.code(), Some(0));
}

/// The broker is for after-events alone: it must not take the health checks and the moderation down with it.
#[tokio::test]
async fn a_receiver_that_is_started_while_nats_is_down_decides_before_events_and_hands_off_once_it_is_there() {
    let mut nats = Server::nats().await;
    nats.kill();
    let mut receiver = Receiver::observed().env("NATS_URL", nats.url()).env("BANNED", "casino").env("LINGER", "0");
    receiver.start().await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(status(receiver.port, get(path)).await, Some(200), "{path}");
    }
    let answer = ask(receiver.port, message("casino")).await.unwrap();
    assert!(answer.body().contains(r#""ErrorCode":120001,"#), "{}", answer.body());
    let follow = || signed("Follow.CallbackAfterFollowAdd", sample("Follow.CallbackAfterFollowAdd"));
    // Withheld until Chat has hung up: 1.7 s for the sink, and 2.5 s.
    let asked = Instant::now();
    let withheld = status(receiver.port, follow()).await;
    assert!(withheld != Some(200) && asked.elapsed() > Duration::from_secs(2), "{withheld:?} in {:?}", asked.elapsed());

    nats.start().await;
    eventually("an after-event is acknowledged", async || status(receiver.port, follow()).await == Some(200)).await;

    // It ends as well while nobody answers it.
    nats.kill();
    receiver.process.signal("TERM");
    assert_eq!(receiver.process.end().await.code(), Some(0));
    receiver.start().await;
    receiver.process.signal("TERM");
    assert_eq!(receiver.process.end().await.code(), Some(0));
}

/// An event in a stream that may lose it must not be acknowledged.
#[tokio::test]
async fn a_receiver_ends_if_its_stream_is_another_one() {
    let nats = Server::nats().await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let stream = jetstream::stream::Config {
        name: "TENCENT".to_owned(),
        subjects: vec!["tencent.>".to_owned()],
        duplicate_window: Duration::from_secs(600),
        no_ack: true,
        ..Default::default()
    };
    context.create_stream(stream).await.unwrap();
    let mut receiver = Receiver::observed().env("NATS_URL", nats.url());
    receiver.process.spawn();
    assert_eq!(receiver.process.end().await.code(), Some(1));
}
