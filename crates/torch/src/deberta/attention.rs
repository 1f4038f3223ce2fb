//! What tokens attend to.

use tch::{Tensor, nn};

use super::config::DebertaConfig;
use super::linear;
use super::relative::Near;

/// Disentangled attention: contents with contents, contents with positions and positions with
/// contents.
pub(super) struct Attention {
    projections: Projections,
    /// Of relative positions, to keys and to queries, if they are attended to.
    position_key: Option<nn::Linear>,
    position_query: Option<nn::Linear>,
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

/// Another handle of the same weights, which stay the same when they are loaded.
fn same(linear: &nn::Linear) -> nn::Linear {
    nn::Linear {
        ws: linear.ws.shallow_clone(),
        bs: linear.bs.as_ref().map(Tensor::shallow_clone),
    }
}

impl Attention {
    pub(super) fn new(path: &nn::Path, config: &DebertaConfig) -> Self {
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
        let (key_name, query_name) = match is_first {
            true => ("pos_proj", "pos_q_proj"),
            false => ("pos_key_proj", "pos_query_proj"),
        };
        // v2 and v3 can project positions as they project contents.
        let (shared_key, shared_query) = match &projections {
            Projections::Apart { key, query, .. } if config.share_att_key => {
                (Some(same(key)), Some(same(query)))
            }
            _ => (None, None),
        };
        let position = |kind: &str, shared: Option<nn::Linear>, name: &str, bias: bool| {
            let attends = config.relative_attention && config.attends(kind);
            attends.then(|| shared.unwrap_or_else(|| linear(path / name, hidden, hidden, bias)))
        };
        let position_key = position("c2p", shared_key, key_name, !is_first);
        let position_query = position("p2c", shared_query, query_name, true);
        let summands = 1 + config.pos_att_type.len() as i64;
        let size = hidden / config.num_attention_heads;
        Self {
            position_key,
            position_query,
            projections,
            heads: config.num_attention_heads,
            scale: ((size * summands) as f64).sqrt(),
        }
    }

    /// `[sequences, tokens, hidden]`.
    pub(super) fn forward(
        &self,
        states: &Tensor,
        excluded: &Tensor,
        near: Option<&Near>,
    ) -> Tensor {
        let [query, key, value] = self.project(states);
        let mut scores = query.matmul(&key.transpose(-1, -2));
        if let Some(near) = near {
            let with_distances = |states: &Tensor, projection: &nn::Linear| {
                let distances = near.embeddings.apply(projection).unsqueeze(0);
                states.matmul(&self.by_head(&distances).transpose(-1, -2))
            };
            if let Some(projection) = &self.position_key {
                scores += gather(&with_distances(&query, projection), &near.of_key);
            }
            if let Some(projection) = &self.position_query {
                let by_key = gather(&with_distances(&key, projection), &near.of_query);
                scores += by_key.transpose(-1, -2);
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
