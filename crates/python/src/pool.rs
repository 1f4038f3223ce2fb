//! One pool of threads a process.

use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pool, with the process that made it.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// A pool of so many threads, or of one a processor.
///
/// A forked process has none of its parent's threads, and makes its own. A pool of another size takes the place of the one that is there.
pub fn pool(threads: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    let mut known = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = threads.unwrap_or(0);
    if let Some((made_by, pool)) = &*known
        && *made_by == process::id()
        && (wanted == 0 || wanted == pool.current_num_threads())
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(wanted)
        .thread_name(|number| format!("newstance-{number}"))
        .build()
        .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    let pool = Arc::new(pool);
    if let Some((made_by, old)) = known.replace((process::id(), Arc::clone(&pool)))
        && made_by != process::id()
    {
        // Ending the parent's threads would wait for them, and they are not here.
        std::mem::forget(old);
    }
    Ok(pool)
}

/// Works on a pool, while other threads of Python run. Whatever uses threads must be done so: rayon's own pool is not there in a forked
/// process.
pub fn on_pool<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    let pool = pool(threads)?;
    Ok(py.detach(|| pool.install(work)))
}
