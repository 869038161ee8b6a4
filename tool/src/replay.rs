//! `replay`: recorded webhooks, sent again with fresh signatures.

use std::{
    future::pending,
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use clap::Args;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};

use crate::{
    answer::{Judges, patience},
    apps::Apps,
    catalog,
    cli::{Ended, Format},
    client::{Connection, Target},
    facts::friends_of,
    output::{BAD, printable, styled, tell},
    recording::{self, Recorded, Unread},
    request::Maker,
    send::Shown,
    stop::Stop,
    tally::Tally,
};

/// Sends recorded webhooks again, with fresh signatures
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook replay monday.jsonl --url http://127.0.0.1:3000/im --app 1400000000 --token secret
  tencent-webhook replay monday.jsonl --speed 10 --only Group. --only C2C.CallbackBeforeSendMsg …
  tencent-webhook replay dead-letters.jsonl --speed max …

A recording is what `listen --record` writes, or any file of the CloudEvents that the hand-off writes, one JSON a line. With one
--app, all are sent as that app's; with several, each keeps its own. The exit status is 1 if an answer is none that Chat or the
RTC Engine can use, a line of the file cannot be read, or there was nothing to send.")]
pub(crate) struct ReplayArgs {
    /// The recording; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the server is
    #[arg(long)]
    url: Target,
    #[command(flatten)]
    apps: Apps,
    /// How many times as fast as they came: 1 keeps the original spacing, `max` waits for nothing
    #[arg(long, default_value = "1")]
    speed: Speed,
    /// Only commands whose name has this part, or a type's number; several are alternatives
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How many wait for their answer at a time; their order is kept only with 1 [default: 32, with --speed max 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: Option<u16>,
    /// How the answers are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How fast it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speed {
    Times(f64),
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times) if (1e-3..=1e6).contains(&times) => Ok(Self::Times(times)),
            _ => Err("a number such as 10 or 0.5, or max".to_owned()),
        }
    }
}

/// The webhooks of a recording that are wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    recording: mpsc::Receiver<Result<Recorded, Unread>>,
    only: Vec<String>,
    /// How many webhooks were read, wanted or not.
    read: u64,
    /// How many lines could not be read. Each has been told.
    unread: u64,
    /// Why the rest of the file could not be read.
    failed: Option<String>,
}

impl Wanted {
    pub(crate) fn open(file: &PathBuf, only: Vec<String>) -> Result<Self, String> {
        Ok(Self { recording: recording::stream(file)?, only, read: 0, unread: 0, failed: None })
    }

    pub(crate) async fn next(&mut self) -> Option<Recorded> {
        loop {
            match self.recording.recv().await? {
                Ok(recorded) => {
                    self.read += 1;
                    let is_meant = |part: &String| catalog::is_meant(recorded.command(), part);
                    if self.only.is_empty() || self.only.iter().any(is_meant) {
                        return Some(recorded);
                    }
                }
                Err(Unread::Rest(error)) => {
                    self.failed = Some(error);
                    return None;
                }
                Err(Unread::Line(error)) => {
                    self.unread += 1;
                    tell!("{}: {}", styled(BAD, "skipped"), printable(&error, 300));
                }
            }
        }
    }

    /// Why there was none.
    pub(crate) fn why_none(&self) -> String {
        match (self.read, self.unread) {
            (0, 0) => "the recording has no webhooks".to_owned(),
            (0, _) => "no line of the recording can be read".to_owned(),
            (1, _) => "the only webhook of the recording is none that --only wants".to_owned(),
            (read, _) => format!("--only wants none of the {read} webhooks of the recording"),
        }
    }

    /// Whether all lines could be read. An error if the file could not be read to its end.
    pub(crate) fn all_read(self) -> Result<bool, String> {
        self.failed.map_or(Ok(self.unread == 0), Err)
    }
}

impl ReplayArgs {
    pub(crate) async fn run(self) -> Result<Ended, String> {
        let mut wanted = Wanted::open(&self.file, self.only)?;
        let target = Arc::new(self.url);
        let most = usize::from(self.concurrency.unwrap_or(if self.speed == Speed::Max { 1 } else { 32 }));
        let mut idle: Vec<Connection> = Vec::new();
        let begin = Instant::now();
        let judges = Judges::default();
        let mut all = Tally::new();
        let mut first: Option<SystemTime> = None;
        let mut due: Option<(Recorded, Instant)> = None;
        let (mut is_over, mut failed) = (false, None);
        let mut tasks = JoinSet::new();
        let stop = Stop::new();
        loop {
            let may_send = tasks.len() < most;
            tokio::select! {
                biased;
                () = stop.asked(), if !is_over => (is_over, due) = (true, None),
                Some(ended) = tasks.join_next() => {
                    let (shown, connection): (Shown, Connection) =
                        ended.map_err(|error| format!("a task ended: {error}"))?;
                    idle.push(connection);
                    all.add(&shown.command, &shown.verdict, shown.took, shown.is_good);
                    shown.print(self.format);
                }
                next = wanted.next(), if due.is_none() && !is_over => match next {
                    Some(recorded) => {
                        let wait = match (self.speed, recorded.received()) {
                            (Speed::Times(times), Some(received)) => {
                                let since = received.duration_since(*first.get_or_insert(received));
                                since.unwrap_or_default().div_f64(times)
                            }
                            _ => Duration::ZERO,
                        };
                        // Further away than a clock can say is never.
                        due = begin.checked_add(wait).map(|at| (recorded, at));
                    }
                    None => is_over = true,
                },
                () = until(due.as_ref()), if due.is_some() && may_send => {
                    let Some((recorded, _)) = due.take() else { continue };
                    let command = recorded.command().clone();
                    let app = self.apps.of(recorded.app()).ok_or_else(|| no_app(&recorded));
                    let app = match app.and_then(|app| app.check(&command).map(|()| app)) {
                        Ok(app) => app,
                        // What is under way is still told.
                        Err(error) => {
                            (is_over, failed) = (true, Some(error));
                            continue;
                        }
                    };
                    let maker = Maker::new(app, target.path()).on_behalf_of(recorded.event());
                    let judge = judges.of(&command);
                    let mut connection = idle.pop().unwrap_or_else(|| Connection::new(target.clone()));
                    tasks.spawn(async move {
                        let body = recorded.event().data();
                        let request = maker.request(&command, body);
                        let (reception, took) = connection.send(request, patience(&command)).await;
                        let verdict = judge.judge(&reception, friends_of(&command, body).as_deref());
                        (Shown { is_good: verdict.is_usable(), command, verdict, took }, connection)
                    });
                }
                else => break,
            }
        }
        all.print(begin, self.format, "with an answer that can be used");
        if all.count() == 0 && failed.is_none() {
            let why = if stop.is_asked() { "it was stopped".to_owned() } else { wanted.why_none() };
            tell!("nothing was sent: {why}");
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(Ended::well_if(wanted.all_read()? && all.all_good())),
        }
    }
}

/// What is wrong if none of several apps is that of a recorded webhook.
pub(crate) fn no_app(recorded: &Recorded) -> String {
    format!("the recording has webhooks of app {}: add it with --app", recorded.app())
}

async fn until(due: Option<&(Recorded, Instant)>) {
    match due {
        Some((_, at)) => sleep_until((*at).into()).await,
        None => pending().await,
    }
}
