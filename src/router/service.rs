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
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    future::{ResponseFuture, Run},
    handler::{BoxError, Handler, IntoAnswer, Route, route},
    policy::{OnError, failed},
};
use crate::{Command, Event, Webhook, WebhookBody, WebhookEvent, event::Known};

/// Typed handlers for webhooks. See the [module documentation](crate::router).
///
/// Clones share the handlers.
#[derive(Clone, Default)]
pub struct WebhookRouter {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    /// A place for each known command, in the order of the catalogue.
    routes: [Option<Route>; Known::COUNT],
    fallback: Option<Route>,
    policies: Policies,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    pub(super) on_error: OnError,
    #[cfg(feature = "tokio")]
    pub(super) deadline: Option<std::time::Duration>,
    #[cfg(feature = "tokio")]
    pub(super) ack_first: Option<Arc<tokio::sync::Semaphore>>,
    #[cfg(feature = "tokio")]
    pub(super) behind: super::behind::Behind,
}

impl Default for Shared {
    fn default() -> Self {
        Self { routes: [const { None }; Known::COUNT], fallback: None, policies: Policies::default() }
    }
}

impl WebhookRouter {
    /// A router without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles an event: that which the handler takes.
    ///
    /// # Panics
    ///
    /// When the event has a handler already.
    #[must_use]
    pub fn on<E: WebhookEvent, T>(self, handler: impl Handler<E, T, Answer: IntoAnswer<E>>) -> Self {
        self.put(&E::COMMAND, route(handler))
    }

    /// Handles the event `E` by a Tower service, which may have middleware of its own: limits, buffers, retries.
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
    /// When the event has a handler already.
    #[must_use]
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

    /// Handles all events that no other handler takes, [`Event::Other`] among them.
    ///
    /// It answers [`Ack`](crate::Ack), or a [`Reply`](crate::Reply) made of the answer that fits the event.
    ///
    /// # Panics
    ///
    /// When there is a fallback already.
    #[must_use]
    pub fn fallback<T>(mut self, handler: impl Handler<Event, T, Answer: IntoAnswer<Event>>) -> Self {
        let fallback = &mut Arc::make_mut(&mut self.shared).fallback;
        assert!(fallback.is_none(), "there is a fallback already");
        *fallback = Some(route(handler));
        self
    }

    /// Takes the handlers of another router in, and none of its policies.
    ///
    /// # Panics
    ///
    /// When both handle the same event, or both have a fallback.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let Shared { routes, fallback, .. } = Arc::unwrap_or_clone(other.shared);
        for (route, command) in routes.into_iter().zip(Command::ALL) {
            if let Some(route) = route {
                self = self.put(command, route);
            }
        }
        let shared = Arc::make_mut(&mut self.shared);
        assert!(shared.fallback.is_none() || fallback.is_none(), "both routers have a fallback");
        shared.fallback = shared.fallback.take().or(fallback);
        self
    }

    /// What a before-event is answered when its handler fails, panics or is past the deadline: HTTP 500, unless set.
    ///
    /// An after-event is then always answered with HTTP 500: it has not been taken.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.policies().on_error = policy;
        self
    }

    /// How long a handler may take until its event is answered without it.
    ///
    /// Chat waits for 2 s and then hangs up, so 1.8 s is a good choice. A before-event is then answered by the
    /// [failure policy](WebhookRouter::on_error), and its handler is dropped. An after-event is acknowledged, and its
    /// handler runs on to its end; so it does where the client hangs up before. How many run on is not limited, and
    /// [`drain`](WebhookRouter::drain) waits for each: a handler that may hang needs a timeout of its own.
    ///
    /// The time counts from when the handler is called, so the way to here and the body's are on top.
    ///
    /// Needs a Tokio runtime with its timer on, and panics without one.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
        self.policies().deadline = Some(deadline);
        self
    }

    /// Acknowledges after-events at once, and handles them behind: at most `limit` at a time. Beyond that they are
    /// answered with HTTP 503, so that Chat may repeat them and nothing grows without bound.
    ///
    /// Before-events are never answered first. Before the process ends, wait for [`drain`](WebhookRouter::drain).
    ///
    /// Needs a Tokio runtime, and panics without one.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn ack_first(mut self, limit: usize) -> Self {
        let limit = limit.min(tokio::sync::Semaphore::MAX_PERMITS);
        self.policies().ack_first = Some(Arc::new(tokio::sync::Semaphore::new(limit)));
        self
    }

    /// Ends when no handler runs behind, for a graceful shutdown: first stop the server, then wait for this.
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
        self.shared.policies.behind.ended()
    }

    fn policies(&mut self) -> &mut Policies {
        &mut Arc::make_mut(&mut self.shared).policies
    }

    fn put(mut self, command: &Command, route: Route) -> Self {
        let known = command.as_known().expect("an event type's command is known");
        let place = &mut Arc::make_mut(&mut self.shared).routes[known as usize];
        assert!(place.is_none(), "{command} has a handler already");
        *place = Some(route);
        self
    }

    /// Takes the webhook out of a request, and sets its handler to work. Without one nothing is taken.
    fn run<B>(&self, request: &mut Request<B>) -> Option<Run> {
        let hook = request.extensions_mut().remove::<Webhook>()?;
        let Shared { routes, fallback, policies } = &*self.shared;
        let route = hook.context().command().as_known().filter(|_| !matches!(hook.event(), Event::Other(_)));
        let route = route.and_then(|known| routes[known as usize].as_ref()).or(fallback.as_ref());
        Some(Run::new(route, hook, &mut || head(request), policies))
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

/// The service of [`WebhookRouter`] as a layer: handles webhooks, and hands all other requests on.
#[derive(Clone, Debug)]
pub struct RouterService<S> {
    inner: S,
    router: WebhookRouter,
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
        match self.router.run(&mut request) {
            Some(run) => ResponseFuture::run(run),
            None => ResponseFuture::inner(self.inner.call(request)),
        }
    }
}

/// The router as an endpoint of its own: what is no webhook is answered with HTTP 404. It is always ready.
impl<B> Service<Request<B>> for WebhookRouter {
    type Response = Response<WebhookBody<NoBody>>;
    type Error = Infallible;
    type Future = ResponseFuture<std::future::Ready<Result<Response<NoBody>, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let run = self.run(&mut request);
        ResponseFuture::run(run.unwrap_or_else(|| Run::answered(failed(StatusCode::NOT_FOUND, "this is no webhook"))))
    }
}

/// The inner body of a service without an inner service: there is none.
#[derive(Clone, Copy, Debug)]
pub enum NoBody {}

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match *self {}
    }

    fn is_end_stream(&self) -> bool {
        match *self {}
    }

    fn size_hint(&self) -> SizeHint {
        match *self {}
    }
}
