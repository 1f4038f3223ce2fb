//! The Python package `newstance`: the native engine over Arrow's columns.

#![allow(
    missing_docs,
    reason = "the documentation is Python's, in newstance/_native.pyi"
)]

mod columns;
mod engine;
mod errors;
mod pool;
mod table;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", newstance::report::VERSION)?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<table::Facts>()?;
    module.add_class::<table::Table>()
}
