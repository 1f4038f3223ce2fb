//! The torch backend against transformers, by numbers that `training/checkpoints.py` wrote, and
//! against the native engine.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use newstance::eval::read_gold;
use newstance::model::{Device, ModelDirectory, NativeOptions, Precision, Question, Scorer};
use newstance_testing::shared;
use newstance_testing::{Case, Checkpoint};
use newstance_torch::scorer as torch;
use tch::Tensor;

const TOLERANCE: f32 = 1e-4;
const NAMES: [&str; 10] = [
    "albert",
    "bert",
    "bert-large-epsilon",
    "deberta",
    "deberta-v2",
    "deberta-v3",
    "distilbert",
    "electra",
    "roberta",
    "xlm-roberta",
];

fn question(case: &Case) -> Question<'_> {
    Question::Stance {
        sentence: &case.sentence,
        target: case.target(),
    }
}

/// The largest difference from what transformers gave, all cases in one batch, so that all but the
/// longest are padded.
fn difference(folder: &Path, cases: &[Case]) -> f32 {
    let directory = ModelDirectory::read(folder).unwrap();
    let scorer = torch(&directory, Device::Cpu, Some(Precision::F32)).unwrap();
    let targets: Vec<Question> = cases.iter().map(question).collect();
    let logits = scorer.logits(&targets).unwrap();
    let differences = cases.iter().zip(logits).flat_map(|(case, logits)| {
        // The checkpoints have their classes the other way round.
        let expected = case.logits.iter().rev();
        expected
            .zip(logits)
            .map(|(a, b)| (a - b).abs())
            .collect::<Vec<_>>()
    });
    differences.fold(0.0, f32::max)
}

#[test]
fn every_architecture_has_the_logits_of_transformers() {
    let mut wrong = Vec::new();
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::named(name);
        checkpoint.write(folder.path());
        let sentence = difference(folder.path(), &checkpoint.sentence);
        let description = r#"{"format": 1, "target": {"style": "pair"}}"#;
        fs::write(folder.path().join("newstance.json"), description).unwrap();
        let pair = difference(folder.path(), &checkpoint.pair);
        println!("{name}: sentence {sentence:e}, pair {pair:e}");
        if sentence.max(pair) > TOLERANCE {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The shipped model, whose target is marked and repeated, in both backends.
fn both(targets: &[Question]) -> f32 {
    let directory = ModelDirectory::fast().unwrap();
    let options = NativeOptions {
        precision: Some(Precision::F32),
        kernel: None,
    };
    let native = Scorer::native_with(&directory, options).unwrap();
    let native = native.answer(targets).unwrap();
    let torch = newstance_torch::scorer(&directory, Device::Cpu, None)
        .unwrap()
        .answer(targets)
        .unwrap();
    let differences = native.iter().zip(&torch).flat_map(|(a, b)| {
        let pairs = a.probabilities.into_iter().zip(b.probabilities);
        pairs.map(|(a, b)| (a - b).abs()).collect::<Vec<_>>()
    });
    differences.fold(0.0, f32::max)
}

#[test]
fn the_shipped_model_has_the_same_probabilities_in_both_backends() {
    let sentence = format!(
        "Critics accused Putin{} of war crimes.",
        " again".repeat(300)
    );
    let targets = [
        Question::Stance {
            sentence: "Voters adore Trump.",
            target: 13..18,
        },
        Question::Stance {
            sentence: &sentence,
            target: 16..21,
        },
    ];
    assert!(both(&targets) < TOLERANCE);

    let Some(folder) = shared("newsmtsc") else {
        return;
    };
    let gold = read_gold(&folder.join("rw-dev.jsonl")).unwrap();
    let targets: Vec<Question> = gold.iter().map(|gold| gold.question()).collect();
    let largest = both(&targets);
    println!("largest difference of a probability on rw-dev: {largest:e}");
    assert!(largest < TOLERANCE, "{largest}");
}

#[test]
fn weights_in_libtorch_format_are_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = Checkpoint::named("roberta");
    checkpoint.write(folder.path());
    let safetensors = folder.path().join("model.safetensors");
    let tensors = Tensor::read_safetensors(&safetensors).unwrap();
    let file = folder.path().join("rust_model.ot");
    Tensor::save_multi(&tensors, &file).unwrap();
    fs::remove_file(&safetensors).unwrap();
    assert!(difference(folder.path(), &checkpoint.sentence) < TOLERANCE);

    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let directory = ModelDirectory::read(folder.path()).unwrap();
    let error = torch(&directory, Device::Cpu, Some(Precision::F32))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("rust_model.ot: not a libtorch file"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1);
    let error = Scorer::native(&directory).err().unwrap().to_string();
    assert!(error.contains("or the torch backend"), "{error}");
}

/// A hypothesis that is nothing but the target makes the input that a pair makes.
#[test]
fn inference_models_are_asked_by_hypothesis() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint =
        Checkpoint::named("deberta-v3").with_classes(&["contradiction", "neutral", "entailment"]);
    checkpoint.write(folder.path());
    let scorer = |hypotheses: &str| {
        let description = format!(
            r#"{{"format": 1, "target": {{"style": "entailment", "hypotheses": {hypotheses}}}}}"#
        );
        fs::write(folder.path().join("newstance.json"), description).unwrap();
        torch(
            &ModelDirectory::read(folder.path()).unwrap(),
            Device::Cpu,
            None,
        )
        .unwrap()
    };
    let targets: Vec<Question> = checkpoint.pair.iter().map(question).collect();
    let one = scorer(r#"{"positive": "{actor}"}"#)
        .logits(&targets)
        .unwrap();
    let three = scorer(r#"{"positive": "{actor}", "neutral": "{actor} .", "negative": "{actor}"}"#)
        .logits(&targets)
        .unwrap();
    for ((case, one), three) in checkpoint.pair.iter().zip(one).zip(three) {
        for (expected, found) in case.logits.iter().zip(one) {
            assert!((expected - found).abs() < TOLERANCE);
        }
        assert!((three[0] - case.logits[2]).abs() < TOLERANCE);
        assert!((three[2] - case.logits[2]).abs() < TOLERANCE);
        assert!((three[1] - case.logits[2]).abs() > TOLERANCE);
    }
}

#[test]
fn reports_do_not_depend_on_threads() {
    let reports = ["1", "2", "5"].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let arguments = [
            "score",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples"),
            "--backend",
            "torch",
            "--threads",
            threads,
            "-o",
            out,
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_newstance-torch"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("manifest.json").contains("\"backend\": \"torch cpu f32\""));
        [
            read("mentions.csv"),
            read("articles.csv"),
            read("actors.csv"),
        ]
    });
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
}

#[test]
fn devices_that_are_not_there_are_refused() {
    let directory = ModelDirectory::fast().unwrap();
    let error = |device, precision| {
        let loaded = torch(&directory, device, Some(precision));
        loaded.err().unwrap().to_string()
    };
    assert!(error(Device::Cpu, Precision::F16).contains("f16 is for GPUs"));
    let error = error(Device::Cuda(99), Precision::F16);
    assert!(error.starts_with("cuda:99: "), "{error}");
}
