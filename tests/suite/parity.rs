//! The native engine against the Python reference, by numbers that `training/fixtures.py` wrote.

use std::fs;
use std::path::Path;

use newstance::eval::{Evaluation, GoldTarget, read_gold, read_pairs};
use newstance::model::{
    Answer, EncodedInput, InputBuilder, Label, ModelDirectory, NativeOptions, Precision, Question,
    Scorer,
};
use newstance_testing::{bytes_of, shared};
use serde::Deserialize;

const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Own {
    sentence: String,
    start: usize,
    end: usize,
    ids: Vec<u32>,
    segments: Vec<u8>,
    logits: [f32; 3],
}

#[derive(Deserialize)]
struct Gold {
    file: String,
    index: usize,
    tokens: usize,
    logits: [f32; 3],
}

fn rows<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    let path = Path::new("tests/fixtures").join(name);
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The shipped models.
fn shipped() -> [(&'static str, ModelDirectory); 2] {
    let accurate = ModelDirectory::read(Path::new("models/accurate")).unwrap();
    [
        ("fast", ModelDirectory::fast().unwrap()),
        ("accurate", accurate),
    ]
}

fn native(directory: &ModelDirectory, precision: Precision) -> Scorer {
    let options = NativeOptions {
        precision: Some(precision),
        kernel: None,
    };
    Scorer::native_with(directory, options).unwrap()
}

/// The model as it answers NewsMTSC's questions; one that knows no conventions learned that one alone.
fn in_newsmtscs_convention(directory: &ModelDirectory) -> ModelDirectory {
    let following = directory.clone().with_convention("newsmtsc");
    following.unwrap_or_else(|_| directory.clone())
}

fn difference(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.into_iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

impl Own {
    fn question(&self) -> Question<'_> {
        let sentence = &self.sentence;
        match self.start == self.end {
            true => Question::Tone { sentence },
            false => Question::Stance {
                sentence,
                target: bytes_of(sentence, self.start..self.end),
            },
        }
    }
}

#[test]
fn own_sentences_have_the_same_tokens_and_logits() {
    for (model, directory) in shipped() {
        let inputs = InputBuilder::new(&directory).unwrap();
        let own: Vec<Own> = rows(&format!("{model}-own.jsonl"));
        for row in &own {
            let expected = EncodedInput {
                ids: row.ids.clone(),
                segments: row.segments.clone(),
            };
            assert_eq!(
                inputs.build(&row.question()),
                [expected],
                "{}",
                row.sentence
            );
        }
        // All in one call, so that sequences of many lengths share batches.
        let scorer = native(&directory, Precision::F32);
        let targets: Vec<Question> = own.iter().map(Own::question).collect();
        for (row, logits) in own.iter().zip(scorer.logits(&targets).unwrap()) {
            let difference = difference(row.logits, logits);
            assert!(
                difference < TOLERANCE,
                "{model}, {}: {difference}",
                row.sentence
            );
        }
    }
}

#[test]
fn two_hundred_news_sentences_have_the_same_logits() {
    let Some(folder) = shared("newsmtsc") else {
        return;
    };
    for (model, directory) in shipped() {
        let scorer = native(&directory, Precision::F32);
        let inputs = InputBuilder::new(&directory).unwrap();
        let fixtures: Vec<Gold> = rows(&format!("{model}-newsmtsc.jsonl"));
        assert!(fixtures.len() >= 200);
        let mut largest: f32 = 0.0;
        for file in ["rw-dev.jsonl", "mt-dev.jsonl"] {
            let gold = read_gold(&folder.join(file)).unwrap();
            let of_file: Vec<&Gold> = fixtures.iter().filter(|row| row.file == file).collect();
            let targets: Vec<Question> = of_file
                .iter()
                .map(|row| gold[row.index].question())
                .collect();
            let logits = scorer.logits(&targets).unwrap();
            for ((row, target), logits) in of_file.iter().zip(&targets).zip(logits) {
                let tokens = inputs.build(target)[0].ids.len();
                assert_eq!(tokens, row.tokens, "{model} {file} {}", row.index);
                largest = largest.max(difference(row.logits, logits));
            }
        }
        println!("{model}: largest difference of a logit: {largest:e}");
        assert!(largest < TOLERANCE, "{model}: {largest}");
    }
}

/// The dev figures that a model's newstance.json states are those of this engine; weights shipped in 8
/// bits differ from those that they were made of by some targets.
#[test]
fn dev_figures_are_those_of_the_model_card() {
    let Some(folder) = shared("newsmtsc") else {
        return;
    };
    for (model, directory) in shipped() {
        let card = fs::read(format!("models/{model}/newstance.json")).unwrap();
        let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
        let (precision, tolerance) = match model {
            "fast" => (Precision::F32, 2e-3),
            _ => (Precision::Int8, 1.5e-2),
        };
        let scorer = native(&in_newsmtscs_convention(&directory), precision);
        for name in ["rw-dev", "mt-dev"] {
            let gold = read_gold(&folder.join(format!("{name}.jsonl"))).unwrap();
            let targets: Vec<Question> = gold.iter().map(|gold| gold.question()).collect();
            let scores = scorer.answer(&targets).unwrap();
            let pairs: Vec<_> = gold.iter().map(|gold| gold.label).zip(scores).collect();
            let evaluation = Evaluation::new(&pairs);
            for (figure, value) in [
                ("macro_f1", evaluation.macro_f1),
                ("accuracy", evaluation.accuracy),
                ("ece", evaluation.ece),
            ] {
                let stated = card["dev"][name][figure].as_f64().unwrap();
                assert!(
                    (value - stated).abs() < tolerance,
                    "{model} {name} {figure}: {value}, stated {stated}"
                );
            }
        }
    }
}

/// 8 bits cost next to nothing: at most 0.3 points of F1 on all sets together, and nearly all labels are the same.
#[test]
fn int8_is_as_good_as_f32() {
    let Some(folder) = shared("newsmtsc") else {
        return;
    };
    for (model, directory) in shipped() {
        int8_of(model, &directory, &folder);
    }
}

/// Mentions of Wikinews that models are chosen by or reported on, and challenge pairs: labelled in our convention. Of
/// them every `step`th.
fn ours(step: usize) -> Vec<GoldTarget> {
    #[derive(Deserialize)]
    struct Row {
        from: usize,
        to: usize,
        label: Label,
        split: String,
        sentence: String,
    }
    let mut rows = csv::Reader::from_path("training/labels/wikinews.csv").unwrap();
    let rows = rows.deserialize().map(|row| row.unwrap());
    let mentions = rows
        .filter(|row: &Row| row.split != "train")
        .map(|row| GoldTarget {
            bytes: bytes_of(&row.sentence, row.from..row.to),
            sentence: row.sentence,
            label: row.label,
        });
    let pairs = read_pairs(Path::new("tests/challenge/build.csv")).unwrap();
    let of_pairs = pairs.into_iter().flat_map(|pair| pair.targets);
    mentions.chain(of_pairs).step_by(step).collect()
}

fn int8_of(model: &str, directory: &ModelDirectory, folder: &Path) {
    let newsmtsc = in_newsmtscs_convention(directory);
    // `accurate` would take minutes for all of them.
    let step = if model == "accurate" { 3 } else { 1 };
    let mut sets = vec![(directory, ours(step))];
    for name in ["rw-dev", "mt-dev"] {
        let gold = read_gold(&folder.join(format!("{name}.jsonl"))).unwrap();
        sets.push((&newsmtsc, gold));
    }
    let (mut targets, mut same, mut largest) = (0, 0, 0f32);
    let mut answered = [Vec::new(), Vec::new()];
    for (directory, gold) in &sets {
        let asked: Vec<Question> = gold.iter().map(|gold| gold.question()).collect();
        let scorers = [Precision::F32, Precision::Int8].map(|it| native(directory, it));
        let [a, b] = scorers
            .each_ref()
            .map(|scorer| scorer.logits(&asked).unwrap());
        let differences = a.iter().zip(&b).map(|(&a, &b)| difference(a, b));
        largest = differences.fold(largest, f32::max);
        let [f32, int8] = [a, b].map(|logits| -> Vec<Answer> {
            let calibrated = logits.into_iter().map(|one| scorers[0].calibrate(one));
            calibrated.collect()
        });
        targets += gold.len();
        let labels = f32.iter().zip(&int8);
        same += labels.filter(|(a, b)| a.label() == b.label()).count();
        for (all, answers) in answered.iter_mut().zip([f32, int8]) {
            all.extend(gold.iter().map(|gold| gold.label).zip(answers));
        }
    }
    let [f32, int8] = answered.map(|pairs| 100.0 * Evaluation::new(&pairs).macro_f1);
    let agreement = 100.0 * same as f64 / targets as f64;
    println!("{model}: macro F1 {f32:.2} in f32, {int8:.2} in int8, of {targets} targets");
    println!(
        "{model}: labels that agree {agreement:.2} %; largest difference of a logit: {largest:.2}"
    );
    assert!(f32 - int8 <= 0.3, "{model}: {f32} and {int8}");
    assert!(agreement >= 98.5, "{model}: {agreement}");
}
