//! The command: arguments, one file per subcommand, the words of messages that name a flag, exit codes.

mod actors;
mod aggregate;
mod bench;
mod compare;
mod completions;
mod eval;
mod explain;
mod hints;
mod launch;
mod man;
mod models;
mod options;
mod output;
mod progress;
mod report;
mod sample;
mod score;
mod signals;
mod table;
mod terminal;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{CommandFactory, Parser, Subcommand};

use crate::model::{Device, ModelDirectory, Precision, StanceModel};
use output::OutputArgs;

/// Loads a model into the torch backend, which a program may link in beside the native one. Without a
/// precision, the backend takes the usual one of the device.
///
/// # Errors
///
/// Those of the backend.
pub type LoadTorch =
    fn(&ModelDirectory, Device, Option<Precision>) -> crate::Result<Box<dyn StanceModel>>;

const EXAMPLES: &str = "\
Examples:
  newstance score articles/ -o out                 score a folder of .txt, .jsonl or .csv files
  newstance score news.csv.gz -o out --map text=body,source=outlet
  zcat news.jsonl.gz | newstance score - -o out    score standard input
  newstance explain \"Critics condemned Putin, but they praised Zelenskyy.\"
  newstance actors show > my.toml                  a catalogue to start your own from

Exit codes:
  0  everything was scored
  1  the command failed, or nothing was scored
  2  the arguments are wrong
  3  finished, but some records were rejected: see rejected.csv
  4  compare --alert: a stance differs
  130  interrupted: score --resume goes on

Environment:
  NEWSTANCE_MODELS  folder of models, as `accurate`; by default the user's data folder
  HF_HOME           cache of models from the Hugging Face hub
  NO_COLOR          no colours, as with --color never";

/// Scores how news portrays each actor, and in whose words.
#[derive(Parser)]
#[command(name = "newstance", bin_name = "newstance", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Subcommand)]
enum Command {
    Score(Box<score::Args>),
    Explain(explain::Args),
    Aggregate(aggregate::Args),
    Report(report::Args),
    Compare(compare::Args),
    Sample(sample::Args),
    Eval(eval::Args),
    Bench(bench::Args),
    Actors(actors::Args),
    Models(models::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The exit code of a run that a signal ended, as shells give it to Ctrl-C.
const INTERRUPTED: u8 = 130;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Everything was scored.
    Whole,
    /// Some records were rejected.
    WithRejected,
    /// A comparison found what was to be told.
    Alert,
    /// A signal ended the run, which can go on.
    Interrupted,
}

/// Runs the command line of this process. `torch` is the torch backend, if the program has it;
/// otherwise a command that asks for it is handed over to `newstance-torch`.
pub fn run(torch: Option<LoadTorch>) -> ExitCode {
    ExitCode::from(run_as(std::env::args_os().collect(), torch))
}

/// Runs a command line, the program's name first, in a process that is there for nothing else. Gives the exit code; wrong arguments and
/// `--help` end the process.
pub fn run_as(arguments: Vec<OsString>, torch: Option<LoadTorch>) -> u8 {
    let arguments = ARGUMENTS.get_or_init(|| arguments);
    let cli = Cli::parse_from(arguments);
    cli.output.apply();
    if torch.is_none() && cli.command.asks_for_torch() {
        return launch::run(&arguments[1..]);
    }
    let result = match &cli.command {
        Command::Score(args) => score::run(args, &cli.output, torch),
        Command::Explain(args) => explain::run(args, torch).map(|()| Ending::Whole),
        Command::Aggregate(args) => aggregate::run(args, &cli.output).map(|()| Ending::Whole),
        Command::Report(args) => report::run(args, &cli.output).map(|()| Ending::Whole),
        Command::Compare(args) => compare::run(args, &cli.output),
        Command::Sample(args) => sample::run(args).map(|()| Ending::Whole),
        Command::Eval(args) => eval::run(args, torch).map(|()| Ending::Whole),
        Command::Bench(args) => bench::run(args, torch).map(|()| Ending::Whole),
        Command::Actors(args) => actors::run(args).map(|()| Ending::Whole),
        Command::Models(args) => models::run(args).map(|()| Ending::Whole),
        Command::Completions(args) => {
            completions::run(args, Cli::command()).map(|()| Ending::Whole)
        }
        Command::Man(args) => man::run(args, &Cli::command()).map(|()| Ending::Whole),
    };
    match result {
        Ok(Ending::Whole) => 0,
        Ok(Ending::WithRejected) => 3,
        Ok(Ending::Alert) => 4,
        Ok(Ending::Interrupted) => INTERRUPTED,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            let message = terminal::message(&format!("{error:#}"));
            eprintln!("newstance: {message}{}", hints::of(&error));
            1
        }
    }
}

/// The command line of this process.
static ARGUMENTS: OnceLock<Vec<OsString>> = OnceLock::new();

/// The command line, for the manifest; what is no Unicode is shown as far as it can be.
fn arguments() -> Vec<String> {
    let arguments = ARGUMENTS.get().into_iter().flatten().skip(1);
    arguments
        .map(|it| it.to_string_lossy().into_owned())
        .collect()
}

impl Command {
    fn asks_for_torch(&self) -> bool {
        let model = match self {
            Self::Score(args) => &args.model,
            Self::Explain(args) => &args.model,
            Self::Eval(args) => &args.model,
            Self::Bench(args) => &args.model,
            _ => return false,
        };
        model.asks_for_torch()
    }
}

/// Whether a reader of our output, such as `head`, has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let ours = cause
            .downcast_ref::<crate::Error>()
            .and_then(crate::Error::io_kind);
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        ours.or(io) == Some(ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
