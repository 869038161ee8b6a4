//! The guard and the parser, as pure functions: no clock, no socket, no Tower.

mod allowed;
#[cfg(feature = "rtc")]
mod rtc;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Uri, request::Parts};

use self::allowed::Allowed;
use crate::{
    app::App,
    apps::Apps,
    command::Command,
    config::{ConfigError, SdkAppId},
    observe,
    platform::Platform,
    policy::Policy,
    query::{Parameter, Query},
    rejection::{Rejection, RejectionKind},
    webhook::{Keep, Webhook, WebhookContext},
    wire::{UnixSeconds, digits},
};

/// Verifies that a webhook is for one of your apps, genuine and fresh, and parses its body into an event.
///
/// It does everything that [`WebhookLayer`](crate::WebhookLayer) does except HTTP: for users without Tower (a cloud
/// function, another framework), and for tests that need neither clock nor socket.
///
/// Call [`verify`](Receiver::verify) first, or [`verify_query`](Receiver::verify_query), which do not need the body. Then
/// read the body, with a limit, and call [`parse`](Receiver::parse). To handle the webhook later, see
/// [`Webhook`](Webhook#later-from-a-queue).
///
/// With the feature `rtc`, `is_rtc` tells a callback of the RTC Engine from a webhook of Chat, and `verify_rtc` and
/// `parse_rtc` do the same for it, except that only the body proves that it is genuine.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_tencent_webhook::{App, Event, Receiver, RejectionKind};
///
/// let receiver = Receiver::new(App::signed(1400000000, "xxxxyyyy")?);
/// let (head, body) = http::Request::post(
///     "/?SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete&contenttype=json\
///      &RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061",
/// )
/// .body(r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1669872112000}"#)?
/// .into_parts();
///
/// let signed = SystemTime::UNIX_EPOCH + Duration::from_secs(1669872112);
/// let context = receiver.verify(&head, signed)?;
/// let hook = receiver.parse(context, body.into())?;
/// assert!(matches!(hook.event(), Event::FollowAfterFollowDelete(event) if event.from_account == "ada"));
///
/// let late = receiver.verify(&head, signed + Duration::from_secs(61)).unwrap_err();
/// assert_eq!(late.kind(), RejectionKind::Stale);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("回调", "回调鉴权"))]
pub struct Receiver {
    apps: Apps,
    tolerance: Duration,
    options: ParseOptions,
}

/// The options for bodies. Each request in flight has its own clone, so that threads do not contend on a shared
/// counter: if each cloned an `Arc` of the whole receiver, two threads would write to the same cache line for every
/// request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParseOptions {
    allowed: Option<Arc<Allowed>>,
    unknown: Policy,
    /// Whether an after-event that cannot be read is kept.
    keeps_malformed: bool,
    #[cfg(feature = "rtc")]
    rtc_tolerance: Option<Duration>,
}

impl Receiver {
    /// Creates a receiver for the webhooks of an app.
    pub fn new(app: App) -> Self {
        Self::of(Apps::one(app))
    }

    /// Creates a receiver for the webhooks of several apps, for example those of a configuration.
    ///
    /// Many of them cost a webhook hardly more than one.
    ///
    /// # Errors
    ///
    /// [`RepeatedApp`](ConfigError::RepeatedApp), if two apps have the same id: the second could never match.
    /// [`NoApp`](ConfigError::NoApp), if there is none.
    pub fn from_apps(apps: impl IntoIterator<Item = App>) -> Result<Self, ConfigError> {
        let apps = Apps::fixed(apps)?;
        if apps.is_empty() { Err(ConfigError::NoApp) } else { Ok(Self::of(apps)) }
    }

