//! How to reach PostgreSQL: a pool of connections for statements, and connections of their own for notifications.

use std::{fmt, future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use deadpool_postgres::{Connect, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};
use tokio_postgres::{
    AsyncMessage, Client, Config, NoTls, Row, Socket,
    tls::{MakeTlsConnect, TlsConnect},
    types::ToSql,
};

use crate::error::{ConfigError, Error, ErrorKind};

pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A PostgreSQL database, and the schema in it that has the tables.
///
/// It connects when it is used for the first time, and again when a connection has been lost. Clones share one pool of
/// connections.
///
/// ```
/// use tower_tencent_webhook_postgres::{ConfigError, Database};
///
/// let database = Database::new("postgres://chat:secret@127.0.0.1/chat")?.schema("webhooks")?.connections(8);
/// assert!(!format!("{database:?}").contains("secret"));
///
/// let mistake = Database::new("postgres://chat:secret@127.0.0.1:port/chat").unwrap_err();
/// assert_eq!(mistake, ConfigError::Url);
/// # Ok::<(), ConfigError>(())
/// ```
///
/// Each connection sets `synchronous_commit` to `on` if the server has it `off`: what is stored is on the disk.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    config: Config,
    connector: Arc<dyn Connector>,
    schema: Arc<str>,
    timeout: Duration,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("hosts", &self.config.get_hosts())
            .field("database", &self.config.get_dbname())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// A database by its URL, or by a string of keys and values, as libpq knows them. Connections are not encrypted.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        Self::with_tls(url, NoTls)
    }

    /// The same with encrypted connections: `tls` is of `tokio-postgres-rustls`, `postgres-native-tls`, or the like. Write
    /// `sslmode=require` into the URL, unless it may do without.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read.
    pub fn with_tls<T>(url: &str, tls: T) -> Result<Self, ConfigError>
    where
        T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        // The parser's own error may quote a part of the password.
        let mut config: Config = url.parse().map_err(|_| ConfigError::Url)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(2));
        }
        if config.get_application_name().is_none() {
            config.application_name("tower-tencent-webhook");
        }
        // A server that has vanished without a word is noticed within a minute, instead of two hours.
        config
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
        let connector: Arc<dyn Connector> = Arc::new(Tls(tls));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(config.clone(), Pooled(connector.clone()), recycling);
        let pool =
            Pool::builder(manager).max_size(16).build().expect("it has no time limits, which would want a runtime");
        Ok(Self { pool, config, connector, schema: "tencent_webhook".into(), timeout: Duration::from_secs(5) })
    }

    /// The schema that has the tables. Default: `tencent_webhook`.
    ///
    /// # Errors
    ///
    /// If it is not 1 to 40 lower-case letters, digits and underscores, the first of them no digit.
    pub fn schema(mut self, name: &str) -> Result<Self, ConfigError> {
        let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let rest = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !first || !rest || name.len() > 40 {
            return Err(ConfigError::Schema);
        }
        self.schema = name.into();
        Ok(self)
    }

    /// How many connections the pool has at most. Default: 16. An [`Outbox`](crate::Outbox) uses two of them, a
    /// [`Worker`](crate::Worker) up to two more than it has handlers at work, and one outside of the pool.
    pub fn connections(self, connections: usize) -> Self {
        self.pool.resize(connections.max(1));
        self
    }

    /// How long a statement of a worker, or of [`Repeats`](crate::Repeats), may take, with the wait for a connection.
    /// Default: 5 s. What an [`Outbox`](crate::Outbox) stores has a [deadline](crate::Outbox::deadline) of its own.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The pool, for statements of your own.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What the metrics call the destination.
    pub(crate) fn destination(&self, table: &str) -> Arc<str> {
        format!("{}.{table}", self.schema).into()
    }

    /// The channel of notifications.
    pub(crate) fn channel(&self) -> String {
        format!("{}_outbox", self.schema)
    }

    /// A statement for this schema.
    pub(crate) fn sql(&self, text: &str) -> Arc<str> {
        // Quoted, as a name may be a key word.
        text.trim_end().replace("{schema}", &format!("\"{}\"", self.schema)).into()
    }

    pub(crate) async fn query(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Error> {
        self.query_until(after(self.timeout), sql, parameters).await
    }

    pub(crate) async fn execute(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, Error> {
        let statement = async |client: &mut Object| {
            let statement = client.prepare_cached(sql).await?;
            client.execute(&statement, parameters).await
        };
        let mut client = self.client(after(self.timeout)).await?;
        match timeout(self.timeout, statement(&mut client)).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(discard(client)),
        }
    }

    /// One statement is one transaction. It is committed when this returns: the client waits until the server is ready for
    /// the next one, which it is not before.
    pub(crate) async fn query_until(
        &self,
        deadline: Instant,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Error> {
        let statement = async |client: &mut Object| {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, parameters).await
        };
        let mut client = self.client(deadline).await?;
        match timeout_at(deadline, statement(&mut client)).await {
            Ok(rows) => Ok(rows?),
            Err(_) => Err(discard(client)),
        }
    }

    /// Several statements as one transaction.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), Error> {
        let limit = self.timeout.max(Duration::from_secs(60));
        let client = self.client(after(limit)).await?;
        match timeout(limit, client.batch_execute(sql)).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(discard(client)),
        }
    }

    async fn client(&self, deadline: Instant) -> Result<Object, Error> {
        Ok(timeout_at(deadline, self.pool.get()).await.map_err(|_| Error::new(ErrorKind::Timeout))??)
    }

    /// A connection that listens to the channel. `wake` is notified of each notification, and when the task ends the
    /// connection has been lost.
    pub(crate) async fn listen(&self, wake: &Arc<Notify>) -> Result<(Client, JoinHandle<()>), Error> {
        let listening = async {
            let (client, connection) = self.connector.connect(&self.config, Some(wake.clone())).await?;
            client.batch_execute(&format!("LISTEN \"{}\"", self.channel())).await?;
            Ok((client, connection))
        };
        timeout(self.timeout, listening).await.map_err(|_| Error::new(ErrorKind::Timeout))?
    }
}

