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
use crate::model::OperatorTime;
use crate::pipeline::{Outcome, RunOptions, run as run_pipeline};
use crate::report::{Report, ReportOptions};

/// The articles that are read if no others are given, over and over.
const SAMPLE: &str = include_str!("../../samples/wire.jsonl");
const COPIES: usize = 100;

/// Measure how fast each stage of `score` is, with one thread and more, and the memory it takes.
///
/// Every figure is of the run that `score` makes, memory of earlier sentences included: sentences and
/// targets that repeat are encoded once. Reading has a thread of its own, beside the other stages.
/// Parts of the encoder are shares of its time, with the operations on 8 bits that a thread does in a
/// second, and what part that is of the most that it does on data in the cache.
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
    /// Of input, as it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    megabytes_per_second: Option<f64>,
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
            "threads  stage           per second              seconds      MB/s   peak memory"
        )?;
    }
    for threads in doubling(args.model.threads()) {
        let Loaded { scorer, pool, .. } = args.model.load_on(threads, torch)?;
        let stages = args.mentions.stages(args.mentions.catalogue()?, scorer);
        let corpus = Corpus::open(&inputs, CorpusOptions::default())?;
        let reports = folder.path().join(threads.to_string());
        let mut report = Report::create(&reports, &ReportOptions::default())?;
        let mut bytes = 0;
        let outcome = pool.install(|| {
            run_pipeline(
                corpus,
                &stages,
                &RunOptions::default(),
                &mut report,
                |progress| {
                    bytes = progress.bytes_scored;
                    ControlFlow::Continue(())
                },
            )
        })?;
        let peak = peak_rss_bytes();
        let asked = stages.scorer().usage().asked;
        for rate in rates(&outcome, asked, bytes, threads, peak) {
            match args.json {
                true => writeln!(out, "{}", serde_json::to_string(&rate)?)?,
                false => print(&mut out, &rate)?,
            }
        }
        // Of all threads at once, as in a run.
        let ceilings: Vec<f64> = (pool.broadcast(|_| stages.scorer().ceiling()).into_iter())
            .flatten()
            .collect();
        let ceiling = ceilings.iter().sum::<f64>() / ceilings.len() as f64;
        operators(
            &mut out,
            &stages.scorer().operators(),
            ceiling,
            threads,
            args.json,
        )?;
        out.flush()?;
    }
    Ok(())
}

fn rates(
    outcome: &Outcome,
    asked: u64,
    bytes: u64,
    threads: usize,
    peak: Option<u64>,
) -> Vec<Rate> {
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
        megabytes_per_second: matches!(stage, "read" | "total")
            .then(|| bytes as f64 / 1e6 / seconds),
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
    let megabytes = rate.megabytes_per_second.map(|it| format!("{it:.1}"));
    let megabytes = megabytes.unwrap_or_default();
    writeln!(
        out,
        "{:>7}  {:<10}  {:>14.1} {:<10}  {:>8.3}  {megabytes:>8}  {memory:>12}",
        rate.threads, rate.stage, rate.per_second, rate.unit, rate.seconds
    )
}

/// The encoder's parts, as shares of its time, and of what a thread does at most.
fn operators(
    out: &mut impl Write,
    spent: &[OperatorTime],
    ceiling: f64,
    threads: usize,
    json: bool,
) -> anyhow::Result<()> {
    let total: f64 = spent.iter().map(|it| it.seconds).sum();
    for it in spent {
        let (share, rate) = (it.seconds / total, it.operations / it.seconds);
        if json {
            let line = serde_json::json!({
                "operator": it.name, "threads": threads, "seconds": it.seconds, "share": share,
                "operations_per_second": rate, "of_ceiling": rate / ceiling,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        write!(
            out,
            "{threads:>7}  encode: {:<24}  {:>5.1} %",
            it.name,
            100.0 * share
        )?;
        if it.operations > 0.0 {
            let (rate, part) = (rate / 1e9, 100.0 * rate / ceiling);
            write!(
                out,
                "  {rate:>6.0} GOP/s  {part:>3.0} % of the kernel's most"
            )?;
        }
        writeln!(out)?;
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
