//! Webhooks as CloudEvents: the envelope in which they are handed on and kept.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use crate::{
    command::Command,
    config::SdkAppId,
    event::FromEvent,
    identity::Identity,
    platform::Platform,
    policy::Policy,
    random::unique,
    rejection::Rejection,
    webhook::{Webhook, WebhookContext},
    wire::{Fault, Kind, Reader, UnixSeconds, body_text, digits},
};

/// A webhook as a [CloudEvent](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) of version 1.0:
/// attributes, and the body as received. The signature is never in it.
///
/// | attribute | value |
/// |---|---|
/// | `specversion` | `1.0` |
/// | `id` | the event's [identity](Webhook::identity), 32 hexadecimal digits; for an event without one `unique-`, and a random number |
/// | `source` | `/tencent/im/1400000000`, or `/tencent/rtc/1400000000` for a callback of the RTC Engine |
/// | `type` | `com.tencent.im.` or `com.tencent.rtc.`, and the [command](WebhookContext::command) |
/// | `subject` | the group, room, call, task or user that it is about, if the body says it |
/// | `time` | when it [happened](Webhook::event_time), if the body says it |
/// | `datacontenttype` | `application/json` |
/// | `partitionkey` | the conversation: its group, room, call, task, or users in order; for an engine that keeps the order of what has the same key |
/// | `sdkappid`, `clientip`, `optplatform`, `requesttime`, `verified` | the rest of the [context](WebhookContext) |
///
/// Any engine can carry it: as [headers](CloudEvent::headers) beside the body, or as [one line of
/// JSON](CloudEvent::to_json). [`Webhook::from_cloud_event`] makes it a webhook again.
///
/// ```
/// use std::time::SystemTime;
/// use tower_tencent_webhook::{App, CloudEvent, Receiver, Webhook};
///
/// let receiver = Receiver::new(App::unsigned(1400000000));
/// let query = "SdkAppid=1400000000&CallbackCommand=Group.CallbackAfterGroupFull&ClientIP=203.0.113.9";
/// let body = r#"{"GroupId":"@TGS#1","EventTime":1702018343678}"#;
/// let hook = receiver.parse(receiver.verify_query(query, SystemTime::now())?, body.into())?;
///
/// let event = hook.cloud_event();
/// assert_eq!(event.to_json(), concat!(
///     r#"{"specversion":"1.0","id":"6aafb6bfd34461cfa6abb91ab6e948c4","source":"/tencent/im/1400000000","#,
///     r#""type":"com.tencent.im.Group.CallbackAfterGroupFull","subject":"@TGS#1","time":"2023-12-08T06:52:23.678Z","#,
///     r#""datacontenttype":"application/json","partitionkey":"@TGS#1","sdkappid":"1400000000","#,
///     r#""clientip":"203.0.113.9","verified":false,"data":{"GroupId":"@TGS#1","EventTime":1702018343678}}"#,
/// ));
/// assert_eq!(event.headers()["ce-id"], event.id());
///
/// let read = CloudEvent::from_json(event.to_json().as_bytes())?;
/// assert_eq!(Webhook::from_cloud_event(&read)?, hook);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct CloudEvent {
    /// In the order in which they are written.
    attributes: Vec<(Cow<'static, str>, String)>,
    data: Bytes,
}

const IM: &str = "com.tencent.im.";
const RTC: &str = "com.tencent.rtc.";
/// Before an id that is no identity.
const UNIQUE: &str = "unique-";
/// How many bytes of the body a subject or a partition key may have. An identifier of the vendor's has at most 100.
const MAX_PART: usize = 256;
/// How many attributes an event that is read may have, and how long their names may be: a webhook has 13. Headers have
/// limits too, and each is compared with those before it.
const MAX_ATTRIBUTES: usize = 100;
const MAX_NAME: usize = 100;

