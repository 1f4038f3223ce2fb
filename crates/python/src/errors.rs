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
    raised_as(py, error, error.place(), &error.to_string())
}

/// The same at a place of another name, whose message may be another, too.
pub fn raised_as(py: Python<'_>, error: &newstance::Error, place: &str, message: &str) -> PyErr {
    let rest = message.strip_prefix(error.place()).unwrap_or(message);
    let raised = Error::new_err(format!("{place}{rest}"));
    let value = raised.value(py);
    let kind = value.setattr("kind", format!("{:?}", error.kind()));
    match kind.and_then(|()| value.setattr("place", place)) {
        Ok(()) => raised,
        Err(other) => other,
    }
}
