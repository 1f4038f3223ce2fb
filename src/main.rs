//! The `newstance` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    newstance::cli::run(None)
}
