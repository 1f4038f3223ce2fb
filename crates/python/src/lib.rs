//! The Python package `newstance`: the native engine over Arrow's columns.

#![allow(
    missing_docs,
    reason = "the documentation is Python's, in newstance/_native.pyi"
)]

mod catalogue;
mod columns;
mod derived;
mod engine;
mod errors;
mod facts;
mod names;
mod page;
mod parts;
mod pool;
mod table;
mod watch;

use std::ffi::OsString;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

/// As in the command.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Runs the command with these arguments, the program's name first; gives its exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| newstance::cli::run_as(arguments, None))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", newstance::report::VERSION)?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<facts::Facts>()?;
    module.add_class::<derived::Derived>()?;
    module.add_class::<derived::Aggregator>()?;
    module.add_class::<page::Page>()?;
    module.add_class::<parts::Planner>()?;
    module.add_class::<table::Table>()?;
    module.add_function(wrap_pyfunction!(derived::aggregate, module)?)?;
    module.add_function(wrap_pyfunction!(facts::read_facts, module)?)?;
    module.add_function(wrap_pyfunction!(page::report, module)?)?;
    module.add_function(wrap_pyfunction!(parts::columns_read, module)?)?;
    module.add_function(wrap_pyfunction!(parts::order_of_dates, module)?)?;
    module.add_function(wrap_pyfunction!(parts::settled, module)?)?;
    module.add_function(wrap_pyfunction!(main, module)?)
}
