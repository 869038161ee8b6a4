//! The guard and the parser of the RTC Engine's callbacks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, request::Parts};

use crate::{
    event::Event,
    observe,
    query::Query,
    receiver::{ParseOptions, Receiver},
    rejection::{Rejection, RejectionKind},
    rtc::Claim,
    webhook::Webhook,
    wire::digits,
};

const SDK_APP_ID: HeaderName = HeaderName::from_static("sdkappid");
const SIGN: HeaderName = HeaderName::from_static("sign");

impl Receiver {
    /// How far the time at which a callback of the RTC Engine was sent may be from the clock, in either direction. By
    /// default it may be any, and a callback can be replayed for as long as its key is in use.
    ///
    /// The vendor sends a callback again for a minute, and does not say whether it then has a new time: 5 minutes are
    /// a good choice, less than 2 is not. With a tolerance, a callback that does not say when it was sent is rejected
    /// too.
    pub fn rtc_tolerance(mut self, tolerance: Duration) -> Self {
        self.options.rtc_tolerance = Some(tolerance);
        self
    }

    /// Whether a request is a callback of the RTC Engine: it has a header `SdkAppId` or `Sign`, and its URL has no
    /// command, as that of a webhook of Chat always does.
    ///
    /// Always `false` if no configured app has the RTC Engine. Apps of a [lookup](Receiver::from_lookup) may have it.
    ///
    /// It says nothing about whether the callback is genuine.
    pub fn is_rtc(&self, head: &Parts) -> bool {
        self.is_rtc_request(&head.uri, &head.headers)
    }

    pub(crate) fn is_rtc_request(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        // Few headers are looked through in less time than it takes to hash two names.
        self.apps.may_have_rtc()
            && headers.keys().any(|name| *name == SIGN || *name == SDK_APP_ID)
            && uri.query().is_none_or(has_no_command)
    }

    /// Verifies the headers of a callback of the RTC Engine: that it is for a configured app, and has something that may
    /// be a signature, if that app's callbacks are signed. Read the body next, with a limit, and call
    /// [`parse_rtc`](Receiver::parse_rtc), **which alone tells whether the callback is genuine**.
    ///
    /// The method, the path and the query are not checked.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tower_tencent_webhook::{App, Event, Receiver, RejectionKind, rtc};
    ///
    /// let receiver = Receiver::new(App::rtc_only(1400000000).rtc_key("Z")?);
    /// let (head, body) = http::Request::post("/")
    ///     .header("SdkAppId", "1400000000")
    ///     .header("Sign", "52dOEcnTUbDan9+mAtGuDmTI/ImPAP2P7tGOVSH0Ctk=")
    ///     .body(concat!(
    ///         r#"{"EventGroupId":7,"EventType":702,"CallbackMsTs":1788040900120,"#,
    ///         r#""EventInfo":{"EventMsTs":1788040900001,"TaskId":"ing-5kQ0","Status":0}}"#,
    ///     ))?
    ///     .into_parts();
    ///
    /// assert!(receiver.is_rtc(&head));
    /// let claim = receiver.verify_rtc(&head)?;
    /// let hook = receiver.parse_rtc(claim.clone(), body.into(), SystemTime::now())?;
    /// let hook = hook.downcast::<rtc::ingest::IngestStopped>().expect("it is this event");
    /// assert_eq!(hook.task_id, "ing-5kQ0");
    ///
    /// let forged = receiver.parse_rtc(claim, body.replace("5kQ0", "5kQ1").into(), SystemTime::now()).unwrap_err();
    /// assert_eq!(forged.kind(), RejectionKind::InvalidSign);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// In this order: [`RepeatedParameter`](RejectionKind::RepeatedParameter), if one of the headers is there twice with
    /// different values; [`InvalidSdkAppId`](RejectionKind::InvalidSdkAppId);
    /// [`LookupFailed`](RejectionKind::LookupFailed); [`UnknownApp`](RejectionKind::UnknownApp), also for an app without
    /// the RTC Engine; [`MissingSign`](RejectionKind::MissingSign); [`InvalidSign`](RejectionKind::InvalidSign), if the
    /// `Sign` is not the Base64 of 32 bytes.
    pub fn verify_rtc(&self, head: &Parts) -> Result<Claim, Rejection> {
        self.verify_rtc_map(&head.headers)
    }

