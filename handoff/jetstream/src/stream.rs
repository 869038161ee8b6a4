//! The stream that keeps the events.

use std::{error::Error, fmt, time::Duration};

use async_nats::jetstream::{
    self, ErrorCode,
    context::{CreateStreamErrorKind, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream},
};

use crate::{BoxError, subject};

/// What a stream must be like, for [`ensure_stream`].
///
/// By default it keeps the events of all apps, `tencent.>`, for a week on one server's disk, and tells repeats for ten
/// minutes.
///
/// ```
/// use std::time::Duration;
/// use tower_tencent_webhook_jetstream::StreamConfig;
///
/// let events = StreamConfig::new("TENCENT").replicas(3).duplicate_window(Duration::from_secs(3600));
/// let dead_letters = StreamConfig::new("TENCENT-DEAD").prefix("dead.tencent").max_age(Duration::ZERO);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StreamConfig {
    name: String,
    prefix: String,
    replicas: usize,
    duplicate_window: Duration,
    max_age: Duration,
    max_bytes: Option<u64>,
}

impl StreamConfig {
    /// A stream of this name, which has no spaces and no dots.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            prefix: subject::PREFIX.to_owned(),
            replicas: 1,
            duplicate_window: Duration::from_secs(600),
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_bytes: None,
        }
    }

    /// The first tokens of its subjects, as in [`JetStream::prefix`](crate::JetStream::prefix). Default: `tencent`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = subject::tokens(prefix);
        self
    }

    /// On how many servers of a cluster it is kept: 1, 3 or 5. Default: 1.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// How long it tells repeats. Default: 10 minutes.
    ///
    /// It must be longer than the time in which the vendor repeats an event: seconds for Chat, a minute for the RTC
    /// Engine. Longer than the longest outage to be survived is better, see
    /// [`JetStream`](crate::JetStream#while-there-is-no-connection). The server keeps the IDs of that time in memory.
    pub fn duplicate_window(mut self, window: Duration) -> Self {
        self.duplicate_window = window;
        self
    }

    /// How long events are kept, **handled or not**; zero: forever. Default: 7 days.
    ///
    /// It must not be shorter than the [duplicate window](Self::duplicate_window).
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How many bytes it may have. A full stream refuses new events, and keeps the old ones. By default there is no limit.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    fn subject(&self) -> String {
        format!("{}.>", self.prefix)
    }

    fn config(&self) -> Config {
        Config {
            name: self.name.clone(),
            subjects: vec![self.subject()],
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            // What was acknowledged must not make room for what comes.
            discard: DiscardPolicy::New,
            max_bytes: self.max_bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or(-1),
            max_messages: -1,
            max_messages_per_subject: -1,
            max_age: self.max_age,
            num_replicas: self.replicas,
            duplicate_window: self.duplicate_window,
            ..Config::default()
        }
    }

    /// The first setting by which an existing stream would lose events, or store them twice.
    fn check(&self, found: &Config) -> Result<(), StreamError> {
        let differs = |setting, found: String, wanted: String| {
            Err(StreamError::Incompatible { stream: self.name.clone(), setting, found, wanted })
        };
        let subject = self.subject();
        if !found.subjects.iter().any(|pattern| subject::covers(pattern, &subject)) {
            return differs(Setting::Subjects, found.subjects.join(", "), subject);
        }
        if found.duplicate_window < self.duplicate_window {
            let (found, wanted) = (found.duplicate_window, self.duplicate_window);
            return differs(Setting::DuplicateWindow, format!("{found:?}"), format!("at least {wanted:?}"));
        }
        if found.storage != StorageType::File {
            return differs(Setting::Storage, "memory".to_owned(), "file".to_owned());
        }
        if found.num_replicas < self.replicas {
            let (found, wanted) = (found.num_replicas, self.replicas);
            return differs(Setting::Replicas, found.to_string(), format!("at least {wanted}"));
        }
        if found.no_ack {
            return differs(Setting::NoAck, "true".to_owned(), "false".to_owned());
        }
        if found.sealed {
            return differs(Setting::Sealed, "true".to_owned(), "false".to_owned());
        }
        // It keeps only what somebody waits for already.
        if found.retention == RetentionPolicy::Interest {
            return differs(Setting::Retention, "interest".to_owned(), "limits or workqueue".to_owned());
        }
        if found.max_age > Duration::ZERO && (self.max_age.is_zero() || found.max_age < self.max_age) {
            let wanted = if self.max_age.is_zero() { "0".to_owned() } else { format!("at least {:?}", self.max_age) };
            return differs(Setting::MaxAge, format!("{:?}", found.max_age), wanted);
        }
        let is_limited = found.max_bytes > 0 || found.max_messages > 0 || found.max_messages_per_subject > 0;
        if is_limited && found.discard == DiscardPolicy::Old {
            return differs(Setting::Discard, "old".to_owned(), "new, as it is limited".to_owned());
        }
        // Per subject, the oldest message makes room all the same, unless this too is set.
        if found.max_messages_per_subject > 0 && !found.discard_new_per_subject {
            let found = found.max_messages_per_subject.to_string();
            return differs(Setting::MaxMessagesPerSubject, found, "no limit".to_owned());
        }
        Ok(())
    }
}

