//! Surveys: what a corpus must know of each article, where its parts are scored apart from each other.
//!
//! Articles are numbered, an id counts for its first article alone, a copy names the first article that it is one of, and `03/04/2025` means
//! what the other dates of a table say. On many machines, [`date_order`] of all parts comes first. Then each part is scored as a corpus of
//! its own ([`Corpus::of_part`](super::Corpus::of_part)) and surveyed on the way. All surveys, in the order of the parts, make a plan of each
//! ([`Planner`]), by which its facts are settled ([`settle`](crate::report::settle)): they are those that the whole corpus has when it is
//! read at once.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_schema::{ArrowError, Schema};

use super::Article;
use super::copies::{Fingerprint, HASHES};
use super::dates::{Dated, Order};
use super::fields::Fields;
use super::ledger::Ledger;
use super::published::Published;
use super::readers::each_date;
use super::ties::Seen;
use crate::error::{Error, ErrorKind, Result};

/// What stands for a table's name in ids until the number of a record in the whole corpus is known. No id begins so.
const UNNAMED: &str = "\u{1}";

fn refused(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Input, "survey", problem, "")
}

/// Dates of a corpus that told which number of `03/04/2025` is the day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateOrder {
    /// Dates with the day first, as 15/08/2025.
    pub day_first: u64,
    /// Dates with the month first.
    pub month_first: u64,
}

impl DateOrder {
    pub(super) fn seen(self) -> Seen {
        match (self.day_first > 0, self.month_first > 0) {
            (true, true) => Seen::Both,
            (true, false) => Seen::One(Order::DayFirst),
            (false, true) => Seen::One(Order::MonthFirst),
            (false, false) => Seen::None,
        }
    }
}

/// What the dates of a part tell; columns of other fields need not be there.
///
/// # Errors
///
/// [`ErrorKind::Input`] if a column cannot be read.
pub fn date_order<B>(schema: &Schema, batches: B, fields: &super::FieldMap) -> Result<DateOrder>
where
    B: IntoIterator<Item = Result<RecordBatch, ArrowError>>,
{
    let fields = Fields::new(fields, &Arc::default(), UNNAMED);
    let mut order = DateOrder::default();
    let read = each_date(schema, &fields, batches.into_iter(), |date| {
        if let Ok(Dated::One(_, Some(told))) = Published::read(date) {
            order.day_first += u64::from(told == Order::DayFirst);
            order.month_first += u64::from(told == Order::MonthFirst);
        }
    });
    read.map_err(|fault| refused(fault.reason))?;
    Ok(order)
}

/// What a part of a corpus is, in little. It grows as the part is read.
#[derive(Clone, Default)]
pub struct Survey(Arc<Mutex<Rows>>);

impl Survey {
    /// What a table is called whose records are not known by their numbers yet.
    pub(crate) const NAME: &str = UNNAMED;

    pub(super) fn add(&self, article: Option<&Article>) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.push(article);
    }

    /// A row a record that was read: whether it is an article, its id if it has one, and what copies are known by. None are left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] if ids have more than 2 GiB.
    pub fn take(&self) -> Result<RecordBatch> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.finish().map_err(|error| refused(error.to_string()))
    }
}

/// The rows of a survey.
struct Rows {
    article: BooleanBuilder,
    id: StringBuilder,
    signature: FixedSizeBinaryBuilder,
    words: Int32Builder,
    /// Days since 1970.
    day: Int32Builder,
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
        }
    }
}

impl Rows {
    fn push(&mut self, article: Option<&Article>) {
        self.article.append_value(article.is_some());
        let id = article.map(|it| &*it.id);
        self.id
            .append_option(id.filter(|id| !id.starts_with(UNNAMED)));
        let fingerprint = article.map(Fingerprint::of).unwrap_or_default();
        self.day.append_option(fingerprint.day);
        let Some((signature, words)) = fingerprint.signature else {
            self.signature.append_null();
            self.words.append_null();
            return;
        };
        let mut bytes = [0; SIGNATURE_BYTES as usize];
        for (two, hash) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(signature) {
            *two = hash.to_le_bytes();
        }
        let appended = self.signature.append_value(bytes);
        appended.expect("a signature has its length");
        self.words
            .append_value(i32::try_from(words).unwrap_or(i32::MAX));
    }

    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: [(&str, ArrayRef, bool); 5] = [
            ("article", Arc::new(self.article.finish()), false),
            ("id", Arc::new(self.id.finish()), true),
            ("signature", Arc::new(self.signature.finish()), true),
            ("words", Arc::new(self.words.finish()), true),
            ("day", Arc::new(self.day.finish()), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns)
    }
}

