//! DeBERTa (He et al., ICLR 2021), v2 and v3 (ICLR 2023) for sequence classification.
//!
//! Ours, since rust-bert 0.23 departs from the reference in both: its v1 takes the number of heads
//! for the length of the sequence, so that all tokens farther apart are equally far, and its v2
//! neither centres relative positions nor takes the root of what it divides by.

use serde::{Deserialize, Deserializer};
use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use super::architecture::{Classifier, Inputs};

/// The fields of a config.json, with the defaults of transformers.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DebertaConfig {
    model_type: String,
    vocab_size: i64,
    hidden_size: i64,
    num_hidden_layers: i64,
    num_attention_heads: i64,
    intermediate_size: i64,
    max_position_embeddings: i64,
    #[serde(default)]
    type_vocab_size: i64,
    #[serde(default = "epsilon")]
    layer_norm_eps: f64,
    hidden_act: Activation,
    #[serde(default)]
    relative_attention: bool,
    #[serde(default = "none")]
    max_relative_positions: i64,
    #[serde(default = "none")]
    position_buckets: i64,
    #[serde(default, deserialize_with = "either_form")]
    pos_att_type: Vec<String>,
    #[serde(default = "yes")]
    position_biased_input: bool,
    #[serde(default)]
    norm_rel_ebd: String,
    #[serde(default)]
    share_att_key: bool,
    #[serde(default)]
    conv_kernel_size: i64,
    #[serde(default = "one")]
    conv_groups: i64,
    #[serde(default = "tanh")]
    conv_act: Activation,
    embedding_size: Option<i64>,
    pooler_hidden_size: Option<i64>,
    #[serde(default = "gelu")]
    pooler_hidden_act: Activation,
    #[serde(default)]
    talking_head: bool,
}

fn epsilon() -> f64 {
    1e-7
}

fn none() -> i64 {
    -1
}

fn one() -> i64 {
    1
}

fn yes() -> bool {
    true
}

fn tanh() -> Activation {
    Activation::Tanh
}

fn gelu() -> Activation {
    Activation::Gelu
}

/// `["p2c", "c2p"]` or `"p2c|c2p"`, as older and newer files have it, or null.
fn either_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Option::<Either>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Either::List(types)) => types,
        Some(Either::Text(text)) => text.split('|').map(|kind| kind.trim().to_owned()).collect(),
    })
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Activation {
    Gelu,
    #[serde(alias = "gelu_pytorch_tanh")]
    GeluNew,
    Relu,
    Tanh,
}

impl Activation {
    fn apply(self, states: &Tensor) -> Tensor {
        match self {
            Self::Gelu => states.gelu("none"),
            Self::GeluNew => states.gelu("tanh"),
            Self::Relu => states.relu(),
            Self::Tanh => states.tanh(),
        }
    }
}

impl DebertaConfig {
    /// What of the architecture is not here, if something is.
    pub fn unsupported(&self) -> Option<String> {
        if self.talking_head {
            return Some("talking_head".to_owned());
        }
        let strange = |kind: &&String| !matches!(kind.as_str(), "c2p" | "p2c");
        let kind = self.pos_att_type.iter().find(strange)?;
        Some(format!("pos_att_type {kind:?}"))
    }

    fn is_first(&self) -> bool {
        self.model_type == "deberta"
    }

    fn attends(&self, kind: &str) -> bool {
        self.pos_att_type.iter().any(|found| found == kind)
    }

    fn farthest(&self) -> i64 {
        match self.max_relative_positions {
            ..=0 => self.max_position_embeddings,
            farthest => farthest,
        }
    }

    /// Distances that are told apart, in each direction.
    fn span(&self) -> i64 {
        match self.position_buckets {
            buckets @ 1.. if !self.is_first() => buckets,
            _ => self.farthest(),
        }
    }

    fn norm(&self, path: nn::Path) -> nn::LayerNorm {
        let config = nn::LayerNormConfig {
            eps: self.layer_norm_eps,
            ..Default::default()
        };
        nn::layer_norm(path, vec![self.hidden_size], config)
    }
}

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

