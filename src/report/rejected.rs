//! rejected.csv: one row a record that was not scored.

use std::path::Path;

use super::atomic::CsvFile;
use crate::corpus::Rejected;
use crate::error::Result;

pub(super) const NAME: &str = "rejected.csv";
const HEADER: &[&str] = &["input", "record", "reason"];

/// Writes rejected.csv.
pub struct RejectedCsv(CsvFile);

impl RejectedCsv {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        CsvFile::create(directory, NAME, HEADER).map(Self)
    }

    /// Writes a rejected record.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] where the disk does not take it.
    pub fn write(&mut self, rejected: &Rejected) -> Result<()> {
        self.0
            .write((&rejected.input, rejected.record, &rejected.reason))
    }

    pub(super) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
