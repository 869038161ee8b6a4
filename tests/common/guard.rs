//! An independent reference implementation of [`Receiver`]'s checks: slow and plain, written from the documentation only.

#![allow(dead_code, unreachable_pub)] // The tests and the fuzz targets share it, each as a module of its own.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tower_tencent_webhook::{App, Command, Receiver, Rejection, RejectionKind, SdkAppId, WebhookContext};

use super::sign::sign;

/// Which webhooks are accepted.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// The ids of the apps, and their tokens: none for an unsigned app.
    pub apps: Vec<(u64, Vec<&'static str>)>,
    /// Those that are looked up.
    pub looked_up: Vec<(u64, Vec<&'static str>)>,
    /// The ids for which the lookup finds another app.
    pub confused: Vec<u64>,
    /// How many seconds a signature may be off the clock.
    pub tolerance: u64,
    /// The accepted commands: all if `None`.
    pub allowed: Option<Vec<&'static str>>,
}

/// What is known about an accepted webhook.
#[derive(Debug, PartialEq)]
pub struct Accepted {
    /// The app that it is for.
    pub app: u64,
    /// The command.
    pub command: String,
    /// The address of the client.
    pub client_ip: Option<IpAddr>,
    /// The platform of the client, in the documented case.
    pub platform: Option<String>,
    /// When it was signed, in seconds.
    pub request_time: Option<u64>,
    /// Whether its signature was checked.
    pub verified: bool,
}

/// What is known about a request, or why it is rejected and with which HTTP status.
pub type Outcome = Result<Accepted, (RejectionKind, u16)>;

const PARAMETERS: [&str; 7] =
    ["SdkAppid", "CallbackCommand", "WebhookCommand", "ClientIP", "OptPlatform", "RequestTime", "Sign"];
const PLATFORMS: [&str; 10] =
    ["RESTAPI", "Web", "Android", "iOS", "Windows", "macOS", "Mac", "iPad", "Linux", "Unknown"];

impl Guard {
    /// The receiver that must agree with it.
    pub fn receiver(&self) -> Receiver {
        let apps = self.apps.iter().map(app);
        let receiver = if self.looked_up.is_empty() && self.confused.is_empty() {
            Receiver::from_apps(apps).expect("a receiver has an app")
        } else {
            let looked_up: HashMap<SdkAppId, App> = self.looked_up.iter().map(app).map(|app| (app.id(), app)).collect();
            let confused = self.confused.clone();
            let lookup = move |id: SdkAppId| match confused.contains(&id.get()) {
                true => Some(App::unsigned(id.get() ^ 1)),
                false => looked_up.get(&id).cloned(),
            };
            apps.fold(Receiver::from_lookup(lookup), Receiver::app)
        };
        let receiver = receiver.tolerance(Duration::from_secs(self.tolerance));
        match &self.allowed {
            Some(allowed) => receiver.allow_commands(allowed.iter().copied()),
            None => receiver,
        }
    }

    /// The expected outcome of a request with this query at this time.
    pub fn verify(&self, query: &str, now: SystemTime) -> Outcome {
        use RejectionKind::*;

        // Whatever could be read in two ways is rejected first, from left to right.
        let mut found: Vec<(&str, String)> = Vec::new();
        for pair in query.split('&') {
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
            let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let ours = PARAMETERS.into_iter().find(|ours| ours.eq_ignore_ascii_case(&name));
            let Some(name) = ours.filter(|_| is_encoded(raw_name)) else { continue };
            if !is_encoded(raw_value) {
                return Err((InvalidEncoding, 400));
            }
            if found.iter().any(|(other, first)| *other == name && *first != value) {
                return Err((RepeatedParameter, 400));
            }
            found.push((name, value.into_owned()));
        }
        let get = |name: &str| found.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());

        // Whether one of the tokens made the signature, and whether it is fresh.
        let is_genuine = |tokens: &[&str]| {
            let (Some(claimed), Some(time)) = (get("Sign"), get("RequestTime")) else { return false };
            time.len() <= 20 && tokens.iter().any(|token| sign(token, time) == claimed.to_ascii_lowercase())
        };
        let seconds = now.duration_since(UNIX_EPOCH).map(|now| i128::from(now.as_secs()));
        let is_fresh = match (seconds, get("RequestTime").and_then(number)) {
            (Ok(now), Some(time)) => (now - i128::from(time)).abs() <= i128::from(self.tolerance),
            _ => false,
        };

        // The console's check of the URL has no command, and perhaps no app.
        let named = |name| get(name).filter(|word| !word.is_empty());
        let word = named("CallbackCommand").or(named("WebhookCommand"));
        let asked = get("SdkAppid").filter(|id| !id.is_empty());
        let is_confused = |id| !self.apps.iter().any(|(ours, _)| *ours == id) && self.confused.contains(&id);
        if word.is_none() {
            let candidates: Vec<_> = match asked {
                Some(id) => number(id).and_then(|id| self.app(id)).into_iter().collect(),
                None if self.apps.len() > 8 => vec![],
                None => self.apps.iter().collect(),
            };
            if asked.and_then(number).is_some_and(is_confused) && get("Sign").and(get("RequestTime")).is_some() {
                return Err((LookupFailed, 500));
            }
            if candidates.iter().any(|(_, tokens)| is_genuine(tokens)) {
                return Err(if is_fresh { (UrlCheck, 200) } else { (Stale, 401) });
            }
        }

        let id = get("SdkAppid").and_then(number).ok_or((InvalidSdkAppId, 400))?;
        let word = word.ok_or((MissingCommand, 400))?;
        if is_confused(id) {
            return Err((LookupFailed, 500));
        }
        let (_, tokens) = self.app(id).ok_or((UnknownApp, 403))?;
        if !tokens.is_empty() {
            if get("Sign").is_none() || get("RequestTime").is_none() {
                return Err((MissingSign, 401));
            }
            if !is_genuine(tokens) {
                return Err((InvalidSign, 401));
            }
            if !is_fresh {
                return Err((Stale, 401));
            }
        }

        let command =
            if word == "Live.CallbackMemberStateChanged" { "Live.CallbackAfterMemberStateChanged" } else { word };
        // These stand for the callbacks of the RTC Engine, which have no command in their URL.
        if Command::from(command).is_rtc() {
            return Err((UnknownCommand, 400));
        }
        // What is signed may be a check of the URL, which its body tells.
        if tokens.is_empty() && !self.is_allowed_url(command) {
            return Err((CommandNotAllowed, 403));
        }
        let known = |word: &str| PLATFORMS.into_iter().find(|known| known.eq_ignore_ascii_case(word));
        Ok(Accepted {
            app: id,
            command: command.to_owned(),
            client_ip: get("ClientIP").and_then(|ip| ip.parse().ok()),
            platform: get("OptPlatform").filter(|it| !it.is_empty()).map(|it| known(it).unwrap_or(it).to_owned()),
            request_time: get("RequestTime").and_then(number),
            verified: !tokens.is_empty(),
        })
    }
}