/// Embeddings of the distances between tokens.
struct Relative {
    embeddings: nn::Embedding,
    norm: Option<nn::LayerNorm>,
    span: i64,
    farthest: i64,
    /// Whether far distances share an embedding with their neighbours, by their logarithm.
    bucketed: bool,
    /// Whether the table has a row for each distance, of which a sequence uses the middle ones.
    is_first: bool,
}

/// Embeddings for sequences of one length, and which of them belongs to which pair of tokens.
struct Near {
    /// `[2 span, hidden]`.
    embeddings: Tensor,
    /// For query and key: `[tokens, tokens]`.
    of_key: Tensor,
    /// For key and query: `[tokens, tokens]`.
    of_query: Tensor,
}

impl Relative {
    fn new(encoder: &nn::Path, config: &DebertaConfig) -> Self {
        let span = config.span();
        Self {
            embeddings: nn::embedding(
                encoder / "rel_embeddings",
                2 * span,
                config.hidden_size,
                Default::default(),
            ),
            norm: config
                .norm_rel_ebd
                .contains("layer_norm")
                .then(|| config.norm(encoder / "LayerNorm")),
            span,
            farthest: config.farthest(),
            bucketed: !config.is_first() && config.position_buckets > 0,
            is_first: config.is_first(),
        }
    }

    fn table(&self, tokens: i64) -> Near {
        let table = &self.embeddings.ws;
        let (span, table) = match self.is_first {
            true => {
                let span = tokens.min(self.span);
                (span, table.narrow(0, self.span - span, 2 * span))
            }
            false => (self.span, table.shallow_clone()),
        };
        let places = Tensor::arange(tokens, (Kind::Int64, table.device()));
        let distances = places.unsqueeze(-1) - places;
        let distances = match self.bucketed {
            true => bucket(&distances, self.span, self.farthest),
            false => distances,
        };
        Near {
            embeddings: match &self.norm {
                Some(norm) => norm.forward(&table),
                None => table,
            },
            of_key: (&distances + span).clamp(0, 2 * span - 1),
            of_query: (-&distances + span).clamp(0, 2 * span - 1),
        }
    }
}

