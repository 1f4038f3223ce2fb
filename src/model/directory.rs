//! Model directories in the Hugging Face layout.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::config::Config;
use super::description::{Description, TargetStyle};
use super::labels::LabelMap;
use crate::error::{Error, Result};

pub(super) const CONFIG: &str = "config.json";
pub(super) const DESCRIPTION: &str = "newstance.json";
pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const WEIGHTS: &str = "model.safetensors";
/// Weights in libtorch's own format, as rust-bert's converter writes them.
pub(super) const TORCH_WEIGHTS: &str = "rust_model.ot";

/// A model: its small files read, its weights where they are.
#[derive(Debug, Clone)]
pub struct ModelDirectory {
    name: String,
    config: Config,
    description: Description,
    labels: LabelMap,
    /// By file name; `newstance.json` may be absent.
    files: BTreeMap<&'static str, Cow<'static, [u8]>>,
    weights: Weights,
}

/// Where weights are. Those on disk can be gigabytes, so they are read when a backend loads them.
#[derive(Debug, Clone)]
pub(super) enum Weights {
    /// Compiled in, in safetensors format.
    Embedded(&'static [u8]),
    /// `model.safetensors`.
    Safetensors(PathBuf),
    /// `rust_model.ot`.
    Torch(PathBuf),
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
                include_bytes!(concat!("../../models/fast/", $name)).as_slice()
            };
        }
        let files = BTreeMap::from([
            (CONFIG, Cow::Borrowed(file!("config.json"))),
            (DESCRIPTION, Cow::Borrowed(file!("newstance.json"))),
            (TOKENIZER, Cow::Borrowed(file!("tokenizer.json"))),
        ]);
        let weights = Weights::Embedded(file!("model.safetensors"));
        Self::new("models/fast", files, weights)
    }

    /// Reads a directory.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] where a file is missing or the files do not fit each other, [`Error::Io`]
    /// where one cannot be read. What only one of the backends can tell is told when it loads.
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
            match fs::read(&path) {
                Ok(bytes) => {
                    files.insert(file, Cow::Owned(bytes));
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io(&path)(error));
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
        let weights = match [WEIGHTS, TORCH_WEIGHTS].map(|file| directory.join(file)) {
            [safetensors, _] if safetensors.exists() => Weights::Safetensors(safetensors),
            [_, torch] if torch.exists() => Weights::Torch(torch),
            _ if directory.join("pytorch_model.bin").exists() => {
                return Err(missing(
                    WEIGHTS,
                    "pytorch_model.bin is not read, since pickles can run code: load the model in \
                     Python and save it with save_pretrained(..., safe_serialization=True)",
                ));
            }
            _ if directory.join("model.safetensors.index.json").exists() => {
                return Err(missing(
                    WEIGHTS,
                    "weights in several files are not read: save the model with \
                     save_pretrained(..., max_shard_size=\"100GB\")",
                ));
            }
            _ => {
                return Err(missing(
                    WEIGHTS,
                    "copy it from where the model was trained or downloaded",
                ));
            }
        };
        Self::new(name, files, weights)
    }

    fn new(
        name: &str,
        files: BTreeMap<&'static str, Cow<'static, [u8]>>,
        weights: Weights,
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

    /// As the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a target is told to the model.
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

    /// What logits are divided by before the softmax.
    pub fn temperature(&self) -> f32 {
        self.description.temperature
    }

    /// SHA-256 of each file, in hexadecimal, by file name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the weights can no longer be read.
    pub fn sha256(&self) -> Result<BTreeMap<String, String>> {
        let mut hashes: BTreeMap<String, String> = self
            .files
            .iter()
            .map(|(&name, bytes)| (name.to_owned(), format!("{:x}", Sha256::digest(bytes))))
            .collect();
        let (name, hash) = match &self.weights {
            Weights::Embedded(bytes) => (WEIGHTS, Sha256::digest(bytes)),
            Weights::Safetensors(path) => (WEIGHTS, hash(path)?),
            Weights::Torch(path) => (TORCH_WEIGHTS, hash(path)?),
        };
        hashes.insert(name.to_owned(), format!("{hash:x}"));
        Ok(hashes)
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Where config.json is, for messages.
    pub(super) fn config_file(&self) -> String {
        format!("{}/{CONFIG}", self.name)
    }

    /// Where the tokenizer is, for messages, and what it holds.
    pub(super) fn tokenizer(&self) -> (String, &[u8]) {
        (format!("{}/{TOKENIZER}", self.name), &self.files[TOKENIZER])
    }

    /// Where the weights are.
    #[cfg(feature = "torch")]
    pub(super) fn weights(&self) -> &Weights {
        &self.weights
    }

    /// What the weights are called in messages.
    pub(super) fn weights_file(&self) -> String {
        let file = match self.weights {
            Weights::Torch(_) => TORCH_WEIGHTS,
            _ => WEIGHTS,
        };
        format!("{}/{file}", self.name)
    }

    /// The bytes of weights in safetensors format; `None` where they are in libtorch's.
    pub(super) fn safetensors(&self) -> Result<Option<Cow<'static, [u8]>>> {
        match &self.weights {
            Weights::Embedded(bytes) => Ok(Some(Cow::Borrowed(bytes))),
            Weights::Safetensors(path) => {
                let bytes = fs::read(path).map_err(Error::io(path))?;
                Ok(Some(Cow::Owned(bytes)))
            }
            Weights::Torch(_) => Ok(None),
        }
    }
}

fn hash(path: &Path) -> Result<sha2::digest::Output<Sha256>> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::io(path))?;
    Ok(hasher.finalize())
}
