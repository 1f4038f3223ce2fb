//! The one place where the stages meet: corpus, text, actors, model, aggregate, report.

use std::iter;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use rayon::prelude::*;

use crate::actors::{Catalogue, Matcher, Mention};
use crate::aggregate::{ActorSummary, ArticleSummary, CorpusAggregate, ScoredMention, summarize};
use crate::corpus::{Article, Corpus, Record};
use crate::error::Result;
use crate::model::{CACHED_SCORES, CachedScorer, Scorer, StanceScore, Target};
use crate::report::{Counts, MentionRow, ReportFiles, Timings};
use crate::text::{self, Sentence};

/// Articles that are scored together. Enough targets to fill batches of similar length; the bound
/// on text keeps memory flat where articles are books.
const CHUNK_ARTICLES: usize = 256;
const CHUNK_BYTES: usize = 4 << 20;
/// Chunks read ahead while another is scored.
const CHUNKS_AHEAD: usize = 2;

/// What is scored of a corpus, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScoreOptions {
    /// No more than so many articles.
    pub limit: Option<u64>,
    /// Also the tone of each sentence that has a mention, which takes about as long again. For scorers
    /// that tell it: see [`Scorer::tells_tone`].
    pub tone: bool,
}

/// What a finished run found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// A summary for each actor of the catalogue.
    pub actors: Vec<ActorSummary>,
    /// How much was read and found.
    pub counts: Counts,
    /// Seconds by stage, without the total.
    pub timings: Timings,
}

/// An article with its sentences and mentions.
pub(crate) struct Prepared {
    pub article: Article,
    pub sentences: Vec<Sentence>,
    pub mentions: Vec<Mention>,
}

/// Scores a corpus into report files, on rayon's current thread pool.
///
/// Articles are scored in chunks and written in the order of the corpus, so that the files are the
/// same to the byte for any number of threads. `progress` is told the counts after each chunk.
///
/// # Errors
///
/// [`crate::Error::Io`] where a report cannot be written, [`crate::Error::Model`] where the model
/// runs out of its device's memory. Bad records are not errors: they are
/// counted and written to rejected.csv.
pub fn score(
    corpus: Corpus,
    options: ScoreOptions,
    catalogue: &Catalogue,
    scorer: &Scorer,
    files: &mut ReportFiles,
    mut progress: impl FnMut(&Counts),
) -> Result<Outcome> {
    let matcher = Matcher::new(catalogue);
    let mut aggregate = CorpusAggregate::new(catalogue.actors().len());
    let mut counts = Counts::default();
    let mut timings = Timings::default();
    let mut scorer = CachedScorer::new(scorer, CACHED_SCORES);
    thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let reader = scope.spawn(move || read_chunks(corpus, options.limit, &sender));
        for chunk in receive(&chunks) {
            let mut clock = Instant::now();
            let mut articles = Vec::with_capacity(chunk.len());
            for record in chunk {
                match record {
                    Ok(article) => articles.push(article),
                    Err(rejected) => {
                        counts.rejected += 1;
                        files.rejected.write(&rejected)?;
                    }
                }
            }
            let prepared: Vec<Prepared> = articles
                .into_par_iter()
                .map(|article| {
                    let sentences = text::split(&article.text);
                    prepare(article, sentences, &matcher)
                })
                .collect();
            timings.prepare += lap(&mut clock);
            let scores = scorer.score(&questions(&prepared, options.tone))?;
            timings.score += lap(&mut clock);
            let mut scores = scores.chunks(1 + usize::from(options.tone));
            for article in &prepared {
                let of_article: Vec<MentionScore> = scores
                    .by_ref()
                    .take(article.mentions.len())
                    .map(MentionScore::of_answers)
                    .collect();
                let summaries = summaries(&article.mentions, &of_article);
                aggregate.add(&article.article.id, &summaries);
                write_article(article, &of_article, &summaries, catalogue, files)?;
                counts.articles += 1;
                counts.articles_without_mentions += u64::from(article.mentions.is_empty());
                counts.sentences += article.sentences.len() as u64;
                counts.mentions += article.mentions.len() as u64;
            }
            counts.mentions_repeated = scorer.repeated();
            timings.write += lap(&mut clock);
            progress(&counts);
        }
        drop(chunks);
        counts.files_ignored = reader.join().unwrap_or_else(|panic| {
            std::panic::resume_unwind(panic);
        });
        Ok::<(), crate::Error>(())
    })?;
    let actors = aggregate.summaries();
    for (actor, summary) in catalogue.actors().iter().zip(&actors) {
        files.actors.write(actor, summary)?;
    }
    Ok(Outcome {
        actors,
        counts,
        timings,
    })
}

