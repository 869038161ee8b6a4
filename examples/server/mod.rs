//! A server for the open internet: HTTP/1.1 and HTTP/2 for any Tower service, with the limits that neither hyper nor
//! `axum::serve` sets by default. Written to be copied.
//!
//! It limits request heads, the number of connections and their age. When all places are taken, the connection that has
//! been idle the longest gives way to the next, so that nobody shuts others out by merely being connected. The
//! `TimeoutLayer` of each example limits bodies and handlers.

use std::{
    error::Error,
    future::ready,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll},
    time::Duration,
};

use axum::extract::ConnectInfo;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::{Instant, sleep, timeout},
};
use tower::{Service, ServiceExt};

/// How long a client may take to send the head of a request, or stay idle between two requests.
pub(crate) const HEAD: Duration = Duration::from_secs(10);
/// How old a connection may get. This also ends those that only look busy, or never read a response.
pub(crate) const AGE: Duration = Duration::from_secs(300);
/// How long a connection may then take to finish its requests: longer than any request may take.
pub(crate) const GRACE: Duration = Duration::from_secs(15);
/// How long a connection keeps its place for sure: enough for a head that is on its way, or a response.
const MOMENT: Duration = Duration::from_millis(100);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(10);

/// Serves until Ctrl-C or SIGTERM, lets open requests finish, and waits for `drained`.
///
/// The command line has the address, such as `0.0.0.0:3000`, or only a port of 127.0.0.1; the default is any free port.
pub(crate) async fn run<S, R>(service: S, drained: impl Future<Output = ()>) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let address = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let address = if address.contains(':') { address } else { format!("127.0.0.1:{address}") };
    let listener = TcpListener::bind(address).await?;
    // Before anyone can know that the server runs, and stop it.
    let stop = stop_signal()?;
    println!("listening on {}", listener.local_addr()?);
    // Each connection takes a file descriptor: `ulimit -n` must allow that many.
    serve(listener, 1000, service, stop).await;
    drained.await;
    Ok(())
}

/// Resolves on Ctrl-C, and on the signal with which service managers ask for the same.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { _ = tokio::signal::ctrl_c().await })
}

/// Serves up to `connections` at a time. After `stop`, lets open requests finish and returns.
///
/// If that many are open, the one that has been idle the longest gives way to a new one. If the app is at work for all
/// of them, new ones wait.
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
    let mut open: Vec<Weak<Activity>> = Vec::new();
    let (running, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let accepted = listener.accept().await?;
            loop {
                if places.available_permits() == 0 {
                    make_room(&open);
                }
                if let Ok(place) = timeout(PAUSE, places.clone().acquire_owned()).await {
                    break io::Result::Ok((accepted, place));
                }
            }
        };
        let next = tokio::select! {
            // Who has already connected is not turned away by closing the listener.
            biased;
            next = next => next,
            () = &mut stop => break,
        };
        // A client that has already gone, or a lack of file descriptors, must not stop the server. Nor may strangers hold
        // all descriptors, if there are fewer of these than places.
        let Ok(((stream, peer), place)) = next else {
            make_room(&open);
            sleep(PAUSE).await;
            continue;
        };
        // Responses are small: send each at once, without waiting for the last one's TCP acknowledgement.
        _ = stream.set_nodelay(true);
        let activity = Arc::new(Activity::new());
        open.retain(|activity| activity.strong_count() > 0);
        open.push(Arc::downgrade(&activity));
        let (server, service, stopped) = (server.clone(), service.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(&server, stream, peer, service, activity, stopped).await;
            drop(place);
        });
    }
    drop((listener, running));
    _ = places.acquire_many(connections).await;
}

/// Asks the connection that has been idle the longest to give way.
fn make_room(open: &[Weak<Activity>]) {
    let open = open.iter().filter_map(Weak::upgrade);
    let idle = open.filter_map(|activity| Some((activity.idle_since()?, activity)));
    if let Some((_, longest)) = idle.min_by_key(|(since, _)| *since) {
        longest.give_way.notify_one();
    }
}

async fn connection<S, R>(
    server: &auto::Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    service: S,
    activity: Arc<Activity>,
    mut stopped: watch::Receiver<()>,
) where
    S: Service<Request<Incoming>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    R: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let watched = activity.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (work, activity) = (Work::begin(&watched), watched.clone());
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = service.clone().oneshot(request);
        async move {
            let response = response.await;
            drop(work);
            response.map(|response| response.map(|body| Watched { body: Box::pin(body), activity, work: None }))
        }
    });
    // hyper's timer starts once the first bytes have shown HTTP/1.1 or HTTP/2: this covers clients that send none.
    let too_long = async {
        if timeout(HEAD, activity.first.notified()).await.is_ok() {
            sleep(AGE).await;
        }
    };
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let served = async {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = too_long => {}
            // A head may be on its way, even the first one.
            () = async {
                _ = stopped.changed().await;
                sleep(MOMENT).await;
            } => {}
        }
        connection.as_mut().graceful_shutdown();
        _ = timeout(GRACE, connection.as_mut()).await;
    };
    tokio::select! {
        // A request that has arrived in the meantime comes first, and keeps the connection open.
        biased;
        () = served => return,
        () = activity.must_give_way() => {}
    }
    connection.as_mut().graceful_shutdown();
    // The next connection waits for the place: there is time to say goodbye, but not to wait for an answer.
    tokio::select! {
        biased;
        _ = connection => {}
        () = ready(()) => {}
    }
}

/// What happens on a connection.
struct Activity {
    /// The first request has arrived.
    first: Notify,
    /// The place is needed.
    give_way: Notify,
    /// For how many requests the app is at work, and when this last changed.
    work: Mutex<(usize, Instant)>,
}

impl Activity {
    fn new() -> Self {
        Self { first: Notify::new(), give_way: Notify::new(), work: Mutex::new((0, Instant::now())) }
    }

    async fn must_give_way(&self) {
        loop {
            self.give_way.notified().await;
            if self.idle_since().is_some() {
                break;
            }
        }
    }

    /// `None` while it keeps its place.
    fn idle_since(&self) -> Option<Instant> {
        let (requests, since) = *self.work.lock().unwrap();
        (requests == 0 && since.elapsed() >= MOMENT).then_some(since)
    }
}

/// The app is at work for a request: its connection is not idle.
struct Work(Arc<Activity>);

impl Work {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.first.notify_one();
        let mut work = activity.work.lock().unwrap();
        *work = (work.0 + 1, Instant::now());
        Self(activity.clone())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut work = self.0.work.lock().unwrap();
        *work = (work.0 - 1, Instant::now());
    }
}

/// The body of a response. While it waits for the app, the app is at work. While it waits for the client to take what
/// there is, the connection is idle: otherwise a client that takes nothing would keep its place.
struct Watched<B> {
    body: Pin<Box<B>>,
    activity: Arc<Activity>,
    work: Option<Work>,
}

impl<B: Body> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let work = Work::begin(&self.activity);
        let frame = self.body.as_mut().poll_frame(cx);
        self.work = frame.is_pending().then_some(work);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

type BoxError = Box<dyn Error + Send + Sync>;
