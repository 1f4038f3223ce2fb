//! Records that are not scored.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A record that is not scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The file, or `-` for standard input.
    pub input: String,
    /// Line on which the record starts, from 1; 0 if the file as a whole is meant.
    pub line: u64,
    /// What kind of fault it is.
    pub kind: RejectedKind,
    /// What is wrong and what to do about it.
    pub reason: String,
}

impl Rejected {
    /// The place in the input: `line 7`; empty if the file as a whole is meant.
    pub fn place(&self) -> String {
        match self.line {
            0 => String::new(),
            line => format!("line {line}"),
        }
    }
}

/// The kinds of [`Rejected`] records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RejectedKind {
    /// The file, or the rest of it, cannot be read.
    Unreadable,
    /// The bytes are not UTF-8.
    Encoding,
    /// The record is not what its format asks for.
    Syntax,
    /// A field is missing or holds something else than it should.
    Field,
    /// There is no text to score.
    NoText,
    /// The date of publication cannot be read.
    Date,
    /// An article of this id was read before.
    Duplicate,
    /// The record is too long to be an article.
    TooLong,
}

impl RejectedKind {
    /// The kind's name, as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Encoding => "encoding",
            Self::Syntax => "syntax",
            Self::Field => "field",
            Self::NoText => "no-text",
            Self::Date => "date",
            Self::Duplicate => "duplicate",
            Self::TooLong => "too-long",
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

    /// The same fault in a field of a record.
    pub fn in_field(self, field: &str) -> Self {
        Self {
            reason: format!("{field}: {}", self.reason),
            ..self
        }
    }
}
