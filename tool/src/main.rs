//! `tencent-webhook`: everyday work with the webhooks of Tencent Cloud Chat and the RTC Engine.
//!
//! `cli` is what the command line may say. Each command has a file of its own; what they share is:
//!
//! | module | what it has |
//! |---|---|
//! | `apps` | the apps of the command line, and their secrets |
//! | `catalog` | the commands of Chat and the types of the RTC Engine, by the names that people type |
//! | `body` | bodies: samples, files, changes with `--set` |
//! | `client` | one connection to a server, as Tencent's servers use it |
//! | `answer` | what an answer means for its event, and whether it may be answered so |
//! | `request` | genuine requests, and those that are wrong on purpose |
//! | `tally` | what many answers say together |
//! | `facts` | whom and what a webhook is about |
//! | `recording` | files of CloudEvents, one a line |
//! | `output` | standard output that survives a closed pipe |
//! | `stop` | Ctrl-C and SIGTERM |

mod answer;
mod apps;
mod body;
mod catalog;
mod cli;
mod client;
mod diff;
mod facts;
mod listen;
mod lookup;
mod output;
mod recording;
mod replay;
mod request;
mod send;
mod sign;
mod stop;
mod tally;
mod verify;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
