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

/// A part of the encoder, and what all threads together have spent in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatorTime {
    /// What it does.
    pub name: &'static str,
    /// Seconds.
    pub seconds: f64,
    /// Multiplications and additions of 8-bit values.
    pub operations: f64,
}

/// Nanoseconds and operations of all threads by operator.
#[derive(Debug, Default)]
pub(super) struct Operators([[AtomicU64; 2]; NAMES.len()]);

impl Operators {
    /// What all threads have spent so far, by operator.
    pub fn spent(&self) -> Vec<OperatorTime> {
        let spent = |(name, [nanos, operations]): (_, &[AtomicU64; 2])| OperatorTime {
            name,
            seconds: nanos.load(Ordering::Relaxed) as f64 / 1e9,
            operations: operations.load(Ordering::Relaxed) as f64,
        };
        NAMES.into_iter().zip(&self.0).map(spent).collect()
    }
}

/// Times one batch. A reading of the clock takes some 25 ns, and a batch a few hundred of them.
pub(super) struct Clock {
    last: Instant,
    spent: [[u64; 2]; NAMES.len()],
}

impl Clock {
    pub fn start() -> Self {
        Self {
            last: Instant::now(),
            spent: [[0; 2]; NAMES.len()],
        }
    }

    /// Counts the time since the last lap, and the operations in it, as an operator's.
    pub fn lap(&mut self, operator: Operator, operations: u64) {
        let now = Instant::now();
        let [nanos, total] = &mut self.spent[operator as usize];
        *nanos += (now - self.last).as_nanos() as u64;
        *total += operations;
        self.last = now;
    }

    pub fn stop(self, operators: &Operators) {
        for (totals, spent) in operators.0.iter().zip(self.spent) {
            for (total, spent) in totals.iter().zip(spent) {
                total.fetch_add(spent, Ordering::Relaxed);
            }
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
            clock.lap(Operator::Attention, 3);
            clock.lap(Operator::Rows, 0);
            clock.stop(&operators);
        }
        let spent = operators.spent();
        let attention = spent[Operator::Attention as usize];
        assert_eq!((attention.name, attention.operations), ("attention", 6.0));
        assert!(attention.seconds >= 0.004);
        assert_eq!(spent[Operator::Output as usize].seconds, 0.0);
    }
}
