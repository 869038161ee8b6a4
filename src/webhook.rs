//! What an inner service is handed: the event, its context, and its raw body.

use std::{fmt, net::IpAddr, ops::Deref};

use bytes::Bytes;

use crate::{
    app::SdkAppId,
    command::Command,
    event::{Drifts, Event, FromEvent},
    platform::Platform,
    wire::{Expected, UnixSeconds},
};

/// A received webhook: an event, its [`WebhookContext`] and the body as it came.
///
/// The layer puts a `Webhook<Event>` into the extensions of the request; [`downcast`](Webhook::downcast) turns it into
/// the webhook of one event type. It dereferences to its event.
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
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook<E = Event> {
    context: WebhookContext,
    event: E,
    body: Bytes,
    drift: Option<Box<[Drift]>>,
}

impl<E> Webhook<E> {
    pub(crate) fn new(context: WebhookContext, event: E, body: Bytes, drifts: Drifts) -> Self {
        let drift: Vec<_> = drifts.into_inner().into_iter().map(|(path, expected)| Drift { path, expected }).collect();
        Self { context, event, body, drift: (!drift.is_empty()).then(|| drift.into()) }
    }

    /// What the URL says about the webhook.
    pub fn context(&self) -> &WebhookContext {
        &self.context
    }

    /// The event. The webhook dereferences to it as well.
    pub fn event(&self) -> &E {
        &self.event
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What of the body had to be dropped because it fits in no way: the first few such places.
    ///
    /// It is empty for almost all webhooks. Where it is not, the vendor's backend has changed, or a client sends what
    /// none should. The values are still in the [body](Webhook::body).
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
        self.drift.as_deref().unwrap_or_default()
    }

    /// Takes it apart.
    pub fn into_parts(self) -> (WebhookContext, E, Bytes) {
        (self.context, self.event, self.body)
    }
}

impl Webhook<Event> {
    /// The webhook of an event type, or this one again where its event is another.
    ///
    /// # Errors
    ///
    /// This webhook, unchanged.
    #[expect(clippy::result_large_err, reason = "it is handed back, not reported")]
    pub fn downcast<E: FromEvent>(self) -> Result<Webhook<E>, Self> {
        let Self { context, event, body, drift } = self;
        match E::from_event(event) {
            Ok(event) => Ok(Webhook { context, event, body, drift }),
            Err(event) => Err(Self { context, event, body, drift }),
        }
    }
}

impl<E> Deref for Webhook<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

/// A place in a body that had to be dropped: its value fits its field in no way.
///
/// It has the JSON path, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    path: String,
    expected: Expected,
}

impl Drift {
    /// The JSON path, such as `NewMemberList[3].Member_Account`. Control characters are escaped, long paths cut.
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

/// What a webhook's URL says about it.
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
    /// The app that it is for: one of the configured apps.
    pub fn app(&self) -> SdkAppId {
        self.app
    }

    /// The command of the event.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The address of the client that caused the event. Absent if the URL has none, or something that is not an address.
    pub fn client_ip(&self) -> Option<IpAddr> {
        self.client_ip
    }

    /// The platform of the client that caused the event.
    pub fn platform(&self) -> Option<&Platform> {
        self.platform.as_ref()
    }

    /// When the vendor signed it, in seconds.
    pub fn request_time(&self) -> Option<UnixSeconds> {
        self.request_time
    }

    /// Whether its signature was checked, and is genuine and fresh. False for the webhooks of an
    /// [unsigned app](crate::App::unsigned).
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}
