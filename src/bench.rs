//! The stages one by one, for how fast each is.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use crate::actors::{Catalogue, Matcher};
use crate::aggregate::{CorpusAggregate, ScoredMention, summarize};
use crate::corpus::{Article, Corpus};
use crate::error::Result;
use crate::model::{Scorer, StanceScore, Target};
use crate::pipeline;
use crate::report::{MentionRow, ReportFiles};
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
    let mentions: Vec<_> = articles
        .par_iter()
        .zip(&sentences)
        .map(|(article, sentences)| {
            let date = article.published.map(|published| published.date());
            matcher.find(&article.text, sentences, date)
        })
        .collect();
    clock.lap("match", sentences.iter().map(Vec::len).sum(), "sentences");

    let of_articles = || articles.iter().zip(&sentences).zip(&mentions);
    let targets: Vec<Target> = of_articles()
        .flat_map(|((article, sentences), mentions)| {
            mentions
                .iter()
                .map(|mention| pipeline::target(&article.text, sentences, mention))
        })
        .collect();
    let inputs = scorer.tokenize(&targets);
    clock.lap("tokenize", targets.len(), "mentions");

    let logits = scorer.encode(&inputs)?;
    clock.lap("encode", targets.len(), "mentions");

    let scores: Vec<StanceScore> = logits
        .into_iter()
        .map(|logits| scorer.calibrate(logits))
        .collect();
    let mut aggregate = CorpusAggregate::new(catalogue.actors().len());
    let mut rest = scores.as_slice();
    let mut summaries = Vec::with_capacity(articles.len());
    for (article, mentions) in articles.iter().zip(&mentions) {
        let (of_article, others) = rest.split_at(mentions.len());
        rest = others;
        let scored: Vec<ScoredMention> = mentions
            .iter()
            .zip(of_article)
            .map(|(mention, score)| ScoredMention::new(mention, score))
            .collect();
        let of_article = summarize(&scored);
        aggregate.add(&article.id, &of_article);
        summaries.push(of_article);
    }
    let of_actors = aggregate.summaries();
    clock.lap("aggregate", articles.len(), "articles");

    let mut scores = scores.iter();
    for (((article, sentences), mentions), summaries) in of_articles().zip(&summaries) {
        for (mention, score) in mentions.iter().zip(&mut scores) {
            let sentence = &sentences[mention.sentence];
            let row = MentionRow {
                article,
                sentence,
                mention,
                score,
            };
            files.mentions.write(catalogue, row)?;
        }
        for summary in summaries {
            files.articles.write(catalogue, article, summary)?;
        }
    }
    for (actor, summary) in catalogue.actors().iter().zip(&of_actors) {
        files.actors.write(actor, summary)?;
    }
    clock.lap("write", targets.len(), "mentions");
    Ok(clock.finish(articles.len()))
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
