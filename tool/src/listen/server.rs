//! An HTTP/1.1 server with the limits that hyper does not set by itself.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long the head of a request may take, or the time between two requests.
const HEAD: Duration = Duration::from_secs(30);
/// How many connections there may be. Others wait.
const CONNECTIONS: u32 = 512;
/// How long open requests may take once the server is to end.
const GRACE: Duration = Duration::from_secs(10);

/// Listens, or says what to do.
pub(super) async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, (io::ErrorKind, String)> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => {
                let free = SocketAddr::new(address.ip(), 0);
                format!(
                    "the port is in use. Choose another one with {option}, such as {option} {free} for any free one"
                )
            }
            io::ErrorKind::PermissionDenied => {
                format!("{error}. Choose a port from 1024 on with {option}")
            }
            _ => error.to_string(),
        };
        (error.kind(), format!("cannot listen on {address}: {advice}"))
    })
}

/// Serves until it is told to stop, and lets open requests finish. A service that fails ends its connection without an
/// answer.
pub(super) async fn serve<F, A, B>(listener: TcpListener, service: F, mut stop: watch::Receiver<bool>)
where
    F: Fn(SocketAddr, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response<B>, BoxError>> + Send + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 << 10);
    let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (Ok((stream, peer)), Ok(place)) = (accepted, place) else {
            // The client has gone, or there are no file descriptors left: no reason to end.
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (server, service, stop) = (server.clone(), service.clone(), stop.clone());
        tokio::spawn(async move {
            connection(&server, stream, peer, service, stop).await;
            drop(place);
        });
    }
    drop(listener);
    // A place is given back when its connection has ended.
    _ = timeout(GRACE, places.acquire_many(CONNECTIONS)).await;
}

async fn connection<F, A, B>(
    server: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    service: F,
    mut stop: watch::Receiver<bool>,
) where
    F: Fn(SocketAddr, Request<Incoming>) -> A,
    A: Future<Output = Result<Response<B>, BoxError>>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    _ = stream.set_nodelay(true);
    let service = service_fn(|request| service(peer, request));
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    _ = connection.await;
}
