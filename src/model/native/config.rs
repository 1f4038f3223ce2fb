//! What the native engine needs to know of an encoder, and whether it can run it.

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelDirectory;
use crate::model::config::check_size;

/// The encoders that the native engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Architecture {
    /// Devlin et al., NAACL 2019.
    Bert,
    /// Song et al., NeurIPS 2020: BERT's layers, and attention biased by the distance of tokens.
    Mpnet,
}

/// What tensors are called.
pub(super) struct Names {
    pub model: &'static str,
    pub qkv: [&'static str; 3],
    pub attention_output: &'static str,
    pub attention_norm: &'static str,
    pub output: &'static str,
    /// The layer with tanh behind it.
    pub pooler: &'static str,
    pub classifier: &'static str,
}

impl Architecture {
    /// The class of transformers that saves such a model.
    pub fn class(self) -> &'static str {
        match self {
            Self::Bert => "BertForSequenceClassification",
            Self::Mpnet => "MPNetForSequenceClassification",
        }
    }

    pub fn names(self) -> &'static Names {
        match self {
            Self::Bert => &Names {
                model: "bert",
                qkv: [
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                ],
                attention_output: "attention.output.dense",
                attention_norm: "attention.output.LayerNorm",
                output: "output.dense",
                pooler: "bert.pooler.dense",
                classifier: "classifier",
            },
            Self::Mpnet => &Names {
                model: "mpnet",
                qkv: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
                attention_output: "attention.attn.o",
                attention_norm: "attention.LayerNorm",
                output: "output.dense",
                pooler: "classifier.dense",
                classifier: "classifier.out_proj",
            },
        }
    }
}

/// The fields of a sequence classifier's config.json.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EncoderConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    #[serde(default)]
    pub type_vocab_size: usize,
    /// Rows of MPNet's biases.
    #[serde(default)]
    pub relative_attention_num_buckets: usize,
    pub layer_norm_eps: f32,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    #[serde(skip, default = "bert")]
    pub architecture: Architecture,
    /// Outputs of the classifier.
    #[serde(skip)]
    pub classes: usize,
    /// Positions before the first that a token can have.
    #[serde(skip)]
    pub lost_positions: usize,
}

fn absolute() -> String {
    "absolute".to_owned()
}

fn bert() -> Architecture {
    Architecture::Bert
}

impl EncoderConfig {
    pub fn new(directory: &ModelDirectory) -> Result<Self> {
        let file = directory.config_file();
        let general = directory.config();
        let refuse = |problem: String, remedy: &str| Error::model(file.as_str(), problem, remedy);
        let architecture = match general.model_type.as_str() {
            "bert" => Architecture::Bert,
            "mpnet" => Architecture::Mpnet,
            other => {
                return Err(Error::new(
                    ErrorKind::Backend,
                    file,
                    format!("model_type {other:?} is not supported by the native engine"),
                    "take a BertForSequenceClassification or MPNetForSequenceClassification \
                     checkpoint, or the torch backend",
                ));
            }
        };
        let mut config = Self::deserialize(&general.whole).map_err(|error| {
            let class = architecture.class();
            refuse(
                format!("cannot be understood: {error}"),
                &format!("take the file of a {class} checkpoint"),
            )
        })?;
        config.architecture = architecture;
        config.classes = general.classes.len();
        config.lost_positions = config.max_position_embeddings - general.positions;
        config
            .check()
            .map_err(|(problem, remedy)| refuse(problem, remedy))?;
        Ok(config)
    }

    fn check(&self) -> std::result::Result<(), (String, &'static str)> {
        if self.hidden_act != "gelu" || self.position_embedding_type != "absolute" {
            let problem = format!(
                "hidden_act {:?} with position_embedding_type {:?} is not supported",
                self.hidden_act, self.position_embedding_type
            );
            let remedy = "take a checkpoint with \"gelu\" and \"absolute\", or the torch backend";
            return Err((problem, remedy));
        }
        for (name, number) in [
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
        ] {
            check_size(name, number).map_err(|problem| (problem, "check this number"))?;
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            let problem = format!(
                "layer_norm_eps {} is not between 0 and 1",
                self.layer_norm_eps
            );
            return Err((problem, "write 1e-12, as most have"));
        }
        let heads = self.num_attention_heads;
        if heads == 0 || !self.hidden_size.is_multiple_of(heads) {
            let problem = format!(
                "hidden_size {} cannot be shared by {heads} attention heads",
                self.hidden_size
            );
            return Err((problem, "check both numbers"));
        }
        let buckets = self.relative_attention_num_buckets;
        if self.architecture == Architecture::Mpnet && (buckets < 4 || !buckets.is_multiple_of(4)) {
            let problem = format!("relative_attention_num_buckets {buckets} is not supported");
            return Err((
                problem,
                "use a checkpoint with a multiple of 4, as all have",
            ));
        }
        Ok(())
    }
}
