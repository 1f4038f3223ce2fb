//! DeBERTa (He et al., ICLR 2021), v2 and v3 (ICLR 2023) for sequence classification.
//!
//! Ours, since rust-bert 0.23 departs from the reference in both: its v1 takes the number of heads
//! for the length of the sequence, so that all tokens farther apart are equally far, and its v2
//! neither centres relative positions nor takes the root of what it divides by.

mod attention;
mod config;
mod relative;

use tch::{Kind, Tensor, nn};

use super::classifier::{Classifier, Inputs};
use attention::Attention;
use config::Activation;
pub(super) use config::DebertaConfig;
use relative::{Near, Relative};

fn linear(path: nn::Path, inputs: i64, outputs: i64, bias: bool) -> nn::Linear {
    let config = nn::LinearConfig {
        bias,
        ..Default::default()
    };
    nn::linear(path, inputs, outputs, config)
}

/// The encoder under a pooler and a classifier of the first token.
pub(super) struct DebertaForSequenceClassification {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    relative: Option<Relative>,
    convolution: Option<Convolution>,
    pooler: nn::Linear,
    pooler_activation: Activation,
    classifier: nn::Linear,
}

impl DebertaForSequenceClassification {
    pub fn new(path: &nn::Path, config: &DebertaConfig, classes: i64) -> Self {
        let encoder = path / "deberta" / "encoder";
        let pooled = config.pooler_hidden_size.unwrap_or(config.hidden_size);
        Self {
            embeddings: Embeddings::new(&(path / "deberta" / "embeddings"), config),
            layers: (0..config.num_hidden_layers)
                .map(|index| Layer::new(&(&encoder / "layer" / index), config))
                .collect(),
            relative: config
                .relative_attention
                .then(|| Relative::new(&encoder, config)),
            convolution: (config.conv_kernel_size > 0)
                .then(|| Convolution::new(&(&encoder / "conv"), config)),
            pooler: linear(path / "pooler" / "dense", pooled, pooled, true),
            pooler_activation: config.pooler_hidden_act,
            classifier: linear(path / "classifier", pooled, classes, true),
        }
    }
}

impl Classifier for DebertaForSequenceClassification {
    fn logits(&self, inputs: &Inputs) -> Tensor {
        let excluded = inputs.mask.eq(0);
        let embedded = self.embeddings.forward(inputs, &excluded);
        let near = self
            .relative
            .as_ref()
            .map(|relative| relative.table(inputs.ids.size()[1]));
        let mut states = embedded.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            states = layer.forward(&states, &excluded, near.as_ref());
            if let (0, Some(convolution)) = (index, &self.convolution) {
                states = convolution.forward(&embedded, &states, &excluded);
            }
        }
        let pooled = states.select(1, 0).apply(&self.pooler);
        self.pooler_activation
            .apply(&pooled)
            .apply(&self.classifier)
    }
}

struct Embeddings {
    words: nn::Embedding,
    positions: Option<nn::Embedding>,
    segments: Option<nn::Embedding>,
    projection: Option<nn::Linear>,
    norm: nn::LayerNorm,
}

impl Embeddings {
    fn new(path: &nn::Path, config: &DebertaConfig) -> Self {
        let size = config.embedding_size.unwrap_or(config.hidden_size);
        let table = |name: &str, rows| nn::embedding(path / name, rows, size, Default::default());
        Self {
            words: table("word_embeddings", config.vocab_size),
            positions: config
                .position_biased_input
                .then(|| table("position_embeddings", config.max_position_embeddings)),
            segments: (config.type_vocab_size > 0)
                .then(|| table("token_type_embeddings", config.type_vocab_size)),
            projection: (size != config.hidden_size)
                .then(|| linear(path / "embed_proj", size, config.hidden_size, false)),
            norm: config.norm(path / "LayerNorm"),
        }
    }

    /// `[sequences, tokens, hidden]`, with zeros for padding.
    fn forward(&self, inputs: &Inputs, excluded: &Tensor) -> Tensor {
        let Inputs { ids, segments, .. } = inputs;
        let mut states = ids.apply(&self.words);
        if let Some(positions) = &self.positions {
            let places = Tensor::arange(ids.size()[1], (Kind::Int64, ids.device()));
            states += places.apply(positions);
        }
        if let Some(table) = &self.segments {
            states += segments.apply(table);
        }
        if let Some(projection) = &self.projection {
            states = states.apply(projection);
        }
        states
            .apply(&self.norm)
            .masked_fill(&excluded.unsqueeze(-1), 0.0)
    }
}

struct Layer {
    attention: Attention,
    attention_output: nn::Linear,
    attention_norm: nn::LayerNorm,
    intermediate: nn::Linear,
    activation: Activation,
    output: nn::Linear,
    output_norm: nn::LayerNorm,
}

impl Layer {
    fn new(path: &nn::Path, config: &DebertaConfig) -> Self {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let attention = path / "attention";
        let attended = &attention / "output";
        let output = path / "output";
        Self {
            attention: Attention::new(&(&attention / "self"), config),
            attention_output: linear(&attended / "dense", hidden, hidden, true),
            attention_norm: config.norm(&attended / "LayerNorm"),
            intermediate: linear(path / "intermediate" / "dense", hidden, wide, true),
            activation: config.hidden_act,
            output: linear(&output / "dense", wide, hidden, true),
            output_norm: config.norm(&output / "LayerNorm"),
        }
    }

    fn forward(&self, states: &Tensor, excluded: &Tensor, near: Option<&Near>) -> Tensor {
        let context = self.attention.forward(states, excluded, near);
        let attended = (context.apply(&self.attention_output) + states).apply(&self.attention_norm);
        let wide = self.activation.apply(&attended.apply(&self.intermediate));
        (wide.apply(&self.output) + attended).apply(&self.output_norm)
    }
}

/// v2's convolution over embeddings, added to the first layer's output.
struct Convolution {
    convolution: nn::Conv1D,
    activation: Activation,
    norm: nn::LayerNorm,
}

impl Convolution {
    fn new(path: &nn::Path, config: &DebertaConfig) -> Self {
        let options = nn::ConvConfig {
            padding: (config.conv_kernel_size - 1) / 2,
            groups: config.conv_groups,
            ..Default::default()
        };
        let hidden = config.hidden_size;
        Self {
            convolution: nn::conv1d(
                path / "conv",
                hidden,
                hidden,
                config.conv_kernel_size,
                options,
            ),
            activation: config.conv_act,
            norm: config.norm(path / "LayerNorm"),
        }
    }

    fn forward(&self, embedded: &Tensor, states: &Tensor, excluded: &Tensor) -> Tensor {
        let excluded = excluded.unsqueeze(-1);
        let around = embedded
            .transpose(1, 2)
            .apply(&self.convolution)
            .transpose(1, 2)
            .masked_fill(&excluded, 0.0);
        (self.activation.apply(&around) + states)
            .apply(&self.norm)
            .masked_fill(&excluded, 0.0)
    }
}
