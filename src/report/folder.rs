//! The folder of a run.

use std::fs;
use std::path::{Path, PathBuf};

use super::atomic::{Complete, CsvFile, csv_name};
use super::derived::Derived;
use super::lock::Lock;
use super::manifest::{self, Manifest};
use super::{ActorRow, ArticleRow, DocumentRow, MentionRow, RejectedRow};
use crate::actors::Catalogue;
use crate::aggregate::ActorSummary;
use crate::corpus::Rejected;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{ScoredArticle, Sink};

/// The files that a run writes beside its manifest.
fn names() -> [String; 5] {
    [
        csv_name::<DocumentRow>(),
        csv_name::<MentionRow>(),
        csv_name::<ArticleRow>(),
        csv_name::<ActorRow>(),
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

/// The files of a run, none of them under its final name until [`Report::finish`].
///
/// A [`Sink`]: facts are written as they come, and the derived tables are computed from the same rows.
pub struct Report {
    directory: PathBuf,
    documents: CsvFile<DocumentRow<'static>>,
    mentions: CsvFile<MentionRow<'static>>,
    rejected: CsvFile<RejectedRow<'static>>,
    derived: Derived,
    /// Last, so that the folder is given back when all files are closed.
    _lock: Lock,
}

impl Report {
    /// Takes a folder, which is made if need be, and opens the files of a run in it.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`], [`ErrorKind::Locked`] if another run has the folder, and
    /// [`ErrorKind::Io`] if the folder or a file cannot be made.
    pub fn create(directory: &Path, overwrite: bool, catalogue: &Catalogue) -> Result<Self> {
        let lock = take(directory, overwrite)?;
        let actors = catalogue.actors().iter().map(Into::into).collect();
        Ok(Self {
            directory: directory.to_owned(),
            documents: CsvFile::create(directory)?,
            mentions: CsvFile::create(directory)?,
            rejected: CsvFile::create(directory)?,
            derived: Derived::create(directory, actors)?,
            _lock: lock,
        })
    }

    /// Gives all files their final names, the manifest last: a folder with a manifest has whole files
    /// of one run. Gives the summary of each actor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if a file cannot be written or renamed.
    pub fn finish(self, manifest: &Manifest) -> Result<Vec<ActorSummary>> {
        let (actors, derived) = self.derived.complete()?;
        let mut files = vec![
            self.documents.complete()?,
            self.mentions.complete()?,
            self.rejected.complete()?,
        ];
        files.extend(derived);
        publish(&self.directory, files, manifest)?;
        Ok(actors)
    }
}

impl Sink for Report {
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()> {
        let document = DocumentRow::new(scored);
        self.documents.write(&document)?;
        let mut facts = Vec::with_capacity(scored.mentions.len());
        for mention in &scored.mentions {
            let row = MentionRow::new(&document, scored, mention, catalogue);
            self.mentions.write(&row)?;
            facts.push(row.fact(mention.mention.actor));
        }
        self.derived.add(&document, &facts)
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        self.rejected.write(&RejectedRow::from(rejected))
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
