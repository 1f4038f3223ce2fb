//! Macro F1, accuracy and calibration.

use serde::Serialize;

use super::interval::{Clustered, Interval, intervals};
use crate::model::{Answer, Label};

/// Bins of the calibration error.
const BINS: usize = 10;

/// A figure for each label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PerLabel<T> {
    /// For [`Label::Negative`].
    pub negative: T,
    /// For [`Label::Neutral`].
    pub neutral: T,
    /// For [`Label::Positive`].
    pub positive: T,
}

impl<T> PerLabel<T> {
    /// Computes the figure of each label.
    pub fn of(mut figure: impl FnMut(Label) -> T) -> Self {
        Self {
            negative: figure(Label::Negative),
            neutral: figure(Label::Neutral),
            positive: figure(Label::Positive),
        }
    }
}

/// How predictions compare with gold labels. All shares are fractions of 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evaluation {
    /// Unweighted mean of the F1 of the three labels.
    pub macro_f1: f64,
    /// Share of targets with the right label.
    pub accuracy: f64,
    /// Expected calibration error: ten equal-width bins of the top probability (Guo et al. 2017).
    pub ece: f64,
    /// F1 of each label; 0 if it is neither predicted nor gold.
    pub f1: PerLabel<f64>,
    /// Targets by gold label (outer) and predicted label (inner).
    pub confusion: PerLabel<PerLabel<u64>>,
    /// Number of targets.
    pub targets: usize,
}

/// The 95 % intervals of an [`Evaluation`]'s figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EvaluationIntervals {
    /// Of the macro F1.
    pub macro_f1: Interval,
    /// Of the accuracy.
    pub accuracy: Interval,
    /// Of the calibration error. It tends to lie above the figure itself: resampling adds error.
    pub ece: Interval,
    /// Of the F1 of each label.
    pub f1: PerLabel<Interval>,
}

impl Evaluation {
    /// Compares predictions with gold labels, pair by pair.
    pub fn new(pairs: &[(Label, Answer)]) -> Self {
        Self::of(pairs.iter().map(|pair| (*pair, 1)))
    }

    /// Intervals over resampled clusters, such as sentences; `None` with fewer than five.
    pub fn intervals(pairs: &[Clustered<(Label, Answer)>]) -> Option<EvaluationIntervals> {
        let found = intervals(pairs, |drawn| {
            let figures = Self::of(drawn.iter().copied());
            let f1 = figures.f1;
            [
                figures.macro_f1,
                figures.accuracy,
                figures.ece,
                f1.negative,
                f1.neutral,
                f1.positive,
            ]
        });
        let [macro_f1, accuracy, ece, negative, neutral, positive] = found?;
        Some(EvaluationIntervals {
            macro_f1,
            accuracy,
            ece,
            f1: PerLabel {
                negative,
                neutral,
                positive,
            },
        })
    }

    /// Of pairs with how often each counts.
    fn of(pairs: impl Iterator<Item = ((Label, Answer), u64)>) -> Self {
        let mut counts = [[0; 3]; 3];
        let mut bins = [Bin::default(); BINS];
        for ((gold, answer), times) in pairs {
            let label = answer.label();
            counts[gold as usize][label as usize] += times;
            let confidence = f64::from(answer.probabilities.into_iter().fold(0.0, f32::max));
            let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            bin.confidence += times as f64 * confidence;
            bin.right += times * u64::from(label == gold);
        }
        let count = |gold: Label, predicted: Label| counts[gold as usize][predicted as usize];
        let sum = |count: &dyn Fn(Label) -> u64| -> u64 { Label::ALL.into_iter().map(count).sum() };
        let f1 = PerLabel::of(|label| {
            let gold = sum(&|predicted| count(label, predicted));
            let predicted = sum(&|gold| count(gold, label));
            match gold + predicted {
                0 => 0.0,
                both => 2.0 * count(label, label) as f64 / both as f64,
            }
        });
        let targets: u64 = counts.as_flattened().iter().sum();
        let share = |part: f64| part / targets.max(1) as f64;
        let gap = |bin: &Bin| (bin.right as f64 - bin.confidence).abs();
        Self {
            macro_f1: (f1.negative + f1.neutral + f1.positive) / 3.0,
            accuracy: share(sum(&|label| count(label, label)) as f64),
            ece: share(bins.iter().map(gap).sum()),
            f1,
            confusion: PerLabel::of(|gold| PerLabel::of(|predicted| count(gold, predicted))),
            targets: targets as usize,
        }
    }
}

/// Answers of about the same top probability.
#[derive(Clone, Copy, Default)]
struct Bin {
    /// The sum of their top probabilities.
    confidence: f64,
    right: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(label: Label, probability: f32) -> Answer {
        let rest = (1.0 - probability) / 2.0;
        let mut probabilities = [rest; 3];
        probabilities[label as usize] = probability;
        Answer { probabilities }
    }

    #[test]
    fn figures_of_a_small_case() {
        use Label::{Negative, Neutral, Positive};
        let pairs = [
            (Negative, answer(Negative, 0.85)),
            (Negative, answer(Neutral, 0.85)),
            (Neutral, answer(Neutral, 0.65)),
            (Positive, answer(Positive, 0.65)),
        ];
        let evaluation = Evaluation::new(&pairs);
        assert!((evaluation.f1.negative - 2.0 / 3.0).abs() < 1e-12);
        assert!((evaluation.f1.neutral - 2.0 / 3.0).abs() < 1e-12);
        assert!((evaluation.f1.positive - 1.0).abs() < 1e-12);
        assert!((evaluation.macro_f1 - 7.0 / 9.0).abs() < 1e-12);
        assert!((evaluation.accuracy - 0.75).abs() < 1e-12);
        assert_eq!(evaluation.confusion.negative.neutral, 1);
        assert!((evaluation.ece - 0.35).abs() < 1e-6, "{}", evaluation.ece);
    }
}
