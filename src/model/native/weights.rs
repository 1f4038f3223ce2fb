//! Tensors of a checkpoint, checked and, if floats are wanted, widened to f32.

use bytes::Bytes;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use ndarray::Array2;
use newstance_kernels::layers::{Embeddings, Layer, LayerNorm, Linear, Quantized, Words};
use newstance_kernels::relative::RelativeBias;
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};

use super::config::{Architecture, EncoderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelDirectory;
use crate::model::stored::Shard;

/// All layers, as the checkpoint holds them.
pub(super) enum Layers<'a> {
    F32(Vec<Layer>),
    Int8(Vec<Layer<Quantized<'a>>>),
}

/// All weights of a model but its layers.
pub(super) struct Weights {
    pub embeddings: Embeddings,
    /// The layer with tanh behind it.
    pub pooler: Linear,
    pub classifier: Linear,
}

/// An open checkpoint.
pub(super) struct Checkpoint<'a> {
    files: Vec<(&'a Shard, SafeTensors<'a>)>,
    config: &'a EncoderConfig,
}

/// The files of a directory's checkpoint.
pub(super) fn read(directory: &ModelDirectory) -> Result<Vec<Shard>> {
    directory.weights().read(directory.name())?.ok_or_else(|| {
        Error::new(
            ErrorKind::Backend,
            directory.weights_file(),
            "the native engine does not read libtorch's format",
            "save the model with `save_pretrained(safe_serialization=True)`, or take the torch backend",
        )
    })
}

