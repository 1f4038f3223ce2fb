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
    let raised = Error::new_err(error.to_string());
    let value = raised.value(py);
    let kind = value.setattr("kind", format!("{:?}", error.kind()));
    match kind.and_then(|()| value.setattr("place", error.place())) {
        Ok(()) => raised,
        Err(other) => other,
    }
}
