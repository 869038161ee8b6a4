//! `send`: genuine webhooks to a server, one or many, and what it answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, UNIX_EPOCH},
};

use bytes::Bytes;
use clap::Args;
use http::Request;
use http_body_util::Full;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinSet, time::sleep_until};
use tower_tencent_webhook::Command;

use crate::{
    answer::{Expected, Judge, Verdict, patience},
    catalog,
    cli::{Ended, Format},
    client::{Connection, Target},
    facts::friends_of,
    output::{BAD, BOLD, FAINT, GOOD, printable_name, say, styled, tell, write_json},
    request::{Maker, RequestArgs},
    stop::Stop,
    tally::{Tally, millis},
};

/// How many bad answers of a load test are shown.
const SHOWN: u64 = 20;

/// Sends genuine webhooks to a server, and tells what it answers
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook send Follow.CallbackAfterFollowDelete --url http://127.0.0.1:3000/im --app 1400000000 --token secret
  tencent-webhook send C2C.CallbackBeforeSendMsg --set From_Account=eve --expect refuse …
  tencent-webhook send --all --url … --app … --token … --rtc-key …
  tencent-webhook send State.StateChange --at -90s --expect 401 …        a stale one
  tencent-webhook send State.StateChange --forge --expect 401 …          a wrong signature
  tencent-webhook send --all --for 30s --rate 500/s --concurrency 32 …   load

A command may be named by the end of its name if no other one ends so, a type of the RTC Engine by its number. The exit status is 1 if an answer is
one that Chat or the RTC Engine cannot use, is late (2 s; 5 s for the RTC Engine), or is not the expected one.")]
pub(crate) struct SendArgs {
    /// The commands, such as C2C.CallbackBeforeSendMsg, PrevFriendAdd or 103
    #[arg(value_name = "COMMAND", required_unless_present = "all")]
    commands: Vec<String>,
    /// All samples: of Chat's commands if the app has a token, of the RTC Engine's types if it has a key
    #[arg(long, conflicts_with_all = ["commands", "body"])]
    all: bool,
    /// Where the server is
    #[arg(long)]
    url: Target,
    #[command(flatten)]
    request: RequestArgs,
    /// With a wrong signature
    #[arg(long)]
    forge: bool,
    /// What each answer must be: allow, refuse, refuse=CODE, discard, replace, ack, late, closed, or an HTTP status
    #[arg(long, value_name = "ANSWER")]
    expect: Option<Expected>,
    /// How many are sent, in turn
    #[arg(long, value_name = "N", help_heading = "Load", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// How many begin in a second, at most
    #[arg(long, value_name = "N/s", help_heading = "Load", value_parser = rate)]
    rate: Option<f64>,
    /// For how long they are sent, in turn, such as 30s
    #[arg(long = "for", value_name = "TIME", help_heading = "Load", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// How many wait for their answer at a time, each on a connection of its own
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Load", value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// How the answers are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.strip_suffix("/s").unwrap_or(text).parse() {
        Ok(rate) if (1e-3..=1e6).contains(&rate) => Ok(rate),
        _ => Err("a number of webhooks a second, such as 500/s".to_owned()),
    }
}

/// One webhook to send.
struct Shot {
    judge: Judge,
    body: Bytes,
    friends: Option<Vec<String>>,
}

/// What all tasks share.
struct Plan {
    shots: Vec<Shot>,
    maker: Maker,
    target: Arc<Target>,
    expect: Option<Expected>,
    /// The next one to send, and how many there are.
    next: AtomicU64,
    count: u64,
    begin: Instant,
    end: Option<Instant>,
    /// The time between two of them.
    pause: Option<Duration>,
    stop: Stop,
    bad: AtomicU64,
}

/// An answer to show.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) command: Command,
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
    pub(crate) is_good: bool,
}

impl SendArgs {
    pub(crate) async fn run(self) -> Result<Ended, String> {
        let app = self.request.apps.first();
        if self.request.apps.0.len() > 1 {
            return Err("`send` sends the webhooks of one app".to_owned());
        }
        let commands: Vec<Command> = if self.all {
            catalog::all().filter(|command| if command.is_rtc() { app.has_rtc() } else { app.has_chat() }).collect()
        } else {
            self.commands.iter().map(|word| catalog::find(word)).collect::<Result<_, _>>()?
        };
        for command in &commands {
            app.check(command)?;
        }
        if self.forge && app.unsigned {
            return Err("--forge makes a wrong signature, and an app without token or key has none".to_owned());
        }
        let mut shots = Vec::new();
        for command in &commands {
            let judge = Judge::new(command);
            let shot = |body: Bytes| Shot { judge: judge.clone(), friends: friends_of(command, &body), body };
            shots.extend(self.request.body.bodies(command)?.into_iter().map(shot));
        }
        let is_load = self.count.is_some() || self.duration.is_some();
        let count = match (self.count, self.duration) {
            (Some(count), _) => count,
            (None, Some(_)) => u64::MAX,
            (None, None) => shots.len() as u64,
        };
        let begin = Instant::now();
        let plan = Arc::new(Plan {
            maker: Maker::new(app, self.url.path()).at(self.request.at).forge(self.forge),
            target: Arc::new(self.url),
            expect: self.expect,
            next: AtomicU64::new(0),
            count,
            begin,
            end: self.duration.and_then(|duration| begin.checked_add(duration)),
            pause: self.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            stop: Stop::new(),
            bad: AtomicU64::new(0),
            shots,
        });

        let (shown, mut to_show) = mpsc::channel::<Shown>(64);
        let mut tasks = JoinSet::new();
        for _ in 0..u64::from(self.concurrency).min(count) {
            tasks.spawn(plan.clone().send_in_turn(is_load, shown.clone()));
        }
        drop(shown);
        let bar = progress(&plan, is_load && self.format == Format::Text);
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tokio::select! {
                one = to_show.recv() => match one {
                    Some(one) => bar.suspend(|| one.print(self.format)),
                    None => break,
                },
                _ = tick.tick() => bar.set_position(plan.progress()),
            }
        }
        let mut all = Tally::new();
        while let Some(tally) = tasks.join_next().await {
            all.merge(&tally.map_err(|error| format!("a task ended: {error}"))?);
        }
        bar.finish_and_clear();
        let hidden = plan.bad.load(Relaxed).saturating_sub(SHOWN);
        if is_load && hidden > 0 && self.format == Format::Text {
            say!("  … and {hidden} more like these");
        }
        if is_load || all.count() != 1 || self.format == Format::Json {
            let what = if plan.expect.is_some() { "as expected" } else { "with an answer that can be used" };
            all.print(begin, self.format, what);
        }
        if let Some(asked) = self.rate.filter(|_| is_load && !plan.stop.is_asked()) {
            let reached = all.count() as f64 / begin.elapsed().as_secs_f64();
            if reached < asked * 0.9 {
                tell!("{asked} a second were asked for, {reached:.0} were reached: raise --concurrency");
            }
        }
        Ok(Ended::well_if(all.all_good()))
    }
}

