//! Rows as Arrow's columns.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    StringDictionaryBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use jiff::civil::{Date, date};

use super::{Cell, Kind};

/// Day 0 of Arrow's dates.
const EPOCH: Date = date(1970, 1, 1);

/// The type of a column's values.
pub(in crate::report) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Category => DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
        // Signed, since Spark has no other whole numbers.
        Kind::Count => DataType::Int64,
        Kind::Figure => DataType::Float64,
        Kind::Flag => DataType::Boolean,
        Kind::Day => DataType::Date32,
    }
}

/// The kind of values of a type; `None` if tables have no such.
pub(in crate::report) fn kind_of(of: &DataType) -> Option<Kind> {
    let kinds = [
        Kind::Text,
        Kind::Category,
        Kind::Count,
        Kind::Figure,
        Kind::Flag,
        Kind::Day,
    ];
    kinds.into_iter().find(|kind| data_type(*kind) == *of)
}

/// Days since 1970 of a day.
fn from_day(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

/// The day so many days after 1970; `None` beyond the year 9999.
pub(in crate::report) fn to_day(days: i32) -> Option<Date> {
    EPOCH
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

/// The values of one column that are not yet encoded.
enum Values {
    Text(StringBuilder),
    Category(StringDictionaryBuilder<Int32Type>),
    Count(Int64Builder),
    Figure(Float64Builder),
    Flag(BooleanBuilder),
    Day(Date32Builder),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Category => Self::Category(StringDictionaryBuilder::new()),
            Kind::Count => Self::Count(Int64Builder::new()),
            Kind::Figure => Self::Figure(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Day => Self::Day(Date32Builder::new()),
        }
    }

    /// Adds a value of the column's kind; an empty text is null, as whoever reads CSV takes it.
    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Text(values), Cell::Text(text)) => {
                values.append_option((!text.is_empty()).then_some(text));
            }
            (Self::Category(values), Cell::Text(name)) => values.append_value(name),
            (Self::Count(values), Cell::Count(count)) => values.append_value(count.cast_signed()),
            (Self::Figure(values), Cell::Figure(figure)) => values.append_value(figure.as_f64()),
            (Self::Flag(values), Cell::Flag(flag)) => values.append_value(flag),
            (Self::Day(values), Cell::Day(day)) => values.append_value(from_day(day)),
            (Self::Figure(values), Cell::Empty) => values.append_null(),
            (Self::Day(values), Cell::Empty) => values.append_null(),
            (_, cell) => unreachable!("{cell:?} in a column of another kind"),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(values.finish()),
            Self::Category(values) => Arc::new(values.finish()),
            Self::Count(values) => Arc::new(values.finish()),
            Self::Figure(values) => Arc::new(values.finish()),
            Self::Flag(values) => Arc::new(values.finish()),
            Self::Day(values) => Arc::new(values.finish()),
        }
    }
}

/// Columns that rows are added to.
pub(in crate::report) struct BatchBuilder {
    schema: SchemaRef,
    values: Vec<Values>,
    rows: usize,
}

impl BatchBuilder {
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Kind)>) -> Self {
        let (mut fields, mut values) = (Vec::new(), Vec::new());
        for (name, kind) in columns {
            fields.push(Field::new(name, data_type(kind), is_nullable(kind)));
            values.push(Values::new(kind));
        }
        Self {
            schema: Arc::new(Schema::new(fields)),
            values,
            rows: 0,
        }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows that were added since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row, in the order of the columns.
    pub fn push(&mut self, cells: &[Cell]) {
        for (values, cell) in self.values.iter_mut().zip(cells) {
            values.push(*cell);
        }
        self.rows += 1;
    }

    /// The rows at hand as a batch; none are left.
    ///
    /// # Errors
    ///
    /// Arrow's, if texts of one column have 2 GiB and more.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns = self.values.iter_mut().map(Values::finish).collect();
        self.rows = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn is_nullable(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Figure | Kind::Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (day, days) in [
            (date(1970, 1, 1), 0),
            (date(2025, 8, 15), 20_315),
            (date(1912, 4, 15), -21_080),
        ] {
            assert_eq!((from_day(day), to_day(days)), (days, Some(day)));
        }
        assert_eq!(to_day(i32::MAX), None);
    }
}