    /// Creates a receiver for the webhooks of all apps that a function finds by their id, so that an app can be added or
    /// removed, and a token replaced, without a restart.
    ///
    /// The function is called for each webhook, before anything about it is verified: **a stranger chooses the id, and
    /// how often it is looked up.** It must not block. Let it look into memory, which something else keeps up to date
    /// from the database: a `RwLock` around a map, or the `arc-swap` crate's `ArcSwap` if readers must never wait. A
    /// clone of an [`App`] copies no token.
    ///
    /// If the function panics, or finds an app with another id, the webhook is rejected with
    /// [`LookupFailed`](RejectionKind::LookupFailed), HTTP 500.
    ///
    /// ```
    /// use std::{collections::HashMap, sync::{Arc, RwLock}, time::SystemTime};
    /// use tower_tencent_webhook::{App, ConfigError, Receiver, RejectionKind, SdkAppId};
    ///
    /// #[derive(Clone, Default)]
    /// struct Tenants(Arc<RwLock<HashMap<SdkAppId, App>>>);
    ///
    /// impl Tenants {
    ///     fn app(&self, id: SdkAppId) -> Option<App> {
    ///         self.0.read().unwrap().get(&id).cloned()
    ///     }
    ///
    ///     /// A task calls this every minute, with the rows of a database.
    ///     fn refresh(&self, rows: &[(u32, &str)]) -> Result<(), ConfigError> {
    ///         let apps = rows.iter().map(|(id, token)| App::signed(*id, *token).map(|app| (app.id(), app)));
    ///         *self.0.write().unwrap() = apps.collect::<Result<_, _>>()?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let tenants = Tenants::default();
    /// let lookup = tenants.clone();
    /// let receiver = Receiver::from_lookup(move |id| lookup.app(id));
    ///
    /// let query = "SdkAppid=1400000000&CallbackCommand=State.StateChange&RequestTime=1&Sign=0";
    /// let rejection = receiver.verify_query(query, SystemTime::now()).unwrap_err();
    /// assert_eq!(rejection.kind(), RejectionKind::UnknownApp);
    ///
    /// tenants.refresh(&[(1400000000, "token of the console")])?;
    /// let rejection = receiver.verify_query(query, SystemTime::now()).unwrap_err();
    /// assert_eq!(rejection.kind(), RejectionKind::InvalidSign);
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn from_lookup(lookup: impl Fn(SdkAppId) -> Option<App> + Send + Sync + 'static) -> Self {
        Self::of(Apps::looked_up(lookup))
    }

    fn of(apps: Apps) -> Self {
        Self { apps, tolerance: Duration::from_secs(60), options: ParseOptions::default() }
    }

