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
use atomic::partial_name;

const CSV_NAMES: [&str; 4] = [mentions::NAME, articles::NAME, actors::NAME, rejected::NAME];

/// Where the files of a run in this folder are, complete or not.
pub fn paths(directory: &Path) -> Vec<PathBuf> {
    CSV_NAMES
        .iter()
        .chain(&[manifest::NAME])
        .flat_map(|name| [directory.join(name), directory.join(partial_name(name))])
        .collect()
}

/// Makes sure that reports in this folder replace nothing but earlier reports.
fn check_output(directory: &Path) -> Result<()> {
    if directory.is_file() {
        return Err(Error::Output {
            path: directory.to_owned(),
            problem: "a file, and reports need a folder".to_owned(),
        });
    }
    let name = CSV_NAMES.iter().find(|name| directory.join(name).exists());
    match name {
        Some(name) if !directory.join(manifest::NAME).exists() => Err(Error::Output {
            path: directory.join(name),
            problem: format!(
                "would be replaced by a report, but is none ({} is not beside it)",
                manifest::NAME
            ),
        }),
        _ => Ok(()),
    }
}

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
    /// [`Error::Output`] where the name is that of a file, or the folder has a file of a report's
    /// name and no manifest beside it that would tell it for one; [`Error::Io`] where the folder or a
    /// file cannot be made.
    pub fn create(directory: &Path) -> Result<Self> {
        check_output(directory)?;
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
