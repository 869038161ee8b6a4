//! The guard and the parser, as pure functions: no clock, no socket, no Tower.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Uri, request::Parts};

use crate::{
    app::{App, digits},
    command::Command,
    event::Event,
    policy::{Policies, Policy},
    query::Query,
    rejection::{Parameter, Rejection, RejectionKind},
    webhook::{Platform, Webhook, WebhookContext},
    wire::UnixSeconds,
};

/// Proves that a webhook is for one of our apps, genuine and fresh, and makes its event of its body.
///
/// This is the whole of [`WebhookLayer`](crate::WebhookLayer) but HTTP: for users without Tower (a function of a
/// cloud, a queue consumer, another framework), and for tests that want neither clock nor socket.
///
/// First [`verify`](Receiver::verify), which needs no byte of the body; then read the body, with a limit; then
/// [`parse`](Receiver::parse).
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
pub struct Receiver {
    apps: Vec<App>,
    tolerance: Duration,
    parser: Parser,
}

/// The half that looks at the body. Cheap to clone, so that each webhook on its way has one, and threads share nothing
/// that they write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parser {
    allowed: Option<Arc<[Command]>>,
    policies: Policies,
}

impl Receiver {
    /// A receiver of the webhooks of an app.
    pub fn new(app: App) -> Self {
        Self { apps: vec![app], tolerance: Duration::from_secs(60), parser: Parser::default() }
    }

    /// Receives the webhooks of another app too, at the same URL.
    ///
    /// # Panics
    ///
    /// When there is an app of that id already: one of the two would never be asked.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        assert!(self.find(app.id()).is_none(), "the app {} is there already", app.id());
        self.apps.push(app);
        self
    }

    /// How far a signature's `RequestTime` may be from our clock, to both sides. 60 s unless set; whole seconds count.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Takes these commands alone and refuses others with HTTP 403. All are taken unless set.
    #[must_use]
    pub fn allow_commands<C: Into<Command>>(mut self, commands: impl IntoIterator<Item = C>) -> Self {
        self.parser.allowed = Some(commands.into_iter().map(Into::into).collect());
        self
    }

    /// What to do with a command that this crate does not know. `Forward`, unless set: as [`Event::Other`].
    #[must_use]
    pub fn on_unknown(mut self, policy: Policy) -> Self {
        self.parser.policies.unknown = policy;
        self
    }

    /// What to do with a body that is no JSON or has not the shape of its event. `Refuse`, unless set.
    /// `Forward` gives [`Event::Other`].
    #[must_use]
    pub fn on_malformed(mut self, policy: Policy) -> Self {
        self.parser.policies.malformed = policy;
        self
    }

    /// What to do with a body whose `CallbackCommand` is not the URL's. `Refuse`, unless set.
    /// `Forward` trusts the body: the event is that which it names.
    ///
    /// The two slips of the vendor's own pages are no mismatch: `Live.CallbackMemberStateChanged` for
    /// `Live.CallbackAfterMemberStateChanged`, and the URL of `Live.CallbackAfterDelMetadata` with the word of
    /// `Live.CallbackAfterSetMetadata`.
    #[must_use]
    pub fn on_mismatch(mut self, policy: Policy) -> Self {
        self.parser.policies.mismatch = policy;
        self
    }

    /// Proves a webhook by its URL: for which app it is, that its signature is genuine, and fresh at the time `now`.
    ///
    /// The method and the path are not looked at.
    ///
    /// # Errors
    ///
    /// The [`RejectionKind`]s up to [`CommandNotAllowed`](RejectionKind::CommandNotAllowed): first what is wrong with the
    /// query itself, twice or badly encoded, from left to right; then the others, in the order of their declaration.
    pub fn verify(&self, head: &Parts, now: SystemTime) -> Result<WebhookContext, Rejection> {
        self.verify_uri(&head.uri, now)
    }

    pub(crate) fn verify_uri(&self, uri: &Uri, now: SystemTime) -> Result<WebhookContext, Rejection> {
        let query = Query::parse(uri.query().unwrap_or_default())?;
        let id = query.get(Parameter::SdkAppId).and_then(digits);
        let id = id.ok_or(Rejection::plain(RejectionKind::InvalidSdkAppId))?.into();
        let command =
            query.get(Parameter::CallbackCommand).or(query.get(Parameter::WebhookCommand)).unwrap_or_default();
        if command.is_empty() {
            return Err(Rejection::plain(RejectionKind::MissingCommand));
        }

        let app = self.find(id).ok_or_else(|| Rejection::unknown_app(id))?;
        let request_time = query.get(Parameter::RequestTime).and_then(digits);
        if app.is_signed() {
            self.prove(app, &query, request_time, now)?;
        }

        let command = Command::from(command);
        if !self.parser.allows(|allowed| *allowed == command || allowed.may_come_as(&command)) {
            return Err(Rejection::command_not_allowed(command));
        }
        Ok(WebhookContext {
            app: id,
            command,
            client_ip: query.get(Parameter::ClientIp).and_then(|ip| ip.parse().ok()),
            platform: query.get(Parameter::OptPlatform).filter(|word| !word.is_empty()).map(Platform::from),
            request_time: request_time.map(UnixSeconds),
            verified: app.is_signed(),
        })
    }

    /// The signature first, so that only who holds the token learns anything of our clock.
    fn prove(&self, app: &App, query: &Query<'_>, request_time: Option<u64>, now: SystemTime) -> Result<(), Rejection> {
        let (Some(sign), Some(signed)) = (query.get(Parameter::Sign), query.get(Parameter::RequestTime)) else {
            return Err(Rejection::plain(RejectionKind::MissingSign));
        };
        if !app.made(sign, signed) {
            return Err(Rejection::plain(RejectionKind::InvalidSign));
        }
        // A clock that stands before 1970 has no fresh webhooks.
        let now = now.duration_since(UNIX_EPOCH).ok();
        let age = now.zip(request_time).map(|(now, time)| now.as_secs().abs_diff(time));
        match age {
            Some(age) if age <= self.tolerance.as_secs() => Ok(()),
            _ => Err(Rejection::plain(RejectionKind::Stale)),
        }
    }

    /// Makes the event of a body whose webhook was [verified](Receiver::verify).
    ///
    /// # Errors
    ///
    /// [`UnknownCommand`](RejectionKind::UnknownCommand), [`Malformed`](RejectionKind::Malformed) and
    /// [`CommandMismatch`](RejectionKind::CommandMismatch), as far as the receiver's policies refuse these; and
    /// [`CommandNotAllowed`](RejectionKind::CommandNotAllowed) where the body names a command that is not allowed.
    pub fn parse(&self, context: WebhookContext, body: Bytes) -> Result<Webhook, Rejection> {
        self.parser.parse(context, body)
    }

    pub(crate) fn parser(&self) -> &Parser {
        &self.parser
    }

    fn find(&self, id: crate::SdkAppId) -> Option<&App> {
        self.apps.iter().find(|app| app.id() == id)
    }
}

impl Parser {
    pub(crate) fn parse(&self, mut context: WebhookContext, body: Bytes) -> Result<Webhook, Rejection> {
        let event = Event::read(&context.command, &body, self.policies)?;
        let command = event.command();
        if !self.allows(|allowed| allowed == command) {
            return Err(Rejection::command_not_allowed(command.clone()));
        }
        if *command != context.command {
            context.command = command.clone();
        }
        Ok(Webhook::new(context, event, body))
    }

    fn allows(&self, is: impl Fn(&Command) -> bool) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(is))
    }
}