impl<E: FromEvent> Webhook<E> {
    /// The webhook as a CloudEvent.
    ///
    /// For an event without [identity](Webhook::identity) each call makes another id.
    pub fn cloud_event(&self) -> CloudEvent {
        let context = self.context();
        let (product, prefix) = if context.command().is_rtc() { ("rtc", RTC) } else { ("im", IM) };
        let place = Place::of(self.body());
        let mut event = CloudEvent { attributes: Vec::with_capacity(13), data: self.body().clone() };
        event.push("specversion", "1.0");
        event.push(
            "id",
            self.identity().map_or_else(|| format!("{UNIQUE}{:032x}", unique()), |identity| identity.to_string()),
        );
        event.push("source", format!("/tencent/{product}/{}", context.app()));
        event.push("type", format!("{prefix}{}", context.command().as_str()));
        event.push_some("subject", place.subject());
        event.push_some("time", self.event_time().and_then(|time| rfc3339(time.0)));
        event.push("datacontenttype", "application/json");
        event.push_some("partitionkey", place.key());
        event.push("sdkappid", context.app().to_string());
        event.push_some("clientip", context.client_ip().map(|ip| ip.to_string()));
        event.push_some("optplatform", context.platform().map(Platform::as_str));
        event.push_some("requesttime", context.request_time().map(|time| time.0.to_string()));
        event.push("verified", context.is_verified().to_string());
        event
    }
}

impl Webhook {
    /// The webhook that was [made](Webhook::cloud_event) a CloudEvent.
    ///
    /// Its event is parsed again, by what this release knows: an after-event that it cannot read is an
    /// [`Event::Other`](crate::Event::Other). What the attributes say is believed, also that the webhook
    /// [was verified](WebhookContext::is_verified): whoever can write to the engine can write that.
    ///
    /// # Errors
    ///
    /// If the CloudEvent is not one of these, or its body not one of its command.
    pub fn from_cloud_event(event: &CloudEvent) -> Result<Self, CloudEventError> {
        let invalid = CloudEventError::Invalid;
        let (command, product) = match (event.event_type().strip_prefix(IM), event.event_type().strip_prefix(RTC)) {
            (Some(word), _) => (word, "/tencent/im/"),
            (_, Some(word)) => (word, "/tencent/rtc/"),
            _ => return Err(invalid("type")),
        };
        let app = event.source().strip_prefix(product).and_then(digits).ok_or(invalid("source"))?;
        let command = Command::from(command);
        if command.as_str().is_empty() || (cfg!(feature = "rtc") && command.is_rtc() != (product == "/tencent/rtc/")) {
            return Err(invalid("type"));
        }
        let context = WebhookContext {
            app: SdkAppId::new(app),
            command,
            client_ip: event.attribute("clientip").map(str::parse).transpose().or(Err(invalid("clientip")))?,
            platform: event.attribute("optplatform").map(Platform::from),
            request_time: match event.attribute("requesttime") {
                Some(time) => Some(UnixSeconds(digits(time).ok_or(invalid("requesttime"))?)),
                None => None,
            },
            verified: match event.attribute("verified") {
                Some("true") => true,
                Some("false") | None => false,
                Some(_) => return Err(invalid("verified")),
            },
        };
        // What could not be read when it was received is read as it was kept.
        Self::parse(context, event.data.clone(), Policy::default(), Some(|_| {})).map_err(CloudEventError::Body)
    }
}

impl CloudEvent {
    /// The id: 32 hexadecimal digits if the event has an identity.
    pub fn id(&self) -> &str {
        self.attribute("id").unwrap_or_default()
    }

    /// The identity that the id is. `None` if it is only unique: a repeated delivery has another.
    pub fn identity(&self) -> Option<Identity> {
        let id = self.id();
        let is_identity = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_identity { id.parse().ok() } else { None }
    }

    /// The product and the app, as a path.
    pub fn source(&self) -> &str {
        self.attribute("source").unwrap_or_default()
    }

    /// The `type`: the product and the command.
    pub fn event_type(&self) -> &str {
        self.attribute("type").unwrap_or_default()
    }

