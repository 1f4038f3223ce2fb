//! manifest.json: what was run on what, for whoever has to do it again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind as IoErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::aggregate::Period;

use super::files::TableOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Counts, Shard, Timings};

pub(super) const NAME: &str = "manifest.json";

/// The version of the tables' columns. It changes when a column does.
pub const SCHEMA: u32 = 7;
/// The version of newstance that this is.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Which command wrote a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// `score`: facts and derived tables.
    #[default]
    Score,
    /// `aggregate`: derived tables alone.
    Aggregate,
    /// `compare`: differences between two corpora; the manifest is the second one's.
    Compare,
}

/// An actor of the catalogue that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorEntry {
    /// As tables name it.
    pub id: String,
    /// As a reader knows it.
    pub name: String,
}

/// The contents of manifest.json.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the tables, [`SCHEMA`].
    pub schema: u32,
    /// Version of newstance.
    pub version: String,
    /// What wrote the folder.
    pub command: Command,
    /// The command line.
    pub arguments: Vec<String>,
    /// When the run started, in UTC.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// The model's name or directory.
    pub model: String,
    /// SHA-256 of its files, by name: weights, tokenizer, calibration.
    pub model_sha256: BTreeMap<String, String>,
    /// Which of its classes mean which label.
    pub labels: String,
    /// What ran it, with its precision.
    pub backend: String,
    /// SHA-256 of the catalogue.
    pub catalogue_sha256: String,
    /// The actors, in the order of the catalogue.
    pub actors: Vec<ActorEntry>,
    /// Encodings of the input other than UTF-8: of UTF-16 the files, of Windows-1252 the records.
    #[serde(default)]
    pub encodings: BTreeMap<String, u64>,
    /// How the tables are written.
    #[serde(default)]
    pub tables: TableOptions,
    /// How long the periods of timeline.csv are.
    #[serde(default)]
    pub period: Period,
    /// Fields of the input that documents keep, the last columns of documents.csv.
    #[serde(default)]
    pub kept: Vec<String>,
    /// A hash of all that a report depends on: arguments, version, model, catalogue, and the inputs' names, sizes and times.
    #[serde(default)]
    pub run: String,
    /// The part of the corpus that was scored, if not all.
    #[serde(default)]
    pub shard: Option<Shard>,
    /// Threads that scored.
    pub threads: usize,
    /// How much was read and found.
    pub counts: Counts,
    /// How long it took, in seconds.
    pub timings: Timings,
}

impl Manifest {
    /// Reads the manifest of a folder; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Facts`] if it is not a manifest of
    /// this version of newstance.
    pub fn read(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path)(error)),
        };
        let refuse = |problem: String, remedy: &str| {
            Error::new(
                ErrorKind::Facts,
                path.display().to_string(),
                problem,
                remedy,
            )
        };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| {
            let problem = format!("this is no manifest of newstance {VERSION}: {error}");
            refuse(
                problem,
                "give a folder that this version of newstance wrote",
            )
        })?;
        if manifest.schema != SCHEMA {
            let problem = format!(
                "newstance {} wrote these tables in version {}, and this one reads version {SCHEMA}",
                manifest.version, manifest.schema
            );
            return Err(refuse(problem, "score the corpus again"));
        }
        Ok(Some(manifest))
    }

    /// Writes it as JSON.
    pub(super) fn write(&self, mut out: impl Write) -> std::io::Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")
    }
}

/// What wrote a folder, in whichever version of newstance; `None` if none did.
pub(super) fn of_earlier(directory: &Path) -> Option<Command> {
    let bytes = fs::read(directory.join(NAME)).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let keys = ["version", "catalogue_sha256", "counts"];
    let is_ours = keys.iter().all(|key| value.get(key).is_some());
    let command = value.get("command").cloned().unwrap_or_default();
    is_ours.then(|| serde_json::from_value(command).unwrap_or_default())
}
