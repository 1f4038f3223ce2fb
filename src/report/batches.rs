//! Facts as Arrow's columns, for programs that hold tables in memory.

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};

use super::files::BatchBuilder;
use super::sink::{check_kept, each_row};
use super::{Cell, DocumentRow, Kind, MentionRow, RejectedRow, Table};
use crate::actors::Catalogue;
use crate::corpus::Rejected;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{ScoredArticle, Sink};

/// Rows of a batch. Arrow counts the bytes of a column's texts in 32 bits, which 65,536 sentences do not reach.
const BATCH_ROWS: usize = 1 << 16;

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

    /// The facts so far; none are left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Output`](crate::ErrorKind::Output) if the texts of 65,536 rows have more than 2 GiB.
    pub fn take(&mut self) -> Result<FactTables> {
        Ok(FactTables {
            documents: self.documents.take().map_err(too_large)?,
            mentions: self.mentions.take().map_err(too_large)?,
            rejected: self.rejected.take().map_err(too_large)?,
        })
    }
}

fn columns<'a, R: Table>() -> impl Iterator<Item = (&'a str, Kind)> {
    R::COLUMNS.iter().map(|it| (it.name, it.kind))
}

fn too_large(error: ArrowError) -> Error {
    let remedy = "score the articles in several parts";
    Error::new(
        ErrorKind::Output,
        "tables in memory",
        error.to_string(),
        remedy,
    )
}

/// A table that rows are added to.
struct Growing {
    rows: BatchBuilder,
    batches: Vec<RecordBatch>,
}

impl Growing {
    fn new<'a>(columns: impl Iterator<Item = (&'a str, Kind)>) -> Self {
        Self {
            rows: BatchBuilder::new(columns),
            batches: Vec::new(),
        }
    }

    fn push(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows.push(cells);
        if self.rows.rows() == BATCH_ROWS {
            self.batches.push(self.rows.finish().map_err(too_large)?);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Batches, ArrowError> {
        if self.rows.rows() > 0 {
            self.batches.push(self.rows.finish()?);
        }
        Ok(Batches {
            schema: self.rows.schema().clone(),
            batches: std::mem::take(&mut self.batches),
        })
    }
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
        self.rejected.push(&RejectedRow::from(rejected).cells())
    }
}
