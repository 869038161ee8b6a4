//! The apps of the command line, and their secrets.

use std::{env, ffi::OsString, fmt};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, value_parser};
use tower_tencent_webhook::{App, SdkAppId};

/// The token, if the command line has none.
pub(crate) const TOKEN: &str = "TENCENT_WEBHOOK_TOKEN";
/// The RTC Engine's key, if the command line has none.
pub(crate) const KEY: &str = "TENCENT_RTC_KEY";

/// A token or a key. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// One app, as the command line has it.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredApp {
    pub(crate) id: SdkAppId,
    pub(crate) tokens: Vec<Secret>,
    pub(crate) keys: Vec<Secret>,
    pub(crate) unsigned: bool,
    pub(crate) app: App,
}

impl ConfiguredApp {
    /// Whether it has webhooks of Chat.
    pub(crate) fn has_chat(&self) -> bool {
        !self.tokens.is_empty() || self.unsigned
    }

    /// Whether it has callbacks of the RTC Engine.
    pub(crate) fn has_rtc(&self) -> bool {
        !self.keys.is_empty() || self.unsigned
    }

    /// Whether a webhook of this command can be made.
    pub(crate) fn check(&self, command: &tower_tencent_webhook::Command) -> Result<(), String> {
        match command.is_rtc() {
            true if !self.has_rtc() => {
                Err(format!("{command} is the RTC Engine's: give its key with --rtc-key or {KEY}, or say --unsigned"))
            }
            false if !self.has_chat() => {
                Err(format!("{command} is Chat's: give its token with --token or {TOKEN}, or say --unsigned"))
            }
            _ => Ok(()),
        }
    }

    fn new(id: u64, tokens: Vec<Secret>, keys: Vec<Secret>, unsigned: bool) -> Result<Self, String> {
        if unsigned && !tokens.is_empty() {
            return Err(format!("app {id} has a token and --unsigned: leave one of them out"));
        }
        if tokens.is_empty() && keys.is_empty() && !unsigned {
            return Err(format!(
                "app {id} has no token: give --token or set {TOKEN}, for callbacks of the RTC Engine --rtc-key or {KEY}, or \
                 say --unsigned"
            ));
        }
        let with = |error| format!("app {id}: {error}");
        let mut app = match tokens.split_first() {
            Some((first, _)) => App::signed(id, first.expose()).map_err(with)?,
            None if unsigned => App::unsigned(id),
            None => App::rtc_only(id),
        };
        for token in tokens.iter().skip(1) {
            app = app.or_token(token.expose()).map_err(with)?;
        }
        match keys.split_first() {
            Some((first, others)) => {
                app = app.rtc_key(first.expose()).map_err(with)?;
                for key in others {
                    app = app.or_rtc_key(key.expose()).map_err(with)?;
                }
            }
            None if unsigned => app = app.rtc_unsigned(),
            None => {}
        }
        Ok(Self { id: app.id(), tokens, keys, unsigned, app })
    }
}

/// `--app ID --token T … --app ID …`: each secret belongs to the app before it.
#[derive(Clone, Debug)]
pub(crate) struct Apps(pub(crate) Vec<ConfiguredApp>);

impl Apps {
    /// The first app: the only one, for most commands.
    pub(crate) fn first(&self) -> &ConfiguredApp {
        &self.0[0]
    }

    /// The app with this id, or the only one.
    pub(crate) fn of(&self, id: SdkAppId) -> Option<&ConfiguredApp> {
        self.0.iter().find(|app| app.id == id).or(match &self.0[..] {
            [only] => Some(only),
            _ => None,
        })
    }

    /// All secrets, so that they can be searched for.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|app| app.tokens.iter().chain(&app.keys)).map(Secret::expose)
    }
}

fn arguments(command: Command) -> Command {
    let heading = "App";
    let secret = |name: &'static str| {
        // It may begin with a hyphen, as any other letter.
        let arg = Arg::new(name).long(name).allow_hyphen_values(true).action(ArgAction::Append);
        arg.help_heading(heading).value_parser(value_parser!(OsString))
    };
    command
        .arg(
            Arg::new("app")
                .long("app")
                .value_name("ID")
                .required(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(u64))
                .help_heading(heading)
                .help("SDKAppID. If there are several, the options below belong to the --app before them"),
        )
        .arg(
            secret("token")
                .value_name("T")
                .help(format!("Token of the webhooks of Chat; several during a rotation [env: {TOKEN}]")),
        )
        .arg(
            secret("rtc-key")
                .value_name("K")
                .help(format!("Key of the callbacks of the RTC Engine; several during a rotation [env: {KEY}]")),
        )
        .arg(
            Arg::new("unsigned")
                .long("unsigned")
                .action(ArgAction::Append)
                .num_args(0)
                .default_missing_value("true")
                .value_parser(value_parser!(bool))
                .help_heading(heading)
                .help("The app has no token and no key: nothing is signed"),
        )
}

