//! The native engine's architectures and storage formats, on tiny checkpoints whose logits
//! `training/checkpoints.py` has from transformers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use newstance::model::{ModelDirectory, NativeOptions, Precision, Question, Scorer};
use newstance_testing::{Case, Checkpoint};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};

use crate::common::question;

const PAIR: &str = r#"{"format": 1, "target": {"style": "pair"}}"#;

fn logits(folder: &Path, precision: Precision, cases: &[Case]) -> Vec<[f32; 3]> {
    let options = NativeOptions {
        precision: Some(precision),
        kernel: None,
    };
    let directory = ModelDirectory::read(folder).unwrap();
    let targets: Vec<Question> = cases.iter().map(question).collect();
    let scorer = Scorer::native_with(&directory, options).unwrap();
    scorer.logits(&targets).unwrap()
}

/// What transformers gave; the checkpoints have their classes the other way round.
fn expected(cases: &[Case]) -> Vec<[f32; 3]> {
    let turned = |case: &Case| std::array::from_fn(|label| case.logits[2 - label]);
    cases.iter().map(turned).collect()
}

fn difference(a: &[[f32; 3]], b: &[[f32; 3]]) -> f32 {
    let pairs = a.as_flattened().iter().zip(b.as_flattened());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn every_architecture_has_the_logits_of_transformers() {
    for name in ["bert", "bert-large-epsilon", "mpnet"] {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::named(name);
        checkpoint.write(folder.path());
        let found = logits(folder.path(), Precision::F32, &checkpoint.sentence);
        let sentence = difference(&found, &expected(&checkpoint.sentence));
        fs::write(folder.path().join("newstance.json"), PAIR).unwrap();
        let found = logits(folder.path(), Precision::F32, &checkpoint.pair);
        let pair = difference(&found, &expected(&checkpoint.pair));
        // Word embeddings are kept in f16.
        assert!(sentence.max(pair) < 5e-4, "{name}: {sentence:e}, {pair:e}");
    }
}

#[test]
fn mpnet_runs_on_8_bits() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::named("mpnet");
    checkpoint.write(folder.path());
    let found = logits(folder.path(), Precision::Int8, &checkpoint.sentence);
    let expected = expected(&checkpoint.sentence);
    // Without the biases of attention, or with those of another distance, it is far more.
    let difference = difference(&found, &expected);
    assert!(difference < 0.05, "{difference}: {found:?}, {expected:?}");
}

/// A tensor's type, shape and bytes.
type Stored = (Dtype, Vec<usize>, Vec<u8>);

fn floats(shape: &[usize], values: &[f32]) -> Stored {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    (Dtype::F32, shape.to_vec(), bytes.collect())
}

/// The checkpoint with the layers' weights in 8 bits, and some of them with factors.
fn quantized(checkpoint: &Checkpoint) -> BTreeMap<String, Stored> {
    let mut tensors = BTreeMap::new();
    for (name, values) in checkpoint.weights() {
        let shape = checkpoint.shape(&name).to_vec();
        let is_linear = name.contains(".layer.") && shape.len() == 2;
        if !is_linear {
            tensors.insert(name, floats(&shape, &values));
            continue;
        }
        let width = shape[1];
        let has_factors = name.contains("attention.attn.q")
            || name.contains("attention.attn.k")
            || name.contains("attention.attn.v")
            || name.contains("intermediate");
        let factor = |input: usize| match has_factors {
            true => [0.5, 1.0, 2.0][input % 3],
            false => 1.0,
        };
        let (mut bytes, mut scales) = (Vec::new(), Vec::new());
        for row in values.chunks(width) {
            let row = row.iter().enumerate();
            let row: Vec<f32> = row.map(|(input, weight)| weight / factor(input)).collect();
            let scale = row.iter().fold(0f32, |most, weight| most.max(weight.abs())) / 127.0;
            let steps = row.iter().map(|weight| (weight / scale).round() as i8);
            bytes.extend(steps.map(i8::cast_unsigned));
            scales.push(scale);
        }
        if has_factors {
            let factors: Vec<f32> = (0..width).map(factor).collect();
            tensors.insert(format!("{name}_factor"), floats(&[width], &factors));
        }
        tensors.insert(format!("{name}_scale"), floats(&[scales.len()], &scales));
        tensors.insert(name, (Dtype::I8, shape, bytes));
    }
    tensors
}

/// Writes tensors into two files and their index.
fn write_shards(tensors: &BTreeMap<String, Stored>, folder: &Path) {
    let file = |at: usize| format!("model-0000{}-of-00002.safetensors", 1 + at % 2);
    let numbered = || tensors.iter().enumerate();
    let index: BTreeMap<_, _> = numbered().map(|(at, (name, _))| (name, file(at))).collect();
    for shard in 0..2 {
        let views = numbered().filter(|(at, _)| at % 2 == shard);
        let views = views.map(|(_, (name, (dtype, shape, bytes)))| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        serialize_to_file(views, None, &folder.join(file(shard))).unwrap();
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": index});
    fs::write(
        folder.join("model.safetensors.index.json"),
        index.to_string(),
    )
    .unwrap();
}

#[test]
fn weights_stored_in_8_bits_and_several_files_are_those_of_the_floats() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::named("mpnet");
    checkpoint.write_files(folder.path());
    write_shards(&quantized(&checkpoint), folder.path());
    let expected = expected(&checkpoint.sentence);
    for precision in [Precision::F32, Precision::Int8] {
        let found = logits(folder.path(), precision, &checkpoint.sentence);
        let difference = difference(&found, &expected);
        assert!(difference < 0.1, "{precision:?}: {difference}");
    }
}

#[test]
fn a_model_with_a_broken_part_is_refused_by_the_parts_name() {
    let checkpoint = Checkpoint::named("mpnet");
    let whole = quantized(&checkpoint);
    let refused = |break_it: &dyn Fn(&Path, &mut BTreeMap<String, Stored>)| {
        let folder = tempfile::tempdir().unwrap();
        checkpoint.write_files(folder.path());
        let mut tensors = whole.clone();
        break_it(folder.path(), &mut tensors);
        if !tensors.is_empty() {
            write_shards(&tensors, folder.path());
        }
        let options = NativeOptions::default();
        let read = ModelDirectory::read(folder.path());
        let scorer = read.and_then(|directory| Scorer::native_with(&directory, options));
        scorer.err().unwrap().to_string()
    };
    let query = "mpnet.encoder.layer.0.attention.attn.q.weight";
    let message = refused(&|_, tensors| drop(tensors.remove(&format!("{query}_scale"))));
    assert!(
        message.contains(&format!("{query}_scale is missing")),
        "{message}"
    );
    let message = refused(&|_, tensors| drop(tensors.remove(&format!("{query}_factor"))));
    assert!(
        message.contains("differs from that of another layer"),
        "{message}"
    );
    let message = refused(&|_, tensors| tensors.get_mut(query).unwrap().2[5] = 128);
    assert!(
        message.contains("does not hold values from -127"),
        "{message}"
    );
    let message = refused(&|folder, tensors| {
        tensors.clear();
        let index = r#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#;
        fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
    });
    assert!(
        message.contains("names model-00001-of-00001.safetensors, which is missing"),
        "{message}"
    );
}
