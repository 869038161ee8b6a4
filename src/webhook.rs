//! The webhook that the inner service receives: the event, its context and the raw body.

use std::{borrow::Cow, fmt, net::IpAddr, ops::Deref, time::Duration};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{
    command::{Command, Phase},
    config::SdkAppId,
    event::{Body, Event, FromEvent},
    platform::Platform,
    policy::Policy,
    rejection::{Rejection, RejectionKind},
    taken::{Report, Watch},
    wire::{Drifts, Expected, Reader, UnixSeconds, body_text},
};

/// A received webhook: an event, its [`WebhookContext`] and the body as received.
///
/// The layer puts a `Webhook<Event>` into the request's extensions; [`downcast`](Webhook::downcast) turns it into the
/// webhook of one event type. A webhook dereferences to its event.
///
/// ```
/// use std::time::SystemTime;
/// use tower_tencent_webhook::{App, Receiver, Webhook, event::{follow, state}};
///
/// let receiver = Receiver::new(App::unsigned(1400000000));
/// let (head, _) = http::Request::post("/?SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete")
///     .body(())
///     .unwrap()
///     .into_parts();
/// let context = receiver.verify(&head, SystemTime::now())?;
/// let hook: Webhook = receiver.parse(context, r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1}"#.into())?;
///
/// let hook = hook.downcast::<state::StateChange>().expect_err("it is another event");
/// let hook = hook.downcast::<follow::AfterFollowDelete>().expect("it is this event");
/// assert_eq!(hook.from_account, "ada");
/// # Ok::<(), tower_tencent_webhook::Rejection>(())
/// ```
///
/// # Later, from a queue
///
/// A webhook can be stored with serde, in any format, and handed to its handler later: by another process, or by another
/// release of this crate. It is stored as its context and its body, without the signature; the event is parsed again
/// when the webhook is read. Then it equals the one that was stored, including its [`drift`](Webhook::drift) and its
/// [`identity`](Webhook::identity). A body that is not UTF-8 is stored as bytes.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tower_tencent_webhook::{Webhook, event::follow};
/// # use std::time::SystemTime;
/// # use tower_tencent_webhook::{App, Receiver};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(tag = "kind")]
/// enum Job {
///     Unfollowed { hook: Webhook<follow::AfterFollowDelete> },
///     Other { hook: Webhook },
/// }
///
/// # let receiver = Receiver::new(App::unsigned(1400000000));
/// # let query = "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowDelete&ClientIP=203.0.113.9";
/// # let body = r#"{"From_Account":"ada","To_Account":["linus"],"EventTime":1}"#;
/// # let hook = receiver.parse(receiver.verify_query(query, SystemTime::now())?, body.into())?;
/// # let hook = hook.downcast::<follow::AfterFollowDelete>().unwrap();
/// let stored = serde_json::to_string(&Job::Unfollowed { hook: hook.clone() })?;
/// assert_eq!(stored, concat!(
///     r#"{"kind":"Unfollowed","hook":{"context":{"app":1400000000,"command":"Follow.CallbackAfterFollowDelete","#,
///     r#""client_ip":"203.0.113.9","platform":null,"request_time":null,"verified":false},"#,
///     r#""body":"{\"From_Account\":\"ada\",\"To_Account\":[\"linus\"],\"EventTime\":1}"}}"#,
/// ));
///
/// let Job::Unfollowed { hook: again } = serde_json::from_str(&stored)? else { unreachable!() };
/// assert_eq!(again, hook);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is read is believed: [`is_verified`](WebhookContext::is_verified) tells what was verified when the webhook was
/// received, and whoever can write to the queue can write that.
#[derive(Clone, PartialEq)]
pub struct Webhook<E = Event> {
    context: WebhookContext,
    event: E,
    body: Bytes,
    drift: Option<Box<[Drift]>>,
    /// Whatever reads the webhook marks it as taken.
    watch: Watch,
}

impl<E> Webhook<E> {
    pub(crate) fn new(context: WebhookContext, event: E, body: Bytes, drifts: Drifts) -> Self {
        let drift: Vec<_> = drifts.into_inner().into_iter().map(|(path, expected)| Drift { path, expected }).collect();
        Self { context, event, body, drift: (!drift.is_empty()).then(|| drift.into()), watch: Watch::default() }
    }

    /// The context: the information in the webhook's URL.
    pub fn context(&self) -> &WebhookContext {
        self.watch.take();
        &self.context
    }

    /// The event. The webhook dereferences to it as well.
    pub fn event(&self) -> &E {
        self.watch.take();
        &self.event
    }

    /// The body, as received.
    ///
    /// To make a [`serde_json::Value`] of it, serialize the [event](Webhook::event) instead: a hostile body can be nested
    /// so that serde_json overflows the stack.
    pub fn body(&self) -> &Bytes {
        self.watch.take();
        &self.body
    }

