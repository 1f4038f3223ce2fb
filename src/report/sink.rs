//! The report of a run, as the pipeline's sink.

use std::path::{Path, PathBuf};

use super::derived::Derived;
use super::files::{TableFile, TableOptions, Tables};
use super::folder::{publish, take};
use super::lock::Lock;
use super::manifest::{Command, Manifest};
use super::{DocumentRow, MentionRow, RejectedRow, Table};
use crate::actors::Catalogue;
use crate::aggregate::{ActorSummary, MentionFact, Period};
use crate::corpus::Rejected;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{ScoredArticle, Sink};

/// What a report of a run is made of.
#[derive(Debug, Clone, Default)]
pub struct ReportOptions {
    /// Whether tables of an earlier run are replaced.
    pub overwrite: bool,
    /// Further columns of documents: fields of the input.
    pub kept: Vec<String>,
    /// How long the periods of the timeline are.
    pub period: Period,
    /// How the tables are written.
    pub tables: TableOptions,
}

/// The files of a run, none of them under its final name until [`Report::finish`].
///
/// A [`Sink`]: facts are written as they come, and the derived tables are computed from the same rows.
pub struct Report {
    directory: PathBuf,
    tables: Tables,
    documents: TableFile<DocumentRow<'static>>,
    mentions: TableFile<MentionRow<'static>>,
    rejected: TableFile<RejectedRow<'static>>,
    derived: Derived,
    /// Last, so that the folder is given back when all files are closed.
    _lock: Lock,
}

impl Report {
    /// Takes a folder, which is made if need be, and opens the files of a run in it.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`](super::check_output), [`ErrorKind::Locked`](crate::ErrorKind::Locked) if another run has the folder, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the folder or a file cannot be made.
    pub fn create(
        directory: &Path,
        catalogue: &Catalogue,
        options: &ReportOptions,
    ) -> Result<Self> {
        check_kept(&options.kept)?;
        let lock = take(directory, options.overwrite, Command::Score)?;
        let actors = catalogue.actors().iter().map(Into::into).collect();
        let tables = Tables::new(directory, &options.tables);
        Ok(Self {
            directory: directory.to_owned(),
            derived: Derived::create(&tables, actors, options.period)?,
            documents: tables.with_columns(&options.kept)?,
            mentions: tables.create()?,
            rejected: tables.create()?,
            tables,
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
        let (actors, mut files) = self.derived.complete()?;
        files.extend(self.documents.complete()?);
        files.extend(self.mentions.complete()?);
        files.extend(self.rejected.complete()?);
        files.extend(self.tables.complete()?);
        publish(&self.directory, files, manifest)?;
        Ok(actors)
    }
}

/// Checks that documents has no column of a kept field's name.
fn check_kept(kept: &[String]) -> Result<()> {
    let own = |name: &&String| DocumentRow::COLUMNS.iter().any(|it| it.name == **name);
    match kept.iter().find(own) {
        None => Ok(()),
        Some(name) => Err(Error::new(
            ErrorKind::Output,
            name,
            "a field of this name cannot be kept: documents has a column that is called so",
            "rename the field in the input, or leave it out",
        )),
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
        self.derived.add(&document, &scored.article.kept, &facts)
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        self.rejected.write(&RejectedRow::from(rejected))
    }
}
