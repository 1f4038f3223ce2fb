//! What `newstance.json` says: how the model is asked about a target.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::config::Config;
use super::{Calibration, Label};
use crate::error::{Error, Result};

/// Where neither newstance.json nor the model's positions say otherwise.
const MAX_LENGTH: usize = 512;
/// The longest target that a `pair` repeats, in tokens.
const MAX_TARGET: usize = 24;
/// What a hypothesis has in place of the target.
pub(super) const ACTOR: &str = "{actor}";

/// How the model is given a target.
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
    /// Label of each class, if config.json has no telling names.
    pub labels: BTreeMap<String, Label>,
    pub max_length: usize,
    pub calibration: Calibration,
    /// Whether the model was also trained on sentences without a target.
    pub tone: bool,
    /// By convention of labelling, the token before the target that asks for it.
    pub conventions: BTreeMap<String, String>,
    /// The mix of labels that the model was calibrated on.
    pub prior: BTreeMap<Label, f64>,
    /// The model that it takes over from.
    pub cascade: Option<CascadeRule>,
    /// For each layer, how its inputs and weights are balanced before they are quantized.
    pub balance: Option<Vec<Balance>>,
}

/// Exponents of the powers of two that a layer's inputs are multiplied by, and weights divided by, on 8 bits: `[hidden]` each.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// Where queries, keys and values are made of them.
    pub qkv: Vec<i8>,
    /// Between attention and the wide layer.
    pub intermediate: Vec<i8>,
}

/// Beyond these, a calibration turns all answers into one: logits of 10 to the power of 9 are more than f32 tells apart.
const MOST_TEMPERATURE: f32 = 1000.0;
const MOST_SHARPENING: f32 = 8.0;

/// When a model is asked instead of another, as its newstance.json says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CascadeRule {
    /// The name of the model that is asked first.
    pub first: String,
    /// This model is asked if the first gives no label this probability.
    pub below: f32,
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
    sharpening: f32,
    #[serde(default)]
    tone: bool,
    #[serde(default)]
    conventions: BTreeMap<String, String>,
    #[serde(default)]
    prior: BTreeMap<Label, f64>,
    cascade: Option<CascadeRule>,
    balance: Option<Vec<Balance>>,
}

