//! ELECTRA for sequence classification: rust-bert has the encoder, but no such head.

use rust_bert::electra::{ElectraConfig, ElectraModel};
use tch::{Kind, Tensor, nn};

use super::classifier::{Classifier, Inputs};

/// The encoder under a dense layer, GELU and a projection of the first token (Clark et al., ICLR
/// 2020).
pub(super) struct ElectraForSequenceClassification {
    electra: ElectraModel,
    dense: nn::Linear,
    projection: nn::Linear,
}

impl ElectraForSequenceClassification {
    pub fn new(path: &nn::Path, config: &ElectraConfig, classes: i64) -> Self {
        let head = path / "classifier";
        let hidden = config.hidden_size;
        Self {
            electra: ElectraModel::new(path / "electra", config),
            dense: nn::linear(&head / "dense", hidden, hidden, Default::default()),
            projection: nn::linear(&head / "out_proj", hidden, classes, Default::default()),
        }
    }
}

impl Classifier for ElectraForSequenceClassification {
    fn logits(&self, inputs: &Inputs) -> Tensor {
        let Inputs {
            ids,
            segments,
            mask,
        } = inputs;
        // This model of rust-bert adds its mask to the attention scores as it is.
        let kind = self.dense.ws.kind();
        let excluded: Tensor = (1 - mask.to_kind(Kind::Float)) * -10_000.0;
        let states = self
            .electra
            .forward_t(
                Some(ids),
                Some(&excluded.to_kind(kind)),
                Some(segments),
                None,
                None,
                false,
            )
            .expect("ids are given and the mask has two dimensions")
            .hidden_state;
        states
            .select(1, 0)
            .apply(&self.dense)
            .gelu("none")
            .apply(&self.projection)
    }
}
