//! Where a model's weights are: compiled in, in one file or in several.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, in_words};
use crate::regular;

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
    Embedded {
        /// What the file holds.
        bytes: &'static [u8],
        /// Its SHA-256, in hexadecimal.
        sha256: &'static str,
    },
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
    pub bytes: Bytes,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    /// Bytes of all tensors.
    total_size: Option<u64>,
}

/// Bytes of an index, or of a header of safetensors.
const MOST_INDEX_BYTES: u64 = 100 << 20;

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
        let bytes = regular::read(&path, MOST_INDEX_BYTES)?;
        let files = shards(&bytes).map_err(refuse)?;
        if let Some(absent) = files.iter().find(|file| !directory.join(file).exists()) {
            return Err(refuse(format!("names {absent}, which is missing")));
        }
        let paths: Vec<PathBuf> = files.iter().map(|file| directory.join(file)).collect();
        check_shards(&bytes, directory).map_err(refuse)?;
        Ok(Self::Safetensors(paths))
    }

    /// The names of the files, without their folder.
    pub fn files(&self) -> Vec<String> {
        let last = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        match self {
            Self::Embedded { .. } => vec![WEIGHTS.to_owned()],
            Self::Safetensors(paths) => paths.iter().map(last).collect(),
            Self::Torch(path) => vec![last(path)],
        }
    }

    /// All weights in safetensors format; `None` if they are in libtorch's. `name` is what the
    /// directory is called in messages.
    pub fn read(&self, name: &str) -> Result<Option<Vec<Shard>>> {
        let bytes = match self {
            Self::Embedded { bytes, .. } => vec![Bytes::from_static(bytes)],
            Self::Safetensors(paths) => {
                let read = |path: &PathBuf| regular::read(path, u64::MAX - 1).map(Bytes::from);
                paths.par_iter().map(read).collect::<Result<_>>()?
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
        let hashes: Vec<String> = match self {
            Self::Embedded { sha256, .. } => vec![(*sha256).to_owned()],
            Self::Safetensors(paths) => paths
                .par_iter()
                .map(|path| hash(path))
                .collect::<Result<_>>()?,
            Self::Torch(path) => vec![hash(path)?],
        };
        Ok(self.files().into_iter().zip(hashes).collect())
    }
}

/// Checks that each file holds the tensors that the index says are in it, and no others: a file of another version of the model would
/// be taken for one of this.
fn check_shards(index: &[u8], directory: &Path) -> std::result::Result<(), String> {
    let index: Index =
        serde_json::from_slice(index).map_err(|error| format!("cannot be understood: {error}"))?;
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (tensor, file) in &index.weight_map {
        named.entry(file).or_default().insert(tensor);
    }
    let mut total = 0;
    for (file, tensors) in named {
        let found = tensors_of(&directory.join(file))
            .map_err(|why| format!("names {file}, which {why}"))?;
        let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
        if let Some(tensor) = tensors.symmetric_difference(&names).next() {
            let has = if names.contains(tensor) {
                "has"
            } else {
                "has not"
            };
            return Err(format!(
                "is of another version than {file}, which {has} the tensor {tensor}"
            ));
        }
        total += found.values().sum::<u64>();
    }
    match index.metadata.and_then(|it| it.total_size) {
        Some(size) if size != total => Err(format!(
            "says that all tensors have {size} bytes, and they have {total}: a file is of another version"
        )),
        _ => Ok(()),
    }
}

/// The tensors of a safetensors file, with their bytes.
fn tensors_of(path: &Path) -> std::result::Result<BTreeMap<String, u64>, String> {
    let unreadable = |error: io::Error| in_words(&error);
    if !path.is_file() {
        return Err("is no file".to_owned());
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    if length > MOST_INDEX_BYTES {
        return Err("is no safetensors file".to_owned());
    }
    let mut header = Vec::new();
    file.take(length)
        .read_to_end(&mut header)
        .map_err(unreadable)?;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|_| "is no safetensors file".to_owned())?;
    let bytes = |tensor: &serde_json::Value| {
        let ends = tensor.get("data_offsets")?;
        ends.get(1)?.as_u64()?.checked_sub(ends.get(0)?.as_u64()?)
    };
    let tensors = header
        .into_iter()
        .filter(|(name, _)| name != "__metadata__");
    Ok(tensors
        .map(|(name, tensor)| (name, bytes(&tensor).unwrap_or_default()))
        .collect())
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

fn hash(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::io(path))?;
    Ok(format!("{:x}", hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_has_the_hash_that_is_said() {
        let fast = crate::model::ModelDirectory::fast().unwrap();
        let StoredWeights::Embedded { bytes, sha256 } = fast.weights() else {
            panic!("fast is compiled in");
        };
        assert_eq!(format!("{:x}", Sha256::digest(bytes)), *sha256);
    }

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
