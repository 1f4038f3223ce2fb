//! The tables that are computed from facts, as Python sees them.

use std::sync::Mutex;

use newstance::report::{self, DeriveOptions, DerivedTables};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::engine::period_of;
use crate::errors::raised;
use crate::facts::{Facts, days_of, manifest_of, scored_of};
use crate::names::some_or_all;
use crate::pool::on_pool;
use crate::table::{Table, as_table};

/// The tables that are computed from facts. `about` of a table says what its columns hold.
///
/// The stance of an article is the mean over its sentences of the mean over their mentions; that of actors, periods, outlets and holders is
/// the mean over articles. Author's and quoted stance are the same over those mentions alone, so the stance of all need not lie between
/// them. stance_low and stance_high are the ends of a 95 % interval, and absent where fewer than five articles are behind it.
#[pyclass(frozen, get_all, module = "newstance")]
pub struct Derived {
    /// A row an actor.
    actors: Py<Table>,
    /// A row an article and actor.
    articles: Py<Table>,
    /// A row a period and actor.
    timeline: Py<Table>,
    /// A row an outlet and actor.
    sources: Py<Table>,
    /// A row a holder and actor: who speaks how of whom.
    pairs: Py<Table>,
    /// A row a column, value and actor, if articles are grouped by columns; else None.
    breakdown: Option<Py<Table>>,
}

impl Derived {
    fn of(py: Python<'_>, tables: DerivedTables) -> PyResult<Self> {
        let breakdown = tables.breakdown;
        Ok(Self {
            actors: as_table(py, "actors", tables.actors)?,
            articles: as_table(py, "articles", tables.articles)?,
            timeline: as_table(py, "timeline", tables.timeline)?,
            sources: as_table(py, "sources", tables.sources)?,
            pairs: as_table(py, "pairs", tables.pairs)?,
            breakdown: breakdown
                .map(|table| as_table(py, "breakdown", table))
                .transpose()?,
        })
    }
}

#[pymethods]
impl Derived {
    fn __repr__(&self) -> String {
        let rows = |table: &Py<Table>| table.get().table.rows();
        format!(
            "newstance.Derived(actors: {}, articles: {}, timeline: {}, sources: {}, pairs: {} rows)",
            rows(&self.actors),
            rows(&self.articles),
            rows(&self.timeline),
            rows(&self.sources),
            rows(&self.pairs)
        )
    }

    fn _repr_html_(&self) -> PyResult<String> {
        self.actors.get()._repr_html_()
    }
}

fn options_of(period: Option<&str>, by: Option<&Bound<'_, PyAny>>) -> PyResult<DeriveOptions> {
    Ok(DeriveOptions {
        period: period.map(period_of).transpose()?,
        by: by.map(some_or_all).transpose()?.unwrap_or_default(),
        without_articles: false,
    })
}

/// Computes the derived tables, with the figures of `newstance score` and `newstance aggregate`.
///
/// facts: what an engine's score has given, a folder that `newstance score` wrote, or several of these whose articles differ.
/// period: how long the periods of the timeline are: day, week, month or year; by default those of the run, months if it had none.
/// by: columns of documents whose values group articles in breakdown: source, language or kept ones; each by period if one is given.
/// within: only articles of these days: "2020", "2020-09", "2020-09-07" or "FROM..TO".
#[pyfunction]
#[pyo3(signature = (facts, *, period = None, by = None, within = None))]
#[pyo3(text_signature = "(facts, *, period=None, by=(), within=None)")]
pub fn aggregate(
    facts: &Bound<'_, PyAny>,
    period: Option<&str>,
    by: Option<&Bound<'_, PyAny>>,
    within: Option<&str>,
) -> PyResult<Derived> {
    let py = facts.py();
    let options = options_of(period, by)?;
    let within = days_of(within)?;
    let scored = scored_of(facts)?.into_iter();
    let scored: Vec<_> = scored.map(|it| it.within(within)).collect();
    let tables = on_pool(py, None, || report::aggregate(&scored, &options))?;
    Derived::of(py, tables.map_err(|error| raised(py, &error))?)
}

/// Computes derived tables of facts that come in parts, each article once; articles: whether that table, too, which grows with them.
#[pyclass(frozen, module = "newstance")]
pub struct Aggregator(Mutex<Option<report::Aggregator>>);

impl Aggregator {
    fn with<T>(&self, work: impl FnOnce(&mut Option<report::Aggregator>) -> T) -> PyResult<T> {
        let locked = self.0.try_lock();
        let busy = |_| PyRuntimeError::new_err("another thread adds to it");
        Ok(work(&mut *locked.map_err(busy)?))
    }
}

fn completed() -> PyErr {
    PyRuntimeError::new_err("it was completed before")
}

#[pymethods]
impl Aggregator {
    #[new]
    #[pyo3(signature = (manifest, *, period = None, by = None, articles = true))]
    fn new(
        manifest: &Bound<'_, PyAny>,
        period: Option<&str>,
        by: Option<&Bound<'_, PyAny>>,
        articles: bool,
    ) -> PyResult<Self> {
        let options = DeriveOptions {
            without_articles: !articles,
            ..options_of(period, by)?
        };
        let aggregator = report::Aggregator::new(&manifest_of(manifest)?, &options);
        let aggregator = aggregator.map_err(|error| raised(manifest.py(), &error))?;
        Ok(Self(Mutex::new(Some(aggregator))))
    }

    /// Adds facts.
    fn add(&self, py: Python<'_>, facts: &Facts) -> PyResult<()> {
        let scored = report::Scored::of_tables(std::sync::Arc::clone(&facts.scored));
        self.with(|aggregator| {
            let aggregator = aggregator.as_mut().ok_or_else(completed)?;
            let added = on_pool(py, None, || aggregator.add(&scored))?;
            added.map_err(|error| raised(py, &error))
        })?
    }

    /// The tables.
    fn complete(&self, py: Python<'_>) -> PyResult<Derived> {
        let aggregator = self.with(Option::take)?.ok_or_else(completed)?;
        let tables = on_pool(py, None, || aggregator.complete())?;
        Derived::of(py, tables.map_err(|error| raised(py, &error))?)
    }
}