/// Creates a stream, or checks the one that exists, which is left as it is: the stream.
///
/// An existing stream may have more than is asked for: other subjects, a longer duplicate window, more replicas.
///
/// # Errors
///
/// [`StreamError::Incompatible`] names the setting by which an existing stream would lose events, or store them twice.
pub async fn ensure_stream(context: &jetstream::Context, config: &StreamConfig) -> Result<Stream, StreamError> {
    let get = async || context.get_stream(&config.name).await;
    let stream = match get().await {
        Ok(stream) => stream,
        Err(error) if is_missing(&error.kind()) => match context.create_stream(config.config()).await {
            Ok(stream) => stream,
            // Another instance was faster, or has another configuration.
            Err(error) if exists(&error.kind()) => get().await.map_err(|error| config.unavailable(error))?,
            Err(error) => {
                return Err(match error.kind() {
                    CreateStreamErrorKind::JetStream(_)
                    | CreateStreamErrorKind::EmptyStreamName
                    | CreateStreamErrorKind::InvalidStreamName => config.refused(error),
                    _ => config.unavailable(error),
                });
            }
        },
        Err(error) => {
            return Err(match error.kind() {
                GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => config.refused(error),
                _ => config.unavailable(error),
            });
        }
    };
    config.check(&stream.cached_info().config)?;
    Ok(stream)
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn exists(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

impl StreamConfig {
    fn unavailable(&self, error: impl Into<BoxError>) -> StreamError {
        StreamError::Unavailable { stream: self.name.clone(), source: error.into() }
    }

    fn refused(&self, error: impl Into<BoxError>) -> StreamError {
        StreamError::Refused { stream: self.name.clone(), source: error.into() }
    }
}

/// Why there is no stream that can be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamError {
    /// It exists, and would lose events or store them twice.
    Incompatible {
        /// The stream's name.
        stream: String,
        /// The setting that differs.
        setting: Setting,
        /// What it is.
        found: String,
        /// What it would have to be.
        wanted: String,
    },
    /// The server does not create it: the name is invalid, the subjects are another stream's, there are fewer servers than
    /// replicas, or the account has no more room.
    Refused {
        /// The stream's name.
        stream: String,
        /// The server's words.
        source: BoxError,
    },
    /// JetStream cannot be asked: there is no connection, it is not enabled, or it did not answer in time. It may be
    /// later.
    Unavailable {
        /// The stream's name.
        stream: String,
        /// The client's error.
        source: BoxError,
    },
}

/// A setting of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// `subjects`: they do not cover those of the events.
    Subjects,
    /// `duplicate_window`: too short.
    DuplicateWindow,
    /// `storage`: memory, which a restart empties.
    Storage,
    /// `num_replicas`: too few.
    Replicas,
    /// `no_ack`: nothing is ever acknowledged.
    NoAck,
    /// `sealed`: nothing is ever stored.
    Sealed,
    /// `retention`: what nobody waits for yet is acknowledged, and dropped.
    Retention,
    /// `max_age`: too short.
    MaxAge,
    /// `discard`: when it is full, new events push out old ones, handled or not.
    Discard,
    /// `max_msgs_per_subject`: new events push out old ones of the same command.
    MaxMessagesPerSubject,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subjects => "subjects",
            Self::DuplicateWindow => "duplicate_window",
            Self::Storage => "storage",
            Self::Replicas => "num_replicas",
            Self::NoAck => "no_ack",
            Self::Sealed => "sealed",
            Self::Retention => "retention",
            Self::MaxAge => "max_age",
            Self::Discard => "discard",
            Self::MaxMessagesPerSubject => "max_msgs_per_subject",
        })
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incompatible { stream, setting, found, wanted } => {
                write!(f, "stream {stream}: `{setting}` is {found}, and must be {wanted}")
            }
            Self::Refused { stream, .. } => write!(f, "stream {stream} cannot be created"),
            Self::Unavailable { stream, .. } => write!(f, "JetStream cannot be asked for stream {stream}"),
        }
    }
}

impl Error for StreamError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Incompatible { .. } => None,
            Self::Refused { source, .. } | Self::Unavailable { source, .. } => Some(source.as_ref()),
        }
    }
}
