//! Other servers that get each webhook too, with a fresh signature.

use std::{
    collections::HashMap,
    ffi::OsString,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, error::ErrorKind, value_parser};
use http::Request;
use http_body_util::Full;
use tokio::{sync::Semaphore, time::timeout};
use tower_tencent_webhook::{App, Platform, SdkAppId, signer::Signer};

use crate::{
    apps::{Apps, ConfiguredApp},
    client::{Connection, Reception, Target},
};

/// How many connections a target may have.
const CONNECTIONS: usize = 16;

/// One `--forward`.
#[derive(Clone, Debug)]
struct Configured {
    target: Target,
    app: Option<SdkAppId>,
    token: Option<String>,
    key: Option<String>,
    unsigned: bool,
}

/// `--forward URL --forward-token T --forward URL …`: each belongs to the `--forward` before it.
#[derive(Clone, Default)]
pub(super) struct Forwards(Vec<Configured>);

/// Without the secrets.
impl std::fmt::Debug for Forwards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|one| &one.target)).finish()
    }
}

fn arguments(command: clap::Command) -> clap::Command {
    let arg = |name: &'static str, value: &'static str, help: &'static str| {
        let arg = Arg::new(name).long(name).value_name(value).action(ArgAction::Append);
        arg.help_heading("Forwarding").help(help).value_parser(value_parser!(OsString))
    };
    command
        .arg(
            arg(
                "forward",
                "URL",
                "Also sends each webhook there, signed afresh. The first one's answer is the answer; that of each other one \
                 is shown if it differs",
            )
            .value_parser(value_parser!(Target)),
        )
        .arg(
            arg("forward-app", "ID", "Another SDKAppID for the --forward before it").value_parser(value_parser!(u64)),
        )
        .arg(arg("forward-token", "T", "Another token for the --forward before it; by default the app's own").allow_hyphen_values(true))
        .arg(arg("forward-rtc-key", "K", "Another key of the RTC Engine for the --forward before it").allow_hyphen_values(true))
        .arg(
            Arg::new("forward-unsigned")
                .long("forward-unsigned")
                .action(ArgAction::Append)
                .num_args(0)
                .default_missing_value("true")
                .value_parser(value_parser!(bool))
                .help_heading("Forwarding")
                .help("Sends unsigned webhooks to the --forward before it"),
        )
}

impl Args for Forwards {
    fn augment_args(command: clap::Command) -> clap::Command {
        arguments(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        arguments(command)
    }
}

impl FromArgMatches for Forwards {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let error = |text: String| clap::Error::raw(ErrorKind::ValueValidation, format!("{text}\n"));
        let targets = matches.get_many::<Target>("forward").into_iter().flatten().cloned();
        let mut all: Vec<_> =
            targets.map(|target| Configured { target, app: None, token: None, key: None, unsigned: false }).collect();
        let places: Vec<usize> = matches.indices_of("forward").into_iter().flatten().collect();
        let indices = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<_>>();
        let owner = |name: &str, place: usize| {
            let owner = places.iter().rposition(|target| *target < place);
            owner.ok_or_else(|| error(format!("--{name} belongs to a --forward, which must come before it")))
        };
        let twice = |name: &str| error(format!("there are two --{name} for one --forward: a webhook has one"));
        let ids = matches.get_many::<u64>("forward-app").into_iter().flatten();
        for (id, place) in ids.zip(indices("forward-app")) {
            if all[owner("forward-app", place)?].app.replace(SdkAppId::new(*id)).is_some() {
                return Err(twice("forward-app"));
            }
        }
        for name in ["forward-token", "forward-rtc-key"] {
            let values = matches.get_many::<OsString>(name).into_iter().flatten();
            for (value, place) in values.zip(indices(name)) {
                let value = value.to_str().ok_or_else(|| error(format!("--{name} is not UTF-8")))?;
                let one = &mut all[owner(name, place)?];
                let slot = if name == "forward-token" { &mut one.token } else { &mut one.key };
                if slot.replace(value.to_owned()).is_some() {
                    return Err(twice(name));
                }
            }
        }
        for place in indices("forward-unsigned") {
            all[owner("forward-unsigned", place)?].unsigned = true;
        }
        for one in &all {
            if one.unsigned && (one.token.is_some() || one.key.is_some()) {
                return Err(error(format!(
                    "{} has a secret and --forward-unsigned: leave one of them out",
                    one.target
                )));
            }
            // Which is wrong is known now, not when the first webhook comes.
            one.app(SdkAppId::new(1), None, None)
                .map_err(|reason| error(format!("--forward {}: {reason}", one.target)))?;
        }
        Ok(Self(all))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Configured {
    /// The app that the target takes the webhooks of another for, whose own secrets these are.
    fn app(&self, own: SdkAppId, token: Option<&str>, key: Option<&str>) -> Result<App, String> {
        let id = self.app.unwrap_or(own);
        let (token, key) = match self.unsigned {
            true => (None, None),
            false => (self.token.as_deref().or(token), self.key.as_deref().or(key)),
        };
        let app = match token {
            Some(token) => App::signed(id, token).map_err(|error| error.to_string())?,
            None => App::unsigned(id),
        };
        match key {
            Some(key) => app.rtc_key(key).map_err(|error| error.to_string()),
            None => Ok(app.rtc_unsigned()),
        }
    }
}

impl Forwards {
    pub(super) fn build(&self, apps: &Apps) -> Result<Vec<Arc<Forward>>, String> {
        self.0.iter().map(|configured| Forward::new(configured, apps).map(Arc::new)).collect()
    }
}

/// A server that gets the webhooks too.
#[derive(Debug)]
pub(super) struct Forward {
    name: String,
    signers: HashMap<SdkAppId, Signer>,
    pool: Pool,
}

impl Forward {
    fn new(configured: &Configured, apps: &Apps) -> Result<Self, String> {
        let signer = |own: &ConfiguredApp| {
            let token = own.tokens.first().map(|token| token.expose());
            let key = own.keys.first().map(|key| key.expose());
            let app = configured.app(own.id, token, key)?;
            Ok::<_, String>((own.id, Signer::new(&app).url(configured.target.path())))
        };
        Ok(Self {
            name: configured.target.to_string(),
            signers: apps.0.iter().map(signer).collect::<Result<_, _>>()?,
            pool: Pool::new(configured.target.clone()),
        })
    }

