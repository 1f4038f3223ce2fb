//! Rows of Arrow's columns: those of a Parquet file, and of a table in memory.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Columns, RowReader, WRONG_COLUMNS, refuse};
use crate::decimal::Millionths;
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::report::Batches;
use crate::report::files::{data_type, kind_of, to_day};
use crate::report::row::{Cell, Kind};

/// The rows of a Parquet file, or of a table in memory.
pub(in crate::report) struct ColumnRows {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
    /// Name and kind of each column; no name if it is not read.
    columns: Vec<(Option<String>, Kind)>,
    /// Those of the batch at hand.
    values: Vec<Values>,
    /// Rows of the batch, and the next one in it.
    length: usize,
    next: usize,
    /// Rows before the batch.
    before: u64,
    /// What the table is called in messages.
    name: String,
}

/// The crates that read Parquet tell some damage by an error, and panic at other.
fn damaged(problem: &str) -> String {
    format!("this is no whole Parquet file: {problem}")
}

/// The values of a column.
enum Values {
    NotRead,
    Text(StringArray),
    Count(PrimitiveArray<Int64Type>),
    Figure(PrimitiveArray<Float64Type>),
    Flag(BooleanArray),
    Day(PrimitiveArray<Date32Type>),
}

/// Name and kind of the columns that are read, in order; no name if one is not.
fn read_of(columns: &Columns, schema: &Schema) -> Option<Vec<(Option<String>, Kind)>> {
    if !columns
        .names()
        .all(|name| schema.column_with_name(name).is_some())
    {
        return None;
    }
    let own = columns
        .own
        .iter()
        .zip(&columns.wanted)
        .map(|(it, &wanted)| {
            let is_read = wanted || it.kind != Kind::Text;
            (is_read.then(|| it.name.to_owned()), it.kind)
        });
    let kept = columns.kept.iter().map(|it| (Some(it.clone()), Kind::Text));
    Some(own.chain(kept).collect())
}

impl ColumnRows {
    /// Opens a Parquet file.
    pub(super) fn open(path: &Path, columns: &Columns) -> Result<Self> {
        guarded(|| Self::open_unguarded(path, columns))
            .unwrap_or_else(|panic| Err(refuse(path.display().to_string(), &damaged(&panic))))
    }

    fn open_unguarded(path: &Path, columns: &Columns) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(Error::io(path))?;
        let damaged = |error: parquet::errors::ParquetError| {
            refuse(name.clone(), &damaged(&error.to_string()))
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        let schema = builder.schema();
        let read = read_of(columns, schema);
        let read = read.ok_or_else(|| refuse(name.clone(), WRONG_COLUMNS))?;
        // By place, since a name with a point would be taken for a path.
        let fields = (0..).zip(schema.fields());
        let is_read = |name: &str| read.iter().any(|(it, _)| it.as_deref() == Some(name));
        let places: Vec<usize> = fields
            .filter(|(_, field)| is_read(field.name()))
            .map(|(place, _)| place)
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        let batches = builder.with_projection(mask).build().map_err(damaged)?;
        Ok(Self::new(name, read, Box::new(batches)))
    }

    /// Of a table in memory.
    pub(super) fn of(name: &str, table: &Batches, columns: &Columns) -> Result<Self> {
        let read = read_of(columns, &table.schema);
        let read = read.ok_or_else(|| refuse(name.to_owned(), WRONG_COLUMNS))?;
        let batches = table.batches.clone().into_iter().map(Ok);
        Ok(Self::new(name.to_owned(), read, Box::new(batches)))
    }

