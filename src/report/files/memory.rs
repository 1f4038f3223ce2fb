//! Tables that are kept in memory.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::{BatchBuilder, Cell, Kind, RowFile};
use crate::error::{Error, ErrorKind, Result};
use crate::report::Batches;

/// Rows of a batch. Arrow counts the bytes of a column's texts in 32 bits, which 65,536 sentences do not reach.
const BATCH_ROWS: usize = 1 << 16;

fn too_large(error: ArrowError) -> Error {
    let remedy = "score the articles in several parts";
    let place = "tables in memory";
    Error::new(ErrorKind::Output, place, error.to_string(), remedy)
}

/// A table that rows are added to.
pub(in crate::report) struct Growing {
    rows: BatchBuilder,
    batches: Vec<RecordBatch>,
}

impl Growing {
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Kind)>) -> Self {
        Self {
            rows: BatchBuilder::new(columns),
            batches: Vec::new(),
        }
    }

    pub fn push(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows.push(cells);
        if self.rows.rows() == BATCH_ROWS {
            self.batches.push(self.rows.finish().map_err(too_large)?);
        }
        Ok(())
    }

    /// The rows so far; none are left.
    pub fn take(&mut self) -> Result<Batches> {
        if self.rows.rows() > 0 {
            self.batches.push(self.rows.finish().map_err(too_large)?);
        }
        Ok(Batches {
            schema: Arc::clone(self.rows.schema()),
            batches: mem::take(&mut self.batches),
        })
    }
}

/// Tables by name, each when it is complete.
#[derive(Clone, Default)]
pub(in crate::report) struct MemoryTables(Arc<Mutex<HashMap<&'static str, Batches>>>);

impl MemoryTables {
    /// A table in the making.
    pub fn table(&self, name: &'static str, columns: &[(&str, Kind)]) -> MemoryTable {
        MemoryTable {
            name,
            rows: Growing::new(columns.iter().copied()),
            tables: self.clone(),
        }
    }

    /// A table that is complete.
    pub fn take(&self, name: &'static str) -> Option<Batches> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.remove(name)
    }
}

/// One of them.
pub(in crate::report) struct MemoryTable {
    name: &'static str,
    rows: Growing,
    tables: MemoryTables,
}

impl RowFile for MemoryTable {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows.push(cells)
    }

    fn complete(mut self: Box<Self>) -> Result<()> {
        let table = self.rows.take()?;
        let mut tables = self.tables.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert(self.name, table);
        Ok(())
    }
}
