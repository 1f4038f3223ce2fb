//! Many targets at once: tokenized, batched by length and scored in parallel.

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::native::NativeModel;
use super::{
    Batch, Calibration, EncodedInput, InputBuilder, LabelMap, ModelDirectory, NativeOptions,
    StanceModel, StanceScore, Target,
};
use crate::error::Result;

/// A model with its tokenizer, the meaning of its classes and its calibration.
pub struct Scorer {
    inputs: InputBuilder,
    model: Box<dyn StanceModel>,
    labels: LabelMap,
    calibration: Calibration,
    tells_tone: bool,
}

impl Scorer {
    /// Loads a model directory into the native engine, which runs it as fast as it can.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where the directory cannot be used.
    pub fn native(directory: &ModelDirectory) -> Result<Self> {
        Self::native_with(directory, NativeOptions::default())
    }

    /// Loads a model directory into the native engine.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where the directory cannot be used, or not so.
    pub fn native_with(directory: &ModelDirectory, options: NativeOptions) -> Result<Self> {
        Self::new(directory, |directory, inputs| {
            Ok(Box::new(NativeModel::load(directory, inputs, options)?))
        })
    }

    /// The backend and how it runs, in a few words.
    pub fn description(&self) -> String {
        self.model.description()
    }

    /// Seconds that all threads have spent in each part of the encoder, where the backend knows.
    pub fn operators(&self) -> Vec<(&'static str, f64)> {
        self.model.operators()
    }

    pub(super) fn new(
        directory: &ModelDirectory,
        load: impl FnOnce(&ModelDirectory, &InputBuilder) -> Result<Box<dyn StanceModel>>,
    ) -> Result<Self> {
        let inputs = InputBuilder::new(directory)?;
        Ok(Self {
            model: load(directory, &inputs)?,
            inputs,
            labels: directory.labels().clone(),
            calibration: directory.calibration(),
            tells_tone: directory.tells_tone(),
        })
    }

    /// Whether it may be asked about a [`Target::whole`] sentence. Another model's answer would mean
    /// nothing: it has never seen a sentence without its target marked.
    pub fn tells_tone(&self) -> bool {
        self.tells_tone
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
    /// let scores = scorer.score(&[Target { sentence, bytes: 16..21 }])?;
    /// assert_eq!(scores[0].label(), Label::Negative);
    /// # Ok::<(), newstance::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn score(&self, targets: &[Target]) -> Result<Vec<StanceScore>> {
        let score = |logits| self.calibrate(logits);
        Ok(self.logits(targets)?.into_iter().map(score).collect())
    }

    /// The score that logits mean.
    pub fn calibrate(&self, logits: [f32; 3]) -> StanceScore {
        StanceScore::from_logits(logits, &self.calibration)
    }

    /// Uncalibrated logits of the targets, in their order.
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn logits(&self, targets: &[Target]) -> Result<Vec<[f32; 3]>> {
        self.encode(&self.tokenize(targets))
    }

    /// What the model is asked about the targets: an input for each, or one for each hypothesis.
    pub fn tokenize(&self, targets: &[Target]) -> Vec<EncodedInput> {
        targets
            .par_iter()
            .flat_map_iter(|target| self.inputs.build(target))
            .collect()
    }

    /// Uncalibrated logits of the targets that these inputs ask about, in their order.
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn encode(&self, inputs: &[EncodedInput]) -> Result<Vec<[f32; 3]>> {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(inputs[index].ids.len()));
        let batches = by_token_budget(&order, inputs, self.model.batch_tokens());
        let scored: Vec<Array2<f32>> = batches
            .into_par_iter()
            .with_max_len(1)
            .map(|rows| {
                let batch = Batch::new(rows.iter().map(|&row| &inputs[row]));
                self.model.logits(&batch)
            })
            .collect::<Result<_>>()?;
        let mut logits = Array2::zeros((inputs.len(), self.labels.classes()));
        let rows = scored.iter().flat_map(|batch| batch.rows());
        for (index, row) in order.into_iter().zip(rows) {
            logits.row_mut(index).assign(&row);
        }
        let sequences = self.labels.sequences();
        let of_target = |index: usize| {
            let rows = index * sequences..(index + 1) * sequences;
            self.labels.logits(logits.slice(s![rows, ..]))
        };
        Ok((0..inputs.len() / sequences).map(of_target).collect())
    }
}

/// Cuts inputs sorted by length, longest first, into batches.
fn by_token_budget<'a>(
    order: &'a [usize],
    inputs: &[EncodedInput],
    budget: usize,
) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut tokens = 0;
    for (at, &row) in order.iter().enumerate() {
        let length = inputs[row].ids.len();
        if at > start && tokens + length > budget {
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
        let batches = by_token_budget(&order, &inputs, 512);
        assert_eq!(batches, [&[0][..], &[1], &[2, 3, 4], &[5]]);
        assert!(by_token_budget(&[], &inputs, 512).is_empty());
    }
}