    /// Also receives the webhooks of another app, at the same URL. It is never [looked up](Receiver::from_lookup).
    ///
    /// # Panics
    ///
    /// If an app with this id has already been added: the second could never match. See
    /// [`try_app`](Receiver::try_app) for apps of a configuration.
    #[track_caller]
    pub fn app(self, app: App) -> Self {
        match self.try_app(app) {
            Ok(receiver) => receiver,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same as [`app`](Receiver::app), for an app of a configuration.
    ///
    /// # Errors
    ///
    /// [`RepeatedApp`](ConfigError::RepeatedApp), if an app with this id has already been added.
    pub fn try_app(mut self, app: App) -> Result<Self, ConfigError> {
        self.apps.add(app)?;
        Ok(self)
    }

    /// How far a signature's `RequestTime` may be from the clock, in either direction. Default: 60 s. Sub-second
    /// precision is ignored.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Accepts only these commands, and rejects others with HTTP 403. By default all are accepted.
    ///
    /// A command that this crate does not know may be among them. This is about Chat only: callbacks of the RTC Engine are
    /// accepted whatever their type is.
    pub fn allow_commands<C: AsRef<str>>(mut self, commands: impl IntoIterator<Item = C>) -> Self {
        let commands = commands.into_iter().map(|command| Command::from(command.as_ref()));
        self.options.allowed = Some(Arc::new(commands.collect()));
        self
    }

    /// What to do with a command, or a type of event of the RTC Engine, that this crate does not know. By default it is
    /// forwarded as [`Event::Other`](crate::Event::Other), or as the `Other` of `rtc::Event`.
    pub fn on_unknown(mut self, policy: Policy) -> Self {
        self.options.unknown = policy;
        self
    }

    /// What to do with an **after-event** whose body is [`Malformed`](RejectionKind::Malformed). By default it is
    /// rejected.
    ///
    /// Forwarded, it is an [`Event::Other`](crate::Event::Other) of its known command, or the `Other` of `rtc::Event`,
    /// with the body as received: to be [handed off](crate::WebhookRouter::hand_off) with the rest, and read by another
    /// release. [`WebhookRouter`](crate::WebhookRouter) never gives it to the handler of its command. If nothing else
    /// takes it either, it counts as failed.
    ///
    /// A before-event is always rejected: somebody has to decide about it, and that is the
    /// [`FailurePolicy`](crate::FailurePolicy).
    pub fn on_malformed(mut self, policy: Policy) -> Self {
        self.options.keeps_malformed = policy == Policy::Forward;
        self
    }

    /// Verifies a webhook by its URL: that it is for a configured app, and that its signature is genuine, and fresh at
    /// the time `now`.
    ///
    /// The method and the path are not checked.
    ///
    /// # Errors
    ///
    /// The [`RejectionKind`]s up to [`Stale`](RejectionKind::Stale): query errors first, left to right; then in
    /// declaration order.
    ///
    /// Where the URL has no command, the signature comes first: if it is genuine, this is
    /// [`UrlCheck`](RejectionKind::UrlCheck), which is answered with HTTP 200, or [`Stale`](RejectionKind::Stale).
    ///
    /// [`CommandNotAllowed`](RejectionKind::CommandNotAllowed) only for an app that is not signed. For one that is,
    /// [`parse`](Receiver::parse) checks the command: the console's check of the URL may have any, and only its body tells
    /// it from a webhook.
    ///
    /// [`UnknownCommand`](RejectionKind::UnknownCommand), if the command [stands for](Command::is_rtc) a type of event of
    /// the RTC Engine.
    #[doc(alias("Sign", "RequestTime", "signature"))]
    pub fn verify(&self, head: &Parts, now: SystemTime) -> Result<WebhookContext, Rejection> {
        self.verify_uri(&head.uri, now)
    }

    /// The same as [`verify`](Receiver::verify), for a URL.
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Receiver::verify).
    pub fn verify_uri(&self, uri: &Uri, now: SystemTime) -> Result<WebhookContext, Rejection> {
        self.verify_query(uri.query().unwrap_or_default(), now)
    }

    /// The same as [`verify`](Receiver::verify), for the query of a URL, still encoded and without its `?`: for
    /// frameworks without the `http` crate, or with another version of it.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tower_tencent_webhook::{Ack, App, Receiver, Reply};
    ///
    /// // With actix-web: `request.query_string()`, and the body as `web::Bytes`.
    /// fn answer(receiver: &Receiver, query: &str, body: bytes::Bytes) -> (u16, bytes::Bytes) {
    ///     let hook = receiver.verify_query(query, SystemTime::now()).and_then(|context| receiver.parse(context, body));
    ///     match hook {
    ///         Ok(hook) => {
    ///             println!("{}", hook.command());
    ///             (200, Reply::from(Ack::ok()).body().clone())
    ///         }
    ///         Err(rejection) => (rejection.status().as_u16(), rejection.body()),
    ///     }
    /// }
    ///
    /// let receiver = Receiver::new(App::unsigned(1400000000));
    /// let query = "SdkAppid=1400000000&CallbackCommand=Group.CallbackAfterGroupFull";
    /// assert_eq!(answer(&receiver, query, r#"{"GroupId":"@TGS#1"}"#.into()).0, 200);
    /// assert_eq!(answer(&receiver, query, "{}".into()).0, 400);
    /// assert_eq!(answer(&receiver, "SdkAppid=7&CallbackCommand=State.StateChange", "{}".into()).0, 403);
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Receiver::verify).
    pub fn verify_query(&self, query: &str, now: SystemTime) -> Result<WebhookContext, Rejection> {
        let mut parameters = Query::default();
        parameters.read(query)?;
        let Some(command) = parameters.command() else { return Err(self.without_command(&parameters, now)) };
        let id = parameters.get(Parameter::SdkAppId).and_then(digits);
        let id = id.ok_or_else(|| Rejection::plain(RejectionKind::InvalidSdkAppId))?.into();

        let app = self.apps.find(id)?.filter(|app| app.has_chat()).ok_or_else(|| Rejection::unknown_app(id))?;
        let verified = app.is_signed();
        if verified {
            self.verify_signature(&app, &parameters, now)?;
        }

        let command = Command::from(command);
        if command.is_rtc() {
            // It would pass for a callback of the RTC Engine wherever the webhook is read again.
            return Err(Rejection::unknown_command(command));
        }
        if !verified {
            self.options.check_url(&command)?;
        }
        Ok(WebhookContext {
            app: id,
            command,
            client_ip: parameters.get(Parameter::ClientIp).and_then(|ip| ip.parse().ok()),
            platform: parameters.get(Parameter::OptPlatform).filter(|word| !word.is_empty()).map(Platform::from),
            request_time: parameters.get(Parameter::RequestTime).and_then(digits).map(UnixSeconds),
            verified,
        })
    }

    /// Checks the signature before the time, so that only a token holder can probe the clock.
    fn verify_signature(&self, app: &App, query: &Query<'_>, now: SystemTime) -> Result<(), Rejection> {
        let (Some(sign), Some(time)) = (query.get(Parameter::Sign), query.get(Parameter::RequestTime)) else {
            return Err(Rejection::plain(RejectionKind::MissingSign));
        };
        if !app.verify_sign(sign, time) {
            return Err(Rejection::plain(RejectionKind::InvalidSign));
        }
        if self.is_fresh(time, now) { Ok(()) } else { Err(Rejection::plain(RejectionKind::Stale)) }
    }

