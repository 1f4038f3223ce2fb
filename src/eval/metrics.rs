//! Macro F1, accuracy and calibration.

use serde::Serialize;

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

impl Evaluation {
    /// Compares predictions with gold labels, pair by pair.
    pub fn new(pairs: &[(Label, Answer)]) -> Self {
        let count = |gold: Label, predicted: Label| {
            let hits = pairs
                .iter()
                .filter(|(g, answer)| *g == gold && answer.label() == predicted);
            hits.count() as u64
        };
        let confusion = PerLabel::of(|gold| PerLabel::of(|predicted| count(gold, predicted)));
        let f1 = PerLabel::of(|label| {
            let hits = count(label, label);
            let gold: u64 = Label::ALL
                .into_iter()
                .map(|other| count(label, other))
                .sum();
            let predicted: u64 = Label::ALL
                .into_iter()
                .map(|other| count(other, label))
                .sum();
            if gold + predicted == 0 {
                0.0
            } else {
                2.0 * hits as f64 / (gold + predicted) as f64
            }
        });
        let right: u64 = Label::ALL
            .into_iter()
            .map(|label| count(label, label))
            .sum();
        Self {
            macro_f1: (f1.negative + f1.neutral + f1.positive) / 3.0,
            accuracy: right as f64 / pairs.len().max(1) as f64,
            ece: calibration_error(pairs),
            f1,
            confusion,
            targets: pairs.len(),
        }
    }
}

fn calibration_error(pairs: &[(Label, Answer)]) -> f64 {
    let mut bins = [(0u32, 0.0f64, 0u32); BINS];
    for (gold, answer) in pairs {
        let confidence = f64::from(answer.probabilities.into_iter().fold(0.0, f32::max));
        let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += 1;
        bins[bin].1 += confidence;
        bins[bin].2 += u32::from(answer.label() == *gold);
    }
    let weighted = bins
        .iter()
        .map(|(_, confidence, right)| (f64::from(*right) - confidence).abs());
    weighted.sum::<f64>() / pairs.len().max(1) as f64
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
