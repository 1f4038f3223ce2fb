//! What a model says of each gold target, for whoever wants to see its mistakes.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::GoldTarget;
use crate::error::{Error, Result};
use crate::model::Answer;
use crate::report::{AtomicFile, io_error};

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    sentence: &'a str,
    start: usize,
    end: usize,
    target: &'a str,
    gold: &'static str,
    label: &'static str,
    p_negative: f32,
    p_neutral: f32,
    p_positive: f32,
}

/// A CSV file of gold targets, which appears when it is finished, each with its label and the model's: one row a target, in the order of
/// the gold. `start` and `end` count code points of the sentence.
pub struct Predictions {
    writer: csv::Writer<AtomicFile>,
    path: PathBuf,
}

impl Predictions {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let file = AtomicFile::at(path)?;
        Ok(Self {
            writer: csv::Writer::from_writer(file),
            path: path.to_owned(),
        })
    }

    /// Writes a target of the gold file of this name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the disk does not take it.
    pub fn write(&mut self, file: &str, gold: &GoldTarget, answer: &Answer) -> Result<()> {
        let target = &gold.sentence[gold.bytes.clone()];
        let start = gold.sentence[..gold.bytes.start].chars().count();
        let [p_negative, p_neutral, p_positive] = answer.probabilities;
        let written = self.writer.serialize(Row {
            file,
            sentence: &gold.sentence,
            start,
            end: start + target.chars().count(),
            target,
            gold: gold.label.name(),
            label: answer.label().name(),
            p_negative,
            p_neutral,
            p_positive,
        });
        written.map_err(|error| Error::io(&self.path)(io_error(error)))
    }

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the disk does not take it.
    pub fn finish(self) -> Result<()> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| Error::io(&self.path)(error.into_error()))?;
        file.publish()
    }
}
