//! Command-line arguments, one file per subcommand, and exit codes.

mod actors;
mod bench;
mod eval;
mod explain;
mod options;
mod progress;
mod score;
mod table;

use std::io::{self, ErrorKind, IsTerminal};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::Level;

/// Scores how news portrays each actor.
#[derive(Parser)]
#[command(bin_name = "newstance", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Score(score::Args),
    Eval(eval::Args),
    Explain(explain::Args),
    Bench(bench::Args),
    Actors(actors::Args),
}

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Everything was scored.
    Whole,
    /// Some records were rejected.
    WithRejected,
}

/// Runs the command line: 0 all scored, 1 failed, 2 bad usage (clap's own), 3 some rejected.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Score(args) => score::run(args),
        Command::Eval(args) => eval::run(args).map(|()| Ending::Whole),
        Command::Explain(args) => explain::run(args).map(|()| Ending::Whole),
        Command::Bench(args) => bench::run(args).map(|()| Ending::Whole),
        Command::Actors(args) => actors::run(args).map(|()| Ending::Whole),
    };
    match result {
        Ok(Ending::Whole) => ExitCode::SUCCESS,
        Ok(Ending::WithRejected) => ExitCode::from(3),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("newstance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a reader of our output, such as `head`, has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

/// Log lines on stderr, where it is no terminal: there, progress shows.
fn log(quiet: bool) {
    let level = if quiet || io::stderr().is_terminal() {
        Level::WARN
    } else {
        Level::INFO
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        .init();
}
