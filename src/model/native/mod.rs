//! BERT for sequence classification in Rust, f32 (Devlin et al., NAACL 2019).

mod attention;
mod encoder;
pub mod kernels;
mod weights;

use ndarray::Array2;

use super::{Batch, ModelDirectory, StanceModel};
use crate::error::Result;
use weights::Weights;

/// The native backend.
pub struct NativeModel {
    weights: Weights,
    label_rows: [usize; 3],
}

impl NativeModel {
    /// Loads the weights of a model directory (f32, f16 or bf16) as f32.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where a tensor is missing or of another shape than config.json says.
    pub fn load(directory: &ModelDirectory) -> Result<Self> {
        Ok(Self {
            weights: Weights::load(directory)?,
            label_rows: directory.label_rows()?,
        })
    }
}

impl StanceModel for NativeModel {
    fn logits(&self, batch: &Batch) -> Array2<f32> {
        let logits = encoder::logits(&self.weights, batch);
        logits.select(ndarray::Axis(1), &self.label_rows)
    }
}
