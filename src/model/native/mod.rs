//! BERT for sequence classification in Rust, on 8 bits or in f32 (Devlin et al., NAACL 2019).

mod attention;
mod config;
mod encoder;
mod int8;
pub mod kernels;
mod weights;

use ndarray::Array2;

use super::{Batch, InputBuilder, ModelDirectory, NativeOptions, Precision, StanceModel};
use crate::error::{Error, Result};
use config::BertConfig;
use int8::QuantizedLayers;
use kernels::int8::Kernel;
use weights::Weights;

/// Tokens of a batch: enough rows to keep a matrix product busy, few enough to stay in cache and to
/// leave no thread idle for long when the last batch runs.
const BATCH_TOKENS: usize = 512;
/// The same on 8 bits, where each token takes a quarter of the time.
const BATCH_TOKENS_INT8: usize = 256;

/// The native backend.
pub struct NativeModel {
    weights: Weights,
    /// In place of the weights' own layers, if so.
    quantized: Option<(Kernel, QuantizedLayers)>,
}

impl NativeModel {
    /// Loads the weights of a model directory (f32, f16 or bf16).
    ///
    /// On 8 bits, sentences built by `inputs` tell what the model's states are like.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Model`] where the architecture is another than BERT's, a tensor is missing
    /// or of another shape than config.json says, or the model does not run in the precision asked
    /// for.
    pub fn load(
        directory: &ModelDirectory,
        inputs: &InputBuilder,
        options: NativeOptions,
    ) -> Result<Self> {
        let config = BertConfig::new(directory)?;
        let kernel = options.kernel.unwrap_or_else(Kernel::fastest);
        let quantize = match options.precision {
            None => kernel.is_special() || options.kernel.is_some(),
            Some(Precision::Int8) => true,
            Some(Precision::F32) => false,
            Some(Precision::F16) => {
                return Err(Error::model(
                    "--precision",
                    "the native engine has no f16",
                    "take int8 or f32",
                ));
            }
        };
        let mut weights = Weights::load(directory, &config)?;
        let quantized = match quantize {
            true => QuantizedLayers::take(&mut weights, inputs),
            false => None,
        };
        if quantized.is_none() && options.precision == Some(Precision::Int8) {
            return Err(Error::model(
                directory.config_file(),
                "int8 is for models whose hidden_size is a multiple of 64 and whose heads have a \
                 multiple of 16 values",
                "use --precision f32",
            ));
        }
        Ok(Self {
            quantized: quantized.map(|layers| (kernel, layers)),
            weights,
        })
    }
}

impl StanceModel for NativeModel {
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>> {
        Ok(match &self.quantized {
            None => encoder::logits(&self.weights, batch),
            Some((kernel, layers)) => {
                let states = int8::encode(*kernel, &self.weights, layers, batch);
                encoder::classify(&self.weights, states)
            }
        })
    }

    fn batch_tokens(&self) -> usize {
        match self.quantized {
            None => BATCH_TOKENS,
            Some(_) => BATCH_TOKENS_INT8,
        }
    }

    fn operators(&self) -> Vec<(&'static str, f64)> {
        let quantized = self.quantized.as_ref();
        quantized.map_or_else(Vec::new, |(_, layers)| layers.operators.seconds())
    }

    fn description(&self) -> String {
        match &self.quantized {
            None => "native f32".to_owned(),
            Some((kernel, _)) => format!("native int8 {}", kernel.name()),
        }
    }
}
