//! From logits to probabilities that mean what they say.

/// How a model's logits become probabilities: by a softmax, after division by a temperature that may
/// depend on how far apart they are.
///
/// One temperature for all logits (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017) cannot
/// mend a model that is too sure of itself if it hesitates and not sure enough if it does not. One
/// that falls as logits lie further apart can (after Tomani et al., "Parameterized Temperature Scaling",
/// ECCV 2022, who let a small network find it). The order of the labels stays as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// What logits are divided by, above 0.
    pub temperature: f32,
    /// The power of the logits' distance from their mean, in Euclidean length, by which they are
    /// multiplied, above -1; 0 for none.
    pub sharpening: f32,
}

impl Default for Calibration {
    /// A plain softmax.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            sharpening: 0.0,
        }
    }
}

impl Calibration {
    /// Probabilities of the logits' labels; they sum to 1. An infinitely low logit gets none.
    pub fn probabilities(&self, logits: [f32; 3]) -> [f32; 3] {
        let highest = logits.into_iter().fold(f32::NEG_INFINITY, f32::max);
        let factor = self.factor(logits);
        let weights = logits.map(|logit| ((logit - highest) * factor / self.temperature).exp());
        let total: f32 = weights.iter().sum();
        weights.map(|weight| weight / total)
    }

    fn factor(&self, logits: [f32; 3]) -> f32 {
        if self.sharpening == 0.0 {
            return 1.0;
        }
        let finite = || logits.into_iter().filter(|logit| logit.is_finite());
        let mean = finite().sum::<f32>() / finite().count() as f32;
        let squares: f32 = finite().map(|logit| (logit - mean).powi(2)).sum();
        // Equal logits stay equal, whatever they are multiplied by.
        squares.sqrt().max(f32::MIN_POSITIVE).powf(self.sharpening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARP: Calibration = Calibration {
        temperature: 2.0,
        sharpening: 0.5,
    };

    #[test]
    fn a_temperature_divides() {
        let plain = Calibration {
            temperature: 2.0,
            ..Calibration::default()
        };
        let found = plain.probabilities([2.0, 0.0, f32::NEG_INFINITY]);
        assert!((found[0] - 1.0 / (1.0 + (-1f32).exp())).abs() < 1e-6);
        assert_eq!(found[2], 0.0);
    }

    #[test]
    fn sharpening_makes_the_sure_surer_and_the_unsure_less_sure() {
        let plain = Calibration {
            temperature: 2.0,
            ..Calibration::default()
        };
        let (near, far) = ([0.3, 0.0, -0.3], [3.0, 0.0, -3.0]);
        assert!(SHARP.probabilities(near)[0] < plain.probabilities(near)[0]);
        assert!(SHARP.probabilities(far)[0] > plain.probabilities(far)[0]);
        // Length 18^0.5, so that 3 becomes 3 · 18^0.25 / 2.
        let step = 3.0 * 18f32.powf(0.25) / 2.0;
        let expected = 1.0 / (1.0 + (-step).exp() + (-2.0 * step).exp());
        assert!((SHARP.probabilities(far)[0] - expected).abs() < 1e-6);
    }

    #[test]
    fn equal_and_missing_logits_are_no_trouble() {
        for sharpening in [-0.9, 0.5, 2.0] {
            let calibration = Calibration {
                temperature: 1.0,
                sharpening,
            };
            for third in calibration.probabilities([1.0; 3]) {
                assert!((third - 1.0 / 3.0).abs() < 1e-6);
            }
            let two = calibration.probabilities([0.5, f32::NEG_INFINITY, -0.5]);
            assert_eq!(two[1], 0.0);
            assert!(two[0] > two[2] && (two[0] + two[2] - 1.0).abs() < 1e-6);
        }
    }
}
