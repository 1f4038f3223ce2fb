//! Signals that end a run in good order.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

use super::INTERRUPTED;

/// Whether the process was asked to end: by Ctrl-C (SIGINT), `kill` (SIGTERM) or a terminal that was closed (SIGHUP).
pub struct Signals(Arc<AtomicU32>);

impl Signals {
    /// Takes these signals from now on. A second one ends the process at once; what was committed before is kept.
    pub fn catch() -> anyhow::Result<Self> {
        let count = Arc::new(AtomicU32::new(0));
        let of_handler = Arc::clone(&count);
        let handler = move || match of_handler.fetch_add(1, Ordering::SeqCst) {
            0 => eprintln!("Stopping when the articles at hand are scored; again to stop at once"),
            _ => process::exit(INTERRUPTED.into()),
        };
        ctrlc::set_handler(handler).context("signals cannot be taken")?;
        Ok(Self(count))
    }

    /// Whether one has come.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}
