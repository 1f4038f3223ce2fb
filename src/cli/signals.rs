//! Signals that end a run in good order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::INTERRUPTED;

/// Whether the process was asked to end: by Ctrl-C (SIGINT), `kill` (SIGTERM) or a terminal that was closed (SIGHUP).
pub struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Takes these signals from now on. A second one ends the process at once; what was committed before is kept.
    pub fn catch() -> anyhow::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in ENDING {
            // In this order: the first signal finds the mark unset, and sets it.
            flag::register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&came))
                .and_then(|_| flag::register(signal, Arc::clone(&came)))
                .context("signals cannot be taken")?;
        }
        Ok(Self(came))
    }

    /// Whether one has come.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(unix)]
const ENDING: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const ENDING: [i32; 2] = [SIGINT, SIGTERM];

/// Makes a file that may not grow any more (`ulimit -f`) an error of its writer, where the system would end the process without a word.
pub fn report_full_files() -> anyhow::Result<()> {
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default())
        .context("signals cannot be taken")?;
    Ok(())
}
