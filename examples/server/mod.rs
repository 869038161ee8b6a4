//! A server for the open internet: HTTP/1.1 and HTTP/2 for any Tower service, with the limits that neither hyper nor
//! `axum::serve` sets by default. Written to be copied.
//!
//! It limits request heads, the number of connections and their age. The `TimeoutLayer` of each example limits bodies
//! and handlers.

use std::{error::Error, io, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};

/// How long a client may take to send the head of a request, or stay idle between two requests.
pub(crate) const HEAD: Duration = Duration::from_secs(10);
/// How old a connection may get. This also ends those that only look busy, or never read a response.
pub(crate) const AGE: Duration = Duration::from_secs(300);
/// How long a connection may then take to finish its requests: longer than any request may take.
pub(crate) const GRACE: Duration = Duration::from_secs(15);

/// Serves until Ctrl-C, on the port given on the command line or else on any free port.
pub(crate) async fn run<S, R>(service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let port = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    // Each connection takes a file descriptor: `ulimit -n` must allow that many.
    serve(listener, 1000, service, async { _ = tokio::signal::ctrl_c().await }).await;
    Ok(())
}

/// Serves up to `connections` at a time; further ones wait. After `stop`, lets open requests finish and returns.
pub(crate) async fn serve<S, R>(listener: TcpListener, connections: u32, service: S, stop: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let mut server = auto::Builder::new(TokioExecutor::new());
    // Without a timer, hyper waits forever.
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 * 1024);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD).max_concurrent_streams(100);

    let places = Arc::new(Semaphore::new(connections as usize));
    let (running, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let next = async { (places.clone().acquire_owned().await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        // A client that has already gone, or a lack of file descriptors, must not stop the server.
        let Ok((stream, _)) = accepted else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Responses are small: send each at once, without waiting for the last one's TCP acknowledgement.
        _ = stream.set_nodelay(true);
        let (server, service, stopped) = (server.clone(), service.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(&server, stream, service, stopped).await;
            drop(place);
        });
    }
    drop((listener, running));
    _ = places.acquire_many(connections).await;
}

async fn connection<S, R>(
    server: &auto::Builder<TokioExecutor>,
    stream: TcpStream,
    service: S,
    mut stopped: watch::Receiver<()>,
) where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let first = Arc::new(Notify::new());
    let service = service.map_request({
        let first = first.clone();
        move |request| {
            first.notify_one();
            request
        }
    });
    // hyper's timer starts once the first bytes have shown HTTP/1.1 or HTTP/2: this covers clients that send none.
    let too_long = async {
        if timeout(HEAD, first.notified()).await.is_ok() {
            sleep(AGE).await;
        }
    };
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = too_long => {}
        _ = stopped.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    _ = timeout(GRACE, connection).await;
}

type BoxError = Box<dyn Error + Send + Sync>;