/// Sends the corpus in chunks; the number of files passed over comes back.
fn read_chunks(mut corpus: Corpus, limit: Option<u64>, sender: &SyncSender<Vec<Record>>) -> u64 {
    let mut left = limit.unwrap_or(u64::MAX);
    let mut chunk = Vec::new();
    let mut bytes = 0;
    while left > 0
        && let Some(record) = corpus.next()
    {
        if let Ok(article) = &record {
            left -= 1;
            bytes += article.text.len();
        }
        chunk.push(record);
        if chunk.len() == CHUNK_ARTICLES || bytes >= CHUNK_BYTES {
            if sender.send(std::mem::take(&mut chunk)).is_err() {
                return corpus.files_ignored();
            }
            bytes = 0;
        }
    }
    // A receiver that has gone has met an error, which it reports itself.
    let _ = sender.send(chunk);
    corpus.files_ignored()
}

fn receive(chunks: &Receiver<Vec<Record>>) -> impl Iterator<Item = Vec<Record>> {
    chunks.iter().filter(|chunk| !chunk.is_empty())
}

/// Finds the mentions of an article.
pub(crate) fn prepare(article: Article, sentences: Vec<Sentence>, matcher: &Matcher) -> Prepared {
    let date = article.published.map(|published| published.date());
    let mentions = matcher.find(&article.text, &sentences, date);
    Prepared {
        article,
        sentences,
        mentions,
    }
}

/// What the model says of a mention and, where it was asked, of the sentence as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MentionScore {
    pub stance: StanceScore,
    pub tone: Option<StanceScore>,
}

impl MentionScore {
    /// From the answers to the questions about one mention.
    pub fn of_answers(answers: &[StanceScore]) -> Self {
        Self {
            stance: answers[0],
            tone: answers.get(1).copied(),
        }
    }
}

/// What the model is asked about all mentions, in their order: each one's target and, for the tone,
/// its sentence behind it.
pub(crate) fn questions<'a>(prepared: &'a [Prepared], tone: bool) -> Vec<Target<'a>> {
    let of_mention = move |prepared: &'a Prepared, mention: &Mention| {
        let target = target(&prepared.article.text, &prepared.sentences, mention);
        let whole = tone.then(|| Target::whole(target.sentence));
        iter::once(target).chain(whole)
    };
    let of_article = |prepared: &'a Prepared| {
        let mentions = prepared.mentions.iter();
        mentions.flat_map(move |mention| of_mention(prepared, mention))
    };
    prepared.iter().flat_map(of_article).collect()
}

/// What the model is asked about a mention.
pub fn target<'a>(text: &'a str, sentences: &[Sentence], mention: &Mention) -> Target<'a> {
    let sentence = sentences[mention.sentence].bytes.clone();
    let bytes = mention.bytes.start - sentence.start..mention.bytes.end - sentence.start;
    Target {
        sentence: &text[sentence],
        bytes,
    }
}

/// An article's stance towards each actor, from the scores of its mentions.
pub(crate) fn summaries(mentions: &[Mention], scores: &[MentionScore]) -> Vec<ArticleSummary> {
    let scored: Vec<ScoredMention> = mentions
        .iter()
        .zip(scores)
        .map(|(mention, score)| ScoredMention::new(mention, &score.stance))
        .collect();
    summarize(&scored)
}

/// Writes an article's rows.
pub(crate) fn write_article(
    prepared: &Prepared,
    scores: &[MentionScore],
    summaries: &[ArticleSummary],
    catalogue: &Catalogue,
    files: &mut ReportFiles,
) -> Result<()> {
    let Prepared {
        article,
        sentences,
        mentions,
    } = prepared;
    for (mention, score) in mentions.iter().zip(scores) {
        let row = MentionRow {
            article,
            sentence: &sentences[mention.sentence],
            mention,
            score: &score.stance,
            tone: score.tone.as_ref(),
        };
        files.mentions.write(catalogue, row)?;
    }
    for summary in summaries {
        files.articles.write(catalogue, article, summary)?;
    }
    Ok(())
}

/// Seconds since the clock was last read.
fn lap(clock: &mut Instant) -> f64 {
    let seconds = clock.elapsed().as_secs_f64();
    *clock = Instant::now();
    seconds
}
