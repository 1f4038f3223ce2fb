//! What `config.json` says, whatever the architecture.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// The fields that every backend needs, beside the whole file for the one that knows more.
#[derive(Debug, Clone)]
pub struct Config {
    /// Architecture, such as `bert`.
    pub model_type: String,
    /// Rows of the word embeddings.
    pub vocab_size: usize,
    /// Segments that the model distinguishes; 0 if an architecture has none.
    pub segments: usize,
    /// Longest input, in tokens.
    pub positions: usize,
    /// What fills up shorter sequences of a batch, if a backend needs that.
    pub padding: u32,
    /// Class names in the order of the logits.
    pub classes: Vec<String>,
    /// The file as it is.
    pub whole: Value,
}

#[derive(Deserialize)]
struct Fields {
    model_type: String,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: usize,
    pad_token_id: Option<u32>,
    #[serde(default)]
    id2label: BTreeMap<usize, String>,
}

impl Config {
    /// Reads the bytes of a `config.json`; `file` is its name for messages.
    pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Self> {
        let unreadable = |error: serde_json::Error| {
            Error::model(
                file,
                format!("cannot be understood: {error}"),
                "take the config.json of a sequence classifier that transformers has saved",
            )
        };
        let whole: Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        let fields = Fields::deserialize(&whole).map_err(unreadable)?;
        for (name, number) in [
            ("vocab_size", fields.vocab_size),
            ("max_position_embeddings", fields.max_position_embeddings),
        ] {
            check_size(name, number).map_err(|problem| {
                let remedy = "take the config.json that the model was saved with";
                Error::model(file, problem, remedy)
            })?;
        }
        if !fields.id2label.keys().copied().eq(0..fields.id2label.len()) {
            return Err(Error::model(
                file,
                "id2label does not number its classes from 0",
                "give every class of the classifier a name in id2label",
            ));
        }
        // RoBERTa numbers positions from behind its padding token, so that as many rows are lost.
        let is_roberta = matches!(
            fields.model_type.as_str(),
            "roberta" | "xlm-roberta" | "mpnet"
        );
        let padding = fields.pad_token_id.unwrap_or(u32::from(is_roberta));
        let lost = if is_roberta { padding as usize + 1 } else { 0 };
        Ok(Self {
            vocab_size: fields.vocab_size,
            segments: fields.type_vocab_size,
            positions: fields.max_position_embeddings.saturating_sub(lost),
            padding,
            classes: fields.id2label.into_values().collect(),
            model_type: fields.model_type,
            whole,
        })
    }

    /// The place of a class, in whichever case its name is written.
    pub fn class(&self, name: &str) -> Option<usize> {
        self.classes
            .iter()
            .position(|class| class.eq_ignore_ascii_case(name))
    }
}

/// Rows or columns of a matrix: more than any model has, and so few that two of them multiply.
const MOST_ROWS: usize = 1 << 24;

/// Checks a number of config.json that is a size.
pub(super) fn check_size(name: &str, number: usize) -> std::result::Result<(), String> {
    match (1..=MOST_ROWS).contains(&number) {
        true => Ok(()),
        false => Err(format!("{name} {number} is not from 1 to {MOST_ROWS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_of_roberta_begin_behind_its_padding() {
        let config = |model_type: &str| {
            let text = format!(
                r#"{{"model_type": "{model_type}", "vocab_size": 9, "max_position_embeddings": 514,
                     "pad_token_id": 1, "id2label": {{"1": "b", "0": "a"}}}}"#
            );
            Config::parse("config.json", text.as_bytes()).unwrap()
        };
        assert_eq!(config("xlm-roberta").positions, 512);
        assert_eq!(config("bert").positions, 514);
        assert_eq!(config("bert").classes, ["a", "b"]);
    }

    #[test]
    fn classes_without_a_number_are_refused() {
        let text = br#"{"model_type": "bert", "vocab_size": 9, "max_position_embeddings": 9,
                        "id2label": {"1": "positive"}}"#;
        let message = Config::parse("m/config.json", text)
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("m/config.json: id2label does not number"),
            "{message}"
        );
    }
}
