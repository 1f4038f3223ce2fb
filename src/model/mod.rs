//! From mentions to stance: input building, batching and the encoder behind one small trait.

mod batch;
mod cache;
mod calibration;
mod config;
mod description;
mod device;
mod directory;
#[cfg(feature = "hub")]
pub mod hub;
mod input;
mod labels;
pub mod native;
mod scorer;
mod stored;
#[cfg(feature = "torch")]
pub mod torch;

use std::fmt;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub use batch::Batch;
pub use cache::{CACHED_SCORES, CachedScorer};
pub use calibration::Calibration;
pub use description::TargetStyle;
pub use device::{Device, NativeOptions, Precision, TorchOptions};
pub use directory::ModelDirectory;
pub use input::{EncodedInput, InputBuilder, Target};
pub use labels::LabelMap;
pub use scorer::Scorer;

use crate::error::Result;

/// A sequence classifier: the one thing that a backend implements.
pub trait StanceModel: Send + Sync {
    /// Logits of each sequence of the batch, `[sequences, classes]`, columns in the order of the
    /// model's own classes.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where a batch does not fit into a device's memory; on a CPU none.
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>>;

    /// Tokens of a batch that suits the backend.
    fn batch_tokens(&self) -> usize;

    /// The backend and how it runs, in a few words for the manifest.
    fn description(&self) -> String;

    /// Seconds that all threads have spent in each part of the encoder, where the backend knows.
    fn operators(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

/// How a sentence portrays a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Unfavourably.
    Negative,
    /// Neither.
    Neutral,
    /// Favourably.
    Positive,
}

impl Label {
    /// All labels, in the order of logits and probabilities.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The label's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Calibrated probabilities of one mention; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StanceScore {
    /// In the order of [`Label::ALL`].
    pub probabilities: [f32; 3],
}

impl StanceScore {
    /// What a model's logits mean.
    ///
    /// ```
    /// use newstance::model::{Calibration, Label, StanceScore};
    ///
    /// let score = StanceScore::from_logits([0.0, 1.0, 3.0], &Calibration::default());
    /// assert_eq!(score.label(), Label::Positive);
    /// assert!((score.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    /// assert!(score.stance() > 0.0 && score.stance() < 1.0);
    /// ```
    pub fn from_logits(logits: [f32; 3], calibration: &Calibration) -> Self {
        Self {
            probabilities: calibration.probabilities(logits),
        }
    }

    /// P(positive) - P(negative), in [-1, 1].
    pub fn stance(&self) -> f64 {
        f64::from(self.probabilities[2]) - f64::from(self.probabilities[0])
    }

    /// The most probable label; of equals the first.
    pub fn label(&self) -> Label {
        let mut best = 0;
        for index in 1..3 {
            if self.probabilities[index] > self.probabilities[best] {
                best = index;
            }
        }
        Label::ALL[best]
    }
}
