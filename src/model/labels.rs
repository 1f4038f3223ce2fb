//! Which classes of a model mean which label.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::ArrayView2;

use super::Label;
use super::config::Config;
use super::description::{Description, TargetStyle};
use crate::error::{Error, Result};

/// How the logits of a model's own classes become those of the three labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelMap {
    /// The model's classes, in the order of its logits.
    classes: Vec<String>,
    reading: Reading,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// For each label the classes that mean it.
    Classes([Vec<usize>; 3]),
    /// One sequence a hypothesis: the label of each, and the class that says it holds.
    Hypotheses {
        labels: Vec<Label>,
        entailment: usize,
    },
}

impl LabelMap {
    pub(super) fn new(
        config_file: &str,
        config: &Config,
        description: &Description,
    ) -> Result<Self> {
        let reading = match &description.target {
            TargetStyle::Entailment { hypotheses } => {
                Self::of_hypotheses(config_file, config, hypotheses.keys().copied().collect())?
            }
            _ => Reading::Classes(Self::of_classes(config_file, config, &description.labels)?),
        };
        Ok(Self {
            classes: config.classes.clone(),
            reading,
        })
    }

    fn of_classes(
        file: &str,
        config: &Config,
        given: &BTreeMap<String, Label>,
    ) -> Result<[Vec<usize>; 3]> {
        if let Some(stranger) = given.keys().find(|name| !config.classes.contains(name)) {
            return Err(Error::model(
                file,
                format!("id2label has no class {stranger:?}, which newstance.json gives a label"),
                format!("the classes are {}", config.classes.join(", ")),
            ));
        }
        let mut classes: [Vec<usize>; 3] = Default::default();
        let mut unknown = Vec::new();
        for (index, name) in config.classes.iter().enumerate() {
            match given.get(name).copied().or_else(|| label_of(name)) {
                Some(label) => classes[label as usize].push(index),
                None => unknown.push(format!("{name:?}")),
            }
        }
        let remedy = "name its classes negative, neutral and positive in id2label, or say what \
                      they mean in newstance.json: \"labels\": {\"LABEL_0\": \"negative\", ...}";
        if !unknown.is_empty() {
            return Err(Error::model(
                file,
                format!("the meaning of {} is not known", unknown.join(", ")),
                remedy,
            ));
        }
        for label in [Label::Negative, Label::Positive] {
            if classes[label as usize].is_empty() {
                return Err(Error::model(
                    file,
                    format!("id2label has no {label} class"),
                    remedy,
                ));
            }
        }
        Ok(classes)
    }

    fn of_hypotheses(file: &str, config: &Config, labels: Vec<Label>) -> Result<Reading> {
        let Some(entailment) = config.class("entailment") else {
            return Err(Error::model(
                file,
                "id2label has no class \"entailment\"",
                "take a model of natural language inference for the style \"entailment\"",
            ));
        };
        if labels.len() > 1 {
            return Ok(Reading::Hypotheses { labels, entailment });
        }
        let Some(contradiction) = config.class("contradiction") else {
            return Err(Error::model(
                file,
                "id2label has no class \"contradiction\", so that one hypothesis cannot tell \
                 negative from neutral",
                "write a hypothesis for each label in newstance.json",
            ));
        };
        let open = config.class("neutral").into_iter().collect();
        Ok(Reading::Classes([
            vec![contradiction],
            open,
            vec![entailment],
        ]))
    }

    /// Number of classes of the model.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Sequences that are run for one target.
    pub fn sequences(&self) -> usize {
        match &self.reading {
            Reading::Classes(_) => 1,
            Reading::Hypotheses { labels, .. } => labels.len(),
        }
    }

    /// Logits of the labels, from those of the classes for each of a target's sequences,
    /// `[sequences, classes]`.
    ///
    /// Several classes of one label count together (their log-sum-exp); a label without any has
    /// the logit minus infinity, and so the probability 0.
    pub fn logits(&self, sequences: ArrayView2<f32>) -> [f32; 3] {
        let mut logits = [f32::NEG_INFINITY; 3];
        match &self.reading {
            Reading::Classes(classes) => {
                for (logit, classes) in logits.iter_mut().zip(classes) {
                    *logit = log_sum_exp(classes.iter().map(|&class| sequences[[0, class]]));
                }
            }
            Reading::Hypotheses { labels, entailment } => {
                for (label, sequence) in labels.iter().zip(sequences.rows()) {
                    logits[*label as usize] = sequence[*entailment];
                }
            }
        }
        logits
    }

    /// Whether the model's classes are the labels by name.
    pub fn is_plain(&self) -> bool {
        match &self.reading {
            Reading::Hypotheses { .. } => false,
            Reading::Classes(classes) => Label::ALL.into_iter().all(|label| {
                matches!(classes[label as usize][..], [class]
                    if self.classes[class].eq_ignore_ascii_case(label.name()))
            }),
        }
    }
}

/// `negative = 1 star, 2 stars; neutral = 3 stars; positive = 4 stars, 5 stars`
impl fmt::Display for LabelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in Label::ALL {
            if label != Label::Negative {
                f.write_str("; ")?;
            }
            let meaning = match &self.reading {
                Reading::Classes(classes) => classes[label as usize]
                    .iter()
                    .map(|&class| self.classes[class].as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                Reading::Hypotheses { labels, .. } if labels.contains(&label) => {
                    "its hypothesis is entailed".to_owned()
                }
                Reading::Hypotheses { .. } => String::new(),
            };
            let meaning = if meaning.is_empty() {
                "never"
            } else {
                &meaning
            };
            write!(f, "{label} = {meaning}")?;
        }
        Ok(())
    }
}

