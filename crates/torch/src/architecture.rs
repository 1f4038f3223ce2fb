//! Which model a config.json means.

use rust_bert::RustBertError;
use rust_bert::albert::AlbertForSequenceClassification;
use rust_bert::bert::BertForSequenceClassification;
use rust_bert::distilbert::DistilBertModelClassifier;
use rust_bert::roberta::RobertaForSequenceClassification;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tch::{Tensor, nn};

use super::classifier::{Classifier, Inputs};
use super::deberta::{DebertaConfig, DebertaForSequenceClassification};
use super::electra::ElectraForSequenceClassification;
use newstance::model::ModelDirectory;
use newstance::{Error, Result};

/// rust-bert counts positions from behind it, whatever config.json says.
const ROBERTA_PADDING: u32 = 1;

/// Builds the model of a config.json with random weights; its variables have the names that
/// transformers gives them.
pub(super) fn build(path: &nn::Path, directory: &ModelDirectory) -> Result<Box<dyn Classifier>> {
    let file = &directory.config_file();
    let config = directory.config();
    let whole = &config.whole;
    let classes = config.classes.len() as i64;
    let refuse = |problem: String, remedy: &str| Error::model(file, problem, remedy);
    let built = |error: RustBertError| refuse(error.to_string(), "check config.json");
    let absolute = whole
        .get("position_embedding_type")
        .is_none_or(|kind| kind == "absolute");
    if !absolute {
        return Err(refuse(
            "position_embedding_type is not \"absolute\"".to_owned(),
            "use a model with absolute positions",
        ));
    }
    Ok(match config.model_type.as_str() {
        "albert" => Box::new(
            AlbertForSequenceClassification::new(path, &parse(file, whole)?).map_err(built)?,
        ),
        "bert" => {
            Box::new(BertForSequenceClassification::new(path, &parse(file, whole)?).map_err(built)?)
        }
        "deberta" | "deberta-v2" => {
            let config: DebertaConfig = parse(file, whole)?;
            if let Some(feature) = config.unsupported() {
                return Err(refuse(
                    format!("{feature} is not supported"),
                    "use a model without it",
                ));
            }
            Box::new(DebertaForSequenceClassification::new(
                path, &config, classes,
            ))
        }
        "distilbert" => {
            Box::new(DistilBertModelClassifier::new(path, &parse(file, whole)?).map_err(built)?)
        }
        "electra" => Box::new(ElectraForSequenceClassification::new(
            path,
            &parse(file, whole)?,
            classes,
        )),
        "roberta" | "xlm-roberta" if config.padding != ROBERTA_PADDING => {
            return Err(refuse(
                format!("pad_token_id {} is not supported", config.padding),
                "use a model whose padding token has the id 1, as RoBERTa's has",
            ));
        }
        "roberta" | "xlm-roberta" => Box::new(
            RobertaForSequenceClassification::new(path, &parse(file, whole)?).map_err(built)?,
        ),
        other => {
            return Err(refuse(
                format!("model_type {other:?} is not supported"),
                "use a model of the type albert, bert, deberta, deberta-v2, distilbert, electra, \
                 roberta or xlm-roberta",
            ));
        }
    })
}

macro_rules! classifiers {
    ($($model:ty),+) => {$(
        impl Classifier for $model {
            fn logits(&self, inputs: &Inputs) -> Tensor {
                let [ids, segments, mask] =
                    [&inputs.ids, &inputs.segments, &inputs.mask].map(Some);
                self.forward_t(ids, mask, segments, None, None, false).logits
            }
        }
    )+};
}

classifiers!(
    AlbertForSequenceClassification,
    BertForSequenceClassification,
    RobertaForSequenceClassification
);

impl Classifier for DistilBertModelClassifier {
    fn logits(&self, inputs: &Inputs) -> Tensor {
        self.forward_t(Some(&inputs.ids), Some(&inputs.mask), None, false)
            .expect("ids are given")
            .logits
    }
}

fn parse<T: DeserializeOwned>(file: &str, config: &Value) -> Result<T> {
    // What rust-bert asks for and does not need, and what transformers does not always write.
    let mut whole = json!({
        "attention_probs_dropout_prob": 0.0,
        "hidden_dropout_prob": 0.0,
        "initializer_range": 0.02,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 0,
        "qa_dropout": 0.0,
        "seq_classif_dropout": 0.0,
        "sinusoidal_pos_embds": false,
        "tie_weights_": true,
    });
    if let (Value::Object(whole), Value::Object(fields)) = (&mut whole, config) {
        let fields = fields.clone().into_iter();
        whole.extend(fields.filter(|(_, value)| !value.is_null()));
        whole.remove("output_attentions");
        whole.remove("output_hidden_states");
    }
    T::deserialize(whole).map_err(|error| {
        Error::model(
            file,
            format!("cannot be understood: {error}"),
            "take the config.json of a sequence classifier that transformers has saved",
        )
    })
}
