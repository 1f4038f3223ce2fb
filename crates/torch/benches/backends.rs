//! The native engine beside rust-bert, in f32 on the same weights and targets, taking turns:
//! `cargo bench -p newstance-torch -- GOLD.jsonl...`, without GOLD on the mentions in
//! `samples/`.

use std::env;
use std::path::Path;
use std::time::Instant;

use newstance::Result;
use newstance::actors::Catalogue;
use newstance::corpus::{Corpus, CorpusOptions};
use newstance::eval::read_gold;
use newstance::model::{Device, ModelDirectory, NativeOptions, Precision, Question, Scorer};
use newstance::pipeline::Stages;
use rayon::ThreadPoolBuilder;

/// Turns of each backend; the middle one counts.
const TURNS: usize = 7;
const F32: NativeOptions = NativeOptions {
    precision: Some(Precision::F32),
    kernel: None,
};

fn main() -> Result<()> {
    let files = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let pairs = match files.collect::<Vec<_>>() {
        files if files.is_empty() => of_samples()?,
        files => of_gold(&files)?,
    };
    let targets: Vec<Question> = pairs
        .iter()
        .map(|(sentence, target)| Question::Stance {
            sentence,
            target: target.clone(),
        })
        .collect();
    println!(
        "{} targets, the middle of {TURNS} turns, in targets/s",
        targets.len()
    );
    println!("threads   native  rust-bert   ratio");
    let directory = ModelDirectory::fast()?;
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap_or_else(|error| panic!("{error}"));
        let (native, torch) = pool.install(|| -> Result<(f64, f64)> {
            let scorers = [
                Scorer::native_with(&directory, F32)?,
                newstance_torch::scorer(&directory, Device::Cpu, Some(Precision::F32))?,
            ];
            let mut rates = [Vec::new(), Vec::new()];
            for _ in 0..TURNS {
                for (scorer, rates) in scorers.iter().zip(&mut rates) {
                    let started = Instant::now();
                    scorer.logits(&targets)?;
                    rates.push(targets.len() as f64 / started.elapsed().as_secs_f64());
                }
            }
            let [native, torch] = rates.map(median);
            Ok((native, torch))
        })?;
        println!(
            "{threads:>7}  {native:>7.1}  {torch:>9.1}  {:>6.2}",
            native / torch
        );
    }
    Ok(())
}

type Pair = (String, std::ops::Range<usize>);

fn of_gold(files: &[String]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for file in files {
        for gold in read_gold(Path::new(file))? {
            pairs.push((gold.sentence, gold.bytes));
        }
    }
    Ok(pairs)
}

fn of_samples() -> Result<Vec<Pair>> {
    let stages = Stages::new(
        Catalogue::default(),
        Scorer::native(&ModelDirectory::fast()?)?,
    );
    let corpus = Corpus::open(&["samples".to_owned()], CorpusOptions::default())?;
    let prepared = corpus.flatten().map(|article| stages.prepare(article));
    let pairs = prepared.flat_map(|prepared| {
        let questions = stages.ask(&prepared).into_iter();
        let pair = |question: Question| Some((question.sentence().to_owned(), question.target()?));
        questions.filter_map(pair).collect::<Vec<_>>()
    });
    Ok(pairs.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
