//! `diff`: the same webhooks to two servers, and which verdicts are not the same.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use tokio::task::JoinSet;
use tower_tencent_webhook::Webhook;

use crate::{
    answer::{Judge, Judges, Verdict, patience},
    apps::Apps,
    cli::{Ended, Format},
    client::{Connection, Reception, Target},
    facts::{Facts, friends_of},
    output::{BAD, BOLD, FAINT, GOOD, printable_name, say, styled, tell, write_json},
    recording::Recorded,
    replay::{Wanted, no_app},
    request::Maker,
    stop::Stop,
};

/// Sends the same webhooks to two servers, and tells which verdicts are not the same
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tencent-webhook diff monday.jsonl --left http://127.0.0.1:3000/im --right http://127.0.0.1:4000/im --app … --token …
  tencent-webhook diff monday.jsonl --right http://127.0.0.1:4000/im --app … --token …     against the recorded answers
  tencent-webhook diff monday.jsonl --only CallbackBefore …

Two verdicts are the same if the same becomes of the event: code, text, and what a message is replaced with count. The exit status
is 1 if any is not the same, a line of the file cannot be read, or nothing was compared.")]
pub(crate) struct DiffArgs {
    /// The recording; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// One server; the recorded answers if it is left out
    #[arg(long, value_name = "URL")]
    left: Option<Target>,
    /// The other server
    #[arg(long, value_name = "URL")]
    right: Target,
    #[command(flatten)]
    apps: Apps,
    /// Only commands whose name has this part, or a type's number; several are alternatives
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How many are compared at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// How the differences are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A connection to each server.
struct Pair {
    left: Option<Connection>,
    right: Connection,
}

/// What both said to one webhook.
struct Compared {
    recorded: Recorded,
    /// `None` if it was recorded without an answer.
    left: Option<Verdict>,
    right: Verdict,
}

impl DiffArgs {
    pub(crate) async fn run(self) -> Result<Ended, String> {
        let mut wanted = Wanted::open(&self.file, self.only)?;
        let (left, right) = (self.left.map(Arc::new), Arc::new(self.right));
        let judges = Judges::default();
        let mut idle: Vec<Pair> = Vec::new();
        let mut tasks = JoinSet::new();
        let (mut same, mut unknown, mut different) = (0_u64, 0_u64, 0_u64);
        let (mut is_over, mut failed) = (false, None);
        let stop = Stop::new();
        loop {
            let may_send = tasks.len() < usize::from(self.concurrency) && !is_over;
            tokio::select! {
                biased;
                () = stop.asked(), if !is_over => is_over = true,
                Some(ended) = tasks.join_next() => {
                    let (compared, pair): (Compared, Pair) = ended.map_err(|error| format!("a task ended: {error}"))?;
                    idle.push(pair);
                    match &compared.left {
                        None => unknown += 1,
                        Some(left) if *left == compared.right => same += 1,
                        Some(left) => {
                            different += 1;
                            compared.print(left, self.format);
                        }
                    }
                }
                next = wanted.next(), if may_send => {
                    let Some(recorded) = next else {
                        is_over = true;
                        continue;
                    };
                    let app = self.apps.of(recorded.app()).ok_or_else(|| no_app(&recorded));
                    let app = match app.and_then(|app| app.check(recorded.command()).map(|()| app)) {
                        Ok(app) => app,
                        Err(error) => {
                            (is_over, failed) = (true, Some(error));
                            continue;
                        }
                    };
                    let maker = |path: &str| Maker::new(app, path).on_behalf_of(recorded.event());
                    let (to_left, to_right) = (left.as_deref().map(|left| maker(left.path())), maker(right.path()));
                    let mut pair = idle.pop().unwrap_or_else(|| Pair {
                        left: left.clone().map(Connection::new),
                        right: Connection::new(right.clone()),
                    });
                    let judge = judges.of(recorded.command());
                    tasks.spawn(async move {
                        let compared = pair.compare(&judge, recorded, to_left, to_right).await;
                        (compared, pair)
                    });
                }
                else => break,
            }
        }
        match self.format {
            Format::Json => {
                write_json(&json!({ "summary": { "same": same, "different": different, "without_answer": unknown } }));
            }
            Format::Text => {
                let different = match different {
                    0 => styled(GOOD, "none different"),
                    some => styled(BAD, format_args!("{some} different")),
                };
                let unknown =
                    if unknown == 0 { String::new() } else { format!(", {unknown} recorded without an answer") };
                say!("{same} the same, {different}{unknown}");
            }
        }
        let is_compared = same + different > 0;
        if !is_compared && failed.is_none() {
            let why = match unknown {
                _ if stop.is_asked() => "it was stopped".to_owned(),
                0 => wanted.why_none(),
                _ => "the recording has no answers. Give the server to compare with as --left".to_owned(),
            };
            tell!("nothing was compared: {why}");
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(Ended::well_if(wanted.all_read()? && is_compared && different == 0)),
        }
    }
}

impl Pair {
    async fn compare(
        &mut self,
        judge: &Judge,
        recorded: Recorded,
        to_left: Option<Maker>,
        to_right: Maker,
    ) -> Compared {
        let (command, body) = (recorded.command(), recorded.event().data());
        let patience = patience(command);
        let friends = friends_of(command, body);
        let judge = |reception: &Reception| judge.judge(reception, friends.as_deref());
        let ask = async |connection: &mut Connection, request: Request<Full<_>>| {
            judge(&connection.send(request, patience).await.0)
        };
        let left = async {
            match (&mut self.left, to_left) {
                (Some(connection), Some(maker)) => Some(ask(connection, maker.request(command, body)).await),
                _ => recorded.answer().map(|(status, answer)| {
                    judge(&Reception::Answer { status, head: 0, body: answer.into_owned().into() })
                }),
            }
        };
        let (left, right) = tokio::join!(left, ask(&mut self.right, to_right.request(command, body)));
        Compared { recorded, left, right }
    }
}

impl Compared {
    /// Nothing, if its body is not one of its command.
    fn facts(&self) -> Facts {
        let event = self.recorded.event();
        Webhook::from_cloud_event(event).map(|hook| Facts::of(&hook, event.subject())).unwrap_or_default()
    }

    fn print(&self, left: &Verdict, format: Format) {
        let command = self.recorded.command();
        let (before, now) = (left.words(command), self.right.words(command));
        match format {
            Format::Json => write_json(&json!({
                "command": command.as_str(),
                "id": self.recorded.event().id(),
                "subject": self.recorded.event().subject(),
                "left": { "words": before, "answer": left },
                "right": { "words": now, "answer": self.right },
            })),
            Format::Text => say!(
                "{}{}\n  {before} → {}",
                styled(BOLD, printable_name(command)),
                styled(FAINT, self.facts().words()),
                styled(BAD, now)
            ),
        }
    }
}
