//! What an engine found, as Python sees it.

use std::ffi::CString;
use std::path::PathBuf;
use std::sync::Arc;

use newstance::aggregate::Days;
use newstance::report::{
    self, DeriveOutput, Existing, FactTables, Manifest, Scored, ScoredTables, TableOptions,
};
use pyo3::exceptions::{PyTypeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use serde::Serialize;

use crate::columns::Columns;
use crate::derived::{Derived, aggregate};
use crate::errors::raised;
use crate::page::{self, Page};
use crate::pool::on_pool;
use crate::table::{Table, escaped};

/// What an engine found: the tables of documents.csv, mentions.csv and rejected.csv.
#[pyclass(frozen, module = "newstance")]
pub struct Facts {
    pub scored: Arc<ScoredTables>,
}

impl Facts {
    pub fn of(scored: ScoredTables) -> Self {
        Self {
            scored: Arc::new(scored),
        }
    }

    fn tables(&self) -> &FactTables {
        &self.scored.facts
    }

    /// Warns if records were rejected, or there was nothing.
    pub fn warn(&self, py: Python<'_>) -> PyResult<()> {
        let facts = self.tables();
        let told = match (facts.documents.rows(), facts.rejected.rows()) {
            (0, 0) => Some("there was no article".to_owned()),
            (_, 0) => None,
            (documents, rejected) => {
                let table = self.rejected().head(1);
                let first = table.to_dicts(py)?.get_item(0)?;
                let cell = |name: &str| first.get_item(name)?.extract::<Option<String>>();
                let (place, reason) = (cell("place")?, cell("reason")?);
                Some(format!(
                    "{documents} articles were read; {rejected} records were rejected, or read in part: see rejected; the first: {} {}",
                    place.unwrap_or_default(),
                    reason.unwrap_or_default()
                ))
            }
        };
        match told.and_then(|told| CString::new(told).ok()) {
            Some(told) => PyErr::warn(py, &py.get_type::<PyUserWarning>(), &told, 2),
            None => Ok(()),
        }
    }
}

/// A value as Python's json has it.
pub fn json<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value);
    let text = text.map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

#[pymethods]
impl Facts {
    /// Facts that another program has kept as tables: documents, mentions, rejected, and the manifest that came with them.
    #[staticmethod]
    pub fn of_tables(
        documents: &Bound<'_, PyAny>,
        mentions: &Bound<'_, PyAny>,
        rejected: &Bound<'_, PyAny>,
        manifest: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let tables = FactTables {
            documents: Columns::of(documents)?.into_batches()?,
            mentions: Columns::of(mentions)?.into_batches()?,
            rejected: Columns::of(rejected)?.into_batches()?,
        };
        Ok(Self::of(ScoredTables {
            manifest: manifest_of(manifest)?,
            facts: tables,
        }))
    }

    /// A row an article.
    #[getter]
    fn documents(&self) -> Table {
        Table::new("documents", self.tables().documents.clone())
    }

    /// A row a mention.
    #[getter]
    fn mentions(&self) -> Table {
        Table::new("mentions", self.tables().mentions.clone())
    }

    /// A row a record that was not scored, or not as it is.
    #[getter]
    fn rejected(&self) -> Table {
        Table::new("rejected", self.tables().rejected.clone())
    }

