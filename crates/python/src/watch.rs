//! Work that its user sees the progress of, and may interrupt.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use newstance::pipeline::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How often it is looked whether the user has interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// What work and whoever waits for it tell each other.
#[derive(Default)]
pub struct Watch {
    stop: AtomicBool,
    articles: AtomicU64,
}

impl Watch {
    /// Tells how far the work is, and hears whether it is to go on.
    pub fn progress(&self, progress: &Progress) -> ControlFlow<()> {
        self.articles
            .store(progress.counts.articles, Ordering::Relaxed);
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Progress as Python shows it: `newstance._progress.Bar`.
pub struct Bar(Py<PyAny>);

impl Bar {
    /// A bar for so many articles, if that is known. `show` is whether it is wanted; if None, where somebody looks.
    pub fn new(py: Python<'_>, total: Option<usize>, show: Option<bool>) -> PyResult<Self> {
        let module = py.import("newstance._progress")?;
        Ok(Self(module.getattr("Bar")?.call1((total, show))?.unbind()))
    }

    fn show(&self, py: Python<'_>, articles: u64) -> PyResult<()> {
        self.0.call_method1(py, "show", (articles,)).map(drop)
    }
}

/// Does work in a thread of its own, while this one, which may be Python's main thread and is the only one that hears of signals
/// then, waits for it and shows its progress. The work is told to stop if the user interrupts.
pub fn watched<T: Send>(
    py: Python<'_>,
    bar: &Bar,
    work: impl FnOnce(&Watch) -> T + Send,
) -> PyResult<T> {
    let watch = Watch::default();
    let articles = || watch.articles.load(Ordering::Relaxed);
    let (result, interrupt) = py.detach(|| {
        let (sender, ended) = sync_channel::<()>(1);
        let mut interrupt: PyResult<()> = Ok(());
        let result = thread::scope(|scope| {
            let watch = &watch;
            let working = scope.spawn(move || {
                let result = work(watch);
                // Whoever waits is there until this thread ends.
                let _ = sender.send(());
                result
            });
            let mut shown = 0;
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if interrupt.is_err() {
                    continue;
                }
                interrupt = Python::attach(|py| {
                    py.check_signals()?;
                    if articles() != shown {
                        shown = articles();
                        bar.show(py, shown)?;
                    }
                    Ok(())
                });
                watch.stop.store(interrupt.is_err(), Ordering::Relaxed);
            }
            working.join()
        });
        (result, interrupt)
    });
    bar.show(py, articles())?;
    bar.0.call_method0(py, "close")?;
    interrupt?;
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        PyRuntimeError::new_err(text.unwrap_or_else(|| "a panic in scoring".to_owned()))
    })
}
