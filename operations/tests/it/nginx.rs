//! Debian's nginx in front, with the configuration of this package: what its logs have, what it limits, and that nothing is
//! lost while the receivers behind it are replaced.

use std::{
    collections::HashSet,
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header::CONTENT_LENGTH};
use http_body_util::Full;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tower_tencent_webhook::{App, signer::sample};
use tower_tencent_webhook_handoff_testing::{Chat, Event, binary, free_port};

use crate::common::{
    ID, Receiver, TOKEN, ask, file, get, message,
    nginx::{Nginx, around, nginx},
    read, signed, status,
};

/// A port on which somebody listens who never answers.
async fn silent() -> (u16, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener.local_addr().unwrap().port(), listener)
}

fn sign(request: &Request<Full<Bytes>>) -> String {
    request.uri().query().unwrap().split("Sign=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn nginx_accepts_the_configuration_as_it_is() {
    let folder = TempDir::with_prefix("nginx-").unwrap();
    let path = folder.path().to_str().unwrap();
    let pair = Command::new(binary("openssl", &[], "openssl"))
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=webhooks.example.com"])
        .args(["-keyout", &format!("{path}/webhooks.key"), "-out", &format!("{path}/webhooks.pem")])
        .output()
        .unwrap();
    assert!(pair.status.success());
    let config = read("nginx/webhooks.conf").replace("/etc/nginx/tls", path).replace("/var/log/nginx", path);
    let config = config.replace("# include /etc/nginx/webhooks.allow", &format!("include {path}/webhooks.allow"));
    fs::write(folder.path().join("webhooks.allow"), "allow 127.0.0.2;\nallow 183.192.202.0/25;\ndeny all;\n").unwrap();
    fs::write(folder.path().join("webhooks.conf"), config).unwrap();
    fs::write(folder.path().join("nginx.conf"), around(path)).unwrap();
    let mut check = nginx(&folder, &["-t"]);
    let output = check.stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn no_log_has_a_signature_whatever_happens() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    let (dead, _listener) = silent().await;
    // One is reachable, the other accepts and never answers: what that leaves undone, the first one gets.
    let nginx = Nginx::changed([receiver.port, dead], &[("proxy_read_timeout 10s", "proxy_read_timeout 300ms")]).await;
    let mut signs = HashSet::new();
    let mut statuses = HashSet::new();
    for _ in 0..4 {
        let request = message("hello");
        signs.insert(sign(&request));
        statuses.insert(status(nginx.port, request).await.unwrap());
    }
    // A body that is too large, and one that breaks off.
    let large = signed("C2C.CallbackAfterSendMsg", vec![b' '; 1024 * 1024 + 1]);
    signs.insert(sign(&large));
    statuses.insert(status(nginx.port, large).await.unwrap());
    assert_eq!(statuses, [200, 413].into());
    // Nobody is there at all.
    receiver.process.kill();
    drop(_listener);
    for _ in 0..4 {
        let request = message("hello");
        signs.insert(sign(&request));
        assert_eq!(status(nginx.port, request).await, Some(502));
    }

    let access = nginx.log("webhooks.log");
    let logs = [&access, &nginx.log("webhooks.error.log"), &nginx.log("main.log"), &nginx.log("start.log")];
    for log in logs {
        for sign in &signs {
            assert!(!log.contains(sign) && !log.contains("Sign="), "{log}");
        }
    }
    for needle in ["POST /im", "1400000000 C2C.CallbackBeforeSendMsg 200", " 413 ", " 502 ", " 504, 200 "] {
        assert!(access.contains(needle), "{needle} is not in the access log:\n{access}");
    }
}

/// Why the error log of that server is at `crit`.
#[tokio::test]
async fn an_error_log_at_error_has_signatures() {
    let nginx =
        Nginx::changed([free_port(), free_port()], &[("webhooks.error.log crit", "webhooks.error.log error")]).await;
    let request = message("hello");
    let sign = sign(&request);
    assert_eq!(status(nginx.port, request).await, Some(502));
    assert!(nginx.log("webhooks.error.log").contains(&sign));
}

#[tokio::test]
async fn bodies_up_to_the_limit_arrive_and_larger_ones_do_not() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    let nginx = Nginx::start([receiver.port, free_port()]).await;
    let padded = |length: usize| {
        let mut body = sample("Group.CallbackAfterCreateGroup").to_vec();
        body.resize(length, b' ');
        signed("Group.CallbackAfterCreateGroup", body)
    };
    // Chat's limit is the receiver's, nginx's is that of the RTC Engine's callbacks.
    assert_eq!(status(nginx.port, padded(256 * 1024)).await, Some(200));
    let answer = ask(nginx.port, padded(1024 * 1024 + 1)).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["server"].as_bytes().starts_with(b"nginx")), (413, true));
    let mut claimed = padded(10);
    claimed.headers_mut().insert(CONTENT_LENGTH, "1048577".parse().unwrap());
    *claimed.body_mut() = Full::default();
    assert_eq!(status(nginx.port, padded(1024 * 1024 + 1)).await, Some(413));
    // Nothing else of a receiver is to be seen.
    for path in ["/", "/readyz", "/livez", "/metrics", "/im/"] {
        assert_eq!(status(nginx.port, get(path)).await, Some(404), "{path}");
    }
}

