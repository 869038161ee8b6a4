//! Makes genuine webhook requests, as Tencent's servers do, for tests, examples and load generation.
//!
//! ```
//! use std::time::SystemTime;
//! use tower_tencent_webhook::{App, Command, Receiver, signer::{Signer, sample}};
//!
//! let app = App::signed(1400000000, "token")?;
//! let command = Command::from("State.StateChange");
//! let request = Signer::new(&app).request(&command, sample(&command), SystemTime::now());
//! let (head, _) = request.into_parts();
//! assert!(Receiver::new(app).verify(&head, SystemTime::now()).is_ok());
//! # Ok::<(), tower_tencent_webhook::ConfigError>(())
//! ```

use std::{
    net::IpAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::Full;
use serde_json::value::RawValue;

#[cfg(feature = "rtc")]
use crate::rtc;
use crate::{
    app::App,
    catalogue::catalogue,
    command::{Command, KnownCommand},
    platform::Platform,
};

macro_rules! samples {
    ($(
        $variant:ident($family:ident::$type:ident) = $word:literal $(| $alias:literal)* $phase:ident $({ $($facts:tt)* })?;
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
/// let body = signer::sample(&follow::AfterFollowDelete::COMMAND);
/// assert!(matches!(Event::parse("Follow.CallbackAfterFollowDelete", body)?, Event::FollowAfterFollowDelete(_)));
/// assert_eq!(signer::sample("Follow.CallbackAfterFollowPause"), b"{}");
/// # Ok::<(), tower_tencent_webhook::Rejection>(())
/// ```
pub fn sample(command: impl AsRef<str>) -> &'static [u8] {
    samples(command).first().copied().unwrap_or(b"{}")
}

/// The sample bodies of this command: one, or several if its bodies differ in shape. An unknown command has none.
pub fn samples(command: impl AsRef<str>) -> Vec<&'static [u8]> {
    Command::from(command.as_ref()).as_known().map(|known| bodies(known.samples())).unwrap_or_default()
}

#[cfg(feature = "rtc")]
macro_rules! rtc_samples {
    ($(
        $variant:ident($group:ident::$type:ident) = $number:literal $name:literal id($($id:ident),*);
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
rtc::catalogue!(rtc_samples);

/// The bodies in a file of samples.
fn bodies(file: &'static str) -> Vec<&'static [u8]> {
    let file = file.trim_ascii();
    if !file.starts_with('[') {
        return vec![file.as_bytes()];
    }
    let bodies: Vec<&'static RawValue> = serde_json::from_str(file).expect("a file of samples is JSON");
    bodies.into_iter().map(|body| body.get().as_bytes()).collect()
}

/// Makes webhook requests of an app, signed with its first token if it has one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Signer {
    app: App,
    url: String,
    client_ip: Option<IpAddr>,
    platform: Option<Platform>,
}

impl Signer {
    /// Makes requests of this app. By default they are sent to `/`, on behalf of an Android client at 127.0.0.1.
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
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri(command, now);
        request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        request
    }
}