impl Description {
    /// Reads the bytes of a `newstance.json`, or takes defaults if there is none; `file` is its
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
            calibration: Calibration {
                temperature: fields.temperature.unwrap_or(1.0),
                sharpening: fields.sharpening,
            },
            conventions: fields.conventions,
            prior: fields.prior,
            cascade: fields.cascade,
            balance: fields.balance,
        };
        description.check(file, config)?;
        Ok(description)
    }

    /// The same model, asked to follow another convention of labelling; `None` if it knows no such.
    pub fn following(mut self, convention: &str) -> Option<Self> {
        let marker = self.conventions.get(convention)?.clone();
        match &mut self.target {
            TargetStyle::Marked { open, .. } | TargetStyle::MarkedPair { open, .. } => {
                *open = marker
            }
            _ => return None,
        }
        Some(self)
    }

    fn check(&self, file: &str, config: &Config) -> Result<()> {
        let refuse = |problem: String, remedy: &str| Err(Error::model(file, problem, remedy));
        let longest = config.positions;
        let max_target = match self.target {
            TargetStyle::MarkedPair { max_target, .. }
            | TargetStyle::Marked { max_target, .. }
            | TargetStyle::Pair { max_target } => max_target,
            TargetStyle::Entailment { .. } | TargetStyle::Sentence => 0,
        };
        if max_target > longest {
            return refuse(
                format!("max_target {max_target} is more than the model's {longest} positions"),
                "leave it out, or write some dozen tokens",
            );
        }
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
        let Calibration {
            temperature,
            sharpening,
        } = self.calibration;
        if !(temperature > 0.0 && temperature <= MOST_TEMPERATURE) {
            return refuse(
                format!("temperature {temperature} is not above 0 and {MOST_TEMPERATURE} at most"),
                "write 1.0 for an uncalibrated model",
            );
        }
        if !(sharpening > -1.0 && sharpening <= MOST_SHARPENING) {
            return refuse(
                format!("sharpening {sharpening} is not above -1 and {MOST_SHARPENING} at most"),
                "leave it out, or fit it to labelled targets",
            );
        }
        let marks = matches!(
            self.target,
            TargetStyle::Marked { .. } | TargetStyle::MarkedPair { .. }
        );
        if !self.conventions.is_empty() && !marks {
            return refuse(
                "only a target that is marked can be asked about in several conventions".to_owned(),
                "leave \"conventions\" out, or write the style marked or marked-pair",
            );
        }
        let shares = || self.prior.values().copied();
        let total: f64 = shares().sum();
        let is_whole = self.prior.len() == Label::ALL.len()
            && shares().all(|share| share > 0.0)
            && (total - 1.0).abs() < 1e-3;
        if !(self.prior.is_empty() || is_whole) {
            return refuse(
                "\"prior\" has not three shares above 0 that sum to 1".to_owned(),
                "write the share of each label in the data that the model was calibrated on",
            );
        }
        if let Some(CascadeRule { below, .. }) = self.cascade
            && !(0.0..=1.0).contains(&below)
        {
            return refuse(
                format!("the cascade's probability {below} is not from 0 to 1"),
                "write the one below which this model is asked instead of the first",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &str) -> Result<Description> {
        let config = serde_json::json!({
            "model_type": "bert", "vocab_size": 9, "max_position_embeddings": 128,
            "id2label": {"0": "negative", "1": "neutral", "2": "positive"},
        });
        let config = Config::parse("config.json", config.to_string().as_bytes())?;
        let text = format!(r#"{{"format": 1, {fields}}}"#);
        Description::parse("newstance.json", Some(text.as_bytes()), &config)
    }

    #[test]
    fn a_model_that_says_nothing_of_its_calibration_gets_a_plain_softmax() {
        let found = parse(r#""max_length": 64"#).unwrap().calibration;
        assert_eq!(found, Calibration::default());
        let found = parse(r#""temperature": 2.1, "sharpening": 0.55"#).unwrap();
        let expected = Calibration {
            temperature: 2.1,
            sharpening: 0.55,
        };
        assert_eq!(found.calibration, expected);
    }

    #[test]
    fn a_convention_is_another_mark_before_the_target() {
        let marked = r#""target": {"style": "marked", "open": "<a>", "close": "<z>"}"#;
        let fields = format!(r#"{marked}, "conventions": {{"newsmtsc": "<b>"}}"#);
        let found = parse(&fields).unwrap();
        assert!(found.clone().following("dse").is_none());
        let TargetStyle::Marked { open, close, .. } = found.following("newsmtsc").unwrap().target
        else {
            panic!("another style");
        };
        assert_eq!((&*open, &*close), ("<b>", "<z>"));
        let message = parse(r#""conventions": {"newsmtsc": "<b>"}"#)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("only a target that is marked"),
            "{message}"
        );
    }

    #[test]
    fn a_cascade_has_a_probability() {
        let found = parse(r#""cascade": {"first": "fast", "below": 0.7}"#).unwrap();
        assert_eq!(found.cascade.unwrap().below, 0.7);
        let message = parse(r#""cascade": {"first": "fast", "below": 70}"#)
            .unwrap_err()
            .to_string();
        assert!(message.contains("70 is not from 0 to 1"), "{message}");
    }

    #[test]
    fn a_prior_is_three_shares_of_the_whole() {
        let prior = r#""prior": {"negative": 0.2, "neutral": 0.7, "positive": 0.1}"#;
        assert_eq!(parse(prior).unwrap().prior[&Label::Neutral], 0.7);
        for wrong in [
            r#""prior": {"negative": 0.3, "neutral": 0.7}"#,
            r#""prior": {"negative": 0.2, "neutral": 0.7, "positive": 0.2}"#,
        ] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.contains("three shares"), "{message}");
        }
    }

    #[test]
    fn a_calibration_that_turns_answers_round_is_refused() {
        for (fields, problem) in [
            (r#""temperature": 0.0"#, "temperature 0 is not above 0 and"),
            (r#""temperature": -1.0"#, "temperature -1 is not above 0"),
            (r#""sharpening": -1.0"#, "sharpening -1 is not above -1"),
        ] {
            let message = parse(fields).unwrap_err().to_string();
            assert!(message.contains(problem), "{message}");
        }
    }
}
