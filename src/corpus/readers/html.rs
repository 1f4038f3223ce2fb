//! Pages that were saved, and Factiva's export, which is a page.

use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_8};
use regex::bytes::Regex;

use super::archives::{Archive, ArchiveReader, kind_of};
use super::page::article_of_page;
use super::{ArticleReader, Read, no_text};
use crate::corpus::encoding::text_of;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::plain::text_of_html;
use crate::corpus::rejected::{Fault, Place};

static CHARSET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:<meta[^>]{0,200}charset\s*=\s*["']?|<\?xml[^>]{0,100}encoding\s*=\s*["'])([a-z0-9_-]{2,20})"#)
        .expect("a pattern that the tests compile")
});

/// Reads a file that is one article.
pub(super) struct One {
    raw: Option<RawArticle>,
    fields: Fields,
}

impl One {
    pub fn new(raw: RawArticle, fields: Fields) -> Self {
        Self {
            raw: Some(raw),
            fields,
        }
    }
}

impl ArticleReader for One {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        let raw = self.raw.take()?;
        Some((Place::File, self.fields.article(Place::File, raw)))
    }
}

/// A reader of a page or an export.
pub(super) fn reader(bytes: &[u8], fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    let page = markup(bytes, None, &fields)?;
    // Tags of an export are many, its marks few.
    if page.contains("articleParagraph") || page.contains("Article\"") {
        let text = text_of_html(&page);
        if kind_of(&text) == Some(Archive::Factiva) {
            return Ok(Box::new(ArchiveReader::of_text(
                Archive::Factiva,
                &text,
                fields,
            )?));
        }
    }
    match article_of_page(&page, None) {
        Some(raw) => Ok(Box::new(One::new(raw, fields))),
        None => Err(no_text("the page holds no article")),
    }
}

/// Markup as text, in the encoding that it, its server or its first bytes name.
pub(super) fn markup(
    bytes: &[u8],
    charset: Option<&str>,
    fields: &Fields,
) -> Result<String, Fault> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return Ok(encoding
            .decode_without_bom_handling(&bytes[length..])
            .0
            .into_owned());
    }
    let start = &bytes[..bytes.len().min(4096)];
    let named = CHARSET.captures(start).map(|found| found[1].to_vec());
    let label = charset.map(str::as_bytes).or(named.as_deref());
    match label
        .and_then(Encoding::for_label)
        .filter(|it| *it != UTF_8)
    {
        Some(encoding) => Ok(encoding.decode_without_bom_handling(bytes).0.into_owned()),
        None => text_of(bytes, &fields.encodings).map(|text| text.into_owned()),
    }
}
