//! From files to [`Article`]s: one reader per format, all of them streams.
//!
//! A record that cannot be used never stops a run and never disappears: it comes out of the same
//! iterator as a [`Rejected`], with the file, the line and the reason.
//!
//! ```
//! use newstance::corpus::{Corpus, CorpusOptions, Place};
//!
//! let folder = std::env::temp_dir().join(format!("newstance-doc-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let file = folder.join("news.jsonl");
//! std::fs::write(&file, "{\"id\": 1, \"body\": \"Putin praised Trump.\"}\n{broken\n")?;
//!
//! let corpus = Corpus::open(&[file.display().to_string()], CorpusOptions::default())?;
//! let records: Vec<_> = corpus.collect();
//! assert_eq!(records[0].as_ref().unwrap().text, "Putin praised Trump.");
//! assert_eq!(records[1].as_ref().unwrap_err().place, Place::Line(2));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod article;
mod copies;
mod dates;
mod encoding;
mod field_names;
mod fields;
mod format;

mod input;
mod ledger;
mod open;
mod plain;
mod published;
mod readers;
mod rejected;
mod survey;
mod ties;
mod walk;

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema};

pub use article::Article;
pub(crate) use encoding::text_of_file;
pub use field_names::FieldMap;
pub use format::Format;
pub use input::Skipped;
pub use published::Published;
pub use rejected::{Place, Rejected, RejectedKind};
pub use survey::{DateOrder, Planner, Survey, date_order};
pub(crate) use survey::{Plan, Planned};

use crate::error;
use crate::guard::guarded;

use copies::Fingerprint;
use encoding::Encodings;
use fields::Fields;
use ledger::{Entry, Ledger};

use input::{Files, InputFile, unicode};
use readers::{ArticleReader, reader};
use rejected::Fault;
use ties::{Dates, Seen, Settled};

/// What every reader yields.
pub type Record = Result<Article, Rejected>;

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

/// A file that is being read.
struct Current {
    name: String,
    /// The id of its article if another file has the one that it is known by: its path with all extensions. `None` if its records have
    /// ids of their own.
    other_id: Option<String>,
    /// Bytes of all files that were read before it.
    bytes_before: u64,
    /// Its own, if it is no pipe.
    bytes: Option<u64>,
    /// Articles that it gave so far.
    articles: u64,
}

impl Current {
    fn of(file: &InputFile, bytes_before: u64) -> Self {
        let is_article = file.format == Format::Txt;
        Self {
            name: file.name.clone(),
            other_id: is_article.then(|| unicode(&file.relative)),
            bytes_before,
            bytes: file
                .path
                .as_ref()
                .and_then(|path| Some(fs::metadata(path).ok()?.len())),
            articles: 0,
        }
    }

    /// A table in memory.
    fn in_memory(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            other_id: None,
            bytes_before: 0,
            bytes: None,
            articles: 0,
        }
    }

    /// How much of the file is lost if reading ended here, as far as that can be known.
    fn lost(&self, bytes_read: u64) -> String {
        let read = bytes_read - self.bytes_before;
        let articles = self.articles;
        match self.bytes {
            Some(bytes) if read < bytes => {
                let left = bytes - read;
                let share = 100.0 * left as f64 / bytes as f64;
                let lost = match u128::from(articles) * u128::from(left) / u128::from(read.max(1)) {
                    0 => String::new(),
                    lost => format!(", some {lost} articles if they are as the {articles} before"),
                };
                format!("{share:.0} % of its {bytes} bytes are lost{lost}")
            }
            _ => format!(
                "all its bytes were read, and gave {articles} articles; how many should follow cannot be known"
            ),
        }
    }
}

/// Who knows which articles have the id of another or are copies.
enum Known {
    /// Whoever has read all articles before.
    Read(Box<Ledger>),
    /// Whoever has the surveys of all parts, when all are read. The order is that of the whole corpus's dates.
    Surveyed(Survey, Seen),
}

