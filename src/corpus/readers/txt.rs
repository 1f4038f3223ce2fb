//! One article a file; the path says what the text does not.

use std::io::Read;
use std::path::Path;

use super::{ArticleReader, Read as Record};
use crate::corpus::article::Parts;
use crate::corpus::encoding::text_of;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::input::{InputFile, unicode};
use crate::corpus::open::{Bytes, LONGEST_LINE, too_long, unreadable};
use crate::corpus::rejected::{Fault, Place};
use crate::corpus::{Published, RejectedKind};

/// A headline is not longer than this.
const LONGEST_TITLE: usize = 200;

/// Reads `.txt`.
///
/// The id is the path below the folder given, without extensions; the source is the name of the
/// subfolder; the date is a leading `YYYY-MM-DD` of the file name; the title is the first line, if
/// a blank line follows it and it does not end like a sentence. The title stays in the text.
pub(super) struct TxtReader {
    bytes: Option<Bytes>,
    /// What the path says.
    raw: RawArticle,
    fields: Fields,
}

impl TxtReader {
    pub fn new(bytes: Bytes, file: &InputFile, fields: Fields) -> Self {
        let id = without_extensions(&file.relative);
        let name = id.rsplit('/').next().unwrap_or_default();
        let date = name
            .get(..10)
            .filter(|date| date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-')
            .filter(|date| Published::parse(date).is_ok());
        let mut raw = RawArticle::default();
        raw.set(Field::Source, folder_name(&file.relative));
        raw.set(Field::Published, date.unwrap_or_default());
        raw.set(Field::Id, id);
        Self {
            bytes: Some(bytes),
            raw,
            fields,
        }
    }

    fn article(&mut self, content: &[u8]) -> Record {
        let text = text_of(content, &self.fields.encodings)?.into_owned();
        if text.trim().is_empty() {
            let reason = "no text: the file is blank";
            return Err(Fault::new(RejectedKind::NoText, reason));
        }
        let mut raw = std::mem::take(&mut self.raw);
        raw.set(Field::Text, text);
        let parts = |title: &str, text| match title {
            "" => Parts::of_text(text, title_of),
            title => Parts::of(title, text),
        };
        self.fields.article_of(Place::File, raw, parts)
    }
}

/// The line of the first byte that is no text.
fn line_of_fault(content: &[u8]) -> u64 {
    let valid = match std::str::from_utf8(content) {
        Ok(_) => content
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or_default(),
        Err(error) => error.valid_up_to(),
    };
    1 + content[..valid]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count() as u64
}

/// All bytes of a file that is one record.
pub(super) fn whole(bytes: Bytes) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    let limit = LONGEST_LINE as u64 + 1;
    bytes
        .take(limit)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    match content.len() <= LONGEST_LINE {
        true => Ok(content),
        false => Err(too_long("a text")),
    }
}

impl ArticleReader for TxtReader {
    fn next_record(&mut self) -> Option<(Place, Record)> {
        let bytes = self.bytes.take()?;
        let content = match whole(bytes) {
            Ok(content) => content,
            Err(fault) => return Some((Place::Line(1), Err(fault))),
        };
        let article = self.article(&content);
        let line = match &article {
            Err(fault) if fault.kind == RejectedKind::Encoding => line_of_fault(&content),
            _ => 1,
        };
        Some((Place::Line(line), article))
    }
}

fn without_extensions(relative: &Path) -> String {
    let path = unicode(relative);
    let mut stem = path.as_str();
    for extension in [".gz", ".zst", ".bz2", ".xz", ".txt", ".text"] {
        let cut = stem.len().saturating_sub(extension.len());
        if stem.is_char_boundary(cut) && stem[cut..].eq_ignore_ascii_case(extension) && cut > 0 {
            stem = &stem[..cut];
        }
    }
    stem.to_owned()
}

fn folder_name(relative: &Path) -> String {
    relative
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn title_of(text: &str) -> &str {
    let mut lines = text.trim_start().lines();
    let first = lines.next().unwrap_or_default().trim();
    let blank_follows = lines.next().is_some_and(|line| line.trim().is_empty());
    let is_title = blank_follows
        && first.chars().count() <= LONGEST_TITLE
        && !first.ends_with(['.', ':', ',', ';', '”', '"']);
    if is_title { first } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_first_line_set_apart() {
        assert_eq!(title_of("\nLeaders meet\n\nThey met."), "Leaders meet");
        assert_eq!(title_of("They met.\n\nThey left."), "");
        assert_eq!(title_of("By A Desk\nANCHORAGE – They met."), "");
        assert_eq!(title_of("Leaders meet"), "");
    }

    #[test]
    fn paths_say_id_and_source() {
        let path = Path::new("daily-ledger/2025-08-16-summit.txt.gz");
        assert_eq!(without_extensions(path), "daily-ledger/2025-08-16-summit");
        assert_eq!(folder_name(path), "daily-ledger");
        assert_eq!(folder_name(Path::new("a.txt")), "");
    }
}
