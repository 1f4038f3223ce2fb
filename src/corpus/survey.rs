//! Surveys: what a corpus must know of each article before its parts can be scored apart from each other.
//!
//! Articles are numbered, an id counts for its first article alone, a copy names the first article that it is one of, and `03/04/2025` means
//! what the other dates of a table say. On many machines, each reads a part twice: first for its [`Survey`]. All surveys, in the order of the
//! parts, then make a [`Plan`] of each, with which a part is scored as if all that is before it had been read. So the same corpus has the same
//! report, however it is spread.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, Int32Array, RecordBatch, StringArray,
};
use arrow_schema::{ArrowError, Schema};

use super::copies::{Fingerprint, HASHES, day_of};
use super::dates::{Dated, Order};
use super::fields::{Fields, Found};
use super::ledger::{Entry, Ledger};
use super::readers::{ArticleReader, Numbering, of_batches};
use super::rejected::Place;
use super::ties::Seen;
use super::{CorpusOptions, Published};
use crate::error::{Error, ErrorKind, Result};

/// What stands for a table's name in ids until the number of a record in the whole corpus is known. No id begins so.
const UNNAMED: &str = "\u{1}";

/// Dates of a corpus that told which number of `03/04/2025` is the day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateOrder {
    /// Dates with the day first, as 15/08/2025.
    pub day_first: u64,
    /// Dates with the month first.
    pub month_first: u64,
}

impl DateOrder {
    /// Adds those of another part.
    pub fn add(&mut self, other: Self) {
        self.day_first += other.day_first;
        self.month_first += other.month_first;
    }

    pub(super) fn seen(self) -> Seen {
        match (self.day_first > 0, self.month_first > 0) {
            (true, true) => Seen::Both,
            (true, false) => Seen::One(Order::DayFirst),
            (false, true) => Seen::One(Order::MonthFirst),
            (false, false) => Seen::None,
        }
    }
}

/// What a part of a corpus is, in little.
#[derive(Debug, Clone)]
pub struct Survey {
    /// A row a record: whether it is an article, its id if it has one, and what copies are known by.
    pub rows: RecordBatch,
    /// What its dates told.
    pub order: DateOrder,
}

/// A digest of records in their order, by which it is noticed that a part is not what it was when it was surveyed. Whoever reads a part
/// piece by piece goes on with it.
#[derive(Debug, Clone, Default)]
pub struct Digest(Arc<AtomicU64>);

impl Digest {
    /// Of what was read before.
    pub fn new(before: u64) -> Self {
        Self(Arc::new(AtomicU64::new(before)))
    }

    /// The digest of all that was read.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, record: &[u8]) {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.value());
        hasher.write(record);
        self.0.store(hasher.finish(), Ordering::Relaxed);
    }
}

/// Surveys rows of Arrow's columns, and adds them to a digest.
///
/// # Errors
///
/// [`ErrorKind::Input`] if no column can be the text, one that the options name is absent, or a column cannot be read.
pub fn survey<B>(
    schema: &Schema,
    batches: B,
    options: &CorpusOptions,
    digest: &Digest,
) -> Result<Survey>
where
    B: IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    B::IntoIter: Send + 'static,
{
    let refuse = |reason: String| Error::new(ErrorKind::Input, "table", reason, "");
    let fields = Fields::new(&options.fields, &Default::default(), UNNAMED);
    let numbering = Numbering {
        records: None,
        digest: digest.clone(),
    };
    let mut reader = of_batches(schema, fields, batches.into_iter(), numbering)
        .map_err(|fault| refuse(fault.reason))?;
    let mut rows = Rows::default();
    let mut order = DateOrder::default();
    while let Some((place, read)) = reader.next_record() {
        if place == Place::File {
            // What is told of the table as a whole is told when it is scored.
            continue;
        }
        if let Ok(Found {
            dated: Some(Dated::One(_, Some(told))),
            ..
        }) = &read
        {
            order.day_first += u64::from(*told == Order::DayFirst);
            order.month_first += u64::from(*told == Order::MonthFirst);
        }
        rows.push(read.as_ref().ok());
    }
    Ok(Survey {
        rows: rows.finish().map_err(|error| refuse(error.to_string()))?,
        order,
    })
}

