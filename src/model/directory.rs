//! Model directories in the Hugging Face layout.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Label;
use crate::error::{Error, Result};

const CONFIG: &str = "config.json";
const DESCRIPTION: &str = "newstance.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";

/// The files of a model, read or compiled in.
#[derive(Debug, Clone)]
pub struct ModelDirectory {
    name: String,
    config: Config,
    description: Description,
    /// By file name; `newstance.json` may be absent.
    files: BTreeMap<&'static str, Cow<'static, [u8]>>,
}

/// What `config.json` says of the architecture.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    pub model_type: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub hidden_act: String,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f32,
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
    pub id2label: BTreeMap<String, String>,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// How a target is told to the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "style", rename_all = "kebab-case")]
pub enum TargetStyle {
    /// Wrapped in two marker tokens and repeated as second segment.
    MarkedPair {
        /// Token before the target.
        open: String,
        /// Token behind it.
        close: String,
        /// Longest target, in tokens.
        max_target: usize,
    },
    /// Not at all: every target gets the sentiment of its sentence.
    Sentence,
}

/// What `newstance.json` says.
#[derive(Debug, Clone, Deserialize)]
struct Description {
    format: u32,
    target: TargetStyle,
    max_length: usize,
    temperature: f32,
}

impl ModelDirectory {
    /// The model compiled into the binary, `models/fast`.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where its files do not fit each other, which the tests rule out.
    pub fn fast() -> Result<Self> {
        macro_rules! file {
            ($name:literal) => {
                Cow::Borrowed(include_bytes!(concat!("../../models/fast/", $name)).as_slice())
            };
        }
        Self::from_files("models/fast", |name| {
            Ok(Some(match name {
                CONFIG => file!("config.json"),
                DESCRIPTION => file!("newstance.json"),
                TOKENIZER => file!("tokenizer.json"),
                _ => file!("model.safetensors"),
            }))
        })
    }

    /// Reads a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where a file is missing or of an architecture that the native engine does
    /// not have, [`Error::Io`] where one cannot be read.
    pub fn read(directory: &Path) -> Result<Self> {
        let name = directory.display().to_string();
        if !directory.is_dir() {
            return Err(Error::model(
                name,
                "no such model directory",
                "give `fast` or a folder with config.json, tokenizer.json and model.safetensors",
            ));
        }
        Self::from_files(&name, |file| {
            let path = directory.join(file);
            if path.exists() {
                let bytes = fs::read(&path).map_err(Error::io(&path))?;
                return Ok(Some(Cow::Owned(bytes)));
            }
            Ok(None)
        })
    }

    fn from_files(
        name: &str,
        open: impl Fn(&str) -> Result<Option<Cow<'static, [u8]>>>,
    ) -> Result<Self> {
        let mut files = BTreeMap::new();
        for file in [CONFIG, DESCRIPTION, TOKENIZER, WEIGHTS] {
            match open(file)? {
                Some(bytes) => {
                    files.insert(file, bytes);
                }
                None if file == DESCRIPTION => {}
                None => {
                    return Err(Error::model(
                        format!("{name}/{file}"),
                        "the file is missing",
                        "copy it from where the model was trained or downloaded",
                    ));
                }
            }
        }
        let config_file = format!("{name}/{CONFIG}");
        let config: Config = parse(&config_file, &files[CONFIG])?;
        check(&config_file, &config)?;
        let description = match files.get(DESCRIPTION) {
            Some(bytes) => parse(&format!("{name}/{DESCRIPTION}"), bytes)?,
            None => Description {
                format: 1,
                target: TargetStyle::Sentence,
                max_length: config.max_position_embeddings,
                temperature: 1.0,
            },
        };
        check_description(&format!("{name}/{DESCRIPTION}"), &description, &config)?;
        Ok(Self {
            name: name.to_owned(),
            config,
            description,
            files,
        })
    }

    /// As the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a target is marked.
    pub fn target_style(&self) -> &TargetStyle {
        &self.description.target
    }

    /// Longest input, in tokens.
    pub fn max_length(&self) -> usize {
        self.description.max_length
    }

    /// What logits are divided by before the softmax.
    pub fn temperature(&self) -> f32 {
        self.description.temperature
    }

