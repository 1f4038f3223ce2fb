//! `newstance actors`: check a catalogue, or show one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::table::counted;
use super::terminal::shown;
use crate::Error;
use crate::actors::{Catalogue, MentionKind};

/// Check an actor catalogue, or print one.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Read a catalogue and count what it holds, or name its first mistake with line and remedy.
    Check {
        /// The catalogue (TOML).
        file: PathBuf,
    },
    /// Print a catalogue as it is written; without FILE the default one, a start for your own.
    Show {
        /// The catalogue (TOML).
        file: Option<PathBuf>,
    },
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match &args.command {
        Action::Check { file } => check(&mut out, file)?,
        Action::Show { file: None } => out.write_all(Catalogue::default_text().as_bytes())?,
        Action::Show { file: Some(file) } => {
            Catalogue::read(file)?;
            out.write_all(&std::fs::read(file).map_err(Error::io(file))?)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn check(out: &mut impl Write, file: &Path) -> anyhow::Result<()> {
    let catalogue = Catalogue::read(file)?;
    for actor in catalogue.actors() {
        let aliases = |kind: MentionKind| {
            let of_kind = actor.aliases.iter().filter(|alias| alias.kind == kind);
            counted(of_kind.count() as u64, &kind.to_string())
        };
        writeln!(
            out,
            "{}: {}, {}, {}, {}, {}, {}",
            actor.id,
            aliases(MentionKind::Name),
            counted(actor.titles.len() as u64, "title"),
            aliases(MentionKind::Role),
            aliases(MentionKind::Metonym),
            aliases(MentionKind::Demonym),
            counted(actor.exceptions.len() as u64, "exception"),
        )?;
    }
    for (actor, name, why) in catalogue.doubtful_names() {
        writeln!(out, "warning: {}: the name {name:?} {why}", actor.id)?;
    }
    writeln!(
        out,
        "{}: {}, no mistakes",
        shown(&file.display().to_string()),
        counted(catalogue.actors().len() as u64, "actor")
    )?;
    Ok(())
}
