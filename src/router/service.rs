use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "tokio")]
use super::policy::Late;
use super::{
    body::NoBody,
    dispatch::Dispatch,
    future::ResponseFuture,
    handler::{Handler, IntoAnswer, Route, route},
    policy::Policies,
};
#[cfg(feature = "tokio")]
use crate::places::Places;
use crate::{
    command::{Command, KnownCommand},
    event::{Event, WebhookEvent},
    layer::WebhookBody,
    rejection::BoxError,
    reply::error_response,
    webhook::Webhook,
};

/// Typed handlers for webhooks. See the [module documentation](crate::router).
///
/// Clones share the handlers.
#[derive(Clone, Default)]
#[must_use]
pub struct WebhookRouter {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    /// A slot for each known command, in the order of the catalogue.
    routes: [Option<Route>; KnownCommand::COUNT],
    fallback: Option<Route>,
    policies: Policies,
}

impl Default for Shared {
    fn default() -> Self {
        Self { routes: [const { None }; KnownCommand::COUNT], fallback: None, policies: Policies::default() }
    }
}

impl WebhookRouter {
    /// Creates a router without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler for the event that it takes.
    ///
    /// # Panics
    ///
    /// If the event already has a handler.
    #[track_caller]
    pub fn on<E: WebhookEvent, T>(self, handler: impl Handler<E, T, Answer: IntoAnswer<E>>) -> Self {
        self.insert(&E::COMMAND, route(handler))
    }

    /// Handles the event `E` with a Tower service, which may have its own middleware: limits, buffers, retries.
    ///
    /// ```
    /// use tower::{ServiceBuilder, service_fn};
    /// use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, event::follow};
    ///
    /// let router = WebhookRouter::new().on_service::<follow::AfterFollowAdd>(
    ///     ServiceBuilder::new().concurrency_limit(8).service(service_fn(
    ///         async |hook: Webhook<follow::AfterFollowAdd>| Ok::<_, std::convert::Infallible>(Ack::ok()),
    ///     )),
    /// );
    /// ```
    ///
    /// # Panics
    ///
    /// If the event already has a handler.
    #[track_caller]
    pub fn on_service<E: WebhookEvent>(
        self,
        service: impl Service<Webhook<E>, Response: IntoAnswer<E>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.on(move |hook: Webhook<E>| {
            let mut service = service.clone();
            async move {
                poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::<BoxError>::into)?;
                service.call(hook).await.map_err(Into::<BoxError>::into)
            }
        })
    }

    /// Handles all events that no other handler takes, including [`Event::Other`].
    ///
    /// It answers [`Ack`](crate::Ack), or a [`Reply`](crate::Reply) built from the answer that fits the event.
    ///
    /// # Panics
    ///
    /// If there already is a fallback.
    #[track_caller]
    pub fn fallback<T>(mut self, handler: impl Handler<Event, T, Answer: IntoAnswer<Event>>) -> Self {
        let fallback = &mut Arc::make_mut(&mut self.shared).fallback;
        assert!(fallback.is_none(), "there already is a fallback");
        *fallback = Some(route(handler));
        self
    }

    /// Adds the handlers of another router, but not its policies.
    ///
    /// # Panics
    ///
    /// If both handle the same event, or both have a fallback.
    #[track_caller]
    pub fn merge(mut self, other: Self) -> Self {
        let Shared { routes, fallback, .. } = Arc::unwrap_or_clone(other.shared);
        for (route, command) in routes.into_iter().zip(Command::ALL) {
            if let Some(route) = route {
                self = self.insert(command, route);
            }
        }
        let shared = Arc::make_mut(&mut self.shared);
        assert!(shared.fallback.is_none() || fallback.is_none(), "both routers have a fallback");
        shared.fallback = shared.fallback.take().or(fallback);
        self
    }

    /// How long a handler may take before its event is answered without it.
    ///
    /// Chat waits 2 s and then hangs up, so 1.8 s is a good choice. The handler of a before-event is then dropped, and
    /// the answer is HTTP 503, or what the [`FailurePolicy`](crate::FailurePolicy) says. An after-event is acknowledged,
    /// and its handler runs on in the background, unless [`on_late`](WebhookRouter::on_late) says otherwise; the same
    /// happens if the client hangs up earlier.
    ///
    /// The time starts when the handler is called, so transport and body time are not included.
    ///
    /// Requires a Tokio runtime with its timer enabled, and panics without one.
    #[cfg(feature = "tokio")]
    pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
        self.policies().deadline = Some(deadline);
        self
    }

    /// What to do with an after-event whose handler exceeds the deadline. Default: [`Late::Acknowledge`].
    #[cfg(feature = "tokio")]
    pub fn on_late(mut self, late: Late) -> Self {
        self.policies().late = late;
        self
    }

    /// How many handlers of late events may run on at a time. Beyond that such an event fails: HTTP 503, or what the
    /// [`FailurePolicy`](crate::FailurePolicy) says. Default: 1,000.
    #[cfg(feature = "tokio")]
    pub fn late_limit(mut self, limit: usize) -> Self {
        self.policies().background.late = Places::new(limit);
        self
    }

    /// How long a handler may run in the background before it is dropped, so that hanging ones do not keep their places
    /// for ever. By default there is no limit.
    ///
    /// Its event has been acknowledged: it is **lost**, with a warning in the log.
    #[cfg(feature = "tokio")]
    pub fn background_timeout(mut self, timeout: std::time::Duration) -> Self {
        self.policies().background.timeout = Some(timeout);
        self
    }

    /// How many handlers are running in the background.
    #[cfg(feature = "tokio")]
    pub fn background_handlers(&self) -> usize {
        self.shared.policies.background.len()
    }

    /// Acknowledges after-events at once, and handles them in the background: at most `limit` at a time. Beyond that
    /// they are answered with HTTP 503, so that nothing grows without bound.
    ///
    /// Before-events are never acknowledged first; neither is
    /// [`bot::OnC2CSignalMessage`](crate::event::bot::OnC2CSignalMessage), whose answer carries data. Before the process
    /// exits, wait for [`drain`](WebhookRouter::drain).
    ///
    /// Requires a Tokio runtime, and panics without one.
    #[cfg(feature = "tokio")]
    pub fn ack_first(mut self, limit: usize) -> Self {
        self.policies().ack_first = Some(Places::new(limit));
        self
    }

    /// Resolves once no background handler is running, for a graceful shutdown: first stop the server, then wait for
    /// this.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// use axum::Router;
    /// use tower_tencent_webhook::WebhookRouter;
    ///
    /// let webhooks = WebhookRouter::new().ack_first(1000);
    /// let drained = webhooks.drain();
    /// let app: Router = Router::new().layer(webhooks);
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stop = std::future::ready(());
    /// axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    /// drained.await;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn drain(&self) -> impl Future<Output = ()> + Send + use<> {
        self.shared.policies.background.drained()
    }

    #[cfg(feature = "tokio")]
    fn policies(&mut self) -> &mut Policies {
        &mut Arc::make_mut(&mut self.shared).policies
    }

    #[track_caller]
    fn insert(mut self, command: &Command, route: Route) -> Self {
        let known = command.as_known().expect("an event type's command is known");
        let slot = &mut Arc::make_mut(&mut self.shared).routes[known as usize];
        assert!(slot.is_none(), "{command} already has a handler");
        *slot = Some(route);
        self
    }

    /// Takes the webhook out of a request and starts its handler. A request without one is left as it is.
    fn dispatch<B>(&self, request: &mut Request<B>) -> Option<Dispatch> {
        let hook = request.extensions_mut().remove::<Webhook>()?;
        let Shared { routes, fallback, policies } = &*self.shared;
        let route = hook.context().command().as_known().filter(|_| !matches!(hook.event(), Event::Other(_)));
        let route = route.and_then(|known| routes[known as usize].as_ref()).or(fallback.as_ref());
        Some(Dispatch::new(route, hook, &mut || head(request), policies))
    }
}

