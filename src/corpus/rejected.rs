//! Records that are not scored, or not as they are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A record that is not scored, or not as its input has it (a date that can't be read, a text that was cut).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The file, or `-` for standard input.
    pub input: String,
    /// Where in it.
    pub place: Place,
    /// What kind of fault it is.
    pub kind: RejectedKind,
    /// What is wrong and what to do about it.
    pub reason: String,
}

/// Where a record stands in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// The line on which it starts, from 1.
    Line(u64),
    /// Its number among the records, from 1.
    Record(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Record(record) => write!(f, "record {record}"),
        }
    }
}

/// The kinds of [`Rejected`] records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RejectedKind {
    /// The file, or the record, cannot be read.
    Unreadable,
    /// The rest of the file cannot be read, and what it holds is not in the report.
    Lost,
    /// The bytes are no text.
    Encoding,
    /// The record is not what its format asks for.
    Syntax,
    /// A field is missing or holds something else than it should.
    Field,
    /// There is no text to score.
    NoText,
    /// The date of publication cannot be read; the article is scored without.
    Date,
    /// An article of this id was read before.
    Duplicate,
    /// The record is too long to be an article.
    TooLong,
    /// The text was cut off before it came here.
    Cut,
    /// Scoring the article ended in a fault of the program.
    Failed,
}

impl RejectedKind {
    /// The kind's name, as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Lost => "lost",
            Self::Encoding => "encoding",
            Self::Syntax => "syntax",
            Self::Field => "field",
            Self::NoText => "no-text",
            Self::Date => "date",
            Self::Duplicate => "duplicate",
            Self::TooLong => "too-long",
            Self::Cut => "cut",
            Self::Failed => "failed",
        }
    }
}

impl Rejected {
    /// A record whose article has the id of another.
    pub(crate) fn duplicate(input: &str, place: Place, id: &str) -> Self {
        let Fault { kind, reason } = Fault::duplicate(id);
        Self {
            input: input.to_owned(),
            place,
            kind,
            reason,
        }
    }
}

impl fmt::Display for RejectedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a reader gives no article, without the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub kind: RejectedKind,
    pub reason: String,
}

impl Fault {
    pub fn new(kind: RejectedKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    /// An article with the id of another.
    pub fn duplicate(id: &str) -> Self {
        let reason = format!(
            "duplicate id {id:?}: an article with this id was read before; give each its own"
        );
        Self::new(RejectedKind::Duplicate, reason)
    }

    /// The same fault in a field of a record.
    pub fn in_field(self, field: &str) -> Self {
        Self {
            reason: format!("{field}: {}", self.reason),
            ..self
        }
    }
}