impl<'a> Checkpoint<'a> {
    pub fn open(shards: &'a [Shard], config: &'a EncoderConfig) -> Result<Self> {
        let open = |shard: &'a Shard| {
            let tensors = SafeTensors::deserialize(&shard.bytes).map_err(|error| {
                Error::model(
                    shard.file.as_str(),
                    format!("not a safetensors file: {error}"),
                    "save the model with `save_pretrained(safe_serialization=True)`",
                )
            })?;
            Ok((shard, tensors))
        };
        let checkpoint = Self {
            files: shards.iter().map(open).collect::<Result<_>>()?,
            config,
        };
        checkpoint.check_layers()?;
        Ok(checkpoint)
    }

    /// Checks that the weights have no layers beyond those that config.json counts: without its last layers, a model talks nonsense that
    /// looks plausible.
    fn check_layers(&self) -> Result<()> {
        let prefix = format!("{}.encoder.layer.", self.config.architecture.names().model);
        let names = self.files.iter().flat_map(|(_, tensors)| tensors.names());
        let of_layer = |name: &str| {
            let number = name.strip_prefix(&prefix)?.split('.').next()?;
            number.parse::<usize>().ok()
        };
        let layers = names.filter_map(of_layer).max().map_or(0, |last| last + 1);
        match layers > self.config.num_hidden_layers {
            true => Err(Error::model(
                self.files[0].0.file.as_str(),
                format!(
                    "the weights have {layers} layers, but config.json says {}",
                    self.config.num_hidden_layers
                ),
                "take config.json and weights of the same model",
            )),
            false => Ok(()),
        }
    }

    /// All but the layers.
    pub fn weights(&self) -> Result<Weights> {
        let config = self.config;
        let hidden = config.hidden_size;
        let names = config.architecture.names();
        let embeddings = format!("{}.embeddings", names.model);
        let lost = config.lost_positions;
        let positions = self.matrix(
            &format!("{embeddings}.position_embeddings.weight"),
            [config.max_position_embeddings, hidden],
        )?;
        let relative = match config.architecture {
            Architecture::Bert => None,
            Architecture::Mpnet => Some(RelativeBias::new(
                &self.matrix(
                    &format!("{}.encoder.relative_attention_bias.weight", names.model),
                    [
                        config.relative_attention_num_buckets,
                        config.num_attention_heads,
                    ],
                )?,
                config.max_position_embeddings - lost,
            )),
        };
        let segments = match config.architecture {
            Architecture::Bert => self.matrix(
                &format!("{embeddings}.token_type_embeddings.weight"),
                [config.type_vocab_size, hidden],
            )?,
            Architecture::Mpnet => Array2::zeros((1, hidden)),
        };
        let words = self.words(
            &format!("{embeddings}.word_embeddings.weight"),
            [config.vocab_size, hidden],
        )?;
        Ok(Weights {
            embeddings: Embeddings {
                words,
                positions: positions.slice_move(ndarray::s![lost.., ..]),
                segments,
                norm: self.norm(&format!("{embeddings}.LayerNorm"))?,
                relative,
                heads: config.num_attention_heads,
            },
            pooler: self.linear(names.pooler, hidden, hidden)?,
            classifier: self.linear(names.classifier, config.classes, hidden)?,
        })
    }

    /// The layers as they are stored, or widened to f32 if `floats` says so.
    pub fn layers(&self, floats: bool) -> Result<Layers<'a>> {
        let names = self.config.architecture.names();
        let first = format!("{}.encoder.layer.0.{}.weight", names.model, names.output);
        let is_quantized = self
            .find(&first)
            .is_some_and(|(dtype, ..)| dtype == Dtype::I8);
        Ok(match is_quantized && !floats {
            true => Layers::Int8(self.each_layer(Self::quantized)?),
            false => Layers::F32(self.each_layer(Self::floats)?),
        })
    }

    fn each_layer<W: Send>(&self, weight: Weight<Self, W>) -> Result<Vec<Layer<W>>> {
        (0..self.config.num_hidden_layers)
            .into_par_iter()
            .map(|index| self.layer(index, weight))
            .collect()
    }

    fn layer<W>(&self, index: usize, weight: Weight<Self, W>) -> Result<Layer<W>> {
        let hidden = self.config.hidden_size;
        let wide = self.config.intermediate_size;
        let names = self.config.architecture.names();
        let name = |part: &str| format!("{}.encoder.layer.{index}.{part}", names.model);
        let linear = |parts: &[&str], outputs: usize, inputs: usize| {
            let parts: Vec<String> = parts.iter().map(|part| name(part)).collect();
            let mut bias = Vec::with_capacity(parts.len() * outputs);
            for part in &parts {
                bias.extend(self.values(&format!("{part}.bias"), &[outputs])?);
            }
            Ok(Linear {
                weight: weight(self, &parts, [outputs, inputs])?,
                bias: bias.into(),
            })
        };
        Ok(Layer {
            qkv: linear(&names.qkv, hidden, hidden)?,
            attention_output: linear(&[names.attention_output], hidden, hidden)?,
            attention_norm: self.norm(&name(names.attention_norm))?,
            intermediate: linear(&["intermediate.dense"], wide, hidden)?,
            output: linear(&[names.output], hidden, wide)?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// Weights of linear layers with the same inputs, their outputs one after the other.
    fn floats(&self, parts: &[String], [outputs, inputs]: [usize; 2]) -> Result<Array2<f32>> {
        let mut values = Vec::with_capacity(parts.len() * outputs * inputs);
        for part in parts {
            values.extend(self.values(&format!("{part}.weight"), &[outputs, inputs])?);
        }
        self.shaped([parts.len() * outputs, inputs], values)
    }

    /// The same as they are stored, in 8 bits.
    fn quantized(&self, parts: &[String], [outputs, inputs]: [usize; 2]) -> Result<Quantized<'a>> {
        let mut values = Vec::with_capacity(parts.len() * outputs);
        let mut scales = Vec::with_capacity(parts.len() * outputs);
        let mut factors = Vec::with_capacity(parts.len());
        for part in parts {
            let name = format!("{part}.weight");
            let (dtype, data) = self.tensor(&name, &[outputs, inputs])?;
            if dtype != Dtype::I8 || data.contains(&i8::MIN.cast_unsigned()) {
                return Err(self.refuse(
                    &name,
                    "does not hold values from -127 to 127",
                    "export the model anew with training/export.py",
                ));
            }
            values.extend(data.chunks_exact(inputs));
            scales.extend(self.values(&format!("{name}{SCALE}"), &[outputs])?);
            factors.push(self.factors(&name, inputs)?);
        }
        let factors = match factors.windows(2).all(|pair| pair[0] == pair[1]) {
            true => factors.swap_remove(0),
            false => {
                return Err(self.refuse(
                    &format!("{}.weight{FACTOR}", parts[0]),
                    "differs from that of another layer with the same inputs",
                    "export the model anew with training/export.py",
                ));
            }
        };
        Ok(Quantized {
            values,
            scales,
            factors,
        })
    }

    fn factors(&self, weight: &str, inputs: usize) -> Result<Option<Vec<f32>>> {
        let name = format!("{weight}{FACTOR}");
        match self.find(&name) {
            None => Ok(None),
            Some(_) => self.values(&name, &[inputs]).map(Some),
        }
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

    /// Word embeddings where they were read to, or narrowed to half precision.
    fn words(&self, name: &str, shape: [usize; 2]) -> Result<Words> {
        let [rows, width] = shape;
        let (dtype, data) = self.tensor(name, &shape)?;
        let read = || {
            let shard = self.find(name).map(|(.., shard)| shard);
            shard.map_or_else(Bytes::new, |shard| shard.bytes.slice_ref(data))
        };
        match dtype {
            Dtype::F16 => {
                // The exponents of infinities and of what is no number.
                let is_finite = |half: &[u8; 2]| half[1] & 0x7c != 0x7c;
                match data.as_chunks().0.iter().all(is_finite) {
                    true => Ok(Words::of_halves(read(), width)),
                    false => Err(self.not_finite(name)),
                }
            }
            Dtype::I8 if self.factors(name, width)?.is_none() => {
                let scales = self.values(&format!("{name}{SCALE}"), &[rows])?;
                Ok(Words::of_steps(read(), scales, width))
            }
            _ => {
                let values = self.values(name, &shape)?.into_iter();
                let bytes: Vec<u8> = values
                    .flat_map(|value| f16::from_f32(value).to_le_bytes())
                    .collect();
                Ok(Words::of_halves(bytes.into(), width))
            }
        }
    }

    fn shaped<T>(&self, shape: [usize; 2], values: Vec<T>) -> Result<Array2<T>> {
        Array2::from_shape_vec(shape, values).map_err(|error| {
            Error::model(
                self.files[0].0.file.as_str(),
                error.to_string(),
                "the file is corrupt: copy it again",
            )
        })
    }

    /// An error about a tensor.
    fn refuse(&self, name: &str, problem: &str, remedy: &str) -> Error {
        let file = self.find(name).map_or(self.files[0].0, |(.., shard)| shard);
        Error::model(
            file.file.as_str(),
            format!("the tensor {name} {problem}"),
            remedy,
        )
    }

    /// A tensor's type, shape and bytes, and the file that it is in.
    fn find(&self, name: &str) -> Option<(Dtype, Vec<usize>, &'a [u8], &'a Shard)> {
        self.files.iter().find_map(|(file, tensors)| {
            let tensor = tensors.tensor(name).ok()?;
            Some((
                tensor.dtype(),
                tensor.shape().to_vec(),
                tensor.data(),
                *file,
            ))
        })
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(Dtype, &'a [u8])> {
        let Some((dtype, found, data, _)) = self.find(name) else {
            let remedy = format!("save a {} model", self.config.architecture.class());
            return Err(self.refuse(name, "is missing", &remedy));
        };
        if found != shape {
            return Err(self.refuse(
                name,
                &format!("has the shape {found:?}, but config.json says {shape:?}"),
                "take config.json and weights of the same model",
            ));
        }
        Ok((dtype, data))
    }

    /// A tensor widened to f32, all of whose values are finite.
    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.any_values(name, shape)?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(self.not_finite(name)),
        }
    }

    fn not_finite(&self, name: &str) -> Error {
        let remedy = "copy the model again, or train it anew";
        self.refuse(name, "holds numbers that are not finite", remedy)
    }

    fn any_values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
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
            Dtype::I8 => self.widened(name, shape, data),
            other => Err(self.refuse(
                name,
                &format!("holds {other:?}"),
                "save the weights as F32, F16 or BF16",
            )),
        }
    }

    /// What weights in 8 bits stand for.
    fn widened(&self, name: &str, shape: &[usize], data: &[u8]) -> Result<Vec<f32>> {
        let &[outputs, inputs] = shape else {
            return Err(self.refuse(name, "holds I8", "save it as F32, F16 or BF16"));
        };
        let scales = self.values(&format!("{name}{SCALE}"), &[outputs])?;
        let factors = self
            .factors(name, inputs)?
            .unwrap_or_else(|| vec![1.0; inputs]);
        let rows = data.chunks_exact(inputs).zip(scales);
        Ok(rows
            .flat_map(|(row, scale)| {
                let values = row.iter().zip(&factors);
                values.map(move |(&value, factor)| f32::from(value.cast_signed()) * scale * factor)
            })
            .collect())
    }
}

/// How a checkpoint's weights are read: names of linear layers with the same inputs, and the shape of each.
type Weight<C, W> = fn(&C, &[String], [usize; 2]) -> Result<W>;

/// Behind the name of weights in 8 bits, the names of their scales and factors.
const SCALE: &str = "_scale";
const FACTOR: &str = "_factor";

fn half_of(bytes: &[u8]) -> f16 {
    f16::from_le_bytes([bytes[0], bytes[1]])
}
