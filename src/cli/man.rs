//! `newstance man`: the manual page.

use std::io::{self, Write};

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;

/// Print the manual page: `newstance man > newstance.1`, `newstance man score > newstance-score.1`.
#[derive(clap::Args)]
pub struct Args {
    /// A subcommand; by default the command itself.
    command: Option<String>,
}

pub fn run(args: &Args, command: &Command) -> anyhow::Result<()> {
    let command = match &args.command {
        None => command.clone(),
        Some(name) => command
            .find_subcommand(name)
            .with_context(|| format!("{name}: no such subcommand; `newstance --help` lists them"))?
            .clone()
            .name(format!("newstance-{name}")),
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(io::stdout().write_all(&page)?)
}
