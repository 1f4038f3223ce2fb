//! The page, as Python sees it.

use std::fs;
use std::path::PathBuf;

use newstance::report::page;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::engine::period_of;
use crate::errors::raised;
use crate::facts::{days_of, scored_of};
use crate::pool::on_pool;
use crate::table::{at, escaped};

/// A page of facts: one HTML file that needs no network. A notebook shows it.
#[pyclass(frozen, module = "newstance")]
pub struct Page {
    /// The page as HTML.
    #[pyo3(get)]
    html: String,
}

#[pymethods]
impl Page {
    /// Writes the page into a file.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        fs::write(&path, &self.html).map_err(|error| at(&path, &error))
    }

    fn __repr__(&self) -> String {
        format!(
            "newstance.Page({} kB; save(\"report.html\") writes it)",
            self.html.len() / 1000
        )
    }

    fn _repr_html_(&self) -> String {
        format!(
            "<iframe srcdoc=\"{}\" style=\"width:100%;height:850px;border:0\" title=\"newstance\"></iframe>",
            escaped(&self.html)
        )
    }
}

/// Makes a page of facts: figures with intervals, filters by actor, outlet, period and voice, and the sentences behind each figure.
///
/// facts: what an engine's score has given, or a folder that `newstance score` wrote.
/// compare: other, earlier facts to set beside these.
/// period: how long the periods are: day, week, month or year.
/// within: only articles of these days: "2020", "2020-09", "2020-09-07" or "FROM..TO".
/// before: only articles of these days from the earlier facts, which are the same ones unless compare is given.
#[pyfunction]
#[pyo3(signature = (facts, *, compare = None, period = None, within = None, before = None))]
pub fn report(
    facts: &Bound<'_, PyAny>,
    compare: Option<&Bound<'_, PyAny>>,
    period: Option<&str>,
    within: Option<&str>,
    before: Option<&str>,
) -> PyResult<Page> {
    let py = facts.py();
    let one = |facts: &Bound<'_, PyAny>| match &scored_of(facts)?[..] {
        [one] => Ok(one.clone()),
        _ => Err(PyTypeError::new_err(
            "a page shows one corpus: give its facts or folder",
        )),
    };
    let scored = one(facts)?;
    let earlier = match compare {
        Some(earlier) => Some(one(earlier)?),
        None => before.map(|_| scored.clone()),
    };
    let before = days_of(before)?;
    let earlier = earlier.map(|it| it.within(before));
    let scored = scored.within(days_of(within)?);
    let period = period.map(period_of).transpose()?;
    let html = on_pool(py, None, || page(&scored, earlier.as_ref(), period))?;
    Ok(Page {
        html: html.map_err(|error| raised(py, &error))?,
    })
}