    /// Its URL, without the query.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A request that this server takes for genuine.
    pub(super) fn request(&self, webhook: &Outgoing) -> Option<Request<Full<Bytes>>> {
        Some(webhook.request(self.signers.get(&webhook.app)?))
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>, patience: Duration) -> (Reception, Duration) {
        self.pool.send(request, patience).await
    }
}

/// What is sent of a webhook.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) app: SdkAppId,
    /// As the URL has it.
    pub(super) word: String,
    pub(super) is_rtc: bool,
    pub(super) client_ip: Option<IpAddr>,
    pub(super) platform: Option<Platform>,
    pub(super) body: Bytes,
}

impl Outgoing {
    /// With a fresh signature and the body as it is.
    pub(super) fn request(&self, signer: &Signer) -> Request<Full<Bytes>> {
        if self.is_rtc {
            return signer.rtc_request(self.body.clone());
        }
        let signer = signer.clone().client_ip(self.client_ip).platform(self.platform.clone());
        signer.request(&self.word, self.body.clone(), SystemTime::now())
    }
}

/// A few connections to one server.
#[derive(Debug)]
struct Pool {
    target: Arc<Target>,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Pool {
    fn new(target: Target) -> Self {
        Self { target: Arc::new(target), idle: Mutex::default(), places: Semaphore::new(CONNECTIONS) }
    }

    async fn send(&self, request: Request<Full<Bytes>>, patience: Duration) -> (Reception, Duration) {
        let begin = Instant::now();
        let Ok(Ok(_place)) = timeout(patience, self.places.acquire()).await else {
            return (Reception::Late { after: patience }, begin.elapsed());
        };
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = idle().pop();
        let mut connection = connection.unwrap_or_else(|| Connection::new(self.target.clone()));
        let (reception, _) = connection.send(request, patience.saturating_sub(begin.elapsed())).await;
        idle().push(connection);
        match reception {
            Reception::Late { .. } => (Reception::Late { after: patience }, begin.elapsed()),
            other => (other, begin.elapsed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        apps: Apps,
        #[command(flatten)]
        forwards: Forwards,
    }

    fn parsed(line: &str) -> Result<Line, String> {
        Line::try_parse_from(format!("tool --app 1 --token own {line}").split(' ')).map_err(|error| error.to_string())
    }

    fn uri(forward: &Forward) -> String {
        let webhook = Outgoing {
            app: SdkAppId::new(1),
            word: "State.StateChange".to_owned(),
            is_rtc: false,
            client_ip: "203.0.113.9".parse().ok(),
            platform: None,
            body: Bytes::new(),
        };
        forward.request(&webhook).unwrap().uri().to_string()
    }

    #[test]
    fn each_secret_belongs_to_the_target_before_it() {
        let line = parsed(
            "--forward http://a/im --forward b:1 --forward-token other --forward-app 9 --forward c --forward-unsigned",
        )
        .unwrap();
        let all = line.forwards.build(&line.apps).unwrap();
        let names: Vec<_> = all.iter().map(|forward| forward.name().to_owned()).collect();
        assert_eq!(names, ["http://a/im", "http://b:1/", "http://c/"]);
        assert!(uri(&all[0]).starts_with("/im?SdkAppid=1&") && uri(&all[0]).contains("Sign="));
        assert!(uri(&all[0]).contains("ClientIP=203.0.113.9") && !uri(&all[0]).contains("OptPlatform"));
        assert!(uri(&all[1]).starts_with("/?SdkAppid=9&") && uri(&all[1]).contains("Sign="));
        assert!(!uri(&all[2]).contains("Sign="));
        assert!(parsed("--forward a --forward-token -abc --forward-rtc-key --k").is_ok());
        assert!(!format!("{line:?}").contains("other"));
    }

    #[test]
    fn a_mistake_is_an_error_without_the_secret() {
        let long = "s".repeat(200);
        for (line, reason) in [
            ("--forward-token hush --forward a", "must come before it"),
            ("--forward a --forward-token hush --forward-token hush", "there are two"),
            ("--forward a --forward-token hush --forward-unsigned", "leave one of them out"),
            ("--forward ftp://a", "neither http nor https"),
            (&format!("--forward a --forward-token {long}"), "128"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(reason) && !error.contains("hush") && !error.contains(&long), "{line}: {error}");
        }
    }
}
