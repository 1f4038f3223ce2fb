//! What Python hands over, as Arrow's columns.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_json::ReaderBuilder;
use arrow_json::reader::infer_json_schema;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use newstance::report::Batches;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString};
use pyo3_arrow::PyRecordBatchReader;

/// Batches of one schema.
pub struct Columns {
    pub schema: SchemaRef,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
}

impl Columns {
    /// All rows, as a table.
    pub fn into_batches(self) -> PyResult<Batches> {
        let batches: Result<Vec<RecordBatch>, ArrowError> = self.batches.collect();
        Ok(Batches {
            batches: batches.map_err(|error| PyTypeError::new_err(error.to_string()))?,
            schema: self.schema,
        })
    }

    /// All rows, as one batch.
    pub fn together(self) -> PyResult<RecordBatch> {
        let table = self.into_batches()?;
        concat_batches(&table.schema, &table.batches)
            .map_err(|error| PyTypeError::new_err(error.to_string()))
    }

    /// The columns of a table, or of a list of dicts.
    pub fn of(table: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(rows) = table.cast::<PyList>() {
            return Self::of_rows(rows);
        }
        let py = table.py();
        let kind = table.get_type().name()?;
        let is_column =
            table.hasattr(intern!(py, "to_frame"))? && !table.hasattr(intern!(py, "columns"))?;
        if is_column || !table.hasattr(intern!(py, "__arrow_c_stream__"))? {
            let problem = match is_column {
                true => format!("{kind} is one column: give a table, as df[[\"text\"]] is one"),
                false => format!(
                    "{kind} is no table: give one of pandas, polars, pyarrow or DuckDB (anything with __arrow_c_stream__), or a list of dicts"
                ),
            };
            return Err(PyTypeError::new_err(problem));
        }
        let reader = table.extract::<PyRecordBatchReader>()?.into_reader()?;
        Ok(Self {
            schema: reader.schema(),
            batches: Box::new(reader),
        })
    }

    /// Dicts by way of JSON: what is none of its kinds (days and times) is told by `str`.
    fn of_rows(rows: &Bound<'_, PyList>) -> PyResult<Self> {
        let py = rows.py();
        let json = py.import("json")?;
        let arguments = PyDict::new(py);
        arguments.set_item("default", py.get_type::<PyString>())?;
        let mut lines = String::new();
        for (number, row) in rows.iter().enumerate() {
            let Ok(row) = row.cast::<PyDict>() else {
                let kind = row.get_type().name()?;
                let problem = format!(
                    "row {} is no dict but {kind}: give [{{\"text\": ...}}, ...]",
                    number + 1
                );
                return Err(PyTypeError::new_err(problem));
            };
            let clean = PyDict::new(py);
            for (key, value) in row {
                // What pandas has where there is nothing.
                let is_nan = value.cast::<PyFloat>().is_ok_and(|it| it.value().is_nan());
                clean.set_item(key, (!is_nan).then_some(value))?;
            }
            let line: String = json
                .call_method("dumps", (clean,), Some(&arguments))?
                .extract()?;
            lines.push_str(&line);
            lines.push('\n');
        }
        let refuse =
            |error: ArrowError| PyTypeError::new_err(format!("rows that are no table: {error}"));
        if lines.is_empty() {
            return Ok(Self {
                schema: Arc::new(Schema::empty()),
                batches: Box::new(std::iter::empty()),
            });
        }
        let (schema, _) = infer_json_schema(Cursor::new(&lines), None).map_err(refuse)?;
        let schema = Arc::new(schema);
        let reader = ReaderBuilder::new(Arc::clone(&schema))
            .build(Cursor::new(lines))
            .map_err(refuse)?;
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(refuse)?;
        Ok(Self {
            schema,
            batches: Box::new(batches.into_iter().map(Ok)),
        })
    }
}
