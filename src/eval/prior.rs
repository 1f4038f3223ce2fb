//! Another mix of labels than the one a model was calibrated on.

use crate::model::Answer;

/// How frequent each label is, in the order of [`Label::ALL`](crate::model::Label::ALL); the shares sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior([f64; 3]);

impl Prior {
    /// A mix; shares are brought to a sum of 1.
    ///
    /// `None` if a share is not above 0.
    pub fn new(shares: [f64; 3]) -> Option<Self> {
        let total: f64 = shares.iter().sum();
        let is_share = |share: &f64| *share > 0.0 && share.is_finite();
        shares
            .iter()
            .all(is_share)
            .then(|| Self(shares.map(|share| share / total)))
    }

    /// What an answer given under this mix is under another (Saerens, Latinne & Decaestecker, "Adjusting the
    /// Outputs of a Classifier to New a Priori Probabilities", Neural Computation 2002).
    pub fn adjust(&self, answer: &Answer, to: &Self) -> Answer {
        let mut weights = [0.0; 3];
        for (at, weight) in weights.iter_mut().enumerate() {
            *weight = f64::from(answer.probabilities[at]) * to.0[at] / self.0[at];
        }
        let total: f64 = weights.iter().sum();
        Answer {
            probabilities: weights.map(|weight| (weight / total) as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Label;

    #[test]
    fn a_rarer_label_needs_more_evidence() {
        let balanced = Prior::new([1.0, 1.0, 1.0]).unwrap();
        let neutral = Prior::new([0.1, 0.8, 0.1]).unwrap();
        let answer = Answer {
            probabilities: [0.5, 0.25, 0.25],
        };
        let adjusted = balanced.adjust(&answer, &neutral);
        assert_eq!(
            (answer.label(), adjusted.label()),
            (Label::Negative, Label::Neutral)
        );
        // 0.5 · 0.1 of 0.5 · 0.1 + 0.25 · 0.8 + 0.25 · 0.1.
        assert!((adjusted.probabilities[0] - 0.05 / 0.275).abs() < 1e-6);
        let back = neutral.adjust(&adjusted, &balanced);
        for (a, b) in back.probabilities.iter().zip(answer.probabilities) {
            assert!((a - b).abs() < 1e-6);
        }
        assert_eq!(Prior::new([0.0, 1.0, 1.0]), None);
    }
}
