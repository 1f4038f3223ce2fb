//! The `newstance` command.

#[cfg(not(feature = "torch"))]
mod cli;
#[cfg(feature = "torch")]
mod launch;

use std::process::ExitCode;

#[cfg(not(feature = "torch"))]
fn main() -> ExitCode {
    cli::run()
}

#[cfg(feature = "torch")]
fn main() -> ExitCode {
    launch::run()
}
