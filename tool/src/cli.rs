//! What the command line may say.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::{
    diff::DiffArgs,
    listen::ListenArgs,
    lookup::{CommandsArgs, SampleArgs, SchemaArgs},
    output::{BAD, printable_lines, styled, tell},
    replay::ReplayArgs,
    send::SendArgs,
    sign::SignArgs,
    verify::VerifyArgs,
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
    Listen(ListenArgs),
    Replay(ReplayArgs),
    Diff(DiffArgs),
    Sign(SignArgs),
    Verify(VerifyArgs),
    Commands(CommandsArgs),
    Sample(SampleArgs),
    Schema(SchemaArgs),
    /// Prints a script that completes this command line in a shell
    #[command(
        after_help = "Example:\n  tencent-webhook completions bash > ~/.local/share/bash-completion/completions/tencent-webhook"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the man page, or writes that of each command into a folder
    #[command(
        after_help = "Examples:\n  tencent-webhook man | man -l -\n  tencent-webhook man --into ~/.local/share/man/man1"
    )]
    Man {
        /// The folder
        #[arg(long, value_name = "FOLDER")]
        into: Option<PathBuf>,
    },
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

fn man(into: Option<PathBuf>) -> Result<Ended, String> {
    let failed = |error: io::Error| format!("cannot write the man page: {error}");
    match into {
        Some(folder) => clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(failed)?;
            crate::output::write_raw(&page);
        }
    }
    Ok(Ended::Well)
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
            Command::Replay(args) => wait_for(args.run()),
            Command::Diff(args) => wait_for(args.run()),
            Command::Sign(args) => wait_for(args.run()),
            Command::Verify(args) => args.run(),
            Command::Commands(args) => args.run(),
            Command::Sample(args) => args.run(),
            Command::Schema(args) => args.run(),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "tencent-webhook", &mut script);
                crate::output::write_raw(&script);
                Ok(Ended::Well)
            }
            Command::Man { into } => man(into),
        };
        match ended {
            Ok(Ended::Well) => ExitCode::SUCCESS,
            Ok(Ended::Badly) => ExitCode::from(1),
            Err(error) => {
                tell!("{}: {}", styled(BAD, "error"), printable_lines(&error));
                ExitCode::from(2)
            }
        }
    }
}
