//! What the native engine needs to know of a BERT, and whether it can run it.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::ModelDirectory;

/// The fields of a `BertForSequenceClassification`'s config.json.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BertConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f32,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    /// Outputs of the classifier.
    #[serde(skip)]
    pub classes: usize,
}

fn absolute() -> String {
    "absolute".to_owned()
}

impl BertConfig {
    pub fn new(directory: &ModelDirectory) -> Result<Self> {
        let file = directory.config_file();
        let general = directory.config();
        let refuse = |problem: String, remedy: &str| Error::model(file.as_str(), problem, remedy);
        if general.model_type != "bert" {
            return Err(refuse(
                format!(
                    "model_type {:?} is not supported by the native engine",
                    general.model_type
                ),
                "use a BertForSequenceClassification checkpoint, or --backend torch",
            ));
        }
        let mut config = Self::deserialize(&general.whole).map_err(|error| {
            refuse(
                format!("cannot be understood: {error}"),
                "take the file of a BertForSequenceClassification checkpoint",
            )
        })?;
        config.classes = general.classes.len();
        if config.hidden_act != "gelu" || config.position_embedding_type != "absolute" {
            return Err(refuse(
                format!(
                    "hidden_act {:?} with position_embedding_type {:?} is not supported",
                    config.hidden_act, config.position_embedding_type
                ),
                "use a checkpoint with \"gelu\" and \"absolute\", or --backend torch",
            ));
        }
        let heads = config.num_attention_heads;
        if heads == 0 || !config.hidden_size.is_multiple_of(heads) {
            return Err(refuse(
                format!(
                    "hidden_size {} cannot be shared by {heads} attention heads",
                    config.hidden_size
                ),
                "check both numbers",
            ));
        }
        Ok(config)
    }
}
