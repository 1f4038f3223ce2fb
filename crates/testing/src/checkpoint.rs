//! Tiny checkpoints made from names and shapes, as `training/checkpoints.py` made them for
//! transformers: a weight is a hash of its tensor's name and its place, scaled.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde::Deserialize;
use serde_json::Value;

/// A checkpoint with the logits that transformers gave for it.
#[derive(Deserialize)]
pub struct Checkpoint {
    /// Its config.json.
    pub config: Value,
    /// Its tokenizer.json.
    pub tokenizer: Value,
    tensors: BTreeMap<String, Vec<usize>>,
    /// Of sentences alone.
    pub sentence: Vec<Case>,
    /// Of sentences with their targets as second text.
    pub pair: Vec<Case>,
}

/// An input and its logits, in the order of the checkpoint's classes.
#[derive(Deserialize)]
pub struct Case {
    /// The sentence.
    pub sentence: String,
    start: usize,
    end: usize,
    /// What transformers gave.
    pub logits: Vec<f32>,
}

impl Case {
    /// The byte range of the target.
    pub fn target(&self) -> Range<usize> {
        bytes_of(&self.sentence, self.start..self.end)
    }
}

/// The byte range of these code points of a sentence.
pub fn bytes_of(sentence: &str, chars: Range<usize>) -> Range<usize> {
    let byte = |char| {
        let mut bytes = sentence.char_indices().map(|(byte, _)| byte);
        bytes.nth(char).unwrap_or(sentence.len())
    };
    byte(chars.start)..byte(chars.end)
}

impl Checkpoint {
    /// The checkpoint of this name in tests/fixtures/checkpoints.
    pub fn named(name: &str) -> Self {
        let path = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/checkpoints"
        ))
        .join(format!("{name}.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// The same checkpoint with other classes, and as many.
    pub fn with_classes(mut self, classes: &[&str]) -> Self {
        let numbered = classes.iter().enumerate();
        self.config["id2label"] = numbered.map(|(id, name)| (id.to_string(), *name)).collect();
        for (name, shape) in &mut self.tensors {
            if name.starts_with("classifier.") {
                shape[0] = classes.len();
            }
        }
        self
    }

    /// Writes a model directory, without newstance.json.
    pub fn write(&self, folder: &Path) {
        self.write_files(folder);
        let file = folder.join("model.safetensors");
        let bytes = |(name, values): (String, Vec<f32>)| {
            let bytes: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
            (name, bytes)
        };
        let bytes: BTreeMap<String, Vec<u8>> = self.weights().into_iter().map(bytes).collect();
        let views = bytes.iter().map(|(name, bytes)| {
            let shape = self.shape(name).to_vec();
            (name, TensorView::new(Dtype::F32, shape, bytes).unwrap())
        });
        serialize_to_file(views, None, &file).unwrap();
    }

    /// The weights, by name.
    pub fn weights(&self) -> BTreeMap<String, Vec<f32>> {
        let values = |(name, shape): (&String, &Vec<usize>)| {
            let values = (0..shape.iter().product()).map(|index| weight(name, index));
            (name.clone(), values.collect())
        };
        self.tensors.iter().map(values).collect()
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> &[usize] {
        &self.tensors[name]
    }

    /// Writes all but the weights.
    pub fn write_files(&self, folder: &Path) {
        fs::write(folder.join("config.json"), self.config.to_string()).unwrap();
        fs::write(folder.join("tokenizer.json"), self.tokenizer.to_string()).unwrap();
    }
}

fn weight(name: &str, index: usize) -> f32 {
    let drawn = uniform(name, index);
    if name.contains("LayerNorm") || name.contains("layer_norm") {
        return f32::from(name.ends_with("weight")) + 0.125 * drawn;
    }
    (if name.contains("embeddings") {
        0.0625
    } else {
        0.25
    }) * drawn
}

/// In [-1, 1), by SplitMix64 (Steele et al., OOPSLA 2014) over an FNV-1a hash of the name.
fn uniform(name: &str, index: usize) -> f32 {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let mut state = seed.wrapping_add((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^= state >> 31;
    (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}
