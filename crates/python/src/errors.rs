//! Errors of the library as exceptions.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    newstance,
    Error,
    PyException,
    "What went wrong, where, and what can be done about it."
);

/// An error of the library, with its kind and place.
pub fn raised(py: Python<'_>, error: &newstance::Error) -> PyErr {
    raised_at(py, error, error.place())
}

/// The same at a place of another name.
pub fn raised_at(py: Python<'_>, error: &newstance::Error, place: &str) -> PyErr {
    let text = error.to_string();
    let rest = text.strip_prefix(error.place()).unwrap_or(&text);
    let raised = Error::new_err(format!("{place}{rest}"));
    let value = raised.value(py);
    let kind = value.setattr("kind", format!("{:?}", error.kind()));
    match kind.and_then(|()| value.setattr("place", place)) {
        Ok(()) => raised,
        Err(other) => other,
    }
}
