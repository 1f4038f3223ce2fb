//! Columns of a corpus, batch by batch: those of a Parquet file, and of a table in memory.

use std::vec::IntoIter;

use arrow_array::RecordBatch;
use arrow_json::LineDelimitedWriter;
use arrow_schema::{ArrowError, Schema};
use serde_json::Value;

use super::record::{Unseen, field_value, not_kept, parse};
use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::{Field, is_at};
use crate::corpus::fields::Fields;
use crate::corpus::rejected::{Fault, Place};

/// Rows that are in memory as articles at a time.
pub(super) const BATCH: usize = 64;

/// Reads rows of columns. Columns that may be no field are not looked at.
pub(in crate::corpus) struct ColumnsReader {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    rows: IntoIter<Value>,
    unseen: Unseen,
    /// What is to be told of the columns.
    notices: Vec<Fault>,
    fields: Fields,
    /// Records so far.
    record: u64,
    done: bool,
}

/// The places of the columns that may be a field.
pub(super) fn wanted(schema: &Schema, fields: &Fields) -> Vec<usize> {
    let columns = schema.fields().iter().enumerate();
    columns
        .filter(|(_, column)| fields.map.may_read(column.name()))
        .map(|(place, _)| place)
        .collect()
}

/// A batch in parts: no more rows are made articles at a time than of a file.
fn slices(batch: RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let rows = batch.num_rows();
    let starts = (0..rows).step_by(BATCH);
    starts.map(move |start| batch.slice(start, BATCH.min(rows - start)))
}

/// Reads a table in memory.
///
/// # Errors
///
/// Where no column can be the text.
pub(in crate::corpus) fn of_batches(
    schema: &Schema,
    fields: Fields,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    records_before: u64,
) -> Result<ColumnsReader, Fault> {
    let places = wanted(schema, &fields);
    let parts = batches.flat_map(move |batch| {
        let batch = batch.and_then(|batch| batch.project(&places));
        match batch {
            Ok(batch) => slices(batch).map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }
    });
    let reader = ColumnsReader::new(schema, fields, Box::new(parts))?;
    Ok(ColumnsReader {
        record: records_before,
        ..reader
    })
}

impl ColumnsReader {
    /// Reads batches of the columns of [`wanted`].
    ///
    /// # Errors
    ///
    /// Where no column can be the text.
    pub fn new(
        schema: &Schema,
        fields: Fields,
        batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    ) -> Result<Self, Fault> {
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let has = |path: &str| names.iter().any(|name| is_at(name, path));
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
        let has_text = fields.map.candidates(Field::Text).any(has);
        if !has_text {
            let reason = format!(
                "no column holds the text: there are {}; map the right one to text",
                names.join(", ")
            );
            return Err(Fault::new(RejectedKind::Field, reason));
        }
        let unknown = fields.map.kept().iter().filter(|name| !has(name));
        let notices = unknown.map(|name| not_kept(name)).collect();
        Ok(Self {
            batches,
            rows: Vec::new().into_iter(),
            unseen: Unseen::none(),
            notices,
            fields,
            record: 0,
            done: false,
        })
    }
}

/// A batch as JSON, with which all kinds of columns become fields as they do elsewhere.
fn rows_of(batch: &RecordBatch, fields: &Fields) -> Result<Vec<Value>, Fault> {
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
    lines.map(|line| parse(line, fields)).collect()
}

/// Reads the dates of rows of columns, as texts.
///
/// # Errors
///
/// Where a column cannot be read.
pub(in crate::corpus) fn each_date(
    schema: &Schema,
    fields: &Fields,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    mut take: impl FnMut(&str),
) -> Result<(), Fault> {
    let unreadable = |error: ArrowError| {
        let reason = format!("a column cannot be read: {error}");
        Fault::new(RejectedKind::Unreadable, reason)
    };
    let columns = schema.fields().iter().enumerate();
    let dates = columns.filter(|(_, column)| fields.map.may_be_date(column.name()));
    let places: Vec<usize> = dates.map(|(place, _)| place).collect();
    for batch in batches {
        let batch = batch.and_then(|batch| batch.project(&places));
        for row in rows_of(&batch.map_err(unreadable)?, fields)? {
            let mut raw = fields.raw(|field, name| field_value(&row, field, name));
            take(raw.take(Field::Published).trim());
        }
    }
    Ok(())
}

impl ArticleReader for ColumnsReader {
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
                Ok(batch) => rows_of(&batch, &self.fields),
                Err(error) => {
                    let reason = format!("the columns cannot be read from here on: {error}");
                    Err(Fault::new(RejectedKind::Lost, reason))
                }
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