    /// SHA-256 of each file, in hexadecimal, by file name.
    pub fn sha256(&self) -> BTreeMap<String, String> {
        self.files
            .iter()
            .map(|(&name, bytes)| (name.to_owned(), format!("{:x}", Sha256::digest(bytes))))
            .collect()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn tokenizer(&self) -> (String, &[u8]) {
        self.file(TOKENIZER)
    }

    pub(super) fn weights(&self) -> (String, &[u8]) {
        self.file(WEIGHTS)
    }

    /// Where a required file is, for messages, and what it holds.
    fn file(&self, name: &str) -> (String, &[u8]) {
        (format!("{}/{name}", self.name), &self.files[name])
    }

    /// For each of our labels, its row in the model's classifier.
    pub(super) fn label_rows(&self) -> Result<[usize; 3]> {
        let mut rows = [0; 3];
        for label in Label::ALL {
            let row = self
                .config
                .id2label
                .iter()
                .find(|(_, name)| name.eq_ignore_ascii_case(label.name()))
                .and_then(|(id, _)| id.parse().ok())
                .filter(|&row: &usize| row < 3)
                .ok_or_else(|| {
                    Error::model(
                        format!("{}/{CONFIG}", self.name),
                        format!("id2label has no usable {:?}", label.name()),
                        "name the three classes negative, neutral and positive in id2label",
                    )
                })?;
            rows[label as usize] = row;
        }
        Ok(rows)
    }
}

fn parse<T: for<'a> Deserialize<'a>>(file: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        Error::model(
            file,
            format!("cannot be understood: {error}"),
            "take the file of a BertForSequenceClassification checkpoint",
        )
    })
}

fn check(file: &str, config: &Config) -> Result<()> {
    let refuse = |problem: String, remedy: &str| Err(Error::model(file, problem, remedy));
    if config.model_type != "bert" {
        return refuse(
            format!(
                "model_type {:?} is not supported by the native engine",
                config.model_type
            ),
            "use a BertForSequenceClassification checkpoint",
        );
    }
    if config.hidden_act != "gelu" || config.position_embedding_type != "absolute" {
        return refuse(
            format!(
                "hidden_act {:?} with position_embedding_type {:?} is not supported",
                config.hidden_act, config.position_embedding_type
            ),
            "use a checkpoint with \"gelu\" and \"absolute\"",
        );
    }
    if config.num_attention_heads == 0
        || !config
            .hidden_size
            .is_multiple_of(config.num_attention_heads)
    {
        return refuse(
            format!(
                "hidden_size {} cannot be shared by {} attention heads",
                config.hidden_size, config.num_attention_heads
            ),
            "check both numbers",
        );
    }
    if config.id2label.len() != 3 {
        return refuse(
            format!("{} labels instead of 3", config.id2label.len()),
            "use a checkpoint with the classes negative, neutral and positive",
        );
    }
    Ok(())
}

fn check_description(file: &str, description: &Description, config: &Config) -> Result<()> {
    let refuse = |problem: String, remedy: &str| Err(Error::model(file, problem, remedy));
    if description.format != 1 {
        return refuse(
            format!("format {} is unknown", description.format),
            "update newstance, or write format 1",
        );
    }
    let longest = config.max_position_embeddings;
    let shortest = match description.target {
        TargetStyle::MarkedPair { max_target, .. } => 2 * max_target + 16,
        TargetStyle::Sentence => 16,
    };
    if !(shortest..=longest).contains(&description.max_length) {
        return refuse(
            format!(
                "max_length {} is outside {shortest} to {longest}",
                description.max_length
            ),
            "choose one that the model's positions allow",
        );
    }
    if !(description.temperature > 0.0 && description.temperature.is_finite()) {
        return refuse(
            format!("temperature {} is not above 0", description.temperature),
            "write 1.0 for an uncalibrated model",
        );
    }
    if matches!(description.target, TargetStyle::MarkedPair { .. }) && config.type_vocab_size < 2 {
        return refuse(
            "a marked pair needs two segments, and type_vocab_size is below 2".to_owned(),
            "use the style \"sentence\"",
        );
    }
    Ok(())
}
