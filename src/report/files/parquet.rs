//! Tables as Parquet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::arrow::BatchBuilder;
use super::{Cell, Kind, NewFile, RowFile};
use crate::error::{Error, Result};

/// Rows that are collected before they are encoded.
const BATCH_ROWS: usize = 1 << 12;
/// Rows whose columns lie together; what is in memory while a table is written.
const GROUP_ROWS: usize = 1 << 17;

/// A table as Parquet: dictionaries where they pay, Zstandard, a row group for each 131,072 rows.
pub(super) struct ParquetFile {
    writer: ArrowWriter<NewFile>,
    rows: BatchBuilder,
    path: PathBuf,
}

impl ParquetFile {
    pub fn new(file: NewFile, columns: &[(&str, Kind)]) -> Result<Self> {
        let path = file.path().to_owned();
        let rows = BatchBuilder::new(columns.iter().copied());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(rows.schema()), Some(properties))
            .map_err(to_io(&path))?;
        Ok(Self { writer, rows, path })
    }

    /// Encodes the rows at hand.
    fn flush(&mut self) -> Result<()> {
        self.rows
            .finish()
            .map_err(ParquetError::from)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(to_io(&self.path))
    }
}

impl RowFile for ParquetFile {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows.push(cells);
        match self.rows.rows() < BATCH_ROWS {
            true => Ok(()),
            false => self.flush(),
        }
    }

    fn complete(mut self: Box<Self>) -> Result<()> {
        self.flush()?;
        let file = self.writer.into_inner().map_err(to_io(&self.path))?;
        file.complete()
    }
}

fn to_io(path: &Path) -> impl FnOnce(ParquetError) -> Error {
    let path = path.to_owned();
    move |error| {
        let cause = match error {
            ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
                Ok(io) => *io,
                Err(other) => std::io::Error::other(other),
            },
            other => std::io::Error::other(other),
        };
        Error::io(&path)(cause)
    }
}
