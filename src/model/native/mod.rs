//! BERT and MPNet for sequence classification in Rust, on 8 bits or in f32 (Devlin et al., NAACL 2019;
//! Song et al., NeurIPS 2020).

mod attention;
mod calibration;
mod config;
mod encoder;
mod weights;

use ndarray::Array2;
use newstance_kernels::int8::{self, Balance, QuantizedLayers};
use newstance_kernels::isa::Kernel;
use newstance_kernels::layers::{Layer, Tokens};

use super::{
    Batch, InputBuilder, ModelDirectory, NativeOptions, OperatorTime, Precision, StanceModel,
};
use crate::error::{Error, ErrorKind, Result};
use config::EncoderConfig;
use weights::{Checkpoint, Layers, Weights};

/// Tokens of a batch: enough rows to keep a matrix product busy, few enough to stay in cache and to
/// leave no thread idle for long when the last batch runs.
const BATCH_TOKENS: usize = 512;
/// The same on 8 bits, where each token takes a quarter of the time.
const BATCH_TOKENS_INT8: usize = 256;

/// The native backend.
pub struct NativeModel {
    weights: Weights,
    encoder: Encoder,
}

/// The layers, in the precision that they run in.
enum Encoder {
    F32(Vec<Layer>),
    Int8(QuantizedLayers),
}

impl NativeModel {
    /// Loads the weights of a model directory (f32, f16, bf16 or int8 with scales).
    ///
    /// Where floats are to run on 8 bits, some sentences tell what the model's states are like.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] if the architecture is neither BERT's nor MPNet's, a tensor is missing
    /// or of another shape than config.json says, or the model does not run in the precision asked
    /// for.
    pub fn load(directory: &ModelDirectory, options: NativeOptions) -> Result<Self> {
        let config = EncoderConfig::new(directory)?;
        let kernel = options.kernel.unwrap_or_else(Kernel::fastest);
        let quantize = match options.precision {
            None => kernel.is_special() || options.kernel.is_some(),
            Some(Precision::Int8) => true,
            Some(Precision::F32) => false,
            Some(Precision::F16) => {
                return Err(Error::new(
                    ErrorKind::Precision,
                    directory.name(),
                    "the native engine does not compute in f16",
                    "take int8 or f32",
                ));
            }
        };
        let shards = weights::read(directory)?;
        let checkpoint = Checkpoint::open(&shards, &config)?;
        let weights = checkpoint.weights()?;
        let quantize = quantize && QuantizedLayers::can_run(&weights.embeddings);
        if !quantize && options.precision == Some(Precision::Int8) {
            return Err(Error::new(
                ErrorKind::Precision,
                directory.config_file(),
                "int8 needs a hidden_size that is a multiple of 64, and heads of a multiple of 16 \
                 values",
                "take f32",
            ));
        }
        let encoder = match checkpoint.layers(!quantize)? {
            Layers::F32(layers) if !quantize => Encoder::F32(layers),
            Layers::F32(layers) => {
                let balances = match stored_balances(directory, &config)? {
                    Some(stored) => stored,
                    None => measured_balances(directory, &weights, &layers)?,
                };
                Encoder::Int8(QuantizedLayers::quantize(kernel, layers, balances))
            }
            Layers::Int8(layers) => Encoder::Int8(QuantizedLayers::pack(kernel, layers)),
        };
        Ok(Self { weights, encoder })
    }
}

/// Balances that newstance.json has.
fn stored_balances(
    directory: &ModelDirectory,
    config: &EncoderConfig,
) -> Result<Option<Vec<Balance>>> {
    let Some(stored) = directory.balance() else {
        return Ok(None);
    };
    let fits = |exponents: &[i8]| {
        let is_sane = |exponent: &i8| exponent.unsigned_abs() <= MOST_EXPONENT;
        exponents.len() == config.hidden_size && exponents.iter().all(is_sane)
    };
    let all_fit = stored
        .iter()
        .all(|it| fits(&it.qkv) && fits(&it.intermediate));
    if stored.len() != config.num_hidden_layers || !all_fit {
        return Err(Error::model(
            directory.description_file(),
            format!(
                "`balance` does not have {} layers of {} exponents from -{MOST_EXPONENT} to {MOST_EXPONENT}",
                config.num_hidden_layers, config.hidden_size
            ),
            "leave it out: it is then measured, whenever the model is loaded",
        ));
    }
    let powers = |exponents: &[i8]| exponents.iter().map(|&it| f32::from(it).exp2()).collect();
    let balances = stored.iter().map(|it| Balance {
        qkv: powers(&it.qkv),
        intermediate: powers(&it.intermediate),
    });
    Ok(Some(balances.collect()))
}

/// Greatest exponent of a stored balance. Those of models that anybody trained are below ten.
const MOST_EXPONENT: u8 = 40;

/// Balances that suit the model's states on some sentences.
fn measured_balances(
    directory: &ModelDirectory,
    weights: &Weights,
    layers: &[Layer],
) -> Result<Vec<Balance>> {
    let batch = calibration::batch(&InputBuilder::new(directory)?);
    let magnitudes = encoder::magnitudes(&weights.embeddings, layers, &batch);
    let balances = layers.iter().zip(&magnitudes);
    Ok(balances
        .map(|(layer, of_layer)| Balance::new(layer, of_layer))
        .collect())
}

impl StanceModel for NativeModel {
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>> {
        Ok(match &self.encoder {
            Encoder::F32(layers) => encoder::logits(&self.weights, layers, batch),
            Encoder::Int8(layers) => {
                let tokens = Tokens {
                    ids: batch.ids(),
                    segments: batch.segments(),
                    starts: batch.starts(),
                };
                let states = int8::encode(&self.weights.embeddings, layers, tokens);
                encoder::classify(&self.weights, states)
            }
        })
    }

    fn batch_tokens(&self) -> usize {
        match self.encoder {
            Encoder::F32(_) => BATCH_TOKENS,
            Encoder::Int8(_) => BATCH_TOKENS_INT8,
        }
    }

    fn operators(&self) -> Vec<OperatorTime> {
        match &self.encoder {
            Encoder::F32(_) => Vec::new(),
            Encoder::Int8(layers) => layers.spent(),
        }
    }

    fn ceiling(&self) -> Option<f64> {
        match &self.encoder {
            Encoder::F32(_) => None,
            Encoder::Int8(layers) => Some(int8::ceiling(layers.kernel())),
        }
    }

    fn description(&self) -> String {
        match &self.encoder {
            Encoder::F32(_) => "native f32".to_owned(),
            Encoder::Int8(layers) => format!("native int8 {}", layers.kernel().name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The balance of the model that is compiled in is what its states on the sentences ask for.
    #[test]
    fn the_stored_balance_is_the_measured_one() -> Result<()> {
        let directory = ModelDirectory::fast()?;
        let config = EncoderConfig::new(&directory)?;
        let shards = weights::read(&directory)?;
        let checkpoint = Checkpoint::open(&shards, &config)?;
        let weights = checkpoint.weights()?;
        let Layers::F32(layers) = checkpoint.layers(true)? else {
            unreachable!("floats were asked for");
        };
        let measured = measured_balances(&directory, &weights, &layers)?;
        assert_eq!(stored_balances(&directory, &config)?, Some(measured));
        Ok(())
    }
}