    /// What the event is about. Cut off at 256 bytes.
    pub fn subject(&self) -> Option<&str> {
        self.attribute("subject")
    }

    /// When the event happened.
    pub fn time(&self) -> Option<SystemTime> {
        self.attribute("time").and_then(|time| humantime::parse_rfc3339(time).ok())
    }

    /// The conversation. Cut off at 256 bytes.
    pub fn partition_key(&self) -> Option<&str> {
        self.attribute("partitionkey")
    }

    /// The body, as received.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// An attribute by its name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// All attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Adds an extension attribute, or replaces one: why the event is among the dead letters, for example.
    ///
    /// Control characters become U+FFFD, as CloudEvents forbid them.
    ///
    /// # Errors
    ///
    /// If the name is not 1 to 20 lower-case letters and digits, or is `data`.
    pub fn with_attribute(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Result<Self, CloudEventError> {
        let name = name.into();
        let is_valid = (1..=20).contains(&name.len()) && is_name(&name) && name != "data";
        if !is_valid {
            return Err(CloudEventError::Invalid("name"));
        }
        self.attributes.retain(|(known, _)| *known != name);
        self.attributes.push((name, printable(&value.into()).into_owned()));
        Ok(self)
    }

    /// Structured mode: one line of JSON, with the body as `data`. A body that is not one line of JSON is `data_base64`,
    /// so that it stays as it is.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts can be written as JSON")
    }

    /// Reads what [`to_json`](CloudEvent::to_json) writes, or any other CloudEvent in structured mode.
    ///
    /// # Errors
    ///
    /// If it is not JSON, lacks an attribute that every CloudEvent has, or has more than 100.
    pub fn from_json(json: &[u8]) -> Result<Self, CloudEventError> {
        let Members(members) = serde_json::from_slice(json).map_err(CloudEventError::Json)?;
        let (mut attributes, mut data) = (Vec::with_capacity(members.len()), None);
        for (name, value) in members {
            let text = |name| serde_json::from_str::<String>(value.get()).or(Err(CloudEventError::Invalid(name)));
            let value: String = match &*name {
                "data" => {
                    data = Some(Bytes::copy_from_slice(value.get().as_bytes()));
                    continue;
                }
                "data_base64" => {
                    let bytes =
                        STANDARD.decode(text("data_base64")?).or(Err(CloudEventError::Invalid("data_base64")))?;
                    data = Some(bytes.into());
                    continue;
                }
                _ => match value.get().as_bytes().first() {
                    Some(b'n') => continue,
                    Some(b'{' | b'[') => return Err(CloudEventError::Invalid("attribute")),
                    Some(b'"') => text("attribute")?,
                    _ => value.get().to_owned(),
                },
            };
            attributes.push((name.into(), value));
        }
        Self::checked(attributes, data.unwrap_or_default())
    }

    /// Binary mode: the attributes as headers, in the form of the
    /// [HTTP binding](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md), which is
    /// also that of NATS. The body goes beside them, as it is.
    pub fn headers(&self) -> HeaderMap {
        /// What is written as `%XX`, besides all that is not ASCII.
        const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

        let value = |text: &str| {
            let encoded = utf8_percent_encode(text, ENCODED).to_string();
            HeaderValue::from_str(&encoded).expect("it is printable ASCII")
        };
        let mut headers = HeaderMap::with_capacity(self.attributes.len());
        for (name, text) in self.attributes() {
            match HeaderName::from_bytes(format!("ce-{name}").as_bytes()) {
                _ if name == "datacontenttype" => _ = headers.insert(CONTENT_TYPE, value(text)),
                Ok(name) => _ = headers.insert(name, value(text)),
                Err(_) => unreachable!("the names of attributes are checked"),
            }
        }
        headers
    }

