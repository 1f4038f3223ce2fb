//! BERT for sequence classification in Rust, f32 (Devlin et al., NAACL 2019).

mod attention;
mod config;
mod encoder;
pub mod kernels;
mod weights;

use ndarray::Array2;

use super::{Batch, ModelDirectory, StanceModel};
use crate::error::Result;
use config::BertConfig;
use weights::Weights;

/// Tokens of a batch: enough rows to keep a matrix product busy, few enough to stay in cache and to
/// leave no thread idle for long when the last batch runs.
const BATCH_TOKENS: usize = 512;

/// The native backend.
pub struct NativeModel {
    weights: Weights,
}

impl NativeModel {
    /// Loads the weights of a model directory (f32, f16 or bf16) as f32.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where the architecture is another than BERT's, or a tensor is missing
    /// or of another shape than config.json says.
    pub fn load(directory: &ModelDirectory) -> Result<Self> {
        let config = BertConfig::new(directory)?;
        Ok(Self {
            weights: Weights::load(directory, &config)?,
        })
    }
}

impl StanceModel for NativeModel {
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>> {
        Ok(encoder::logits(&self.weights, batch))
    }

    fn batch_tokens(&self) -> usize {
        BATCH_TOKENS
    }
}
