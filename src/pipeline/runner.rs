//! A corpus, streamed through the stages into a sink.

use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::reader::{Reader, left_out};
use super::{Answered, ScoredArticle, Shard, Sink, Stages};
use crate::corpus::{Article, Corpus, Rejected, RejectedKind, Skipped};
use crate::error::Result;
use crate::guard::guarded;

/// Chunks read ahead while another is scored.
const CHUNKS_AHEAD: usize = 2;

/// How much a run read and found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Articles read.
    pub articles: u64,
    /// Articles among them that mention no actor.
    pub articles_without_mentions: u64,
    /// Articles among them that are not in English, and were not scored.
    #[serde(default)]
    pub other_languages: u64,
    /// Articles among them that are copies of others.
    #[serde(default)]
    pub copies: u64,
    /// Records that were not scored, or not as they are.
    pub rejected: u64,
    /// Files whose rest could not be read: what it holds is not in the report.
    #[serde(default)]
    pub files_lost: u64,
    /// Files of folders and globs that were skipped: of no known extension, or a pipe or socket.
    pub files_skipped: u64,
    /// Sentences read.
    pub sentences: u64,
    /// Mentions scored.
    pub mentions: u64,
    /// Mentions among them whose sentence and target were scored a while before, and were not again.
    pub mentions_repeated: u64,
    /// Questions that the second model of a cascade answered.
    #[serde(default)]
    pub asked_again: u64,
}

/// Seconds of wall time by stage. Reading has a thread of its own, beside the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading, unpacking and parsing.
    pub read: f64,
    /// Sentences, tokens, quotations and parts.
    pub split: f64,
    /// Mentions with their speakers.
    pub find: f64,
    /// Token ids of what is asked.
    pub tokenize: f64,
    /// The model.
    pub encode: f64,
    /// Aggregating and writing.
    pub write: f64,
    /// The whole run.
    pub total: f64,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// What was scored so far.
    pub counts: Counts,
    /// Bytes of the inputs, as they lie on disk, behind what was scored so far. What was only read
    /// ahead does not count.
    pub bytes_scored: u64,
    /// Bytes of all inputs; `None` with standard input among them.
    pub total_bytes: Option<u64>,
    /// Questions about the articles at hand, which are scored together.
    pub at_hand: Answered,
    /// Records that were done before, if the run goes on.
    pub records_before: u64,
}

/// What a finished run found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How much was read and found.
    pub counts: Counts,
    /// Files that were skipped.
    pub skipped: Skipped,
    /// Encodings other than UTF-8 that were read, with the number of files (UTF-16) or records (Windows-1252).
    pub encodings: Vec<(&'static str, u64)>,
    /// Whether it ended before the corpus did, as it was told to.
    pub interrupted: bool,
    /// Seconds by stage.
    pub timings: Timings,
}

/// How a run goes.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Articles at most.
    pub limit: Option<u64>,
    /// The part of the corpus that is scored, if not all.
    pub shard: Option<Shard>,
    /// Where it goes on, if it broke off.
    pub resume: Resume,
}

/// Where a run that broke off goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resume {
    /// Records, articles and rejected ones, that are done.
    pub records: u64,
    /// Their digest, by which a changed input is noticed.
    pub digest: String,
    /// What they were.
    pub counts: Counts,
    /// How many from there on are scored one by one, since the process may have died of one of them.
    pub alone: u64,
    /// Whether the next one is left out, since the process has died of it.
    pub leave_out: bool,
}

/// How far a run is, for whoever keeps what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Records that the sink has taken, rejected ones among them.
    pub records: u64,
    /// Their digest.
    pub digest: String,
    /// What they were.
    pub counts: Counts,
}

