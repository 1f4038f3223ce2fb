//! An output folder: who may write to it, and how what a command writes gets there at once.
//!
//! A command writes into a folder of its own below the output folder. When all is there, it writes down what is to be moved and what is to
//! go: from then on the new report is what the folder has, whatever happens. Whoever opens the folder next finishes the moves.

use std::fs::{self, File};
use std::io::{ErrorKind as IoErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{AtomicFile, NewFile, TableFormat};
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

/// The folder of what is not finished, below the output folder.
const WORK: &str = ".newstance-run";
/// In it: the journal of a run, the report in the making, and what is to be done with it.
pub(super) const JOURNAL: &str = "journal";
const STAGED: &str = "report";
const COMMIT: &str = "commit.json";

/// The files that a command may write beside its manifest, in whatever format.
fn names() -> impl Iterator<Item = String> {
    let of_format = |format: TableFormat| TABLES.map(|table| format.file_of(table));
    TableFormat::ALL.into_iter().flat_map(of_format)
}

/// What becomes of what an output folder has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the command fails.
    #[default]
    Keep,
    /// An earlier report is replaced when the new one is whole; a run that broke off is given up.
    Replace,
    /// A run that broke off goes on; if there is none, and no report, it begins.
    Resume,
}

/// Checks that what a command writes into this folder replaces nothing but what `existing` allows; and that no command but `score`
/// replaces facts.
///
/// # Errors
///
/// [`ErrorKind::OutputTaken`] if the folder has a report already, [`ErrorKind::BrokenOff`] if a run into it did not end,
/// [`ErrorKind::Output`] if it is a file, has facts that the command does not write, or a file of a report's name is none.
pub fn check_output(directory: &Path, existing: Existing, command: Command) -> Result<()> {
    settle(directory)?;
    if directory.join(WORK).join(JOURNAL).is_file() {
        // A run that goes on now has not broken off.
        drop(Lock::take(directory)?);
    }
    check(directory, existing, command)
}

/// The same for the owner of the folder.
fn check(directory: &Path, existing: Existing, command: Command) -> Result<()> {
    let refuse = |path: &Path, kind: ErrorKind, problem: &str| {
        let remedy = "give another output folder";
        let place = path.display().to_string();
        Err(Error::new(kind, place, problem, remedy))
    };
    if directory.is_file() {
        let problem = "this is a file, and reports need a folder";
        return refuse(directory, ErrorKind::Output, problem);
    }
    let work = directory.join(WORK);
    let is_broken_off = work.join(JOURNAL).is_file();
    if is_broken_off && existing == Existing::Keep {
        let problem = "a run into this folder did not end";
        return refuse(directory, ErrorKind::BrokenOff, problem);
    }
    if work.symlink_metadata().is_ok_and(|it| !it.is_dir()) {
        let problem = "this is no folder of newstance's";
        return refuse(&work, ErrorKind::Output, problem);
    }
    if let Some(earlier) = manifest::of_earlier(directory) {
        if earlier == Command::Score && command != Command::Score {
            let problem = "this folder has the facts of a scored corpus, which would be lost";
            return refuse(directory, ErrorKind::Output, problem);
        }
        return match existing {
            // Whether there is something to go on with, the run itself can tell.
            Existing::Replace | Existing::Resume => Ok(()),
            Existing::Keep => {
                let problem = "this folder has the reports of another run";
                refuse(directory, ErrorKind::OutputTaken, problem)
            }
        };
    }
    let mut names = names().chain([manifest::NAME.to_owned()]);
    match names.find(|name| directory.join(name).symlink_metadata().is_ok()) {
        None => Ok(()),
        Some(name) => {
            let problem = "a report would replace this file, which is none of newstance's";
            refuse(&directory.join(name), ErrorKind::Output, problem)
        }
    }
}

/// What is to be done to the output folder when all is written.
#[derive(Serialize, Deserialize)]
struct Commit {
    /// Files that take their places, the manifest last.
    files: Vec<String>,
}

/// An output folder that this process owns.
pub(super) struct Output {
    directory: PathBuf,
    _lock: Lock,
}

impl Output {
    /// Takes an output folder, which is made if need be.
    pub fn take(directory: &Path, existing: Existing, command: Command) -> Result<Self> {
        check_output(directory, existing, command)?;
        fs::create_dir_all(directory).map_err(Error::io(directory))?;
        let lock = Lock::take(directory)?;
        // Another run may have finished in between.
        roll_forward(directory)?;
        check(directory, existing, command)?;
        Ok(Self {
            directory: directory.to_owned(),
            _lock: lock,
        })
    }

    /// The folder of what is not finished.
    pub fn work(&self) -> PathBuf {
        self.directory.join(WORK)
    }