impl Guard {
    /// Whether a webhook that was accepted by its URL still is with this body: a body that names this command, or a
    /// blank one, which names none.
    pub fn takes(&self, accepted: &Accepted, named: &str, body: &str) -> Result<(), (RejectionKind, u16)> {
        let is_blank = ["", "{}"].contains(&&*body.split_ascii_whitespace().collect::<String>());
        if accepted.verified && is_blank {
            return Err((RejectionKind::UrlCheck, 200));
        }
        let is_allowed = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&named));
        if is_allowed && self.is_allowed_url(&accepted.command) {
            Ok(())
        } else {
            Err((RejectionKind::CommandNotAllowed, 403))
        }
    }

    fn is_allowed_url(&self, command: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| {
            let alias =
                command == "Live.CallbackAfterSetMetadata" && allowed.contains(&"Live.CallbackAfterDelMetadata");
            alias || allowed.contains(&command)
        })
    }

    fn app(&self, id: u64) -> Option<&(u64, Vec<&'static str>)> {
        self.apps.iter().chain(&self.looked_up).find(|(ours, _)| *ours == id)
    }
}

fn app((id, tokens): &(u64, Vec<&'static str>)) -> App {
    match &tokens[..] {
        [] => App::unsigned(*id),
        [first, more @ ..] => {
            more.iter().fold(App::signed(*id, *first).unwrap(), |app, token| app.or_token(*token).unwrap())
        }
    }
}

/// What the receiver found, as an [`Outcome`].
pub fn outcome(verified: Result<WebhookContext, Rejection>) -> Outcome {
    match verified {
        Ok(context) => Ok(Accepted {
            app: context.app().get(),
            command: context.command().to_string(),
            client_ip: context.client_ip(),
            platform: context.platform().map(|platform| platform.to_string()),
            request_time: context.request_time().map(u64::from),
            verified: context.is_verified(),
        }),
        Err(rejection) => Err((rejection.kind(), rejection.status().as_u16())),
    }
}

/// Whether each percent sign is followed by two hex digits, and the decoded text is UTF-8.
fn is_encoded(text: &str) -> bool {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let escapes = text.split('%').skip(1).all(|rest| rest.as_bytes().get(..2).is_some_and(is_hex));
    escapes && percent_encoding::percent_decode_str(text).decode_utf8().is_ok()
}

/// A number in decimal digits only.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
