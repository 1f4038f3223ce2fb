//! The `newstance` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Texts are taken apart into many small pieces, for which it takes half the time of the system's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    newstance::cli::run(None)
}