    /// All columns of a table in memory, with their names and kinds.
    pub fn all(name: &str, table: &Batches) -> Result<(Vec<(String, Kind)>, Self)> {
        let columns = table.schema.fields().iter().map(|field| {
            let kind = kind_of(field.data_type());
            kind.map(|kind| (field.name().clone(), kind))
                .ok_or_else(|| {
                    let problem = format!("{} is of type {}", field.name(), field.data_type());
                    refuse(name.to_owned(), &problem)
                })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let read = columns
            .iter()
            .map(|(name, kind)| (Some(name.clone()), *kind));
        let batches = table.batches.clone().into_iter().map(Ok);
        let rows = Self::new(name.to_owned(), read.collect(), Box::new(batches));
        Ok((columns, rows))
    }

    fn new(
        name: String,
        columns: Vec<(Option<String>, Kind)>,
        batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
    ) -> Self {
        Self {
            batches,
            columns,
            values: Vec::new(),
            length: 0,
            next: 0,
            before: 0,
            name,
        }
    }

    /// Reads on until a row is at hand; false at the end.
    fn advance(&mut self) -> Result<bool> {
        while self.next >= self.length {
            self.before += self.length as u64;
            (self.next, self.length) = (0, 0);
            let batch = guarded(|| self.batch()).unwrap_or_else(|panic| Err(damaged(&panic)));
            match batch.map_err(|problem| refuse(self.place(), &problem))? {
                None => return Ok(false),
                Some((values, length)) => (self.values, self.length) = (values, length),
            }
        }
        Ok(true)
    }

    /// The values of the next batch, and its rows.
    fn batch(&mut self) -> Result<Option<(Vec<Values>, usize)>, String> {
        let Some(batch) = self.batches.next() else {
            return Ok(None);
        };
        let batch = batch.map_err(|error| error.to_string())?;
        let values = self.columns.iter().map(|(name, kind)| match name {
            Some(name) => Values::of(&batch, name, *kind),
            None => Ok(Values::NotRead),
        });
        let values: Result<Vec<Values>, String> = values.collect();
        Ok(Some((values?, batch.num_rows())))
    }
}

impl Values {
    fn of(batch: &RecordBatch, name: &str, kind: Kind) -> Result<Self, String> {
        let wanted = match data_type(kind) {
            // Words are read one by one.
            DataType::Dictionary(_, of) => *of,
            other => other,
        };
        let column: &ArrayRef = batch.column_by_name(name).ok_or(WRONG_COLUMNS)?;
        // Whoever wrote the file may have taken other widths.
        let column = cast(column, &wanted).map_err(|error| format!("{name}: {error}"))?;
        Ok(match kind {
            Kind::Text | Kind::Category => Self::Text(column.as_string::<i32>().clone()),
            Kind::Count => Self::Count(column.as_primitive().clone()),
            Kind::Figure => Self::Figure(column.as_primitive().clone()),
            Kind::Flag => Self::Flag(column.as_boolean().clone()),
            Kind::Day => Self::Day(column.as_primitive().clone()),
        })
    }

    /// The value of a row; null, or a number that is none of its kind, is an empty cell.
    fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Self::Text(values) if values.is_valid(row) => Some(Cell::Text(values.value(row))),
            Self::Count(values) if values.is_valid(row) => {
                u64::try_from(values.value(row)).ok().map(Cell::Count)
            }
            Self::Figure(values) if values.is_valid(row) => {
                let figure = Some(values.value(row)).filter(|it| it.is_finite());
                figure.map(|it| Cell::Figure(Millionths::from_f64(it)))
            }
            Self::Flag(values) if values.is_valid(row) => Some(Cell::Flag(values.value(row))),
            Self::Day(values) if values.is_valid(row) => to_day(values.value(row)).map(Cell::Day),
            _ => None,
        };
        cell.unwrap_or(Cell::Empty)
    }
}

impl RowReader for ColumnRows {
    fn next(&mut self) -> Result<Option<Vec<Cell<'_>>>> {
        if !self.advance()? {
            return Ok(None);
        }
        let row = self.next;
        self.next += 1;
        Ok(Some(self.values.iter().map(|it| it.cell(row)).collect()))
    }

    fn place(&self) -> String {
        let row = self.before + self.next as u64;
        match row {
            0 => self.name.clone(),
            row => format!("{}:{row}", self.name),
        }
    }
}