/// hyper closes the connection of a body that it has not read. nginx must know, or the next webhook goes there.
#[tokio::test]
async fn a_stranger_costs_no_one_else_a_webhook() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    // nginx keeps one connection, and gives what breaks off to nobody else.
    let alone = ("proxy_next_upstream error timeout non_idempotent", "proxy_next_upstream off");
    let nginx = Nginx::changed([receiver.port; 2], &[alone, ("keepalive 32", "keepalive 1")]).await;
    let forged = || {
        let mut request = signed("Group.CallbackAfterCreateGroup", vec![b' '; 900 * 1024]);
        *request.uri_mut() = request.uri().to_string().replace(&sign(&request), "forged").parse().unwrap();
        request
    };
    for _ in 0..200 {
        assert_eq!(status(nginx.port, forged()).await, Some(401));
        assert_eq!(status(nginx.port, message("hello")).await, Some(200), "{}", nginx.log("webhooks.log"));
    }
}

/// After 2 s Chat hangs up, and only that makes it send the event again: nginx must not answer in the meantime.
#[tokio::test]
async fn an_answer_that_is_withheld_is_silence_behind_nginx_too() {
    let mut receiver = Receiver::troubled().env("PLACES", "0");
    receiver.start().await;
    let nginx = Nginx::start([receiver.port, free_port()]).await;
    let follow = signed("Follow.CallbackAfterFollowAdd", sample("Follow.CallbackAfterFollowAdd"));
    let silence = tokio::time::timeout(Duration::from_millis(2200), status(nginx.port, follow)).await;
    assert!(silence.is_err(), "{silence:?}");
}

/// One receiver after the other ends, and another one takes its place, while Chat sends without a pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_no_webhook() {
    let mut receivers = [Receiver::observed(), Receiver::observed()].map(|receiver| receiver.env("LINGER", "4"));
    for receiver in &mut receivers {
        receiver.start().await;
    }
    let nginx = Nginx::start([receivers[0].port, receivers[1].port]).await;
    let chat = Chat::new(&App::signed(ID, TOKEN).unwrap(), nginx.port, "/im").connections(16).rate(200).repeats(0);
    let events = 200 * 16;
    let sending = tokio::spawn(async move { chat.send((0..events).map(Event::message)).await });
    let begin = Instant::now();
    sleep(Duration::from_secs(1)).await;
    for _ in 0..1 {
        for receiver in &mut receivers {
            receiver.process.signal("TERM");
            assert_eq!(receiver.process.end().await.code(), Some(0));
            receiver.start().await;
            // The new one takes its share.
            sleep(Duration::from_secs(1)).await;
        }
    }
    assert!(!sending.is_finished(), "Chat was done after {:?}, before the restarts were", begin.elapsed());
    let report = sending.await.unwrap();
    // At the first attempt: there was no second one.
    assert_eq!(
        (report.acknowledged().len(), report.count(Some(200))),
        (events, events),
        "{}",
        nginx.log("webhooks.log")
    );
    let upstreams: HashSet<_> = receivers.iter().map(|receiver| format!("127.0.0.1:{}", receiver.port)).collect();
    for upstream in upstreams {
        assert!(nginx.log("webhooks.log").contains(&upstream), "{upstream} had nothing to do");
    }
}

#[tokio::test]
async fn a_list_of_addresses_keeps_others_out() {
    let mut receiver = Receiver::observed();
    receiver.start().await;
    for (addresses, expected) in [("127.0.0.0/8", 200), ("183.192.202.0/25", 403)] {
        let allow = format!("allow {addresses};\n    deny all;");
        let nginx =
            Nginx::changed([receiver.port, free_port()], &[("# include /etc/nginx/webhooks.allow;", &allow)]).await;
        assert_eq!(status(nginx.port, message("hello")).await, Some(expected), "{addresses}");
    }
    assert!(file("nginx/allow-list").is_file());
}