/// What a class of this name means, in the words of the checkpoints that people share.
fn label_of(name: &str) -> Option<Label> {
    let name = name.to_lowercase().replace(['_', '-'], " ");
    let label = match name.as_str() {
        "negative" | "neg" | "very negative" | "extremely negative" | "slightly negative"
        | "somewhat negative" | "against" | "unfavorable" | "unfavourable" | "1 star"
        | "2 stars" => Label::Negative,
        "neutral" | "neu" | "none" | "3 stars" => Label::Neutral,
        "positive" | "pos" | "very positive" | "extremely positive" | "slightly positive"
        | "somewhat positive" | "favor" | "favour" | "favorable" | "favourable" | "4 stars"
        | "5 stars" => Label::Positive,
        _ => return None,
    };
    Some(label)
}

fn log_sum_exp(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = values.clone().fold(f32::NEG_INFINITY, f32::max);
    if highest == f32::NEG_INFINITY {
        return highest;
    }
    highest
        + values
            .map(|value| (value - highest).exp())
            .sum::<f32>()
            .ln()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn map(classes: &[&str], description: &str) -> Result<LabelMap> {
        let names: BTreeMap<usize, &str> = classes.iter().copied().enumerate().collect();
        let config = serde_json::json!({
            "model_type": "bert", "vocab_size": 9, "max_position_embeddings": 128, "id2label": names,
        });
        let config = Config::parse("config.json", config.to_string().as_bytes())?;
        let description =
            Description::parse("newstance.json", Some(description.as_bytes()), &config)?;
        LabelMap::new("config.json", &config, &description)
    }

    #[test]
    fn five_stars_count_together() {
        let stars = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"];
        let labels = map(&stars, r#"{"format": 1}"#).unwrap();
        let expected = "negative = 1 star, 2 stars; neutral = 3 stars; positive = 4 stars, 5 stars";
        assert_eq!(labels.to_string(), expected);
        assert!(!labels.is_plain());
        let halves = array![[0.0, 0.0, 1.0, f32::NEG_INFINITY, 2.0]];
        let logits = labels.logits(halves.view());
        assert!((logits[0] - 2f32.ln()).abs() < 1e-6);
        assert_eq!(logits[1..], [1.0, 2.0]);
    }

    #[test]
    fn two_classes_never_say_neutral() {
        let labels = map(&["POSITIVE", "NEGATIVE"], r#"{"format": 1}"#).unwrap();
        let logits = labels.logits(array![[0.5, -0.5]].view());
        assert_eq!(logits, [-0.5, f32::NEG_INFINITY, 0.5]);
        let score = super::super::Answer::from_logits(logits, &Default::default());
        assert_eq!(score.probabilities[1], 0.0);
        assert!((score.stance().as_f64() - 0.5f64.tanh()).abs() < 1e-6);
    }

    #[test]
    fn numbered_classes_need_their_meaning() {
        let names = ["LABEL_0", "LABEL_1", "LABEL_2"];
        let message = map(&names, r#"{"format": 1}"#).unwrap_err().to_string();
        assert!(message.contains("\"LABEL_0\", \"LABEL_1\""), "{message}");
        let given = r#"{"format": 1, "labels":
            {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}}"#;
        let labels = map(&names, given).unwrap();
        assert_eq!(
            labels.logits(array![[1.0, 2.0, 3.0]].view()),
            [1.0, 2.0, 3.0]
        );
        let misspelt = r#"{"format": 1, "labels": {"LABEL_7": "negative"}}"#;
        let message = map(&names, misspelt).unwrap_err().to_string();
        assert!(message.contains("no class \"LABEL_7\""), "{message}");
    }

    #[test]
    fn emotions_are_no_sentiment() {
        let message = map(&["joy", "negative", "positive"], r#"{"format": 1}"#).unwrap_err();
        assert!(
            message
                .to_string()
                .contains("the meaning of \"joy\" is not known"),
            "{message}"
        );
        let message = map(&["neutral", "positive"], r#"{"format": 1}"#).unwrap_err();
        assert!(
            message.to_string().contains("no negative class"),
            "{message}"
        );
    }

    #[test]
    fn inference_is_read_by_hypotheses() {
        let classes = ["contradiction", "entailment", "neutral"];
        let one = map(&classes, r#"{"format": 1}"#).unwrap();
        assert_eq!(one.sequences(), 1);
        assert_eq!(one.logits(array![[1.0, 2.0, 3.0]].view()), [1.0, 3.0, 2.0]);

        let both = r#"{"format": 1, "target": {"style": "entailment", "hypotheses": {
            "positive": "This praises {actor}.", "negative": "This blames {actor}."}}}"#;
        let two = map(&["entailment", "not_entailment"], both).unwrap();
        assert_eq!(two.sequences(), 2);
        let rows = array![[4.0, 0.0], [5.0, 0.0]];
        assert_eq!(two.logits(rows.view()), [4.0, f32::NEG_INFINITY, 5.0]);

        let message = map(&["entailment", "not_entailment"], r#"{"format": 1}"#).unwrap_err();
        assert!(
            message.to_string().contains("a hypothesis for each label"),
            "{message}"
        );
    }
}
