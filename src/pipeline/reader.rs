//! Reading a corpus in chunks, behind what was done before.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::{Resume, RunOptions, Shard};
use crate::corpus::{Corpus, Place, Record, Rejected, RejectedKind, Skipped};
use crate::error::{Error, ErrorKind, Result};

/// Articles that are scored together. Enough questions to fill batches of similar length; the bound
/// on text keeps memory flat if articles are books.
const CHUNK_ARTICLES: usize = 256;
const CHUNK_BYTES: usize = 4 << 20;

/// Records that are scored together.
pub(super) struct Chunk {
    pub records: Vec<Record>,
    /// Digest of all records up to the last of them.
    pub digest: String,
    /// Bytes read up to the last of them.
    pub bytes_read: u64,
}

/// What reading found beside records.
pub(super) struct ReadInputs {
    pub skipped: Skipped,
    pub encodings: Vec<(&'static str, u64)>,
}

/// Reads the corpus in chunks.
pub(super) struct Reader {
    /// Articles still to be read.
    left: u64,
    shard: Option<Shard>,
    /// Records that make a chunk each.
    alone: u64,
    /// Whether the next article is left out.
    leave_out: bool,
    digest: Sha256,
}

impl Reader {
    pub fn new(options: &RunOptions) -> Self {
        Self {
            left: options.limit.unwrap_or(u64::MAX),
            shard: options.shard,
            alone: options.resume.alone,
            leave_out: options.resume.leave_out,
            digest: Sha256::new(),
        }
    }

    /// The next record of the part that is scored.
    fn next(&mut self, corpus: &mut Corpus) -> Option<Record> {
        let is_meant = |record: &Record| self.shard.is_none_or(|shard| shard.holds(record));
        let record = corpus.find(is_meant)?;
        match &record {
            Ok(article) => {
                self.left -= 1;
                let published = article.published.map(|it| it.to_string());
                for part in [
                    &article.id,
                    &article.source,
                    published.as_deref().unwrap_or_default(),
                    &article.url,
                    article.copy_of.as_deref().unwrap_or_default(),
                    &article.text,
                ] {
                    self.digest.update(part.as_bytes());
                    self.digest.update([0]);
                }
                for kept in &article.kept {
                    self.digest.update(kept.as_bytes());
                    self.digest.update([0]);
                }
            }
            Err(rejected) => {
                self.digest.update(rejected.input.as_bytes());
                self.digest.update(rejected.place.to_string().as_bytes());
                self.digest.update(rejected.reason.as_bytes());
            }
        }
        Some(record)
    }

    fn digest(&self) -> String {
        format!("{:x}", self.digest.clone().finalize())
    }

    /// Reads what is done already, and checks that it is what it was.
    pub fn skip(&mut self, corpus: &mut Corpus, resume: &Resume) -> Result<()> {
        let mut last = String::new();
        for _ in 0..resume.records {
            match self.next(corpus) {
                Some(Ok(article)) => last = article.id,
                Some(Err(rejected)) => last = rejected.input,
                None => break,
            }
        }
        match resume.records == 0 || self.digest() == resume.digest {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::NotResumable,
                last,
                "the input up to here is not what it was when the run broke off",
                "give the same input, or start anew",
            )),
        }
    }

    /// Sends the corpus in chunks; gives what it found beside them, and the time spent on reading.
    pub fn read_chunks(
        mut self,
        mut corpus: Corpus,
        sender: &SyncSender<Chunk>,
    ) -> (ReadInputs, Duration) {
        let mut reading = Duration::ZERO;
        loop {
            let clock = Instant::now();
            let mut records = Vec::new();
            let mut bytes = 0;
            let most = if self.alone > 0 { 1 } else { CHUNK_ARTICLES };
            while self.left > 0 && records.len() < most && bytes < CHUNK_BYTES {
                let Some(record) = self.next(&mut corpus) else {
                    self.left = 0;
                    break;
                };
                let record = match record {
                    Ok(article) if self.leave_out => {
                        let why = "the program died of it twice";
                        Err(left_out(&article.id, why))
                    }
                    Ok(article) => {
                        bytes += article.size();
                        Ok(article)
                    }
                    rejected => rejected,
                };
                self.leave_out = false;
                records.push(record);
            }
            self.alone = self.alone.saturating_sub(records.len() as u64);
            reading += clock.elapsed();
            let chunk = Chunk {
                digest: self.digest(),
                bytes_read: corpus.bytes_read(),
                records,
            };
            // A receiver that has gone has met an error, which it reports itself, or was told to end.
            let gone = !chunk.records.is_empty() && sender.send(chunk).is_err();
            if self.left == 0 || gone {
                let read = ReadInputs {
                    skipped: corpus.skipped().clone(),
                    encodings: corpus.encodings(),
                };
                return (read, reading);
            }
        }
    }
}

/// An article that is not scored since that ends badly.
pub(super) fn left_out(id: &str, why: &str) -> Rejected {
    Rejected {
        input: id.to_owned(),
        place: Place::File,
        kind: RejectedKind::Failed,
        reason: format!("the article was left out: {why}; please report it with its text"),
    }
}