    /// Reads the body into a type of your own: for a command that this crate does not know yet, or where its own type
    /// does not have what you need. [`WebhookRouter::on_command`](crate::WebhookRouter::on_command) does this for a
    /// handler.
    ///
    /// What JSON forbids, but people send, is repaired first: bytes that are not UTF-8, half a surrogate pair and raw
    /// NULs become U+FFFD. Otherwise this is [`serde_json`], and as strict as the type.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tower_tencent_webhook::{App, Receiver};
    /// # let receiver = Receiver::new(App::unsigned(7));
    /// # let head = http::Request::post("/?SdkAppid=7&CallbackCommand=Moon.CallbackAfterRise").body(()).unwrap().into_parts().0;
    /// # let context = receiver.verify(&head, SystemTime::now())?;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Rise {
    ///     phase: String,
    /// }
    ///
    /// let hook = receiver.parse(context, r#"{"Phase":"full"}"#.into())?;
    /// assert_eq!(hook.json::<Rise>()?.phase, "full");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the body does not fit the type. **The text of the error may quote the body**, which may be personal data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let text = body_text(self.body());
        let repaired = Reader::new(&text).raw().unwrap_or(Cow::Borrowed(&text));
        serde_json::from_str(&repaired)
    }

    /// The same webhook with another event, such as one that was read by [`json`](Webhook::json).
    pub fn with_event<T>(self, event: T) -> Webhook<T> {
        self.watch.take();
        let Self { context, body, drift, watch, .. } = self;
        Webhook { context, event, body, drift, watch }
    }

    /// The first few parts of the body that were dropped because they do not fit their fields.
    ///
    /// Empty for almost all webhooks. Otherwise the vendor's backend has changed, or a client sends bad data. The
    /// dropped values are still in the [body](Webhook::body).
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tower_tencent_webhook::{App, Receiver};
    /// # let receiver = Receiver::new(App::unsigned(7));
    /// # let head = http::Request::post("/?SdkAppid=7&CallbackCommand=Group.CallbackAfterGroupFull").body(()).unwrap().into_parts().0;
    /// # let context = receiver.verify(&head, SystemTime::now())?;
    /// let hook = receiver.parse(context, r#"{"GroupId":"@TGS#1","EventTime":"soon"}"#.into())?;
    /// assert_eq!(hook.drift()[0].path(), "EventTime");
    /// assert_eq!(hook.drift()[0].to_string(), "EventTime: expected an integer without a sign");
    /// # Ok::<(), tower_tencent_webhook::Rejection>(())
    /// ```
    pub fn drift(&self) -> &[Drift] {
        self.watch.take();
        self.drift.as_deref().unwrap_or_default()
    }

    /// Splits the webhook into its context, event and body.
    pub fn into_parts(self) -> (WebhookContext, E, Bytes) {
        self.watch.take();
        (self.context, self.event, self.body)
    }
}

/// Learns why a body that is kept cannot be read.
pub(crate) type Keep = fn(&Rejection);

impl Webhook<Event> {
    /// Parses a body. The event may be of another command than the URL's: see [`Command::comes_under`].
    ///
    /// With `keep` an after-event that cannot be read is kept without its type, and `keep` learns why it cannot be read.
    pub(crate) fn parse(
        mut context: WebhookContext,
        body: Bytes,
        unknown: Policy,
        keep: Option<Keep>,
    ) -> Result<Self, Rejection> {
        let (event, drifts) = match Event::read(&context.command, Body::Shared(&body), unknown) {
            Ok(read) => read,
            Err(rejection) => {
                let event = Self::kept(rejection.of(context.command.clone()), &body, unknown, keep)?;
                return Ok(Self::new(context, event, body, Drifts::default()));
            }
        };
        if *event.command() != context.command {
            context.command = event.command().clone();
        }
        Ok(Self::new(context, event, body, drifts))
    }

    /// Parses the body of a callback of the RTC Engine, which alone says what type of event it is.
    #[cfg(feature = "rtc")]
    pub(crate) fn parse_rtc(
        app: SdkAppId,
        verified: bool,
        body: Bytes,
        unknown: Policy,
        keep: Option<Keep>,
    ) -> Result<Self, Rejection> {
        match Event::read_rtc(&body, unknown) {
            Ok((event, drifts)) => {
                let context = WebhookContext::rtc(app, event.command().clone(), verified);
                Ok(Self::new(context, event, body, drifts))
            }
            Err(rejection) => {
                let command = crate::rtc::Event::command_in(&body);
                let event = Self::kept(rejection.of(command.clone()), &body, unknown, keep)?;
                let context = WebhookContext::rtc(app, command, verified);
                Ok(Self::new(context, event, body, Drifts::default()))
            }
        }
    }