    /// Makes that folder, without what an earlier command left in it.
    pub fn begin(&self) -> Result<PathBuf> {
        let work = self.work();
        discard(&work)?;
        fs::create_dir(&work).map_err(Error::io(&work))?;
        sync(&self.directory)?;
        Ok(work)
    }

    /// An empty folder for the files of the report.
    pub fn stage(&self) -> Result<PathBuf> {
        let staged = self.work().join(STAGED);
        match fs::remove_dir_all(&staged) {
            Err(error) if error.kind() != IoErrorKind::NotFound => {
                return Err(Error::io(&staged)(error));
            }
            _ => {}
        }
        fs::create_dir(&staged).map_err(Error::io(&staged))?;
        Ok(staged)
    }

    /// Makes what is staged, with a manifest, the report that the folder has. Files of an earlier report that this one has no other for
    /// are removed, its page among them.
    pub fn commit(self, manifest: &Manifest) -> Result<()> {
        let work = self.work();
        let staged = work.join(STAGED);
        let mut files = Vec::new();
        for entry in fs::read_dir(&staged).map_err(Error::io(&staged))? {
            let name = entry.map_err(Error::io(&staged))?.file_name();
            files.push(name.to_string_lossy().into_owned());
        }
        files.sort_unstable();
        files.push(manifest::NAME.to_owned());
        let mut last = NewFile::create(&staged, manifest::NAME)?;
        manifest.write(&mut last).map_err(Error::io(last.path()))?;
        last.complete()?;
        sync(&staged)?;
        let path = work.join(COMMIT);
        let mut commit = AtomicFile::at(&path)?;
        let written = serde_json::to_writer(&mut commit, &Commit { files });
        written.map_err(|error| Error::io(&path)(error.into()))?;
        commit.flush().map_err(Error::io(&path))?;
        commit.publish()?;
        sync(&work)?;
        roll_forward(&self.directory)
    }
}

/// Finishes the moves of a report that was committed, if a process ended amid them.
pub(super) fn settle(directory: &Path) -> Result<()> {
    match directory.join(WORK).join(COMMIT).is_file() {
        false => Ok(()),
        true => {
            let _lock = Lock::take(directory)?;
            roll_forward(directory)
        }
    }
}

/// Moves the files of a committed report to their places. Whatever of that was done already is not done again.
fn roll_forward(directory: &Path) -> Result<()> {
    let work = directory.join(WORK);
    let path = work.join(COMMIT);
    let json = match fs::read(&path) {
        Ok(json) => json,
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(&path)(error)),
    };
    let commit: Commit = serde_json::from_slice(&json).map_err(|error| {
        let problem = format!(
            "this is no record of newstance {}: {error}",
            manifest::VERSION
        );
        let place = path.display().to_string();
        Error::new(
            ErrorKind::Output,
            place,
            problem,
            "remove it, and score again",
        )
    })?;
    let staged = work.join(STAGED);
    let is_ours = |name: &String| name == manifest::NAME || names().any(|it| it == *name);
    let files: Vec<&String> = commit.files.iter().filter(|name| is_ours(name)).collect();
    // The manifest moves last: if it is still here, other files may be, too.
    if staged.join(manifest::NAME).exists() {
        remove(&directory.join(manifest::NAME))?;
        for name in names().filter(|name| !files.contains(&name)) {
            remove(&directory.join(name))?;
        }
        let page = directory.join(page::NAME);
        if page::is_page(&page) {
            remove(&page)?;
        }
        for name in files {
            let (from, to) = (staged.join(name), directory.join(name));
            match fs::rename(&from, &to) {
                Err(error) if error.kind() != IoErrorKind::NotFound => {
                    return Err(Error::io(&to)(error));
                }
                _ => {}
            }
        }
        sync(directory)?;
    }
    discard(&work)
}

/// Removes the folder of what is not finished, or what is left of it: first what would make it look like a run that broke off, last
/// what says that it is finished.
fn discard(work: &Path) -> Result<()> {
    remove(&work.join(JOURNAL))?;
    let entries = match fs::read_dir(work) {
        Ok(entries) => entries,
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(work)(error)),
    };
    for entry in entries {
        let path = entry.map_err(Error::io(work))?.path();
        if path.symlink_metadata().is_ok_and(|it| it.is_dir()) {
            fs::remove_dir_all(&path).map_err(Error::io(&path))?;
        } else if !path.ends_with(COMMIT) {
            remove(&path)?;
        }
    }
    remove(&work.join(COMMIT))?;
    fs::remove_dir(work).map_err(Error::io(work))
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != IoErrorKind::NotFound => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}

/// Writes the names in a folder to the disk.
pub(super) fn sync(folder: &Path) -> Result<()> {
    // Not every system opens folders, and those that do not have no such thing.
    match File::open(folder) {
        Ok(file) if cfg!(unix) => file.sync_all().map_err(Error::io(folder)),
        _ => Ok(()),
    }
}
