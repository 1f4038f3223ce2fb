//! A config.json of DeBERTa's, and what follows from it.

use serde::{Deserialize, Deserializer};
use tch::{Tensor, nn};

/// The fields of a config.json, with the defaults of transformers.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DebertaConfig {
    pub(super) model_type: String,
    pub(super) vocab_size: i64,
    pub(super) hidden_size: i64,
    pub(super) num_hidden_layers: i64,
    pub(super) num_attention_heads: i64,
    pub(super) intermediate_size: i64,
    pub(super) max_position_embeddings: i64,
    #[serde(default)]
    pub(super) type_vocab_size: i64,
    #[serde(default = "epsilon")]
    pub(super) layer_norm_eps: f64,
    pub(super) hidden_act: Activation,
    #[serde(default)]
    pub(super) relative_attention: bool,
    #[serde(default = "none")]
    pub(super) max_relative_positions: i64,
    #[serde(default = "none")]
    pub(super) position_buckets: i64,
    #[serde(default, deserialize_with = "either_form")]
    pub(super) pos_att_type: Vec<String>,
    #[serde(default = "yes")]
    pub(super) position_biased_input: bool,
    #[serde(default)]
    pub(super) norm_rel_ebd: String,
    #[serde(default)]
    pub(super) share_att_key: bool,
    #[serde(default)]
    pub(super) conv_kernel_size: i64,
    #[serde(default = "one")]
    pub(super) conv_groups: i64,
    #[serde(default = "tanh")]
    pub(super) conv_act: Activation,
    pub(super) embedding_size: Option<i64>,
    pub(super) pooler_hidden_size: Option<i64>,
    #[serde(default = "gelu")]
    pub(super) pooler_hidden_act: Activation,
    #[serde(default)]
    pub(super) talking_head: bool,
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
pub(super) enum Activation {
    Gelu,
    #[serde(alias = "gelu_pytorch_tanh")]
    GeluNew,
    Relu,
    Tanh,
}

impl Activation {
    pub(super) fn apply(self, states: &Tensor) -> Tensor {
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
    pub(crate) fn unsupported(&self) -> Option<String> {
        if self.talking_head {
            return Some("talking_head".to_owned());
        }
        let strange = |kind: &&String| !matches!(kind.as_str(), "c2p" | "p2c");
        let kind = self.pos_att_type.iter().find(strange)?;
        Some(format!("pos_att_type {kind:?}"))
    }

    pub(super) fn is_first(&self) -> bool {
        self.model_type == "deberta"
    }

    pub(super) fn attends(&self, kind: &str) -> bool {
        self.pos_att_type.iter().any(|found| found == kind)
    }

    pub(super) fn farthest(&self) -> i64 {
        match self.max_relative_positions {
            ..=0 => self.max_position_embeddings,
            farthest => farthest,
        }
    }

    /// Distances that differ in their embedding, in each direction.
    pub(super) fn span(&self) -> i64 {
        match self.position_buckets {
            buckets @ 1.. if !self.is_first() => buckets,
            _ => self.farthest(),
        }
    }

    pub(super) fn norm(&self, path: nn::Path) -> nn::LayerNorm {
        let config = nn::LayerNormConfig {
            eps: self.layer_norm_eps,
            ..Default::default()
        };
        nn::layer_norm(path, vec![self.hidden_size], config)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn position_kinds_come_in_two_forms() {
        let parse = |kinds| either_form::<serde_json::Value>(kinds).unwrap();
        assert_eq!(parse(json!(["p2c", "c2p"])), ["p2c", "c2p"]);
        assert_eq!(parse(json!("p2c|c2p")), ["p2c", "c2p"]);
        assert!(parse(json!(null)).is_empty());
    }
}
