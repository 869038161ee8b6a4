//! What the environment and the command line say.

use std::{env, fmt, net::SocketAddr, str::FromStr, time::Duration};

use tower_tencent_webhook::App;

use crate::BoxError;

/// The settings of a receiver.
///
/// | variable | default | |
/// |---|---|---|
/// | `SDKAPPID` | | the app |
/// | `TOKEN` | | the token that the console has |
/// | `OTHER_TOKEN` | none | accepted as well, while one is replaced by the other |
/// | `RTC_KEY` | none | the RTC Engine's key, if its callbacks come here too |
/// | `WEBHOOK_PATH` | `/im` | the path of the URL in the console |
/// | `METRICS_ADDRESS` | `127.0.0.1:9464` | where Prometheus scrapes `/metrics` |
/// | `LINGER` | `5` | for how many seconds after SIGTERM it still accepts what comes |
/// | `NATS_URL` | none | after-events are handed off to JetStream there, and acknowledged once it has them |
/// | `BANNED` | none | words, separated by commas: a message with one of them is refused |
///
/// The first argument of the command line is the address to listen on, by default `127.0.0.1:3000`.
#[allow(missing_docs, reason = "the table has them")]
pub struct Settings {
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    pub app: App,
    pub path: String,
    pub linger: Duration,
    pub nats: Option<String>,
    pub banned: Vec<String>,
}

/// Without what is secret: a URL of NATS can have a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, metrics, app: _, path: _, linger, nats: _, banned: _ } = self;
        let mut debug = f.debug_struct("Settings");
        debug.field("address", address).field("metrics", metrics).field("linger", linger).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// If one is missing, or is not what it should be. The error names the variable, and never has its value.
    pub fn from_env() -> Result<Self, BoxError> {
        let mut app = App::signed(required("SDKAPPID")?, required("TOKEN")?)?;
        if let Some(token) = optional("OTHER_TOKEN")? {
            app = app.or_token(token)?;
        }
        if let Some(key) = optional("RTC_KEY")? {
            app = app.rtc_key(key)?;
        }
        let address = match env::args().nth(1) {
            Some(address) => address.parse().map_err(|_| format!("{address} is no address, such as 0.0.0.0:3000"))?,
            None => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        let linger = parsed("LINGER")?.unwrap_or(5.0);
        let banned = optional("BANNED")?.unwrap_or_default();
        Ok(Self {
            address,
            metrics: parsed("METRICS_ADDRESS")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9464))),
            app,
            path: optional("WEBHOOK_PATH")?.unwrap_or_else(|| "/im".to_owned()),
            linger: Duration::try_from_secs_f64(linger).map_err(|error| format!("LINGER: {error}"))?,
            nats: optional("NATS_URL")?,
            banned: banned.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        })
    }
}

/// An empty variable is as good as none: this is how Compose and Kubernetes leave one out.
fn optional(name: &str) -> Result<Option<String>, BoxError> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8").into()),
    }
}

fn required(name: &str) -> Result<String, BoxError> {
    optional(name)?.ok_or_else(|| format!("{name} is not set").into())
}

fn parsed<T: FromStr<Err: fmt::Display>>(name: &str) -> Result<Option<T>, BoxError> {
    let parse = |value: String| value.parse().map_err(|error| format!("{name}: {error}").into());
    optional(name)?.map(parse).transpose()
}