/// The rows of a survey.
struct Rows {
    article: BooleanBuilder,
    id: StringBuilder,
    signature: FixedSizeBinaryBuilder,
    words: Int32Builder,
    /// Days since 1970; two of them where the order of the corpus decides.
    day: Int32Builder,
    day_if_month_first: Int32Builder,
}

const SIGNATURE_BYTES: i32 = 2 * HASHES as i32;

impl Default for Rows {
    fn default() -> Self {
        Self {
            article: BooleanBuilder::new(),
            id: StringBuilder::new(),
            signature: FixedSizeBinaryBuilder::new(SIGNATURE_BYTES),
            words: Int32Builder::new(),
            day: Int32Builder::new(),
            day_if_month_first: Int32Builder::new(),
        }
    }
}

impl Rows {
    fn push(&mut self, found: Option<&Found>) {
        self.article.append_value(found.is_some());
        let id = found.map(|it| &*it.article.id);
        self.id
            .append_option(id.filter(|id| !id.starts_with(UNNAMED)));
        let fingerprint = found
            .map(|it| Fingerprint::of(&it.article))
            .unwrap_or_default();
        match fingerprint.signature {
            Some((signature, words)) => {
                let mut bytes = [0; SIGNATURE_BYTES as usize];
                for (two, hash) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(signature) {
                    *two = hash.to_le_bytes();
                }
                let appended = self.signature.append_value(bytes);
                appended.expect("a signature has its length");
                self.words
                    .append_value(i32::try_from(words).unwrap_or(i32::MAX));
            }
            None => {
                self.signature.append_null();
                self.words.append_null();
            }
        }
        let day = |published: Published| Some(day_of(published.date()));
        let (one, other) = match found.and_then(|it| it.dated) {
            Some(Dated::Either {
                day_first,
                month_first,
            }) => (day(day_first), day(month_first)),
            _ => (fingerprint.day, None),
        };
        self.day.append_option(one);
        self.day_if_month_first.append_option(other);
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_from_iter_with_nullable([
            (
                "article",
                Arc::new(self.article.finish()) as ArrayRef,
                false,
            ),
            ("id", Arc::new(self.id.finish()) as ArrayRef, true),
            (
                "signature",
                Arc::new(self.signature.finish()) as ArrayRef,
                true,
            ),
            ("words", Arc::new(self.words.finish()) as ArrayRef, true),
            ("day", Arc::new(self.day.finish()) as ArrayRef, true),
            (
                "day_if_month_first",
                Arc::new(self.day_if_month_first.finish()) as _,
                true,
            ),
        ])
    }
}

/// Makes plans of the parts of a corpus from their surveys.
///
/// Memory grows by about 76 bytes an article; the ids of copies' originals lie in a temporary file.
pub struct Planner {
    name: String,
    order: Seen,
    ledger: Ledger,
    records: u64,
}

impl Planner {
    /// For a corpus of a name, which stands for it in the ids of articles that have none, and with all that its dates told.
    pub fn new(name: &str, order: DateOrder) -> Self {
        Self {
            name: name.to_owned(),
            order: order.seen(),
            ledger: Ledger::default(),
            records: 0,
        }
    }

