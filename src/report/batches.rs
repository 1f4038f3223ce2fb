//! Facts as Arrow's columns, for programs that hold tables in memory.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::facts::{ColumnRows, RowReader};
use super::files::{CsvDialect, CsvWriter, Growing};
use super::sink::{check_kept, each_row};
use super::{Cell, DocumentRow, Kind, MentionRow, RejectedRow, Table};
use crate::actors::Catalogue;
use crate::corpus::Rejected;
use crate::error::Result;
use crate::pipeline::{ScoredArticle, Sink};

/// A table in parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Batches {
    /// Names and types of the columns, those of the Parquet files.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
}

impl Batches {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Writes the table as CSV, with the bytes of the file that `newstance score` writes of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Facts`](crate::ErrorKind::Facts) if a column is of a type that tables do not have,
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the output cannot be written.
    pub fn write_csv(&self, out: impl Write) -> Result<()> {
        let (columns, mut rows) = ColumnRows::all("table", self)?;
        let columns: Vec<(&str, Kind)> = columns
            .iter()
            .map(|(name, kind)| (&**name, *kind))
            .collect();
        let mut table = CsvWriter::new(out, CsvDialect::default(), "table".as_ref());
        table.header(&columns)?;
        while let Some(cells) = rows.next()? {
            table.write(&cells)?;
        }
        table.flush()
    }
}

/// The facts of a corpus: documents.csv, mentions.csv and rejected.csv as Arrow's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct FactTables {
    /// A row an article.
    pub documents: Batches,
    /// A row a mention.
    pub mentions: Batches,
    /// A row a record that was not scored, or not as it is.
    pub rejected: Batches,
}

impl FactTables {
    /// The table of a name.
    pub(super) fn table(&self, name: &str) -> &Batches {
        match name {
            DocumentRow::NAME => &self.documents,
            MentionRow::NAME => &self.mentions,
            RejectedRow::NAME => &self.rejected,
            other => unreachable!("{other} is no table of facts"),
        }
    }
}

/// A [`Sink`] that keeps the facts in memory.
pub struct FactBatches {
    documents: Growing,
    mentions: Growing,
    rejected: Growing,
}

impl FactBatches {
    /// Facts of which there are none yet; `kept` are further columns of documents, fields of the input.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Output`](crate::ErrorKind::Output) if documents has a column of such a name.
    pub fn new(kept: &[String]) -> Result<Self> {
        check_kept(kept)?;
        let kept = kept.iter().map(|name| (name.as_str(), Kind::Text));
        Ok(Self {
            documents: Growing::new(columns::<DocumentRow>().chain(kept)),
            mentions: Growing::new(columns::<MentionRow>()),
            rejected: Growing::new(columns::<RejectedRow>()),
        })
    }

    /// Adds a row of documents, with the values of kept columns.
    pub(super) fn add_document(&mut self, row: &DocumentRow, kept: &[String]) -> Result<()> {
        let mut cells = row.cells();
        cells.extend(kept.iter().map(|value| Cell::Text(value)));
        self.documents.push(&cells)
    }

    /// Adds a row of mentions.
    pub(super) fn add_mention(&mut self, row: &MentionRow) -> Result<()> {
        self.mentions.push(&row.cells())
    }

    /// Adds a row of rejected.
    pub(super) fn add_rejected(&mut self, row: &RejectedRow) -> Result<()> {
        self.rejected.push(&row.cells())
    }

    /// The facts so far; none are left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Output`](crate::ErrorKind::Output) if the texts of 65,536 rows have more than 2 GiB.
    pub fn take(&mut self) -> Result<FactTables> {
        Ok(FactTables {
            documents: self.documents.take()?,
            mentions: self.mentions.take()?,
            rejected: self.rejected.take()?,
        })
    }
}

fn columns<'a, R: Table>() -> impl Iterator<Item = (&'a str, Kind)> {
    R::COLUMNS.iter().map(|it| (it.name, it.kind))
}

impl Sink for FactBatches {
    fn article(&mut self, scored: &ScoredArticle, catalogue: &Catalogue) -> Result<()> {
        each_row(
            scored,
            catalogue,
            |cells| self.documents.push(cells),
            |cells| self.mentions.push(cells),
        )
    }

    fn rejected(&mut self, rejected: &Rejected) -> Result<()> {
        self.add_rejected(&RejectedRow::from(rejected))
    }
}
