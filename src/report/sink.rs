//! The report of a run, as the pipeline's sink.

use std::path::{Path, PathBuf};

use super::atomic::CsvFile;
use super::derived::Derived;
use super::folder::{publish, take};
use super::lock::Lock;
use super::manifest::Manifest;
use super::{DocumentRow, MentionRow, RejectedRow};
use crate::actors::Catalogue;
use crate::aggregate::{ActorSummary, MentionFact, Period};
use crate::corpus::Rejected;
use crate::error::Result;
use crate::pipeline::{ScoredArticle, Sink};

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
    /// Takes a folder, which is made if need be, and opens the files of a run in it. `kept` are further columns of documents:
    /// fields of the input.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`](super::check_output), [`ErrorKind::Locked`](crate::ErrorKind::Locked) if another run has the folder, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the folder or a file cannot be made.
    pub fn create(
        directory: &Path,
        overwrite: bool,
        catalogue: &Catalogue,
        kept: &[String],
        period: Period,
    ) -> Result<Self> {
        let lock = take(directory, overwrite)?;
        let actors = catalogue.actors().iter().map(Into::into).collect();
        Ok(Self {
            directory: directory.to_owned(),
            documents: CsvFile::with_columns(directory, kept)?,
            mentions: CsvFile::create(directory)?,
            rejected: CsvFile::create(directory)?,
            derived: Derived::create(directory, actors, period)?,
            _lock: lock,
        })
    }

    /// Gives all files their final names, the manifest last: a folder with a manifest has whole files
    /// of one run. Gives the summary of each actor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if a file cannot be written or renamed.
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
        self.documents.write_with(&document, &scored.article.kept)?;
        let mut rows = Vec::with_capacity(scored.mentions.len());
        for mention in &scored.mentions {
            let row = MentionRow::new(&document, scored, mention, catalogue);
            self.mentions.write(&row)?;
            rows.push((row, mention.mention.actor));
        }
        let facts: Vec<MentionFact> = rows.iter().map(|(row, actor)| row.fact(*actor)).collect();
        self.derived.add(&document, &facts)
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        self.rejected.write(&RejectedRow::from(rejected))
    }
}
