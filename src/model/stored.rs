//! Where a model's weights are: compiled in, in one file or in several.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

pub(super) const WEIGHTS: &str = "model.safetensors";
/// Which of several files a tensor is in, as Hugging Face's `save_pretrained` writes it.
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Weights in libtorch's own format, as rust-bert's converter writes them.
pub(super) const TORCH_WEIGHTS: &str = "rust_model.ot";

/// Where weights are. Those on disk can be gigabytes, so they are read when a backend loads them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StoredWeights {
    /// Compiled in, in safetensors format.
    Embedded(&'static [u8]),
    /// One or more files in safetensors format.
    Safetensors(Vec<PathBuf>),
    /// `rust_model.ot`.
    Torch(PathBuf),
}

/// The bytes of a safetensors file, and its name for messages.
pub struct Shard {
    /// Its name for messages.
    pub file: String,
    /// What it holds.
    pub bytes: Cow<'static, [u8]>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl StoredWeights {
    /// Looks for weights in a directory; `name` is what it is called in messages.
    pub(super) fn find(name: &str, directory: &Path) -> Result<Self> {
        let missing =
            |remedy: &str| Error::model(format!("{name}/{WEIGHTS}"), "the file is missing", remedy);
        let path = |file: &str| directory.join(file);
        if path(WEIGHTS).exists() {
            return Ok(Self::Safetensors(vec![path(WEIGHTS)]));
        }
        if path(INDEX).exists() {
            return Self::of_index(name, directory);
        }
        if path(TORCH_WEIGHTS).exists() {
            return Ok(Self::Torch(path(TORCH_WEIGHTS)));
        }
        Err(missing(match path("pytorch_model.bin").exists() {
            true => {
                "pytorch_model.bin is not read, since pickles can run code: load the model in \
                 Python and save it with save_pretrained(..., safe_serialization=True)"
            }
            false => "copy it from where the model was trained or downloaded",
        }))
    }

    fn of_index(name: &str, directory: &Path) -> Result<Self> {
        let path = directory.join(INDEX);
        let refuse = |problem: String| {
            Error::model(
                format!("{name}/{INDEX}"),
                problem,
                "copy the whole model again",
            )
        };
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        let files = shards(&bytes).map_err(refuse)?;
        if let Some(absent) = files.iter().find(|file| !directory.join(file).exists()) {
            return Err(refuse(format!("names {absent}, which is missing")));
        }
        let paths = files.iter().map(|file| directory.join(file)).collect();
        Ok(Self::Safetensors(paths))
    }

    /// The names of the files, without their folder.
    pub fn files(&self) -> Vec<String> {
        let last = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        match self {
            Self::Embedded(_) => vec![WEIGHTS.to_owned()],
            Self::Safetensors(paths) => paths.iter().map(last).collect(),
            Self::Torch(path) => vec![last(path)],
        }
    }

    /// All weights in safetensors format; `None` if they are in libtorch's. `name` is what the
    /// directory is called in messages.
    pub fn read(&self, name: &str) -> Result<Option<Vec<Shard>>> {
        let bytes = match self {
            Self::Embedded(bytes) => vec![Cow::Borrowed(*bytes)],
            Self::Safetensors(paths) => {
                let read = |path: &PathBuf| fs::read(path).map(Cow::Owned).map_err(Error::io(path));
                paths.iter().map(read).collect::<Result<_>>()?
            }
            Self::Torch(_) => return Ok(None),
        };
        let shards = self.files().into_iter().zip(bytes);
        let shards = shards.map(|(file, bytes)| Shard {
            file: format!("{name}/{file}"),
            bytes,
        });
        Ok(Some(shards.collect()))
    }

    /// SHA-256 of each file, in hexadecimal, by file name.
    pub fn sha256(&self) -> Result<BTreeMap<String, String>> {
        let hashes: Vec<_> = match self {
            Self::Embedded(bytes) => vec![Sha256::digest(bytes)],
            Self::Safetensors(paths) => {
                paths.iter().map(|path| hash(path)).collect::<Result<_>>()?
            }
            Self::Torch(path) => vec![hash(path)?],
        };
        let hashes = hashes.into_iter().map(|hash| format!("{hash:x}"));
        Ok(self.files().into_iter().zip(hashes).collect())
    }
}

/// The files that an index names, each once.
pub(super) fn shards(index: &[u8]) -> std::result::Result<BTreeSet<String>, String> {
    let index: Index =
        serde_json::from_slice(index).map_err(|error| format!("cannot be understood: {error}"))?;
    let files: BTreeSet<String> = index.weight_map.into_values().collect();
    // An index from elsewhere must not make us read anything but what lies beside it.
    let is_plain = |file: &String| Path::new(file).file_name() == Some(file.as_ref());
    match files.iter().find(|file| !is_plain(file)) {
        Some(file) => Err(format!(
            "names {file:?}, which is no file of its own folder"
        )),
        None if files.is_empty() => Err("names no file".to_owned()),
        None => Ok(files),
    }
}

fn hash(path: &Path) -> Result<sha2::digest::Output<Sha256>> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::io(path))?;
    Ok(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_files_of_its_own_folder() {
        let index = |file: &str| {
            let json = serde_json::json!({"metadata": {}, "weight_map": {"a": file, "b": "x.safetensors"}});
            shards(json.to_string().as_bytes())
        };
        let files: Vec<String> = index("y.safetensors").unwrap().into_iter().collect();
        assert_eq!(files, ["x.safetensors", "y.safetensors"]);
        for file in ["../y", "/etc/passwd", "a/b", "..", ""] {
            assert!(index(file).is_err(), "{file}");
        }
        assert!(shards(br#"{"weight_map": {}}"#).is_err());
    }
}
