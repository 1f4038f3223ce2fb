//! What `newstance.json` says: how the model is asked about a target.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Label;
use super::config::Config;
use crate::error::{Error, Result};

/// Where neither newstance.json nor the model's positions say otherwise.
const MAX_LENGTH: usize = 512;
/// The longest target that a `pair` repeats, in tokens.
const MAX_TARGET: usize = 24;
/// What a hypothesis has in place of the target.
pub(super) const ACTOR: &str = "{actor}";

/// How a target is told to the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "style", rename_all = "kebab-case")]
pub enum TargetStyle {
    /// Wrapped in two marker tokens and repeated as second text.
    MarkedPair {
        /// Token before the target.
        open: String,
        /// Token behind it.
        close: String,
        /// Longest target, in tokens.
        #[serde(default = "max_target")]
        max_target: usize,
    },
    /// Wrapped in two marker tokens.
    Marked {
        /// Token before the target.
        open: String,
        /// Token behind it.
        close: String,
        /// Longest target, in tokens.
        #[serde(default = "max_target")]
        max_target: usize,
    },
    /// Given as second text, as models of aspect-based sentiment have it.
    Pair {
        /// Longest target, in tokens.
        #[serde(default = "max_target")]
        max_target: usize,
    },
    /// Named in a hypothesis that the sentence entails, contradicts or leaves open: zero-shot
    /// classification with a model of natural language inference (Yin et al., EMNLP 2019).
    Entailment {
        /// By label, a text with `{actor}` where the target belongs. With the positive one alone,
        /// contradiction means negative; with several, the one entailed most wins.
        #[serde(default = "favourable")]
        hypotheses: BTreeMap<Label, String>,
    },
    /// Not at all: every target gets the sentiment of its sentence.
    Sentence,
}

fn max_target() -> usize {
    MAX_TARGET
}

fn favourable() -> BTreeMap<Label, String> {
    let text = format!("The text is favourable to {ACTOR}.");
    BTreeMap::from([(Label::Positive, text)])
}

/// `newstance.json`, or what stands in for it.
#[derive(Debug, Clone)]
pub(super) struct Description {
    pub target: TargetStyle,
    /// Label of each class, where config.json has no telling names.
    pub labels: BTreeMap<String, Label>,
    pub max_length: usize,
    pub temperature: f32,
    /// Whether the model was also trained on sentences without a target.
    pub tone: bool,
}

#[derive(Default, Deserialize)]
struct Fields {
    format: u32,
    target: Option<TargetStyle>,
    #[serde(default)]
    labels: BTreeMap<String, Label>,
    max_length: Option<usize>,
    temperature: Option<f32>,
    #[serde(default)]
    tone: bool,
}

impl Description {
    /// Reads the bytes of a `newstance.json`, or takes defaults where there is none; `file` is its
    /// name for messages.
    pub fn parse(file: &str, bytes: Option<&[u8]>, config: &Config) -> Result<Self> {
        let fields = match bytes {
            None => Fields {
                format: 1,
                ..Fields::default()
            },
            Some(bytes) => serde_json::from_slice(bytes).map_err(|error| {
                Error::model(
                    file,
                    format!("cannot be understood: {error}"),
                    "see \"Your own model\" in the README for what it may hold",
                )
            })?,
        };
        if fields.format != 1 {
            return Err(Error::model(
                file,
                format!("format {} is unknown", fields.format),
                "update newstance, or write format 1",
            ));
        }
        let infers = config.class("entailment").is_some();
        let target = fields.target.unwrap_or_else(|| match infers {
            true => TargetStyle::Entailment {
                hypotheses: favourable(),
            },
            false => TargetStyle::Sentence,
        });
        let description = Self {
            tone: fields.tone || target == TargetStyle::Sentence,
            target,
            labels: fields.labels,
            max_length: fields
                .max_length
                .unwrap_or(config.positions.min(MAX_LENGTH)),
            temperature: fields.temperature.unwrap_or(1.0),
        };
        description.check(file, config)?;
        Ok(description)
    }

    fn check(&self, file: &str, config: &Config) -> Result<()> {
        let refuse = |problem: String, remedy: &str| Err(Error::model(file, problem, remedy));
        let longest = config.positions;
        let shortest = 16
            + match self.target {
                TargetStyle::MarkedPair { max_target, .. } => 2 * max_target,
                TargetStyle::Marked { max_target, .. } | TargetStyle::Pair { max_target } => {
                    max_target
                }
                TargetStyle::Entailment { .. } => 2 * MAX_TARGET,
                TargetStyle::Sentence => 0,
            };
        if !(shortest..=longest).contains(&self.max_length) {
            return refuse(
                format!(
                    "max_length {} is outside {shortest} to {longest}",
                    self.max_length
                ),
                "choose one that the model's positions allow",
            );
        }
        if !(self.temperature > 0.0 && self.temperature.is_finite()) {
            return refuse(
                format!("temperature {} is not above 0", self.temperature),
                "write 1.0 for an uncalibrated model",
            );
        }
        if let TargetStyle::Entailment { hypotheses } = &self.target {
            if !hypotheses.contains_key(&Label::Positive) {
                return refuse(
                    "there is no positive hypothesis".to_owned(),
                    "write one such as \"The text is favourable to {actor}.\"",
                );
            }
            if let Some(text) = hypotheses.values().find(|text| !text.contains(ACTOR)) {
                return refuse(
                    format!("the hypothesis {text:?} does not name its target"),
                    "write {actor} where the target belongs",
                );
            }
        }
        Ok(())
    }
}
