//! The one error type of the library.

use std::io;
use std::path::{Path, PathBuf};

/// What stops a run. Bad *records* never do: they become [`crate::corpus::Rejected`] rows.
///
/// Every message names the file, what is wrong with it and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{path}: {cause}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said; the message has it, so it is not a `source` that would be
        /// printed again.
        cause: io::Error,
    },
    /// An INPUT argument that names nothing that can be read.
    #[error("{input}: {problem}; {remedy}")]
    Input {
        /// The argument as given.
        input: String,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A place where reports cannot be written, or should not.
    #[error("{}: {problem}; give another output folder", path.display())]
    Output {
        /// The file in the way.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A mistake in an actor catalogue.
    #[error("{file}:{line}: {problem}; {remedy}")]
    Catalogue {
        /// The catalogue's file name.
        file: String,
        /// Line of the mistake, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A model directory that cannot be used.
    #[error("{file}: {problem}; {remedy}")]
    Model {
        /// The file of the model directory.
        file: String,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A gold file that is not in NewsMTSC format.
    #[error("{file}:{line}: {problem}; {remedy}")]
    Gold {
        /// The gold file.
        file: String,
        /// Line of the mistake, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
}

impl Error {
    /// An [`Error::Io`] of this path, for `map_err`.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { path, cause }
    }

    /// An [`Error::Model`].
    pub(crate) fn model(
        file: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Model {
            file: file.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
