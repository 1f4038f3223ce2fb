//! Progress on stderr: a bar on a terminal, log lines elsewhere.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use newstance::corpus::Corpus;
use newstance::report::Counts;
use tracing::info;

/// Time between log lines.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Shows articles, articles/s and, by the bytes of the inputs, the time left.
pub struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    started: Instant,
    logged: Instant,
}

impl Progress {
    pub fn new(corpus: &Corpus, quiet: bool) -> Self {
        let visible = !quiet && io::stderr().is_terminal();
        let bar = match corpus.total_bytes() {
            _ if !visible => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            Some(total) => ProgressBar::new(total)
                .with_style(style("{bar:32} {percent:>3}%  {msg}  {eta} left")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}")),
        };
        let now = Instant::now();
        Self {
            bar,
            bytes_read: corpus.bytes_read(),
            started: now,
            logged: now,
        }
    }

    /// Tells what has been done so far.
    pub fn show(&mut self, counts: &Counts) {
        let rate = counts.articles as f64 / self.started.elapsed().as_secs_f64();
        let message = format!(
            "{} articles, {rate:.1}/s, {} mentions, {} rejected",
            counts.articles, counts.mentions, counts.rejected
        );
        self.bar
            .set_position(self.bytes_read.load(Ordering::Relaxed));
        if self.bar.is_hidden() && self.logged.elapsed() >= LOG_EVERY {
            self.logged = Instant::now();
            info!("{message}");
        }
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
