//! An output folder: who may write to it, and how its files get their names.

use std::fs;
use std::path::Path;

use super::atomic::{Complete, csv_name};
use super::lock::Lock;
use super::manifest::{self, Manifest};
use super::{
    ActorRow, ArticleRow, DocumentRow, MentionRow, PairRow, RejectedRow, SourceRow, TimelineRow,
};
use crate::error::{Error, ErrorKind, Result};

/// The files that a run writes beside its manifest.
fn names() -> [String; 8] {
    [
        csv_name::<DocumentRow>(),
        csv_name::<MentionRow>(),
        csv_name::<ArticleRow>(),
        csv_name::<ActorRow>(),
        csv_name::<TimelineRow>(),
        csv_name::<SourceRow>(),
        csv_name::<PairRow>(),
        csv_name::<RejectedRow>(),
    ]
}

/// Checks that reports in this folder replace nothing, or with `overwrite` nothing but earlier reports.
///
/// # Errors
///
/// [`ErrorKind::OutputTaken`] if the folder has reports already, [`ErrorKind::Output`] if it is a file
/// or a file of a report's name is none.
pub fn check_output(directory: &Path, overwrite: bool) -> Result<()> {
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
    if manifest::is_ours(directory) {
        return match overwrite {
            true => Ok(()),
            false => {
                let problem = "this folder has the reports of another run";
                refuse(directory, ErrorKind::OutputTaken, problem)
            }
        };
    }
    let names = names();
    let mut names = names.iter().map(String::as_str).chain([manifest::NAME]);
    match names.find(|name| directory.join(name).exists()) {
        None => Ok(()),
        Some(name) => {
            let problem = "a report would replace this file, which is none of newstance's";
            refuse(&directory.join(name), ErrorKind::Output, problem)
        }
    }
}

/// Takes an output folder, which is made if need be.
pub(super) fn take(directory: &Path, overwrite: bool) -> Result<Lock> {
    check_output(directory, overwrite)?;
    fs::create_dir_all(directory).map_err(Error::io(directory))?;
    let lock = Lock::take(directory)?;
    // Another run may have finished in between.
    check_output(directory, overwrite)?;
    Ok(lock)
}

/// Gives complete files their names, the manifest last: a folder with a manifest has whole files of one
/// run.
pub(super) fn publish(directory: &Path, files: Vec<Complete>, manifest: &Manifest) -> Result<()> {
    let last = manifest.complete(directory)?;
    manifest::remove(directory)?;
    for file in files {
        file.publish()?;
    }
    last.publish()
}
