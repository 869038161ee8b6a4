//! The store.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{
    Client, FromRedisValue, IntoConnectionInfo, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use tokio::time::{Instant, sleep_until, timeout_at};
use tower_tencent_webhook::repeats::{Claim, Lease, RepeatStore};

use crate::{ConfigError, Error, ErrorKind, metrics};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(50);

/// The store of a [`RepeatsLayer`](tower_tencent_webhook::repeats::RepeatsLayer) in Redis, for several instances that
/// handle webhooks inline. Clones share one connection, which is made when it is first used, and again when it is lost.
///
/// ```
/// use tower_tencent_webhook::repeats::RepeatsLayer;
/// use tower_tencent_webhook_redis::{ConfigError, Repeats};
///
/// let store = Repeats::new("redis://:secret@127.0.0.1/0")?.prefix("chat");
/// assert!(!format!("{store:?}").contains("secret"));
/// let repeats = RepeatsLayer::new(store);
/// # let _: RepeatsLayer<Repeats> = repeats;
/// # Ok::<(), ConfigError>(())
/// ```
///
/// A key is the prefix and an event's [identity](tower_tencent_webhook::Identity), `chat:0000…`; its value is the lease's
/// token, then `done`. Each step is one script on one key, so that nothing comes in between, and keys expire by Redis's
/// own clock.
#[derive(Clone)]
pub struct Repeats {
    client: Client,
    connection: Arc<OnceLock<ConnectionManager>>,
    scripts: Arc<Scripts>,
    prefix: Arc<str>,
    keep: Duration,
    timeout: Duration,
}

struct Scripts {
    claim: Script,
    complete: Script,
    release: Script,
}

impl fmt::Debug for Repeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeats")
            .field("address", &self.client.get_connection_info().addr().to_string())
            .field("prefix", &self.prefix)
            .field("keep", &self.keep)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Repeats {
    /// A store at a URL: `redis://user:password@host:6379/database`, or `rediss://…` for TLS, with one of the TLS features
    /// of the crate `redis`.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        // The parser's own error may quote it.
        let info = url.into_connection_info().map_err(|_| ConfigError(()))?;
        let tcp = TcpSettings::default().set_nodelay(true);
        // A server that has vanished without a word is not waited for for a quarter of an hour.
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(Duration::from_secs(5));
        Ok(Self {
            client: Client::open(info.set_tcp_settings(tcp)).map_err(|_| ConfigError(()))?,
            connection: Arc::default(),
            scripts: Arc::new(Scripts {
                claim: Script::new(include_str!("claim.lua")),
                complete: Script::new(include_str!("complete.lua")),
                release: Script::new(include_str!("release.lua")),
            }),
            prefix: "tencent_webhook".into(),
            keep: DAY,
            timeout: Duration::from_secs(1),
        })
    }

    /// What the keys begin with. Default: `tencent_webhook`. Instances with another one share nothing.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long an event is remembered after it is done. Default: 24 hours. An event takes about 150 bytes of Redis's
    /// memory.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long to try, including to connect again, up to a day. Default: 1 s, since Chat waits for 2 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn connection(&self) -> Result<ConnectionManager, Error> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout))
            .set_min_delay(PAUSE)
            .set_max_delay(Duration::from_secs(1));
        let connection = ConnectionManager::new_lazy_with_config(self.client.clone(), config)?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }

    /// Runs a script on the key of an event. It may run twice, if the connection is lost before its answer has come.
    async fn run<T: FromRedisValue>(
        &self,
        name: &'static str,
        script: &Script,
        lease: &Lease,
        valid: Option<Duration>,
    ) -> Result<T, Error> {
        let start = Instant::now();
        let result = self.try_until(start + self.timeout.min(DAY), script, lease, valid).await;
        let error = result.as_ref().err().map(|error: &Error| error.kind().as_str());
        metrics::operation(name, &self.prefix, start.elapsed(), error);
        result
    }

    async fn try_until<T: FromRedisValue>(
        &self,
        deadline: Instant,
        script: &Script,
        lease: &Lease,
        valid: Option<Duration>,
    ) -> Result<T, Error> {
        let mut invocation = script.key(format!("{}:{}", self.prefix, lease.identity()));
        invocation.arg(format!("{:032x}", lease.token()));
        if let Some(valid) = valid {
            invocation.arg(milliseconds(valid));
        }
        let mut connection = self.connection()?;
        loop {
            let error = match timeout_at(deadline, invocation.invoke_async(&mut connection)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => Error::from(error),
                Err(_) => return Err(Error::TIMEOUT),
            };
            let next = Instant::now() + PAUSE;
            if error.kind() != ErrorKind::Unavailable || next >= deadline {
                return Err(error);
            }
            sleep_until(next).await;
        }
    }
}

impl RepeatStore for Repeats {
    type Error = Error;

    async fn claim(&self, lease: &Lease) -> Result<Claim, Error> {
        match self.run("claim", &self.scripts.claim, lease, Some(lease.duration())).await? {
            1 => Ok(Claim::Granted),
            3 => Ok(Claim::Done),
            _ => Ok(Claim::AtWork),
        }
    }

    async fn complete(&self, lease: &Lease) -> Result<(), Error> {
        self.run("complete", &self.scripts.complete, lease, Some(self.keep)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), Error> {
        self.run("release", &self.scripts.release, lease, None).await
    }
}

/// As Redis takes them: at least one, and no more than it can add to its clock.
fn milliseconds(duration: Duration) -> u64 {
    const CENTURY: u64 = 100 * 365 * 24 * 3600 * 1000;

    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, CENTURY)
}