    /// What was run on what, as manifest.json has it: versions, hashes, counts, timings.
    #[getter]
    fn manifest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &self.scored.manifest)
    }

    /// The tables that are computed from the facts: see newstance.aggregate.
    #[pyo3(signature = (*, period = None, by = None, within = None))]
    #[pyo3(text_signature = "($self, *, period=None, by=(), within=None)")]
    fn aggregate(
        this: &Bound<'_, Self>,
        period: Option<&str>,
        by: Option<&Bound<'_, PyAny>>,
        within: Option<&str>,
    ) -> PyResult<Derived> {
        aggregate(this.as_any(), period, by, within)
    }

    /// A page of the facts, which a notebook shows: see newstance.report.
    #[pyo3(signature = (*, compare = None, period = None, within = None, before = None))]
    fn report(
        this: &Bound<'_, Self>,
        compare: Option<&Bound<'_, PyAny>>,
        period: Option<&str>,
        within: Option<&str>,
        before: Option<&str>,
    ) -> PyResult<Page> {
        page::report(this.as_any(), compare, period, within, before)
    }

    /// Writes facts and derived tables into a folder, as `newstance score` does: the command's report, compare and sample read it.
    #[pyo3(signature = (folder, *, replace = false))]
    fn save(&self, py: Python<'_>, folder: PathBuf, replace: bool) -> PyResult<()> {
        let output = DeriveOutput {
            existing: match replace {
                true => Existing::Replace,
                false => Existing::Keep,
            },
            tables: TableOptions::default(),
            arguments: vec!["save".to_owned()],
        };
        let scored = Scored::of_tables(Arc::clone(&self.scored));
        let saved = on_pool(py, None, || report::save(&scored, &folder, output))?;
        saved.map_err(|error| raised(py, &error))
    }

    fn __reduce__<'py>(
        this: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, facts) = (this.py(), this.get());
        let tables = (
            facts.documents(),
            facts.mentions(),
            facts.rejected(),
            facts.manifest(py)?,
        );
        Ok((
            this.get_type().getattr("of_tables")?,
            tables.into_pyobject(py)?,
        ))
    }

    fn __repr__(&self) -> String {
        let facts = self.tables();
        format!(
            "newstance.Facts({} documents, {} mentions, {} rejected)",
            facts.documents.rows(),
            facts.mentions.rows(),
            facts.rejected.rows()
        )
    }

    fn _repr_html_(&self) -> PyResult<String> {
        let heading = escaped(&self.__repr__());
        Ok(format!(
            "<p>{heading}</p>{}",
            self.mentions()._repr_html_()?
        ))
    }
}

/// A manifest from a dict.
pub fn manifest_of(manifest: &Bound<'_, PyAny>) -> PyResult<Manifest> {
    let json = manifest.py().import("json")?;
    let text: String = json.call_method1("dumps", (manifest,))?.extract()?;
    serde_json::from_str(&text)
        .map_err(|error| PyValueError::new_err(format!("this is no manifest: {error}")))
}

/// Reads the facts of a folder that `newstance score` or score_files wrote.
#[pyfunction]
pub fn read_facts(py: Python<'_>, folder: PathBuf) -> PyResult<Facts> {
    let read = py.detach(|| report::read_facts(&folder));
    read.map(Facts::of).map_err(|error| raised(py, &error))
}

/// Scored corpora: facts, a folder of them, or a list of these.
pub fn scored_of(facts: &Bound<'_, PyAny>) -> PyResult<Vec<Scored>> {
    if let Ok(facts) = facts.cast::<Facts>() {
        return Ok(vec![Scored::of_tables(Arc::clone(&facts.get().scored))]);
    }
    if facts.is_instance_of::<PyString>() || facts.hasattr("__fspath__")? {
        return Ok(vec![Scored::all(&facts.extract::<PathBuf>()?)]);
    }
    let is_many = facts.is_instance_of::<PyList>()
        || facts.is_instance_of::<PyTuple>()
        || facts.hasattr("__next__")?;
    if !is_many || facts.is_instance_of::<PyDict>() {
        let kind = facts.get_type().name()?;
        let problem = format!(
            "{kind} is no facts: give what score has given, a folder that `newstance score` wrote, or a list of these"
        );
        return Err(PyTypeError::new_err(problem));
    }
    let mut all = Vec::new();
    for one in facts.try_iter()? {
        all.extend(scored_of(&one?)?);
    }
    Ok(all)
}

/// Days as text: a year (2020), a month (2020-09), a day, or FROM..TO.
pub fn days_of(days: Option<&str>) -> PyResult<Option<Days>> {
    let parse = |text: &str| text.parse::<Days>().map_err(PyValueError::new_err);
    days.map(parse).transpose()
}
