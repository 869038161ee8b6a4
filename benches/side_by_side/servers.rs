//! A server for each contestant: one thread and one port per core, sharing one service.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use http::{Request, Response};
use http_body::Body;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::mpsc};
use tower::Service as _;

use super::{by_hand, machine, receivers, rounds::Turn};

/// A contestant: how the server receives a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bare,
    ByHand,
    Layer,
    #[cfg(before)]
    Before,
    AxumLayer,
    AxumByHand,
    AxumTagged,
}

impl Kind {
    /// What one can choose.
    pub const CHOICES: [Self; 6] =
        [Self::Bare, Self::ByHand, Self::Layer, Self::AxumLayer, Self::AxumByHand, Self::AxumTagged];

    pub const ALL: [Self; Self::CHOICES.len() + cfg!(before) as usize] = [
        Self::Bare,
        Self::ByHand,
        Self::Layer,
        #[cfg(before)]
        Self::Before,
        Self::AxumLayer,
        Self::AxumByHand,
        Self::AxumTagged,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hyper",
            Self::ByHand => "hyper, by hand",
            Self::Layer => "hyper + layer + router",
            #[cfg(before)]
            Self::Before => "hyper + layer + router, before",
            Self::AxumLayer => "axum + layer + extractor",
            Self::AxumByHand => "axum, by hand",
            Self::AxumTagged => "axum, tagged enum",
        }
    }

    /// What it does with a webhook, for the figure.
    pub fn does(self) -> &'static str {
        match self {
            Self::Bare => "checks nothing, parses nothing",
            Self::ByHand => "all checks and the typed parse, inline",
            Self::Layer => "all checks, typed events, this crate",
            #[cfg(before)]
            Self::Before => "an earlier commit of this crate",
            Self::AxumLayer => "all checks, typed events, this crate",
            Self::AxumByHand => "Query + Json<Value>, no signature",
            Self::AxumTagged => "Query + Json<enum>, no signature",
        }
    }

    /// Whether it uses this crate.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Layer | Self::AxumLayer)
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Protocol {
    Http1,
    Http2,
}

/// Server threads, which run until this is dropped.
#[derive(Debug)]
pub struct Server {
    pub threads: Vec<Thread>,
}

#[derive(Debug)]
pub struct Thread {
    pub address: SocketAddr,
    clock: mpsc::UnboundedSender<Sender<Duration>>,
}

impl Server {
    /// Starts a thread on each core.
    pub fn start(kind: Kind, protocol: Protocol, cores: &[usize]) -> Self {
        match kind {
            Kind::Bare => Self::of(service_fn(receivers::bare::<Incoming>), protocol, cores),
            Kind::ByHand => Self::of(service_fn(by_hand::receive::<Incoming>), protocol, cores),
            Kind::Layer => {
                let service = receivers::layer_and_router();
                // As in the README: the service is always ready. The axum apps are served as `axum::serve` does it.
                Self::of(service_fn(move |request| service.clone().call(request)), protocol, cores)
            }
            #[cfg(before)]
            Kind::Before => {
                let service = super::before::layer_and_router();
                Self::of(service_fn(move |request| service.clone().call(request)), protocol, cores)
            }
            Kind::AxumLayer => Self::of(TowerToHyperService::new(receivers::axum_and_layer()), protocol, cores),
            Kind::AxumByHand => Self::of(TowerToHyperService::new(receivers::axum_by_hand()), protocol, cores),
            Kind::AxumTagged => Self::of(TowerToHyperService::new(receivers::axum_tagged_enum()), protocol, cores),
        }
    }

    fn of<S, B>(service: S, protocol: Protocol, cores: &[usize]) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Future: Send> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self { threads: cores.iter().map(|core| Thread::start(service.clone(), protocol, *core)).collect() }
    }

    /// Measures the first `threads` threads while `load` runs. `load` returns the number of its requests.
    pub fn measure(&self, threads: usize, load: impl FnOnce() -> u64) -> Turn {
        let cpu = || self.threads[..threads].iter().map(Thread::cpu_time).sum::<Duration>();
        let (start, before) = (Instant::now(), cpu());
        let requests = load();
        Turn { requests, wall: start.elapsed(), cpu: cpu() - before }
    }
}

impl Thread {
    fn start<S, B>(service: S, protocol: Protocol, core: usize) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Future: Send> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (clock, mut asked) = mpsc::unbounded_channel::<Sender<Duration>>();
        thread::spawn(move || {
            machine::pin(core);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                tokio::spawn(accept(TcpListener::from_std(listener).unwrap(), service, protocol));
                while let Some(answer) = asked.recv().await {
                    answer.send(machine::cpu_time()).expect("the caller is waiting");
                }
            });
        });
        Self { address, clock }
    }

    fn cpu_time(&self) -> Duration {
        let (answer, time) = channel();
        self.clock.send(answer).expect("the server is running");
        time.recv().expect("the server is running")
    }
}

/// Accepts connections, with the same settings for every contestant.
async fn accept<S, B>(listener: TcpListener, service: S, protocol: Protocol)
where
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (stream, service) = (TokioIo::new(stream), service.clone());
        tokio::spawn(async move {
            match protocol {
                Protocol::Http1 => http1::Builder::new().serve_connection(stream, service).await,
                Protocol::Http2 => http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await,
            }
        });
    }
}
