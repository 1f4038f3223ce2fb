//! An output folder: who may write to it, and how its files get their names.

use std::fs;
use std::path::Path;

use super::files::{Complete, TableFormat};
use super::lock::Lock;
use super::manifest::{self, Command, Manifest};
use super::page;
use super::{
    ActorRow, ArticleRow, BreakdownRow, ChangeRow, DifferenceRow, DocumentRow, MentionRow, PairRow,
    RejectedRow, SourceRow, Table, TimelineRow,
};
use crate::error::{Error, ErrorKind, Result};

/// All tables.
const TABLES: [&str; 11] = [
    DocumentRow::NAME,
    MentionRow::NAME,
    ArticleRow::NAME,
    ActorRow::NAME,
    TimelineRow::NAME,
    SourceRow::NAME,
    PairRow::NAME,
    BreakdownRow::NAME,
    RejectedRow::NAME,
    DifferenceRow::NAME,
    ChangeRow::NAME,
];

/// The files that a run may write beside its manifest, in whatever format.
fn names() -> impl Iterator<Item = String> {
    let of_format = |format: TableFormat| TABLES.map(|table| format.file_of(table));
    TableFormat::ALL.into_iter().flat_map(of_format)
}

/// Checks that what a command writes into this folder replaces nothing, or with `overwrite` nothing but what an earlier run wrote; and
/// that no command but `score` replaces facts.
///
/// # Errors
///
/// [`ErrorKind::OutputTaken`] if the folder has reports already, [`ErrorKind::Output`] if it is a file, has facts that the command does not
/// write, or a file of a report's name is none.
pub fn check_output(directory: &Path, overwrite: bool, command: Command) -> Result<()> {
    let refuse = |path: &Path, kind: ErrorKind, problem: &str| {
        let remedy = "give another output folder";
        Err(Error::new(
            kind,
            path.display().to_string(),
            problem,
            remedy,
        ))
    };
    if directory.is_file() {
        let problem = "this is a file, and reports need a folder";
        return refuse(directory, ErrorKind::Output, problem);
    }
    if let Some(earlier) = manifest::of_earlier(directory) {
        if earlier == Command::Score && command != Command::Score {
            let problem = "this folder has the facts of a scored corpus, which would be lost";
            return refuse(directory, ErrorKind::Output, problem);
        }
        return match overwrite {
            true => Ok(()),
            false => {
                let problem = "this folder has the reports of another run";
                refuse(directory, ErrorKind::OutputTaken, problem)
            }
        };
    }
    let mut names = names().chain([manifest::NAME.to_owned()]);
    match names.find(|name| directory.join(name).exists()) {
        None => Ok(()),
        Some(name) => {
            let problem = "a report would replace this file, which is none of newstance's";
            refuse(&directory.join(name), ErrorKind::Output, problem)
        }
    }
}

/// Takes an output folder, which is made if need be.
pub(super) fn take(directory: &Path, overwrite: bool, command: Command) -> Result<Lock> {
    check_output(directory, overwrite, command)?;
    fs::create_dir_all(directory).map_err(Error::io(directory))?;
    let lock = Lock::take(directory)?;
    // Another run may have finished in between.
    check_output(directory, overwrite, command)?;
    Ok(lock)
}

/// Gives complete files their names, the manifest last: a folder with a manifest has whole files of one
/// run. Files of an earlier run that this one has no other for are removed, its page among them.
pub(super) fn publish(directory: &Path, files: Vec<Complete>, manifest: &Manifest) -> Result<()> {
    let last = manifest.complete(directory)?;
    manifest::remove(directory)?;
    for name in names() {
        remove(&directory.join(name))?;
    }
    let stale = directory.join(page::NAME);
    if page::is_page(&stale) {
        remove(&stale)?;
    }
    for file in files {
        file.publish()?;
    }
    last.publish()
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}
