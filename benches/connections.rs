//! The memory of 10,000 open connections whose bodies arrive one byte at a time, with and without the layer.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench connections
//! ```

mod load;

use std::{
    convert::Infallible,
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, combinators::MapFrame};
use hyper::body::Incoming;
use load::{
    Server,
    common::{self, BODY, Raw},
};
use serde_json::json;
use tower::{Layer, ServiceBuilder, service_fn};
use tower_tencent_webhook::{Ack, Reply, WebhookRouter};

const CONNECTIONS: usize = 10_000;
/// How many bytes of each body have arrived when memory is measured.
const SENT: usize = 16;
/// The claimed lengths: the true one, and the largest that the layer accepts.
const CLAIMS: [usize; 2] = [BODY.len(), 256 * 1024];
/// Without the layer, discarding or collecting the body; with the layer; with the layer and a router.
const SERVERS: [&str; 4] = ["bare", "collect", "layer", "router"];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match load::role() {
        Some(name) => serve(&name).await,
        None => measure().await,
    }
}

// The server.

/// How many bytes of bodies have arrived.
static SEEN: AtomicU64 = AtomicU64::new(0);

type Count = fn(Frame<Bytes>) -> Frame<Bytes>;

fn count(frame: Frame<Bytes>) -> Frame<Bytes> {
    SEEN.fetch_add(frame.data_ref().map_or(0, Bytes::len) as u64, Ordering::Relaxed);
    frame
}

fn ok<B>(_: B) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Reply::from(Ack::ok()).into_response())
}

async fn serve(name: &str) {
    let counted = |request: Request<Incoming>| request.map(|body| body.map_frame(count as Count));
    let counting = ServiceBuilder::new().map_request(counted);
    let address = match name {
        "bare" => {
            let drain = async |mut request: Request<MapFrame<Incoming, Count>>| {
                while let Some(Ok(_)) = request.body_mut().frame().await {}
                ok(())
            };
            common::serve(counting.service(service_fn(drain))).await
        }
        "collect" => {
            let collect = async |request: Request<MapFrame<Incoming, Count>>| ok(request.into_body().collect().await);
            common::serve(counting.service(service_fn(collect))).await
        }
        "layer" => {
            common::serve(counting.service(common::layer().layer(service_fn(async |request| ok(request))))).await
        }
        _ => {
            let router = WebhookRouter::new().fallback(async |_| Ack::ok());
            common::serve(counting.service(common::layer().layer(router))).await
        }
    };
    load::tell(address, || [SEEN.load(Ordering::Relaxed)]).await;
}

// The client.

/// The server's memory per connection, in bytes, while all bodies are in flight.
async fn connection(name: &str, claimed: usize) -> u64 {
    let mut server = Server::start(name);
    let idle = server.resident();
    let mut clients = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let mut client = Raw::connect(server.address).await;
        let uri = common::signed_uri();
        client.send(format!("POST {uri} HTTP/1.1\r\nhost: a\r\ncontent-length: {claimed}\r\n\r\n")).await;
        clients.push(client);
    }
    for sent in 0..SENT {
        for client in &mut clients {
            client.send(&BODY[sent..=sent]).await;
        }
        while server.ask() != [((sent + 1) * CONNECTIONS) as u64] {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let busy = server.resident();
    // The responses prove that everything was received.
    if claimed == BODY.len() {
        for client in &mut clients {
            client.send(&BODY[SENT..]).await;
            assert_eq!(client.answer().await.status, 200);
        }
    }
    (busy - idle) / CONNECTIONS as u64
}

async fn measure() {
    load::sockets(CONNECTIONS as u64 + 100);
    println!(
        "resident bytes per connection, of {CONNECTIONS} connections; {SENT} bytes of each body sent one by one\n"
    );
    println!("{:>10}{:>16}{:>16}{:>12}", "server", format!("of {}", CLAIMS[0]), format!("of {}", CLAIMS[1]), "ratio");
    let mut rows = Vec::new();
    let mut bare = None;
    for name in SERVERS {
        let [small, large] = [connection(name, CLAIMS[0]).await, connection(name, CLAIMS[1]).await];
        let ratio = small as f64 / *bare.get_or_insert(small) as f64;
        println!("{name:>10}{small:>16}{large:>16}{ratio:>12.3}");
        rows.push(json!({ "server": name, "claimed": CLAIMS, "resident": [small, large], "ratio": ratio }));
        assert!(small.abs_diff(large) < small / 20, "memory grows with the claimed length");
        assert!(ratio < 1.1, "the layer holds more than a request's head and its parameters");
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    fs::write(target.join("connections.json"), json!(rows).to_string()).unwrap();
}
