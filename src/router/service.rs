use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body;
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "tokio")]
use super::background::LATE;
#[cfg(feature = "tokio")]
use super::policy::Late;
use super::{
    answer::{IntoAnswer, IntoReply},
    body::NoBody,
    dispatch::{Dispatch, End},
    error::HandleError,
    future::ResponseFuture,
    handler::{EventHandler, Head, Hook},
    policy::Policies,
    route::{Route, call_ready},
};
#[cfg(feature = "tokio")]
use crate::places::Places;
use crate::{
    command::{Command, KnownCommand, Phase},
    event::{Event, WebhookEvent},
    failure::Origin,
    layer::WebhookBody,
    observe::WebhookSpan,
    rejection::BoxError,
    reply::Reply,
    webhook::Webhook,
};

/// Typed handlers for webhooks. See the [module documentation](crate::router).
///
/// Clones share the handlers.
#[derive(Clone, Default)]
#[must_use]
#[doc(alias("callback", "回调"))]
pub struct WebhookRouter {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    /// A slot for each known command, in the order of the catalogue.
    routes: [Option<Route>; KnownCommand::COUNT],
    /// The handlers of commands that are not in the catalogue: unknown ones, and those of the RTC Engine.
    others: HashMap<Command, Route>,
    fallback: Option<Route>,
    /// Where after-events go that have no handler of their own.
    hand_off: Option<Route>,
    policies: Policies,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            routes: [const { None }; KnownCommand::COUNT],
            others: HashMap::new(),
            fallback: None,
            hand_off: None,
            policies: Policies::default(),
        }
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
    pub fn on<E: WebhookEvent, T>(self, handler: impl EventHandler<E, T, Answer: IntoAnswer<E>>) -> Self {
        self.on_with(&(), handler)
    }

    /// Adds a handler that takes the app's state first: each call gets a clone of it.
    ///
    /// A method of the app is such a handler, and so is a function or closure:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_tencent_webhook::{
    ///     Ack, MsgElem, Verdict, Webhook, WebhookRouter,
    ///     event::{c2c, follow},
    /// };
    ///
    /// /// Cheap to clone: it has only a handle of what is shared.
    /// #[derive(Clone)]
    /// struct App {
    ///     forbidden: Arc<[MsgElem]>,
    /// }
    ///
    /// impl App {
    ///     async fn moderate(self, hook: Webhook<c2c::BeforeSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
    ///         if hook.msg_body.iter().any(|element| self.forbidden.contains(element)) {
    ///             return Verdict::refuse();
    ///         }
    ///         Verdict::allow()
    ///     }
    /// }
    ///
    /// let app = App { forbidden: [MsgElem::text("spam")].into() };
    /// let webhooks = WebhookRouter::new()
    ///     .on_with(&app, App::moderate)
    ///     .on_with(&app, async |app: App, hook: Webhook<follow::AfterFollowAdd>| {
    ///         println!("{}, of {} things", hook.from_account, app.forbidden.len());
    ///         Ack::ok()
    ///     });
    /// ```
    ///
    /// With the feature `axum`, the state is that of the handler's extractors as well: see the module `extract`.
    ///
    /// # Panics
    ///
    /// If the event already has a handler.
    #[track_caller]
    pub fn on_with<S: Clone + Send + Sync + 'static, E: WebhookEvent, T>(
        self,
        state: &S,
        handler: impl EventHandler<E, T, S, Answer: IntoAnswer<E>>,
    ) -> Self {
        self.insert(E::COMMAND, Route::of_event(state, handler))
    }

    /// Adds a handler for any command, with a type of your own for the body: for the vendor's next command on the day it
    /// comes, or where this crate's type does not have what you need.
    ///
    /// ```
    /// use tower_tencent_webhook::{Reply, VerdictError, Webhook, WebhookRouter};
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct BeforeRise {
    ///     phase: String,
    /// }
    ///
    /// let webhooks = WebhookRouter::new().on_command(
    ///     "Moon.CallbackBeforeRise",
    ///     async |hook: Webhook<BeforeRise>| -> Result<_, VerdictError> {
    ///         if hook.phase == "full" {
    ///             return Reply::refuse(10_100, "not with these wolves about");
    ///         }
    ///         Ok(Reply::allow())
    ///     },
    /// );
    /// ```
    ///
    /// It answers [`Ack`](crate::Ack), a [`Reply`], or any [`Verdict`](crate::Verdict), each plain or in a `Result`.
    /// **Whether the answer fits the command is not checked.** [`Command::phase`] says whether an unknown command counts
    /// as a before-event, for the [`FailurePolicy`](crate::FailurePolicy) and the options of the router.
    ///
    /// The body is read as [`Webhook::json`] does. One that does not fit the type is a failure of the handler, about which
    /// the failure policy decides; the log has the line and the column, and nothing of the body.
    ///
    /// The body of a known command must still be one that this crate can read, and an unknown command must be forwarded,
    /// as it is by default: see [`on_unknown`](crate::WebhookLayer::on_unknown). Other webhooks do not reach the router.
    ///
    /// # Panics
    ///
    /// If the command is empty, or already has a handler, under this or another of its names.
    #[track_caller]
    pub fn on_command<B: DeserializeOwned + Send + 'static, T>(
        self,
        command: impl Into<Command>,
        handler: impl EventHandler<B, T, Answer: IntoReply>,
    ) -> Self {
        self.on_command_with(&(), command, handler)
    }

    /// [`on_command`](WebhookRouter::on_command) with a handler that takes the app's state, as in
    /// [`on_with`](WebhookRouter::on_with).
    ///
    /// # Panics
    ///
    /// If the command is empty, or already has a handler, under this or another of its names.
    #[track_caller]
    pub fn on_command_with<S: Clone + Send + Sync + 'static, B: DeserializeOwned + Send + 'static, T>(
        self,
        state: &S,
        command: impl Into<Command>,
        handler: impl EventHandler<B, T, S, Answer: IntoReply>,
    ) -> Self {
        let command = command.into();
        assert!(command != "", "the command is empty");
        self.insert(command, Route::of_command(state, handler))
    }

    /// Handles the event `E` with a Tower service, which may have its own middleware (limits, buffers, retries), and the
    /// state in its fields.
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
        self.on(move |hook: Webhook<E>| call_ready(service.clone(), hook))
    }

    /// Handles all events that no other handler takes, including [`Event::Other`].
    ///
    /// It answers [`Ack`](crate::Ack), a [`Reply`], or any [`Verdict`](crate::Verdict). **Whether the answer fits the
    /// event is not checked.**
    ///
    /// # Panics
    ///
    /// If there already is a fallback.
    #[track_caller]
    pub fn fallback<T>(self, handler: impl EventHandler<Event, T, Answer: IntoReply>) -> Self {
        self.fallback_with(&(), handler)
    }

    /// [`fallback`](WebhookRouter::fallback) with a handler that takes the app's state, as in
    /// [`on_with`](WebhookRouter::on_with).
    ///
    /// # Panics
    ///
    /// If there already is a fallback.
    #[track_caller]
    pub fn fallback_with<S: Clone + Send + Sync + 'static, T>(
        mut self,
        state: &S,
        handler: impl EventHandler<Event, T, S, Answer: IntoReply>,
    ) -> Self {
        let fallback = &mut Arc::make_mut(&mut self.shared).fallback;
        assert!(fallback.is_none(), "there already is a fallback");
        *fallback = Some(Route::of_any(state, handler));
        self
    }

    /// Hands after-events that have no handler of their own to a service that keeps them, Chat's and the RTC Engine's: a
    /// message broker, a database. **They are acknowledged once it has returned `Ok`, and not before.**
    ///
    /// An error is a failure of the handler: HTTP 500, or what the [`FailurePolicy`](crate::FailurePolicy) says. With
    /// `AfterFailure::Withhold` Chat sends the event again; the RTC Engine does so after an HTTP error anyway.
    ///
    /// Neither `ack_first` nor `Late::Acknowledge` apply to it: an event that is not kept within the `deadline` has
    /// failed. So that it is kept even if this release cannot read it, set
    /// [`on_malformed`](crate::WebhookLayer::on_malformed) to [`Policy::Forward`](crate::Policy::Forward).
    ///
    /// Back-pressure and time limits are those of Tower, in this order: what is above the limit is shed at once, and the
    /// time begins when there is room.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower::{BoxError, ServiceBuilder, service_fn};
    /// use tower_tencent_webhook::{
    ///     AfterFailure, App, FailurePolicy, Policy, Webhook, WebhookLayer, WebhookRouter,
    /// };
    ///
    /// # #[derive(Clone)]
    /// # struct Engine;
    /// # impl Engine { async fn store(&self, _: Webhook) -> Result<(), BoxError> { Ok(()) } }
    /// # let engine = Engine;
    /// let sink = service_fn(move |hook: Webhook| {
    ///     let engine = engine.clone();
    ///     async move { engine.store(hook).await }
    /// });
    /// let sink = ServiceBuilder::new()
    ///     .load_shed()
    ///     .concurrency_limit(512)
    ///     .timeout(Duration::from_millis(1700))
    ///     .service(sink);
    /// let webhooks = WebhookRouter::new().hand_off(sink);
    ///
    /// let layer = WebhookLayer::new(App::signed(1400000000, "token of the console")?)
    ///     .on_malformed(Policy::Forward)
    ///     .on_failure(FailurePolicy::new().after(AfterFailure::Withhold));
    /// let service = tower::Layer::layer(&layer, webhooks);
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    ///
    /// Behind the engine, a router with the handlers takes the webhooks with [`handle`](WebhookRouter::handle). A
    /// webhook can be stored with serde, or as a CloudEvent with the feature `cloudevents`.
    ///
    /// # Panics
    ///
    /// If events are already handed off.
    #[track_caller]
    pub fn hand_off(
        mut self,
        service: impl Service<Webhook, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
    ) -> Self {
        let hand_off = &mut Arc::make_mut(&mut self.shared).hand_off;
        assert!(hand_off.is_none(), "events are already handed off");
        *hand_off = Some(Route::of_hand_off(service));
        self
    }

    /// Also hands copies of before-events to the service of [`hand_off`](WebhookRouter::hand_off), for the record: in the
    /// background, so that their answer does not wait, and at most `limit` at a time.
    ///
    /// A copy beyond the limit, or one that the service fails to keep, is lost: the log has a warning. What the answer was
    /// is not in it.
    ///
    /// Requires a Tokio runtime, and panics without one.
    #[cfg(feature = "tokio")]
    pub fn copy_before_events(mut self, limit: usize) -> Self {
        self.policies().copies = Some(Places::new("copies", limit));
        self
    }

    /// Adds the handlers of another router, but not its policies.
    ///
    /// # Panics
    ///
    /// If both handle the same command, both have a fallback, or both hand events off.
    #[track_caller]
    pub fn merge(mut self, other: Self) -> Self {
        let Shared { routes, others, fallback, hand_off, policies: _ } = Arc::unwrap_or_clone(other.shared);
        let known = routes.into_iter().zip(Command::ALL).filter_map(|(route, command)| Some((command.clone(), route?)));
        for (command, route) in known.chain(others) {
            self = self.insert(command, route);
        }
        let shared = Arc::make_mut(&mut self.shared);
        assert!(shared.fallback.is_none() || fallback.is_none(), "both routers have a fallback");
        shared.fallback = shared.fallback.take().or(fallback);
        assert!(shared.hand_off.is_none() || hand_off.is_none(), "both routers hand events off");
        shared.hand_off = shared.hand_off.take().or(hand_off);
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
        self.policies().background.late = Places::new(LATE, limit);
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
    /// [`bot::OnC2CSignalMessage`](crate::event::bot::OnC2CSignalMessage), whose answer carries data, nor a command whose
    /// handler of [`on_command`](WebhookRouter::on_command) answers with more than an [`Ack`](crate::Ack). Before the process
    /// exits, wait for [`drain`](WebhookRouter::drain).
    ///
    /// Requires a Tokio runtime, and panics without one.
    #[cfg(feature = "tokio")]
    pub fn ack_first(mut self, limit: usize) -> Self {
        self.policies().ack_first = Some(Places::new("ack_first", limit));
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
    fn insert(mut self, command: Command, route: Route) -> Self {
        let Shared { routes, others, .. } = Arc::make_mut(&mut self.shared);
        let first = match command.as_known() {
            Some(known) => routes[known as usize].replace(route),
            None => others.insert(command.clone(), route),
        };
        assert!(first.is_none(), "{command} already has a handler");
        self
    }

    /// Handles a webhook apart from its request: in a queue's consumer, a cloud function, or another framework.
    ///
    /// Handlers are called as for a request, with the same deadline and limits. As there is no request, those that want
    /// its head, or extract something from it, get an empty one. The handler is called at once, whether or not the future
    /// is polled; options that need a Tokio runtime need it here.
    ///
    /// The failure policy is that of [`WebhookLayer`](crate::WebhookLayer), so it is not asked:
    /// [`FailurePolicy::reply`](crate::FailurePolicy::reply) asks it.
    ///
    /// The webhook gets a span, but is not counted in `tencent_webhooks_total`: the layer has done that if it received it.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// use tower_tencent_webhook::{App, FailureCause, Receiver, Verdict, Webhook, WebhookRouter, event::c2c};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let webhooks = WebhookRouter::new().on(async |hook: Webhook<c2c::BeforeSendMsg>| match &*hook.from_account {
    ///     "eve" => Err("eve again"),
    ///     _ => Ok(Verdict::allow()),
    /// });
    ///
    /// # let receiver = Receiver::new(App::unsigned(7));
    /// # let hook = |body: &'static str| {
    /// #     let head = http::Request::post("/?SdkAppid=7&CallbackCommand=C2C.CallbackBeforeSendMsg").body(()).unwrap().into_parts().0;
    /// #     receiver.parse(receiver.verify(&head, SystemTime::now()).unwrap(), body.into()).unwrap()
    /// # };
    /// let reply = webhooks.handle(hook(r#"{"From_Account":"ada","To_Account":"grace","MsgBody":[]}"#)).await?;
    /// assert_eq!(reply.body(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    ///
    /// let error = webhooks.handle(hook(r#"{"From_Account":"eve","To_Account":"grace","MsgBody":[]}"#)).await.unwrap_err();
    /// assert!(matches!(error.cause(), FailureCause::HandlerFailed));
    /// assert_eq!(error.to_string(), "C2C.CallbackBeforeSendMsg: the handler failed");
    /// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "eve again");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the handler fails or panics, exceeds the deadline, or is beyond a limit.
    pub fn handle(&self, hook: Webhook) -> impl Future<Output = Result<Reply, HandleError>> + Send + use<> {
        let origin = Origin::of(&hook);
        let mut span = WebhookSpan::uncounted(hook.context());
        let mut dispatch = span.in_scope(|| Hook::apart(hook, |hook, head| self.start(hook, head, true)));
        async move {
            let end = poll_fn(|cx| span.in_scope(|| dispatch.poll(cx))).await;
            span.finish(end.outcome());
            match end {
                End::Reply(reply, _) => Ok(reply),
                End::Failed(cause, source) => Err(HandleError::new(origin, cause, source)),
            }
        }
    }

    /// Starts the handler of a webhook.
    fn start(&self, hook: Hook<'_>, head: Head<'_>, keeps_error: bool) -> Dispatch {
        let Shared { routes, others, fallback, hand_off, policies } = &*self.shared;
        let command = hook.context().command();
        let own = match command.as_known() {
            // Its handler takes it in its type.
            _ if hook.is_unread() => None,
            Some(known) => routes[known as usize].as_ref(),
            None => others.get(command),
        };
        let hand_off = hand_off.as_ref();
        #[cfg(feature = "tokio")]
        if let (Some(hand_off), Some(places), Phase::Before) = (hand_off, &policies.copies, command.phase()) {
            policies.copy(hand_off, Webhook::clone(&hook), places);
        }
        let route = own.or_else(|| hand_off.filter(|_| command.phase() == Phase::After)).or(fallback.as_ref());
        Dispatch::new(route, hook, head, policies, keeps_error)
    }

    /// Takes the webhook out of a request and starts its handler. A request without one is left as it is.
    fn dispatch<B>(&self, request: &mut Request<B>) -> Option<Dispatch> {
        let mut hook = request.extensions_mut().remove();
        Some(self.start(Hook::of(&mut hook)?, &mut || head(request), false))
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
        let Shared { routes, others, fallback, hand_off, policies } = &*self.shared;
        let known = routes.iter().zip(Command::ALL).filter_map(|(route, command)| route.as_ref().map(|_| command));
        f.debug_struct("WebhookRouter")
            .field("handled", &known.chain(others.keys()).map(Command::as_str).collect::<Vec<_>>())
            .field("fallback", &fallback.is_some())
            .field("hand_off", &hand_off.is_some())
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
        self.dispatch(&mut request).map_or_else(ResponseFuture::not_found, ResponseFuture::dispatch)
    }
}
