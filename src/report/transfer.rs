//! Facts from a folder into memory, and from memory into a folder.

use std::path::Path;

use super::derived::Derived;
use super::facts::{Facts, Scored, ScoredTables, copy_table};
use super::files::{MemoryTables, Tables};
use super::manifest::{Command, Manifest};
use super::output::Output;
use super::{DeriveOutput, DocumentRow, FactTables, MentionRow, RejectedRow, Table};
use crate::error::Result;

/// The facts of a scored corpus in memory.
///
/// # Errors
///
/// [`ErrorKind::Facts`](crate::ErrorKind::Facts) if the folder has none, or they cannot be read;
/// [`ErrorKind::Io`](crate::ErrorKind::Io).
pub fn read_facts(folder: &Path) -> Result<ScoredTables> {
    let scored = Scored::all(folder);
    let manifest = Facts::open(&scored)?.manifest;
    let memory = MemoryTables::default();
    copy(&scored, &manifest.kept, &Tables::in_memory(&memory))?;
    let take = |name| memory.take(name).expect("each table is complete");
    Ok(ScoredTables {
        facts: FactTables {
            documents: take(DocumentRow::NAME),
            mentions: take(MentionRow::NAME),
            rejected: take(RejectedRow::NAME),
        },
        manifest,
    })
}

/// Writes facts with all that is computed from them into a folder, as `newstance score` does.
///
/// # Errors
///
/// Those of [`derive()`](super::derive()).
pub fn save(scored: &Scored, directory: &Path, output: DeriveOutput) -> Result<()> {
    let mut facts = Facts::open_with(scored, super::derived::is_wanted)?;
    let folder = Output::take(directory, output.existing, Command::Score)?;
    folder.begin()?;
    let tables = Tables::new(&folder.stage()?, &output.tables);
    let manifest = Manifest {
        command: Command::Score,
        arguments: output.arguments,
        tables: output.tables,
        ..facts.manifest.clone()
    };
    let mut derived = Derived::create(&tables, manifest.actors.clone(), manifest.period)?;
    derived.add_all(&mut facts, |_| Ok(()))?;
    derived.complete()?;
    copy(scored, &manifest.kept, &tables)?;
    tables.complete()?;
    folder.commit(&manifest)
}

fn copy(scored: &Scored, kept: &[String], tables: &Tables) -> Result<()> {
    copy_table::<DocumentRow>(scored, kept, tables)?;
    copy_table::<MentionRow>(scored, &[], tables)?;
    copy_table::<RejectedRow>(scored, &[], tables)
}
