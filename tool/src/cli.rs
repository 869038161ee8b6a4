//! What the command line may say.

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    listen,
    output::{BAD, styled, tell},
    send::SendArgs,
};

/// Everyday work with the webhooks of Tencent Cloud Chat and the callbacks of the RTC Engine.
#[derive(Debug, Parser)]
#[command(name = "tencent-webhook", version, max_term_width = 110, propagate_version = true)]
#[command(
    after_help = "Secrets are read from TENCENT_WEBHOOK_TOKEN and TENCENT_RTC_KEY, so that they are in no list of processes. \
                        They are never printed.\n\nExit status: 0 if all is well, 1 if something is not as it should be, 2 if the \
                        command could not do its work."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Send(SendArgs),
    Listen(listen::Args),
}

/// How a command prints what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// JSON, an object a line
    Json,
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    /// Something is not as it should be.
    Badly,
}

impl Ended {
    pub(crate) fn well_if(good: bool) -> Self {
        if good { Self::Well } else { Self::Badly }
    }
}

/// Runs a command that needs the network.
fn wait_for(command: impl Future<Output = Result<Ended, String>>) -> Result<Ended, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(command)
}

impl Cli {
    pub(crate) fn run(self) -> ExitCode {
        let ended = match self.command {
            Command::Send(args) => wait_for(args.run()),
            Command::Listen(args) => wait_for(args.run()),
        };
        match ended {
            Ok(Ended::Well) => ExitCode::SUCCESS,
            Ok(Ended::Badly) => ExitCode::from(1),
            Err(error) => {
                tell!("{}: {error}", styled(BAD, "error"));
                ExitCode::from(2)
            }
        }
    }
}