    /// What a request without a command is: the console's check of the URL, if one of our tokens signed it. The console
    /// may leave out the app as well, and then it may be any of ours, if these are few.
    fn without_command(&self, query: &Query<'_>, now: SystemTime) -> Rejection {
        let id = query.get(Parameter::SdkAppId).unwrap_or_default();
        let (id, unsigned) = match digits(id) {
            Some(id) => (Some(SdkAppId::new(id)), RejectionKind::MissingCommand),
            None if id.is_empty() => (None, RejectionKind::InvalidSdkAppId),
            None => return Rejection::plain(RejectionKind::InvalidSdkAppId),
        };
        let (Some(sign), Some(time)) = (query.get(Parameter::Sign), query.get(Parameter::RequestTime)) else {
            return Rejection::plain(unsigned);
        };
        let is_genuine = match id.map(|id| self.apps.find(id)) {
            Some(Ok(app)) => app.is_some_and(|app| app.verify_sign(sign, time)),
            Some(Err(failed)) => return failed.into(),
            // Tries all apps, so that the duration does not reveal whose token it was.
            None => self.apps.few().iter().fold(false, |made, app| made | app.verify_sign(sign, time)),
        };
        Rejection::plain(match is_genuine {
            false => unsigned,
            true if self.is_fresh(time, now) => RejectionKind::UrlCheck,
            true => RejectionKind::Stale,
        })
    }

    fn is_fresh(&self, request_time: &str, now: SystemTime) -> bool {
        // With a clock before 1970 every webhook is stale.
        let now = now.duration_since(UNIX_EPOCH).ok();
        let age = now.zip(digits(request_time)).map(|(now, time)| now.as_secs().abs_diff(time));
        age.is_some_and(|age| age <= self.tolerance.as_secs())
    }

    /// Parses the body of a webhook that was [verified](Receiver::verify) into its event.
    ///
    /// Another name for the same command in the vendor's docs is not a mismatch, in the URL or in the body: for example
    /// `Room.CallbackUpdateRoomInfo` for `Room.CallbackAfterUpdateRoomInfo`. Nor is the body of
    /// `Live.CallbackAfterDelMetadata` at the URL of `Live.CallbackAfterSetMetadata`.
    ///
    /// # Errors
    ///
    /// [`Malformed`](RejectionKind::Malformed), if the body is not a JSON object or lacks a required field;
    /// [`CommandMismatch`](RejectionKind::CommandMismatch), if it names another command;
    /// [`UnknownCommand`](RejectionKind::UnknownCommand), if the receiver rejects these;
    /// [`CommandNotAllowed`](RejectionKind::CommandNotAllowed), if the URL's command is not allowed, or the body's own;
    /// [`UrlCheck`](RejectionKind::UrlCheck), which is answered with HTTP 200, if the webhook is signed and its body is
    /// empty or `{}`.
    ///
    /// [`FailurePolicy`](crate::FailurePolicy) decides about the answer to the first two.
    pub fn parse(&self, context: WebhookContext, body: Bytes) -> Result<Webhook, Rejection> {
        self.options.parse(context, body)
    }

    pub(crate) fn options(&self) -> &ParseOptions {
        &self.options
    }
}

impl ParseOptions {
    pub(crate) fn parse(&self, context: WebhookContext, body: Bytes) -> Result<Webhook, Rejection> {
        if context.verified && is_blank(&body) {
            return Err(Rejection::plain(RejectionKind::UrlCheck).of(context.command));
        }
        self.check_url(&context.command)?;
        let parsed = Webhook::parse(context, body, self.unknown, self.keep());
        if let Ok(hook) = &parsed {
            self.check(hook.event().command(), Allowed::has)?;
            observe::drifted(hook);
        }
        parsed
    }

    pub(super) fn keep(&self) -> Option<Keep> {
        self.keeps_malformed.then_some(observe::kept as Keep)
    }

    /// Checks the command of a URL: whether any event that may come there is allowed.
    pub(crate) fn check_url(&self, command: &Command) -> Result<(), Rejection> {
        self.check(command, Allowed::has_under)
    }

    fn check(&self, command: &Command, is: impl Fn(&Allowed, &Command) -> bool) -> Result<(), Rejection> {
        match &self.allowed {
            Some(allowed) if !is(allowed, command) => {
                Err(Rejection::command_not_allowed(command.clone()).of(command.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a body says nothing: it is empty, or an empty object.
fn is_blank(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let members = body.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    members.unwrap_or(body).trim_ascii().is_empty()
}
