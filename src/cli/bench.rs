//! `newstance bench`: how fast each stage of a run is on this machine.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use super::LoadTorch;
use super::options::{Loaded, MentionArgs, ModelArgs};
use crate::corpus::{Corpus, CorpusOptions};
use crate::pipeline::{Outcome, RunOptions, run as run_pipeline};
use crate::report::{Report, ReportOptions};

/// The articles that are read if no others are given, over and over.
const SAMPLE: &str = include_str!("../../samples/wire.jsonl");
const COPIES: usize = 100;

/// Measure how fast each stage of `score` is, with one thread and more, and the memory it takes.
///
/// Every figure is of the run that `score` makes, memory of earlier sentences included: sentences and
/// targets that repeat are encoded once. Reading has a thread of its own, beside the other stages.
#[derive(clap::Args)]
pub struct Args {
    /// File, folder or glob, as for `score`; by default copies of sample articles.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// One JSON object a line for each stage and number of threads.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    mentions: MentionArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

/// How fast a stage was.
#[derive(Serialize)]
struct Rate {
    stage: &'static str,
    threads: usize,
    per_second: f64,
    unit: &'static str,
    seconds: f64,
    /// The most memory that the process has held so far, if the system says.
    peak_rss_bytes: Option<u64>,
}

pub fn run(args: &Args, torch: Option<LoadTorch>) -> anyhow::Result<()> {
    let folder = TempDir::new().context("cannot make a folder for what is written")?;
    let inputs = match args.inputs.as_slice() {
        [] => vec![sample(folder.path()).context("cannot write the sample articles")?],
        given => given.to_vec(),
    };
    let mut out = io::stdout().lock();
    if !args.json {
        writeln!(
            out,
            "threads  stage           per second              seconds   peak memory"
        )?;
    }
    for threads in doubling(args.model.threads()) {
        let Loaded { scorer, pool, .. } = args.model.load_on(threads, torch)?;
        let stages = args.mentions.stages(args.mentions.catalogue()?, scorer);
        let corpus = Corpus::open(&inputs, CorpusOptions::default())?;
        let reports = folder.path().join(threads.to_string());
        let mut report = Report::create(&reports, &ReportOptions::default())?;
        let outcome = pool.install(|| {
            run_pipeline(corpus, &stages, &RunOptions::default(), &mut report, |_| {
                ControlFlow::Continue(())
            })
        })?;
        let peak = peak_rss_bytes();
        for rate in rates(&outcome, stages.scorer().usage().asked, threads, peak) {
            match args.json {
                true => writeln!(out, "{}", serde_json::to_string(&rate)?)?,
                false => print(&mut out, &rate)?,
            }
        }
        operators(&mut out, &stages.scorer().operators(), threads, args.json)?;
        out.flush()?;
    }
    Ok(())
}

fn rates(outcome: &Outcome, asked: u64, threads: usize, peak: Option<u64>) -> Vec<Rate> {
    let (counts, timings) = (&outcome.counts, &outcome.timings);
    let (articles, sentences) = (
        (counts.articles, "articles"),
        (counts.sentences, "sentences"),
    );
    let asked = (asked, "questions");
    let stages = [
        ("read", articles, timings.read),
        ("split", sentences, timings.split),
        ("find", sentences, timings.find),
        ("tokenize", asked, timings.tokenize),
        ("encode", asked, timings.encode),
        ("write", (counts.mentions, "mentions"), timings.write),
        ("total", articles, timings.total),
    ];
    let rate = |(stage, (count, unit), seconds): (_, (u64, _), f64)| Rate {
        stage,
        threads,
        per_second: count as f64 / seconds,
        unit,
        seconds,
        peak_rss_bytes: peak,
    };
    stages.into_iter().map(rate).collect()
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
        "{:>7}  {:<10}  {:>14.1} {:<10}  {:>8.3}  {memory:>12}",
        rate.threads, rate.stage, rate.per_second, rate.unit, rate.seconds
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

/// Linux says it in /proc.
fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
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
