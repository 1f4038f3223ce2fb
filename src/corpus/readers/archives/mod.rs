//! Files of many articles as press archives export them, told apart by their own marks.

mod factiva;
mod nexis;
mod proquest;

use super::{ArticleReader, Read, no_text};
use crate::corpus::Published;
use crate::corpus::dates::Dated;
use crate::corpus::encoding::text_of;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::rejected::{Fault, Place};

/// An archive, by the form of its exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    /// `1 of 10 DOCUMENTS`.
    Nexis,
    /// `Body`, `End of Document`.
    NexisUni,
    /// `341 words`, `Document SMPL000020250815el8f0001`, or codes: `HD`, `LP`.
    Factiva,
    /// Underscores between documents, `Full text:`.
    ProQuest,
}

/// The archive that a text, or its beginning, is of.
pub(super) fn kind_of(text: &str) -> Option<Archive> {
    if nexis::is_classic(text) {
        Some(Archive::Nexis)
    } else if proquest::is_export(text) {
        Some(Archive::ProQuest)
    } else if factiva::is_export(text) {
        Some(Archive::Factiva)
    } else if nexis::is_uni(text) {
        Some(Archive::NexisUni)
    } else {
        None
    }
}

/// Reads the articles of an export.
pub(super) struct ArchiveReader {
    fields: Fields,
    articles: std::vec::IntoIter<RawArticle>,
    record: u64,
}

impl ArchiveReader {
    /// # Errors
    ///
    /// Where the bytes are no text, or hold no article.
    pub fn new(kind: Archive, bytes: Vec<u8>, fields: Fields) -> Result<Self, Fault> {
        let text = text_of(&bytes, &fields.encodings)?;
        Self::of_text(kind, &text, fields)
    }

    /// The same of a text.
    pub fn of_text(kind: Archive, text: &str, fields: Fields) -> Result<Self, Fault> {
        // Word processors put such spaces behind labels.
        let text = text.replace('\u{a0}', " ").replace("\r\n", "\n");
        let articles = match kind {
            Archive::Nexis => nexis::classic(&text),
            Archive::NexisUni => nexis::uni(&text),
            Archive::Factiva => factiva::articles(&text),
            Archive::ProQuest => proquest::articles(&text),
        };
        if articles.is_empty() {
            return Err(no_text("the export holds no article"));
        }
        Ok(Self {
            fields,
            articles: articles.into_iter(),
            record: 0,
        })
    }
}

impl ArticleReader for ArchiveReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        let raw = self.articles.next()?;
        self.record += 1;
        let place = Place::Record(self.record);
        Some((place, self.fields.article(place, raw)))
    }
}

/// Whether a line is a date and nothing else.
fn is_date(line: &str) -> bool {
    let line = line.trim();
    line.len() <= 60
        && line.contains(|char: char| char.is_ascii_digit())
        && matches!(Published::read(line), Ok(Dated::One(..)))
}

/// Sets a field if there is something to set.
fn set(raw: &mut RawArticle, field: Field, value: &str) {
    let value = value.trim();
    if !value.is_empty() {
        raw.set(field, value);
    }
}
