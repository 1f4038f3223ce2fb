//! Parts of a corpus that are scored apart from each other, as one: see [`newstance::corpus::survey()`].

use std::sync::Mutex;

use newstance::corpus::{self, CorpusOptions, DateOrder, Digest};
use newstance::report::Batches;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::columns::Columns;
use crate::errors::raised;
use crate::names::Names;
use crate::table::Table;

/// Surveys a piece of a part of a corpus, given the digest of the pieces before. Gives the survey, what its dates told, and the digest.
#[pyfunction]
#[pyo3(signature = (table, digest, **columns))]
pub fn survey(
    table: &Bound<'_, PyAny>,
    digest: u64,
    columns: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Table, (u64, u64), u64)> {
    let py = table.py();
    let options = CorpusOptions {
        fields: Names::of(columns)?.map()?,
        ..CorpusOptions::default()
    };
    let given = Columns::of(table)?;
    let digest = Digest::new(digest);
    let surveyed = py.detach(|| corpus::survey(&given.schema, given.batches, &options, &digest));
    let surveyed = surveyed.map_err(|error| raised(py, &error))?;
    let rows = Batches {
        schema: surveyed.rows.schema(),
        batches: vec![surveyed.rows],
    };
    let DateOrder {
        day_first,
        month_first,
    } = surveyed.order;
    Ok((
        Table::new("survey", rows),
        (day_first, month_first),
        digest.value(),
    ))
}

/// The columns among these that may hold what an article has.
#[pyfunction]
#[pyo3(signature = (names, **columns))]
pub fn columns_read(
    names: Vec<String>,
    columns: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<String>> {
    let map = Names::of(columns)?.map()?;
    let is_read = |name: &String| map.may_read(name);
    Ok(names.into_iter().filter(is_read).collect())
}

/// Makes plans of the parts of a corpus from their surveys, which come in its order.
#[pyclass(frozen, module = "newstance")]
pub struct Planner(Mutex<corpus::Planner>);

#[pymethods]
impl Planner {
    /// name: of the corpus, for ids of articles that have none. order: what all dates told.
    #[new]
    fn new(name: &str, order: (u64, u64)) -> Self {
        let order = DateOrder {
            day_first: order.0,
            month_first: order.1,
        };
        Self(Mutex::new(corpus::Planner::new(name, order)))
    }

    /// The plan of the next piece, a row a record.
    fn plan(&self, survey: &Bound<'_, PyAny>) -> PyResult<Table> {
        let py = survey.py();
        let survey = Columns::of(survey)?.together()?;
        let busy = |_| PyRuntimeError::new_err("another thread plans with it");
        let mut planner = self.0.try_lock().map_err(busy)?;
        let planner = &mut *planner;
        let plan = py.detach(|| planner.plan(&survey));
        let plan = plan.map_err(|error| raised(py, &error))?;
        Ok(Table::new(
            "plan",
            Batches {
                schema: plan.schema(),
                batches: vec![plan],
            },
        ))
    }
}
