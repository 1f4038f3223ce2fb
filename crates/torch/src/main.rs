//! The `newstance` command with libtorch linked in; `newstance` hands over to it.

#[path = "../cli/mod.rs"]
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
