//! What an inner service is handed: the event, where it came from, and its raw body.

use std::{net::IpAddr, ops::Deref};

use bytes::Bytes;

use crate::{
    app::SdkAppId,
    command::Command,
    event::{Event, FromEvent},
    wire::{UnixSeconds, words},
};

/// A received webhook: an event, its [`WebhookContext`] and the body as it came.
///
/// The layer puts a `Webhook<Event>` into the extensions of the request; [`downcast`](Webhook::downcast) makes the
/// webhook of one event type of it. It dereferences to its event.
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
}

impl<E> Webhook<E> {
    pub(crate) fn new(context: WebhookContext, event: E, body: Bytes) -> Self {
        Self { context, event, body }
    }

    /// What the URL says of the webhook.
    pub fn context(&self) -> &WebhookContext {
        &self.context
    }

    /// The event. The webhook dereferences to it as well.
    pub fn event(&self) -> &E {
        &self.event
    }

    /// The body's bytes, as they came.
    pub fn body(&self) -> &Bytes {
        &self.body
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
    #[allow(clippy::result_large_err)] // It is handed back, not reported.
    pub fn downcast<E: FromEvent>(self) -> Result<Webhook<E>, Self> {
        let Self { context, event, body } = self;
        match E::from_event(event) {
            Ok(event) => Ok(Webhook { context, event, body }),
            Err(event) => Err(Self { context, event, body }),
        }
    }
}

impl<E> Deref for Webhook<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

/// What the URL says of a webhook.
///
/// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34354>
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
    /// The app that it is for: one of the receiver's own.
    pub fn app(&self) -> SdkAppId {
        self.app
    }

    /// What it is about: the command of the event.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The address of the client that set the event off. Absent where the URL has none, or one that is no address.
    pub fn client_ip(&self) -> Option<IpAddr> {
        self.client_ip
    }

    /// The platform of the client that set the event off.
    pub fn platform(&self) -> Option<&Platform> {
        self.platform.as_ref()
    }

    /// When the vendor signed it, in seconds.
    pub fn request_time(&self) -> Option<UnixSeconds> {
        self.request_time
    }

    /// Whether a signature was checked and found genuine and fresh. False for the webhooks of an
    /// [unsigned app](crate::App::unsigned).
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}

words! {
    /// A client's platform: `OptPlatform`, compared without regard to case.
    ///
    /// The vendor's page: <https://www.tencentcloud.com/document/product/1047/34354>
    pub enum Platform (ignore case) {
        /// A call of the REST API.
        RestApi = "RESTAPI",
        /// A web client.
        Web = "Web",
        /// An Android client.
        Android = "Android",
        /// An iPhone client. `State.StateChange` says `IOS`.
        Ios = "iOS",
        /// A Windows client.
        Windows = "Windows",
        /// A macOS client.
        MacOs = "macOS",
        /// A macOS client, in the words of older pages and of `State.StateChange`.
        Mac = "Mac",
        /// An iPad client.
        Ipad = "iPad",
        /// A Linux client, in `State.StateChange` alone.
        Linux = "Linux",
        /// The vendor does not know.
        Unknown = "Unknown",
    }
}