/// Deletes a few rows at a time, so that nobody waits for long: how many there were.
pub(crate) async fn in_steps(database: &Database, sql: &str, older_than: Option<Duration>) -> Result<u64, Error> {
    const STEP: i64 = 1000;
    let mut pruned = 0;
    loop {
        let rows = match older_than {
            Some(age) => database.execute(sql, &[&STEP, &span(age)]).await?,
            None => database.execute(sql, &[&STEP]).await?,
        };
        pruned += rows;
        if rows < STEP as u64 {
            return Ok(pruned);
        }
    }
}

/// A time from now, or one that nobody will see.
pub(crate) fn after(duration: Duration) -> Instant {
    Instant::now() + duration.min(AGES)
}

/// In seconds, as the server can add it to its clock.
pub(crate) fn span(duration: Duration) -> f64 {
    duration.min(AGES).as_secs_f64()
}

const AGES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What the server says of a time span. Never negative.
pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// A connection with an answer still to come is not for the next one: the server may never give it.
fn discard(client: Object) -> Error {
    drop(Object::take(client));
    Error::new(ErrorKind::Timeout)
}

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + 'a>>;

/// Connects with any kind of TLS.
trait Connector: Send + Sync {
    fn connect(&self, config: &Config, wake: Option<Arc<Notify>>) -> Connecting<'_>;
}

struct Tls<T>(T);

impl<T> Connector for Tls<T>
where
    T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn connect(&self, config: &Config, wake: Option<Arc<Notify>>) -> Connecting<'_> {
        let (config, tls) = (config.clone(), self.0.clone());
        Box::pin(async move {
            let (client, mut connection) = config.connect(tls).await?;
            let task = tokio::spawn(async move {
                loop {
                    match poll_fn(|cx| connection.poll_message(cx)).await {
                        Some(Ok(AsyncMessage::Notification(_))) => wake.iter().for_each(|wake| wake.notify_one()),
                        Some(Ok(_)) => {}
                        Some(Err(error)) => {
                            tracing::debug!(error = %Error::from(error), "a connection to the database is lost");
                            break;
                        }
                        None => break,
                    }
                }
            });
            client
                .batch_execute(
                    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                )
                .await?;
            Ok((client, task))
        })
    }
}

struct Pooled(Arc<dyn Connector>);

impl Connect for Pooled {
    fn connect(&self, config: &Config) -> Connecting<'_> {
        self.0.connect(config, None)
    }
}
