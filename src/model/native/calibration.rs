//! Sentences that show what a model's states are like, before its weights are quantized.

use crate::model::{Batch, InputBuilder, Question};

/// A target between what is before and behind it. News prose of several kinds, written for this;
/// `training/export.py` reads it, too, to round weights as the engine will.
const SENTENCES: &str = include_str!("calibration.json");

/// The sentences as a model is asked about them.
pub(super) fn batch(inputs: &InputBuilder) -> Batch {
    let sentences: Vec<[String; 3]> =
        serde_json::from_str(SENTENCES).expect("the file is part of the program");
    let build = |[before, target, behind]: [String; 3]| {
        let span = before.len()..before.len() + target.len();
        inputs.build(&Question::Stance {
            sentence: &[before, target, behind].concat(),
            target: span,
        })
    };
    let inputs: Vec<_> = sentences.into_iter().flat_map(build).collect();
    Batch::new(&inputs)
}