    /// Reads what [`headers`](CloudEvent::headers) writes. Other headers are skipped.
    ///
    /// # Errors
    ///
    /// If an attribute that every CloudEvent has is missing, one is not UTF-8, or there are more than 100.
    pub fn from_headers<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        data: impl Into<Bytes>,
    ) -> Result<Self, CloudEventError> {
        let mut attributes = Vec::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            let name = match name.strip_prefix("ce-").or_else(|| name.strip_prefix("ce_")) {
                Some(name) => name.to_owned(),
                None if name == "content-type" => "datacontenttype".to_owned(),
                None => continue,
            };
            let value = percent_decode_str(value).decode_utf8().or(Err(CloudEventError::Invalid("attribute")))?;
            attributes.push((name.into(), value.into_owned()));
        }
        Self::checked(attributes, data.into())
    }

    fn checked(attributes: Vec<(Cow<'static, str>, String)>, data: Bytes) -> Result<Self, CloudEventError> {
        let event = Self { attributes, data };
        if event.attributes.len() > MAX_ATTRIBUTES {
            return Err(CloudEventError::Invalid("attribute"));
        }
        for (at, (name, _)) in event.attributes.iter().enumerate() {
            let is_twice = event.attributes[..at].iter().any(|(before, _)| before == name);
            if !is_name(name) || name.is_empty() || name.len() > MAX_NAME || is_twice {
                return Err(CloudEventError::Invalid("attribute"));
            }
        }
        for name in ["specversion", "id", "source", "type"] {
            match event.attribute(name) {
                None | Some("") => return Err(CloudEventError::Missing(name)),
                Some(version) if name == "specversion" && version != "1.0" => {
                    return Err(CloudEventError::Invalid(name));
                }
                Some(_) => {}
            }
        }
        Ok(event)
    }

    fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.attributes.push((name.into(), value.into()));
    }

    fn push_some(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }
}

/// Whether it has only what the name of an attribute may have.
fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
}

/// A text as an attribute may have it: without control characters.
fn printable(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_control) {
        true => text.replace(char::is_control, "\u{fffd}").into(),
        false => text.into(),
    }
}

/// `None` for a time after the year 9999.
fn rfc3339(millis: u64) -> Option<String> {
    const END: u64 = 253_402_300_800_000;

    let time = (millis < END).then(|| UNIX_EPOCH + Duration::from_millis(millis))?;
    Some(humantime::format_rfc3339_millis(time).to_string())
}

/// Structured mode.
impl Serialize for CloudEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.attributes.len() + 1))?;
        for (name, value) in self.attributes() {
            match (name, value) {
                ("verified", "true" | "false") => members.serialize_entry(name, &(value == "true"))?,
                _ => members.serialize_entry(name, value)?,
            }
        }
        match one_line(&self.data) {
            Some(json) => members.serialize_entry("data", json)?,
            None => members.serialize_entry("data_base64", &STANDARD.encode(&self.data))?,
        }
        members.end()
    }
}

/// A body that is one line of JSON, and nothing else.
fn one_line(body: &[u8]) -> Option<&RawValue> {
    let text = str::from_utf8(body).ok()?;
    let json: &RawValue = serde_json::from_str(text).ok()?;
    (json.get().len() == text.len() && !text.contains(['\n', '\r'])).then_some(json)
}

/// The members of a JSON object, as they came.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CloudEvent")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    // There may be both forms of data as well.
                    if members.len() == MAX_ATTRIBUTES + 2 {
                        return Err(de::Error::custom("there are too many members"));
                    }
                    if members.iter().any(|(before, _)| *before == name) {
                        return Err(de::Error::custom("a member is there twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Without the body, which is personal data.
impl fmt::Debug for CloudEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut attributes = f.debug_struct("CloudEvent");
        for (name, value) in self.attributes() {
            attributes.field(name, &value);
        }
        attributes.field("data", &format_args!("{} bytes", self.data.len())).finish()
    }
}

/// Why something is not the CloudEvent of a webhook.
///
/// Its `Display` is for logs: it has nothing of the event.
#[derive(Debug)]
#[non_exhaustive]
pub enum CloudEventError {
    /// It is not a JSON object.
    Json(serde_json::Error),
    /// An attribute is missing.
    Missing(&'static str),
    /// An attribute is not what it has to be.
    Invalid(&'static str),
    /// The body is not one of its command.
    Body(Rejection),
}

impl fmt::Display for CloudEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => {
                write!(f, "not a JSON object, at line {} column {}", error.line(), error.column())
            }
            Self::Missing(name) => write!(f, "`{name}` is missing"),
            Self::Invalid(name) => write!(f, "`{name}` is invalid"),
            Self::Body(rejection) => rejection.fmt(f),
        }
    }
}

