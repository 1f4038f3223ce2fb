//! What a model is asked, and what it answers.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Calibration;
use crate::decimal::Millionths;

/// What a model is asked about a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question<'a> {
    /// How does the sentence portray the target?
    Stance {
        /// The sentence.
        sentence: &'a str,
        /// The target's half-open byte range in the sentence, on character boundaries.
        target: Range<usize>,
    },
    /// How does the sentence sound, whoever it is about? For models that know the question: see
    /// [`super::Scorer::tells_tone`].
    Tone {
        /// The sentence.
        sentence: &'a str,
    },
}

impl<'a> Question<'a> {
    /// The sentence.
    pub fn sentence(&self) -> &'a str {
        match self {
            Self::Stance { sentence, .. } | Self::Tone { sentence } => sentence,
        }
    }

    /// The target; `None` if tone is asked.
    pub fn target(&self) -> Option<Range<usize>> {
        match self {
            Self::Stance { target, .. } => Some(target.clone()),
            Self::Tone { .. } => None,
        }
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

/// Calibrated probabilities of one question; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// In the order of [`Label::ALL`].
    pub probabilities: [f32; 3],
}

impl Answer {
    /// What a model's logits mean.
    ///
    /// ```
    /// use newstance::model::{Answer, Calibration, Label};
    ///
    /// let answer = Answer::from_logits([0.0, 1.0, 3.0], &Calibration::default());
    /// assert_eq!(answer.label(), Label::Positive);
    /// assert_eq!(answer.stance().to_string(), "0.801785");
    /// ```
    pub fn from_logits(logits: [f32; 3], calibration: &Calibration) -> Self {
        Self {
            probabilities: calibration.probabilities(logits),
        }
    }

    /// The probabilities in millionths, as reports print them.
    pub fn millionths(&self) -> [Millionths; 3] {
        self.probabilities
            .map(|probability| Millionths::from_f64(f64::from(probability)))
    }

    /// P(positive) - P(negative), in [-1, 1], of the probabilities as reports print them.
    pub fn stance(&self) -> Millionths {
        let [negative, _, positive] = self.millionths();
        positive - negative
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
