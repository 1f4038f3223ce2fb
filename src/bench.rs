//! The stages one by one, for how fast each is.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use crate::actors::{Catalogue, Matcher};
use crate::aggregate::CorpusAggregate;
use crate::corpus::{Article, Corpus};
use crate::error::Result;
use crate::model::Scorer;
use crate::pipeline::{self, MentionScore, Prepared};
use crate::report::ReportFiles;
use crate::text;

/// How fast a stage was.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rate {
    /// read, split, match, tokenize, encode, aggregate, write or total.
    pub stage: &'static str,
    /// Threads of the pool; reading, aggregating and writing use one.
    pub threads: usize,
    /// So many units in a second.
    pub per_second: f64,
    /// What is counted.
    pub unit: &'static str,
    /// The most memory that the process has held so far, where the system tells.
    pub peak_rss_bytes: Option<u64>,
}

/// Reads a corpus and takes it through each stage, on rayon's current thread pool.
///
/// Records that cannot be used are passed over. The reports are written to `files` and left to the
/// caller.
///
/// # Errors
///
/// Those of [`pipeline::score`].
pub fn run(
    corpus: Corpus,
    catalogue: &Catalogue,
    scorer: &Scorer,
    files: &mut ReportFiles,
) -> Result<Vec<Rate>> {
    let mut clock = Clock::start();
    let articles: Vec<Article> = corpus.flatten().collect();
    clock.lap("read", articles.len(), "articles");

    let sentences: Vec<_> = articles
        .par_iter()
        .map(|article| text::split(&article.text))
        .collect();
    clock.lap("split", sentences.iter().map(Vec::len).sum(), "sentences");

    let matcher = Matcher::new(catalogue);
    let count = sentences.iter().map(Vec::len).sum();
    let prepared: Vec<Prepared> = articles
        .into_par_iter()
        .zip(sentences)
        .map(|(article, sentences)| pipeline::prepare(article, sentences, &matcher))
        .collect();
    clock.lap("match", count, "sentences");

    let targets = pipeline::questions(&prepared, false);
    let inputs = scorer.tokenize(&targets);
    clock.lap("tokenize", targets.len(), "mentions");

    let logits = scorer.encode(&inputs)?;
    clock.lap("encode", targets.len(), "mentions");

    let answered = logits
        .into_iter()
        .map(|logits| MentionScore::of_answers(&[scorer.calibrate(logits)]));
    let scores: Vec<MentionScore> = answered.collect();
    let mut aggregate = CorpusAggregate::new(catalogue.actors().len());
    let mut rest = scores.as_slice();
    let mut scored = Vec::with_capacity(prepared.len());
    for article in &prepared {
        let (of_article, others) = rest.split_at(article.mentions.len());
        rest = others;
        let summaries = pipeline::summaries(&article.mentions, of_article);
        aggregate.add(&article.article.id, &summaries);
        scored.push((article, of_article, summaries));
    }
    let of_actors = aggregate.summaries();
    clock.lap("aggregate", prepared.len(), "articles");

    for (article, scores, summaries) in &scored {
        pipeline::write_article(article, scores, summaries, catalogue, files)?;
    }
    for (actor, summary) in catalogue.actors().iter().zip(&of_actors) {
        files.actors.write(actor, summary)?;
    }
    clock.lap("write", targets.len(), "mentions");
    Ok(clock.finish(prepared.len()))
}

/// Times stages, and all of them together.
struct Clock {
    started: Instant,
    last: Instant,
    rates: Vec<Rate>,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last: now,
            rates: Vec::new(),
        }
    }

    fn lap(&mut self, stage: &'static str, count: usize, unit: &'static str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.push(stage, count, unit, seconds);
        self.last = Instant::now();
    }

    fn finish(mut self, articles: usize) -> Vec<Rate> {
        let seconds = self.started.elapsed().as_secs_f64();
        self.push("total", articles, "articles", seconds);
        self.rates
    }

    fn push(&mut self, stage: &'static str, count: usize, unit: &'static str, seconds: f64) {
        self.rates.push(Rate {
            stage,
            threads: rayon::current_num_threads(),
            per_second: count as f64 / seconds,
            unit,
            peak_rss_bytes: peak_rss_bytes(),
        });
    }
}

/// Linux tells it in /proc.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
