//! The life of a server among others: it takes part, says that it is about to go, and goes when nobody comes any more.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use http::{HeaderValue, StatusCode, header::CONNECTION};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};
use tower_http::timeout::TimeoutLayer;

use crate::accept;

/// The longest that a request may take: longer than any answer is withheld.
const REQUEST: Duration = Duration::from_secs(10);

/// A server that is restarted without losing a request.
///
/// On SIGTERM it first *lingers*: it is not ready any more, but serves whoever comes all the same, as a load balancer needs
/// a while to notice. It closes each connection after the next answer, so that none is left when the time is over. Then it
/// stops accepting, and finishes what has begun. On Ctrl-C it does not linger.
#[derive(Clone, Debug)]
pub struct Server {
    stopping: Arc<AtomicBool>,
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// Creates a server that is ready as soon as it [runs](Self::run).
    pub fn new() -> Self {
        Self { stopping: Arc::default() }
    }

    /// `/livez`, which always says yes, and `/readyz`, which says no from SIGTERM on. The webhooks go around it.
    pub fn health(&self) -> Router {
        let stopping = self.stopping.clone();
        let ready = async move || match stopping.load(Ordering::Relaxed) {
            false => (StatusCode::OK, "ready\n"),
            true => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        };
        Router::new().route("/livez", get(async || "alive\n")).route("/readyz", get(ready))
    }

    /// Serves until SIGTERM or Ctrl-C, and returns when everything that had begun is done, `drained` included.
    ///
    /// # Errors
    ///
    /// If the address cannot be had.
    pub async fn run(
        self,
        address: SocketAddr,
        linger: Duration,
        app: Router,
        drained: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let app = app
            .layer(from_fn_with_state(self.stopping.clone(), close_connections))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST));
        let listener = TcpListener::bind(address).await?;
        // Before anyone can know that the server runs, and stop it.
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        println!("listening on {}", listener.local_addr()?);
        tracing::info!(address = %listener.local_addr()?, "listening");
        accept::serve(listener, 1000, app, self.stop(interrupt, terminate, linger)).await;
        drained.await;
        tracing::info!("everything is done");
        Ok(())
    }

    async fn stop(&self, mut interrupt: Signal, mut terminate: Signal, linger: Duration) {
        tokio::select! {
            _ = interrupt.recv() => self.stopping.store(true, Ordering::Relaxed),
            _ = terminate.recv() => {
                self.stopping.store(true, Ordering::Relaxed);
                tracing::info!(?linger, "not ready any more");
                // Who is in a hurry presses Ctrl-C.
                tokio::select! {
                    () = sleep(linger) => {}
                    _ = interrupt.recv() => {}
                }
            }
        }
        tracing::info!("no longer accepting");
    }
}

/// Closes each connection after its answer, once the server is about to stop. What the layer rejects says so by itself.
async fn close_connections(State(stopping): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // HTTP/2 has no such header, and hyper leaves it out.
    if stopping.load(Ordering::Relaxed) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