impl Error for CloudEventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Body(rejection) => rejection.source(),
            Self::Missing(_) | Self::Invalid(_) => None,
        }
    }
}

/// Where an event happened and to whom, as far as its body says it in the vendor's usual names.
#[derive(Debug, Default, PartialEq)]
struct Place {
    /// By [`PLACES`].
    places: [Option<String>; PLACES.len()],
    /// By [`USERS`].
    users: [Option<String>; USERS.len()],
}

/// The names of what is shared by several, most significant first.
const PLACES: [&str; 7] = ["GroupId", "Official_Account", "CallId", "RoomId", "FromRoomId", "BattleId", "TaskId"];
/// The names of users, most significant first. The first two that a body has are a conversation, if the second is the
/// other side.
const USERS: [&str; 8] = [
    "From_Account",
    "Operator_Account",
    "Report_Account",
    "Requester_Account",
    "UserId",
    "Member_Account",
    "To_Account",
    "Peer_Account",
];
/// From this one of [`USERS`] on, it is the other side.
const OTHER_SIDE: usize = 6;
/// The objects of a body that have some of these.
const INSIDE: [&str; 8] =
    ["RoomInfo", "FromRoomInfo", "CallInfo", "CallRecord", "Callback", "EventInfo", "Payload", "Info"];

impl Place {
    fn of(body: &[u8]) -> Self {
        let mut place = Self::default();
        // What cannot be read any further says no more.
        _ = place.read(&mut Reader::new(&body_text(body)), 0);
        place
    }

    fn read(&mut self, reader: &mut Reader<'_>, depth: usize) -> Result<(), Fault> {
        reader.members(|name, reader| {
            let name = match name {
                // The RTC Engine's screenshots have names of their own.
                "roomID" => "RoomId",
                "userID" => "UserId",
                name => name,
            };
            let slot =
                match (PLACES.iter().position(|known| *known == name), USERS.iter().position(|known| *known == name)) {
                    (Some(at), _) => &mut self.places[at],
                    (_, Some(at)) => &mut self.users[at],
                    _ if depth < 3 && INSIDE.contains(&name) => return self.read(reader, depth + 1),
                    _ => return reader.skip(),
                };
            let value = match reader.kind()? {
                Kind::String => reader.string()?,
                Kind::Number => reader.number()?.into(),
                _ => return reader.skip(),
            };
            // An outer object says it first.
            if slot.is_none() && !value.is_empty() {
                *slot = Some(part(&value));
            }
            Ok(())
        })
    }

    fn place(&self) -> Option<&str> {
        self.places.iter().flatten().map(|place| &**place).next()
    }

    fn user(&self) -> Option<&str> {
        self.users.iter().flatten().map(|user| &**user).next()
    }

    fn subject(&self) -> Option<String> {
        self.place().or(self.user()).map(str::to_owned)
    }

    /// The conversation. That of two users is the same in both directions.
    fn key(&self) -> Option<String> {
        let (user, other) = match (self.place(), self.user()) {
            (Some(place), _) => return Some(place.to_owned()),
            (None, user) => (user?, self.users[OTHER_SIDE..].iter().flatten().next()),
        };
        Some(match other {
            Some(other) if user < &**other => format!("{user}/{other}"),
            Some(other) if user > &**other => format!("{other}/{user}"),
            _ => user.to_owned(),
        })
    }
}

/// An identifier, as an attribute may have it.
fn part(text: &str) -> String {
    let end = (0..=text.len().min(MAX_PART)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    printable(&text[..end]).into_owned()
}