/// Near distances as they are, far ones by their logarithm, to at most `buckets` in each direction.
fn bucket(distances: &Tensor, buckets: i64, farthest: i64) -> Tensor {
    let middle = buckets / 2;
    let far = distances.abs().clamp_min(middle).to_kind(Kind::Float);
    let widest = Tensor::from((farthest - 1) as f32 / middle as f32).log();
    let log = (far / middle as f64).log() / widest.to_device(distances.device());
    let log = (log * (middle - 1) as f64).ceil() + middle as f64;
    let log = (log * distances.sign().to_kind(Kind::Float)).to_kind(Kind::Int64);
    distances.where_self(&distances.abs().le(middle), &log)
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

/// Disentangled attention: contents with contents, contents with positions and positions with
/// contents.
struct Attention {
    projections: Projections,
    /// Of relative positions, to keys and to queries, where they are attended to.
    position_key: Option<nn::Linear>,
    position_query: Option<nn::Linear>,
    shares_projections: bool,
    attends: [bool; 2],
    heads: i64,
    /// What scores are divided by.
    scale: f64,
}

enum Projections {
    /// v1: one product whose outputs alternate between heads, with biases of queries and values.
    Joint {
        joint: nn::Linear,
        query_bias: Tensor,
        value_bias: Tensor,
    },
    /// v2 and v3.
    Apart {
        query: nn::Linear,
        key: nn::Linear,
        value: nn::Linear,
    },
}

impl Attention {
    fn new(path: &nn::Path, config: &DebertaConfig) -> Self {
        let hidden = config.hidden_size;
        let is_first = config.is_first();
        let projections = match is_first {
            true => Projections::Joint {
                joint: linear(path / "in_proj", hidden, 3 * hidden, false),
                query_bias: path.zeros("q_bias", &[hidden]),
                value_bias: path.zeros("v_bias", &[hidden]),
            },
            false => Projections::Apart {
                query: linear(path / "query_proj", hidden, hidden, true),
                key: linear(path / "key_proj", hidden, hidden, true),
                value: linear(path / "value_proj", hidden, hidden, true),
            },
        };
        let attends = ["c2p", "p2c"].map(|kind| config.relative_attention && config.attends(kind));
        let shares_projections = config.share_att_key && !is_first;
        let [key, query] = attends.map(|attends| attends && !shares_projections);
        let (key_name, query_name) = match is_first {
            true => ("pos_proj", "pos_q_proj"),
            false => ("pos_key_proj", "pos_query_proj"),
        };
        let summands = 1 + config.pos_att_type.len() as i64;
        let size = hidden / config.num_attention_heads;
        Self {
            projections,
            position_key: key.then(|| linear(path / key_name, hidden, hidden, !is_first)),
            position_query: query.then(|| linear(path / query_name, hidden, hidden, true)),
            shares_projections,
            attends,
            heads: config.num_attention_heads,
            scale: ((size * summands) as f64).sqrt(),
        }
    }

    /// `[sequences, tokens, hidden]`.
    fn forward(&self, states: &Tensor, excluded: &Tensor, near: Option<&Near>) -> Tensor {
        let [query, key, value] = self.project(states);
        let mut scores = query.matmul(&key.transpose(-1, -2));
        if let Some(near) = near {
            let [to_key, to_query] = self.attends;
            let heads =
                |linear: &nn::Linear| self.by_head(&near.embeddings.apply(linear).unsqueeze(0));
            let (shared_key, shared_query) = match &self.projections {
                Projections::Apart { query, key, .. } if self.shares_projections => {
                    (Some(key), Some(query))
                }
                _ => (None, None),
            };
            if let (true, Some(linear)) = (to_key, self.position_key.as_ref().or(shared_key)) {
                let all = query.matmul(&heads(linear).transpose(-1, -2));
                scores += gather(&all, &near.of_key);
            }
            if let (true, Some(linear)) = (to_query, self.position_query.as_ref().or(shared_query))
            {
                let all = key.matmul(&heads(linear).transpose(-1, -2));
                scores += gather(&all, &near.of_query).transpose(-1, -2);
            }
        }
        let context = (scores / self.scale)
            .masked_fill(&excluded.unsqueeze(1).unsqueeze(1), f64::NEG_INFINITY)
            .softmax(-1, None)
            .matmul(&value);
        context.transpose(1, 2).flatten(2, 3)
    }

    /// Queries, keys and values, `[sequences, heads, tokens, size]` each.
    fn project(&self, states: &Tensor) -> [Tensor; 3] {
        match &self.projections {
            Projections::Apart { query, key, value } => {
                [query, key, value].map(|linear| self.by_head(&states.apply(linear)))
            }
            Projections::Joint {
                joint,
                query_bias,
                value_bias,
            } => {
                let joint = self.by_head(&states.apply(joint));
                let size = joint.size()[3] / 3;
                let [query, key, value] = [0, 1, 2].map(|part| joint.narrow(-1, part * size, size));
                let bias = |bias: &Tensor| self.by_head(&bias.view([1, 1, -1]));
                [query + bias(query_bias), key, value + bias(value_bias)]
            }
        }
    }

    /// From `[sequences, tokens, heads * size]` to `[sequences, heads, tokens, size]`.
    fn by_head(&self, states: &Tensor) -> Tensor {
        let size = states.size();
        states
            .view([size[0], size[1], self.heads, -1])
            .transpose(1, 2)
    }
}

/// For each pair of tokens the score of its distance, from those of all distances.
fn gather(all: &Tensor, distances: &Tensor) -> Tensor {
    let (all_size, size) = (all.size(), distances.size());
    let index = distances.expand([all_size[0], all_size[1], size[0], size[1]], true);
    all.gather(-1, &index, false)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_distances_share_buckets() {
        let distances = Tensor::from_slice(&[0i64, 1, 4, 5, 20, 95, -3, -95]);
        let buckets: Vec<i64> = bucket(&distances, 8, 96).try_into().unwrap();
        assert_eq!(buckets, [0, 1, 4, 5, 6, 7, -3, -7]);
    }

    #[test]
    fn position_kinds_come_in_two_forms() {
        let parse = |kinds: serde_json::Value| either_form(kinds).unwrap();
        assert_eq!(parse(serde_json::json!(["p2c", "c2p"])), ["p2c", "c2p"]);
        assert_eq!(parse(serde_json::json!("p2c|c2p")), ["p2c", "c2p"]);
        assert!(parse(serde_json::Value::Null).is_empty());
    }
}