/// All articles of all inputs, in the order given (folders by file name).
///
/// Memory does not grow with the corpus but for 16 bytes an article, by which a repeated id is noticed, and about 60, by which a
/// copy is.
pub struct Corpus {
    fields: FieldMap,
    files: Files,
    current: Option<(Dates, Current)>,
    pending: VecDeque<Record>,
    known: Known,
    encodings: Arc<Encodings>,
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
            pending: VecDeque::new(),
            known: Known::Read(Box::default()),
            encodings: Arc::default(),
            bytes_read: Arc::default(),
        })
    }

    /// A corpus in memory: rows of Arrow's columns. `name` stands for it in messages and in the ids of articles that have none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if no column can be the text, or one that the options name is absent.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{ArrayRef, RecordBatch, StringArray};
    /// use newstance::corpus::{Corpus, CorpusOptions};
    ///
    /// let texts: ArrayRef = Arc::new(StringArray::from(vec!["Critics condemned Putin.", "Aides praised Trump."]));
    /// let table = RecordBatch::try_from_iter([("maintext", texts)])?;
    /// let schema = table.schema();
    /// let corpus = Corpus::of_batches("table", &schema, [Ok(table)], CorpusOptions::default())?;
    /// let ids: Vec<String> = corpus.flatten().map(|article| article.id).collect();
    /// assert_eq!(ids, ["table:1", "table:2"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_batches<B>(
        name: &str,
        schema: &Schema,
        batches: B,
        options: CorpusOptions,
    ) -> error::Result<Self>
    where
        B: IntoIterator<Item = Result<RecordBatch, ArrowError>>,
        B::IntoIter: Send + 'static,
    {
        Self::open(&[], options)?.with_batches(name, schema, batches.into_iter(), 0)
    }

    /// A part of a corpus in memory, which is surveyed as it is read: see [`survey`](Survey). So many records of the part were read before, and
    /// `order` is what all dates of the corpus told. Numbers of articles are those of their records in the part, and no article is a copy
    /// or has the id of another, until that is settled.
    ///
    /// # Errors
    ///
    /// Those of [`Corpus::of_batches`].
    pub fn of_part<B>(
        schema: &Schema,
        batches: B,
        options: CorpusOptions,
        records_before: u64,
        order: DateOrder,
    ) -> error::Result<(Self, Survey)>
    where
        B: IntoIterator<Item = Result<RecordBatch, ArrowError>>,
        B::IntoIter: Send + 'static,
    {
        let survey = Survey::default();
        let corpus = Self {
            known: Known::Surveyed(survey.clone(), order.seen()),
            ..Self::open(&[], options)?
        };
        let batches = batches.into_iter();
        let corpus = corpus.with_batches(Survey::NAME, schema, batches, records_before)?;
        Ok((corpus, survey))
    }

    fn with_batches(
        mut self,
        name: &str,
        schema: &Schema,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
        records_before: u64,
    ) -> error::Result<Self> {
        let fields = Fields::new(&self.fields, &self.encodings, name);
        let reader = readers::of_batches(schema, fields, batches, records_before)
            .map_err(|fault| error::Error::new(error::ErrorKind::Input, name, fault.reason, ""))?;
        let dates = match self.known {
            Known::Surveyed(_, order) => Dates::settled_by(Box::new(reader), order),
            Known::Read(_) => Dates::new(Box::new(reader)),
        };
        self.current = Some((dates, Current::in_memory(name)));
        Ok(self)
    }

    /// Each input file with its size and the time of its last change, in words, before any is read; `None` when reading standard input.
    pub fn stamps(&self) -> Option<Vec<(String, String)>> {
        self.files.stamps()
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

    /// Encodings other than UTF-8 that were read so far: of UTF-16 the files, of Windows-1252 the records.
    pub fn encodings(&self) -> Vec<(&'static str, u64)> {
        self.encodings.counts()
    }

    fn open_file(&mut self, file: &InputFile) -> Result<Box<dyn ArticleReader>, Fault> {
        let bytes = open::open(file, Arc::clone(&self.bytes_read)).map_err(open::unreadable)?;
        let fields = Fields::new(&self.fields, &self.encodings, &file.name);
        let opened = guarded(|| reader(file, bytes, fields));
        opened.unwrap_or_else(|panic| Err(open::damaged(&panic)))
    }

    /// Takes what a reader gave: an article and all that is to be told of it.
    fn take(&mut self, settled: Settled, file: &mut Current) {
        let Settled {
            place,
            member,
            mut read,
            notices,
        } = settled;
        // How much of an archive's member is lost, its size on disk does not tell.
        if let (Err(fault), None) = (&mut read, &member)
            && fault.kind == RejectedKind::Lost
        {
            let lost = file.lost(self.bytes_read());
            fault.reason.push_str(&format!("; {lost}"));
        }
        let input = member.unwrap_or_else(|| file.name.clone());
        let rejected = |fault: Fault| Rejected {
            input: input.clone(),
            place,
            kind: fault.kind,
            reason: fault.reason,
        };
        let other_id = file.other_id.as_deref();
        if let (Known::Surveyed(survey, _), Place::Record(_)) = (&self.known, place) {
            survey.add(read.as_ref().ok());
        }
        let article = read.and_then(|article| self.unique(article, place, other_id));
        let found = article.is_ok();
        file.articles += u64::from(found);
        self.pending.push_back(article.map_err(rejected));
        if found {
            self.pending
                .extend(notices.into_iter().map(|fault| Err(rejected(fault))));
        }
    }

    fn unique(
        &mut self,
        mut article: Article,
        place: Place,
        other_id: Option<&str>,
    ) -> Result<Article, Fault> {
        let entry = match &mut self.known {
            Known::Read(ledger) => {
                let fingerprint = Fingerprint::of(&article);
                ledger.enter(&article.id, &fingerprint).or_else(|| {
                    // a.txt and a.txt.gz are two articles.
                    other_id?.clone_into(&mut article.id);
                    ledger.enter(&article.id, &fingerprint)
                })
            }
            Known::Surveyed(..) => Some(Entry {
                number: match place {
                    Place::Record(record) => record,
                    Place::File | Place::Line(_) => 0,
                },
                copy_of: None,
            }),
        };
        let Some(Entry { number, copy_of }) = entry else {
            return Err(Fault::duplicate(&article.id));
        };
        Ok(Article {
            number,
            copy_of,
            ..article
        })
    }
}

impl Iterator for Corpus {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.pending.pop_front() {
                return Some(record);
            }
            if let Some((mut dates, mut file)) = self.current.take() {
                let settled = dates.next();
                self.files.pass_over(dates.skipped());
                if let Some(settled) = settled {
                    self.take(settled, &mut file);
                    self.current = Some((dates, file));
                }
                continue;
            }
            match self.files.next()? {
                Ok(file) => {
                    let bytes_before = self.bytes_read();
                    match self.open_file(&file) {
                        Ok(reader) => {
                            let current = Current::of(&file, bytes_before);
                            self.current = Some((Dates::new(reader), current));
                        }
                        Err(fault) => {
                            return Some(Err(Rejected {
                                input: file.name,
                                place: Place::File,
                                kind: fault.kind,
                                reason: fault.reason,
                            }));
                        }
                    }
                }
                Err(rejected) => return Some(Err(rejected)),
            }
        }
    }
}
