//! `newstance bench`: how fast each stage is on this machine.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use newstance::bench::{self, Rate};
use newstance::corpus::{Corpus, CorpusOptions};
use newstance::report::ReportFiles;
use serde_json::Value;
use tempfile::TempDir;

use super::options::{ActorArgs, Engine, ModelArgs};

/// The articles that are read where no others are given, over and over.
const SAMPLE: &str = include_str!("../../samples/wire.jsonl");
const COPIES: usize = 100;

/// Measure how fast each stage is, with one thread and more, and the memory it takes.
#[derive(clap::Args)]
pub struct Args {
    /// File, folder or glob, as for `score`; by default copies of sample articles.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    actors: ActorArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// One JSON object a line for each stage and number of threads.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let folder = TempDir::new().context("cannot make a folder for what is written")?;
    let inputs = match args.inputs.as_slice() {
        [] => vec![sample(folder.path()).context("cannot write the sample articles")?],
        given => given.to_vec(),
    };
    let catalogue = args.actors.catalogue()?;
    let mut out = io::stdout().lock();
    if !args.json {
        writeln!(
            out,
            "threads  stage           per second               peak memory"
        )?;
    }
    for threads in doubling(args.model.threads()) {
        let Engine { scorer, pool, .. } = args.model.load_on(threads, threads > 1)?;
        let corpus = Corpus::open(&inputs, CorpusOptions::default())?;
        let mut files = ReportFiles::create(&folder.path().join("reports"))?;
        let rates = pool.install(|| bench::run(corpus, &catalogue, &scorer, &mut files))?;
        for rate in rates {
            if args.json {
                writeln!(out, "{}", serde_json::to_string(&rate)?)?;
            } else {
                print(&mut out, &rate)?;
            }
        }
        operators(&mut out, &scorer.operators(), threads, args.json)?;
        out.flush()?;
    }
    Ok(())
}

/// 1, 2, 4 and so on, and the most.
fn doubling(most: usize) -> Vec<usize> {
    let doubled = (0..usize::BITS).map(|power| 1 << power);
    doubled
        .take_while(|&threads| threads < most)
        .chain([most])
        .collect()
}

fn print(out: &mut impl Write, rate: &Rate) -> io::Result<()> {
    let memory = match rate.peak_rss_bytes {
        Some(bytes) => format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20)),
        None => "unknown".to_owned(),
    };
    writeln!(
        out,
        "{:>7}  {:<10}  {:>14.1} {:<10}  {memory:>12}",
        rate.threads, rate.stage, rate.per_second, rate.unit
    )
}

/// The encoder's parts, as shares of its time.
fn operators(
    out: &mut impl Write,
    seconds: &[(&'static str, f64)],
    threads: usize,
    json: bool,
) -> anyhow::Result<()> {
    let total: f64 = seconds.iter().map(|(_, seconds)| seconds).sum();
    for (operator, seconds) in seconds {
        let share = seconds / total;
        if json {
            let line = serde_json::json!({
                "operator": operator, "threads": threads, "seconds": seconds, "share": share,
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(
                out,
                "{threads:>7}  encode: {operator:<24}  {:>5.1} %",
                100.0 * share
            )?;
        }
    }
    Ok(())
}

/// Writes copies of the sample articles, each with an id of its own.
fn sample(folder: &Path) -> io::Result<String> {
    let inputs = folder.join("inputs");
    fs::create_dir(&inputs)?;
    let path = inputs.join("sample.jsonl");
    let mut file = BufWriter::new(File::create(&path)?);
    for copy in 0..COPIES {
        for (line, text) in SAMPLE.lines().enumerate() {
            let mut article: Value = serde_json::from_str(text)?;
            article["id"] = format!("{copy}-{line}").into();
            writeln!(file, "{article}")?;
        }
    }
    file.flush()?;
    Ok(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_double_up_to_the_most() {
        assert_eq!(doubling(1), [1]);
        assert_eq!(doubling(2), [1, 2]);
        assert_eq!(doubling(6), [1, 2, 4, 6]);
    }
}
