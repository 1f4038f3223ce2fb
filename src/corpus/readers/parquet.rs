//! Apache Parquet, batch by batch.

use std::fs::File;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::{BATCH, ColumnsReader, wanted};
use crate::corpus::RejectedKind;
use crate::corpus::fields::Fields;
use crate::corpus::rejected::Fault;

/// Reads `.parquet`.
///
/// # Errors
///
/// Where the file is no Parquet, or no column can be the text.
pub(super) fn reader(file: File, fields: Fields) -> Result<ColumnsReader, Fault> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
    let schema = builder.schema().clone();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted(&schema, &fields));
    let builder = builder.with_projection(mask).with_batch_size(BATCH);
    let batches = builder.build().map_err(broken)?;
    ColumnsReader::new(&schema, fields, Box::new(batches))
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::new(RejectedKind::Unreadable, format!("no Parquet: {error}"))
}