/// Makes plans of the parts of a corpus from their surveys.
///
/// Memory grows by about 76 bytes an article; the ids of copies' originals lie in a temporary file.
pub struct Planner {
    name: String,
    ledger: Ledger,
    records: u64,
}

impl Planner {
    /// For a corpus of a name, which stands for it in the ids of articles that have none.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
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
        let rows = Surveyed::of(survey).ok_or_else(|| refused("these are no rows of a survey"))?;
        let (mut record, mut number) = (Int64Builder::new(), Int64Builder::new());
        let mut copy_of = StringBuilder::new();
        for row in 0..survey.num_rows() {
            self.records += 1;
            record.append_value(self.records.cast_signed());
            let entry = rows.is_article(row).then(|| {
                let by_place = || by_place(&self.name, self.records);
                let id = rows.id(row).map_or_else(by_place, str::to_owned);
                self.ledger.enter(&id, &rows.fingerprint(row))
            });
            let entry = entry.flatten();
            number.append_option(entry.as_ref().map(|it| it.number.cast_signed()));
            copy_of.append_option(entry.and_then(|it| it.copy_of));
        }
        let columns: [(&str, ArrayRef, bool); 3] = [
            ("record", Arc::new(record.finish()), false),
            ("number", Arc::new(number.finish()), true),
            ("copy_of", Arc::new(copy_of.finish()), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|error| refused(error.to_string()))
    }
}

/// The id of an article that has none.
fn by_place(name: &str, record: u64) -> String {
    format!("{name}:{record}")
}

/// The columns of a survey.
struct Surveyed<'a> {
    article: &'a BooleanArray,
    id: &'a StringArray,
    signature: &'a FixedSizeBinaryArray,
    words: &'a Int32Array,
    day: &'a Int32Array,
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
        })
    }

    fn is_article(&self, row: usize) -> bool {
        self.article.is_valid(row) && self.article.value(row)
    }

    fn id(&self, row: usize) -> Option<&'a str> {
        self.id.is_valid(row).then(|| self.id.value(row))
    }

    fn fingerprint(&self, row: usize) -> Fingerprint {
        let value = |of: &Int32Array| of.is_valid(row).then(|| of.value(row));
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
            day: value(self.day),
        }
    }
}

/// The plan of a part, as [`Planner::plan`] made it.
pub(crate) struct Plan<'a> {
    name: &'a str,
    record: &'a Int64Array,
    number: &'a Int64Array,
    copy_of: &'a StringArray,
}

/// What a plan says of an article.
pub(crate) struct Planned<'a> {
    /// Its number among the articles of the corpus; `None` if another before it has its id.
    pub number: Option<u64>,
    pub copy_of: Option<&'a str>,
}

impl<'a> Plan<'a> {
    /// Of rows of a plan, for a corpus of a name.
    pub fn of(name: &'a str, rows: &'a RecordBatch) -> Result<Self> {
        let refuse = || refused("these are no rows of a plan");
        let numbers = |name: &str| rows.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let copies = |name: &str| rows.column_by_name(name)?.as_string_opt::<i32>();
        Ok(Self {
            name,
            record: numbers("record").ok_or_else(refuse)?,
            number: numbers("number").ok_or_else(refuse)?,
            copy_of: copies("copy_of").ok_or_else(refuse)?,
        })
    }

    fn row(&self, record: u64) -> Result<usize> {
        let row = usize::try_from(record)
            .ok()
            .and_then(|it| it.checked_sub(1));
        row.filter(|row| *row < self.record.len())
            .ok_or_else(|| refused(format!("the plan has no record {record} of the part")))
    }

    /// The number in the corpus of a record of the part.
    pub fn record(&self, record: u64) -> Result<u64> {
        Ok(self.record.value(self.row(record)?).cast_unsigned())
    }

    /// What is planned of the article of a record of the part.
    pub fn article(&self, record: u64) -> Result<Planned<'a>> {
        let row = self.row(record)?;
        let is_there = self.number.is_valid(row);
        Ok(Planned {
            number: is_there.then(|| self.number.value(row).cast_unsigned()),
            copy_of: self.copy_of.is_valid(row).then(|| self.copy_of.value(row)),
        })
    }

    /// The id of an article that has none of its own; `None` if it has.
    pub fn id(&self, id: &str, record: u64) -> Result<Option<String>> {
        match id.starts_with(UNNAMED) {
            true => Ok(Some(by_place(self.name, self.record(record)?))),
            false => Ok(None),
        }
    }
}
