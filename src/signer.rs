//! Makes genuine webhooks, as Tencent's servers do, for tests, examples and load generation.
//!
//! # Testing a handler
//!
//! A handler is a function of a webhook. [`Webhook::sample`] makes one of any event, [`Signer::webhook`] one with a body
//! of your own. Which event it is follows from the handler:
//!
//! ```
//! use tower_tencent_webhook::{App, MsgElem, Verdict, Webhook, event::c2c, signer::Signer};
//!
//! async fn moderate(hook: Webhook<c2c::BeforeSendMsg>) -> Verdict<c2c::BeforeSendMsg> {
//!     match &hook.msg_body[..] {
//!         [MsgElem::Text(text)] if text.text.contains("casino") => Verdict::refuse(),
//!         _ => Verdict::allow(),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! assert_eq!(moderate(Webhook::sample()).await, Verdict::allow());
//!
//! let signer = Signer::new(&App::signed(1400000000, "token")?);
//! let advertising = signer.webhook(
//!     r#"{"From_Account":"ada","To_Account":"linus","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"casino!"}}]}"#,
//! )?;
//! assert_eq!(moderate(advertising).await, Verdict::refuse());
//! # Ok(())
//! # }
//! ```
//!
//! # Testing a service
//!
//! [`Signer::request`] makes a whole request, and [`Signer::request_with`] one with the type of body that a framework or
//! a client wants.
//!
//! ```
//! use std::time::SystemTime;
//! use tower_tencent_webhook::{App, Receiver, signer::{Signer, sample}};
//!
//! let app = App::signed(1400000000, "token")?;
//! let request = Signer::new(&app).request("State.StateChange", sample("State.StateChange"), SystemTime::now());
//! assert!(Receiver::new(app).verify_uri(request.uri(), SystemTime::now()).is_ok());
//! # Ok::<(), tower_tencent_webhook::ConfigError>(())
//! ```

use std::{
    net::IpAddr,
    time::{SystemTime, UNIX_EPOCH},
};

#[cfg(feature = "rtc")]
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::Full;
use serde_json::value::RawValue;

use crate::{
    app::App,
    catalogue::catalogue,
    command::{Command, KnownCommand},
    event::WebhookEvent,
    platform::Platform,
    receiver::Receiver,
    rejection::Rejection,
    webhook::Webhook,
};
#[cfg(feature = "rtc")]
use crate::{catalogue::rtc_catalogue, rtc};

macro_rules! samples {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?
            docs $docs:literal;
    )*) => {
        impl KnownCommand {
            /// The command's file of samples: a body, or a list of them.
            fn samples(self) -> &'static str {
                match self { $( Self::$variant => include_str!(concat!("../samples/", $word, ".json")), )* }
            }
        }
    };
}

catalogue!(samples);

/// A sample body of this command in its documented form: the first of its [`samples`].
///
/// The values are made up. For an unknown command the body is the empty object, `{}`.
///
/// ```
/// use tower_tencent_webhook::{Event, WebhookEvent, event::follow, signer};
///
/// let body = signer::sample(follow::AfterFollowDelete::COMMAND);
/// assert!(matches!(Event::parse("Follow.CallbackAfterFollowDelete", body)?, Event::FollowAfterFollowDelete(_)));
/// assert_eq!(signer::sample("Follow.CallbackAfterFollowPause"), b"{}");
/// # Ok::<(), tower_tencent_webhook::Rejection>(())
/// ```
pub fn sample(command: impl AsRef<str>) -> &'static [u8] {
    samples(command).first().copied().unwrap_or(b"{}")
}

/// The sample bodies of this command: one, or several if its bodies differ in shape. An unknown command has none.
pub fn samples(command: impl AsRef<str>) -> Vec<&'static [u8]> {
    let command = Command::from(command.as_ref());
    #[cfg(feature = "rtc")]
    if let Some(event_type) = command.rtc_type() {
        return rtc_samples(event_type);
    }
    command.as_known().map(|known| bodies(known.samples())).unwrap_or_default()
}

#[cfg(feature = "rtc")]
macro_rules! rtc_samples {
    ($(
        $variant:ident($group:ident::$type:ident) = $number:literal $name:literal id($($id:ident),*)
            docs $docs:literal;
    )*) => {
        /// The sample bodies of this type of event of the RTC Engine: one, or several if its bodies differ in shape. An
        /// unknown type has none. The values are made up.
        ///
        /// ```
        /// use tower_tencent_webhook::{rtc::Event, signer};
        ///
        /// let body = signer::rtc_samples(103)[0];
        /// assert!(matches!(Event::parse(body)?, Event::RoomUserEntered(_)));
        /// # Ok::<(), tower_tencent_webhook::Rejection>(())
        /// ```
        pub fn rtc_samples(event_type: impl Into<rtc::EventType>) -> Vec<&'static [u8]> {
            bodies(match event_type.into().get() {
                $( $number => include_str!(concat!("../samples/rtc/", $number, ".json")), )*
                _ => return Vec::new(),
            })
        }
    };
}

