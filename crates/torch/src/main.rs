//! The `newstance` command with the torch backend; `newstance --backend torch` hands over to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    newstance::cli::run(Some(newstance_torch::load))
}
