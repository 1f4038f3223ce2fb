//! Model directories in the Hugging Face layout.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::calibration::Calibration;
use super::config::Config;
use super::description::{Balance, CascadeRule, Description, TargetStyle};
use super::labels::LabelMap;
use super::question::Label;
use super::stored::StoredWeights;
use crate::error::{Error, Result};
use crate::regular;

/// Bytes of a model's small files; tokenizers of a hundred languages have some 20 MB.
const MOST_BYTES: u64 = 256 << 20;
pub(super) const CONFIG: &str = "config.json";
pub(super) const DESCRIPTION: &str = "newstance.json";
pub(super) const TOKENIZER: &str = "tokenizer.json";

/// A model: its small files read, its weights where they are.
#[derive(Debug, Clone)]
pub struct ModelDirectory {
    name: String,
    config: Config,
    description: Description,
    labels: LabelMap,
    /// By file name; `newstance.json` may be absent.
    files: BTreeMap<&'static str, Cow<'static, [u8]>>,
    weights: StoredWeights,
}

impl ModelDirectory {
    /// The model compiled into the library, `models/fast`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if its files do not fit each other, which the tests rule out.
    #[cfg(feature = "fast")]
    pub fn fast() -> Result<Self> {
        macro_rules! file {
            ($name:literal) => {
                include_bytes!(concat!("../../models/fast/", $name)).as_slice()
            };
        }
        let files = BTreeMap::from([
            (CONFIG, Cow::Borrowed(file!("config.json"))),
            (DESCRIPTION, Cow::Borrowed(file!("newstance.json"))),
            (TOKENIZER, Cow::Borrowed(file!("tokenizer.json"))),
        ]);
        let weights = StoredWeights::Embedded {
            bytes: file!("model.safetensors"),
            sha256: "965287a67066e71e5b4162627e98039aea4f8e8299f01ff02a099d8590be01c1",
        };
        Self::new("models/fast", files, weights)
    }

    /// Reads a directory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if a file is missing or the files do not fit each other,
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if one cannot be read. What only one backend can find is
    /// reported when it loads.
    pub fn read(directory: &Path) -> Result<Self> {
        Self::read_as(&directory.display().to_string(), directory)
    }

    /// Reads a directory that has another name than its path in messages and manifests.
    pub(super) fn read_as(name: &str, directory: &Path) -> Result<Self> {
        if !directory.is_dir() {
            return Err(Error::model(
                name,
                "no such model directory",
                "give `fast`, a folder with config.json, tokenizer.json and model.safetensors, or \
                 hf:OWNER/NAME",
            ));
        }
        let missing = |file: &str, remedy: &str| {
            Error::model(format!("{name}/{file}"), "the file is missing", remedy)
        };
        let mut files = BTreeMap::new();
        for file in [CONFIG, DESCRIPTION, TOKENIZER] {
            let path = directory.join(file);
            match regular::read(&path, MOST_BYTES) {
                Ok(bytes) => {
                    files.insert(file, Cow::Owned(bytes));
                }
                Err(error) if error.io_kind() != Some(io::ErrorKind::NotFound) => {
                    return Err(error);
                }
                Err(_) if file == DESCRIPTION => {}
                Err(_) if file == TOKENIZER => {
                    return Err(missing(
                        file,
                        "write it with AutoTokenizer.from_pretrained(...).save_pretrained(...)",
                    ));
                }
                Err(_) => {
                    return Err(missing(
                        file,
                        "copy it from where the model was trained or downloaded",
                    ));
                }
            }
        }
        let weights = StoredWeights::find(name, directory)?;
        Self::new(name, files, weights)
    }

    fn new(
        name: &str,
        files: BTreeMap<&'static str, Cow<'static, [u8]>>,
        weights: StoredWeights,
    ) -> Result<Self> {
        let config_file = format!("{name}/{CONFIG}");
        let config = Config::parse(&config_file, &files[CONFIG])?;
        let description = Description::parse(
            &format!("{name}/{DESCRIPTION}"),
            files.get(DESCRIPTION).map(|bytes| &bytes[..]),
            &config,
        )?;
        Ok(Self {
            labels: LabelMap::new(&config_file, &config, &description)?,
            name: name.to_owned(),
            config,
            description,
            files,
            weights,
        })
    }

    /// The same model, asked to answer in another convention of labelling that it was trained on: its
    /// newstance.json has the names under `conventions`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if the model knows no such convention.
    pub fn with_convention(mut self, convention: &str) -> Result<Self> {
        let known: Vec<&str> = self
            .description
            .conventions
            .keys()
            .map(String::as_str)
            .collect();
        let remedy = match &known[..] {
            [] => "leave the convention out: this model knows its own alone".to_owned(),
            known => format!("this model knows {}", known.join(", ")),
        };
        let problem = format!("no convention {convention:?}");
        let file = format!("{}/{DESCRIPTION}", self.name);
        let following = self.description.clone().following(convention);
        self.description = following.ok_or_else(|| Error::model(file, problem, remedy))?;
        Ok(self)
    }

    /// As the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the model is given a target.
    pub fn target_style(&self) -> &TargetStyle {
        &self.description.target
    }

    /// What its classes mean.
    pub fn labels(&self) -> &LabelMap {
        &self.labels
    }

    /// Longest input, in tokens.
    pub fn max_length(&self) -> usize {
        self.description.max_length
    }

    /// How its logits become probabilities.
    pub fn calibration(&self) -> Calibration {
        self.description.calibration
    }

    /// When it is asked instead of another model, if it was made for that.
    pub fn cascade(&self) -> Option<&CascadeRule> {
        self.description.cascade.as_ref()
    }

    /// For each layer, how its inputs and weights are balanced on 8 bits; `None` if newstance.json does not say.
    pub(super) fn balance(&self) -> Option<&[Balance]> {
        self.description.balance.as_deref()
    }

    /// The share of each label in the data that it was calibrated on; empty if newstance.json does not say.
    pub fn prior(&self) -> &BTreeMap<Label, f64> {
        &self.description.prior
    }

    /// Whether it answers for the tone of a sentence, asked without a target: a model of sentences, or one
    /// whose newstance.json says so.
    pub fn tells_tone(&self) -> bool {
        self.description.tone
    }

    /// SHA-256 of each file, in hexadecimal, by file name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the weights can no longer be read.
    pub fn sha256(&self) -> Result<BTreeMap<String, String>> {
        let mut hashes: BTreeMap<String, String> = self
            .files
            .iter()
            .map(|(&name, bytes)| (name.to_owned(), format!("{:x}", Sha256::digest(bytes))))
            .collect();
        hashes.extend(self.weights.sha256()?);
        Ok(hashes)
    }

    /// What config.json says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where config.json is, for messages.
    pub fn config_file(&self) -> String {
        format!("{}/{CONFIG}", self.name)
    }

    /// Where newstance.json is, for messages.
    pub(super) fn description_file(&self) -> String {
        format!("{}/{DESCRIPTION}", self.name)
    }

    /// Where the tokenizer is, for messages, and what it holds.
    pub(super) fn tokenizer(&self) -> (String, &[u8]) {
        (format!("{}/{TOKENIZER}", self.name), &self.files[TOKENIZER])
    }

    /// Where the weights are.
    pub fn weights(&self) -> &StoredWeights {
        &self.weights
    }

    /// What the weights are called in messages.
    pub fn weights_file(&self) -> String {
        format!("{}/{}", self.name, self.weights.files().join(", "))
    }
}