#[cfg(feature = "rtc")]
rtc_catalogue!(rtc_samples);

/// The bodies in a file of samples.
fn bodies(file: &'static str) -> Vec<&'static [u8]> {
    let file = file.trim_ascii();
    if !file.starts_with('[') {
        return vec![file.as_bytes()];
    }
    let bodies: Vec<&'static RawValue> = serde_json::from_str(file).expect("a file of samples is JSON");
    bodies.into_iter().map(|body| body.get().as_bytes()).collect()
}

/// Makes webhooks of an app, signed with its first token if it has one.
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("Sign", "RequestTime"))]
pub struct Signer {
    app: App,
    url: String,
    client_ip: Option<IpAddr>,
    platform: Option<Platform>,
}

impl Signer {
    /// Makes webhooks of this app. By default they are sent to `/`, on behalf of an Android client at 127.0.0.1.
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            url: "/".to_owned(),
            client_ip: Some(IpAddr::from([127, 0, 0, 1])),
            platform: Some(Platform::Android),
        }
    }

    /// Sets the webhook's URL as configured in the console, or only its path. It may have a query.
    ///
    /// # Panics
    ///
    /// When `url` is not a valid URL.
    pub fn url(mut self, url: &str) -> Self {
        assert!(url.parse::<Uri>().is_ok(), "{url:?} is not a URL");
        self.url = url.to_owned();
        self
    }

    /// Sets the address of the client that triggered the event: `ClientIP`.
    pub fn client_ip(mut self, ip: impl Into<Option<IpAddr>>) -> Self {
        self.client_ip = ip.into();
        self
    }

    /// Sets the platform of the client that triggered the event: `OptPlatform`.
    pub fn platform(mut self, platform: impl Into<Option<Platform>>) -> Self {
        self.platform = platform.into();
        self
    }

    /// The URL of a webhook, signed at the time `now`.
    pub fn uri(&self, command: impl AsRef<str>, now: SystemTime) -> Uri {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let start = self.url.len() + 1;
        let mut query = form_urlencoded::Serializer::for_suffix(format!("{}{separator}", self.url), start);
        query
            .append_pair("SdkAppid", &self.app.id().to_string())
            .append_pair("CallbackCommand", command.as_ref())
            .append_pair("contenttype", "json");
        if let Some(ip) = self.client_ip {
            query.append_pair("ClientIP", &ip.to_string());
        }
        if let Some(platform) = &self.platform {
            query.append_pair("OptPlatform", platform.as_str());
        }
        let request_time = now.duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()).to_string();
        if let Some(sign) = self.app.sign(&request_time) {
            query.append_pair("RequestTime", &request_time).append_pair("Sign", &String::from_utf8_lossy(&sign));
        }
        query.finish().parse().expect("a URL and form-encoded parameters are a URL")
    }

    /// A webhook, signed at the time `now`.
    pub fn request(&self, command: impl AsRef<str>, body: impl Into<Bytes>, now: SystemTime) -> Request<Full<Bytes>> {
        self.request_with(command, Full::new(body.into()), now)
    }

    /// A webhook with any type of body, signed at the time `now`.
    ///
    /// With a `String` or `Bytes` it is a request that a client can be made to send, with the URL set to the server's:
    /// `reqwest::Request::try_from(request)`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tower_tencent_webhook::{App, signer::{Signer, sample}};
    ///
    /// let signer = Signer::new(&App::signed(1400000000, "token")?).url("/im");
    /// let body = axum::body::Body::from(sample("State.StateChange"));
    /// let request: axum::extract::Request = signer.request_with("State.StateChange", body, SystemTime::now());
    /// assert_eq!(request.uri().path(), "/im");
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    pub fn request_with<B>(&self, command: impl AsRef<str>, body: B, now: SystemTime) -> Request<B> {
        let mut request = Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri(command, now);
        request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        request
    }

    /// The `Sign` of a callback of the RTC Engine: the Base64 of the HMAC-SHA256 of its body, by the app's first key.
    /// `None` if the app has no key.
    ///
    /// ```
    /// use tower_tencent_webhook::{App, signer::Signer};
    ///
    /// let signer = Signer::new(&App::rtc_only(1400000000).rtc_key("Quay7Key")?);
    /// assert_eq!(signer.rtc_sign("").unwrap(), "84WqP+LwS4gp9S8D2jI2j24YRyv3qGriJ+y3an7ukas=");
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    #[cfg(feature = "rtc")]
    pub fn rtc_sign(&self, body: impl AsRef<[u8]>) -> Option<String> {
        self.app.rtc_mac(body.as_ref()).map(|mac| STANDARD.encode(mac))
    }

    /// A callback of the RTC Engine, with its headers `SdkAppId` and, if the app has a key, `Sign`.
    ///
    /// ```
    /// use tower_tencent_webhook::{App, Receiver, signer::{Signer, rtc_samples}};
    ///
    /// let app = App::rtc_only(1400000000).rtc_key("Quay7Key")?;
    /// let (head, _) = Signer::new(&app).url("/rtc").rtc_request(rtc_samples(103)[0]).into_parts();
    /// assert!(Receiver::new(app).is_rtc(&head));
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    #[cfg(feature = "rtc")]
    pub fn rtc_request(&self, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        self.rtc_request_with(body, Full::new)
    }

    /// A callback of the RTC Engine with any type of body, which a function makes of the bytes that are signed: for
    /// example `axum::body::Body::from`.
    #[cfg(feature = "rtc")]
    pub fn rtc_request_with<B>(&self, body: impl Into<Bytes>, make: impl FnOnce(Bytes) -> B) -> Request<B> {
        let body = body.into();
        let sign = self.rtc_sign(&body);
        let mut request = Request::new(make(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.url.parse().expect("it has been parsed before");
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        headers.insert("sdkappid", self.app.id().get().into());
        if let Some(sign) = sign {
            headers.insert("sign", sign.parse().expect("Base64 is a header's value"));
        }
        request
    }

    /// A webhook of one event as a handler receives it: as if it had been sent, and received, just now.
    ///
    /// ```
    /// use tower_tencent_webhook::{App, Webhook, event::state, signer::Signer};
    ///
    /// let signer = Signer::new(&App::signed(1400000000, "token")?);
    /// let hook = signer.webhook::<state::StateChange>(r#"{"Info":{"Action":"Login","To_Account":"ada"}}"#)?;
    /// assert_eq!(hook.info.to_account, "ada");
    /// assert_eq!(hook.context().app(), 1400000000);
    /// assert!(hook.context().is_verified());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::parse`], or of [`Receiver::verify`] if the [URL](Signer::url) has parameters of its own.
    /// [`CommandMismatch`](crate::RejectionKind::CommandMismatch) as well, if the body is one that is received as another event.
    pub fn webhook<E: WebhookEvent>(&self, body: impl Into<Bytes>) -> Result<Webhook<E>, Rejection> {
        let another = |hook: Webhook| Rejection::command_mismatch(E::COMMAND).of(hook.command().clone());
        self.any_webhook(E::COMMAND, body)?.downcast().map_err(another)
    }

    /// A webhook of any command as a handler receives it: as if it had been sent, and received, just now.
    ///
    /// ```
    /// use tower_tencent_webhook::{App, Event, signer::Signer};
    ///
    /// let signer = Signer::new(&App::signed(1400000000, "token")?);
    /// let hook = signer.any_webhook("Moon.CallbackAfterRise", r#"{"Phase":"full"}"#)?;
    /// assert!(matches!(hook.event(), Event::Other(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`webhook`](Signer::webhook).
    pub fn any_webhook(&self, command: impl AsRef<str>, body: impl Into<Bytes>) -> Result<Webhook, Rejection> {
        let now = SystemTime::now();
        let receiver = Receiver::new(self.app.clone());
        #[cfg(feature = "rtc")]
        {
            let command = Command::from(command.as_ref());
            if command.is_rtc() {
                let body = body.into();
                let (id, sign) = (self.app.id().to_string(), self.rtc_sign(&body));
                let claim = receiver.verify_rtc_headers(Some(&id), sign.as_deref())?;
                let hook = receiver.parse_rtc(claim, body, now)?;
                // The body alone says which type it is.
                let is_other = command.rtc_type().is_some() && command != *hook.context().command();
                return if is_other { Err(Rejection::command_mismatch(command)) } else { Ok(hook) };
            }
        }
        receiver.parse(receiver.verify_uri(&self.uri(command, now), now)?, body.into())
    }
}

impl<E: WebhookEvent> Webhook<E> {
    /// A webhook with the first [sample](crate::signer::sample) of its event, for the tests of its handler: as if it had
    /// been sent by a client at 127.0.0.1, and received, just now. Its app is 1400000000, its signature verified.
    ///
    /// See [`signer`](crate::signer#testing-a-handler) for an example.
    pub fn sample() -> Self {
        let app = App::signed(1_400_000_000, "token of the samples").expect("the token has 1 to 128 bytes");
        #[cfg(feature = "rtc")]
        let app = app.rtc_key("key of the samples").expect("the key has 1 to 32 bytes");
        let hook = Signer::new(&app).webhook(sample(E::COMMAND));
        hook.expect("the first sample of an event is one of its bodies")
    }
}