    /// The event of a body that cannot be read, if such are kept: after-events, but not unknown ones where these are
    /// rejected.
    #[cold]
    fn kept(rejection: Rejection, body: &Bytes, unknown: Policy, keep: Option<Keep>) -> Result<Event, Rejection> {
        let is_kept = |command: &&Command| {
            rejection.kind() == RejectionKind::Malformed
                && command.phase() == Phase::After
                && (unknown == Policy::Forward || command.is_known())
        };
        let Some((command, keep)) = rejection.command().filter(is_kept).zip(keep) else { return Err(rejection) };
        keep(&rejection);
        Ok(Event::unread(command.clone(), body.clone()))
    }

    /// When it was sent, since 1970, if that is known.
    pub(crate) fn sent(&self) -> Option<Duration> {
        #[cfg(feature = "rtc")]
        if let Event::Rtc(event) = &self.event {
            return event.callback_time().map(|time| Duration::from_millis(time.0));
        }
        self.context.request_time.map(|time| Duration::from_secs(time.0))
    }

    /// The event, for whoever answers a webhook that nobody takes.
    pub(crate) fn untaken_event(&self) -> &Event {
        &self.event
    }

    /// What was dropped, for the same.
    pub(crate) fn untaken_drift(&self) -> Option<&[Drift]> {
        self.drift.as_deref()
    }

    /// Whether its body could not be read.
    pub(crate) fn is_unread(&self) -> bool {
        self.event.is_unread()
    }

    /// Turns this into the webhook of one event type.
    ///
    /// # Errors
    ///
    /// This webhook, unchanged, if its event is of another type.
    #[expect(clippy::result_large_err, reason = "it is handed back, not reported")]
    pub fn downcast<E: FromEvent>(self) -> Result<Webhook<E>, Self> {
        self.watch.take();
        let Self { context, event, body, drift, watch } = self;
        match E::from_event(event) {
            Ok(event) => Ok(Webhook { context, event, body, drift, watch }),
            Err(event) => Err(Self { context, event, body, drift, watch }),
        }
    }

    /// Reports this webhook if no service reads it before it is dropped. To be called once all else has been done with
    /// it.
    pub(crate) fn watch(&mut self, report: Report) {
        self.watch.arm(self.context.command.known_word(), report);
    }
}

impl<E> Deref for Webhook<E> {
    type Target = E;

    fn deref(&self) -> &E {
        self.event()
    }
}

/// Without the body, which may have what the event keeps to itself.
impl<E: fmt::Debug> fmt::Debug for Webhook<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { context, event, body, drift, watch: _ } = self;
        f.debug_struct("Webhook")
            .field("context", context)
            .field("event", event)
            .field("body", &format_args!("{} bytes", body.len()))
            .field("drift", drift)
            .finish()
    }
}

/// A part of a body that was dropped because it does not fit its field.
///
/// It has the JSON path, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    path: String,
    expected: Expected,
}

impl Drift {
    /// The JSON path, such as `NewMemberList[3].Member_Account`. Control characters are escaped; long paths are
    /// truncated.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The path, and what was expected there.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.expected)
    }
}

/// The context of a webhook: the information in its URL. For a callback of the RTC Engine, which has none there, the app
/// of its headers and the command that stands for its type.
///
/// Vendor docs: <https://www.tencentcloud.com/document/product/1047/34354>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookContext {
    pub(crate) app: SdkAppId,
    pub(crate) command: Command,
    pub(crate) client_ip: Option<IpAddr>,
    pub(crate) platform: Option<Platform>,
    pub(crate) request_time: Option<UnixSeconds>,
    pub(crate) verified: bool,
}

impl WebhookContext {
    /// The context of a callback of the RTC Engine: its URL says nothing.
    #[cfg(feature = "rtc")]
    pub(crate) fn rtc(app: SdkAppId, command: Command, verified: bool) -> Self {
        Self { app, command, client_ip: None, platform: None, request_time: None, verified }
    }

    /// The app that the webhook is for: one of the configured apps.
    pub fn app(&self) -> SdkAppId {
        self.app
    }

    /// The command of the event.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The address of the client that caused the event. `None` if the URL has no valid address.
    #[doc(alias = "ClientIP")]
    pub fn client_ip(&self) -> Option<IpAddr> {
        self.client_ip
    }

    /// The platform of the client that caused the event.
    #[doc(alias = "OptPlatform")]
    pub fn platform(&self) -> Option<&Platform> {
        self.platform.as_ref()
    }

    /// When the vendor signed the webhook, in seconds. `None` for a callback of the RTC Engine: see
    /// `rtc::Event::callback_time`.
    #[doc(alias = "RequestTime")]
    pub fn request_time(&self) -> Option<UnixSeconds> {
        self.request_time
    }

    /// Whether the signature was verified as genuine and fresh. `false` for the webhooks of an
    /// [unsigned app](crate::App::unsigned). A callback of the RTC Engine need only be fresh if a tolerance is set.
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}
