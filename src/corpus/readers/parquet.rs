//! Apache Parquet, batch by batch.

use std::fs::File;
use std::vec::IntoIter;

use arrow_array::RecordBatch;
use arrow_json::LineDelimitedWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::Value;

use super::record::{Unseen, not_kept, parse};
use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::{Field, same_name};
use crate::corpus::fields::Fields;
use crate::corpus::rejected::{Fault, Place};

/// Articles that are in memory at a time.
const BATCH: usize = 64;

/// Reads `.parquet`: of the columns those that may be a field.
pub(super) struct ParquetReader {
    batches: ParquetRecordBatchReader,
    rows: IntoIter<Value>,
    unseen: Unseen,
    /// What is to be told of the columns.
    notices: Vec<Fault>,
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
        let is = |name: &str, path: &str| {
            let root = path.split('.').next().unwrap_or_default();
            same_name(name, path) || same_name(name, root)
        };
        let has = |path: &str| names.iter().any(|name| is(name, path));
        let wanted = |name: &str| {
            let kept = fields.map.kept().iter();
            Field::ALL
                .into_iter()
                .flat_map(|field| fields.map.candidates(field))
                .chain(kept.map(String::as_str))
                .any(|path| is(name, path))
        };
        let has_text = fields.map.candidates(Field::Text).any(has);
        if !has_text {
            let reason = format!(
                "no column holds the text: there are {}; map the right one to text",
                names.join(", ")
            );
            return Err(Fault::new(RejectedKind::Field, reason));
        }
        for field in Field::ALL {
            if let Some(name) = fields.map.mapped(field).filter(|name| !has(name)) {
                let reason = format!(
                    "{} is mapped to {name:?}, which is no column: there are {}",
                    field.name(),
                    names.join(", ")
                );
                return Err(Fault::new(RejectedKind::Field, reason));
            }
        }
        let unknown = fields.map.kept().iter().filter(|name| !has(name));
        let notices = unknown.map(|name| not_kept(name)).collect();
        let roots = (0..names.len()).filter(|&at| wanted(&names[at]));
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let builder = builder.with_projection(mask).with_batch_size(BATCH);
        Ok(Self {
            batches: builder.build().map_err(broken)?,
            rows: Vec::new().into_iter(),
            unseen: Unseen::none(),
            notices,
            fields,
            record: 0,
            done: false,
        })
    }

    /// A batch as JSON, with which all kinds of columns become fields as they do elsewhere.
    fn rows(&self, batch: &RecordBatch) -> Result<Vec<Value>, Fault> {
        let mut lines = Vec::new();
        let mut writer = LineDelimitedWriter::new(&mut lines);
        writer
            .write(batch)
            .and_then(|()| writer.finish())
            .map_err(|error| {
                let reason = format!("a column cannot be read: {error}");
                Fault::new(RejectedKind::Unreadable, reason)
            })?;
        let lines = lines
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty());
        lines.map(|line| parse(line, &self.fields)).collect()
    }
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::new(RejectedKind::Unreadable, format!("no Parquet: {error}"))
}

impl ArticleReader for ParquetReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        if let Some(notice) = self.notices.pop() {
            return Some((Place::File, Err(notice)));
        }
        loop {
            if let Some(row) = self.rows.next() {
                self.record += 1;
                let place = Place::Record(self.record);
                return Some((place, self.unseen.article(&row, place, &self.fields)));
            }
            if self.done {
                return None;
            }
            let rows = match self.batches.next()? {
                Ok(batch) => self.rows(&batch),
                Err(error) => Err(broken(error)),
            };
            match rows {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(fault) => {
                    self.done = true;
                    return Some((Place::Record(self.record + 1), Err(fault)));
                }
            }
        }
    }
}
