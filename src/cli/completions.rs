//! `newstance completions`: what a shell needs to complete the command's arguments.

use std::io::{self, Write};

use clap::Command;
use clap_complete::{Shell, generate};

/// Print a completion script: `newstance completions bash > ~/.local/share/bash-completion/completions/newstance`.
#[derive(clap::Args)]
pub struct Args {
    /// The shell.
    shell: Shell,
}

pub fn run(args: &Args, mut command: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    generate(args.shell, &mut command, "newstance", &mut script);
    Ok(io::stdout().write_all(&script)?)
}