/// Scores a corpus on rayon's current thread pool.
///
/// Articles reach the sink in the order of the corpus. `progress` is called after each chunk; if it breaks, the run ends there.
///
/// # Errors
///
/// Those of the sink and of [`Stages::score`], and [`ErrorKind::NotResumable`](crate::ErrorKind::NotResumable) if the input is not what it was when the run broke off. Bad
/// records are not errors: the sink takes them.
pub fn run(
    mut corpus: Corpus,
    stages: &Stages,
    options: &RunOptions,
    sink: &mut dyn Sink,
    mut progress: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Outcome> {
    let started = Instant::now();
    let (times_before, usage_before) = (stages.times(), stages.scorer().usage());
    let resume = &options.resume;
    let mut done = Progress {
        total_bytes: corpus.total_bytes(),
        counts: resume.counts,
        records_before: resume.records,
        ..Progress::default()
    };
    if resume.records > 0 {
        // Whether to end is asked when there is something new.
        let _ = progress(&done);
    }
    let mut reader = Reader::new(options);
    reader.skip(&mut corpus, resume)?;
    let mut records_done = resume.records;
    let mut writing = Duration::ZERO;
    let mut interrupted = false;
    let (read, reading) = thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let reader = scope.spawn(move || reader.read_chunks(corpus, &sender));
        for chunk in &chunks {
            let counts = &mut done.counts;
            let records = chunk.records.len() as u64;
            sink.starting(records_done, records)?;
            let mut articles = Vec::with_capacity(chunk.records.len());
            for record in chunk.records {
                match record {
                    Ok(article) => articles.push(article),
                    Err(rejected) => {
                        counts.rejected += 1;
                        counts.files_lost += u64::from(rejected.kind == RejectedKind::Lost);
                        sink.rejected(&rejected)?;
                    }
                }
            }
            let mut so_far = done;
            let (scored, failed) = score_guarded(stages, articles, |at_hand| {
                so_far.at_hand = at_hand;
                // Articles are committed as a whole: nobody is asked whether to end amid them.
                let _ = progress(&so_far);
            })?;
            let counts = &mut done.counts;
            let clock = Instant::now();
            for rejected in &failed {
                counts.rejected += 1;
                sink.rejected(rejected)?;
            }
            for article in &scored {
                sink.article(article, stages.catalogue())?;
                counts.articles += 1;
                counts.articles_without_mentions += u64::from(article.mentions.is_empty());
                counts.other_languages += u64::from(!article.scored);
                counts.copies += u64::from(article.article.copy_of.is_some());
                counts.sentences += article.document.sentences().len() as u64;
                counts.mentions += article.mentions.len() as u64;
            }
            let usage = stages.scorer().usage();
            let before = &resume.counts;
            counts.mentions_repeated =
                before.mentions_repeated + usage.repeated - usage_before.repeated;
            counts.asked_again = before.asked_again + usage.asked_again - usage_before.asked_again;
            records_done += records;
            sink.done(&Done {
                records: records_done,
                digest: chunk.digest,
                counts: *counts,
            })?;
            writing += clock.elapsed();
            done.bytes_scored = chunk.bytes_read;
            if progress(&done).is_break() {
                interrupted = true;
                break;
            }
        }
        // The reader ends when nobody takes its chunks any more.
        drop(chunks);
        // A panic of the reader is one of the run.
        Ok::<_, crate::Error>(
            reader
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    })?;
    done.counts.files_skipped = read.skipped.files;
    let times = stages.times();
    Ok(Outcome {
        counts: done.counts,
        skipped: read.skipped,
        encodings: read.encodings,
        interrupted,
        timings: Timings {
            read: reading.as_secs_f64(),
            split: (times.split - times_before.split).as_secs_f64(),
            find: (times.find - times_before.find).as_secs_f64(),
            tokenize: (times.tokenize - times_before.tokenize).as_secs_f64(),
            encode: (times.encode - times_before.encode).as_secs_f64(),
            write: writing.as_secs_f64(),
            total: started.elapsed().as_secs_f64(),
        },
    })
}

/// Scores articles; if that panics, one by one, and those that do are left out.
fn score_guarded(
    stages: &Stages,
    articles: Vec<Article>,
    mut tell: impl FnMut(Answered),
) -> Result<(Vec<ScoredArticle>, Vec<Rejected>)> {
    // Stages keep nothing that a panic could leave half done: their memory of answers is written whole.
    let mut score = |articles: Vec<Article>| guarded(|| stages.score_telling(articles, &mut tell));
    if let Ok(scored) = score(articles.clone()) {
        return Ok((scored?, Vec::new()));
    }
    let (mut scored, mut failed) = (Vec::with_capacity(articles.len()), Vec::new());
    for article in articles {
        let id = article.id.clone();
        match score(vec![article]) {
            Ok(of_one) => scored.extend(of_one?),
            Err(message) => failed.push(left_out(&id, &format!("the program failed ({message})"))),
        }
    }
    Ok((scored, failed))
}

#[cfg(test)]
#[cfg(feature = "fast")]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ErrorKind;
    use crate::actors::Catalogue;
    use crate::corpus::RejectedKind;
    use crate::model::{Batch, ModelDirectory, Scorer, StanceModel};

    /// A backend that fails on long sequences, and in which way.
    struct Failing {
        panics: bool,
    }

    /// More tokens than a short sentence has.
    const LONG: usize = 40;

    impl StanceModel for Failing {
        fn logits(&self, batch: &Batch) -> Result<Array2<f32>> {
            let starts = batch.starts();
            let rows = starts.len() - 1;
            let is_long = |row: usize| starts[row + 1] - starts[row] > LONG;
            assert!(!(self.panics && (0..rows).any(is_long)), "a long sequence");
            let number = |row: usize| if is_long(row) { f32::NAN } else { 1.0 };
            Ok(Array2::from_shape_fn((rows, 3), |(row, _)| number(row)))
        }

        fn batch_tokens(&self) -> usize {
            512
        }

        fn description(&self) -> String {
            "failing".to_owned()
        }
    }

    fn stages(panics: bool) -> Stages {
        let directory = ModelDirectory::fast().unwrap();
        let scorer = Scorer::with_backend(&directory, |_, _| Ok(Box::new(Failing { panics })));
        Stages::new(Catalogue::default(), scorer.unwrap())
    }

    fn articles() -> Vec<Article> {
        let long = format!(
            "Putin said that {}.",
            "words and more words followed".repeat(12)
        );
        let texts = ["Putin left.", &long, "Trump stayed."];
        let article = |(number, text): (usize, &str)| {
            let mut article = Article::of_text(text.to_owned());
            article.id = number.to_string();
            article
        };
        texts.into_iter().enumerate().map(article).collect()
    }

    #[test]
    fn an_article_at_which_scoring_panics_is_left_out_alone() {
        let (scored, failed) = score_guarded(&stages(true), articles(), |_| {}).unwrap();
        let ids: Vec<&str> = scored.iter().map(|it| &*it.article.id).collect();
        assert_eq!(ids, ["0", "2"]);
        let [rejected] = &failed[..] else {
            panic!("{failed:?}");
        };
        assert_eq!(
            (&*rejected.input, rejected.kind),
            ("1", RejectedKind::Failed)
        );
        assert!(
            rejected.reason.contains("a long sequence"),
            "{}",
            rejected.reason
        );
    }

    #[test]
    fn an_answer_that_is_no_number_ends_the_run_with_its_sentence() {
        let error = score_guarded(&stages(false), articles(), |_| {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("NaN"), "{error}");
        assert!(
            error.to_string().contains("words and more words"),
            "{error}"
        );
    }
}
