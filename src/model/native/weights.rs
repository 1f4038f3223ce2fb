//! Tensors of a checkpoint, checked and widened to f32.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};

use super::config::BertConfig;
use crate::error::{Error, Result};
use crate::model::ModelDirectory;

/// `y = x Wᵀ + b`.
pub(super) struct Linear {
    /// `[outputs, inputs]`, as PyTorch has it.
    pub weight: Array2<f32>,
    /// `[outputs]`.
    pub bias: Array1<f32>,
}

/// Layer normalization (Ba et al. 2016).
pub(super) struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

/// One encoder layer.
pub(super) struct Layer {
    /// Queries, keys and values in one product, `[3 hidden, hidden]`.
    pub qkv: Linear,
    pub attention_output: Linear,
    pub attention_norm: LayerNorm,
    pub intermediate: Linear,
    pub output: Linear,
    pub output_norm: LayerNorm,
}

/// All weights of a model.
pub(super) struct Weights {
    /// `[vocabulary, hidden]`; half precision, since a batch reads few of its rows.
    pub words: Array2<f16>,
    /// `[positions, hidden]`.
    pub positions: Array2<f32>,
    /// `[segments, hidden]`.
    pub segments: Array2<f32>,
    pub embedding_norm: LayerNorm,
    pub layers: Vec<Layer>,
    pub pooler: Linear,
    pub classifier: Linear,
    pub heads: usize,
}

impl Weights {
    pub fn load(directory: &ModelDirectory, config: &BertConfig) -> Result<Self> {
        let file = directory.weights_file();
        let Some(bytes) = directory.safetensors()? else {
            return Err(Error::model(
                file,
                "the native engine does not read libtorch's format",
                "save the model with `save_pretrained(safe_serialization=True)`, or use --backend \
                 torch",
            ));
        };
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| {
            Error::model(
                file.as_str(),
                format!("not a safetensors file: {error}"),
                "save the model with `save_pretrained(safe_serialization=True)`",
            )
        })?;
        let reader = Reader {
            tensors,
            file: &file,
            config,
        };
        let hidden = config.hidden_size;
        let layers = (0..config.num_hidden_layers)
            .into_par_iter()
            .map(|index| reader.layer(index))
            .collect::<Result<_>>()?;
        let embeddings = "bert.embeddings";
        Ok(Self {
            words: reader.half_matrix(
                &format!("{embeddings}.word_embeddings.weight"),
                [config.vocab_size, hidden],
            )?,
            positions: reader.matrix(
                &format!("{embeddings}.position_embeddings.weight"),
                [config.max_position_embeddings, hidden],
            )?,
            segments: reader.matrix(
                &format!("{embeddings}.token_type_embeddings.weight"),
                [config.type_vocab_size, hidden],
            )?,
            embedding_norm: reader.norm(&format!("{embeddings}.LayerNorm"))?,
            layers,
            pooler: reader.linear("bert.pooler.dense", hidden, hidden)?,
            classifier: reader.linear("classifier", config.classes, hidden)?,
            heads: config.num_attention_heads,
        })
    }
}

struct Reader<'a> {
    tensors: SafeTensors<'a>,
    file: &'a str,
    config: &'a BertConfig,
}

impl Reader<'_> {
    fn layer(&self, index: usize) -> Result<Layer> {
        let hidden = self.config.hidden_size;
        let wide = self.config.intermediate_size;
        let name = |part: &str| format!("bert.encoder.layer.{index}.{part}");
        Ok(Layer {
            qkv: self.qkv(&name("attention.self"))?,
            attention_output: self.linear(&name("attention.output.dense"), hidden, hidden)?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            intermediate: self.linear(&name("intermediate.dense"), wide, hidden)?,
            output: self.linear(&name("output.dense"), hidden, wide)?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    fn qkv(&self, prefix: &str) -> Result<Linear> {
        let hidden = self.config.hidden_size;
        let mut weight = Vec::with_capacity(3 * hidden * hidden);
        let mut bias = Vec::with_capacity(3 * hidden);
        for part in ["query", "key", "value"] {
            weight.extend(self.values(&format!("{prefix}.{part}.weight"), &[hidden, hidden])?);
            bias.extend(self.values(&format!("{prefix}.{part}.bias"), &[hidden])?);
        }
        Ok(Linear {
            weight: self.shaped([3 * hidden, hidden], weight)?,
            bias: bias.into(),
        })
    }

    fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        Ok(Linear {
            weight: self.matrix(&format!("{name}.weight"), [outputs, inputs])?,
            bias: self.values(&format!("{name}.bias"), &[outputs])?.into(),
        })
    }

    fn norm(&self, name: &str) -> Result<LayerNorm> {
        let hidden = self.config.hidden_size;
        Ok(LayerNorm {
            weight: self.values(&format!("{name}.weight"), &[hidden])?,
            bias: self.values(&format!("{name}.bias"), &[hidden])?,
            epsilon: self.config.layer_norm_eps,
        })
    }

    fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<Array2<f32>> {
        self.shaped(shape, self.values(name, &shape)?)
    }

    fn half_matrix(&self, name: &str, shape: [usize; 2]) -> Result<Array2<f16>> {
        let values = match self.tensor(name, &shape)? {
            (Dtype::F16, data) => data.chunks_exact(2).map(half_of).collect(),
            _ => self
                .values(name, &shape)?
                .into_iter()
                .map(f16::from_f32)
                .collect(),
        };
        self.shaped(shape, values)
    }

    fn shaped<T>(&self, shape: [usize; 2], values: Vec<T>) -> Result<Array2<T>> {
        Array2::from_shape_vec(shape, values)
            .map_err(|error| Error::model(self.file, error.to_string(), CORRUPT))
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(Dtype, &[u8])> {
        let tensor = self.tensors.tensor(name).map_err(|_| {
            Error::model(
                self.file,
                format!("the tensor {name} is missing"),
                "save a BertForSequenceClassification model",
            )
        })?;
        if tensor.shape() != shape {
            return Err(Error::model(
                self.file,
                format!(
                    "the tensor {name} has the shape {:?}, but config.json says {shape:?}",
                    tensor.shape()
                ),
                "take config.json and weights of the same model",
            ));
        }
        Ok((tensor.dtype(), tensor.data()))
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (dtype, data) = self.tensor(name, shape)?;
        match dtype {
            Dtype::F32 => Ok(data
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect()),
            Dtype::F16 => {
                let halves: Vec<f16> = data.chunks_exact(2).map(half_of).collect();
                let mut values = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut values);
                Ok(values)
            }
            Dtype::BF16 => Ok(data
                .chunks_exact(2)
                .map(|bytes| bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32())
                .collect()),
            other => Err(Error::model(
                self.file,
                format!("the tensor {name} holds {other:?}"),
                "save the weights as F32, F16 or BF16",
            )),
        }
    }
}

const CORRUPT: &str = "the file is corrupt: copy it again";

fn half_of(bytes: &[u8]) -> f16 {
    f16::from_le_bytes([bytes[0], bytes[1]])
}
