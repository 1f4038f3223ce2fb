//! Progress on standard error: a bar on a terminal, log lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::info;

use super::output::OutputArgs;
use crate::pipeline::{Answered, Progress};

/// Time between log lines.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Thousandths of the input are the bar's steps.
const STEPS: u64 = 1000;

/// Shows articles, articles/s and the time left, all by what is scored: what is only read ahead does
/// not count.
pub struct Bar {
    bar: ProgressBar,
    started: Instant,
    logged: Instant,
}

impl Bar {
    pub fn new(output: &OutputArgs) -> Self {
        let bar = match output.has_bar() {
            true => ProgressBar::new(STEPS).with_style(style("{spinner} {msg}")),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        let now = Instant::now();
        Self {
            bar,
            started: now,
            logged: now,
        }
    }

    /// Shows what has been scored so far.
    pub fn show(&mut self, progress: &Progress) {
        let counts = &progress.counts;
        let elapsed = self.started.elapsed();
        let rate = counts.articles as f64 / elapsed.as_secs_f64();
        let mut message = format!(
            "{} articles, {rate:.1}/s, {} mentions, {} rejected",
            counts.articles, counts.mentions, counts.rejected
        );
        let at_hand = progress.at_hand;
        if at_hand.answered < at_hand.asked {
            let Answered { answered, asked } = at_hand;
            message =
                format!("{message}, {answered} of {asked} questions about the articles at hand");
        }
        let share = share(progress);
        if let Some(share) = share {
            let left = left(elapsed, share);
            message = format!("{message}, {} left", in_words(left));
            self.bar.set_position((share * STEPS as f64) as u64);
            self.bar.set_style(style("{bar:32} {percent:>3}%  {msg}"));
        }
        if self.bar.is_hidden() {
            if self.logged.elapsed() >= LOG_EVERY {
                self.logged = Instant::now();
                let percent = share.map(|share| (100.0 * share).round());
                let (articles, mentions) = (counts.articles, counts.mentions);
                info!(articles, mentions, counts.rejected, percent, "{message}");
            }
        } else {
            self.bar.set_message(message);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The part of the inputs that is scored, in [0, 1]; `None` if their size is unknown.
fn share(progress: &Progress) -> Option<f64> {
    let total = progress.total_bytes.filter(|&total| total > 0)?;
    Some((progress.bytes_scored as f64 / total as f64).min(1.0))
}

/// The time that the rest takes if it goes on as before.
fn left(elapsed: Duration, share: f64) -> Duration {
    match share > 0.0 {
        true => elapsed.mul_f64((1.0 - share) / share),
        false => Duration::ZERO,
    }
}

/// "45 s", "3 min", "2 h 5 min".
fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6000 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_scored_counts() {
        let progress = |bytes_scored, total_bytes| Progress {
            bytes_scored,
            total_bytes,
            ..Progress::default()
        };
        assert_eq!(share(&progress(25, Some(100))), Some(0.25));
        assert_eq!(share(&progress(25, None)), None);
        assert_eq!(share(&progress(0, Some(0))), None);
        assert_eq!(left(Duration::from_secs(10), 0.25), Duration::from_secs(30));
        let words = [9, 99, 100, 5999, 7500].map(|it| in_words(Duration::from_secs(it)));
        assert_eq!(words, ["9 s", "99 s", "2 min", "100 min", "2 h 5 min"]);
    }
}
