//! Parts of a corpus that are scored apart from each other, as one: see [`newstance::corpus::Survey`].

use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use newstance::corpus::{self, Survey, date_order};
use newstance::report::{Batches, ScoredTables, settle};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::columns::Columns;
use crate::errors::raised;
use crate::facts::Facts;
use crate::names::Names;
use crate::table::Table;

/// The columns among these that may hold what an article has, and those that may hold its date.
#[pyfunction]
#[pyo3(signature = (names, **columns))]
pub fn columns_read(
    names: Vec<String>,
    columns: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Vec<String>, Vec<String>)> {
    let map = Names::of(columns)?.map()?;
    let dates = names.iter().filter(|name| map.may_be_date(name));
    let dates = dates.cloned().collect();
    let is_read = |name: &String| map.may_read(name);
    Ok((names.into_iter().filter(is_read).collect(), dates))
}

/// How many dates of a table, of which the other columns may be absent, have the day first, and how many the month.
#[pyfunction]
#[pyo3(signature = (table, **columns))]
pub fn order_of_dates(
    table: &Bound<'_, PyAny>,
    columns: Option<&Bound<'_, PyDict>>,
) -> PyResult<(u64, u64)> {
    let py = table.py();
    let map = Names::of(columns)?.map()?;
    let given = Columns::of(table)?;
    let order = py.detach(|| date_order(&given.schema, given.batches, &map));
    let order = order.map_err(|error| raised(py, &error))?;
    Ok((order.day_first, order.month_first))
}

/// One batch as a table.
fn table_of(name: &str, batch: RecordBatch) -> Table {
    let schema = batch.schema();
    let batches = vec![batch];
    Table::new(name, Batches { schema, batches })
}

/// What a survey has found.
pub fn surveyed(py: Python<'_>, survey: &Survey) -> PyResult<Table> {
    let rows = survey.take().map_err(|error| raised(py, &error))?;
    Ok(table_of("survey", rows))
}

/// Makes plans of the parts of a corpus from their surveys, which come in its order.
#[pyclass(frozen, module = "newstance")]
pub struct Planner(Mutex<corpus::Planner>);

#[pymethods]
impl Planner {
    /// name: of the corpus, for ids of articles that have none.
    #[new]
    fn new(name: &str) -> Self {
        Self(Mutex::new(corpus::Planner::new(name)))
    }

    /// The plan of the next piece, a row a record.
    fn plan(&self, survey: &Bound<'_, PyAny>) -> PyResult<Table> {
        let py = survey.py();
        let survey = Columns::of(survey)?.together()?;
        let busy = |_| PyRuntimeError::new_err("another thread plans with it");
        let mut planner = self.0.try_lock().map_err(busy)?;
        let planner = &mut *planner;
        let plan = py.detach(|| planner.plan(&survey));
        Ok(table_of("plan", plan.map_err(|error| raised(py, &error))?))
    }
}

/// Facts of a part, or some rows of them, settled by the plan of the part. name: of the corpus.
#[pyfunction]
pub fn settled(facts: &Bound<'_, Facts>, plan: &Bound<'_, PyAny>, name: &str) -> PyResult<Facts> {
    let py = facts.py();
    let plan = Columns::of(plan)?.together()?;
    let scored = Arc::clone(&facts.get().scored);
    let tables = py.detach(|| settle(&scored, &plan, name));
    Ok(Facts::of(ScoredTables {
        facts: tables.map_err(|error| raised(py, &error))?,
        manifest: scored.manifest.clone(),
    }))
}
