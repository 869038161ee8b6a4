//! Identities of events, to recognise repeated deliveries, and their times.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

#[cfg(feature = "rtc")]
use crate::{config::SdkAppId, rtc::Distinction};
use crate::{
    event::FromEvent,
    webhook::Webhook,
    wire::{Fault, Kind, Reader, UnixMillis, Value},
};

/// What tells an event from all others: the same for each delivery of it.
///
/// It stays the same from release to release, so it can be stored: as a number, or as text of 32 hexadecimal digits.
///
/// ```
/// use tower_tencent_webhook::Identity;
///
/// let identity = Identity::from(7);
/// assert_eq!(identity.to_string(), "00000000000000000000000000000007");
/// assert_eq!("00000000000000000000000000000007".parse(), Ok(identity));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(u128);

impl From<u128> for Identity {
    fn from(identity: u128) -> Self {
        Self(identity)
    }
}

impl From<Identity> for u128 {
    fn from(identity: Identity) -> Self {
        identity.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

/// Reads what `Display` writes.
impl FromStr for Identity {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl<E: FromEvent> Webhook<E> {
    /// The identity of the event, to recognise repeated deliveries: after a time-out Chat may send an after-event again.
    ///
    /// It is the same for each delivery of an event, whatever the order of the body's keys, its white space, and the
    /// URL's `RequestTime` and `Sign`; another event has another identity. It covers the app, the command, and
    ///
    /// * the vendor's own identity of the event, if the body has it: for a message its users and `MsgKey`, or its group,
    ///   topic and `MsgSeq`, for a moderation result its `CtxcbRequestId`;
    /// * otherwise the whole body, **if that says when the event happened**. A body without a time is the same whenever
    ///   it happens: nothing tells a user who is befriended for the second time from a repeated delivery of the first.
    ///   There is no identity then, and such an event is best handled so that doing it twice does no harm.
    ///
    /// The [docs of `event`](crate::event#what-identifies-an-event) say which commands have which. For a callback of the
    /// RTC Engine it is the identity of its `rtc::Event`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tower_tencent_webhook::{App, Receiver, Webhook};
    /// # fn hook(command: &str, body: &'static str) -> Webhook {
    /// #     let receiver = Receiver::new(App::unsigned(7));
    /// #     let url = format!("/?SdkAppid=7&CallbackCommand={command}");
    /// #     let head = http::Request::post(url).body(()).unwrap().into_parts().0;
    /// #     receiver.parse(receiver.verify(&head, SystemTime::now()).unwrap(), body.into()).unwrap()
    /// # }
    /// let full = "Group.CallbackAfterGroupFull";
    /// let first = hook(full, r#"{"GroupId":"a","EventTime":1702018343678}"#);
    /// let again = hook(full, r#"{"EventTime":1702018343678, "GroupId":"a"}"#);
    /// let later = hook(full, r#"{"GroupId":"a","EventTime":1702018343679}"#);
    /// assert_eq!(first.identity(), again.identity());
    /// assert_ne!(first.identity(), later.identity());
    ///
    /// let befriended = hook("Sns.CallbackFriendAdd", r#"{"PairList":[{"From_Account":"a","To_Account":"b"}]}"#);
    /// assert_eq!(befriended.identity(), None);
    /// ```
    pub fn identity(&self) -> Option<Identity> {
        #[cfg(feature = "rtc")]
        if self.context().command().is_rtc() {
            return self.event().rtc_distinction().and_then(|distinction| rtc(self.context().app(), distinction));
        }
        let mut hasher = Hasher::default();
        hasher.text(&self.context().app().get().to_be_bytes());
        hasher.text(self.context().command().as_str().as_bytes());
        if let Some(parts) = self.event().identity_parts() {
            hasher.tag(b'i');
            parts.iter().for_each(|part| hasher.text(part.as_bytes()));
        } else {
            let body = String::from_utf8_lossy(self.body());
            let mut reader = Reader::new(&body);
            if !says_when(&body).ok()? || reader.kind().ok()? != Kind::Object {
                return None;
            }
            hasher.object(&mut reader, 0).ok()?;
            reader.end().ok()?;
        }
        Some(hasher.finish())
    }

    /// When the event happened: its `EventTime`, or for a message without one its `MsgTime`, in milliseconds. For a
    /// callback of the RTC Engine it is the time of its `rtc::Event`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tower_tencent_webhook::{App, Receiver};
    /// # let receiver = Receiver::new(App::unsigned(7));
    /// # let head = http::Request::post("/?SdkAppid=7&CallbackCommand=Group.CallbackAfterGroupFull").body(()).unwrap().into_parts().0;
    /// # let context = receiver.verify(&head, SystemTime::now())?;
    /// let hook = receiver.parse(context, r#"{"GroupId":"a","EventTime":"1702018343678"}"#.into())?;
    /// assert_eq!(hook.event_time().unwrap(), 1702018343678);
    /// # Ok::<(), tower_tencent_webhook::Rejection>(())
    /// ```
    pub fn event_time(&self) -> Option<UnixMillis> {
        #[cfg(feature = "rtc")]
        if self.context().command().is_rtc() {
            return self.event().rtc_time();
        }
        let body = String::from_utf8_lossy(self.body());
        let seconds = |time: u64| time.checked_mul(1000);
        let time = number_at(&body, &["EventTime"])
            .or_else(|| number_at(&body, &["MsgTime"]).and_then(seconds))
            // A recording's, as the RTC Engine has it.
            .or_else(|| number_at(&body, &["EventInfo", "EventMsTs"]));
        time.map(UnixMillis)
    }
}

#[cfg(feature = "rtc")]
impl crate::rtc::Event {
    /// The identity of the event among those of an app, to recognise repeated deliveries.
    ///
    /// It is the same for each delivery of an event, whatever the order of the body's keys, its white space and the time
    /// at which it was sent; another event has another identity. It covers the app, the type, when the event happened,
    /// in milliseconds, and the fields that the [table of all types](crate::rtc#the-types-of-events) lists; for an event of an
    /// unknown type, the whole body. **If the body does not say when it happened in milliseconds, there is no identity.**
    ///
    /// ```
    /// use tower_tencent_webhook::rtc::Event;
    ///
    /// let app = 1400000000;
    /// let sent = |sent, happened| Event::parse(format!(
    ///     r#"{{"EventGroupId":1,"EventType":102,"CallbackTs":{sent},"EventInfo":{{"RoomId":7741,"EventMsTs":{happened}}}}}"#,
    /// ));
    /// let (first, again, later) = (sent(1000, 900)?, sent(2000, 900)?, sent(3000, 2900)?);
    /// assert_eq!(first.identity(app), again.identity(app));
    /// assert_ne!(first.identity(app), later.identity(app));
    /// # Ok::<(), tower_tencent_webhook::Rejection>(())
    /// ```
    pub fn identity(&self, app: impl Into<SdkAppId>) -> Option<Identity> {
        rtc(app.into(), self.distinction()?)
    }
}

/// The identity of an event of the RTC Engine.
#[cfg(feature = "rtc")]
fn rtc(app: SdkAppId, distinction: Distinction) -> Option<Identity> {
    let Distinction { group, event_type, time, parts } = distinction;
    let mut hasher = Hasher::default();
    // No webhook of Chat begins like this: there, the length of the app's ID comes first.
    hasher.tag(b'r');
    hasher.text(&app.get().to_be_bytes());
    for number in [group, event_type, time.0] {
        hasher.text(&number.to_be_bytes());
    }
    for part in parts {
        hasher.value(&mut Reader::new(&part), 0).ok()?;
    }
    Some(hasher.finish())
}

/// The last usable number under a name, and under the names of the objects around it.
fn number_at(body: &str, path: &[&str]) -> Option<u64> {
    fn find(reader: &mut Reader<'_>, path: &[&str], found: &mut Option<u64>) -> Result<(), Fault> {
        let Some((wanted, inside)) = path.split_first() else {
            *found = u64::read(reader)?.or(*found);
            return Ok(());
        };
        reader.members(|name, reader| if name == *wanted { find(reader, inside, found) } else { reader.skip() })
    }

    let mut found = None;
    find(&mut Reader::new(body), path, &mut found).ok().and(found)
}

/// Whether a body says when its event happened, as exactly as it takes to tell two events apart: in milliseconds; in
/// seconds with a message's random number; or, for a batch, each of its events.
fn says_when(body: &str) -> Result<bool, Fault> {
    let (mut exact, mut seconds, mut random) = (false, false, false);
    Reader::new(body).members(|name, reader| {
        match name {
            "EventTime" => exact |= u64::read(reader)?.is_some(),
            "MsgTime" => seconds |= u64::read(reader)?.is_some(),
            "MsgRandom" | "Random" => random |= u64::read(reader)?.is_some(),
            // The RTC Engine's events.
            "EventInfo" => reader.members(|name, reader| {
                match name {
                    "EventMsTs" => exact |= u64::read(reader)?.is_some(),
                    _ => reader.skip()?,
                }
                Ok(())
            })?,
            "Events" if reader.kind()? == Kind::Array => {
                let (mut all, mut first) = (true, true);
                reader.array()?;
                while reader.item(&mut first)? {
                    let mut timed = false;
                    reader.members(|name, reader| {
                        match name {
                            "EventTime" => timed |= u64::read(reader)?.is_some(),
                            _ => reader.skip()?,
                        }
                        Ok(())
                    })?;
                    all &= timed;
                }
                exact |= all && !first;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(exact || (seconds && random))
}

/// How deep objects are hashed with their names in order. Further inside their text counts as it came, so that neither
/// stack nor time depends on the depth.
const MAX_DEPTH: usize = 32;

/// A hash of length-prefixed texts and canonical JSON, so that no two inputs collide before hashing.
#[derive(Default)]
struct Hasher(Sha256);

impl Hasher {
    fn tag(&mut self, tag: u8) {
        self.0.update([tag]);
    }

    fn text(&mut self, text: &[u8]) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }

    fn finish(self) -> Identity {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0.finalize()[..16]);
        Identity(u128::from_be_bytes(id))
    }

    /// The next value: names in order, no white space, numbers as they came.
    fn value(&mut self, reader: &mut Reader<'_>, depth: usize) -> Result<(), Fault> {
        match reader.kind()? {
            _ if depth == MAX_DEPTH => {
                let start = reader.pos();
                reader.skip()?;
                self.tag(b'r');
                self.text(reader.since(start).as_bytes());
            }
            Kind::Null => {
                reader.literal("null")?;
                self.tag(b'n');
            }
            Kind::Bool => {
                let value = reader.bool()?;
                self.tag(if value { b't' } else { b'f' });
            }
            Kind::Number => {
                self.tag(b'd');
                self.text(reader.number()?.as_bytes());
            }
            Kind::String => {
                self.tag(b's');
                self.text(reader.string()?.as_bytes());
            }
            Kind::Array => {
                self.tag(b'[');
                reader.array()?;
                let mut first = true;
                while reader.item(&mut first)? {
                    self.value(reader, depth + 1)?;
                }
                self.tag(b']');
            }
            Kind::Object => self.object(reader, depth)?,
        }
        Ok(())
    }

    /// The next object. Repeated names keep their order. The time at which a callback was sent is left out: a repeat
    /// has another.
    fn object(&mut self, reader: &mut Reader<'_>, depth: usize) -> Result<(), Fault> {
        // Where names are, to read them again and compare them: four bytes for a member, which has five or more itself.
        let mut names = Vec::new();
        reader.object()?;
        let mut first = true;
        loop {
            let at = reader.pos();
            if reader.key(&mut first)?.is_none() {
                break;
            }
            if names.len() == names.capacity() {
                // Doubled, the old and the new list would be larger than the body.
                names.reserve_exact(names.len() / 4 + 4);
            }
            names.push(u32::try_from(at).map_err(|_| Fault::too_large(at))?);
            reader.skip()?;
        }
        let end = reader.pos();
        let name = |at: u32| Reader::new(reader.json()).key_at(at as usize).unwrap_or_default();
        names.sort_unstable_by(|a, b| name(*a).cmp(&name(*b)).then(a.cmp(b)));
        self.tag(b'{');
        for at in names {
            let name = reader.key_at(at as usize)?;
            if name != "CallbackTs" && name != "CallbackMsTs" {
                self.text(name.as_bytes());
                self.value(reader, depth + 1)?;
            }
        }
        self.tag(b'}');
        reader.seek(end);
        Ok(())
    }
}