/// Takes the head out of a request.
fn head<B>(request: &mut Request<B>) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    mem::swap(&mut head.method, request.method_mut());
    mem::swap(&mut head.uri, request.uri_mut());
    mem::swap(&mut head.version, request.version_mut());
    mem::swap(&mut head.headers, request.headers_mut());
    mem::swap(&mut head.extensions, request.extensions_mut());
    head
}

impl fmt::Debug for WebhookRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { routes, fallback, policies } = &*self.shared;
        let handled = routes.iter().zip(Command::ALL).filter(|(route, _)| route.is_some());
        f.debug_struct("WebhookRouter")
            .field("handled", &handled.map(|(_, command)| command.as_str()).collect::<Vec<_>>())
            .field("fallback", &fallback.is_some())
            .field("policies", policies)
            .finish()
    }
}

impl<S> Layer<S> for WebhookRouter {
    type Service = RouterService<S>;

    fn layer(&self, inner: S) -> RouterService<S> {
        RouterService { inner, router: self.clone() }
    }
}

/// The service of [`WebhookRouter`] as a layer: handles webhooks, and passes all other requests through.
#[derive(Clone, Debug)]
pub struct RouterService<S> {
    inner: S,
    router: WebhookRouter,
}

impl<S> RouterService<S> {
    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, unwrapped.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for RouterService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body<Data = Bytes>,
{
    type Response = Response<WebhookBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.router.dispatch(&mut request) {
            Some(dispatch) => ResponseFuture::dispatch(dispatch),
            None => ResponseFuture::inner(self.inner.call(request)),
        }
    }
}

/// The router as an endpoint of its own: requests that are not webhooks are answered with HTTP 404. It is always ready.
impl<B> Service<Request<B>> for WebhookRouter {
    type Response = Response<WebhookBody<NoBody>>;
    type Error = Infallible;
    type Future = ResponseFuture<std::future::Ready<Result<Response<NoBody>, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let dispatch = self.dispatch(&mut request);
        let not_found = || Dispatch::answered(error_response(StatusCode::NOT_FOUND, "this is not a webhook"));
        ResponseFuture::dispatch(dispatch.unwrap_or_else(not_found))
    }
}
