//! Where the encoder's time goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Parts of the encoder that are timed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operator {
    Embeddings,
    QueriesKeysValues,
    Attention,
    AttentionOutput,
    Intermediate,
    Output,
    Rows,
}

const NAMES: [&str; 7] = [
    "embeddings",
    "queries, keys, values",
    "attention",
    "attention output",
    "intermediate and GELU",
    "output",
    "norms and quantization",
];

/// Nanoseconds of all threads by operator.
#[derive(Debug, Default)]
pub(super) struct Operators([AtomicU64; NAMES.len()]);

impl Operators {
    /// Seconds of all threads, by operator.
    pub fn seconds(&self) -> Vec<(&'static str, f64)> {
        let seconds = self
            .0
            .iter()
            .map(|nanos| nanos.load(Ordering::Relaxed) as f64 / 1e9);
        NAMES.into_iter().zip(seconds).collect()
    }
}

/// Times one batch. A reading of the clock takes some 25 ns, and a batch a few hundred of them.
pub(super) struct Clock {
    last: Instant,
    nanos: [u64; NAMES.len()],
}

impl Clock {
    pub fn start() -> Self {
        Self {
            last: Instant::now(),
            nanos: [0; NAMES.len()],
        }
    }

    /// Counts the time since the last lap as an operator's.
    pub fn lap(&mut self, operator: Operator) {
        let now = Instant::now();
        self.nanos[operator as usize] += (now - self.last).as_nanos() as u64;
        self.last = now;
    }

    pub fn stop(self, operators: &Operators) {
        for (total, nanos) in operators.0.iter().zip(self.nanos) {
            total.fetch_add(nanos, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laps_add_up_by_operator() {
        let operators = Operators::default();
        for _ in 0..2 {
            let mut clock = Clock::start();
            std::thread::sleep(std::time::Duration::from_millis(2));
            clock.lap(Operator::Attention);
            clock.lap(Operator::Rows);
            clock.stop(&operators);
        }
        let seconds = operators.seconds();
        assert_eq!(seconds[Operator::Attention as usize].0, "attention");
        assert!(seconds[Operator::Attention as usize].1 >= 0.004);
        assert_eq!(seconds[Operator::Output as usize].1, 0.0);
    }
}
