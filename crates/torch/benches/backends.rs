//! The native engine beside rust-bert, in f32 on the same weights and targets, taking turns:
//! `cargo bench --features torch --bench backends -- GOLD.jsonl...`, without GOLD on the mentions in
//! `samples/`.

use std::env;
use std::path::Path;
use std::time::Instant;

use newstance::actors::{Catalogue, Matcher};
use newstance::eval::read_gold;
use newstance::model::{
    Device, ModelDirectory, NativeOptions, Precision, Scorer, Target, TorchOptions,
};
use newstance::{Result, corpus, pipeline, text};
use rayon::ThreadPoolBuilder;

/// Turns of each backend; the middle one counts.
const TURNS: usize = 7;
const F32: NativeOptions = NativeOptions {
    precision: Some(Precision::F32),
    kernel: None,
};
const CPU: TorchOptions = TorchOptions {
    device: Device::Cpu,
    precision: Precision::F32,
};

fn main() -> Result<()> {
    let files = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let pairs = match files.collect::<Vec<_>>() {
        files if files.is_empty() => of_samples()?,
        files => of_gold(&files)?,
    };
    let targets: Vec<Target> = pairs
        .iter()
        .map(|(sentence, bytes)| Target {
            sentence,
            bytes: bytes.clone(),
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
                Scorer::torch(&directory, CPU)?,
            ];
            let mut rates = [Vec::new(), Vec::new()];
            for _ in 0..TURNS {
                for (scorer, rates) in scorers.iter().zip(&mut rates) {
                    let started = Instant::now();
                    scorer.score(&targets)?;
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
            let target = gold.target();
            pairs.push((target.sentence.to_owned(), target.bytes));
        }
    }
    Ok(pairs)
}

fn of_samples() -> Result<Vec<Pair>> {
    let catalogue = Catalogue::default();
    let matcher = Matcher::new(&catalogue);
    let articles = corpus::Corpus::open(&["samples".to_owned()], corpus::CorpusOptions::default())?;
    let mut pairs = Vec::new();
    for article in articles.flatten() {
        let sentences = text::split(&article.text);
        for mention in matcher.find(&article.text, &sentences, None) {
            let target = pipeline::target(&article.text, &sentences, &mention);
            pairs.push((target.sentence.to_owned(), target.bytes));
        }
    }
    Ok(pairs)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
