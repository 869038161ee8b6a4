//! The guard and the parser, as pure functions: no clock, no socket, no Tower.

use std::{
    slice,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Uri, request::Parts};

use crate::{
    app::{App, SdkAppId},
    command::Command,
    event::Event,
    observe,
    platform::Platform,
    policy::Policy,
    query::{Parameter, Query},
    rejection::{Rejection, RejectionKind},
    webhook::{Webhook, WebhookContext},
    wire::{UnixSeconds, digits},
};

/// Verifies that a webhook is for one of your apps, genuine and fresh, and parses its body into an event.
///
/// It does everything that [`WebhookLayer`](crate::WebhookLayer) does except HTTP: for users without Tower (a cloud
/// function, a queue consumer, another framework), and for tests that need neither clock nor socket.
///
/// Call [`verify`](Receiver::verify) first, which does not need the body. Then read the body, with a limit, and call
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
#[must_use]
pub struct Receiver {
    apps: Vec<App>,
    tolerance: Duration,
    options: ParseOptions,
}

/// The options for bodies. Each request in flight has its own clone, so that threads do not contend on a shared
/// counter: if each cloned an `Arc` of the whole receiver, two threads would write to the same cache line for every
/// request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParseOptions {
    allowed: Option<Arc<[Command]>>,
    unknown: Policy,
}

impl Receiver {
    /// Creates a receiver for the webhooks of an app.
    pub fn new(app: App) -> Self {
        Self { apps: vec![app], tolerance: Duration::from_secs(60), options: ParseOptions::default() }
    }

    /// Also receives the webhooks of another app, at the same URL.
    ///
    /// # Panics
    ///
    /// If an app with this ID has already been added: the second could never match.
    #[track_caller]
    pub fn app(mut self, app: App) -> Self {
        assert!(self.find(app.id()).is_none(), "the app {} has already been added", app.id());
        self.apps.push(app);
        self
    }

    /// How far a signature's `RequestTime` may be from the clock, in either direction. Default: 60 s. Sub-second
    /// precision is ignored.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Accepts only these commands, and rejects others with HTTP 403. By default all are accepted.
    pub fn allow_commands<C: Into<Command>>(mut self, commands: impl IntoIterator<Item = C>) -> Self {
        self.options.allowed = Some(commands.into_iter().map(Into::into).collect());
        self
    }

    /// What to do with a command that this crate does not know. By default it is forwarded as [`Event::Other`].
    pub fn on_unknown(mut self, policy: Policy) -> Self {
        self.options.unknown = policy;
        self
    }

    /// Verifies a webhook by its URL: that it is for a configured app, and that its signature is genuine, and fresh at
    /// the time `now`.
    ///
    /// The method and the path are not checked.
    ///
    /// # Errors
    ///
    /// The [`RejectionKind`]s up to [`CommandNotAllowed`](RejectionKind::CommandNotAllowed): query errors first, left
    /// to right; then in declaration order.
    ///
    /// Where the URL has no command, the signature comes first: if it is genuine, this is
    /// [`UrlCheck`](RejectionKind::UrlCheck), which is answered with HTTP 200, or [`Stale`](RejectionKind::Stale).
    pub fn verify(&self, head: &Parts, now: SystemTime) -> Result<WebhookContext, Rejection> {
        self.verify_uri(&head.uri, now)
    }

    pub(crate) fn verify_uri(&self, uri: &Uri, now: SystemTime) -> Result<WebhookContext, Rejection> {
        let query = Query::parse(uri.query().unwrap_or_default())?;
        let command =
            query.get(Parameter::CallbackCommand).or(query.get(Parameter::WebhookCommand)).unwrap_or_default();
        if command.is_empty() {
            return Err(Rejection::plain(self.without_command(&query, now)));
        }
        let id = query.get(Parameter::SdkAppId).and_then(digits);
        let id = id.ok_or(Rejection::plain(RejectionKind::InvalidSdkAppId))?.into();

        let app = self.find(id).ok_or_else(|| Rejection::unknown_app(id))?;
        if app.is_signed() {
            self.verify_signature(app, &query, now)?;
        }

        let command = Command::from(command);
        if !self.options.allows(|allowed| *allowed == command || allowed.comes_under(&command)) {
            return Err(Rejection::command_not_allowed(command.clone()).of(command));
        }
        Ok(WebhookContext {
            app: id,
            command,
            client_ip: query.get(Parameter::ClientIp).and_then(|ip| ip.parse().ok()),
            platform: query.get(Parameter::OptPlatform).filter(|word| !word.is_empty()).map(Platform::from),
            request_time: query.get(Parameter::RequestTime).and_then(digits).map(UnixSeconds),
            verified: app.is_signed(),
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
    /// may leave out the app as well, and then it may be any of ours.
    fn without_command(&self, query: &Query<'_>, now: SystemTime) -> RejectionKind {
        let id = query.get(Parameter::SdkAppId).unwrap_or_default();
        let (apps, unsigned) = match digits(id) {
            Some(id) => (self.find(id.into()).map_or(&[][..], slice::from_ref), RejectionKind::MissingCommand),
            None if id.is_empty() => (&self.apps[..], RejectionKind::InvalidSdkAppId),
            None => return RejectionKind::InvalidSdkAppId,
        };
        let (Some(sign), Some(time)) = (query.get(Parameter::Sign), query.get(Parameter::RequestTime)) else {
            return unsigned;
        };
        // Tries all apps, so that the duration does not reveal whose token it was.
        match apps.iter().fold(false, |made, app| made | app.verify_sign(sign, time)) {
            false => unsigned,
            true if self.is_fresh(time, now) => RejectionKind::UrlCheck,
            true => RejectionKind::Stale,
        }
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
    /// [`CommandNotAllowed`](RejectionKind::CommandNotAllowed), if the body's own command is not allowed;
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

    fn find(&self, id: SdkAppId) -> Option<&App> {
        self.apps.iter().find(|app| app.id() == id)
    }
}

impl ParseOptions {
    pub(crate) fn parse(&self, mut context: WebhookContext, body: Bytes) -> Result<Webhook, Rejection> {
        if context.verified && is_blank(&body) {
            return Err(Rejection::plain(RejectionKind::UrlCheck).of(context.command));
        }
        let of = |rejection: Rejection| rejection.of(context.command.clone());
        let (event, drifts) = Event::read(&context.command, &body, self.unknown).map_err(of)?;
        let command = event.command();
        if !self.allows(|allowed| allowed == command) {
            return Err(of(Rejection::command_not_allowed(command.clone())));
        }
        if *command != context.command {
            context.command = command.clone();
        }
        let hook = Webhook::new(context, event, body, drifts);
        observe::drifted(&hook);
        Ok(hook)
    }

    fn allows(&self, is: impl Fn(&Command) -> bool) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(is))
    }
}

/// Whether a body says nothing: it is empty, or an empty object.
fn is_blank(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let members = body.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    members.unwrap_or(body).trim_ascii().is_empty()
}
