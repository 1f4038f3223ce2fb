//! manifest.json: what was run on what, for whoever has to do it again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::atomic::AtomicFile;
use crate::error::{Error, Result};

pub(super) const NAME: &str = "manifest.json";

/// How much a run read and found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Articles scored.
    pub articles: u64,
    /// Articles among them that mention no actor.
    pub articles_without_mentions: u64,
    /// Records not scored.
    pub rejected: u64,
    /// Files of folders and globs that were not read: of no known extension, or a pipe or socket.
    pub files_ignored: u64,
    /// Sentences read.
    pub sentences: u64,
    /// Mentions scored.
    pub mentions: u64,
    /// Mentions among them whose sentence and target had been scored a while before, and were not again.
    #[serde(default)]
    pub mentions_repeated: u64,
}

/// Seconds of wall time; stages overlap with reading, which has a thread of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Splitting, matching and attribution.
    pub prepare: f64,
    /// Tokenizing and encoding.
    pub score: f64,
    /// Aggregating and writing.
    pub write: f64,
    /// The whole run, loading the model included.
    pub total: f64,
}

/// The contents of manifest.json.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of newstance.
    pub version: String,
    /// The command line.
    pub arguments: Vec<String>,
    /// The model's name or directory.
    pub model: String,
    /// SHA-256 of its files, by name: weights, tokenizer, calibration.
    pub model_sha256: BTreeMap<String, String>,
    /// Which of its classes mean which label.
    pub labels: String,
    /// What ran it; the torch backend with its device and precision.
    pub backend: String,
    /// SHA-256 of the catalogue.
    pub catalogue_sha256: String,
    /// Threads that scored.
    pub threads: usize,
    /// How much was read and found.
    pub counts: Counts,
    /// How long it took, in seconds.
    pub timings: Timings,
}

impl Manifest {
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let mut file = AtomicFile::create(directory, NAME)?;
        let path = directory.join(NAME);
        let mut json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::io(&path)(std::io::Error::other(error)))?;
        json.push(b'\n');
        file.write_all(&json).map_err(Error::io(&path))?;
        file.finish()
    }
}

/// Removes the manifest of an earlier run, whose files are about to be replaced.
pub(super) fn remove(directory: &Path) -> Result<()> {
    let path = directory.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(&path)(error)),
        _ => Ok(()),
    }
}
