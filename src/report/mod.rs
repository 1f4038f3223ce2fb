//! From scored articles to files: one module per file, written atomically.

mod actors;
mod articles;
mod atomic;
mod decimal;
mod manifest;
mod mentions;
mod rejected;

use std::fs;
use std::path::{Path, PathBuf};

pub use actors::ActorsCsv;
pub use articles::ArticlesCsv;
pub use manifest::{Counts, Manifest, Timings};
pub use mentions::{MentionRow, MentionsCsv};
pub use rejected::RejectedCsv;

use crate::error::{Error, Result};

/// The CSV files of a run, none of them under its final name until [`ReportFiles::finish`].
pub struct ReportFiles {
    directory: PathBuf,
    /// One row a mention.
    pub mentions: MentionsCsv,
    /// One row an article and actor.
    pub articles: ArticlesCsv,
    /// One row an actor.
    pub actors: ActorsCsv,
    /// One row a record that was not scored.
    pub rejected: RejectedCsv,
}

impl ReportFiles {
    /// Opens the files of a run in a folder, which is made if need be.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the folder or a file cannot be made, [`Error::Output`] where the name
    /// is that of a file.
    pub fn create(directory: &Path) -> Result<Self> {
        if directory.is_file() {
            return Err(Error::Output(directory.to_owned()));
        }
        fs::create_dir_all(directory).map_err(Error::io(directory))?;
        Ok(Self {
            directory: directory.to_owned(),
            mentions: MentionsCsv::create(directory)?,
            articles: ArticlesCsv::create(directory)?,
            actors: ActorsCsv::create(directory)?,
            rejected: RejectedCsv::create(directory)?,
        })
    }

    /// Gives all files their final names, the manifest last: where there is a manifest, the files
    /// beside it are whole and of one run.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where a file cannot be written or renamed.
    pub fn finish(self, manifest: &Manifest) -> Result<()> {
        manifest::remove(&self.directory)?;
        self.mentions.finish()?;
        self.articles.finish()?;
        self.actors.finish()?;
        self.rejected.finish()?;
        manifest.write(&self.directory)
    }
}
