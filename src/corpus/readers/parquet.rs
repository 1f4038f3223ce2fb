//! Apache Parquet, batch by batch.

use std::fs::File;
use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_json::LineDelimitedWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::jsonl::JsonlReader;
use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::{Field, squashed};
use crate::corpus::fields::Fields;
use crate::corpus::rejected::{Fault, Place};

/// Articles that are in memory at a time.
const BATCH: usize = 64;

/// Reads `.parquet`: of the columns those that may be a field.
pub(super) struct ParquetReader {
    batches: ParquetRecordBatchReader,
    rows: Option<JsonlReader>,
    fields: Fields,
    record: u64,
    done: bool,
}

impl ParquetReader {
    /// # Errors
    ///
    /// Where the file is no Parquet, or no column can be the text.
    pub fn new(file: File, fields: Fields) -> Result<Self, Fault> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
        let schema = builder.schema();
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let wanted = |name: &str| {
            let name = squashed(name);
            let is = |candidate: &str| {
                let candidate = squashed(candidate);
                candidate == name || candidate.split('.').next() == Some(&name)
            };
            Field::ALL
                .into_iter()
                .any(|field| fields.map.candidates(field).any(is))
                || fields.map.kept().iter().any(|kept| is(kept))
        };
        let has_text = names.iter().any(|name| {
            let name = squashed(name);
            fields
                .map
                .candidates(Field::Text)
                .any(|it| squashed(it).split('.').next() == Some(&name))
        });
        if !has_text {
            let reason = format!(
                "no column holds the text: there are {}; map the right one to text",
                names.join(", ")
            );
            return Err(Fault::new(RejectedKind::Field, reason));
        }
        let roots = (0..names.len()).filter(|&at| wanted(&names[at]));
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        Ok(Self {
            batches: builder
                .with_projection(mask)
                .with_batch_size(BATCH)
                .build()
                .map_err(broken)?,
            rows: None,
            fields,
            record: 0,
            done: false,
        })
    }

    /// A batch as lines of JSON, with which all kinds of columns become fields as they do elsewhere.
    fn rows(&self, batch: &RecordBatch) -> Result<JsonlReader, Fault> {
        let mut lines = Vec::new();
        let mut writer = LineDelimitedWriter::new(&mut lines);
        writer
            .write(batch)
            .and_then(|()| writer.finish())
            .map_err(|error| {
                Fault::new(
                    RejectedKind::Unreadable,
                    format!("a column cannot be read: {error}"),
                )
            })?;
        Ok(JsonlReader::new(
            Box::new(Cursor::new(lines)),
            self.fields.clone(),
        ))
    }
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::new(RejectedKind::Unreadable, format!("no Parquet: {error}"))
}

impl ArticleReader for ParquetReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        loop {
            if let Some((_, read)) = self.rows.as_mut().and_then(JsonlReader::next_record) {
                self.record += 1;
                return Some((Place::Record(self.record), read));
            }
            if self.done {
                return None;
            }
            let rows = match self.batches.next()? {
                Ok(batch) => self.rows(&batch),
                Err(error) => Err(broken(error)),
            };
            match rows {
                Ok(rows) => self.rows = Some(rows),
                Err(fault) => {
                    self.done = true;
                    return Some((Place::Record(self.record + 1), Err(fault)));
                }
            }
        }
    }
}