    pub(crate) fn verify_rtc_map(&self, headers: &HeaderMap) -> Result<Claim, Rejection> {
        let [sdk_app_id, sign] = values(headers)?;
        self.verify_rtc_headers(sdk_app_id, sign)
    }

    /// The same as [`verify_rtc`](Receiver::verify_rtc), for the values of the headers `SdkAppId` and `Sign`: for
    /// frameworks without the `http` crate, or with another version of it.
    ///
    /// # Errors
    ///
    /// Those of [`verify_rtc`](Receiver::verify_rtc), except `RepeatedParameter`.
    pub fn verify_rtc_headers(&self, sdk_app_id: Option<&str>, sign: Option<&str>) -> Result<Claim, Rejection> {
        let id = sdk_app_id.and_then(digits).ok_or(Rejection::rtc(RejectionKind::InvalidSdkAppId))?.into();
        let app = self.apps.find(id)?.filter(|app| app.has_rtc()).ok_or_else(|| Rejection::unknown_app(id))?;
        Claim::new(app.into_owned(), sign)
    }

    /// Verifies the body of a callback by the [claim](Receiver::verify_rtc) of its headers, and parses it into its event,
    /// an [`Event::Rtc`]. The body must be as received.
    ///
    /// Answer with HTTP 200, whatever the body: the vendor recommends `{"code":0}`. On any other status it sends the
    /// callback again, for a minute.
    ///
    /// A type that this crate does not know gives [`rtc::Event::Other`](crate::rtc::Event::Other).
    /// [`allow_commands`](Receiver::allow_commands) is about Chat only.
    ///
    /// # Errors
    ///
    /// [`InvalidSign`](RejectionKind::InvalidSign), if no key of the app made the signature; nothing of the body has then
    /// been parsed. [`Malformed`](RejectionKind::Malformed), if the body is not a JSON object, or lacks its `EventType` or
    /// a required field; [`UnknownCommand`](RejectionKind::UnknownCommand), if the receiver rejects unknown types;
    /// [`Stale`](RejectionKind::Stale), if there is a [tolerance](Receiver::rtc_tolerance) and the callback was not sent
    /// within it.
    pub fn parse_rtc(&self, claim: Claim, body: Bytes, now: SystemTime) -> Result<Webhook, Rejection> {
        self.options.parse_rtc(&claim, body, || now)
    }
}

impl ParseOptions {
    /// Only a rejection of a body that was verified has a command.
    pub(crate) fn parse_rtc(
        &self,
        claim: &Claim,
        body: Bytes,
        clock: impl FnOnce() -> SystemTime,
    ) -> Result<Webhook, Rejection> {
        claim.verify(&body)?;
        let hook = Webhook::parse_rtc(claim.app(), claim.is_signed(), body, self.unknown, self.keep())?;
        if let (Some(tolerance), Event::Rtc(event)) = (self.rtc_tolerance, hook.event()) {
            // With a clock before 1970 every callback is stale.
            let now = clock().duration_since(UNIX_EPOCH).ok();
            let age = now.zip(event.callback_time()).map(|(now, sent)| now.as_millis().abs_diff(sent.0.into()));
            if age.is_none_or(|age| age > tolerance.as_millis()) {
                return Err(Rejection::rtc(RejectionKind::Stale));
            }
        }
        observe::drifted(&hook);
        Ok(hook)
    }
}

/// Whether a query has no command. One that cannot be read may have one.
fn has_no_command(query: &str) -> bool {
    let mut parameters = Query::default();
    parameters.read(query).is_ok() && parameters.command().is_none()
}

/// The values of `SdkAppId` and `Sign`. A value that is not text is taken for an empty one, which is not valid either.
fn values(headers: &HeaderMap) -> Result<[Option<&str>; 2], Rejection> {
    let mut values = [None::<&HeaderValue>; 2];
    let mut repeated = [false; 2];
    // One pass over the few that there are, as in `is_rtc_request`.
    for (name, value) in headers {
        let at = match name {
            name if *name == SDK_APP_ID => 0,
            name if *name == SIGN => 1,
            _ => continue,
        };
        repeated[at] |= values[at].is_some_and(|first| first != value);
        values[at].get_or_insert(value);
    }
    match repeated {
        [true, _] => Err(Rejection::repeated_header("SdkAppId")),
        [_, true] => Err(Rejection::repeated_header("Sign")),
        _ => Ok(values.map(|value| value.map(|value| value.to_str().unwrap_or_default()))),
    }
}