impl Args for Apps {
    fn augment_args(command: Command) -> Command {
        arguments(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        arguments(command)
    }
}

impl FromArgMatches for Apps {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let error = |text: String| clap::Error::raw(ErrorKind::ValueValidation, format!("{text}\n"));
        let ids: Vec<u64> = matches.get_many("app").into_iter().flatten().copied().collect();
        let places: Vec<usize> = matches.indices_of("app").into_iter().flatten().collect();
        // The app before this place of the command line. What stands before all belongs to the first, so that the order
        // matters only if there are several.
        let owner = |place: usize| places.iter().rposition(|app| *app < place).unwrap_or(0);
        let mut own: Vec<(Vec<Secret>, Vec<Secret>, bool)> = vec![Default::default(); ids.len()];
        for (name, is_token) in [("token", true), ("rtc-key", false)] {
            let values = matches.get_many::<OsString>(name).into_iter().flatten();
            for (value, place) in values.zip(matches.indices_of(name).into_iter().flatten()) {
                let value = value.to_str().ok_or_else(|| error(format!("--{name} is not UTF-8")))?;
                let app = &mut own[owner(place)];
                if is_token { &mut app.0 } else { &mut app.1 }.push(Secret(value.to_owned()));
            }
        }
        for place in matches.indices_of("unsigned").into_iter().flatten() {
            own[owner(place)].2 = true;
        }
        let from_env = |name| env::var(name).ok().filter(|value| !value.is_empty()).map(Secret);
        let mut apps: Vec<ConfiguredApp> = Vec::with_capacity(ids.len());
        for (id, (mut tokens, mut keys, unsigned)) in ids.into_iter().zip(own) {
            if apps.iter().any(|app| app.id.get() == id) {
                return Err(error(format!("app {id} is there twice")));
            }
            if tokens.is_empty() && !unsigned {
                tokens.extend(from_env(TOKEN));
            }
            if keys.is_empty() && !unsigned {
                keys.extend(from_env(KEY));
            }
            apps.push(ConfiguredApp::new(id, tokens, keys, unsigned).map_err(error)?);
        }
        Ok(Self(apps))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
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
    }

    fn parsed(line: &str) -> Result<Apps, String> {
        let line = Line::try_parse_from(format!("tool {line}").split(' ')).map_err(|error| error.to_string())?;
        Ok(line.apps)
    }

    #[test]
    fn each_secret_belongs_to_the_app_before_it() {
        let apps = parsed("--app 1 --token a --token b --app 2 --unsigned --app 3 --rtc-key k").unwrap();
        let shape: Vec<_> =
            apps.0.iter().map(|app| (app.id.get(), app.tokens.len(), app.keys.len(), app.unsigned)).collect();
        assert_eq!(shape, [(1, 2, 0, false), (2, 0, 0, true), (3, 0, 1, false)]);
        assert_eq!(apps.secrets().collect::<Vec<_>>(), ["a", "b", "k"]);
        assert!(!apps.of(SdkAppId::new(3)).unwrap().has_chat());
        assert!(apps.of(SdkAppId::new(9)).is_none());
    }

    #[test]
    fn with_one_app_the_order_does_not_matter() {
        let apps = parsed("--token a --app 1").unwrap();
        assert_eq!(apps.first().tokens[0].expose(), "a");
        assert_eq!(apps.of(SdkAppId::new(9)).unwrap().id.get(), 1);
    }

    #[test]
    fn a_mistake_is_an_error_without_the_secret() {
        for (line, reason) in [
            ("--app 1 --token a --unsigned", "leave one of them out"),
            ("--app 1", "has no token"),
            ("--app 1 --unsigned --app 1 --unsigned", "twice"),
            ("--app one --unsigned", "invalid value"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(reason), "{line}: {error}");
        }
        let secret = "s".repeat(200);
        let error = parsed(&format!("--app 1 --token {secret}")).unwrap_err();
        assert!(!error.contains(&secret) && error.contains("128"), "{error}");
        let apps = parsed("--app 1 --token -abc --rtc-key --k").unwrap();
        assert_eq!(apps.secrets().collect::<Vec<_>>(), ["-abc", "--k"]);
        let apps = parsed("--app 1 --token hush --rtc-key silence").unwrap();
        assert!(!format!("{apps:?}").contains("hush") && !format!("{apps:?}").contains("silence"));
    }
}