impl Plan {
    /// Sends what is next until nothing is.
    async fn send_in_turn(self: Arc<Self>, is_load: bool, shown: mpsc::Sender<Shown>) -> Tally {
        let mut connection = Connection::new(self.target.clone());
        let mut tally = Tally::new();
        // A signature holds for the second in which it is made, so it is made once a second.
        let mut made: Vec<Option<(u64, Request<Full<Bytes>>)>> = vec![None; self.shots.len()];
        loop {
            let number = self.next.fetch_add(1, Relaxed);
            if number >= self.count || self.stop.is_asked() {
                break;
            }
            if let Some(pause) = self.pause {
                let at = self.begin + Duration::from_secs_f64(pause.as_secs_f64() * number as f64);
                if self.end.is_some_and(|end| at >= end) {
                    break;
                }
                tokio::select! {
                    () = sleep_until(at.into()) => {}
                    () = self.stop.asked() => {}
                }
            }
            if self.end.is_some_and(|end| Instant::now() >= end) || self.stop.is_asked() {
                break;
            }
            let at = (number % self.shots.len() as u64) as usize;
            let shot = &self.shots[at];
            let command = shot.judge.command();
            let second = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
            let request = match &made[at] {
                Some((made_in, request)) if *made_in == second => request.clone(),
                _ => {
                    let request = self.maker.request(command, &shot.body);
                    made[at] = Some((second, request.clone()));
                    request
                }
            };
            let (reception, took) = connection.send(request, patience(command)).await;
            let verdict = shot.judge.judge(&reception, shot.friends.as_deref());
            let is_good = self.expect.as_ref().map_or(verdict.is_usable(), |expected| expected.is_met(&verdict));
            tally.add(command, &verdict, took, is_good);
            if !is_good || !is_load {
                let bad = if is_good { 0 } else { self.bad.fetch_add(1, Relaxed) };
                if !is_load || bad < SHOWN {
                    // Nobody shows it only if the process ends.
                    _ = shown.send(Shown { command: command.clone(), verdict, took, is_good }).await;
                }
            }
        }
        tally
    }

    /// How far it is: webhooks, or milliseconds.
    fn progress(&self) -> u64 {
        match self.end {
            Some(_) if self.count == u64::MAX => self.begin.elapsed().as_millis() as u64,
            _ => self.next.load(Relaxed).min(self.count),
        }
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress(plan: &Plan, is_shown: bool) -> ProgressBar {
    if !is_shown {
        return ProgressBar::hidden();
    }
    let (length, template) = match plan.end {
        Some(end) if plan.count == u64::MAX => {
            (end.duration_since(plan.begin).as_millis() as u64, "{bar:40} {elapsed} of {msg}")
        }
        _ => (plan.count, "{bar:40} {pos} of {len} ({per_sec})"),
    };
    let bar = ProgressBar::new(length).with_message(format!("{} s", length / 1000));
    bar.with_style(ProgressStyle::with_template(template).expect("the template is valid"))
}

impl Shown {
    pub(crate) fn print(&self, format: Format) {
        let words = self.verdict.words(&self.command);
        match format {
            Format::Json => {
                let took = self.took.as_secs_f64() * 1000.0;
                let mut line =
                    json!({ "command": self.command.as_str(), "good": self.is_good, "words": words, "ms": took });
                if let (Some(line), Ok(serde_json::Value::Object(verdict))) =
                    (line.as_object_mut(), serde_json::to_value(&self.verdict))
                {
                    line.extend(verdict);
                }
                write_json(&line);
            }
            Format::Text => {
                let (mark, style) = if self.is_good { ("✓", GOOD) } else { ("✗", BAD) };
                say!(
                    "{} {}  {}  {}",
                    styled(style, mark),
                    styled(BOLD, printable_name(&self.command)),
                    if self.is_good { words } else { styled(BAD, words) },
                    styled(FAINT, millis(self.took)),
                );
            }
        }
    }
}
