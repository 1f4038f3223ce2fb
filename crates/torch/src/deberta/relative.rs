//! Distances between tokens, near ones exactly and far ones roughly.

use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use super::config::DebertaConfig;

/// Embeddings of the distances between tokens.
pub(super) struct Relative {
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
pub(super) struct Near {
    /// `[2 span, hidden]`.
    pub embeddings: Tensor,
    /// For query and key: `[tokens, tokens]`.
    pub of_key: Tensor,
    /// For key and query: `[tokens, tokens]`.
    pub of_query: Tensor,
}

impl Relative {
    pub(super) fn new(encoder: &nn::Path, config: &DebertaConfig) -> Self {
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

    pub(super) fn table(&self, tokens: i64) -> Near {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_distances_share_buckets() {
        let distances = Tensor::from_slice(&[0i64, 1, 4, 5, 20, 95, -3, -95]);
        let buckets: Vec<i64> = bucket(&distances, 8, 96).try_into().unwrap();
        assert_eq!(buckets, [0, 1, 4, 5, 6, 7, -3, -7]);
    }
}
