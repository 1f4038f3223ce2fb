//! From files to [`Article`]s: one reader per format, all of them streams.
//!
//! A record that cannot be used never stops a run and never disappears: it comes out of the same
//! iterator as a [`Rejected`], with the file, the line and the reason.
//!
//! ```
//! use newstance::corpus::{Corpus, CorpusOptions};
//!
//! let folder = std::env::temp_dir().join(format!("newstance-doc-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let file = folder.join("news.jsonl");
//! std::fs::write(&file, "{\"id\": 1, \"body\": \"Putin praised Trump.\"}\n{broken\n")?;
//!
//! let corpus = Corpus::open(&[file.display().to_string()], CorpusOptions::default())?;
//! let records: Vec<_> = corpus.collect();
//! assert_eq!(records[0].as_ref().unwrap().text, "Putin praised Trump.");
//! assert_eq!(records[1].as_ref().unwrap_err().line, 2);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
mod fields;
mod format;
mod input;
mod jsonl;
mod open;
mod published;
mod rejected;
mod txt;
mod walk;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

pub use fields::FieldMap;
pub use format::Format;
pub use input::Skipped;
pub use published::Published;
pub use rejected::{Rejected, RejectedKind};

use crate::error;
use fields::Fields;
use input::{Files, InputFile};
use rejected::Fault;

/// One article as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Unique within a run: the id field, else the url, else the file name (and line).
    pub id: String,
    /// Outlet: the source field, else the url's host, else a text file's folder; may be empty.
    pub source: String,
    /// When it was published, if the record says so.
    pub published: Option<Published>,
    /// Headline; may be empty.
    pub title: String,
    /// Body. All offsets of newstance are Unicode code points into this text.
    pub text: String,
    /// Web address; may be empty.
    pub url: String,
}

impl Article {
    /// A text without anything that is known about it.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            source: String::new(),
            published: None,
            title: String::new(),
            text: text.into(),
            url: String::new(),
        }
    }
}

/// What every reader yields.
pub type Record = Result<Article, Rejected>;

/// A stream of records of one file.
///
/// Each format is one implementation; none of them holds more than a record in memory.
trait ArticleReader: Send {
    /// The line on which the next record starts (from 1), and the article or the reason why there is
    /// none; `None` at the end.
    fn next_record(&mut self) -> Option<(u64, Result<Article, Fault>)>;
}

/// How inputs are read.
#[derive(Debug, Clone, Default)]
pub struct CorpusOptions {
    /// Overrides the format that the file names suggest.
    pub format: Option<Format>,
    /// Which of the input's fields hold what.
    pub fields: FieldMap,
    /// Where the run writes to. A folder that holds it is read without it, and no input may lie in it.
    pub output: Option<PathBuf>,
}

/// All articles of all inputs, in the order given (folders by file name).
///
/// Memory does not grow with the corpus but for 16 bytes an article, by which a repeated id is
/// noticed.
pub struct Corpus {
    fields: FieldMap,
    files: Files,
    current: Option<Box<dyn ArticleReader>>,
    current_name: String,
    ids: HashSet<[u8; 16]>,
    total_bytes: Option<u64>,
    bytes_read: Arc<AtomicU64>,
}

impl Corpus {
    /// Resolves the inputs: files, folders, globs or `-` for standard input.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if an argument names nothing,
    /// [`ErrorKind::UnknownFormat`](crate::ErrorKind::UnknownFormat) if a file's name does not say its
    /// format, [`ErrorKind::InputInOutput`](crate::ErrorKind::InputInOutput) if it lies in the output
    /// folder.
    pub fn open(inputs: &[String], options: CorpusOptions) -> error::Result<Self> {
        let files = Files::resolve(inputs, options.format, options.output.as_deref())?;
        Ok(Self {
            total_bytes: files.total_bytes(),
            files,
            fields: options.fields,
            current: None,
            current_name: String::new(),
            ids: HashSet::new(),
            bytes_read: Arc::default(),
        })
    }

    /// Bytes of all input files as they lie on disk; `None` when reading standard input.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Bytes read so far, comparable with [`Corpus::total_bytes`].
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Files of folders and globs that were skipped so far: of no known extension, or a pipe or socket.
    pub fn skipped(&self) -> &Skipped {
        self.files.skipped()
    }

    fn open_file(&mut self, file: &InputFile) -> Result<(), Fault> {
        let bytes = open::open(file, Arc::clone(&self.bytes_read)).map_err(open::unreadable)?;
        let fields = Fields::new(&self.fields, &file.name);
        self.current = Some(match file.format {
            Format::Txt => Box::new(txt::TxtReader::new(bytes, file)),
            Format::Jsonl => Box::new(jsonl::JsonlReader::new(bytes, fields)),
            Format::Csv => Box::new(csv::CsvReader::new(bytes, fields)?),
        });
        Ok(())
    }

    fn reject(&self, line: u64, fault: Fault) -> Rejected {
        Rejected {
            input: self.current_name.clone(),
            line,
            kind: fault.kind,
            reason: fault.reason,
        }
    }

    fn unique(&mut self, article: Article) -> Result<Article, Fault> {
        let digest = Sha256::digest(article.id.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        if self.ids.insert(key) {
            return Ok(article);
        }
        let reason = format!(
            "duplicate id {:?}: an article with this id was read before; give each its own",
            article.id
        );
        Err(Fault::new(RejectedKind::Duplicate, reason))
    }
}

impl Iterator for Corpus {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Some(reader) = &mut self.current {
                if let Some((line, record)) = reader.next_record() {
                    let record = record.and_then(|article| self.unique(article));
                    return Some(record.map_err(|fault| self.reject(line, fault)));
                }
                self.current = None;
            }
            match self.files.next()? {
                Ok(file) => {
                    self.current_name.clone_from(&file.name);
                    if let Err(fault) = self.open_file(&file) {
                        return Some(Err(self.reject(0, fault)));
                    }
                }
                Err(rejected) => return Some(Err(rejected)),
            }
        }
    }
}