    /// The plan of the next part, a row a record: its number in the corpus, and if it is an article whose id no other has, its number among
    /// these and the article that it is a copy of.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] if these are no rows of a survey.
    pub fn plan(&mut self, survey: &RecordBatch) -> Result<RecordBatch> {
        let rows = Surveyed::of(survey).ok_or_else(|| {
            let problem = "these are no rows of a survey";
            Error::new(ErrorKind::Input, "survey", problem, "")
        })?;
        let (mut record, mut number) = (Int64Builder::new(), Int64Builder::new());
        let mut copy_of = StringBuilder::new();
        for row in 0..survey.num_rows() {
            self.records += 1;
            record.append_value(self.records.cast_signed());
            let entry = rows.is_article(row).then(|| {
                let by_place = || format!("{}:{}", self.name, self.records);
                let id = rows.id(row).map_or_else(by_place, str::to_owned);
                self.ledger.enter(&id, &rows.fingerprint(row, self.order))
            });
            let entry = entry.flatten();
            number.append_option(entry.as_ref().map(|it| it.number.cast_signed()));
            copy_of.append_option(entry.and_then(|it| it.copy_of));
        }
        let columns = [
            ("record", Arc::new(record.finish()) as ArrayRef, false),
            ("number", Arc::new(number.finish()) as ArrayRef, true),
            ("copy_of", Arc::new(copy_of.finish()) as ArrayRef, true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|error| Error::new(ErrorKind::Input, "survey", error.to_string(), ""))
    }
}

/// The columns of a survey.
struct Surveyed<'a> {
    article: &'a BooleanArray,
    id: &'a StringArray,
    signature: &'a FixedSizeBinaryArray,
    words: &'a Int32Array,
    day: &'a Int32Array,
    day_if_month_first: &'a Int32Array,
}

impl<'a> Surveyed<'a> {
    fn of(rows: &'a RecordBatch) -> Option<Self> {
        let days = |name: &str| rows.column_by_name(name)?.as_primitive_opt::<Int32Type>();
        let signature = rows
            .column_by_name("signature")?
            .as_fixed_size_binary_opt()?;
        (signature.value_length() == SIGNATURE_BYTES).then_some(())?;
        Some(Self {
            article: rows.column_by_name("article")?.as_boolean_opt()?,
            id: rows.column_by_name("id")?.as_string_opt()?,
            signature,
            words: days("words")?,
            day: days("day")?,
            day_if_month_first: days("day_if_month_first")?,
        })
    }

    fn is_article(&self, row: usize) -> bool {
        self.article.is_valid(row) && self.article.value(row)
    }

    fn id(&self, row: usize) -> Option<&'a str> {
        self.id.is_valid(row).then(|| self.id.value(row))
    }

    fn fingerprint(&self, row: usize, order: Seen) -> Fingerprint {
        let value = |of: &Int32Array| of.is_valid(row).then(|| of.value(row));
        let (day, other) = (value(self.day), value(self.day_if_month_first));
        let signature = self.signature.is_valid(row).then(|| {
            let bytes = self.signature.value(row).as_chunks::<2>().0;
            let mut signature = [0; HASHES];
            for (hash, two) in signature.iter_mut().zip(bytes) {
                *hash = u16::from_le_bytes(*two);
            }
            signature
        });
        let words = value(self.words).and_then(|it| usize::try_from(it).ok());
        Fingerprint {
            signature: signature.zip(words),
            day: match (other, order) {
                (None, _) | (Some(_), Seen::One(Order::DayFirst)) => day,
                (Some(_), Seen::One(Order::MonthFirst)) => other,
                (Some(_), Seen::None | Seen::Both) => None,
            },
        }
    }
}

/// A part of a corpus that was surveyed.
#[derive(Debug, Clone)]
pub struct Part {
    /// A row of [`Planner::plan`] for each of its records.
    pub plan: RecordBatch,
    /// What its records are added to.
    pub digest: Digest,
}

/// The plan of a part.
pub(super) struct Plan {
    /// The number of each record in the corpus.
    pub records: Vec<u64>,
    pub entries: HashMap<u64, Entry>,
}

impl Plan {
    /// Of rows that [`Planner::plan`] made.
    pub fn of(rows: &RecordBatch) -> Option<Self> {
        let numbers = |name: &str| rows.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let (record, number) = (numbers("record")?, numbers("number")?);
        let copy_of = rows.column_by_name("copy_of")?.as_string_opt::<i32>()?;
        let mut plan = Self {
            records: Vec::with_capacity(rows.num_rows()),
            entries: HashMap::new(),
        };
        for row in 0..rows.num_rows() {
            let at = u64::try_from(record.value(row)).ok()?;
            plan.records.push(at);
            if number.is_valid(row) {
                let entry = Entry {
                    number: u64::try_from(number.value(row)).ok()?,
                    copy_of: copy_of.is_valid(row).then(|| copy_of.value(row).to_owned()),
                };
                plan.entries.insert(at, entry);
            }
        }
        Some(plan)
    }
}
