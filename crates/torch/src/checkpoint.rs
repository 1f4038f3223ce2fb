//! Tensors of a checkpoint, as rust-bert's variables take them.

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use newstance::model::ModelDirectory;
use newstance::model::StoredWeights;
use newstance::{Error, Result};

/// What rust-bert adds to the variance in BERT's and RoBERTa's layer normalizations, whatever
/// config.json says.
const EPSILON: f64 = 1e-12;

/// Tensors by name, f32 on the CPU until they are taken.
pub(super) struct Checkpoint {
    file: String,
    tensors: HashMap<String, Tensor>,
}

impl Checkpoint {
    /// Reads `model.safetensors` or `rust_model.ot` for a model of this kind of numbers.
    pub fn read(directory: &ModelDirectory, kind: Kind) -> Result<Self> {
        let file = directory.weights_file();
        let tensors = match directory.weights() {
            StoredWeights::Torch(path) => Tensor::load_multi(path).map_err(|error| {
                Error::model(
                    file.as_str(),
                    format!("not a libtorch file: {}", first_line(&error.to_string())),
                    "copy it again, or convert the model anew",
                )
            })?,
            stored => {
                let mut tensors = Vec::new();
                for shard in stored.read(directory.name())?.unwrap_or_default() {
                    tensors.extend(safetensors(&shard.file, &shard.bytes)?);
                }
                tensors
            }
        };
        let mut checkpoint = Self {
            file,
            tensors: tensors
                .into_iter()
                .map(|(name, tensor)| (modern(&name), tensor.to_kind(Kind::Float)))
                .collect(),
        };
        let config = directory.config();
        let epsilon = config.whole.get("layer_norm_eps").and_then(Value::as_f64);
        let fixed = matches!(
            config.model_type.as_str(),
            "bert" | "roberta" | "xlm-roberta"
        );
        // Scaled, hidden states are too small for f16, whose rounding is greater than what epsilon does.
        if let (Some(epsilon), true, Kind::Float) = (epsilon, fixed, kind) {
            tch::no_grad(|| checkpoint.rescale((EPSILON / epsilon).sqrt()));
        }
        Ok(checkpoint)
    }

    /// A tensor for a variable, on its device; taken again, it is the same memory.
    pub fn take(
        &mut self,
        name: &str,
        shape: &[i64],
        device: Device,
        kind: Kind,
    ) -> Result<Tensor> {
        let Some(tensor) = self.tensors.get_mut(name) else {
            return Err(Error::model(
                self.file.as_str(),
                format!("the tensor {name} is missing"),
                "save a model for sequence classification, of the architecture in config.json",
            ));
        };
        if tensor.size() != shape {
            return Err(Error::model(
                self.file.as_str(),
                format!(
                    "the tensor {name} has the shape {:?}, but config.json says {shape:?}",
                    tensor.size()
                ),
                "take config.json and weights of the same model",
            ));
        }
        *tensor = tensor.to_kind(kind).to_device(device);
        Ok(tensor.shallow_clone())
    }

    /// Multiplies what layer normalizations read by `factor`, and what reads their output by its
    /// inverse.
    ///
    /// A normalization of `factor * x` with the variance's supplement e is one of x with the
    /// supplement e / factor². So the whole stream of hidden states is scaled, and a fixed
    /// supplement acts as the model's own. If the two agree, nothing changes.
    fn rescale(&mut self, factor: f64) {
        for (name, tensor) in &mut self.tensors {
            let name = name.as_str();
            let is_weight = name.ends_with(".weight");
            let is_written = name.contains("embeddings.") || name.contains(".output.");
            let is_read = name.contains(".attention.self.")
                || name.contains(".intermediate.dense.")
                || name.contains(".pooler.dense.")
                || name.starts_with("classifier.dense.");
            let by = match (is_written, is_read && is_weight) {
                (true, _) => factor,
                (_, true) => 1.0 / factor,
                _ => continue,
            };
            *tensor = &*tensor * by;
        }
    }
}

fn safetensors(file: &str, bytes: &[u8]) -> Result<Vec<(String, Tensor)>> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
        Error::model(
            file,
            format!("not a safetensors file: {error}"),
            "copy it again, or save the model with save_pretrained(..., safe_serialization=True)",
        )
    })?;
    // Buffers of whole numbers, such as position ids, are no weights.
    let floats = |dtype| match dtype {
        Dtype::F32 => Some(Kind::Float),
        Dtype::F16 => Some(Kind::Half),
        Dtype::BF16 => Some(Kind::BFloat16),
        Dtype::F64 => Some(Kind::Double),
        _ => None,
    };
    tensors
        .iter()
        .filter_map(|(name, view)| floats(view.dtype()).map(|kind| (name, view, kind)))
        .map(|(name, view, kind)| {
            let shape: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
            let tensor = Tensor::f_from_data_size(view.data(), &shape, kind).map_err(|error| {
                Error::model(
                    file,
                    format!("the tensor {name}: {}", first_line(&error.to_string())),
                    "copy the file again",
                )
            })?;
            Ok((name.to_owned(), tensor))
        })
        .collect()
}

/// Checkpoints converted from TensorFlow have the older names of a normalization's tensors.
fn modern(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((layer, "gamma")) => format!("{layer}.weight"),
        Some((layer, "beta")) => format!("{layer}.bias"),
        _ => name.to_owned(),
    }
}

/// libtorch's messages go on with a stack trace.
fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or(message)
}
