//! A corpus, streamed through the stages into a sink.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Sink, Stages};
use crate::corpus::{Corpus, Record, Skipped};
use crate::error::Result;

/// Articles that are scored together. Enough questions to fill batches of similar length; the bound
/// on text keeps memory flat if articles are books.
const CHUNK_ARTICLES: usize = 256;
const CHUNK_BYTES: usize = 4 << 20;
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
    /// Seconds by stage.
    pub timings: Timings,
}

/// Records that are scored together.
struct Chunk {
    records: Vec<Record>,
    /// Bytes read up to the last of them.
    bytes_read: u64,
}

/// Scores a corpus, or its first `limit` articles, on rayon's current thread pool.
///
/// Articles reach the sink in the order of the corpus. `progress` is called after each chunk.
///
/// # Errors
///
/// Those of the sink and of [`Stages::score`]. Bad records are not errors: the sink takes them.
pub fn run(
    corpus: Corpus,
    stages: &Stages,
    limit: Option<u64>,
    sink: &mut dyn Sink,
    mut progress: impl FnMut(&Progress),
) -> Result<Outcome> {
    let started = Instant::now();
    let (times_before, usage_before) = (stages.times(), stages.scorer().usage());
    let mut done = Progress {
        total_bytes: corpus.total_bytes(),
        ..Progress::default()
    };
    let mut writing = Duration::ZERO;
    let (read, reading) = thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let reader = scope.spawn(move || read_chunks(corpus, limit, &sender));
        for chunk in &chunks {
            let counts = &mut done.counts;
            let mut articles = Vec::with_capacity(chunk.records.len());
            for record in chunk.records {
                match record {
                    Ok(article) => articles.push(article),
                    Err(rejected) => {
                        counts.rejected += 1;
                        sink.rejected(&rejected)?;
                    }
                }
            }
            let scored = stages.score(articles)?;
            let clock = Instant::now();
            for article in &scored {
                sink.article(article, stages.catalogue())?;
                counts.articles += 1;
                counts.articles_without_mentions += u64::from(article.mentions.is_empty());
                counts.other_languages += u64::from(!article.scored);
                counts.copies += u64::from(article.article.copy_of.is_some());
                counts.sentences += article.document.sentences().len() as u64;
                counts.mentions += article.mentions.len() as u64;
            }
            writing += clock.elapsed();
            let usage = stages.scorer().usage();
            counts.mentions_repeated = usage.repeated - usage_before.repeated;
            counts.asked_again = usage.asked_again - usage_before.asked_again;
            done.bytes_scored = chunk.bytes_read;
            progress(&done);
        }
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

/// What reading found beside records.
struct ReadInputs {
    skipped: Skipped,
    encodings: Vec<(&'static str, u64)>,
}

/// Sends the corpus in chunks; gives what it found beside them, and the time spent on reading.
fn read_chunks(
    mut corpus: Corpus,
    limit: Option<u64>,
    sender: &SyncSender<Chunk>,
) -> (ReadInputs, Duration) {
    let mut left = limit.unwrap_or(u64::MAX);
    let mut reading = Duration::ZERO;
    loop {
        let clock = Instant::now();
        let mut records = Vec::new();
        let mut bytes = 0;
        while left > 0 && records.len() < CHUNK_ARTICLES && bytes < CHUNK_BYTES {
            let Some(record) = corpus.next() else {
                left = 0;
                break;
            };
            if let Ok(article) = &record {
                left -= 1;
                bytes += article.text.len();
            }
            records.push(record);
        }
        reading += clock.elapsed();
        let bytes_read = corpus.bytes_read();
        let chunk = Chunk {
            records,
            bytes_read,
        };
        // A receiver that has gone has met an error, which it reports itself.
        let gone = !chunk.records.is_empty() && sender.send(chunk).is_err();
        if left == 0 || gone {
            let read = ReadInputs {
                skipped: corpus.skipped().clone(),
                encodings: corpus.encodings(),
            };
            return (read, reading);
        }
    }
}
