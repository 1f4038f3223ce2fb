//! Many targets at once: tokenized, batched by length and scored in parallel.

use rayon::prelude::*;

use super::native::NativeModel;
use super::{Batch, EncodedInput, InputBuilder, ModelDirectory, StanceModel, StanceScore, Target};
use crate::error::Result;

/// Tokens of a batch: enough rows to keep a matrix product busy, few enough to stay in cache and to
/// leave no thread idle for long when the last batch runs.
const BATCH_TOKENS: usize = 512;

/// A model with its tokenizer and calibration.
pub struct Scorer {
    inputs: InputBuilder,
    model: Box<dyn StanceModel>,
    temperature: f32,
}

impl Scorer {
    /// Loads a model directory into the native engine.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where the directory cannot be used.
    pub fn native(directory: &ModelDirectory) -> Result<Self> {
        Ok(Self {
            inputs: InputBuilder::new(directory)?,
            model: Box::new(NativeModel::load(directory)?),
            temperature: directory.temperature(),
        })
    }

    /// Scores of the targets, in their order.
    ///
    /// Runs on rayon's current thread pool. The batches depend on the targets alone, so that the
    /// scores are the same to the last bit for any number of threads.
    ///
    /// ```
    /// use newstance::model::{Label, ModelDirectory, Scorer, Target};
    ///
    /// let scorer = Scorer::native(&ModelDirectory::fast()?)?;
    /// let sentence = "Critics accused Putin of war crimes.";
    /// let scores = scorer.score(&[Target { sentence, bytes: 16..21 }]);
    /// assert_eq!(scores[0].label(), Label::Negative);
    /// # Ok::<(), newstance::Error>(())
    /// ```
    pub fn score(&self, targets: &[Target]) -> Vec<StanceScore> {
        self.logits(targets)
            .into_iter()
            .map(|logits| StanceScore::from_logits(logits, self.temperature))
            .collect()
    }

    /// Uncalibrated logits of the targets, in their order.
    pub fn logits(&self, targets: &[Target]) -> Vec<[f32; 3]> {
        let inputs: Vec<EncodedInput> = targets
            .par_iter()
            .map(|target| self.inputs.build(target))
            .collect();
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(inputs[index].ids.len()));
        let batches = by_token_budget(&order, &inputs);
        let scored: Vec<Vec<[f32; 3]>> = batches
            .into_par_iter()
            .with_max_len(1)
            .map(|rows| {
                let batch = Batch::new(rows.iter().map(|&row| &inputs[row]));
                let logits = self.model.logits(&batch);
                logits
                    .rows()
                    .into_iter()
                    .map(|row| [row[0], row[1], row[2]])
                    .collect()
            })
            .collect();
        let mut logits = vec![[0.0; 3]; targets.len()];
        for (row, values) in order.into_iter().zip(scored.into_iter().flatten()) {
            logits[row] = values;
        }
        logits
    }
}

/// Cuts inputs sorted by length, longest first, into batches.
fn by_token_budget<'a>(order: &'a [usize], inputs: &[EncodedInput]) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut tokens = 0;
    for (at, &row) in order.iter().enumerate() {
        let length = inputs[row].ids.len();
        if at > start && tokens + length > BATCH_TOKENS {
            batches.push(&order[start..at]);
            start = at;
            tokens = 0;
        }
        tokens += length;
    }
    if start < order.len() {
        batches.push(&order[start..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_fill_their_budget_and_lose_nothing() {
        let inputs: Vec<EncodedInput> = [2000, 300, 250, 212, 50, 3]
            .into_iter()
            .map(|length| EncodedInput {
                ids: vec![0; length],
                segments: vec![0; length],
            })
            .collect();
        let order: Vec<usize> = (0..inputs.len()).collect();
        let batches = by_token_budget(&order, &inputs);
        assert_eq!(batches, [&[0][..], &[1], &[2, 3, 4], &[5]]);
        assert!(by_token_budget(&[], &inputs).is_empty());
    }
}
